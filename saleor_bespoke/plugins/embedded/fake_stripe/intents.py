"""The PaymentIntent operations of the API."""

from __future__ import annotations

import hmac

from . import charges, currencies, forms, lifecycle, methods
from .call import Call
from .errors import ApiError, Json, ParameterError, unexpected_state
from .events import emit
from .state import token

CREATE = (
    "amount",
    "automatic_payment_methods",
    "capture_method",
    "confirm",
    "currency",
    "customer",
    "description",
    "metadata",
    "payment_method",
    "payment_method_data",
    "payment_method_types",
    "receipt_email",
    "return_url",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "use_stripe_sdk",
)
CONFIRM = (
    "client_secret",
    "expected_payment_method_type",
    "payment_method",
    "payment_method_data",
    "receipt_email",
    "return_url",
    "use_stripe_sdk",
)
UPDATE = ("amount", "currency", "metadata")
REASONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")


def create(call: Call) -> Json:
    """POST /v1/payment_intents"""
    params = call.params
    forms.only(params, *CREATE)
    currency = currencies.check_currency(forms.required(params, "currency"))
    types = _types(params)
    fields: Json = {
        "amount": currencies.check_amount(forms.integer(params, "amount"), currency),
        "amount_capturable": 0,
        "amount_received": 0,
        "automatic_payment_methods": _automatic(params),
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": forms.choice(params, "capture_method", ("automatic", "manual"))
        or "automatic",
        "client_secret": None,
        "confirmation_method": "automatic",
        "currency": currency,
        "customer": forms.text(params, "customer"),
        "description": forms.text(params, "description"),
        "last_payment_error": None,
        "latest_charge": None,
        "metadata": forms.metadata(params),
        "next_action": None,
        "payment_method": None,
        "payment_method_types": types,
        "processing": None,
        "receipt_email": forms.text(params, "receipt_email"),
        "shipping": forms.nested(params, "shipping") or None,
        "statement_descriptor": forms.text(params, "statement_descriptor"),
        "statement_descriptor_suffix": forms.text(params, "statement_descriptor_suffix"),
        "status": "requires_payment_method",
    }
    confirming = forms.flag(params, "confirm")
    kind = methods.kind_named(call.state, params)
    if confirming and kind is None:
        raise ParameterError(
            "You cannot confirm a PaymentIntent without a payment method.",
            param="payment_method",
            code="parameter_missing",
        )
    if kind is not None:
        _check_fitting(types, kind, params, confirming=confirming)
    intent = call.state.add("payment_intent", "pi", fields)
    intent["client_secret"] = f"{intent['id']}_secret_{token()}"
    emit(call.state, "payment_intent.created", intent)
    if kind is not None:
        method = methods.chosen(call.state, params)
        intent |= {"status": "requires_confirmation", "payment_method": method["id"]}
        if confirming:
            _attempt(call, intent, method)
    return intent


def _automatic(params: Json) -> Json | None:
    group = forms.nested(params, "automatic_payment_methods")
    if not forms.flag(group, "enabled"):
        return None
    if "payment_method_types" in params:
        raise ParameterError(
            "You may only specify one of these parameters: automatic_payment_methods, "
            "payment_method_types.",
            param="payment_method_types",
        )
    return {"enabled": True}


def _types(params: Json) -> list[str]:
    if _automatic(params) is not None:
        return list(methods.TYPES)
    types = forms.texts(params, "payment_method_types") or ["card"]
    for kind in types:
        if kind not in methods.TYPES:
            raise ParameterError(
                f"The payment method type provided: {kind} is invalid.",
                param="payment_method_types",
                code="payment_intent_invalid_parameter",
            )
    return types


def retrieve(call: Call) -> Json:
    """GET /v1/payment_intents/:id"""
    forms.only(call.params, "client_secret")
    return _named(call)


def update(call: Call) -> Json:
    """POST /v1/payment_intents/:id before it is paid, as whoever has the secret key may do."""
    forms.only(call.params, *UPDATE)
    intent = _named(call)
    if intent["status"] not in lifecycle.OPEN:
        raise unexpected_state(intent, "update")
    currency = forms.text(call.params, "currency") or intent["currency"]
    wanted = forms.integer(call.params, "amount")
    amount = intent["amount"] if wanted is None else wanted
    intent["currency"] = currencies.check_currency(currency)
    intent["amount"] = currencies.check_amount(amount, currency)
    intent["metadata"] = intent["metadata"] | forms.metadata(call.params)
    return intent


def confirm(call: Call) -> Json:
    """POST /v1/payment_intents/:id/confirm, from the server or from the customer's browser."""
    forms.only(call.params, *CONFIRM)
    intent = _named(call)
    if intent["status"] not in lifecycle.OPEN:
        raise unexpected_state(intent, "confirm")
    kind = methods.kind_named(call.state, call.params)
    if kind is not None:
        _check_fitting(intent["payment_method_types"], kind, call.params, confirming=True)
        method = methods.chosen(call.state, call.params)
    elif intent["payment_method"] is not None:
        method = call.state.find("payment_method", intent["payment_method"])
    else:
        raise unexpected_state(intent, "confirm without a payment method")
    _attempt(call, intent, method)
    return intent


def cancel(call: Call) -> Json:
    """POST /v1/payment_intents/:id/cancel; money already held is released, taken never."""
    forms.only(call.params, "cancellation_reason")
    reason = forms.choice(call.params, "cancellation_reason", REASONS)
    intent = _named(call)
    if intent["status"] not in (*lifecycle.OPEN, "requires_capture", "processing"):
        raise unexpected_state(intent, "cancel")
    if intent["status"] in ("requires_capture", "processing"):
        charge = call.state.find("charge", intent["latest_charge"])
        if intent["status"] == "processing":
            charges.fail(charge, "canceled", "The payment was canceled.")
            emit(call.state, "charge.failed", charge)
        else:
            charge |= {"amount_refunded": charge["amount"], "refunded": True}
            emit(call.state, "charge.refunded", charge)
    intent |= {
        "status": "canceled",
        "amount_capturable": 0,
        "canceled_at": int(call.state.now()),
        "cancellation_reason": reason,
        "next_action": None,
        "processing": None,
    }
    emit(call.state, "payment_intent.canceled", intent)
    return intent


def capture(call: Call) -> Json:
    """POST /v1/payment_intents/:id/capture, the whole held sum or a part of it."""
    forms.only(call.params, "amount_to_capture")
    intent = _named(call)
    if intent["status"] != "requires_capture":
        raise unexpected_state(intent, "capture")
    wanted = forms.integer(call.params, "amount_to_capture")
    amount = intent["amount_capturable"] if wanted is None else wanted
    if not 1 <= amount <= intent["amount_capturable"]:
        raise ApiError(
            400,
            "The amount to capture must be positive and no more than what can be captured.",
            code="amount_too_large" if amount > 0 else "parameter_invalid_integer",
            param="amount_to_capture",
        )
    currencies.check_step(amount, intent["currency"])
    charge = call.state.find("charge", intent["latest_charge"])
    charges.book(call.state, charge, amount)
    emit(call.state, "charge.captured", charge)
    lifecycle.settle(call.state, intent, charge)
    return intent


def _named(call: Call) -> Json:
    """The intent of the address; a browser proves itself by the client secret."""
    intent = call.state.find("payment_intent", call.args[0], param="intent")
    secret = forms.text(call.params, "client_secret")
    if call.publishable and secret is None:
        raise ParameterError(
            "Missing required param: client_secret.",
            param="client_secret",
            code="parameter_missing",
        )
    if secret is not None and not hmac.compare_digest(
        secret.encode(), intent["client_secret"].encode()
    ):
        raise ApiError(
            400,
            "The client_secret provided does not match any associated PaymentIntent "
            "on this account.",
            param="client_secret",
            saved=False,
        )
    return intent


def _check_fitting(allowed: list[str], kind: str, params: Json, *, confirming: bool) -> None:
    if kind not in allowed:
        raise ApiError(
            400,
            f"The PaymentMethod provided ({kind}) is not allowed for this PaymentIntent. "
            f"It accepts: {', '.join(allowed)}.",
            code="payment_intent_invalid_parameter",
            param="payment_method",
        )
    if confirming and kind == "klarna" and forms.text(params, "return_url") is None:
        raise ParameterError(
            "You must provide a `return_url` when confirming with this payment method.",
            param="return_url",
            code="parameter_missing",
        )


def _attempt(call: Call, intent: Json, method: Json) -> None:
    lifecycle.attempt(
        call.state,
        intent,
        method,
        return_url=forms.text(call.params, "return_url"),
        by_script=forms.flag(call.params, "use_stripe_sdk") and method["type"] == "card",
    )
