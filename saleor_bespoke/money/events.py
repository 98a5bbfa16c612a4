"""What the timeline says of money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from saleor_bespoke.project.journal import Event


@dataclass(frozen=True, kw_only=True)
class PayableOpened(Event):
    title = "A sum is payable"
    payable: UUID
    kind: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, kw_only=True)
class PayableClosed(Event):
    title = "A sum is no longer payable"
    payable: UUID
    outcome: str


@dataclass(frozen=True, kw_only=True)
class PaymentStarted(Event):
    title = "Payment started"
    payable: UUID
    locked_total: Decimal
    currency: str


@dataclass(frozen=True, kw_only=True)
class PayablePaid(Event):
    title = "Paid in full"
    payable: UUID
    kind: str
    subject: UUID
    amount: Decimal
    currency: str
    order: str


@dataclass(frozen=True, kw_only=True)
class PaymentReturned(Event):
    """Money came that cannot be kept: the stone is gone, the sum is wrong, the offer has ended.

    `lost` are the materials that are gone, by quantity; `alternatives` the codes of the nearest
    ones that were in stock at that moment.
    """

    title = "Payment sent back in full"
    payable: UUID
    amount: Decimal
    currency: str
    cause: str
    lost: Mapping[str, Decimal] = field(default_factory=dict)
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MoneyStranded(Event):
    """Money stands on a checkout of which no order was made."""

    title = "Money came without an order"
    shared = False
    payable: UUID
    attempt: UUID
    charged: Decimal
    authorized: Decimal
    pending: Decimal
    currency: str
    cause: str


@dataclass(frozen=True, kw_only=True)
class MoneyReleased(Event):
    """What stood on a checkout without an order goes back; `refund` is owed where it was charged.

    `reference` is the provider's id of a charge that the shop itself never heard of. `lost` and
    `alternatives` are those of `PaymentReturned`.
    """

    title = "What was paid without an order goes back"
    payable: UUID
    attempt: UUID
    refund: UUID | None
    charged: Decimal
    authorized: Decimal
    currency: str
    reference: str = ""
    cause: str = ""
    lost: Mapping[str, Decimal] = field(default_factory=dict)
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BankTransferExpected(Event):
    title = "A bank transfer is awaited"
    payable: UUID
    due_at: datetime
    reference: str


@dataclass(frozen=True, kw_only=True)
class BankTransferRecorded(Event):
    title = "A bank transfer arrived"
    payable: UUID
    transfer: UUID
    amount: Decimal
    currency: str
    value_date: str


@dataclass(frozen=True, kw_only=True)
class RefundRequested(Event):
    title = "Refund started"
    refund: UUID
    payable: UUID
    amount: Decimal
    currency: str
    cause: str


@dataclass(frozen=True, kw_only=True)
class RefundSettled(Event):
    title = "Refund paid out"
    refund: UUID
    amount: Decimal
    currency: str


@dataclass(frozen=True, kw_only=True)
class RefundFailed(Event):
    title = "Refund failed"
    shared = False
    refund: UUID


@dataclass(frozen=True, kw_only=True)
class ChargeDisputed(Event):
    title = "Charge disputed at the bank"
    shared = False
    payable: UUID
    reference: str


@dataclass(frozen=True, kw_only=True)
class DisputeClosed(Event):
    """The bank has decided: `won` or `lost`, or `warning_closed` where it only asked."""

    title = "Dispute decided at the bank"
    shared = False
    payable: UUID
    reference: str
    outcome: str
