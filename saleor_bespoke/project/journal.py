"""The timeline: what happened, hash-chained, written together with the state it tells of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from saleor_bespoke import clock
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import (
    BespokeProject,
    Delivery,
    TimelineEvent,
    Unwritten,
    Webhook,
)


@dataclass(frozen=True, kw_only=True)
class Event:
    """A fact of a commission. Fields hold ids, digests, numbers and codes: never personal text.

    `title` is the sentence a person reads; `shared` tells whether the customer sees it.
    """

    title: ClassVar[str]
    shared: ClassVar[bool] = True
    kinds: ClassVar[dict[str, type[Event]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__name__ in Event.kinds and Event.kinds[cls.__name__].__module__ != cls.__module__:
            raise TypeError(f"Two events are named {cls.__name__}.")
        Event.kinds[cls.__name__] = cls


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return value


def canonical(value: Any) -> str:
    """One JSON text for equal values: sorted keys, no spaces, text as it is."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(value: Any) -> str:
    """SHA-256 over the canonical JSON, in hex."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def event_hash(event: TimelineEvent) -> str:
    """What `event.hash` must be: a digest over its content and its predecessor's hash."""
    return digest(
        {
            "project": event.project_id,
            "sequence": event.sequence,
            "kind": event.kind,
            "actor": [event.actor_kind, event.actor_ref],
            "shared": event.shared,
            "payload": event.payload,
            "at": event.at,
            "previous": event.previous_hash,
        }
    )


#: Which handlers an event calls, by its kind; filled by `deliveries.handles`.
SUBSCRIPTIONS: dict[str, list[str]] = {}
#: The handler of every event, owed only where an app subscribed to anything.
WEBHOOKS = "webhooks_owe"


def record(project: BespokeProject, event: Event, *, actor: Actor) -> TimelineEvent:
    """Append the event to the locked project's timeline and owe the effects that follow.

    The caller holds the project's row lock, so sequence and chain have one writer.
    """
    row = TimelineEvent(
        project=project,
        sequence=project.chain_length + 1,
        kind=type(event).__name__,
        actor_kind=actor.kind,
        actor_ref=actor.ref,
        shared=event.shared,
        payload=_plain(asdict(event)),
        at=clock.now(),
        previous_hash=project.chain_head,
    )
    row.hash = event_hash(row)
    project.chain_length, project.chain_head = row.sequence, row.hash
    if project.unwritten is None:
        _write(project, [row], heard=_heard())
    else:
        project.unwritten.events.append(row)
    return row


@contextmanager
def together(project: BespokeProject) -> Iterator[None]:
    """Write what is recorded with this locked project meanwhile at the end, all at once.

    The timeline is the same, the database is asked less often. What is ended by an exception
    writes nothing, as its transaction does; `refresh_from_db` puts the project right.
    """
    project.unwritten = Unwritten(heard=_heard())
    try:
        yield
        write(project)
    finally:
        project.unwritten = None


def write(project: BespokeProject) -> None:
    """Write now what `together` keeps for its end: before rows are locked that others wait for."""
    waiting = project.unwritten
    if waiting and waiting.events:
        _write(project, waiting.events, heard=waiting.heard)
        waiting.events = []


def _heard() -> bool:
    """Whether an app listens to every event."""
    return Webhook.objects.exists()


def _write(project: BespokeProject, rows: Sequence[TimelineEvent], *, heard: bool) -> None:
    """Store events with the chain's new end, and owe their handlers."""
    TimelineEvent.objects.bulk_create(rows)
    project.save(update_fields=["chain_length", "chain_head"])
    of_all = (WEBHOOKS,) if heard else ()
    owed = [
        Delivery(event=row, handler=name, due_at=row.at)
        for row in rows
        for name in (*SUBSCRIPTIONS.get(row.kind, ()), *of_all)
    ]
    Delivery.objects.bulk_create(owed)


def chain_breaks(project: BespokeProject) -> list[int]:
    """Sequence numbers at which the stored chain does not add up; empty when it is whole."""
    breaks, previous = [], ""
    for expected, event in enumerate(project.events.order_by("sequence"), start=1):
        sound = (
            event.sequence == expected
            and event.previous_hash == previous
            and event.hash == event_hash(event)
        )
        if not sound:
            breaks.append(event.sequence)
        previous = event.hash
    return breaks
