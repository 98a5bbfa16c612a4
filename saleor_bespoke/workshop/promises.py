"""Dates given to the customer: computed with a trace, paused, moved with a cause, found late.

At most one promise is open for each project and step. The caller holds the project's lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from saleor_bespoke import clock, conf
from saleor_bespoke.craft.business_time import business_days_after, resumed_due
from saleor_bespoke.craft.promises import Modifier, PromiseUnit, promise_due
from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound
from saleor_bespoke.project import attention, journal
from saleor_bespoke.project.access import SYSTEM, Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import lock_for_system
from saleor_bespoke.workshop import promise_rules as rules
from saleor_bespoke.workshop.calendars import calendar_of
from saleor_bespoke.workshop.events import (
    PromiseGiven,
    PromiseLate,
    PromiseMoved,
    PromisePaused,
    PromiseResumed,
)
from saleor_bespoke.workshop.models import Promise, PromiseMove
from saleor_bespoke.workshop.selectors import awaited, awaited_named

LATE = "LATE"


def promise_open(project: BespokeProject, step: str) -> Promise | None:
    """The project's open promise for this step."""
    return Promise.objects.filter(project=project, step=step, ended_at=None).first()


@transaction.atomic
def promise_start(
    *,
    project: BespokeProject,
    step: str,
    modifiers: Sequence[Modifier] = (),
    base: datetime | None = None,
) -> Promise:
    """Promise the step with the channel's range, counted from `base` (now if not given).

    CAD and TWEAK count elapsed hours, QUOTE business hours, the others business days; modifiers
    add in the same unit. PRODUCTION waits for materials still to come, and its trace names them.
    An open promise stays as it is.
    """
    found = promise_open(project, step)
    if found is not None:
        return found
    unit, quantity = rules.promised(step, conf.policy(project.channel))
    calendar = calendar_of(project.channel)
    start = base or clock.now()
    missing = awaited(project) if step == "PRODUCTION" else []
    for row in missing:
        if row.material.expected_on is not None:
            start = max(start, calendar.start_of_local_day(row.material.expected_on))
    due = promise_due(start, unit=unit, quantity=quantity, calendar=calendar, modifiers=modifiers)
    trace = due.trace | {"awaited": [awaited_named(row) for row in missing], "pauses": []}
    promise = Promise.objects.create(
        project=project,
        step=step,
        started_at=clock.now(),
        due_at=due.at,
        first_due_at=due.at,
        trace=trace,
    )
    event = PromiseGiven(promise=promise.pk, step=step, due_at=due.at)
    journal.record(project, event, actor=SYSTEM)
    return promise


@transaction.atomic
def promise_pause(*, project: BespokeProject, step: str) -> Promise | None:
    """Stop the step's clock while the shop waits for the customer; None if nothing is open."""
    promise = promise_open(project, step)
    if promise is None or promise.paused_at is not None:
        return promise
    promise.paused_at = clock.now()
    promise.save(update_fields=["paused_at"])
    journal.record(project, PromisePaused(promise=promise.pk, step=step), actor=SYSTEM)
    return promise


@transaction.atomic
def promise_resume(*, project: BespokeProject, step: str) -> Promise | None:
    """Let the step's clock run again with the time that was left; None if nothing is open."""
    promise = promise_open(project, step)
    if promise is None or promise.paused_at is None:
        return promise
    paused, now = promise.paused_at, clock.now()
    due = resumed_due(
        calendar_of(project.channel),
        PromiseUnit(promise.trace["unit"]),
        due=promise.due_at,
        paused=paused,
        now=now,
    )
    promise.trace["pauses"].append({"from": paused.isoformat(), "to": now.isoformat()})
    promise.paused_at = None
    promise.save(update_fields=["paused_at", "trace"])
    if due != promise.due_at:
        _move(project, promise, due, "WAITED_FOR_CUSTOMER", "", SYSTEM)
    event = PromiseResumed(promise=promise.pk, step=step, due_at=promise.due_at)
    journal.record(project, event, actor=SYSTEM)
    return promise


@transaction.atomic
def promise_meet(*, project: BespokeProject, step: str) -> Promise | None:
    """The step is done; the promise ends as MET, or LATE if its time was over."""
    promise = promise_open(project, step)
    if promise is None:
        return None
    done = promise.paused_at or clock.now()
    return _end(project, promise, "MET" if done <= promise.due_at else "LATE")


@transaction.atomic
def promise_drop(*, project: BespokeProject, step: str) -> Promise | None:
    """The step is not wanted any more; its promise ends without being met or missed."""
    promise = promise_open(project, step)
    return None if promise is None else _end(project, promise, "DROPPED")


@transaction.atomic
def promises_drop(*, project: BespokeProject) -> list[Promise]:
    """Nothing more is promised to this project (it was cancelled)."""
    rows = list(Promise.objects.filter(project=project, ended_at=None))
    return [_end(project, promise, "DROPPED") for promise in rows]


def _end(project: BespokeProject, promise: Promise, outcome: str) -> Promise:
    promise.ended_at, promise.outcome = clock.now(), outcome
    promise.save(update_fields=["ended_at", "outcome"])
    _attention_settle(project, f"The step {promise.step} ended: {outcome}.", SYSTEM)
    return promise


def _attention_settle(project: BespokeProject, resolution: str, actor: Actor) -> None:
    """Take lateness off the list once no open promise is late."""
    if not Promise.objects.filter(project=project, ended_at=None).exclude(late_at=None).exists():
        attention.resolve(project, LATE, resolution, actor=actor)


@transaction.atomic
def promise_move(
    *,
    project: BespokeProject,
    step: str,
    due_at: datetime,
    cause: str,
    explanation: str,
    actor: Actor,
) -> Promise:
    """Move the open promise of a step to another time, with its cause; the customer is told.

    Refusals: NOT_FOUND, INVALID (`dueAt`, `cause`), REQUIRED (`explanation`), ALREADY_DONE.
    """
    promise = promise_open(project, step)
    if promise is None:
        raise NotFound("promise")
    rules.move_check(
        old=promise.due_at, new=due_at, now=clock.now(), cause=cause, explanation=explanation
    )
    _move(project, promise, due_at.astimezone(UTC), cause, explanation.strip(), actor)
    return promise


@transaction.atomic
def promise_extend(
    *,
    project: BespokeProject,
    step: str,
    business_days: int,
    cause: str,
    explanation: str,
    actor: Actor,
) -> Promise:
    """Move the open promise of a step by this many business days, at least one."""
    promise = promise_open(project, step)
    if promise is None:
        raise NotFound("promise")
    if business_days < 1:
        raise BespokeError(
            ErrorCode.INVALID, "A delay is at least one business day.", field="businessDays"
        )
    calendar = calendar_of(project.channel)
    day = business_days_after(calendar, calendar.local_day(promise.due_at), business_days)
    return promise_move(
        project=project,
        step=step,
        due_at=calendar.end_of_local_day(day),
        cause=cause,
        explanation=explanation,
        actor=actor,
    )


def _move(
    project: BespokeProject,
    promise: Promise,
    due_at: datetime,
    cause: str,
    explanation: str,
    actor: Actor,
) -> None:
    old = promise.due_at
    PromiseMove.objects.create(
        promise=promise,
        old_due_at=old,
        new_due_at=due_at,
        cause=cause,
        explanation=explanation,
        moved_at=clock.now(),
        moved_by=actor.ref,
    )
    promise.due_at, promise.late_at = due_at, None
    promise.save(update_fields=["due_at", "late_at"])
    event = PromiseMoved(
        promise=promise.pk, step=promise.step, old_due_at=old, new_due_at=due_at, cause=cause
    )
    journal.record(project, event, actor=actor)
    _attention_settle(project, f"The date of step {promise.step} was moved.", actor)


def promises_late_mark() -> int:
    """Find open promises whose time is over, tell their projects and raise attention; how many."""
    due = _overdue(Promise.objects.all())
    return sum(_late_mark(pk) for pk in set(due.values_list("project_id", flat=True)))


def _overdue(promises: QuerySet[Promise]) -> QuerySet[Promise]:
    return promises.filter(ended_at=None, paused_at=None, late_at=None, due_at__lt=clock.now())


@transaction.atomic
def _late_mark(project_pk: Any) -> int:
    project = lock_for_system(project_pk)
    rows = list(_overdue(Promise.objects.filter(project=project)))
    for promise in rows:
        promise.late_at = clock.now()
        promise.save(update_fields=["late_at"])
        event = PromiseLate(promise=promise.pk, step=promise.step, due_at=promise.due_at)
        journal.record(project, event, actor=SYSTEM)
        detail = f"{promise.step} was promised for {promise.due_at:%Y-%m-%d %H:%M} UTC."
        attention.raise_for(project, LATE, detail)
    return len(rows)
