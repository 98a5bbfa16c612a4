"""The provider's answers as plain values, read alike from the API and from a webhook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class PaymentFailure:
    """Why the last attempt to pay took no money."""

    code: str | None
    decline_code: str | None
    message: str | None


@dataclass(frozen=True)
class PaymentIntent:
    """One payment: `amount` asked and `amount_received` credited, in minor units."""

    pk: str
    status: str
    amount: int
    amount_received: int
    currency: str
    client_secret: str | None = field(repr=False)
    latest_charge: str | None
    metadata: Mapping[str, str]
    last_error: PaymentFailure | None

    @classmethod
    def from_stripe(cls, data: Mapping[str, Any]) -> PaymentIntent:
        """Read the provider's object; endpoints on versions before 2022-11-15 list charges."""
        failure = data["last_payment_error"]
        older = (data.get("charges") or {}).get("data") or [{}]
        charge = data.get("latest_charge") or older[0].get("id")
        return cls(
            pk=data["id"],
            status=data["status"],
            amount=data["amount"],
            amount_received=data["amount_received"],
            currency=data["currency"],
            client_secret=data["client_secret"],
            latest_charge=charge if charge is None or isinstance(charge, str) else charge["id"],
            metadata=dict(data["metadata"]),
            last_error=None
            if failure is None
            else PaymentFailure(
                code=failure.get("code"),
                decline_code=failure.get("decline_code"),
                message=failure.get("message"),
            ),
        )


@dataclass(frozen=True)
class Refund:
    """Money on its way back: pending, succeeded, failed or canceled; in minor units."""

    pk: str
    status: str
    amount: int
    currency: str
    failure_reason: str | None
    payment_intent: str | None
    metadata: Mapping[str, str]

    @classmethod
    def from_stripe(cls, data: Mapping[str, Any]) -> Refund:
        """Read the provider's object."""
        return cls(
            pk=data["id"],
            status=data["status"],
            amount=data["amount"],
            currency=data["currency"],
            failure_reason=data.get("failure_reason"),
            payment_intent=data["payment_intent"],
            metadata=dict(data["metadata"] or {}),
        )
