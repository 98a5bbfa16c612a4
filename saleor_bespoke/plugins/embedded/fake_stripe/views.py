"""What a caller sees of an object: by API version, and less with a publishable key."""

from __future__ import annotations

import re

from .errors import ApiError, Json
from .events import API_VERSION
from .state import State

LATEST_CHARGE_SINCE = "2022-11-15"
PUBLIC_INTENT = (
    "amount",
    "automatic_payment_methods",
    "canceled_at",
    "cancellation_reason",
    "capture_method",
    "client_secret",
    "confirmation_method",
    "created",
    "currency",
    "description",
    "id",
    "last_payment_error",
    "livemode",
    "next_action",
    "object",
    "payment_method",
    "payment_method_types",
    "processing",
    "receipt_email",
    "shipping",
    "status",
)


def checked_version(asked: str | None) -> str:
    """The API version of a call: the one asked for, or the account's."""
    if asked is None:
        return API_VERSION
    if not re.fullmatch(r"20[0-9]{2}-[01][0-9]-[0-3][0-9](\.[a-z]+)?", asked):
        raise ApiError(400, f"Invalid Stripe API version: {asked}.", saved=False)
    return asked


def shown(state: State, answer: Json, *, version: str, publishable: bool) -> Json:
    """The answer as this caller may see it."""
    if "error" in answer and "payment_intent" in answer["error"]:
        intent = _intent(state, answer["error"]["payment_intent"], version, publishable)
        return {"error": answer["error"] | {"payment_intent": intent}}
    if answer.get("object") == "list":
        rows = [
            shown(state, row, version=version, publishable=publishable) for row in answer["data"]
        ]
        return answer | {"data": rows}
    if answer.get("object") == "payment_intent":
        return _intent(state, answer, version, publishable)
    return answer


def _intent(state: State, intent: Json, version: str, publishable: bool) -> Json:
    if publishable:
        return {name: intent[name] for name in PUBLIC_INTENT}
    if version >= LATEST_CHARGE_SINCE:
        return intent
    charges = [
        charge
        for charge in reversed(state.table("charge").values())
        if charge["payment_intent"] == intent["id"]
    ]
    older = {name: value for name, value in intent.items() if name != "latest_charge"}
    older["charges"] = {
        "object": "list",
        "data": charges,
        "has_more": False,
        "total_count": len(charges),
        "url": f"/v1/charges?payment_intent={intent['id']}",
    }
    return older
