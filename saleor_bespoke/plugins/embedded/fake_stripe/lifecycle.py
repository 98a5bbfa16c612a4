"""How a payment intent moves from one status to the next."""

from __future__ import annotations

from . import charges
from .errors import DOCS, ApiError, Json
from .events import emit
from .methods import Behaviour, behaviour
from .state import State, token

OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")


def attempt(
    state: State, intent: Json, method: Json, *, return_url: str | None, by_script: bool
) -> None:
    """Try to take the money with this method; a declined card raises the API's 402."""
    known = behaviour(state, method)
    intent |= {"payment_method": method["id"], "last_payment_error": None, "next_action": None}
    state.private(intent["id"])["return_url"] = return_url
    if known.outcome == "succeed":
        take(state, intent, method)
    elif known.outcome == "decline":
        decline(state, intent, method, known)
    elif known.outcome == "process":
        charge = charges.create(state, intent, method, status="pending", captured=False)
        intent |= {"status": "processing", "processing": {"type": method["type"]}}
        emit(state, "charge.pending", charge)
        emit(state, "payment_intent.processing", intent)
    else:
        ask_customer(state, intent, return_url, by_script)


def ask_customer(state: State, intent: Json, return_url: str | None, by_script: bool) -> None:
    """The customer must act first: at the bank's challenge, or on the provider's page."""
    nonce = token()
    state.private(intent["id"])["nonce"] = nonce
    url = f"{state.url}/authorize/{state.data['account']}/{nonce}"
    if return_url is not None and not by_script:
        action: Json = {
            "type": "redirect_to_url",
            "redirect_to_url": {"url": url, "return_url": return_url},
        }
    else:
        action = {
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": url},
        }
    intent |= {"status": "requires_action", "next_action": action}
    emit(state, "payment_intent.requires_action", intent)


def take(state: State, intent: Json, method: Json) -> None:
    """The method agrees: the money is captured, or held where capture is manual."""
    at_once = intent["capture_method"] == "automatic"
    charge = charges.create(state, intent, method, status="succeeded", captured=at_once)
    emit(state, "charge.succeeded", charge)
    if at_once:
        settle(state, intent, charge)
    else:
        intent |= {
            "status": "requires_capture",
            "amount_capturable": intent["amount"],
            "next_action": None,
        }
        emit(state, "payment_intent.amount_capturable_updated", intent)


def settle(state: State, intent: Json, charge: Json) -> None:
    """The intent ends well: the whole captured sum is credited."""
    intent |= {
        "status": "succeeded",
        "amount_received": charge["amount_captured"],
        "amount_capturable": 0,
        "next_action": None,
        "processing": None,
    }
    emit(state, "payment_intent.succeeded", intent)
    charges.dispute_if_asked(state, charge)


def decline(state: State, intent: Json, method: Json, known: Behaviour) -> None:
    """The bank says no: a failed charge, and the intent waits for another method."""
    charge = charges.create(state, intent, method, status="failed", captured=False)
    charges.fail(charge, known.code, known.message)
    emit(state, "charge.failed", charge)
    extra = {"charge": charge["id"], "decline_code": known.decline_code}
    refuse(state, intent, method, "card_error", known.code, known.message, extra)
    raise ApiError(
        402,
        known.message,
        kind="card_error",
        code=known.code,
        extra=extra | {"payment_intent": intent, "payment_method": method},
    )


def refuse(
    state: State,
    intent: Json,
    method: Json,
    kind: str,
    code: str,
    message: str,
    extra: Json | None = None,
) -> None:
    """Back to `requires_payment_method`, remembering why."""
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "next_action": None,
        "processing": None,
        "last_payment_error": {
            "type": kind,
            "code": code,
            "doc_url": DOCS + code.replace("_", "-"),
            "message": message,
            "payment_method": method,
            **(extra or {}),
        },
    }
    emit(state, "payment_intent.payment_failed", intent)


def customer_answered(state: State, intent: Json, *, agreed: bool) -> None:
    """The customer finished the challenge or the redirect page."""
    method = state.find("payment_method", intent["payment_method"])
    if agreed:
        take(state, intent, method)
    elif method["type"] == "card":
        refuse(
            state,
            intent,
            method,
            "invalid_request_error",
            "payment_intent_authentication_failure",
            "The provided PaymentMethod has failed authentication.",
        )
    else:
        refuse(
            state,
            intent,
            method,
            "invalid_request_error",
            "payment_method_customer_decline",
            "The customer did not approve the payment.",
        )


def bank_answered(state: State, intent: Json, *, paid: bool) -> None:
    """What was `processing` has been decided by the bank."""
    charge = state.find("charge", intent["latest_charge"])
    method = state.find("payment_method", intent["payment_method"])
    if paid:
        charges.book(state, charge, charge["amount"])
        emit(state, "charge.succeeded", charge)
        settle(state, intent, charge)
        return
    message = "The customer's bank account could not be debited."
    charges.fail(charge, "payment_method_provider_decline", message)
    emit(state, "charge.failed", charge)
    refuse(
        state,
        intent,
        method,
        "invalid_request_error",
        "payment_method_provider_decline",
        message,
        {"charge": charge["id"]},
    )
