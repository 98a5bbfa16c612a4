"""Which work a piece needs, in which order, and what it adds to the promise: the rules alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_bespoke.craft.specification import Specification
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.steps.production import rules
from saleor_bespoke.steps.production.rules import KINDS, Lock, Step
from tests.fixtures import ring_specification

STATUSES = ("PENDING", "STARTED", "FINISHED")


def code_of(call: Any, *args: Any, **values: Any) -> str:
    try:
        call(*args, **values)
    except BespokeError as refusal:
        return str(refusal.code)
    return "ok"


def steps(*statuses: str) -> list[Step]:
    return [Step(KINDS[at], at + 1, status) for at, status in enumerate(statuses)]


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({}, True),
        ({"stones": [], "setting": "none"}, False),
        (
            {
                "stones": [],
                "ownStones": [{"description": "Grandmother's", "stone": {"kind": "sapphire"}}],
            },
            True,
        ),
    ],
)
def test_setting_is_for_stones(changes: dict[str, Any], setting: bool) -> None:
    spec: Specification = ring_specification(**changes)

    kinds = rules.kinds_of(spec)

    assert ("SETTING" in kinds) is setting
    assert [kind for kind in KINDS if kind in kinds] == list(kinds)


@pytest.mark.parametrize(
    ("approved", "change_open", "code"),
    [
        ("a revision", False, "ok"),
        (None, False, "APPROVAL_MISSING"),
        ("a revision", True, "CHANGE_ORDER_OPEN"),
        (None, True, "CHANGE_ORDER_OPEN"),
    ],
)
def test_start_check(approved: str | None, change_open: bool, code: str) -> None:
    assert code_of(rules.start_check, approved, change_open=change_open) == code


def test_modifiers_say_why() -> None:
    found = rules.modifiers(
        ring_specification(ringSize={"system": "us", "label": "14"}),
        complexity_days=4,
        complexity_reason="Hand engraving",
        change_days=[2, 1],
        rare_size_days=2,
    )

    assert [(item.code, item.extra) for item in found] == [
        ("complexity", Decimal(4)),
        ("change_order", Decimal(3)),
        ("rare_size", Decimal(2)),
    ]
    assert found[0].reason == "Hand engraving"
    assert "rare size" in found[2].reason


def test_an_ordinary_ring_adds_nothing() -> None:
    spec = ring_specification()
    assert (
        rules.modifiers(
            spec, complexity_days=0, complexity_reason="", change_days=[], rare_size_days=2
        )
        == []
    )


@given(st.integers(1, 5), st.integers(0, 60), st.data())
def test_rework_never_takes_longer_than_making(altogether: int, low: int, data: Any) -> None:
    again = data.draw(st.integers(1, altogether))

    extra = rules.rework_modifier(again=again, altogether=altogether, low_days=low).extra

    assert -low < extra <= 0 or low == 0
    assert extra == int(extra)
    assert (extra == 0) or again < altogether


@given(st.lists(st.sampled_from(STATUSES), min_size=1, max_size=5), st.data())
def test_only_the_next_step_starts(statuses: list[str], data: Any) -> None:
    work = steps(*statuses)
    step = data.draw(st.sampled_from(work))

    started = code_of(rules.step_start_check, step, work) == "ok"

    before = [other.status for other in work if other.position < step.position]
    assert started == (
        step.status == "PENDING" and "STARTED" not in statuses and set(before) <= {"FINISHED"}
    )


@pytest.mark.parametrize(
    ("status", "finish", "send_back"),
    [
        ("PENDING", "STEP_NOT_STARTED", "STEP_NOT_STARTED"),
        ("STARTED", "ok", "ok"),
        ("FINISHED", "ALREADY_DONE", "ok"),
        ("SENT_BACK", "ALREADY_DONE", "ALREADY_DONE"),
    ],
)
def test_what_can_end(status: str, finish: str, send_back: str) -> None:
    step = Step("CASTING", 1, status)
    assert code_of(rules.step_finish_check, step) == finish
    assert code_of(rules.send_back_check, step) == send_back


def test_redone_is_all_begun_work_from_there_on() -> None:
    work = steps("FINISHED", "FINISHED", "STARTED", "PENDING")
    assert rules.redone(work, 2) == ["FORMING", "POLISHING"]


@pytest.mark.parametrize(
    ("lock", "code"),
    [
        (Lock("D", "Diamond", "UNIQUE_STONE", True), "MATERIAL_NOT_CONSUMED"),
        (Lock("AU", "Gold", "METAL", False), "MATERIAL_NOT_CONSUMED"),
        (Lock("O", "The customer's ruby", "STONE_PARCEL", True), "MATERIAL_NOT_CONSUMED"),
        (Lock("M", "Melee", "STONE_PARCEL", False), "ok"),
        (Lock("C", "Clasp", "FINDING", False), "ok"),
    ],
)
def test_what_must_be_accounted_for(lock: Lock, code: str) -> None:
    assert code_of(rules.finish_check, steps("FINISHED"), [lock]) == code


def test_nothing_made_is_not_finished() -> None:
    assert code_of(rules.finish_check, [], []) == "STEPS_UNFINISHED"
