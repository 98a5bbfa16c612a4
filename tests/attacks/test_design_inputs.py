"""Numbers and words in the design room that fit no column, and offers nobody could accept."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from saleor_bespoke.flows.changes import change_order_accept
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import attention_resolve
from saleor_bespoke.steps.cad import services as cad
from saleor_bespoke.steps.cad.models import CadRevision
from tests.fixtures import (
    make_commission,
    make_customer,
    make_metal,
    make_stone,
    ring_specification,
)
from tests.making import photo, prepared
from tests.support import refuses

pytestmark = pytest.mark.django_db

TOO_LONG = "x" * 4001


def propose(project: BespokeProject, staff: Actor, **changes: Any) -> Any:
    """Propose platinum in place of gold."""
    wished = ring_specification(alloy="platinum_950_ru").to_json()
    values: dict[str, Any] = {
        "specification": wished,
        "reason": "Platinum instead.",
        "price_difference": Decimal(300),
        "business_days": 2,
        "materials": {},
    }
    return cad.change_order_propose(actor=staff, project_pk=project.pk, **values | changes)


@pytest.mark.parametrize(
    "difference", ["1e9", "-1e9", "1e28", "0.001", "99999999999.99", "1000000000.00"]
)
def test_a_difference_that_is_no_sum_is_refused(
    paid_project: BespokeProject, staff: Actor, difference: str
) -> None:
    with refuses("INVALID", field="priceDifference"):
        propose(paid_project, staff, price_difference=Decimal(difference))


@pytest.mark.parametrize("quantity", ["0.0001", "1e12", "0", "-1"])
def test_a_change_nobody_could_accept_is_not_proposed(
    paid_project: BespokeProject, staff: Actor, quantity: str
) -> None:
    metal = make_metal(staff, "PT", alloy="platinum_950_ru")
    with refuses("INVALID", field="materials"):
        propose(paid_project, staff, materials={metal.pk: Decimal(quantity)})


def test_half_a_stone_is_not_proposed(paid_project: BespokeProject, staff: Actor) -> None:
    stone = make_stone(staff, "D-HALF")
    with refuses("INVALID", field="materials"):
        propose(paid_project, staff, materials={stone.pk: Decimal("0.5")})


def test_anothers_own_stone_is_not_proposed(paid_project: BespokeProject, staff: Actor) -> None:
    from saleor_bespoke.workshop.own_stones import customer_stone_register

    other, _ = make_commission(make_customer("other@example.com"))
    facts = {"kind": "ruby", "origin": "natural", "carat": "1.00"}
    foreign = customer_stone_register(project=other, code="OWN-1", name="Her ruby", stone=facts)
    with refuses("NOT_FOUND", field="materials"):
        propose(paid_project, staff, materials={foreign.pk: Decimal(1)})


def test_texts_have_an_end(
    paid_project: BespokeProject, staff: Actor, customer: Actor, files_folder: Path
) -> None:
    with refuses("INVALID", field="reason"):
        propose(paid_project, staff, reason=TOO_LONG)
    with refuses("INVALID", field="note"):
        cad.cad_revision_draft(actor=staff, project_pk=paid_project.pk, note=TOO_LONG)
    revision = cad.cad_revision_draft(actor=staff, project_pk=paid_project.pk)
    with refuses("INVALID", field="text"):
        cad.cad_annotation_add(
            actor=staff, revision_pk=revision.pk, kind="CALLOUT", text="x" * 1001
        )
    CadRevision.objects.update(status="PUBLISHED")
    with refuses("INVALID", field="request"):
        cad.cad_tweak_request(actor=customer, revision_pk=revision.pk, request=TOO_LONG)
    noted = paid_project.attentions.create(
        reason="A_TEST", detail="Look.", raised_at=paid_project.created_at
    )
    with refuses("INVALID", field="resolution"):
        attention_resolve(actor=staff, attention_pk=noted.pk, resolution=TOO_LONG)


def test_places_and_dimensions_fit(
    paid_project: BespokeProject, staff: Actor, customer: Actor, files_folder: Path
) -> None:
    revision = cad.cad_revision_draft(actor=staff, project_pk=paid_project.pk)
    for size in ("1e9", "100000", "-1", "0.0001"):
        with refuses("INVALID", field="millimetres"):
            cad.cad_annotation_add(
                actor=staff,
                revision_pk=revision.pk,
                kind="DIMENSION",
                text="Wide",
                millimetres=Decimal(size),
            )
    view = cad.cad_view_add(
        actor=staff,
        revision_pk=revision.pk,
        view="TOP",
        prepared=prepared(photo(), Purpose.CAD),
    )
    CadRevision.objects.update(status="PUBLISHED")
    place = {"actor": customer, "revision_pk": revision.pk, "view_pk": view.pk}
    with refuses("INVALID", field="remark"):
        cad.cad_pin_add(**place, x=Decimal(0), y=Decimal(1), remark=TOO_LONG)
    pin = cad.cad_pin_add(
        **place, x=Decimal("0.33333333333333333333"), y=Decimal("0.999999999"), remark="Here"
    )
    pin.refresh_from_db()
    assert (pin.x, pin.y) == (Decimal("0.33333"), Decimal("1.00000"))


def test_a_change_that_was_proposed_can_be_accepted(
    paid_project: BespokeProject, staff: Actor, customer: Actor
) -> None:
    metal = make_metal(staff, "PT", alloy="platinum_950_ru")
    change = propose(
        paid_project,
        staff,
        materials={metal.pk: Decimal("7.125")},
        price_difference=Decimal("-200.00"),
    )
    decided = change_order_accept(actor=customer, change_order_pk=change.pk)
    assert decided.change.status == "SETTLED"
