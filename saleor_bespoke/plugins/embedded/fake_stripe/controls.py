"""The test's own levers under `/_test/`: what the provider, the bank and the network do next."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

from . import charges, events, faults, lifecycle, refunds
from .errors import ApiError, Json, unexpected_state
from .state import State, token
from .webhooks import Deliverer
from .wire import Answer, Request, json_answer

MODES = ("normal", "late", "twice", "hold", "never")
SIGNATURES = ("valid", "wrong", "stale")


class Controls:
    """Answers `/_test/…`: JSON in, JSON out, no key."""

    def __init__(self, state: State, deliverer: Deliverer) -> None:
        self._state = state
        self._deliverer = deliverer
        self._actions: dict[tuple[str, ...], Callable[[Json], Json]] = {
            ("GET", "clock"): self._clock,
            ("POST", "clock"): self._clock,
            ("GET", "webhooks"): self._webhooks,
            ("POST", "webhooks"): self._webhooks,
            ("POST", "webhooks", "release"): self._release,
            ("POST", "webhooks", "rotate"): self._rotate,
            ("POST", "faults"): self._fault,
            ("DELETE", "faults"): self._faults_clear,
            ("POST", "settings"): self._settings,
        }
        self._on_object: dict[tuple[str, str], Callable[[str, Json], Json]] = {
            ("payment_intents", "authenticate"): self._authenticate,
            ("payment_intents", "settle"): self._settle,
            ("refunds", "fail"): self._refund_fail,
            ("refunds", "succeed"): self._refund_succeed,
            ("charges", "dispute"): self._dispute,
            ("disputes", "close"): self._dispute_close,
            ("events", "resend"): self._resend,
        }

    def answer(self, request: Request) -> Answer:
        """Do what the test asks."""
        parts = request.path.strip("/").split("/")[1:]
        try:
            body = _json_object(request.body)
            if (request.method, *parts) == ("POST", "webhooks", "settle"):
                return json_answer(200, self._wait(body))
            with self._state.lock:
                found = self._act(request.method, parts, body)
                self._state.commit()
            return json_answer(200, found)
        except ApiError as error:
            return json_answer(error.status, error.body())

    def _act(self, method: str, parts: list[str], body: Json) -> Json:
        action = self._actions.get((method, *parts))
        if action is not None:
            return action(body)
        if method == "POST" and len(parts) == 3:
            on_object = self._on_object.get((parts[0], parts[2]))
            if on_object is not None:
                return on_object(parts[1], body)
        raise ApiError(404, f"Unknown control ({method}: /_test/{'/'.join(parts)}).")

    def _clock(self, body: Json) -> Json:
        if "offset_seconds" in body:
            self._state.data["clock_offset"] = _number(body, "offset_seconds")
        return {"offset_seconds": self._state.data["clock_offset"], "now": self._state.now()}

    def _webhooks(self, body: Json) -> Json:
        settings = self._state.data["webhook"]
        for name, value in body.items():
            if name not in settings:
                raise ApiError(400, f"Unknown webhook setting {name}.", param=name)
            if name == "mode":
                _word(body, name, MODES)
            elif name == "signature":
                _word(body, name, SIGNATURES)
            settings[name] = value
        data = self._state.data
        return {"settings": settings, "queue": data["queue"], "log": data["log"]}

    def _wait(self, body: Json) -> Json:
        return {"settled": self._deliverer.settled(_number(body, "timeout", 10.0))}

    def _release(self, body: Json) -> Json:
        """Let held deliveries go, in order, in reverse, shuffled, or only the named events."""
        order = _word(body, "order", ("forward", "reverse", "shuffle"), "forward")
        held = [job for job in self._state.data["queue"] if job["due"] is None]
        if "events" in body:
            held = [job for job in held if job["event"] in body["events"]]
        if order == "reverse":
            held.reverse()
        elif order == "shuffle":
            random.Random(body.get("seed")).shuffle(held)  # noqa: S311  # a repeatable order
        now = self._state.now()
        for place, job in enumerate(held):
            job["due"] = now - 1 + place / 1_000_000
        return {"released": [job["event"] for job in held]}

    def _rotate(self, body: Json) -> Json:
        """A new signing secret; with `overlap` the old one keeps signing beside it."""
        old = self._state.data["webhook_secrets"] if body.get("overlap", False) else []
        self._state.data["webhook_secrets"] = [f"whsec_{token(32)}", *old[:1]]
        return {"secrets": self._state.data["webhook_secrets"]}

    def _fault(self, body: Json) -> Json:
        return faults.arm(
            self._state,
            str(body.get("kind")),
            times=int(_number(body, "times", 1)),
            method=body.get("method"),
            path=str(body.get("path", "")),
            seconds=_number(body, "seconds", 90.0),
        )

    def _faults_clear(self, body: Json) -> Json:
        self._state.data["faults"].clear()
        return {"faults": []}

    def _settings(self, body: Json) -> Json:
        """`refund_status`: the status every new refund begins with, or null for the method's."""
        status = body.get("refund_status")
        if status not in (None, "pending", "succeeded"):
            raise ApiError(400, "refund_status is pending, succeeded or null.")
        self._state.data["refund_status"] = status
        return {"refund_status": status}

    def _authenticate(self, pk: str, body: Json) -> Json:
        intent = self._state.find("payment_intent", pk)
        agreed = _word(body, "outcome", ("succeed", "fail")) == "succeed"
        if intent["status"] != "requires_action":
            raise unexpected_state(intent, "authenticate")
        lifecycle.customer_answered(self._state, intent, agreed=agreed)
        return intent

    def _settle(self, pk: str, body: Json) -> Json:
        intent = self._state.find("payment_intent", pk)
        paid = _word(body, "outcome", ("succeed", "fail")) == "succeed"
        if intent["status"] != "processing":
            raise unexpected_state(intent, "settle")
        lifecycle.bank_answered(self._state, intent, paid=paid)
        return intent

    def _refund_fail(self, pk: str, body: Json) -> Json:
        refund = self._state.find("refund", pk)
        refunds.fail(self._state, refund, str(body.get("reason", "unknown")))
        return refund

    def _refund_succeed(self, pk: str, body: Json) -> Json:
        refund = self._state.find("refund", pk)
        refunds.succeed(self._state, refund)
        return refund

    def _dispute(self, pk: str, body: Json) -> Json:
        charge = self._state.find("charge", pk)
        if not charge["captured"] or charge["disputed"]:
            raise ApiError(400, "Only a captured charge can be disputed, and once.")
        reason = str(body.get("reason", "fraudulent"))
        return charges.dispute(self._state, charge, reason=reason)

    def _dispute_close(self, pk: str, body: Json) -> Json:
        dispute = self._state.find("dispute", pk)
        outcome = _word(body, "outcome", ("won", "lost"))
        if dispute["status"] in ("won", "lost"):
            raise ApiError(400, f"The dispute is already {dispute['status']}.")
        charges.dispute_close(self._state, dispute, outcome)
        return dispute

    def _resend(self, pk: str, body: Json) -> Json:
        """Send an event again; with `changes` a new one like it, of another account or mode."""
        event = self._state.find("event", pk)
        if "changes" in body:
            facts = {name: event[name] for name in event if name not in ("id", "object", "created")}
            event = self._state.add("event", "evt", facts | dict(body["changes"]))
        if self._state.data["webhook"]["url"] is None:
            raise ApiError(400, "No webhook endpoint is configured.")
        signature = _word(body, "signature", SIGNATURES, "valid")
        events.send_later(self._state, event, due=self._state.now(), signature=signature)
        return event


def _json_object(raw: bytes) -> Json:
    try:
        body = json.loads(raw or b"{}")
    except ValueError:
        raise ApiError(400, "A control takes a JSON object.") from None
    if not isinstance(body, dict):
        raise ApiError(400, "A control takes a JSON object.")
    return body


def _number(body: Json, name: str, default: float | None = None) -> float:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ApiError(400, f"{name} must be a number.", param=name)
    return float(value)


def _word(body: Json, name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
    value = body.get(name, default)
    if value not in allowed:
        raise ApiError(400, f"{name} must be one of {', '.join(allowed)}.", param=name)
    return str(value)
