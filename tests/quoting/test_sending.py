"""Sending: every reason not to, and what is sealed by it."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from saleor_bespoke import conf
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.journal import chain_breaks
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.intake.services import (
    BriefDraft,
    brief_revise,
    old_gold_credit_accept,
    own_material_accept,
    own_material_receive,
    own_material_refuse,
)
from saleor_bespoke.steps.quoting.content import content_hash_of
from saleor_bespoke.steps.quoting.inputs import AlternativeInput, LineInput, QuoteInput
from saleor_bespoke.steps.quoting.models import Quote, QuoteAlternative, QuoteLine
from saleor_bespoke.steps.quoting.services import quote_draft, quote_send
from saleor_bespoke.workshop.materials import material_update
from tests.fixtures import (
    accept_quote,
    confirm_brief,
    make_commission,
    make_customer,
    make_draft,
    make_quoted,
    make_sourced_stone,
    make_stone,
    ring_specification,
)
from tests.support import refuses

NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
def commission(customer: Actor, staff: Actor) -> BespokeProject:
    """A commission at INTAKE whose brief is confirmed."""
    project, _ = make_commission(customer)
    confirm_brief(project, staff)
    return project


def labour(amount: str, **values: Any) -> AlternativeInput:
    lines = (LineInput(kind="LABOUR", description="Making", amount=Decimal(amount)),)
    defaults: dict[str, Any] = {
        "title": "A ring",
        "design": "Plain.",
        "specification": ring_specification(),
        "lines": lines,
    }
    return AlternativeInput(**(defaults | values))


def drafted(project: BespokeProject, staff: Actor, *alternatives: AlternativeInput) -> Quote:
    draft = QuoteInput(alternatives=alternatives, shipping_amount=Decimal(40))
    return quote_draft(actor=staff, project_pk=project.pk, draft=draft)


def test_quote_send(commission: BespokeProject, staff: Actor) -> None:
    quote = quote_send(actor=staff, quote_pk=make_draft(commission, staff).pk)
    commission.refresh_from_db()
    assert commission.stage == "QUOTED"
    assert quote.status == "SENT"
    assert quote.content_hash == content_hash_of(Quote.objects.get(pk=quote.pk))
    assert commission.promises.get(step="QUOTE").outcome == "MET"
    told = commission.events.get(kind="QuoteSent")
    assert told.payload["content_hash"] == quote.content_hash
    assert told.shared
    assert chain_breaks(commission) == []


def test_a_late_quote_is_late(customer: Actor, staff: Actor) -> None:
    with time_machine.travel(datetime(2026, 6, 1, 14, tzinfo=UTC), tick=False) as clock:
        project, _ = make_commission(customer)
        confirm_brief(project, staff)
        clock.shift(timedelta(hours=2, seconds=1))
        quote_send(actor=staff, quote_pk=make_draft(project, staff).pk)
    assert project.promises.get(step="QUOTE").outcome == "LATE"


@pytest.mark.parametrize(
    ("sent", "days", "last"),
    [
        # an ordinary summer day, late in the evening of New York and already tomorrow in UTC
        (
            datetime(2026, 6, 2, 3, 30, tzinfo=UTC),
            7,
            datetime(2026, 6, 8, 23, 59, 59, tzinfo=NEW_YORK),
        ),
        # the clocks go forward on 8 March 2026, back on 1 November 2026
        (
            datetime(2026, 3, 1, 12, tzinfo=UTC),
            7,
            datetime(2026, 3, 8, 23, 59, 59, tzinfo=NEW_YORK),
        ),
        (
            datetime(2026, 10, 31, 12, tzinfo=UTC),
            1,
            datetime(2026, 11, 1, 23, 59, 59, tzinfo=NEW_YORK),
        ),
    ],
)
def test_a_quote_is_valid_until_the_end_of_a_local_day(
    customer: Actor, staff: Actor, sent: datetime, days: int, last: datetime
) -> None:
    with time_machine.travel(sent, tick=False):
        project, _ = make_commission(customer)
        confirm_brief(project, staff)
        draft = make_draft(project, staff, quote={"valid_days": days})
        quote = quote_send(actor=staff, quote_pk=draft.pk)
    assert quote.valid_until.replace(microsecond=0) == last


def test_validity_counts_from_sending_not_from_drafting(
    commission: BespokeProject, staff: Actor
) -> None:
    draft = make_draft(commission, staff)
    with time_machine.travel(draft.drafted_at + timedelta(days=3), tick=False):
        quote = quote_send(actor=staff, quote_pk=draft.pk)
    assert quote.valid_until == draft.valid_until + timedelta(days=3)


def test_the_terms_are_those_of_the_day_it_is_sent(
    commission: BespokeProject, staff: Actor, settings: Any
) -> None:
    draft = make_draft(commission, staff)
    terms = conf.Text("terms-2027-1", "Other terms.")
    channels = settings.BESPOKE["CHANNELS"] | {"us": {"terms": terms}}
    settings.BESPOKE = settings.BESPOKE | {"CHANNELS": channels}
    conf.policies_forget()
    try:
        quote = quote_send(actor=staff, quote_pk=draft.pk)
    finally:
        settings.BESPOKE = settings.BESPOKE | {"CHANNELS": channels | {"us": {}}}
        conf.policies_forget()
    assert (quote.terms_version, quote.terms_body) == ("terms-2027-1", "Other terms.")


def test_a_sent_quote_supersedes_the_one_on_offer(
    quoted_project: BespokeProject, staff: Actor
) -> None:
    first = quoted_project.quotes.get()
    second = quote_send(actor=staff, quote_pk=drafted(quoted_project, staff, labour("900")).pk)
    first.refresh_from_db()
    quoted_project.refresh_from_db()
    assert (first.status, second.status, second.version) == ("SUPERSEDED", "SENT", 2)
    assert first.closed_at is not None
    assert quoted_project.stage == "QUOTED"
    assert quoted_project.events.filter(kind="QuoteSuperseded").count() == 1


def test_sending_twice_is_refused(quoted_project: BespokeProject, staff: Actor) -> None:
    with refuses("ALREADY_DONE", field="id"):
        quote_send(actor=staff, quote_pk=quoted_project.quotes.get().pk)


def test_an_unconfirmed_brief_is_not_quoted(customer: Actor, staff: Actor) -> None:
    project, _ = make_commission(customer)
    quote = make_draft(project, staff)
    with refuses("BRIEF_NOT_CONFIRMED"):
        quote_send(actor=staff, quote_pk=quote.pk)


def test_a_changed_brief_outdates_the_draft(
    commission: BespokeProject, customer: Actor, staff: Actor
) -> None:
    quote = make_draft(commission, staff)
    brief_revise(
        actor=customer,
        project_pk=commission.pk,
        draft=BriefDraft(
            specification=ring_specification(),
            budget_min=Decimal(5000),
            budget_stretch=Decimal(12000),
            destination_country="US",
        ),
    )
    with refuses("BRIEF_OUTDATED"):
        quote_send(actor=staff, quote_pk=quote.pk)


def test_unanswered_impossible_warnings_block(commission: BespokeProject, staff: Actor) -> None:
    brief = commission.briefs.get()
    warning = brief.warnings.create(code="TEST", severity="IMPOSSIBLE", message="It cannot be.")
    quote = make_draft(commission, staff)
    with refuses("FEASIBILITY_OPEN"):
        quote_send(actor=staff, quote_pk=quote.pk)
    warning.answer = "ACCEPTED"
    warning.save()
    assert quote_send(actor=staff, quote_pk=quote.pk).status == "SENT"


@pytest.mark.parametrize("severity", ["INFO", "RISK"])
def test_risks_do_not_block(commission: BespokeProject, staff: Actor, severity: str) -> None:
    commission.briefs.get().warnings.create(code="TEST", severity=severity, message="Mind.")
    assert quote_send(actor=staff, quote_pk=make_draft(commission, staff).pk).status == "SENT"


def test_the_channel_has_a_minimum_price(commission: BespokeProject, staff: Actor) -> None:
    quote = drafted(commission, staff, labour("900"), labour("499.99"))
    with refuses("PRICE_BELOW_MINIMUM", field="alternatives.1"):
        quote_send(actor=staff, quote_pk=quote.pk)


def test_never_above_the_stretch_budget_as_the_customer_pays(
    commission: BespokeProject, staff: Actor
) -> None:
    # 8,950 and 40 of shipping fit into 9,000; 10.01 of tax on top of it does not
    above = drafted(commission, staff, labour("8950", tax_amount=Decimal("10.01")))
    with refuses("ABOVE_BUDGET", field="alternatives.0"):
        quote_send(actor=staff, quote_pk=above.pk)
    exact = drafted(commission, staff, labour("8950", tax_amount=Decimal("10.00")))
    assert quote_send(actor=staff, quote_pk=exact.pk).status == "SENT"


def test_every_alternative_stays_within_the_budget(
    commission: BespokeProject, staff: Actor
) -> None:
    quote = drafted(commission, staff, labour("900"), labour("9000"))
    with refuses("ABOVE_BUDGET", field="alternatives.1"):
        quote_send(actor=staff, quote_pk=quote.pk)


def test_a_design_without_its_size_is_not_quoted(commission: BespokeProject, staff: Actor) -> None:
    open_size = ring_specification(ringSize=None, sizeSource=None)
    quote = drafted(commission, staff, labour("900", specification=open_size))
    with refuses("REQUIRED", field="alternatives.0.specification.ringSize"):
        quote_send(actor=staff, quote_pk=quote.pk)


def test_a_stone_another_commission_holds_is_not_offered(
    commission: BespokeProject, staff: Actor
) -> None:
    stone = make_stone(staff, "D-shared")
    quote = make_draft(commission, staff, stone=stone)
    rival = make_customer("rival@example.com")
    accept_quote(make_quoted(rival, staff, stone=stone), rival)
    with refuses("MATERIAL_UNAVAILABLE", field="alternatives.0.lines"):
        quote_send(actor=staff, quote_pk=quote.pk)


def test_one_stone_does_not_stand_in_two_lines(commission: BespokeProject, staff: Actor) -> None:
    stone = make_stone(staff)
    line = LineInput(
        kind="MATERIAL",
        description="The diamond",
        amount=Decimal(900),
        material_pk=stone.pk,
        quantity=Decimal(1),
    )
    quote = drafted(commission, staff, labour("900", lines=(line, line)))
    with refuses("MATERIAL_UNAVAILABLE"):
        quote_send(actor=staff, quote_pk=quote.pk)


def test_a_withdrawn_material_is_not_offered(commission: BespokeProject, staff: Actor) -> None:
    stone = make_stone(staff)
    quote = make_draft(commission, staff, stone=stone)
    material_update(actor=staff, material_pk=stone.pk, active=False)
    with refuses("NOT_FOUND", field="alternatives.0.lines"):
        quote_send(actor=staff, quote_pk=quote.pk)


def test_a_stone_to_be_sourced_names_its_day(commission: BespokeProject, staff: Actor) -> None:
    stone = make_sourced_stone(staff)
    quote = quote_send(actor=staff, quote_pk=make_draft(commission, staff, stone=stone).pk)
    line = quote.alternatives.get().lines.get(material=stone)
    assert line.facts["expectedOn"] == date(2026, 9, 1).isoformat()


def with_credit(project: BespokeProject, staff: Actor, *amounts: str) -> Quote:
    parts = tuple(
        LineInput(kind="CREDIT", description="Old gold", amount=-Decimal(amount))
        for amount in amounts
    )
    given = labour("2000")
    return drafted(project, staff, dataclasses.replace(given, lines=(*given.lines, *parts)))


@pytest.fixture
def bringing(customer: Actor) -> BespokeProject:
    """A commission at INTAKE whose customer brings old jewellery."""
    old = {"description": "A bracelet", "alloy": "gold_14k_yellow", "claimedGrams": "12"}
    return make_commission(customer, specification=ring_specification(oldJewellery=[old]))[0]


def test_old_jewellery_is_decided_on_before_the_quote(
    bringing: BespokeProject, customer: Actor, staff: Actor
) -> None:
    confirm_brief(bringing, staff)
    old = bringing.brought_materials.get()
    quote = with_credit(bringing, staff, "300")
    with refuses("OWN_MATERIAL_OPEN"):
        quote_send(actor=staff, quote_pk=quote.pk)
    own_material_receive(actor=staff, own_material_pk=old.pk)
    with refuses("OWN_MATERIAL_OPEN"):
        quote_send(actor=staff, quote_pk=quote.pk)
    own_material_accept(
        actor=staff,
        own_material_pk=old.pk,
        alloy="gold_14k_yellow",
        weight_grams=Decimal("11.8"),
        credit=Decimal(300),
    )
    with refuses("OWN_MATERIAL_OPEN"):
        quote_send(actor=staff, quote_pk=quote.pk)
    old_gold_credit_accept(actor=customer, own_material_pk=old.pk)
    sent = quote_send(actor=staff, quote_pk=quote.pk)
    assert sent.alternatives.get().price == Decimal(1700)


@pytest.mark.parametrize("amounts", [("299.99",), ("300.01",), ("300", "300")])
def test_only_the_accepted_credit_is_subtracted_and_once(
    bringing: BespokeProject, customer: Actor, staff: Actor, amounts: tuple[str, ...]
) -> None:
    confirm_brief(bringing, staff)
    old = bringing.brought_materials.get()
    own_material_receive(actor=staff, own_material_pk=old.pk)
    own_material_accept(
        actor=staff,
        own_material_pk=old.pk,
        alloy="gold_14k_yellow",
        weight_grams=Decimal("11.8"),
        credit=Decimal(300),
    )
    old_gold_credit_accept(actor=customer, own_material_pk=old.pk)
    quote = with_credit(bringing, staff, *amounts)
    with refuses("CREDIT_NOT_ACCEPTED", field="alternatives.0.lines"):
        quote_send(actor=staff, quote_pk=quote.pk)


def test_a_refused_piece_gives_no_credit(bringing: BespokeProject, staff: Actor) -> None:
    confirm_brief(bringing, staff)
    old = bringing.brought_materials.get()
    own_material_refuse(actor=staff, own_material_pk=old.pk, reason="Plated.")
    quote = with_credit(bringing, staff, "300")
    with refuses("CREDIT_NOT_ACCEPTED"):
        quote_send(actor=staff, quote_pk=quote.pk)


# sealed for good --------------------------------------------------------------------------------

SEALED = [
    "UPDATE saleor_bespoke_quote SET note = 'x' WHERE id = %(quote)s",
    "UPDATE saleor_bespoke_quote SET valid_until = valid_until + interval '1 day' "
    "WHERE id = %(quote)s",
    "UPDATE saleor_bespoke_quote SET terms_body = 'x' WHERE id = %(quote)s",
    "UPDATE saleor_bespoke_quote SET content_hash = 'x' WHERE id = %(quote)s",
    "UPDATE saleor_bespoke_quote SET status = 'DRAFT' WHERE id = %(quote)s",
    "DELETE FROM saleor_bespoke_quote WHERE id = %(quote)s",
    "UPDATE saleor_bespoke_quotealternative SET price = 1 WHERE quote_id = %(quote)s",
    "DELETE FROM saleor_bespoke_quotealternative WHERE quote_id = %(quote)s",
    "INSERT INTO saleor_bespoke_quotealternative SELECT gen_random_uuid(), 9, title, design, "
    "specification, specification_hash, price, tax_amount, resize, complexity_days, "
    "complexity_reason, quote_id FROM saleor_bespoke_quotealternative WHERE quote_id = %(quote)s",
    "UPDATE saleor_bespoke_quoteline SET amount = 1 WHERE alternative_id = %(alternative)s",
    "UPDATE saleor_bespoke_quoteline SET facts = '{}' WHERE alternative_id = %(alternative)s",
    "DELETE FROM saleor_bespoke_quoteline WHERE alternative_id = %(alternative)s",
]


@pytest.mark.parametrize("statement", SEALED)
def test_the_database_refuses_to_change_a_sent_quote(
    quoted_project: BespokeProject, statement: str
) -> None:
    quote = quoted_project.quotes.get()
    keys = {"quote": quote.pk, "alternative": quote.alternatives.get().pk}
    with (
        pytest.raises(DatabaseError, match=r"never changes|does not go"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, keys)
    assert Quote.objects.get(pk=quote.pk).content_hash == content_hash_of(quote)


@pytest.mark.parametrize("statement", [entry for entry in SEALED if "INSERT" not in entry])
def test_drafts_are_not_sealed(commission: BespokeProject, staff: Actor, statement: str) -> None:
    """The control: the same statements pass the guards on a draft (deletions meet foreign keys)."""
    quote = make_draft(commission, staff)
    keys = {"quote": quote.pk, "alternative": quote.alternatives.get().pk}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, keys)
        transaction.set_rollback(True)


def test_closed_quotes_do_not_come_back(quoted_project: BespokeProject, staff: Actor) -> None:
    first = quoted_project.quotes.get()
    quote_send(actor=staff, quote_pk=drafted(quoted_project, staff, labour("900")).pk)
    with pytest.raises(DatabaseError, match="does not go"), transaction.atomic():
        Quote.objects.filter(pk=first.pk).update(status="SENT")
    with pytest.raises(DatabaseError, match="live_once"), transaction.atomic():
        Quote.objects.create(
            **{
                name: getattr(first, name)
                for name in (
                    "project",
                    "brief",
                    "currency",
                    "destination_country",
                    "shipping_amount",
                    "tax_included",
                    "duties",
                    "terms_version",
                    "terms_body",
                    "terms_hash",
                    "tweak_allowance",
                    "valid_days",
                    "valid_until",
                    "content_hash",
                    "drafted_at",
                    "sent_at",
                )
            },
            version=9,
            status="SENT",
        )


def test_a_later_change_of_the_stock_changes_no_offer(customer: Actor, staff: Actor) -> None:
    stone = make_stone(staff, provenance="Botswana")
    project = make_quoted(customer, staff, stone=stone)
    quote = project.quotes.get()
    material_update(actor=staff, material_pk=stone.pk, provenance="Unknown", name="Another")
    assert content_hash_of(quote) == quote.content_hash
    line = QuoteLine.objects.get(material=stone)
    assert line.facts["provenance"] == "Botswana"


def test_the_hash_covers_what_is_said(quoted_project: BespokeProject) -> None:
    quote = quoted_project.quotes.get()
    before = content_hash_of(quote)
    for field, value in {
        "note": "x",
        "destination_country": "FR",
        "shipping_amount": Decimal(41),
        "duties": "INCLUDED",
        "tweak_allowance": 1,
        "valid_until": quote.valid_until + timedelta(seconds=1),
        "terms_hash": "x",
        "tax_included": True,
    }.items():
        kept = getattr(quote, field)
        setattr(quote, field, value)
        assert content_hash_of(quote) != before, field
        setattr(quote, field, kept)
    assert content_hash_of(quote) == before
    assert QuoteAlternative.objects.filter(quote=quote).count() == 1
