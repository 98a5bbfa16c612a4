"""Pure decisions about money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal


@dataclass(frozen=True)
class Charge:
    """One host transaction's part of a sum, as far as proof of payment is concerned."""

    currency: str
    charged: Decimal
    authorized: Decimal
    pending: Decimal


def paid_exactly(charges: tuple[Charge, ...], total: Decimal, currency: str) -> bool:
    """Whether the money actually charged equals the locked total, in its currency.

    Authorised or pending money is not paid; a charge in another currency spoils the sum.
    """
    if any(charge.currency != currency for charge in charges if charge.charged):
        return False
    return sum((charge.charged for charge in charges), Decimal(0)) == total


def refundable(
    stage: str,
    captured: Decimal,
    given_back: Decimal,
    ladder: Mapping[str, Decimal],
    quantum: Decimal,
) -> Decimal:
    """What a cancellation at this stage gives back: the ladder's part of what was captured.

    Rounded down to the currency's smallest unit; what was already given back counts towards it.
    """
    share = ladder.get(stage, Decimal(0))
    due = (captured * share).quantize(quantum, rounding=ROUND_DOWN)
    return max(Decimal(0), min(due, captured) - given_back)
