"""What becomes of a sent quote: accepted, declined, countered, withdrawn, expired."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import DatabaseError, transaction

from saleor_bespoke import clock
from saleor_bespoke.flows.acceptance import quote_accept
from saleor_bespoke.flows.expiry import payables_expire
from saleor_bespoke.flows.quote_withdrawal import quote_withdraw
from saleor_bespoke.flows.revision import brief_revise
from saleor_bespoke.money.models import Payment
from saleor_bespoke.project.access import ANONYMOUS, Actor
from saleor_bespoke.project.journal import chain_breaks
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.port import shop
from saleor_bespoke.steps.intake.services import BriefDraft
from saleor_bespoke.steps.quoting.models import Quote
from saleor_bespoke.steps.quoting.services import (
    quote_counter,
    quote_decline,
    quote_send,
    quotes_expire,
)
from saleor_bespoke.workshop.models import Material
from tests.fixtures import (
    accept_quote,
    confirm_brief,
    guest_of,
    make_commission,
    make_draft,
    make_quoted,
    ring_specification,
)
from tests.support import nothing_changes, refuses

SECOND = timedelta(seconds=1)
NEW_YORK = ZoneInfo("America/New_York")


def live(project: BespokeProject) -> Quote:
    return project.quotes.get(status="SENT")


def accept(project: BespokeProject, actor: Actor, **changes: Any) -> Any:
    quote = live(project)
    values: dict[str, Any] = {
        "quote_pk": quote.pk,
        "alternative_pk": quote.alternatives.get().pk,
        "terms_version": quote.terms_version,
    }
    return quote_accept(actor=actor, **(values | changes))


# accepted ---------------------------------------------------------------------------------------


def test_quote_accept(quoted_project: BespokeProject, customer: Actor) -> None:
    quote = live(quoted_project)
    opened = accept(quoted_project, customer)
    quote.refresh_from_db()
    quoted_project.refresh_from_db()
    assert quoted_project.stage == "CHECKOUT"
    assert (quote.status, quote.accepted_alternative) == ("ACCEPTED", quote.alternatives.get())
    payable = quoted_project.payables.get()
    assert (payable.amount, payable.currency, payable.status) == (Decimal(7440), "USD", "OPEN")
    assert payable.valid_until == quote.valid_until
    held = dict(quoted_project.holdings.values_list("material__kind", "quantity"))
    assert held == {"UNIQUE_STONE": Decimal(1), "METAL": Decimal("6.5")}
    assert shop().checkout(opened.attempt.checkout_id) is not None
    told = quoted_project.events.get(kind="QuoteAccepted")
    assert told.payload["content_hash"] == quote.content_hash
    assert told.payload["alternative"] == str(quote.accepted_alternative_id)
    assert chain_breaks(quoted_project) == []


def test_the_terms_agreed_to_are_kept(quoted_project: BespokeProject, customer: Actor) -> None:
    quote = live(quoted_project)
    accept(quoted_project, customer)
    consent = quoted_project.consents.get(kind="TERMS")
    assert (consent.shown_at, consent.actor_ref) == ("ACCEPTANCE", customer.ref)
    assert (consent.version, consent.text_hash) == (quote.terms_version, quote.terms_hash)


def test_a_guest_accepts_by_token(staff: Actor) -> None:
    project, token = make_commission(ANONYMOUS)
    confirm_brief(project, staff)
    quote_send(actor=staff, quote_pk=make_draft(project, staff).pk)
    with refuses("NOT_FOUND"):
        accept(project, ANONYMOUS)
    accept(project, guest_of(token))
    assert project.consents.get(kind="TERMS").actor_ref == f"guest:{project.pk}"


def test_accepting_twice_is_refused(quoted_project: BespokeProject, customer: Actor) -> None:
    quote = live(quoted_project)
    alternative = quote.alternatives.get()
    accept(quoted_project, customer)
    with refuses("STAGE_FORBIDS"):
        quote_accept(
            actor=customer,
            quote_pk=quote.pk,
            alternative_pk=alternative.pk,
            terms_version=quote.terms_version,
        )


def test_other_terms_are_not_accepted(quoted_project: BespokeProject, customer: Actor) -> None:
    with refuses("TERMS_OUTDATED", field="termsVersion"):
        accept(quoted_project, customer, terms_version="terms-2020-1")


def test_a_superseded_quote_is_not_accepted(
    quoted_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    first = live(quoted_project)
    stone, gold = first.alternatives.get().lines.exclude(material=None)
    draft = make_draft(quoted_project, staff, stone=stone.material, gold=gold.material)
    quote_send(actor=staff, quote_pk=draft.pk)
    with refuses("QUOTE_NOT_LIVE", field="id"):
        accept(
            quoted_project,
            customer,
            quote_pk=first.pk,
            alternative_pk=first.alternatives.get().pk,
        )


def test_a_draft_does_not_exist_for_its_customer(
    quoted_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    stone, gold = live(quoted_project).alternatives.get().lines.exclude(material=None)
    draft = make_draft(quoted_project, staff, stone=stone.material, gold=gold.material)
    with refuses("NOT_FOUND", field="id"):
        accept(quoted_project, customer, quote_pk=draft.pk)
    with refuses("NOT_FOUND", field="id"):
        quote_decline(actor=customer, quote_pk=draft.pk)


def test_an_alternative_belongs_to_its_quote(
    quoted_project: BespokeProject, customer: Actor, staff: Actor, other_customer: Actor
) -> None:
    foreign = live(make_quoted(other_customer, staff)).alternatives.get()
    for alternative in (foreign.pk, uuid4()):
        with refuses("NOT_FOUND", field="alternative"):
            accept(quoted_project, customer, alternative_pk=alternative)


def test_only_the_customer_accepts(
    quoted_project: BespokeProject, staff: Actor, other_customer: Actor
) -> None:
    with refuses("CUSTOMER_ONLY"):
        accept(quoted_project, staff)
    with refuses("NOT_FOUND", field="id"):
        accept(quoted_project, other_customer)
    with refuses("NOT_FOUND", field="id"):
        accept(quoted_project, other_customer, quote_pk=uuid4())


def test_a_stone_gone_meanwhile_refuses_all_of_it(
    quoted_project: BespokeProject, customer: Actor
) -> None:
    stone = Material.objects.get(unique=True)
    Material.objects.filter(pk=stone.pk).update(on_hand=0)
    with refuses("MATERIAL_UNAVAILABLE"):
        accept(quoted_project, customer)


@pytest.mark.parametrize("month", [3, 6, 11])
def test_the_last_second_of_the_local_day(customer: Actor, staff: Actor, month: int) -> None:
    """Accepted at 23:59:59 of the shop's last day, refused one second later; also when clocks move.

    The quotes end on 8 March and 1 November 2026, when New York's clocks move, and on 8 June.
    """
    day = {3: 1, 6: 1, 11: 25}[month]
    sent = datetime(2026, 10 if month == 11 else month, day, 15, tzinfo=UTC)
    with time_machine.travel(sent, tick=False) as now:
        project = make_quoted(customer, staff)
        until = live(project).valid_until
        now.move_to(until + timedelta(microseconds=1))
        with refuses("QUOTE_EXPIRED", field="id"):
            accept(project, customer)
        now.move_to(until.replace(microsecond=0))
        accept(project, customer)
    local = until.astimezone(NEW_YORK)
    assert (local.hour, local.minute, local.second) == (23, 59, 59)
    assert (local.month, local.day) == {3: (3, 8), 6: (6, 8), 11: (11, 1)}[month]


def test_an_acceptance_is_final_in_the_database(accepted: Any) -> None:
    quote = accepted.project.quotes.get()
    with pytest.raises(DatabaseError, match="acceptance never changes"), transaction.atomic():
        Quote.objects.filter(pk=quote.pk).update(accepted_at=clock.now())


# declined and countered -------------------------------------------------------------------------


def test_quote_decline(quoted_project: BespokeProject, customer: Actor) -> None:
    quote = quote_decline(actor=customer, quote_pk=live(quoted_project).pk, reason="Too dear.")
    quoted_project.refresh_from_db()
    assert (quote.status, quote.close_reason) == ("DECLINED", "Too dear.")
    assert quoted_project.stage == "INTAKE"
    told = quoted_project.events.get(kind="QuoteDeclined")
    assert "Too dear." not in str(told.payload)
    assert not quoted_project.promises.filter(step="QUOTE", ended_at=None).exists()


def test_quote_counter(quoted_project: BespokeProject, customer: Actor, staff: Actor) -> None:
    first = live(quoted_project)
    quote_counter(actor=customer, quote_pk=first.pk, reason="A smaller stone, please.")
    quoted_project.refresh_from_db()
    assert quoted_project.stage == "INTAKE"
    assert quoted_project.promises.filter(step="QUOTE", ended_at=None).count() == 1
    stone, gold = first.alternatives.get().lines.exclude(material=None)
    draft = make_draft(quoted_project, staff, stone=stone.material, gold=gold.material)
    second = quote_send(actor=staff, quote_pk=draft.pk)
    first.refresh_from_db()
    quoted_project.refresh_from_db()
    assert (first.status, second.version, quoted_project.stage) == ("COUNTERED", 2, "QUOTED")
    assert not quoted_project.promises.filter(step="QUOTE", ended_at=None).exists()


def test_a_counter_says_why(quoted_project: BespokeProject, customer: Actor) -> None:
    with refuses("REQUIRED", field="reason"):
        quote_counter(actor=customer, quote_pk=live(quoted_project).pk, reason="  ")
    with refuses("INVALID", field="reason"):
        quote_counter(actor=customer, quote_pk=live(quoted_project).pk, reason="x" * 2001)


def test_a_closed_quote_is_not_answered_again(
    quoted_project: BespokeProject, customer: Actor
) -> None:
    quote = live(quoted_project)
    quote_decline(actor=customer, quote_pk=quote.pk)
    for answer in (quote_decline, quote_counter):
        with refuses("STAGE_FORBIDS"):
            answer(actor=customer, quote_pk=quote.pk, reason="Again.")


def test_only_the_customer_answers(
    quoted_project: BespokeProject, staff: Actor, other_customer: Actor
) -> None:
    quote = live(quoted_project)
    for answer in (quote_decline, quote_counter):
        with refuses("CUSTOMER_ONLY"):
            answer(actor=staff, quote_pk=quote.pk, reason="Why.")
        with refuses("NOT_FOUND", field="id"):
            answer(actor=other_customer, quote_pk=quote.pk, reason="Why.")


def test_a_new_brief_ends_the_offer(quoted_project: BespokeProject, customer: Actor) -> None:
    draft = BriefDraft(
        specification=ring_specification(),
        budget_min=Decimal(5000),
        budget_stretch=Decimal(12000),
        destination_country="US",
    )
    brief_revise(actor=customer, project_pk=quoted_project.pk, draft=draft)
    quoted_project.refresh_from_db()
    assert quoted_project.quotes.get().status == "SUPERSEDED"
    assert quoted_project.stage == "INTAKE"
    assert quoted_project.promises.filter(step="QUOTE", ended_at=None).count() == 1


# withdrawn --------------------------------------------------------------------------------------


def test_quote_withdraw(quoted_project: BespokeProject, staff: Actor) -> None:
    quote = quote_withdraw(actor=staff, quote_pk=live(quoted_project).pk, reason="Stone sold.")
    quoted_project.refresh_from_db()
    assert (quote.status, quote.close_reason) == ("WITHDRAWN", "Stone sold.")
    assert quoted_project.stage == "INTAKE"
    with refuses("STAGE_FORBIDS"):
        quote_withdraw(actor=staff, quote_pk=quote.pk, reason="Again.")


def test_withdrawing_after_acceptance_ends_what_is_payable(accepted: Any, staff: Actor) -> None:
    quote = accepted.project.quotes.get()
    quote_withdraw(actor=staff, quote_pk=quote.pk, reason="The stone broke.")
    project = BespokeProject.objects.get(pk=accepted.project.pk)
    assert project.stage == "INTAKE"
    assert project.payables.get().status == "CANCELLED"
    assert set(project.holdings.values_list("state", flat=True)) == {"RELEASED"}
    assert shop().checkout(accepted.attempt.checkout_id) is None
    assert not Material.objects.exclude(held=0).exists()
    assert chain_breaks(project) == []


@pytest.mark.parametrize("status", ["OPEN", "SUCCEEDED"])
def test_withdrawing_waits_for_a_payment_in_progress(
    accepted: Any, staff: Actor, status: str
) -> None:
    Payment.objects.create(
        attempt=accepted.attempt,
        host_transaction="t-1",
        amount=Decimal(7480),
        currency="USD",
        status=status,
        created_at=clock.now(),
    )
    with refuses("PAYMENT_IN_PROGRESS"):
        quote_withdraw(actor=staff, quote_pk=accepted.project.quotes.get().pk, reason="Too late.")


def test_withdrawing_needs_staff_and_a_reason(
    quoted_project: BespokeProject, customer: Actor, staff: Actor, other_customer: Actor
) -> None:
    quote = live(quoted_project)
    with refuses("PERMISSION_DENIED"):
        quote_withdraw(actor=customer, quote_pk=quote.pk, reason="No.")
    with refuses("NOT_FOUND", field="id"):
        quote_withdraw(actor=other_customer, quote_pk=quote.pk, reason="No.")
    with refuses("REQUIRED", field="reason"):
        quote_withdraw(actor=staff, quote_pk=quote.pk, reason=" ")


def test_a_draft_is_not_withdrawn(quoted_project: BespokeProject, staff: Actor) -> None:
    stone, gold = live(quoted_project).alternatives.get().lines.exclude(material=None)
    draft = make_draft(quoted_project, staff, stone=stone.material, gold=gold.material)
    with refuses("QUOTE_NOT_LIVE", field="id"):
        quote_withdraw(actor=staff, quote_pk=draft.pk, reason="Not yet.")


# expired ----------------------------------------------------------------------------------------


def test_quotes_expire(quoted_project: BespokeProject, customer: Actor) -> None:
    quote = live(quoted_project)
    with time_machine.travel(quote.valid_until, tick=False), nothing_changes():
        assert quotes_expire() == 0
    with time_machine.travel(quote.valid_until + SECOND, tick=False):
        assert quotes_expire() == 1
        with nothing_changes():
            assert quotes_expire() == 0
        quoted_project.refresh_from_db()
        quote.refresh_from_db()
        assert (quote.status, quoted_project.stage) == ("EXPIRED", "INTAKE")
        told = quoted_project.events.get(kind="QuoteExpired")
        assert told.actor_kind == "SYSTEM"
        with refuses("STAGE_FORBIDS"):
            accept_later(quote, customer)


def accept_later(quote: Quote, customer: Actor) -> None:
    quote_accept(
        actor=customer,
        quote_pk=quote.pk,
        alternative_pk=quote.alternatives.get().pk,
        terms_version=quote.terms_version,
    )


def test_an_accepted_quote_expires_with_what_is_payable(accepted: Any) -> None:
    quote = accepted.project.quotes.get()
    with time_machine.travel(quote.valid_until + SECOND, tick=False):
        assert quotes_expire() == 0
        assert payables_expire() == 1
    project = BespokeProject.objects.get(pk=accepted.project.pk)
    quote.refresh_from_db()
    assert (quote.status, project.stage) == ("EXPIRED", "INTAKE")
    assert project.payables.get().status == "EXPIRED"
    assert project.events.filter(kind="QuoteExpired").count() == 1
    assert chain_breaks(project) == []


def test_after_expiry_the_same_stone_is_quoted_again(
    accepted: Any, customer: Actor, staff: Actor
) -> None:
    quote = accepted.project.quotes.get()
    with time_machine.travel(quote.valid_until + SECOND, tick=False):
        payables_expire()
        project = BespokeProject.objects.get(pk=accepted.project.pk)
        stone, gold = quote.alternatives.get().lines.exclude(material=None)
        draft = make_draft(project, staff, stone=stone.material, gold=gold.material)
        quote_send(actor=staff, quote_pk=draft.pk)
        accept_quote(project, customer)
    assert project.payables.filter(status="OPEN").count() == 1
