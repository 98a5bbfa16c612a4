"""Events: what happened, kept for `/v1/events` and queued for the webhook endpoint."""

from __future__ import annotations

import copy
import json

from .errors import Json
from .state import State, token

API_VERSION = "2022-11-15"


def emit(state: State, kind: str, obj: Json, *, previous: Json | None = None) -> Json:
    """Record that `kind` happened to `obj`, with a copy of it as it is now."""
    data: Json = {"object": copy.deepcopy(obj)}
    if previous is not None:
        data["previous_attributes"] = previous
    event = state.add(
        "event",
        "evt",
        {
            "api_version": API_VERSION,
            "data": data,
            "pending_webhooks": 0,
            "request": dict(state.request),
            "type": kind,
        },
    )
    enqueue(state, event)
    return event


def enqueue(state: State, event: Json) -> None:
    """Queue the event for delivery as the webhook settings say."""
    settings = state.data["webhook"]
    if settings["url"] is None:
        return
    if settings["mode"] == "never":
        note(state, event, "dropped")
        return
    copies = 2 if settings["mode"] == "twice" else 1
    delay = settings["delay"] if settings["mode"] == "late" else 0.0
    for _ in range(copies):
        send_later(
            state,
            event,
            due=None if settings["mode"] == "hold" else state.now() + delay,
            signature=settings["signature"],
        )


def send_later(state: State, event: Json, *, due: float | None, signature: str) -> None:
    """Put one delivery into the queue; without a due time it waits to be released."""
    event["pending_webhooks"] = 1
    state.data["queue"].append(
        {
            "id": token(12),
            "event": event["id"],
            "due": due,
            "attempt": 0,
            "signature": signature,
        }
    )


def note(state: State, event: Json, result: str, *, status: int | None = None) -> None:
    """Write down what became of one delivery."""
    state.data["log"].append(
        {
            "event": event["id"],
            "type": event["type"],
            "result": result,
            "status": status,
            "at": state.now(),
        }
    )


def payload(event: Json) -> bytes:
    """The bytes that are signed and sent."""
    return json.dumps(event, indent=2).encode()
