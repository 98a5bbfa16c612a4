"""Dates given to the customer: computed, paused, moved, met, missed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine

from saleor_bespoke.craft.promises import Modifier
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import Attention, BespokeProject
from saleor_bespoke.workshop import services
from saleor_bespoke.workshop.models import Promise
from saleor_bespoke.workshop.promises import (
    promise_drop,
    promise_extend,
    promise_meet,
    promise_move,
    promise_pause,
    promise_resume,
    promise_start,
    promises_drop,
    promises_late_mark,
)
from tests.fixtures import make_project, make_sourced_stone
from tests.support import nothing_changes, refuses
from tests.workshop.claims import fresh, hold

NY, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")

pytestmark = pytest.mark.django_db


def at(text: str, zone: ZoneInfo = NY) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def end_of(day: str, zone: ZoneInfo = NY) -> datetime:
    return at(f"{day}T23:59:59.999999", zone)


def start(project: BespokeProject, step: str, when: datetime, **values: Any) -> Promise:
    with time_machine.travel(when, tick=False):
        return promise_start(project=fresh(project), step=step, **values)


def kinds(project: BespokeProject) -> list[str]:
    return [event.kind for event in project.events.order_by("sequence")][1:]


@pytest.mark.parametrize(
    ("step", "channel", "when", "due"),
    [
        # two business hours, over closing time, a weekend and New York's change of clock
        ("QUOTE", "us", at("2026-03-02T10:00"), at("2026-03-02T12:00")),
        ("QUOTE", "us", at("2026-03-06T17:00"), at("2026-03-09T10:00")),
        ("QUOTE", "us", at("2026-03-07T23:00"), at("2026-03-09T11:00")),
        # elapsed hours: the clock on the wall moves, the promise does not
        ("CAD", "us", at("2026-03-07T12:00"), at("2026-03-09T13:00")),
        ("CAD", "us", at("2026-10-31T12:00"), at("2026-11-02T11:00")),
        ("TWEAK", "us", at("2026-07-03T12:00"), at("2026-07-05T12:00")),
        # business days end with the shop's local day, whatever the clock does meanwhile
        ("PRODUCTION", "us", at("2026-03-02T10:00"), end_of("2026-03-20")),
        ("PRODUCTION", "us", at("2026-03-02T16:00"), end_of("2026-03-23")),
        ("PRODUCTION", "us", at("2026-06-26T10:00"), end_of("2026-07-17")),
        ("PRODUCTION", "eu", at("2026-03-23T10:00", BERLIN), end_of("2026-04-14", BERLIN)),
        ("QUALITY", "us", at("2026-11-25T10:00"), end_of("2026-12-01")),
        ("SHIPPING", "us", at("2026-12-23T10:00"), end_of("2026-12-31")),
        ("RESIZE", "eu", at("2026-05-08T10:00", BERLIN), end_of("2026-05-26", BERLIN)),
    ],
)
def test_promise_start(step: str, channel: str, when: datetime, due: datetime) -> None:
    project = make_project(channel=channel)[0]

    promise = start(project, step, when)

    assert promise.due_at == promise.first_due_at == due
    assert promise.trace["base"] == when.astimezone(UTC).isoformat()
    assert len(promise.trace["calendar"]) == 16
    assert kinds(project) == ["PromiseGiven"]


def test_modifiers_and_holidays_stand_in_the_trace(project: BespokeProject) -> None:
    rare = Modifier("RARE_SIZE", "A mandrel of this size is made first.", Decimal(2))

    promise = start(project, "PRODUCTION", at("2026-06-26T10:00"), modifiers=[rare])

    assert promise.due_at == end_of("2026-07-21")
    assert promise.trace["modifiers"] == [
        {"code": "RARE_SIZE", "reason": "A mandrel of this size is made first.", "extra": "2"}
    ]
    assert [day["date"] for day in promise.trace["holidays"]] == ["2026-07-03"]


def test_production_waits_for_a_material_still_to_come_and_names_it(
    project: BespokeProject, staff: Actor
) -> None:
    with time_machine.travel(at("2026-03-02T10:00")):
        sapphire = make_sourced_stone(staff, expected_on=date(2026, 3, 16))
        hold(project, uuid4(), {sapphire: 1})

    promise = start(project, "PRODUCTION", at("2026-03-02T10:00"))

    assert promise.due_at == end_of("2026-04-03")
    assert promise.trace["awaited"] == [
        {"code": "S-1", "name": "Diamond S-1", "expectedOn": "2026-03-16"}
    ]


def test_one_promise_is_open_for_a_step(project: BespokeProject) -> None:
    first = start(project, "CAD", at("2026-03-02T10:00"))

    with nothing_changes():
        assert start(project, "CAD", at("2026-03-03T10:00")) == first
    promise_meet(project=fresh(project), step="CAD")
    assert start(project, "CAD", at("2026-03-03T10:00")) != first


# the customer is asked --------------------------------------------------------------------------


def test_the_two_hour_clock_stands_still_while_the_customer_is_asked(
    project: BespokeProject,
) -> None:
    start(project, "QUOTE", at("2026-03-06T16:00"))
    with time_machine.travel(at("2026-03-06T17:30"), tick=False) as traveller:
        promise_pause(project=fresh(project), step="QUOTE")
        traveller.move_to(at("2026-03-09T08:00"))
        assert promises_late_mark() == 0

        promise = promise_resume(project=fresh(project), step="QUOTE")

    assert promise is not None
    assert promise.due_at == at("2026-03-09T09:30")
    assert promise.first_due_at == at("2026-03-06T18:00")
    assert kinds(project) == ["PromiseGiven", "PromisePaused", "PromiseMoved", "PromiseResumed"]
    (move,) = promise.moves.all()
    assert (move.cause, move.old_due_at) == ("WAITED_FOR_CUSTOMER", at("2026-03-06T18:00"))
    (pause,) = promise.trace["pauses"]
    assert datetime.fromisoformat(pause["from"]) == at("2026-03-06T17:30")


def test_pausing_and_resuming_twice_has_the_effect_of_one(project: BespokeProject) -> None:
    start(project, "QUOTE", at("2026-03-02T10:00"))
    with time_machine.travel(at("2026-03-02T11:00"), tick=False) as traveller:
        with nothing_changes():
            promise_resume(project=fresh(project), step="QUOTE")
        promise_pause(project=fresh(project), step="QUOTE")
        traveller.shift(timedelta(hours=1))
        with nothing_changes():
            promise_pause(project=fresh(project), step="QUOTE")
        promise_resume(project=fresh(project), step="QUOTE")
        with nothing_changes():
            promise_resume(project=fresh(project), step="QUOTE")


def test_nothing_open_is_nothing_to_pause_meet_or_drop(project: BespokeProject) -> None:
    with nothing_changes():
        for act in (promise_pause, promise_resume, promise_meet, promise_drop):
            assert act(project=project, step="QUOTE") is None
        assert promises_drop(project=project) == []


# moves ------------------------------------------------------------------------------------------


def move(actor: Actor, promise: Promise, **changes: Any) -> Promise:
    values = {
        "due_at": at("2026-03-25T18:00"),
        "cause": "HANDWORK",
        "explanation": "The pavé takes two days more.",
    }
    with time_machine.travel(at("2026-03-03T10:00"), tick=False):
        return services.promise_move(actor=actor, promise_pk=promise.pk, **values | changes)


def test_promise_move(project: BespokeProject, staff: Actor) -> None:
    promise = start(project, "CAD", at("2026-03-02T10:00"))

    moved = move(staff, promise)

    assert moved.due_at == at("2026-03-25T18:00")
    event = project.events.last()
    assert event is not None
    assert (event.kind, event.shared, event.actor_ref) == ("PromiseMoved", True, staff.ref)
    assert event.payload["old_due_at"] == promise.due_at.isoformat()
    assert event.payload["new_due_at"] == at("2026-03-25T18:00").astimezone(UTC).isoformat()
    (row,) = moved.moves.all()
    assert (row.explanation, row.moved_by) == ("The pavé takes two days more.", staff.ref)
    with refuses("ALREADY_DONE", field="dueAt"):
        move(staff, promise)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"cause": "BAD_MOOD"}, "INVALID", "cause"),
        ({"explanation": "  "}, "REQUIRED", "explanation"),
        ({"explanation": "x" * 2001}, "INVALID", "explanation"),
        ({"due_at": at("2026-03-03T10:00")}, "INVALID", "dueAt"),
        ({"due_at": at("2028-03-10T10:00")}, "INVALID", "dueAt"),
        ({"due_at": datetime(2026, 3, 25)}, "INVALID", "dueAt"),  # noqa: DTZ001
    ],
)
def test_an_unexplained_or_impossible_move_is_refused(
    project: BespokeProject, staff: Actor, changes: dict[str, Any], code: str, field: str
) -> None:
    promise = start(project, "CAD", at("2026-03-02T10:00"))

    with refuses(code, field=field):
        move(staff, promise, **changes)


def test_an_ended_promise_does_not_move(project: BespokeProject, staff: Actor) -> None:
    promise = start(project, "CAD", at("2026-03-02T10:00"))
    promise_meet(project=fresh(project), step="CAD")

    with refuses("ALREADY_DONE", field="id"):
        move(staff, promise)
    with refuses("NOT_FOUND"):
        promise_move(
            project=fresh(project), step="CAD", due_at=at("2026-03-25T18:00"), cause="OTHER",
            explanation="Why not.", actor=staff,
        )  # fmt: skip


def test_absent_and_foreign_promises_answer_alike(
    project: BespokeProject, staff: Actor, other_customer: Actor
) -> None:
    promise = start(project, "CAD", at("2026-03-02T10:00"))

    with refuses("NOT_FOUND") as foreign:
        move(other_customer, promise)
    with refuses("NOT_FOUND") as absent:
        move(staff, Promise(pk=uuid4()))
    assert foreign.value.message == absent.value.message == "No such promise."


def test_promise_extend_counts_business_days(project: BespokeProject, staff: Actor) -> None:
    start(project, "PRODUCTION", at("2026-03-02T10:00"))
    values: dict[str, Any] = {"cause": "REWORK", "explanation": "Cast again.", "actor": staff}

    with time_machine.travel(at("2026-03-05T10:00")):
        moved = promise_extend(project=fresh(project), step="PRODUCTION", business_days=3, **values)
        with refuses("INVALID", field="businessDays"):
            promise_extend(project=fresh(project), step="PRODUCTION", business_days=0, **values)

    assert moved.due_at == end_of("2026-03-25")


# lateness and the end ---------------------------------------------------------------------------


def test_a_missed_date_is_an_event_and_needs_attention_once(project: BespokeProject) -> None:
    start(project, "QUOTE", at("2026-03-02T10:00"))

    with time_machine.travel(at("2026-03-02T11:59")):
        assert promises_late_mark() == 0
    with time_machine.travel(at("2026-03-02T12:01")):
        assert promises_late_mark() == 1
        with nothing_changes():
            assert promises_late_mark() == 0

    assert kinds(project) == ["PromiseGiven", "PromiseLate", "AttentionRaised"]
    attention = Attention.objects.get(resolved_at=None)
    assert (attention.reason, attention.detail) == (
        "LATE",
        "QUOTE was promised for 2026-03-02 17:00 UTC.",
    )


def test_a_late_promise_that_moves_is_on_time_again(project: BespokeProject, staff: Actor) -> None:
    promise = start(project, "CAD", at("2026-02-23T10:00"))
    with time_machine.travel(at("2026-03-02T10:00")):
        promises_late_mark()

    moved = move(staff, promise)

    assert moved.late_at is None
    assert not Attention.objects.filter(resolved_at=None).exists()
    with time_machine.travel(at("2026-03-26T10:00")):
        assert promises_late_mark() == 1


@pytest.mark.parametrize(("hour", "outcome"), [("11:59", "MET"), ("12:01", "LATE")])
def test_promise_meet(project: BespokeProject, hour: str, outcome: str) -> None:
    start(project, "QUOTE", at("2026-03-02T10:00"))
    with time_machine.travel(at(f"2026-03-02T{hour}")):
        promises_late_mark()
        promise = promise_meet(project=fresh(project), step="QUOTE")

    assert promise is not None
    assert promise.outcome == outcome
    assert not Attention.objects.filter(resolved_at=None).exists()


def test_attention_stays_while_another_step_is_late(project: BespokeProject) -> None:
    start(project, "CAD", at("2026-03-02T10:00"))
    start(project, "TWEAK", at("2026-03-02T11:00"))
    with time_machine.travel(at("2026-03-10T10:00")):
        promises_late_mark()
        promise_meet(project=fresh(project), step="CAD")
        assert Attention.objects.filter(resolved_at=None).count() == 1
        promise_drop(project=fresh(project), step="TWEAK")
        assert Attention.objects.filter(resolved_at=None).count() == 0


def test_promises_drop_ends_everything(project: BespokeProject) -> None:
    start(project, "CAD", at("2026-03-02T10:00"))
    start(project, "PRODUCTION", at("2026-03-02T10:00"))

    promises_drop(project=fresh(project))

    assert set(project.promises.values_list("outcome", flat=True)) == {"DROPPED"}
