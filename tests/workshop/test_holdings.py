"""Holds and locks: all or none, ended by time, kept while money is on its way, used up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, transaction

from saleor_bespoke import clock
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.workshop.materials import (
    customer_stone_register,
    customer_stone_return,
    holding_consume,
    holdings_expire,
    holdings_extend,
    holdings_lock,
    holdings_release,
    material_update,
)
from saleor_bespoke.workshop.models import Holding, Material
from saleor_bespoke.workshop.rules import usable
from tests.fixtures import make_metal, make_parcel, make_project, make_sourced_stone, make_stone
from tests.support import nothing_changes, refuses
from tests.workshop.claims import fresh, hold

NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def stone(staff: Actor) -> Material:
    return make_stone(staff)


@pytest.fixture
def other(other_customer: Actor) -> BespokeProject:
    return make_project(other_customer)[0]


@pytest.fixture
def bench(project: BespokeProject) -> BespokeProject:
    """A commission whose design is approved: without that the database lets nothing be used."""
    project.revisions.create(
        number=1,
        status="APPROVED",
        specification={},
        specification_hash="0" * 64,
        drafted_at=clock.now(),
    )
    return project


def held(material: Material) -> Decimal:
    return Material.objects.get(pk=material.pk).held


def kinds(project: BespokeProject) -> list[str]:
    return [event.kind for event in project.events.order_by("sequence")]


def test_materials_hold_takes_several_at_once(project: BespokeProject, staff: Actor) -> None:
    stone, gold, melee = make_stone(staff), make_metal(staff), make_parcel(staff)

    rows = hold(project, uuid4(), {stone: 1, gold: "6.250", melee: 24})

    assert {row.material_id: row.state for row in rows} == dict.fromkeys(
        (stone.pk, gold.pk, melee.pk), "HELD"
    )
    assert [held(row) for row in (stone, gold, melee)] == [1, Decimal("6.250"), 24]
    assert kinds(project) == ["ProjectOpened", "MaterialsHeld"]
    assert {row.exclusive for row in Holding.objects.filter(material=stone)} == {True}


def test_a_held_stone_is_refused_to_another_and_nothing_else_is_taken(
    project: BespokeProject, other: BespokeProject, stone: Material, staff: Actor
) -> None:
    gold = make_metal(staff)
    hold(project, uuid4(), {stone: 1})

    with refuses("MATERIAL_UNAVAILABLE", field="materials") as caught:
        hold(other, uuid4(), {gold: 5, stone: 1})

    assert caught.value.message == "Diamond D-1 (D-1) is no longer available."


def test_a_quantity_beyond_stock_is_refused(
    project: BespokeProject, other: BespokeProject, staff: Actor
) -> None:
    gold = make_metal(staff, on_hand=Decimal(10))
    hold(project, uuid4(), {gold: 6})

    with refuses("MATERIAL_UNAVAILABLE"):
        hold(other, uuid4(), {gold: "4.001"})

    hold(other, uuid4(), {gold: 4})
    assert held(gold) == 10


@pytest.mark.parametrize("quantity", ["0", "-1", "1.5", "NaN", "1E+9"])
def test_an_impossible_quantity_is_refused(
    project: BespokeProject, staff: Actor, quantity: str
) -> None:
    melee = make_parcel(staff)

    with refuses("INVALID", field="materials"):
        hold(project, uuid4(), {melee: quantity})


def test_an_absent_material_is_not_found(project: BespokeProject) -> None:
    with refuses("NOT_FOUND", field="materials"):
        hold(project, uuid4(), {uuid4(): 1})


def test_an_inactive_material_is_refused(
    project: BespokeProject, stone: Material, staff: Actor
) -> None:
    material_update(actor=staff, material_pk=stone.pk, active=False)

    with refuses("MATERIAL_UNAVAILABLE"):
        hold(project, uuid4(), {stone: 1})


def test_holding_again_replaces_what_the_payable_holds(
    project: BespokeProject, staff: Actor
) -> None:
    first, second, gold, key = (
        make_stone(staff),
        make_stone(staff, "D-2"),
        make_metal(staff),
        uuid4(),
    )
    hold(project, key, {first: 1, gold: 5})

    hold(project, key, {second: 1, gold: 7})

    assert [held(row) for row in (first, second, gold)] == [0, 1, 7]


def test_holding_the_same_again_has_the_effect_of_one(
    project: BespokeProject, stone: Material
) -> None:
    key = uuid4()
    hold(project, key, {stone: 1})
    hold(project, key, {stone: 1})

    assert Holding.objects.filter(state="HELD").count() == 1


def test_a_customers_own_stone_is_held_by_its_commission_only(
    project: BespokeProject, other: BespokeProject
) -> None:
    own = customer_stone_register(
        project=project, code="OWN-1", name="Family sapphire", stone={"kind": "sapphire"}
    )

    with refuses("MATERIAL_UNAVAILABLE"):
        hold(other, uuid4(), {own: 1})

    assert hold(project, uuid4(), {own: 1})


def test_the_database_itself_keeps_an_own_stone_from_others(
    project: BespokeProject, other: BespokeProject
) -> None:
    own = customer_stone_register(
        project=project, code="OWN-1", name="Family sapphire", stone={"kind": "sapphire"}
    )
    now = clock.now()

    with pytest.raises(IntegrityError, match="own stone"), transaction.atomic():
        Holding.objects.create(
            material=own, project=other, payable_pk=uuid4(), quantity=1, state="LOCKED",
            created_at=now, changed_at=now,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("way", "after"),
    [
        (("HELD", "RELEASED"), "HELD"),
        (("HELD", "LOCKED"), "HELD"),
        (("HELD", "LOCKED"), "EXPIRED"),
        (("HELD", "LOCKED", "CONSUMED"), "LOCKED"),
        (("HELD", "EXPIRED"), "LOCKED"),
        (("HELD",), "CONSUMED"),
    ],
)
def test_the_database_refuses_to_move_a_holding_back_or_past_its_lock(
    bench: BespokeProject, stone: Material, way: tuple[str, ...], after: str
) -> None:
    (row,) = hold(bench, uuid4(), {stone: 1})
    for state in way:
        used = 1 if state == "CONSUMED" else 0
        Holding.objects.filter(pk=row.pk).update(state=state, consumed=used)

    with pytest.raises(IntegrityError, match="does not move"), transaction.atomic():
        Holding.objects.filter(pk=row.pk).update(
            state=after, expires_at=clock.now(), consumed=1 if after == "CONSUMED" else 0
        )


def test_the_database_begins_no_holding_at_its_end_and_deletes_none(
    project: BespokeProject, stone: Material
) -> None:
    now = clock.now()
    for state in ("CONSUMED", "RELEASED", "EXPIRED"):
        with pytest.raises(IntegrityError, match="begins held or locked"), transaction.atomic():
            Holding.objects.create(
                material=stone, project=project, payable_pk=uuid4(), quantity=1, state=state,
                consumed=1 if state == "CONSUMED" else 0, created_at=now, changed_at=now,
            )  # fmt: skip
    (row,) = hold(project, uuid4(), {stone: 1})

    with pytest.raises(IntegrityError, match="a holding is kept"), transaction.atomic():
        Holding.objects.filter(pk=row.pk).delete()


def test_the_database_lets_a_lock_neither_grow_nor_change_its_sum(
    project: BespokeProject, staff: Actor
) -> None:
    gold, key = make_metal(staff), uuid4()
    hold(project, key, {gold: 6})
    (row,) = holdings_lock(project=fresh(project), payable_pk=key)

    for change, words in (
        ({"quantity": 7}, "quantity of a LOCKED holding is final"),
        ({"payable_pk": uuid4()}, "stays with its material, commission and sum"),
    ):
        with pytest.raises(IntegrityError, match=words), transaction.atomic():
            Holding.objects.filter(pk=row.pk).update(**change)


def test_the_database_counts_pieces_whole(project: BespokeProject, staff: Actor) -> None:
    melee = make_parcel(staff)
    (row,) = hold(project, uuid4(), {melee: 24})

    with pytest.raises(IntegrityError, match="counted whole"), transaction.atomic():
        Holding.objects.filter(pk=row.pk).update(quantity=Decimal("23.5"))
    with pytest.raises(IntegrityError, match="pieces_whole"), transaction.atomic():
        Material.objects.filter(pk=melee.pk).update(on_hand=Decimal("199.5"))


@pytest.mark.parametrize(("metal", "used"), [(True, "9.001"), (False, "25")])
def test_the_database_knows_the_casting_allowance(
    bench: BespokeProject, staff: Actor, metal: bool, used: str
) -> None:
    material, wanted = (make_metal(staff), 6) if metal else (make_parcel(staff), 24)
    key = uuid4()
    hold(bench, key, {material: wanted})
    (row,) = holdings_lock(project=fresh(bench), payable_pk=key)
    assert usable(kind=material.kind, held=row.quantity) < Decimal(used)

    with pytest.raises(IntegrityError, match="casting allowance"), transaction.atomic():
        Holding.objects.filter(pk=row.pk).update(state="CONSUMED", consumed=Decimal(used))


def test_the_database_lets_nothing_be_used_before_a_design_is_approved(
    project: BespokeProject, stone: Material
) -> None:
    key = uuid4()
    hold(project, key, {stone: 1})
    (row,) = holdings_lock(project=fresh(project), payable_pk=key)

    with (
        pytest.raises(IntegrityError, match="without an approved revision"),
        transaction.atomic(),
    ):
        Holding.objects.filter(pk=row.pk).update(state="CONSUMED", consumed=1)


def test_an_own_stone_is_never_ours(project: BespokeProject, staff: Actor) -> None:
    own = customer_stone_register(
        project=project, code="OWN-1", name="Family sapphire", stone={"kind": "sapphire"}
    )
    ours = make_stone(staff)

    for pk, change, words in (
        (own.pk, {"owner_project": None}, "stays of its kind and owner"),
        (ours.pk, {"owner_project": project}, "stays of its kind and owner"),
        (own.pk, {"price": 5, "currency": "USD"}, "not_for_sale"),
    ):
        with pytest.raises(IntegrityError, match=words), transaction.atomic():
            Material.objects.filter(pk=pk).update(**change)
    customer_stone_return(project=project, material_pk=own.pk)
    with pytest.raises(IntegrityError, match="enters the books once"), transaction.atomic():
        Material.objects.filter(pk=own.pk).update(on_hand=1)


def test_the_database_counts_what_is_held_and_refuses_too_much(
    project: BespokeProject, staff: Actor
) -> None:
    gold = make_metal(staff, on_hand=Decimal(10))
    (row,) = hold(project, uuid4(), {gold: 4})

    Holding.objects.filter(pk=row.pk).update(quantity=9)
    assert held(gold) == 9
    with pytest.raises(IntegrityError, match="bespoke_material_enough"), transaction.atomic():
        Holding.objects.filter(pk=row.pk).update(quantity=11)
    Holding.objects.filter(pk=row.pk).update(state="RELEASED")
    assert held(gold) == 0


# payment ----------------------------------------------------------------------------------------


def test_holdings_lock_and_its_repetition(project: BespokeProject, stone: Material) -> None:
    key = uuid4()
    hold(project, key, {stone: 1})

    rows = holdings_lock(project=fresh(project), payable_pk=key)

    assert [(row.state, row.expires_at) for row in rows] == [("LOCKED", None)]
    assert held(stone) == 1
    assert kinds(project)[-1] == "MaterialsLocked"
    with nothing_changes():
        assert holdings_lock(project=fresh(project), payable_pk=key) == rows


def test_what_is_locked_stays_when_the_payable_holds_more(
    project: BespokeProject, stone: Material, staff: Actor
) -> None:
    gold, key = make_metal(staff), uuid4()
    hold(project, key, {stone: 1})
    holdings_lock(project=fresh(project), payable_pk=key)

    hold(project, key, {gold: 5})

    assert [held(stone), held(gold)] == [1, 5]
    melee = make_parcel(staff)
    hold(project, key, {melee: 4})
    assert [held(stone), held(gold), held(melee)] == [1, 0, 4]


def test_a_locked_material_may_be_named_again_but_not_changed(
    project: BespokeProject, staff: Actor
) -> None:
    gold, key = make_metal(staff), uuid4()
    hold(project, key, {gold: 5})
    (locked,) = holdings_lock(project=fresh(project), payable_pk=key)

    assert hold(project, key, {gold: 5}) == [locked]
    with refuses("ALREADY_DONE", field="materials"):
        hold(project, key, {gold: 6})
    with nothing_changes():
        assert hold(project, key, {}) == []


def test_a_lapsed_hold_gives_way_to_another_commission_and_is_told_by_the_sweeper(
    project: BespokeProject, other: BespokeProject, stone: Material
) -> None:
    key = uuid4()
    with time_machine.travel(NOON) as traveller:
        hold(project, key, {stone: 1}, minutes=60)
        traveller.shift(timedelta(minutes=59))
        with refuses("MATERIAL_UNAVAILABLE"):
            hold(other, uuid4(), {stone: 1})
        traveller.shift(timedelta(minutes=2))
        hold(other, uuid4(), {stone: 1})
        assert "HoldsExpired" not in kinds(project)

        assert holdings_expire() == 1

        assert kinds(project)[-1] == "HoldsExpired"
        with nothing_changes():
            assert holdings_expire() == 0


def test_a_late_payment_takes_the_stone_again_if_it_is_still_there(
    project: BespokeProject, stone: Material
) -> None:
    key = uuid4()
    with time_machine.travel(NOON) as traveller:
        hold(project, key, {stone: 1})
        traveller.shift(timedelta(hours=2))
        assert holdings_expire() == 1
        assert held(stone) == 0

        (row,) = holdings_lock(project=fresh(project), payable_pk=key)

    assert row.state == "LOCKED"
    assert held(stone) == 1


def test_a_late_payment_finds_the_stone_gone(
    project: BespokeProject, other: BespokeProject, stone: Material, staff: Actor
) -> None:
    gold, key = make_metal(staff), uuid4()
    with time_machine.travel(NOON) as traveller:
        hold(project, key, {stone: 1, gold: 5})
        traveller.shift(timedelta(hours=2))
        holdings_expire()
        hold(other, uuid4(), {stone: 1})

        with refuses("MATERIAL_UNAVAILABLE"):
            holdings_lock(project=fresh(project), payable_pk=key)
        with refuses("MATERIAL_UNAVAILABLE"):
            holdings_extend(payable_pk=key, until=clock.now() + timedelta(hours=1))


def test_holdings_extend_never_shortens(project: BespokeProject, stone: Material) -> None:
    key = uuid4()
    with time_machine.travel(NOON, tick=False):
        hold(project, key, {stone: 1}, minutes=60)
        (row,) = holdings_extend(payable_pk=key, until=NOON + timedelta(minutes=90))
        assert row.expires_at == NOON + timedelta(minutes=90)
        (row,) = holdings_extend(payable_pk=key, until=NOON + timedelta(minutes=10))
        assert row.expires_at == NOON + timedelta(minutes=90)


def test_a_payable_without_materials_has_nothing_to_extend_or_lock(
    project: BespokeProject,
) -> None:
    with nothing_changes():
        assert holdings_extend(payable_pk=uuid4(), until=clock.now()) == []
        assert holdings_lock(project=fresh(project), payable_pk=uuid4()) == []


def payable_of(project: BespokeProject, status: str | None) -> Any:
    """An open payable with one payment in this state, or with an attempt nobody paid on."""
    now = clock.now()
    payable = project.payables.create(
        kind="QUOTE", subject_pk=uuid4(), title="Ring", amount=1, currency="USD", created_at=now
    )
    attempt = payable.attempts.create(checkout_id=str(uuid4()), state="LIVE", opened_at=now)
    if status:
        attempt.payments.create(
            host_transaction=str(uuid4()), amount=1, currency="USD", status=status, created_at=now
        )
    return payable


@pytest.mark.parametrize(
    ("payment", "kept"),
    [(None, False), ("CANCELLED", False), ("OPEN", True), ("SUCCEEDED", True)],
)
def test_a_hold_lasts_while_its_payment_is_on_its_way(
    project: BespokeProject,
    other: BespokeProject,
    stone: Material,
    payment: str | None,
    kept: bool,
) -> None:
    with time_machine.travel(NOON) as traveller:
        payable = payable_of(project, payment)
        payable_of(other, "OPEN")
        hold(project, payable.pk, {stone: 1})
        traveller.shift(timedelta(hours=3))

        if kept:
            with refuses("MATERIAL_UNAVAILABLE"):
                hold(other, uuid4(), {stone: 1})
        assert holdings_expire() == (0 if kept else 1)
        assert held(stone) == (1 if kept else 0)


# giving back and using --------------------------------------------------------------------------


def test_holdings_release_by_payable_by_material_and_altogether(
    project: BespokeProject, staff: Actor
) -> None:
    first, second, gold = make_stone(staff), make_stone(staff, "D-2"), make_metal(staff)
    one, two = uuid4(), uuid4()
    hold(project, one, {first: 1, gold: 5})
    hold(project, two, {second: 1, gold: 2})
    holdings_lock(project=fresh(project), payable_pk=two)
    assert held(gold) == 7

    assert len(holdings_release(project=fresh(project), payable_pk=one)) == 2
    assert [held(row) for row in (first, second, gold)] == [0, 1, 2]
    assert len(holdings_release(project=fresh(project), materials=[gold.pk])) == 1
    assert [held(row) for row in (first, second, gold)] == [0, 1, 0]
    assert len(holdings_release(project=fresh(project))) == 1
    assert held(second) == 0
    with nothing_changes():
        assert holdings_release(project=fresh(project)) == []


@pytest.mark.parametrize("used", ["4.125", "6", "9"])
def test_holding_consume_takes_what_was_really_used(
    bench: BespokeProject, staff: Actor, used: str
) -> None:
    gold, key = make_metal(staff, on_hand=Decimal(20)), uuid4()
    hold(bench, key, {gold: 6})
    (row,) = holdings_lock(project=fresh(bench), payable_pk=key)

    row = holding_consume(holding=row, quantity=Decimal(used))

    gold.refresh_from_db()
    assert (row.state, row.consumed) == ("CONSUMED", Decimal(used))
    assert (gold.on_hand, gold.held) == (20 - Decimal(used), 0)
    with refuses("ALREADY_DONE"):
        holding_consume(holding=row, quantity=Decimal(used))


def test_metal_beyond_the_casting_allowance_is_refused(bench: BespokeProject, staff: Actor) -> None:
    gold, key = make_metal(staff), uuid4()
    hold(bench, key, {gold: 6})
    (row,) = holdings_lock(project=fresh(bench), payable_pk=key)

    with refuses("QUANTITY_EXCEEDED", field="quantity"):
        holding_consume(holding=row, quantity=Decimal("9.001"))


def test_metal_that_others_hold_is_not_used(
    bench: BespokeProject, other: BespokeProject, staff: Actor
) -> None:
    gold, key = make_metal(staff, on_hand=Decimal(10)), uuid4()
    hold(bench, key, {gold: 6})
    (row,) = holdings_lock(project=fresh(bench), payable_pk=key)
    hold(other, uuid4(), {gold: 3})

    with refuses("MATERIAL_UNAVAILABLE"):
        holding_consume(holding=row, quantity=Decimal("7.5"))

    holding_consume(holding=row, quantity=Decimal(7))
    gold.refresh_from_db()
    assert (gold.on_hand, gold.held) == (3, 3)


def test_stones_are_used_whole_and_never_more_than_locked(
    bench: BespokeProject, staff: Actor
) -> None:
    melee, key = make_parcel(staff), uuid4()
    hold(bench, key, {melee: 24})
    (row,) = holdings_lock(project=fresh(bench), payable_pk=key)

    with refuses("INVALID", field="quantity"):
        holding_consume(holding=row, quantity=Decimal("0.5"))
    with refuses("QUANTITY_EXCEEDED"):
        holding_consume(holding=row, quantity=Decimal(25))
    holding_consume(holding=row, quantity=Decimal(22))

    melee.refresh_from_db()
    assert (melee.on_hand, melee.held) == (178, 0)


def test_only_what_is_locked_and_here_is_used(bench: BespokeProject, staff: Actor) -> None:
    sapphire, key = make_sourced_stone(staff), uuid4()
    (row,) = hold(bench, key, {sapphire: 1})

    with refuses("MATERIAL_NOT_LOCKED"):
        holding_consume(holding=row, quantity=Decimal(1))
    (row,) = holdings_lock(project=fresh(bench), payable_pk=key)
    with refuses("MATERIAL_NOT_ARRIVED"):
        holding_consume(holding=row, quantity=Decimal(1))

    material_update(actor=staff, material_pk=sapphire.pk, to_be_sourced=False)
    holding_consume(holding=row, quantity=Decimal(1))
    assert kinds(bench)[-1] == "MaterialArrived"
