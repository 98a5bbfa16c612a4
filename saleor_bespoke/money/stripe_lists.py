"""What happened at the payment provider, page by page: charges with their fees, disputes, lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from .stripe_answers import PaymentIntent, Refund
from .stripe_errors import StripeRefused, StripeUnavailable
from .stripe_http import StripeAccount, send

PAGE = 100
MAX_PAGES = 1000

T = TypeVar("T")


@dataclass(frozen=True)
class Movement:
    """A line of the account's balance: `amount` before `fee`, in minor units of `currency`.

    The currency is the one the account settles in; what leaves the account is negative.
    """

    pk: str
    amount: int
    fee: int
    currency: str

    @classmethod
    def from_stripe(cls, data: Mapping[str, Any]) -> Movement:
        """Read the provider's object."""
        return cls(data["id"], data["amount"], data["fee"], data["currency"])


@dataclass(frozen=True)
class Charge:
    """Money that was taken for a payment; `balance` is None until the provider has booked it."""

    pk: str
    payment_intent: str | None
    paid: bool
    balance: Movement | None

    @classmethod
    def from_stripe(cls, data: Mapping[str, Any]) -> Charge:
        """Read the provider's object, its balance transaction expanded."""
        booked = data["balance_transaction"]
        return cls(
            pk=data["id"],
            payment_intent=data["payment_intent"],
            paid=data["paid"] and data["captured"],
            balance=Movement.from_stripe(booked) if booked else None,
        )


@dataclass(frozen=True)
class Dispute:
    """A charge that the customer's bank questions; `movements` took the money and gave it back."""

    pk: str
    payment_intent: str | None
    amount: int
    currency: str
    status: str
    movements: tuple[Movement, ...]

    @classmethod
    def from_stripe(cls, data: Mapping[str, Any]) -> Dispute:
        """Read the provider's object, from the API or from a webhook."""
        return cls(
            pk=data["id"],
            payment_intent=data["payment_intent"],
            amount=data["amount"],
            currency=data["currency"],
            status=data["status"],
            movements=tuple(map(Movement.from_stripe, data["balance_transactions"])),
        )

    @property
    def closed(self) -> bool:
        """Whether it was decided, or withdrawn before money moved."""
        return self.status in ("won", "lost", "warning_closed")

    @property
    def withdrawn(self) -> bool:
        """Whether the bank took the money back."""
        return any(line.amount < 0 for line in self.movements)

    @property
    def reinstated(self) -> bool:
        """Whether the money came back after that."""
        return any(line.amount > 0 for line in self.movements)


def charges_of_payment(account: StripeAccount, payment_intent: str) -> tuple[Charge, ...]:
    """The charges of one payment, the last first, with what the provider keeps of each."""
    return tuple(_rows(account, "charges", Charge.from_stripe, {"payment_intent": payment_intent}))


@dataclass(frozen=True)
class Window:
    """A time of the provider's, both ends included."""

    since: datetime
    until: datetime

    @property
    def params(self) -> dict[str, Any]:
        """The window as the provider's lists take it."""
        bounds = {"gte": int(self.since.timestamp()), "lte": int(self.until.timestamp())}
        return {"created": bounds}


def payment_intents(account: StripeAccount, window: Window) -> Iterator[PaymentIntent]:
    """The payments begun in the window, the last first."""
    return _rows(account, "payment_intents", PaymentIntent.from_stripe, window.params)


def charges(account: StripeAccount, window: Window) -> Iterator[Charge]:
    """The charges tried in the window, the last first."""
    return _rows(account, "charges", Charge.from_stripe, window.params)


def refunds(account: StripeAccount, window: Window) -> Iterator[Refund]:
    """The refunds begun in the window, the last first."""
    return _rows(account, "refunds", Refund.from_stripe, window.params)


def disputes(account: StripeAccount, window: Window) -> Iterator[Dispute]:
    """The disputes opened in the window, the last first."""
    return _rows(account, "disputes", Dispute.from_stripe, window.params)


def _rows(
    account: StripeAccount, name: str, convert: Callable[[Any], T], params: dict[str, Any]
) -> Iterator[T]:
    expand = ["data.balance_transaction"] if name == "charges" else None
    after = None
    for _ in range(MAX_PAGES):
        asked = {**params, "limit": PAGE, "starting_after": after, "expand": expand}
        answer = send(account, "get", f"/v1/{name}", asked)
        try:
            found = [(row["id"], convert(row)) for row in answer["data"]]
        except (KeyError, TypeError, AttributeError):
            raise StripeUnavailable("The payment provider's list has an unknown shape.") from None
        yield from (row for _, row in found)
        if not answer.get("has_more"):
            return
        after = found[-1][0]
    raise StripeRefused(f"The provider has more than {PAGE * MAX_PAGES} {name} to list.")
