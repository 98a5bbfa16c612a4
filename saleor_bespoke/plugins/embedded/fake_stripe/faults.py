"""Faults for the next calls of the API, as a network and a busy provider produce them."""

from __future__ import annotations

from .errors import ApiError, Json
from .state import State
from .wire import Answer, json_answer

BEFORE = ("rate_limit", "server_error", "reset")
AFTER = ("timeout_after_effect", "reset_after_effect", "server_error_after_effect")


def arm(
    state: State, kind: str, *, times: int, method: str | None, path: str, seconds: float
) -> Json:
    """Let the next `times` calls that match fail in this way."""
    if kind not in BEFORE + AFTER:
        raise ApiError(400, f"Unknown fault {kind}; known: {', '.join(BEFORE + AFTER)}.")
    fault: Json = {
        "kind": kind,
        "left": times,
        "method": method,
        "path": path,
        "seconds": seconds,
    }
    state.data["faults"].append(fault)
    return fault


def take(state: State, method: str, path: str) -> Json | None:
    """The fault that meets this call, used up once."""
    for fault in state.data["faults"]:
        if fault["method"] in (None, method) and fault["path"] in path:
            fault["left"] -= 1
            if fault["left"] <= 0:
                state.data["faults"].remove(fault)
            state.commit()
            return dict(fault)
    return None


def instead(fault: Json) -> Answer | None:
    """The answer of a fault that strikes before anything happened."""
    if fault["kind"] == "rate_limit":
        error = ApiError(429, "Too many requests hit the API too quickly.", code="rate_limit")
        return json_answer(429, error.body())
    if fault["kind"] == "server_error":
        return _server_error()
    if fault["kind"] == "reset":
        return Answer(0, b"", trouble="reset")
    return None


def afterwards(fault: Json, answer: Answer) -> Answer:
    """What becomes of an answer whose effect has already happened."""
    if fault["kind"] == "timeout_after_effect":
        answer.trouble, answer.seconds = "hang", fault["seconds"]
    elif fault["kind"] == "reset_after_effect":
        answer.trouble = "reset"
    elif fault["kind"] == "server_error_after_effect":
        return _server_error()
    return answer


def _server_error() -> Answer:
    error = ApiError(500, "An unexpected error occurred at the provider.", kind="api_error")
    return json_answer(500, error.body())
