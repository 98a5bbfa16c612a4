"""Payment methods: the provider's own test tokens and how each of them behaves."""

from __future__ import annotations

from dataclasses import dataclass

from . import forms
from .call import Call
from .errors import ApiError, Json, ParameterError
from .state import State


@dataclass(frozen=True)
class Behaviour:
    """What happens when money is asked of a method, and later when it is sent back."""

    outcome: str = "succeed"  # succeed, decline, authenticate, redirect, process
    kind: str = "card"
    brand: str = "visa"
    last4: str = "4242"
    code: str = "card_declined"
    decline_code: str = "generic_decline"
    message: str = "Your card was declined."
    refund: str = "succeeded"
    disputed: bool = False


TEST_METHODS: dict[str, Behaviour] = {
    "pm_card_visa": Behaviour(),
    "pm_card_mastercard": Behaviour(brand="mastercard", last4="4444"),
    "pm_card_chargeDeclined": Behaviour("decline", last4="0002"),
    "pm_card_visa_chargeDeclinedInsufficientFunds": Behaviour(
        "decline",
        last4="9995",
        decline_code="insufficient_funds",
        message="Your card has insufficient funds.",
    ),
    "pm_card_chargeDeclinedExpiredCard": Behaviour(
        "decline",
        last4="0069",
        code="expired_card",
        decline_code="expired_card",
        message="Your card has expired.",
    ),
    "pm_card_threeDSecure2Required": Behaviour("authenticate", last4="3220"),
    "pm_card_pendingRefund": Behaviour(last4="7726", refund="pending"),
    "pm_card_createDispute": Behaviour(last4="0259", disputed=True),
    "klarna": Behaviour("redirect", kind="klarna"),
    "pm_usBankAccount_processing": Behaviour("process", kind="us_bank_account", last4="2005"),
}
CARD_NUMBERS = {
    "4242424242424242": "pm_card_visa",
    "5555555555554444": "pm_card_mastercard",
    "4000000000000002": "pm_card_chargeDeclined",
    "4000000000009995": "pm_card_visa_chargeDeclinedInsufficientFunds",
    "4000000000000069": "pm_card_chargeDeclinedExpiredCard",
    "4000000000003220": "pm_card_threeDSecure2Required",
    "4000000000007726": "pm_card_pendingRefund",
    "4000000000000259": "pm_card_createDispute",
}
TYPES = ("card", "klarna", "us_bank_account")


def behaviour(state: State, method: Json) -> Behaviour:
    """How this payment method behaves."""
    return TEST_METHODS[state.private(method["id"])["token"]]


def create(call: Call) -> Json:
    """POST /v1/payment_methods, which a browser may call with its publishable key."""
    forms.only(call.params, "type", *TYPES, "billing_details", "metadata")
    return _new(call.state, _token_of(call.params), call.params)


def kind_named(state: State, params: Json) -> str | None:
    """The type of the payment method a call names, or None; refuses one that does not exist."""
    if "payment_method_data" in params:
        return TEST_METHODS[_token_of(forms.nested(params, "payment_method_data"))].kind
    pk = forms.text(params, "payment_method")
    if pk is None:
        return None
    if pk in TEST_METHODS:
        return TEST_METHODS[pk].kind
    kind: str = state.find("payment_method", pk, param="payment_method", status=400)["type"]
    return kind


def chosen(state: State, params: Json) -> Json:
    """The payment method a call names: a test token, a stored one, or data for a new one."""
    if "payment_method_data" in params:
        data = forms.nested(params, "payment_method_data")
        return _new(state, _token_of(data), data)
    pk = forms.required(params, "payment_method")
    if pk in TEST_METHODS:
        return _new(state, pk, {})
    return state.find("payment_method", pk, param="payment_method", status=400)


def _token_of(data: Json) -> str:
    kind = forms.required(data, "type")
    if kind == "klarna":
        return "klarna"
    if kind == "us_bank_account":
        return "pm_usBankAccount_processing"
    if kind != "card":
        raise ParameterError(f"Invalid type: must be one of {', '.join(TYPES)}", param="type")
    card = forms.nested(data, "card")
    number = forms.required(card, "number").replace(" ", "")
    try:
        return CARD_NUMBERS[number]
    except KeyError:
        raise ApiError(
            402,
            "Your card number is incorrect.",
            kind="card_error",
            code="incorrect_number",
            param="number",
        ) from None


def _new(state: State, name: str, data: Json) -> Json:
    known = TEST_METHODS[name]
    details: Json = {"klarna": {"dob": None}}.get(known.kind, {"last4": known.last4})
    if known.kind == "card":
        details |= {
            "brand": known.brand,
            "country": "US",
            "exp_month": 12,
            "exp_year": 2040,
            "funding": "credit",
        }
    method = state.add(
        "payment_method",
        "pm",
        {
            "billing_details": forms.nested(data, "billing_details"),
            "customer": None,
            "metadata": forms.metadata(data),
            "type": known.kind,
            known.kind: details,
        },
    )
    state.private(method["id"])["token"] = name
    return method
