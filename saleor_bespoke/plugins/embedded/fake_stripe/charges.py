"""Charges and the balance transactions behind them."""

from __future__ import annotations

from . import currencies
from .errors import Json
from .events import emit
from .methods import behaviour
from .state import State

AVAILABLE_AFTER = 2 * 24 * 3600


def create(state: State, intent: Json, method: Json, *, status: str, captured: bool) -> Json:
    """One attempt to take the intent's money: succeeded, pending or failed."""
    charge = state.add(
        "charge",
        "ch",
        {
            "amount": intent["amount"],
            "amount_captured": 0,
            "amount_refunded": 0,
            "balance_transaction": None,
            "billing_details": method["billing_details"],
            "captured": False,
            "currency": intent["currency"],
            "description": intent["description"],
            "disputed": False,
            "dispute": None,
            "failure_code": None,
            "failure_message": None,
            "metadata": dict(intent["metadata"]),
            "outcome": _outcome(status),
            "paid": status == "succeeded",
            "payment_intent": intent["id"],
            "payment_method": method["id"],
            "payment_method_details": {
                "type": method["type"],
                method["type"]: method[method["type"]],
            },
            "receipt_email": intent["receipt_email"],
            "refunded": False,
            "status": status,
        },
    )
    intent["latest_charge"] = charge["id"]
    if captured and status == "succeeded":
        book(state, charge, charge["amount"])
    return charge


def _outcome(status: str) -> Json:
    approved = status != "failed"
    return {
        "network_status": "approved_by_network" if approved else "declined_by_network",
        "risk_level": "normal",
        "seller_message": "Payment complete." if approved else "The bank declined the payment.",
        "type": "authorized" if approved else "issuer_declined",
    }


def book(state: State, charge: Json, amount: int) -> None:
    """The money of a charge arrives: captured, less the provider's fee."""
    method_type = charge["payment_method_details"]["type"]
    fee = currencies.fee(amount, method_type)["fee"]
    transaction = transact(state, charge["id"], "charge", amount, charge["currency"], fee=fee)
    charge |= {
        "amount_captured": amount,
        "balance_transaction": transaction["id"],
        "captured": True,
        "paid": True,
        "status": "succeeded",
        "outcome": _outcome("succeeded"),
    }


def fail(charge: Json, code: str, message: str) -> None:
    """The attempt took nothing."""
    charge |= {
        "failure_code": code,
        "failure_message": message,
        "outcome": _outcome("failed"),
        "paid": False,
        "status": "failed",
    }


def transact(
    state: State, source: str, kind: str, amount: int, currency: str, *, fee: int = 0
) -> Json:
    """A movement on the account's balance, in minor units; negative leaves the account."""
    details = (
        [{"amount": fee, "currency": currency, "description": "Processing", "type": "stripe_fee"}]
        if fee
        else []
    )
    return state.add(
        "balance_transaction",
        "txn",
        {
            "amount": amount,
            "available_on": int(state.now()) + (AVAILABLE_AFTER if amount > 0 else 0),
            "currency": currency,
            "description": None,
            "exchange_rate": None,
            "fee": fee,
            "fee_details": details,
            "net": amount - fee,
            "reporting_category": kind,
            "source": source,
            "type": kind,
        },
    )


def balance(state: State) -> Json:
    """What the account holds per currency, available now or pending."""
    sums: dict[str, dict[str, int]] = {"available": {}, "pending": {}}
    for transaction in state.table("balance_transaction").values():
        side = sums["available" if transaction["available_on"] <= state.now() else "pending"]
        currency = transaction["currency"]
        side[currency] = side.get(currency, 0) + transaction["net"]
    return {
        "object": "balance",
        "livemode": False,
        **{
            side: [{"amount": amount, "currency": currency} for currency, amount in held.items()]
            for side, held in sums.items()
        },
    }


def dispute_if_asked(state: State, charge: Json) -> None:
    """The test card whose owner disputes every payment does so at once."""
    method = state.find("payment_method", charge["payment_method"])
    if behaviour(state, method).disputed:
        dispute(state, charge)


def dispute(state: State, charge: Json, *, reason: str = "fraudulent") -> Json:
    """The cardholder's bank takes the charge back, with a fee, until the dispute is decided."""
    transaction = transact(
        state, charge["id"], "adjustment", -charge["amount_captured"], charge["currency"], fee=1500
    )
    found = state.add(
        "dispute",
        "dp",
        {
            "amount": charge["amount_captured"],
            "balance_transactions": [dict(transaction)],
            "charge": charge["id"],
            "currency": charge["currency"],
            "evidence_details": {"due_by": int(state.now()) + 7 * 24 * 3600, "has_evidence": False},
            "is_charge_refundable": False,
            "metadata": {},
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "status": "needs_response",
        },
    )
    charge |= {"disputed": True, "dispute": found["id"]}
    emit(state, "charge.dispute.created", found)
    emit(state, "charge.dispute.funds_withdrawn", found)
    return found


def dispute_close(state: State, found: Json, outcome: str) -> None:
    """The dispute is won, and the money comes back, or lost."""
    found["status"] = outcome
    if outcome == "won":
        transaction = transact(
            state, found["charge"], "adjustment", found["amount"], found["currency"], fee=-1500
        )
        found["balance_transactions"].append(dict(transaction))
        emit(state, "charge.dispute.funds_reinstated", found)
    emit(state, "charge.dispute.closed", found)
