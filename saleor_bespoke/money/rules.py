"""Pure decisions about money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum


@dataclass(frozen=True)
class Charge:
    """One host transaction's part of a sum, as far as proof of payment is concerned.

    `by_hand`: somebody wrote it down; `known`: as the bank transfer that staff recorded here.
    """

    currency: str
    charged: Decimal
    authorized: Decimal
    pending: Decimal
    by_hand: bool = False
    known: bool = False

    @property
    def loose(self) -> bool:
        """Whether it claims money that nothing proves."""
        return self.by_hand and not self.known and self.charged > 0


def paid_exactly(charges: tuple[Charge, ...], total: Decimal, currency: str) -> bool:
    """Whether the money actually charged equals the locked total, in its currency.

    Authorised or pending money is not paid; a charge in another currency spoils the sum.
    """
    if any(charge.currency != currency for charge in charges if charge.charged):
        return False
    return sum((charge.charged for charge in charges), Decimal(0)) == total


class Fate(StrEnum):
    """What becomes of the money on a checkout that is no order."""

    NONE = "NONE"  # nothing stands there
    ORDER = "ORDER"  # it is the sum: the order can be made
    WAIT = "WAIT"  # it may still become the sum
    BACK = "BACK"  # it goes back
    STAFF = "STAFF"  # it was written by hand: only staff know what it is


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Money on a checkout and all that decides about it.

    `total` is what must be charged. `sound`: the checkout is still the agreed one. `ended`: nothing
    can be paid by it any more. `over`: the offer's time is over. `asked`: somebody wants the order
    now. `waited`: since when the money stands there.
    """

    charges: tuple[Charge, ...]
    total: Decimal
    currency: str
    sound: bool
    ended: bool
    over: bool
    asked: bool
    waited: timedelta

    @property
    def _taken(self) -> tuple[Charge, ...]:
        return tuple(charge for charge in self.charges if not charge.by_hand)

    @property
    def charged(self) -> Decimal:
        """What gateways charged and can send back."""
        return sum((charge.charged for charge in self._taken), Decimal(0))

    @property
    def authorized(self) -> Decimal:
        """What gateways reserved."""
        return sum((charge.authorized for charge in self._taken), Decimal(0))

    @property
    def pending(self) -> Decimal:
        """What gateways have not decided yet."""
        return sum((charge.pending for charge in self._taken), Decimal(0))

    @property
    def noted(self) -> Decimal:
        """What was written by hand."""
        return sum((item.charged for item in self.charges if item.by_hand), Decimal(0))

    @property
    def exact(self) -> bool:
        """Whether it is the sum, proven and in its currency."""
        if not self.total or any(charge.loose for charge in self.charges):
            return False
        return paid_exactly(self.charges, self.total, self.currency)

    @property
    def wrong(self) -> bool:
        """Whether it cannot become the sum whatever follows."""
        foreign = any(item.charged for item in self.charges if item.currency != self.currency)
        known = sum((item.charged for item in self.charges if item.known), Decimal(0))
        return foreign or self.charged + known > self.total or self.authorized > 0


def fate(seen: Standing, *, patience: timedelta, pending_patience: timedelta) -> Fate:
    """What becomes of this money: the rule of decision record 8.

    What is exactly the sum becomes the order. What can never be is sent back as soon as somebody
    asks for the order or the offer is over; what still may be has `patience`, and a charge that is
    not decided yet `pending_patience`. No gateway can send back what was written by hand.
    """
    if not (seen.charged or seen.authorized or seen.pending):
        if seen.sound and seen.exact and not seen.ended:
            return Fate.ORDER
        return Fate.STAFF if seen.noted else Fate.NONE
    stands = bool(seen.charged or seen.authorized)
    if seen.ended:
        return Fate.BACK if stands else Fate.NONE
    if seen.sound and seen.exact:
        return Fate.ORDER if seen.waited < patience else Fate.BACK
    if seen.pending:
        return Fate.WAIT if seen.waited < pending_patience else Fate.BACK
    if seen.over or (seen.asked and seen.wrong) or seen.waited >= patience:
        return Fate.BACK
    return Fate.WAIT


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
    due = captured if share == 1 else (captured * share).quantize(quantum, rounding=ROUND_DOWN)
    return max(Decimal(0), min(due, captured) - given_back)
