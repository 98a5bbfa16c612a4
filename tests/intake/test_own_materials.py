"""What the customer brings, from the parcel to the credit or back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from saleor_bespoke.craft.pieces import stone_from_json
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.intake.models import OwnMaterial
from saleor_bespoke.steps.intake.services import (
    brief_revise,
    old_gold_credit_accept,
    own_material_accept,
    own_material_receive,
    own_material_refuse,
    own_material_return,
)
from saleor_bespoke.workshop.models import Material
from tests.fixtures import ring_specification
from tests.intake.conftest import draft
from tests.support import nothing_changes, race, refuses

VALUED = {
    "alloy": "gold_14k_yellow",
    "weight_grams": Decimal("4.105"),
    "credit": Decimal("180.00"),
}


@pytest.fixture
def ruby(project: BespokeProject) -> OwnMaterial:
    return project.brought_materials.get(kind="OWN_STONE")


@pytest.fixture
def band(project: BespokeProject) -> OwnMaterial:
    return project.brought_materials.get(kind="OLD_JEWELLERY")


def received(row: OwnMaterial, staff: Actor) -> OwnMaterial:
    return own_material_receive(actor=staff, own_material_pk=row.pk)


def test_an_own_stone_enters_the_books_for_its_commission(
    project: BespokeProject, ruby: OwnMaterial, staff: Actor
) -> None:
    received(ruby, staff)
    found = stone_from_json({"kind": "ruby", "carat": "0.79", "treatments": ["heated"]})
    row = own_material_accept(
        actor=staff, own_material_pk=ruby.pk, stone=found, findings="Heated, sound."
    )
    material = row.material
    assert material is not None
    assert (row.status, row.findings) == ("ACCEPTED", "Heated, sound.")
    assert (material.owner_project_id, material.on_hand, material.unique) == (project.pk, 1, True)
    assert material.stone["carat"] == "0.79"
    assert material.code.startswith(project.number)


def test_old_jewellery_is_weighed_valued_and_credited(
    project: BespokeProject, band: OwnMaterial, staff: Actor, customer: Actor
) -> None:
    received(band, staff)
    row = own_material_accept(actor=staff, own_material_pk=band.pk, **VALUED)
    assert (row.status, row.credit, row.currency) == ("ACCEPTED", Decimal("180.00"), "USD")
    row = old_gold_credit_accept(actor=customer, own_material_pk=band.pk)
    assert (row.status, row.material) == ("CREDITED", None)
    assert row.credit_accepted_at is not None
    event = project.events.get(kind="OldGoldCreditAccepted")
    assert (event.payload["credit"], event.payload["currency"]) == ("180.00", "USD")
    with nothing_changes():
        old_gold_credit_accept(actor=customer, own_material_pk=band.pk)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"credit": None}, "REQUIRED", "credit"),
        ({"weight_grams": None}, "REQUIRED", "weightGrams"),
        ({"alloy": ""}, "REQUIRED", "alloy"),
        ({"alloy": "steel_316l"}, "INVALID", "alloy"),
        ({"credit": Decimal("0.001")}, "INVALID", "credit"),
        ({"stone": stone_from_json({"kind": "ruby"})}, "INVALID", "stone"),
        ({"findings": "\x00"}, "INVALID", "findings"),
    ],
)
def test_valuation_refused(
    band: OwnMaterial, staff: Actor, changes: dict[str, Any], code: str, field: str
) -> None:
    received(band, staff)
    with refuses(code, field=field):
        own_material_accept(actor=staff, own_material_pk=band.pk, **VALUED | changes)


def test_a_stone_is_neither_weighed_nor_credited(ruby: OwnMaterial, staff: Actor) -> None:
    received(ruby, staff)
    with refuses("INVALID", field="credit"):
        own_material_accept(actor=staff, own_material_pk=ruby.pk, credit=Decimal(5))


def test_what_is_not_here_is_not_accepted(
    ruby: OwnMaterial, band: OwnMaterial, staff: Actor, customer: Actor
) -> None:
    for row in (ruby, band):
        with refuses("OWN_MATERIAL_NOT_OPEN", field="id"):
            own_material_accept(actor=staff, own_material_pk=row.pk)
        with refuses("OWN_MATERIAL_NOT_OPEN", field="id"):
            own_material_return(actor=staff, own_material_pk=row.pk)
        with refuses("OWN_MATERIAL_NOT_OPEN", field="id"):
            old_gold_credit_accept(actor=customer, own_material_pk=row.pk)


def test_refused_with_a_reason_and_given_back(ruby: OwnMaterial, staff: Actor) -> None:
    received(ruby, staff)
    with nothing_changes():
        received(ruby, staff)
    with refuses("REQUIRED", field="reason"):
        own_material_refuse(actor=staff, own_material_pk=ruby.pk, reason="")
    row = own_material_refuse(actor=staff, own_material_pk=ruby.pk, reason="Cracked.")
    assert (row.status, row.findings) == ("REFUSED", "Cracked.")
    with nothing_changes():
        own_material_refuse(actor=staff, own_material_pk=ruby.pk, reason="Cracked.")
    with refuses("OWN_MATERIAL_NOT_OPEN", field="id"):
        own_material_accept(actor=staff, own_material_pk=ruby.pk)
    assert own_material_return(actor=staff, own_material_pk=ruby.pk).status == "RETURNED"
    with nothing_changes():
        own_material_return(actor=staff, own_material_pk=ruby.pk)


def test_an_accepted_stone_leaves_the_books_when_given_back(
    ruby: OwnMaterial, staff: Actor
) -> None:
    received(ruby, staff)
    pk = own_material_accept(actor=staff, own_material_pk=ruby.pk).material_id
    own_material_return(actor=staff, own_material_pk=ruby.pk)
    material = Material.objects.get(pk=pk)
    assert (material.on_hand, material.active) == (0, False)


def test_a_held_stone_stays(project: BespokeProject, ruby: OwnMaterial, staff: Actor) -> None:
    from datetime import timedelta

    from saleor_bespoke import clock
    from saleor_bespoke.workshop.materials import materials_hold

    received(ruby, staff)
    row = own_material_accept(actor=staff, own_material_pk=ruby.pk)
    assert row.material_id is not None
    project.refresh_from_db()
    materials_hold(
        project=project,
        payable_pk=uuid4(),
        wanted={row.material_id: Decimal(1)},
        until=clock.now() + timedelta(hours=1),
    )
    with refuses("MATERIAL_HELD"):
        own_material_return(actor=staff, own_material_pk=ruby.pk)


def test_an_examined_stone_survives_a_changed_brief(
    project: BespokeProject, ruby: OwnMaterial, staff: Actor, customer: Actor
) -> None:
    received(ruby, staff)
    found = stone_from_json({"kind": "ruby", "carat": "0.79"})
    own_material_accept(actor=staff, own_material_pk=ruby.pk, stone=found)
    declared = {"description": ruby.description, "stone": {"kind": "ruby", "carat": "0.8"}}
    spec = ring_specification(ownStones=[declared])
    brief_revise(actor=customer, project_pk=project.pk, draft=draft(spec))
    assert project.brought_materials.get().status == "ACCEPTED"


def test_own_materials_are_the_workshops_to_judge(
    ruby: OwnMaterial, customer: Actor, other_customer: Actor
) -> None:
    with refuses("PERMISSION_DENIED"):
        own_material_receive(actor=customer, own_material_pk=ruby.pk)
    for pk in (ruby.pk, uuid4(), "x"):
        with refuses("NOT_FOUND"):
            old_gold_credit_accept(actor=other_customer, own_material_pk=pk)


def test_the_credit_is_the_customers_to_accept(band: OwnMaterial, staff: Actor) -> None:
    received(band, staff)
    own_material_accept(actor=staff, own_material_pk=band.pk, **VALUED)
    with refuses("CUSTOMER_ONLY"):
        old_gold_credit_accept(actor=staff, own_material_pk=band.pk)


@pytest.mark.django_db(transaction=True)
def test_a_stone_accepted_by_two_at_once_is_one_material(ruby: OwnMaterial, staff: Actor) -> None:
    received(ruby, staff)
    answers = race(*[lambda: own_material_accept(actor=staff, own_material_pk=ruby.pk)] * 4)
    assert sum(isinstance(answer, OwnMaterial) for answer in answers) == 1
    assert Material.objects.count() == 1
