"""Drafts: what they keep, what they default to, and what they refuse without a trace."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from saleor_bespoke import conf
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.media.services import file_prepare
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.quoting.inputs import AlternativeInput, LineInput, QuoteInput
from saleor_bespoke.steps.quoting.models import Quote, QuoteLine
from saleor_bespoke.steps.quoting.services import quote_draft, quote_send
from tests.fixtures import (
    make_commission,
    make_customer,
    make_draft,
    make_quoted,
    make_stone,
    ring_specification,
)
from tests.support import refuses

LABOUR = LineInput(kind="LABOUR", description="Making", amount=Decimal(1000))


@pytest.fixture
def commission(customer: Actor) -> BespokeProject:
    return make_commission(customer)[0]


def alternative(**values: Any) -> AlternativeInput:
    defaults: dict[str, Any] = {
        "title": "A ring",
        "design": "Plain.",
        "specification": ring_specification(),
        "lines": (LABOUR,),
    }
    return AlternativeInput(**(defaults | values))


def draft_of(*alternatives: AlternativeInput, **values: Any) -> QuoteInput:
    defaults: dict[str, Any] = {"shipping_amount": Decimal(40)}
    return QuoteInput(alternatives=alternatives or (alternative(),), **(defaults | values))


def picture() -> BytesIO:
    stream = BytesIO()
    Image.new("RGB", (32, 32), "gold").save(stream, "JPEG")
    return stream


def test_quote_draft(commission: BespokeProject, staff: Actor) -> None:
    quote = make_draft(commission, staff)
    only = quote.alternatives.get()
    assert (quote.status, quote.version, quote.currency) == ("DRAFT", 1, "USD")
    assert quote.destination_country == "US"
    assert (quote.tweak_allowance, quote.valid_days) == (2, 7)
    assert quote.terms_version == conf.policy("us").terms.version
    assert only.price == Decimal(7440) == sum(line.amount for line in only.lines.all())
    assert only.resize["outcome"] == "FREE"
    assert "US sizes" in only.resize["sentence"]
    assert commission.events.filter(kind="QuoteDrafted", shared=False).count() == 1


def test_a_draft_takes_the_place_of_the_draft(commission: BespokeProject, staff: Actor) -> None:
    first = make_draft(commission, staff)
    second = quote_draft(
        actor=staff, project_pk=commission.pk, draft=draft_of(alternative(), alternative(title="B"))
    )
    assert (second.pk, second.version) == (first.pk, 1)
    assert [item.title for item in second.alternatives.all()] == ["A ring", "B"]
    assert QuoteLine.objects.filter(alternative__quote=second).count() == 2


def test_a_draft_after_a_sent_quote_is_a_new_version(
    quoted_project: BespokeProject, staff: Actor
) -> None:
    quote = quote_draft(actor=staff, project_pk=quoted_project.pk, draft=draft_of())
    assert quote.version == 2
    assert set(quoted_project.quotes.values_list("status", flat=True)) == {"SENT", "DRAFT"}


def test_materials_are_described_as_they_are(commission: BespokeProject, staff: Actor) -> None:
    stone = make_stone(
        staff,
        provenance="Botswana, as the cutter states.",
        laboratory="GIA",
        certificate_number="2141438171",
    )
    quote = make_draft(commission, staff, stone=stone)
    facts = quote.alternatives.get().lines.get(material=stone).facts
    assert facts["provenance"] == "Botswana, as the cutter states."
    assert (facts["laboratory"], facts["certificateNumber"]) == ("GIA", "2141438171")
    assert facts["stone"]["carat"] == "1.01"
    assert facts["expectedOn"] is None


def test_tax_follows_the_channel(customer: Actor, staff: Actor) -> None:
    project, _ = make_commission(customer, channel="eu")
    quote = quote_draft(actor=staff, project_pk=project.pk, draft=draft_of())
    assert quote.tax_included
    # 1000 - 1000/1.19 and 40 - 40/1.19, each rounded as the host rounds them
    assert quote.alternatives.get().tax_amount == Decimal("159.66") + Decimal("6.39")
    stated = quote_draft(
        actor=staff,
        project_pk=project.pk,
        draft=draft_of(alternative(tax_amount=Decimal("12.50"))),
    )
    assert stated.alternatives.get().tax_amount == Decimal("12.50")


def test_pictures_are_chosen_or_uploaded_and_stay_internal(
    commission: BespokeProject, staff: Actor
) -> None:
    with file_prepare(uploaded=picture(), purpose=Purpose.QUOTE, name="a.jpg") as prepared:
        quote = quote_draft(
            actor=staff,
            project_pk=commission.pk,
            draft=draft_of(alternative(pictures=(prepared,))),
        )
    file = quote.alternatives.get().pictures.get()
    assert (file.purpose, file.shared) == ("QUOTE", False)
    again = quote_draft(
        actor=staff, project_pk=commission.pk, draft=draft_of(alternative(pictures=(file.pk,)))
    )
    assert again.alternatives.get().pictures.get() == file


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"alternatives": ()}, "INVALID", "alternatives"),
        ({"alternatives": (alternative(),) * 7}, "INVALID", "alternatives"),
        ({"duties": "MAYBE"}, "INVALID", "duties"),
        ({"destination": "FR"}, "INVALID", "destination"),
        ({"valid_days": 0}, "INVALID", "validDays"),
        ({"valid_days": 91}, "INVALID", "validDays"),
        ({"tweak_allowance": 0}, "INVALID", "tweakAllowance"),
        ({"tweak_allowance": 3}, "INVALID", "tweakAllowance"),
        ({"shipping_amount": Decimal(-1)}, "INVALID", "shippingAmount"),
        ({"shipping_amount": Decimal("0.001")}, "INVALID", "shippingAmount"),
        ({"note": "a\x00b"}, "INVALID", "note"),
    ],
)
def test_quote_draft_refuses(
    commission: BespokeProject, staff: Actor, values: dict[str, Any], code: str, field: str
) -> None:
    draft = dataclasses.replace(draft_of(), **values)
    with refuses(code, field=field):
        quote_draft(actor=staff, project_pk=commission.pk, draft=draft)


MISSING = LineInput(
    kind="MATERIAL",
    description="Gone",
    amount=Decimal(10),
    material_pk=uuid4(),
    quantity=Decimal(1),
)


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"title": " "}, "REQUIRED", "title"),
        ({"title": "x" * 257}, "INVALID", "title"),
        ({"design": ""}, "REQUIRED", "design"),
        ({"lines": ()}, "INVALID", "lines"),
        ({"lines": (dataclasses.replace(LABOUR, amount=Decimal(0)),)}, "INVALID", "lines"),
        ({"lines": (dataclasses.replace(LABOUR, kind="X"),)}, "INVALID", "lines.0.kind"),
        (
            {"lines": (dataclasses.replace(LABOUR, description=""),)},
            "REQUIRED",
            "lines.0.description",
        ),
        ({"lines": (LABOUR, MISSING)}, "NOT_FOUND", "lines.1.material"),
        ({"pictures": (uuid4(),)}, "NOT_FOUND", "pictures"),
        ({"complexity_days": -1}, "INVALID", "complexityDays"),
        ({"complexity_days": 3}, "REQUIRED", "complexityReason"),
        ({"tax_amount": Decimal(-1)}, "INVALID", "taxAmount"),
    ],
)
def test_an_alternative_is_refused(
    commission: BespokeProject, staff: Actor, values: dict[str, Any], code: str, field: str
) -> None:
    draft = draft_of(alternative(), alternative(**values))
    with refuses(code, field=f"alternatives.1.{field}"):
        quote_draft(actor=staff, project_pk=commission.pk, draft=draft)


def test_materials_of_other_commissions_do_not_exist(
    commission: BespokeProject, staff: Actor
) -> None:
    from saleor_bespoke.workshop.materials import customer_stone_register

    other, _ = make_commission(make_customer("second@example.com"))
    foreign = customer_stone_register(
        project=other, code="OWN-1", name="A sapphire", stone={"kind": "sapphire"}
    )
    line = dataclasses.replace(MISSING, material_pk=foreign.pk)
    with refuses("NOT_FOUND", field="alternatives.0.lines.0.material"):
        quote_draft(
            actor=staff,
            project_pk=commission.pk,
            draft=draft_of(alternative(lines=(line, LABOUR))),
        )


def test_another_currency_does_not_mix(commission: BespokeProject, staff: Actor) -> None:
    euros, dollars = make_stone(staff, currency="EUR"), make_stone(staff, "D-2")
    with refuses("CURRENCY_MISMATCH", field="alternatives.0.lines.0.material"):
        make_draft(commission, staff, stone=euros, gold=dollars)


def test_pieces_are_whole(commission: BespokeProject, staff: Actor) -> None:
    stone = make_stone(staff)
    line = LineInput(
        kind="MATERIAL",
        description="Half a stone",
        amount=Decimal(10),
        material_pk=stone.pk,
        quantity=Decimal("0.5"),
    )
    with refuses("INVALID", field="alternatives.0.lines.0.quantity"):
        quote_draft(
            actor=staff,
            project_pk=commission.pk,
            draft=draft_of(alternative(lines=(line, LABOUR))),
        )


def test_foreign_files_do_not_exist(commission: BespokeProject, staff: Actor) -> None:
    other = make_quoted(make_customer("second@example.com"), staff)
    with file_prepare(uploaded=picture(), purpose=Purpose.QUOTE, name="a.jpg") as prepared:
        quote = quote_draft(
            actor=staff, project_pk=other.pk, draft=draft_of(alternative(pictures=(prepared,)))
        )
    foreign = quote.alternatives.get().pictures.get()
    with refuses("NOT_FOUND", field="alternatives.0.pictures"):
        quote_draft(
            actor=staff,
            project_pk=commission.pk,
            draft=draft_of(alternative(pictures=(foreign.pk,))),
        )


def test_customers_cannot_draft_or_send(
    commission: BespokeProject, staff: Actor, customer: Actor, other_customer: Actor
) -> None:
    quote = make_draft(commission, staff)
    with refuses("PERMISSION_DENIED"):
        quote_draft(actor=customer, project_pk=commission.pk, draft=draft_of())
    with refuses("NOT_FOUND"):
        quote_draft(actor=other_customer, project_pk=commission.pk, draft=draft_of())
    with refuses("PERMISSION_DENIED"):
        quote_send(actor=customer, quote_pk=quote.pk)
    assert Quote.objects.count() == 1
