"""Entering and correcting materials, customers' own stones, what could replace a lost stone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_bespoke.errors import BespokeError, PermissionDenied
from saleor_bespoke.project.access import ANONYMOUS, SYSTEM, Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.workshop import rules
from saleor_bespoke.workshop.materials import (
    alternatives_for,
    available,
    customer_stone_register,
    customer_stone_return,
    holdings_release,
    material_create,
    material_update,
)
from saleor_bespoke.workshop.models import Material
from saleor_bespoke.workshop.selectors import Gone, replacements_of
from tests.fixtures import (
    make_app,
    make_metal,
    make_parcel,
    make_project,
    make_sourced_stone,
    make_stone,
)
from tests.support import nothing_changes, refuses
from tests.workshop.claims import fresh, hold

pytestmark = pytest.mark.django_db

RUBY = {"kind": "ruby", "origin": "natural", "carat": "1.2"}


def create(actor: Actor, **changes: Any) -> Material:
    values = {"code": "R-1", "kind": "UNIQUE_STONE", "name": "Ruby", "on_hand": Decimal(1)}
    return material_create(actor=actor, **values | {"stone": RUBY} | changes)


def test_material_create(staff: Actor) -> None:
    row = create(
        staff, code=" R-1 ", price=Decimal("4100.00"), currency="USD", certificate_number="123"
    )

    row.refresh_from_db()
    assert (row.code, row.unit, row.unique, row.on_hand, row.held) == ("R-1", "PIECE", True, 1, 0)
    assert row.stone["carat"] == "1.2"
    assert row.stone["role"] == "centre"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"code": " "}, "REQUIRED", "code"),
        ({"code": "x" * 65}, "INVALID", "code"),
        ({"name": ""}, "REQUIRED", "name"),
        ({"name": "x" * 257}, "INVALID", "name"),
        ({"certificate_number": "x" * 65}, "INVALID", "certificateNumber"),
        ({"kind": "CHOCOLATE"}, "INVALID", "kind"),
        ({"on_hand": Decimal(2)}, "INVALID", "onHand"),
        ({"on_hand": Decimal(-1)}, "INVALID", "onHand"),
        ({"on_hand": Decimal("0.5")}, "INVALID", "onHand"),
        ({"on_hand": Decimal("NaN")}, "INVALID", "onHand"),
        ({"stone": None}, "INVALID", "stone"),
        ({"stone": {"kind": "pebble"}}, "INVALID", "stone.kind"),
        ({"stone": RUBY | {"carat": "-1"}}, "INVALID", "stone"),
        ({"kind": "METAL"}, "INVALID", "stone"),
        ({"kind": "METAL", "stone": None}, "INVALID", "alloy"),
        ({"alloy": "gold_18k_yellow"}, "INVALID", "alloy"),
        ({"kind": "METAL", "stone": None, "alloy": "unobtainium"}, "INVALID", "alloy"),
        ({"price": Decimal(5)}, "REQUIRED", "currency"),
        ({"currency": "USD"}, "REQUIRED", "currency"),
        ({"price": Decimal("5.001"), "currency": "USD"}, "INVALID", "price"),
        ({"price": Decimal(-5), "currency": "USD"}, "INVALID", "price"),
        ({"price": Decimal(5), "currency": "XYZ"}, "INVALID", "price"),
        ({"to_be_sourced": True}, "REQUIRED", "supplier"),
        ({"to_be_sourced": True, "supplier": "A dealer"}, "REQUIRED", "expectedOn"),
        (
            {"to_be_sourced": True, "supplier": "A dealer", "expected_on": date(2026, 9, 1)},
            "REQUIRED",
            "price",
        ),
    ],
)
def test_facts_that_do_not_fit_are_refused(
    staff: Actor, changes: dict[str, Any], code: str, field: str
) -> None:
    with refuses(code, field=field):
        create(staff, **changes)


def test_a_code_is_taken_once(staff: Actor) -> None:
    create(staff)

    with refuses("CODE_TAKEN", field="code"):
        create(staff)


@pytest.mark.parametrize("who", ["anonymous", "customer", "clerk"])
def test_only_staff_who_manage_orders_may(
    who: str, customer: Actor, staff: Actor, staff_without_permission: Actor
) -> None:
    actor = {"anonymous": ANONYMOUS, "customer": customer, "clerk": staff_without_permission}[who]
    stone = create(staff)

    with nothing_changes():
        with pytest.raises(PermissionDenied, match="MANAGE_ORDERS"):
            create(actor, code="R-2")
        with pytest.raises(PermissionDenied, match="MANAGE_ORDERS"):
            material_update(actor=actor, material_pk=stone.pk, name="Mine")


def test_apps_and_the_shop_itself_may(db: None) -> None:
    create(make_app())
    create(SYSTEM, code="R-2")


# correcting -------------------------------------------------------------------------------------


def test_material_update_corrects_the_stock(staff: Actor) -> None:
    gold = make_metal(staff)

    row = material_update(
        actor=staff, material_pk=gold.pk, on_hand=Decimal("87.125"), price=Decimal(99)
    )

    row.refresh_from_db()
    assert (row.on_hand, row.price) == (Decimal("87.125"), 99)


def test_the_stock_never_falls_below_what_is_held(project: BespokeProject, staff: Actor) -> None:
    gold = make_metal(staff)
    hold(project, uuid4(), {gold: 40})

    with refuses("MATERIAL_HELD", field="onHand"):
        material_update(actor=staff, material_pk=gold.pk, on_hand=Decimal("39.999"))

    assert material_update(actor=staff, material_pk=gold.pk, on_hand=Decimal(40)).held == 40


def test_a_correction_must_fit_as_a_whole(staff: Actor) -> None:
    stone = create(staff)

    with refuses("INVALID", field="alloy"):
        material_update(actor=staff, material_pk=stone.pk, alloy="gold_18k_yellow")
    with refuses("NOT_FOUND"):
        material_update(actor=staff, material_pk=uuid4(), name="Nothing")


def test_commissions_learn_of_another_day_and_of_the_arrival(
    project: BespokeProject, staff: Actor
) -> None:
    sapphire = make_sourced_stone(staff)
    hold(project, uuid4(), {sapphire: 1})

    material_update(actor=staff, material_pk=sapphire.pk, expected_on=date(2026, 9, 20))
    material_update(actor=staff, material_pk=sapphire.pk, supplier="Another dealer")
    material_update(actor=staff, material_pk=sapphire.pk, to_be_sourced=False)

    materials = {"MaterialRescheduled", "MaterialArrived"}
    told = [
        (event.kind, event.payload)
        for event in project.events.order_by("sequence")
        if event.kind in materials
    ]
    assert told == [
        (
            "MaterialRescheduled",
            {
                "material": str(sapphire.pk),
                "old_date": "2026-09-01",
                "new_date": "2026-09-20",
            },
        ),
        ("MaterialArrived", {"material": str(sapphire.pk)}),
    ]


def test_a_later_material_asks_staff_to_look_at_the_dates_until_it_is_here(
    project: BespokeProject, staff: Actor
) -> None:
    sapphire = make_sourced_stone(staff)
    hold(project, uuid4(), {sapphire: 1})
    late = project.attentions.filter(reason="MATERIAL_LATE", resolved_at=None)

    material_update(actor=staff, material_pk=sapphire.pk, expected_on=date(2026, 8, 20))
    assert not late.exists()
    material_update(actor=staff, material_pk=sapphire.pk, expected_on=date(2026, 9, 20))
    assert "2026-09-20, not on 2026-08-20" in late.get().detail
    material_update(actor=staff, material_pk=sapphire.pk, to_be_sourced=False)
    assert not late.exists()


# own stones -------------------------------------------------------------------------------------


def register(project: BespokeProject, **changes: Any) -> Material:
    values = {"code": "OWN-1", "name": "Family ruby", "stone": RUBY}
    return customer_stone_register(project=project, **values | changes)


def test_customer_stone_register_and_return(project: BespokeProject) -> None:
    own = register(project)
    assert (own.owner_project, own.on_hand, own.unique) == (project, 1, True)
    hold(project, uuid4(), {own: 1})

    with refuses("MATERIAL_HELD"):
        customer_stone_return(project=project, material_pk=own.pk)
    holdings_release(project=fresh(project))
    customer_stone_return(project=project, material_pk=own.pk)

    own.refresh_from_db()
    assert (own.on_hand, own.active) == (0, False)
    with refuses("ALREADY_DONE"):
        customer_stone_return(project=project, material_pk=own.pk)


def test_an_own_stone_is_returned_to_its_commission_only(
    project: BespokeProject, other_customer: Actor, staff: Actor
) -> None:
    own, bought = register(project), make_stone(staff)
    other = make_project(other_customer)[0]

    for foreign in (own.pk, bought.pk, uuid4()):
        with refuses("NOT_FOUND"):
            customer_stone_return(project=other, material_pk=foreign)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"code": ""}, "REQUIRED", "code"),
        ({"name": " "}, "REQUIRED", "name"),
        ({"provenance": "x" * 2001}, "INVALID", "provenance"),
        ({"stone": {"kind": "pebble"}}, "INVALID", "stone.kind"),
    ],
)
def test_an_own_stone_needs_its_facts(
    project: BespokeProject, changes: dict[str, Any], code: str, field: str
) -> None:
    with refuses(code, field=field):
        register(project, **changes)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"price": Decimal(5), "currency": "USD"}, "price"),
        ({"on_hand": Decimal(1)}, "onHand"),
    ],
)
def test_a_customers_own_stone_becomes_no_stock_of_ours(
    project: BespokeProject, staff: Actor, changes: dict[str, Any], field: str
) -> None:
    own = register(project, stone={"kind": "ruby"})
    if field == "onHand":
        customer_stone_return(project=project, material_pk=own.pk)

    with refuses("INVALID", field=field):
        material_update(actor=staff, material_pk=own.pk, **changes)


# alternatives -----------------------------------------------------------------------------------


def stone_of(staff: Actor, code: str, carat: str | None, price: str, **values: Any) -> Material:
    stone = {"carat": carat} | values.pop("stone", {})
    return make_stone(staff, code, stone=stone, price=Decimal(price), **values)


def test_alternatives_are_the_nearest_free_ones(project: BespokeProject, staff: Actor) -> None:
    lost = stone_of(staff, "LOST", "1.01", "5200")
    stone_of(staff, "A-near-dear", "1.02", "9000")
    stone_of(staff, "B-near-fair", "1.00", "5300")
    stone_of(staff, "C-far", "1.50", "5200")
    stone_of(staff, "D-farther", "0.30", "5200")
    stone_of(staff, "E-grown", "1.01", "900", stone={"origin": "laboratory_grown"})
    stone_of(staff, "F-ruby", "1.01", "5200", stone={"kind": "ruby"})
    stone_of(staff, "G-euro", "1.01", "5200", currency="EUR")
    hold(project, uuid4(), {stone_of(staff, "H-held", "1.01", "5200"): 1})
    material_update(
        actor=staff, material_pk=stone_of(staff, "I-idle", "1.01", "5200").pk, active=False
    )
    stone_of(staff, "J-unknown", None, "5200")
    register(project, stone={"kind": "diamond", "origin": "natural", "carat": "1.01"})

    found = [row.code for row in alternatives_for(lost)]
    every = [row.code for row in alternatives_for(lost, limit=20)]

    assert found == ["B-near-fair", "A-near-dear", "C-far"]
    assert every == [*found, "D-farther", "J-unknown"]


def test_another_lot_of_the_same_alloy_stands_for_a_metal_if_it_is_enough(staff: Actor) -> None:
    lost = make_metal(staff)
    make_metal(staff, "AU-2", on_hand=Decimal(5))
    make_metal(staff, "AU-3", on_hand=Decimal(7))
    make_metal(staff, "PT-1", alloy="platinum_950_ru")
    bail = material_create(actor=staff, code="F-1", kind="FINDING", name="Bail")

    found = alternatives_for(lost, quantity=Decimal("6.5"))

    assert [row.code for row in found] == ["AU-3"]
    assert alternatives_for(bail) == []


def test_replacements_of_several_are_asked_in_one_statement(
    staff: Actor, django_assert_num_queries: Any
) -> None:
    gone = [
        Gone(stone_of(staff, "LOST-1", "1.01", "5200"), Decimal(1)),
        Gone(stone_of(staff, "LOST-2", "2.00", "9000"), Decimal(1)),
        Gone(make_metal(staff), Decimal(6)),
        Gone(make_parcel(staff), Decimal(100)),
    ]
    Material.objects.filter(pk__in=[it.material.pk for it in gone]).update(on_hand=0)
    for code, carat in (("A", "1.00"), ("B", "1.10"), ("C", "1.90"), ("D", "3.00")):
        stone_of(staff, code, carat, "5200")
    stone_of(staff, "E-to-come", "1.01", "5200", to_be_sourced=True, supplier="A dealer",
             expected_on=date(2026, 9, 1))  # fmt: skip
    make_metal(staff, "AU-2")
    make_parcel(staff, "M-2", on_hand=Decimal(99))

    with django_assert_num_queries(1):
        found = replacements_of(gone)

    codes = [[row.code for row in found[it.material.pk]] for it in gone]
    assert codes == [["A", "B", "C"], ["C", "B", "A"], ["AU-2"], []]


def test_available_leaves_out_what_is_all_held(project: BespokeProject, staff: Actor) -> None:
    stone, gold, melee = make_stone(staff), make_metal(staff), make_parcel(staff)
    hold(project, uuid4(), {stone: 1, gold: 5})

    assert set(available(Material.objects.all())) == {gold, melee}


# rules ------------------------------------------------------------------------------------------

grams = st.decimals(Decimal("0.001"), 10_000, places=3)


@given(grams, grams)
def test_metal_may_exceed_by_half_and_nothing_else_may(held: Decimal, used: Decimal) -> None:
    most = rules.usable(kind="METAL", held=held)
    assert held <= most <= held * Decimal("1.5") + rules.MILLI

    assert _accepted("METAL", "GRAM", held, used) == (used <= most)


@given(st.integers(1, 500), st.integers(1, 500))
def test_pieces_are_never_more_than_locked(held: int, used: int) -> None:
    assert _accepted("STONE_PARCEL", "PIECE", Decimal(held), Decimal(used)) == (used <= held)


def _accepted(kind: str, unit: str, held: Decimal, used: Decimal) -> bool:
    """Whether so much may be used; a refusal names the excess."""
    try:
        rules.consumption_check(kind=kind, unit=unit, held=held, used=used)
    except BespokeError as refusal:
        return str(refusal.code) != "QUANTITY_EXCEEDED"
    return True
