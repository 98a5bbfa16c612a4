"""Effects after commit: claimed, acted, marked; each at least once, under a stable key."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from saleor_bespoke import clock
from saleor_bespoke.project import attention
from saleor_bespoke.project.journal import SUBSCRIPTIONS, Event
from saleor_bespoke.project.leases import RETURNED, SESSION, alive
from saleor_bespoke.project.models import BespokeProject, Delivery

logger = logging.getLogger(__name__)

#: How long a lease lasts at most: longer than any effect, for owners nobody saw dying.
LEASE = timedelta(minutes=2)
ATTEMPTS_MAX = 8

Handler = Callable[[Delivery], None]
HANDLERS: dict[str, Handler] = {}
#: The handlers that move money: no letter keeps a customer waiting for it.
FIRST: set[str] = set()


class RetryLater(Exception):
    """An effect that cannot be done yet; asked again after `seconds`, and no fault."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"again in {seconds} s")
        self.seconds = seconds


#: Lease the next due delivery, or that one: one statement, for it is asked every few seconds.
LEASE_NEXT = f"""
    UPDATE {Delivery._meta.db_table}
    SET leased_until = %(until)s, leased_by = {SESSION}, attempts = attempts + 1
    WHERE id = (
        SELECT d.id FROM {Delivery._meta.db_table} d
        WHERE d.done_at IS NULL AND d.given_up_at IS NULL AND d.due_at <= %(now)s
            AND (d.leased_until IS NULL OR d.leased_until < %(now)s OR NOT {alive("d.leased_by")})
            AND (%(only)s::uuid IS NULL OR d.id = %(only)s)
        ORDER BY d.handler = ANY(%(first)s) DESC, d.due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id
"""  # noqa: S608  # composed of the constants above; values are parameters


def handles(*events: type[Event], first: bool = False) -> Callable[[Handler], Handler]:
    """Register a function as the handler, named after itself, of these events.

    What is due of those that come `first` is done before anything else.
    """

    def register(handler: Handler) -> Handler:
        name = handler.__name__
        HANDLERS[name] = handler
        if first:
            FIRST.add(name)
        for event in events:
            names = SUBSCRIPTIONS.setdefault(event.__name__, [])
            if name not in names:
                names.append(name)
        return handler

    return register


def claim() -> Delivery | None:
    """Lease the next due delivery to this process, or nothing if none is due.

    The lease ends when this database session does: what a dead process left is due at once.
    """
    return _leased()


def _leased(only: UUID | None = None) -> Delivery | None:
    now = clock.now()
    asked = {"now": now, "until": now + LEASE, "only": only, "first": sorted(FIRST)}
    with connection.cursor() as cursor:
        cursor.execute(LEASE_NEXT, asked)
        found = cursor.fetchone()
    if found is None:
        return None
    return Delivery.objects.select_related("event__project").get(pk=found[0])


def hasten(*, project_pk: UUID, handler: str) -> None:
    """Do at once what this handler owes a project, for somebody who waits for it.

    What fails stays owed: the next sweep tries again.
    """
    due = Delivery.objects.filter(event__project_id=project_pk, handler=handler)
    for pk in due.filter(done_at=None, given_up_at=None).values_list("pk", flat=True):
        delivery = _leased(pk)
        if delivery is not None:
            run(delivery)


def run(delivery: Delivery) -> bool:
    """Act on a claimed delivery and mark it; whether it is done now."""
    if delivery.attempts > ATTEMPTS_MAX:  # only who dies leaves it without a word
        _failed(delivery, RuntimeError("Every process that tried this ended before it was done."))
        return False
    try:
        HANDLERS[delivery.handler](delivery)
    except RetryLater as later:
        due_at = clock.now() + timedelta(seconds=later.seconds)
        _released(delivery, due_at=due_at, attempts=delivery.attempts - 1, error="")
        return False
    except Exception as error:  # whatever an effect meets is stored, retried and at last shown
        logger.exception("Delivery %s (%s) failed", delivery.pk, delivery.handler)
        _failed(delivery, error)
        return False
    _released(delivery, done_at=clock.now(), error="")
    return True


def _released(delivery: Delivery, **changes: Any) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(**RETURNED, **changes)


def _failed(delivery: Delivery, error: Exception) -> None:
    text = f"{type(error).__name__}: {error}"[:2000]
    if delivery.attempts < ATTEMPTS_MAX:
        failures = delivery.failures + 1
        due_at = clock.now() + timedelta(seconds=min(3600, 2**failures))
        _released(delivery, due_at=due_at, failures=failures, error=text)
        return
    with transaction.atomic():
        _released(delivery, given_up_at=clock.now(), error=text)
        project = BespokeProject.objects.select_for_update().get(pk=delivery.event.project_id)
        attention.raise_for(
            project,
            "DELIVERY_FAILED",
            f"{delivery.handler} failed {delivery.attempts} times.",
        )


def drain(limit: int = 1000) -> int:
    """Run due deliveries until none is left or the limit is reached; how many were done."""
    done = 0
    for _ in range(limit):
        delivery = claim()
        if delivery is None:
            break
        done += run(delivery)
    return done
