"""Refunds: never more than was captured, and what the bank sends back returns to the balance."""

from __future__ import annotations

from . import forms
from .call import Call
from .charges import transact
from .currencies import check_step, written
from .errors import ApiError, Json, ParameterError
from .events import emit
from .methods import behaviour
from .state import State

REASONS = ("duplicate", "fraudulent", "requested_by_customer")


def create(call: Call) -> Json:
    """POST /v1/refunds of a charge or payment intent, the rest of it or a part."""
    forms.only(call.params, "charge", "payment_intent", "amount", "metadata", "reason")
    reason = forms.choice(call.params, "reason", REASONS)
    metadata = forms.metadata(call.params)
    wanted = forms.integer(call.params, "amount")
    charge = _charge(call)
    amount = _check_amount(charge, wanted)
    status = _status(call.state, charge)
    transaction = transact(call.state, charge["id"], "refund", -amount, charge["currency"])
    refund = call.state.add(
        "refund",
        "re",
        {
            "amount": amount,
            "balance_transaction": transaction["id"],
            "charge": charge["id"],
            "currency": charge["currency"],
            "failure_balance_transaction": None,
            "failure_reason": None,
            "metadata": metadata,
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "status": status,
        },
    )
    transaction["source"] = refund["id"]
    _count(charge, amount)
    emit(call.state, "refund.created", refund)
    emit(call.state, "charge.refunded", charge)
    return refund


def _charge(call: Call) -> Json:
    pk = forms.text(call.params, "charge")
    intent_pk = forms.text(call.params, "payment_intent")
    if (pk is None) == (intent_pk is None):
        raise ParameterError("One of charge or payment_intent is required.", param="charge")
    if intent_pk is not None:
        intent = call.state.find("payment_intent", intent_pk, param="payment_intent")
        if intent["status"] != "succeeded":
            raise ApiError(
                400,
                f"This PaymentIntent ({intent_pk}) does not have a successful charge to refund.",
                code="payment_intent_unexpected_state",
                param="payment_intent",
            )
        pk = str(intent["latest_charge"])
    return call.state.find("charge", str(pk), param="charge")


def _check_amount(charge: Json, wanted: int | None) -> int:
    if charge["status"] != "succeeded" or not charge["captured"]:
        raise ApiError(400, f"Charge {charge['id']} has not been captured.", param="charge")
    if charge["disputed"]:
        raise ApiError(
            400,
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )
    left = charge["amount_captured"] - charge["amount_refunded"]
    if left == 0:
        raise ApiError(
            400,
            f"Charge {charge['id']} has already been refunded.",
            code="charge_already_refunded",
        )
    amount: int = left if wanted is None else wanted
    if amount < 1:
        raise ParameterError("Invalid positive integer", param="amount")
    if amount > left:
        currency = charge["currency"]
        raise ApiError(
            400,
            f"Refund amount ({written(amount, currency)}) is greater than unrefunded amount "
            f"on charge ({written(left, currency)})",
            param="amount",
        )
    check_step(amount, charge["currency"])
    return amount


def _status(state: State, charge: Json) -> str:
    """A test setting rules, else the payment method that paid."""
    forced: str | None = state.data["refund_status"]
    method = state.find("payment_method", charge["payment_method"])
    return forced or behaviour(state, method).refund


def _count(charge: Json, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]


def succeed(state: State, refund: Json) -> None:
    """A pending refund reached the customer."""
    if refund["status"] != "pending":
        raise ApiError(400, f"The refund is {refund['status']}, not pending.")
    refund["status"] = "succeeded"
    emit(state, "refund.updated", refund, previous={"status": "pending"})
    emit(state, "charge.refund.updated", refund, previous={"status": "pending"})


def fail(state: State, refund: Json, reason: str) -> None:
    """The customer's bank sent the money back: it returns to the balance and can be sent again."""
    before = refund["status"]
    if before not in ("pending", "succeeded"):
        raise ApiError(400, f"The refund is {before} and cannot fail.")
    transaction = transact(
        state, refund["id"], "refund_failure", refund["amount"], refund["currency"]
    )
    refund |= {
        "status": "failed",
        "failure_reason": reason,
        "failure_balance_transaction": transaction["id"],
    }
    _count(state.find("charge", refund["charge"]), -refund["amount"])
    emit(state, "refund.updated", refund, previous={"status": before})
    emit(state, "charge.refund.updated", refund, previous={"status": before})
    emit(state, "refund.failed", refund)
