"""The last stone, overlapping sets and the last place, wanted by several at the same moment."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.db.models import Sum

from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import lock_for_system
from saleor_bespoke.workshop.models import Holding, Material, ProductionWeek, SlotBooking
from saleor_bespoke.workshop.services import material_create, material_update
from saleor_bespoke.workshop.slots import slot_book
from tests.fixtures import make_metal, make_project, make_staff, make_stone
from tests.support import race, race_processes
from tests.workshop.claims import (
    guards_removed,
    hold,
    hold_in_process,
    hold_in_process_without_locks,
)

pytestmark = pytest.mark.django_db(transaction=True)


def _rivals(stone: Material, count: int) -> list[dict[str, Any]]:
    return [
        {"project": str(make_project()[0].pk), "payable": str(uuid4()), "material": str(stone.pk)}
        for _ in range(count)
    ]


def test_the_last_stone_is_held_by_one_of_several_processes() -> None:
    stone = make_stone(make_staff())

    answers = race_processes(hold_in_process, _rivals(stone, 3))

    assert Counter(code for code, _ in answers) == {"ok": 1, "MATERIAL_UNAVAILABLE": 2}
    stone.refresh_from_db()
    assert stone.held == 1
    assert Holding.objects.filter(state="HELD").count() == 1


def test_the_control_without_the_guards_sells_the_stone_more_than_once() -> None:
    """Without constraints and locks the same race sells it thrice: so the race is a real one."""
    stone = make_stone(make_staff())

    with guards_removed():
        answers = race_processes(hold_in_process_without_locks, _rivals(stone, 3))
        stone.refresh_from_db()
        sold = Holding.objects.filter(material=stone, state="HELD").count()

    assert [code for code, _ in answers] == ["ok", "ok", "ok"]
    assert sold == 3
    assert stone.held == 3 > stone.on_hand


def _answer(action: Any) -> str:
    try:
        action()
    except BespokeError as refusal:
        return refusal.code
    return "ok"


def test_overlapping_sets_never_deadlock_and_are_all_or_none() -> None:
    staff = make_staff()
    metals = [make_metal(staff, f"AU-{number}", on_hand=Decimal(12)) for number in range(4)]
    wanted = [
        {metals[first]: 5, metals[second]: 5}
        for first, second in ((0, 1), (1, 0), (1, 2), (2, 1), (3, 0), (0, 3), (2, 3), (3, 2))
    ]
    projects = [make_project()[0] for _ in wanted]

    answers = race(
        *(
            lambda project=project, sets=sets: _answer(lambda: hold(project, uuid4(), sets))
            for project, sets in zip(projects, wanted, strict=True)
        )
    )

    assert set(answers) <= {"ok", ErrorCode.MATERIAL_UNAVAILABLE}, answers
    winners = answers.count("ok")
    assert winners >= 2
    assert Holding.objects.count() == 2 * winners
    for metal in Material.objects.all():
        total = metal.holdings.aggregate(total=Sum("quantity"))["total"] or 0
        assert metal.held == total <= metal.on_hand


def test_the_same_request_at_the_same_moment_has_the_effect_of_one() -> None:
    stone, project, key = make_stone(make_staff()), make_project()[0], uuid4()

    answers = race(*[lambda: hold(project, key, {stone: 1})] * 4)

    assert [len(rows) for rows in answers] == [1, 1, 1, 1]
    assert Holding.objects.filter(state="HELD").count() == 1


def test_a_code_entered_twice_at_once_is_taken_once() -> None:
    staff = make_staff()

    def enter() -> str:
        return _answer(
            lambda: material_create(actor=staff, code="F-1", kind="FINDING", name="Bail")
        )

    assert sorted(race(enter, enter, enter)) == ["CODE_TAKEN", "CODE_TAKEN", "ok"]


def test_a_correction_and_a_hold_at_once_never_leave_less_than_is_held() -> None:
    staff = make_staff()
    gold, project = make_metal(staff, on_hand=Decimal(10)), make_project()[0]

    answers = race(
        lambda: _answer(lambda: hold(project, uuid4(), {gold: 8})),
        lambda: _answer(
            lambda: material_update(actor=staff, material_pk=gold.pk, on_hand=Decimal(5))
        ),
    )

    gold.refresh_from_db()
    assert gold.on_hand >= gold.held
    assert answers in (["ok", "MATERIAL_HELD"], ["MATERIAL_UNAVAILABLE", "ok"])


def _book(project: BespokeProject) -> date:
    with transaction.atomic():
        booking = slot_book(project=lock_for_system(project.pk), not_before=date(2026, 3, 2))
        return booking.week.monday


def test_the_last_place_of_a_week_is_booked_once() -> None:
    projects = [make_project()[0] for _ in range(6)]

    mondays = race(*(lambda project=project: _book(project) for project in projects))

    assert Counter(mondays) == {date(2026, 3, 2): 4, date(2026, 3, 9): 2}
    assert list(ProductionWeek.objects.values_list("taken", "capacity")) == [(4, 4), (2, 4)]


def test_a_place_asked_for_twice_at_once_is_one_place() -> None:
    project = make_project()[0]

    assert len(set(race(*[lambda: _book(project)] * 4))) == 1
    assert SlotBooking.objects.count() == 1
