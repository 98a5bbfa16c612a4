"""What the ledger's entries add up to: a pure function from movements to sums per currency.

Amounts are never negative: a movement's kind alone says which sum it raises or lowers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Protocol

ZERO = Decimal(0)

#: The sum that a kind of movement changes, and its direction there.
SIGNS: dict[str, tuple[str, int]] = {
    "QUOTED": ("quoted", 1),  # a sum became payable: its line price
    "DROPPED": ("quoted", -1),  # it ended unpaid, or its money went back
    "REDUCED": ("quoted", -1),  # an accepted change made the piece cheaper
    "HELD": ("held", 1),  # the host's whole total was frozen for a checkout
    "HOLD_ENDED": ("held", -1),  # that checkout was paid, or has ended
    "CHARGED": ("charged", 1),
    "REFUNDED": ("refunded", 1),
    "REFUND_FAILED": ("refunded", -1),  # what was sent back came back to the shop
    "FEE": ("fees", 1),  # the provider's, in the currency it settles in
    "FEE_RETURNED": ("fees", -1),
    "DISPUTED": ("disputed", 1),  # the bank took a charge back
    "DISPUTE_WON": ("disputed", -1),
    "OLD_GOLD_CREDIT": ("old_gold", 1),  # metal taken in payment, on top of what is charged
    "OLD_GOLD_RETURNED": ("old_gold", -1),
}
KINDS = tuple(SIGNS)
#: What the customer is told of; provider's fees and disputes are the shop's own affair.
SHARED_KINDS = frozenset(
    {"QUOTED", "DROPPED", "REDUCED", "CHARGED", "REFUNDED", "REFUND_FAILED", "OLD_GOLD_CREDIT"}
    | {"OLD_GOLD_RETURNED"}
)


class Movement(Protocol):
    """What of a ledger entry counts."""

    @property
    def kind(self) -> str: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def currency(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Balance:
    """Where a project's money stands in one currency.

    `quoted` counts line prices, as the channel enters prices; all others are money.
    """

    currency: str
    quoted: Decimal = ZERO
    held: Decimal = ZERO
    charged: Decimal = ZERO
    refunded: Decimal = ZERO
    disputed: Decimal = ZERO
    fees: Decimal = ZERO
    old_gold: Decimal = ZERO

    @property
    def kept(self) -> Decimal:
        """What was charged and has not gone back to the customer."""
        return self.charged - self.refunded

    @property
    def net(self) -> Decimal:
        """What the shop has of it: less what a bank took back and what the provider keeps."""
        return self.kept - self.disputed - self.fees


def balances(entries: Iterable[Movement]) -> tuple[Balance, ...]:
    """The balance in each currency that occurs, by currency code."""
    found: dict[str, Balance] = {}
    for entry in entries:
        name, sign = SIGNS[entry.kind]
        before = found.get(entry.currency, Balance(currency=entry.currency))
        now = getattr(before, name) + sign * entry.amount
        found[entry.currency] = replace(before, **{name: now})
    return tuple(found[currency] for currency in sorted(found))


def impossible(balance: Balance) -> tuple[str, ...]:
    """The sums that no sequence of true movements leads to: each is negative, or too large."""
    names = [field.name for field in fields(balance) if field.name not in ("currency", "fees")]
    wrong = [name for name in names if getattr(balance, name) < 0]
    if balance.refunded > balance.charged:
        wrong.append("kept")
    if balance.disputed > balance.charged:
        wrong.append("disputed")
    return tuple(wrong)
