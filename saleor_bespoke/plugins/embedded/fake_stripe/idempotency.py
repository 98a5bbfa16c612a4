"""Idempotency keys: the same key answers the same again, for a day."""

from __future__ import annotations

import hashlib
import json

from .errors import ApiError, Json
from .state import State

KEPT_SECONDS = 24 * 3600


def fingerprint(path: str, params: Json) -> str:
    """What must be equal for a key to be used again."""
    return hashlib.sha256(json.dumps([path, params], sort_keys=True).encode()).hexdigest()


def replay(state: State, key: str, mark: str) -> Json | None:
    """The remembered answer (`status`, `body`, `request_id`), or None for a new key."""
    known: Json | None = state.data["idempotency"].get(key)
    if known is None or known["at"] + KEPT_SECONDS <= state.now():
        return None
    if known["mark"] != mark:
        raise ApiError(
            400,
            "Keys for idempotent requests can only be used with the same parameters they were "
            f"first used with. Try using a key other than '{key}' if you meant to execute a "
            "different request.",
            kind="idempotency_error",
            saved=False,
        )
    return known


def remember(state: State, key: str, mark: str, status: int, body: Json, request_id: str) -> None:
    """Keep the answer, a refusal included, as it was at that moment."""
    state.data["idempotency"][key] = {
        "mark": mark,
        "status": status,
        "body": json.loads(json.dumps(body)),
        "request_id": request_id,
        "at": state.now(),
    }
