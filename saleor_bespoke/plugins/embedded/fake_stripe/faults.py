"""Faults for the next calls of the API, as a network and a busy provider produce them."""

from __future__ import annotations

from .errors import ApiError, Json
from .state import State
from .wire import Answer, json_answer

BEFORE = (
    "declined",
    "rate_limit",
    "conflict",
    "server_error",
    "bad_gateway",
    "key_expired",
    "reset",
    "timeout",
)
AFTER = (
    "timeout_after_effect",
    "reset_after_effect",
    "server_error_after_effect",
    "cut_off_after_effect",
)

#: Status, message and further fields of the errors that the API itself answers.
REFUSALS: dict[str, tuple[int, str, Json]] = {
    "declined": (
        402,
        "Your card was declined.",
        {"kind": "card_error", "code": "card_declined", "extra": {"decline_code": "do_not_honor"}},
    ),
    "rate_limit": (429, "Too many requests hit the API too quickly.", {"code": "rate_limit"}),
    "conflict": (
        409,
        "There is currently another in-progress request using this idempotency key.",
        {"kind": "idempotency_error", "code": "idempotency_key_in_use"},
    ),
    "server_error": (500, "An unexpected error occurred at the provider.", {"kind": "api_error"}),
    "key_expired": (401, "Expired API Key provided: sk_test_****.", {"code": "api_key_expired"}),
}


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
    kind = fault["kind"]
    if kind in REFUSALS:
        status, message, extra = REFUSALS[kind]
        return json_answer(status, ApiError(status, message, **extra).body())
    if kind == "bad_gateway":  # of something in between, which knows no JSON
        page = b"<html><h1>502 Bad Gateway</h1></html>"
        return Answer(502, page, {"Content-Type": "text/html"})
    if kind == "reset":
        return Answer(0, b"", trouble="reset")
    if kind == "timeout":
        return Answer(0, b"", trouble="hang", seconds=fault["seconds"])
    return None


def afterwards(fault: Json, answer: Answer) -> Answer:
    """What becomes of an answer whose effect has already happened."""
    if fault["kind"] == "timeout_after_effect":
        answer.trouble, answer.seconds = "hang", fault["seconds"]
    elif fault["kind"] == "reset_after_effect":
        answer.trouble = "reset"
    elif fault["kind"] == "cut_off_after_effect":
        answer.body = answer.body[: len(answer.body) // 2]
    elif fault["kind"] == "server_error_after_effect":
        status, message, extra = REFUSALS["server_error"]
        return json_answer(status, ApiError(status, message, **extra).body())
    return answer
