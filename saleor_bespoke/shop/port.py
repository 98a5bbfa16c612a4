"""Everything the product asks of the shop it lives in, and everything the shop tells it.

Three parts: *same database* (may run inside a transaction), *effects* (only from after-commit
handlers, repeatable under a key), *inbound* (idempotent entry points the host calls).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache
from hashlib import sha256
from importlib import import_module
from typing import Any

from saleor_bespoke import conf

#: The id of our payment gateway on every host, and of the app that owns its transactions.
GATEWAY = "saleor-bespoke.stripe"


@dataclass(frozen=True)
class Channel:
    """A sales channel: its slug, currency and whether prices are entered with tax."""

    slug: str
    currency: str
    country: str
    name: str
    prices_with_tax: bool
    active: bool = True


@dataclass(frozen=True)
class Person:
    """A user of the host."""

    pk: Any
    email: str
    name: str
    is_staff: bool
    active: bool


@dataclass(frozen=True)
class Caller:
    """Who sent a request, as the host authenticated it; permissions are Saleor's names."""

    person: Person | None = None
    app_pk: str = ""
    app_name: str = ""
    permissions: frozenset[str] = frozenset()
    channels: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True)
class CheckoutRequest:
    """What to open a checkout for: one line, quantity one, at this price.

    `price` is gross or net as the channel enters prices. `metadata` is public. `shipped` tells
    whether a parcel belongs to it: work on a piece that travels anyway has none to pay for.
    `language` is the customer's, blank where only the host's own is known.
    """

    channel: str
    currency: str
    price: Decimal
    title: str
    email: str
    user_pk: Any
    country: str
    metadata: Mapping[str, str]
    shipped: bool = True
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class Transaction:
    """Money at the host for one checkout or order, as it is now.

    `by_hand`: somebody wrote it down (a manual transaction, "mark as paid"); no gateway took it in
    a session of its own, so no gateway can send it back.
    """

    transaction_id: str
    reference: str
    currency: str
    charged: Decimal
    authorized: Decimal
    pending: Decimal
    refunded: Decimal
    gateway: str
    by_hand: bool = False


@dataclass(frozen=True, kw_only=True)
class CheckoutState:
    """A checkout as the host holds it now; `line_total` excludes shipping.

    `quantities` and `unit_prices` go line by line: a line holds so many of the agreed piece, and
    none of it if the shopper put it there.
    """

    checkout_id: str
    channel: str
    currency: str
    total: Decimal
    line_total: Decimal
    shipping: Decimal
    tax: Decimal
    discount: Decimal
    quantities: tuple[int, ...]
    unit_prices: tuple[Decimal, ...]
    destination: str
    has_billing: bool
    has_delivery: bool  # or needs none
    metadata: Mapping[str, str]
    transactions: tuple[Transaction, ...]
    voucher: str = ""


class FulfillmentStatus(StrEnum):
    """How the host sees a parcel."""

    FULFILLED = "FULFILLED"
    CANCELED = "CANCELED"


@dataclass(frozen=True, kw_only=True)
class Fulfillment:
    """A parcel the host knows."""

    fulfillment_id: str
    status: str
    tracking_number: str


@dataclass(frozen=True, kw_only=True)
class Receiver:
    """Where an order goes: the address as a parcel has it below the name."""

    name: str
    lines: tuple[str, ...]
    country: str


@dataclass(frozen=True, kw_only=True)
class OrderState:
    """An order as the host holds it now; `receiver` is the parcel's address, else the bill's."""

    order_id: str
    number: str
    checkout_id: str
    channel: str
    currency: str
    total: Decimal
    status: str
    metadata: Mapping[str, str]
    transactions: tuple[Transaction, ...]
    fulfillments: tuple[Fulfillment, ...] = ()
    receiver: Receiver | None = None

    @property
    def charged(self) -> Decimal:
        """What was really charged for it, refunds already subtracted by the host."""
        return sum((item.charged for item in self.transactions), Decimal(0))

    @property
    def refunded(self) -> Decimal:
        """What went back from it."""
        return sum((item.refunded for item in self.transactions), Decimal(0))


class Outcome(StrEnum):
    """How an effect ended, or that it has not ended yet."""

    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


@dataclass(frozen=True)
class Effect:
    """The result of an effect; `reference` is the host's or provider's id of it."""

    outcome: Outcome
    reference: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A letter to one person; `key` makes its message id stable over repetitions.

    `event` names what it is about, as webhooks name it; `channel` is a slug.
    """

    to: str
    subject: str
    body: str
    key: str
    language: str = "en"
    channel: str = ""
    event: str = ""

    def message_id(self, domain: str) -> str:
        """The same id for the same letter, so that a repetition is one letter to its reader."""
        return f"<{sha256(self.key.encode()).hexdigest()[:32]}.bespoke@{domain}>"


class Shop(ABC):
    """The host, seen from the product."""

    # same database --------------------------------------------------------------------------

    @abstractmethod
    def channel(self, slug: str) -> Channel | None:
        """The channel with this slug, if there is one."""

    @abstractmethod
    def caller(self, context: Any) -> Caller:
        """Who sent the request whose GraphQL context this is."""

    @abstractmethod
    def staff(self, reference: str) -> Person | None:
        """A staff user by the host's global user id, if there is one."""

    @abstractmethod
    def checkout_open(self, request: CheckoutRequest) -> str:
        """Open a checkout and answer its id (UUID text)."""

    @abstractmethod
    def checkout_drop(self, checkout_id: str) -> bool:
        """Delete an unpaid checkout; False if money is on it or it is gone."""

    @abstractmethod
    def checkout(self, checkout_id: str) -> CheckoutState | None:
        """A checkout as it is now, if it still exists."""

    @abstractmethod
    def checkout_global_id(self, checkout_id: str) -> str:
        """The id a storefront uses for this checkout."""

    @abstractmethod
    def order(self, order_id: str) -> OrderState | None:
        """An order as it is now, if it exists."""

    @abstractmethod
    def order_of_checkout(self, checkout_id: str) -> OrderState | None:
        """The order a completed checkout became, if any."""

    @abstractmethod
    def checkouts_ended(self, checkout_ids: Collection[str]) -> Mapping[str, str]:
        """Which of these checkouts became an order (its id) or are gone (no id); few statements."""

    @abstractmethod
    def order_global_id(self, order_id: str) -> str:
        """The id API clients use for this order."""

    @abstractmethod
    def app_permissions(self, app_pk: str) -> frozenset[str] | None:
        """What an app may do now: nothing while it is deactivated, None when it is gone."""

    @abstractmethod
    def webhook_refusal(self, url: str) -> str:
        """Why the shop would send nothing to this address, in a sentence; empty if it would."""

    @abstractmethod
    def transactions_of(
        self, checkout_ids: Collection[str]
    ) -> Mapping[str, tuple[Transaction, ...]]:
        """The money on these checkouts, for those that still exist and have any; few statements."""

    @abstractmethod
    def audit_relations(self) -> Mapping[str, str]:
        """The host's own rows for the audit, as SQL by name: order, money, parcel, stock, letter.

        They may use `bespoke_checkout` (id, key): our checkouts as text and as UUID; `asked`
        (now, ahead); and those before them as `host_order_row`, `host_money`, … Columns: order
        (id, checkout_id, number, currency, total, status, since), money (id, checkout_id, order_id,
        reference, currency, charged, authorized, pending, refunded, refund_pending, charged_back,
        since), parcel (id, order_id, status, since), stock (code, quantity), letter (key, since).
        Ids are text; `since` is when a row last changed, by the shop's clock.
        """

    @abstractmethod
    def writer(self, context: Any = None) -> AbstractContextManager[None]:
        """Allow writes to the primary database inside this block."""

    @abstractmethod
    def clock_move(self, by: timedelta) -> datetime:
        """Move the clock of a demo or test shop on and answer its time; refused elsewhere."""

    # effects --------------------------------------------------------------------------------

    @abstractmethod
    def charge_record(
        self,
        *,
        checkout_id: str,
        reference: str,
        amount: Decimal,
        currency: str,
        key: str,
    ) -> Effect:
        """Tell the host of a charge at our provider that its storefront never reported."""

    @abstractmethod
    def checkout_complete(self, *, checkout_id: str, key: str) -> Effect:
        """Turn a paid checkout into an order; `reference` is the order's id."""

    @abstractmethod
    def refund(
        self,
        *,
        order_id: str,
        checkout_id: str,
        amount: Decimal,
        currency: str,
        key: str,
    ) -> Effect:
        """Give money back by the way it came."""

    @abstractmethod
    def refund_report(
        self,
        *,
        checkout_id: str,
        payment: str,
        reference: str,
        amount: Decimal,
        currency: str,
        outcome: Outcome,
        reason: str,
        key: str,
    ) -> Effect:
        """Tell the host how a refund of a payment at our provider stands, whoever asked for it.

        `payment` and `reference` are the provider's ids of payment and refund, `key` is what the
        refund was asked for under, if it was asked for through the shop. A failure is the last
        word; the same report twice is one.
        """

    @abstractmethod
    def money_release(self, *, checkout_id: str, key: str) -> Effect:
        """Send back all that stands on this checkout, or on the order it became.

        Authorisations are cancelled and charges refunded, each by its own gateway and once for a
        key; what was recorded by hand stays. PENDING until every gateway has answered: asked again
        under the same key, it tells how it went.
        """

    @abstractmethod
    def transfer_record(
        self, *, checkout_id: str, reference: str, amount: Decimal, currency: str, key: str
    ) -> Effect:
        """Write a bank transfer to the checkout by hand, once for a key.

        One that somebody wrote there before, with this reference and sum, is taken for it.
        """

    @abstractmethod
    def order_fulfill(self, *, order_id: str, tracking_number: str, key: str) -> Effect:
        """Record the parcel; an order already fulfilled answers its existing fulfilment."""

    @abstractmethod
    def tracking_update(self, *, fulfillment_id: str, tracking_number: str, key: str) -> Effect:
        """Correct a parcel's tracking number."""

    @abstractmethod
    def order_cancel(self, *, order_id: str, key: str) -> Effect:
        """Cancel the host's order; money is refunded apart."""

    @abstractmethod
    def order_note(self, *, order_id: str, metadata: Mapping[str, str], key: str) -> Effect:
        """Write these entries into the order's public metadata; the host tells its apps."""

    @abstractmethod
    def webhook_send(self, *, url: str, event: str, body: bytes, secret: str, key: str) -> Effect:
        """Post a message signed as the host signs its own: with this secret, else with its key.

        Runs in a thread of its own, writes nothing, follows no redirect and has a time-out.
        """

    @abstractmethod
    def mail_send(self, mail: Mail) -> Effect:
        """Send a letter."""

    @abstractmethod
    def letters_forget(self, keys: Collection[str]) -> int:
        """Blank what the host keeps of the letters with these keys; how many it kept.

        Runs in the caller's transaction. Who they went to, and what they said, is gone.
        """


@cache
def shop() -> Shop:
    """The one host of this process, chosen by the `SHOP` setting."""
    adapter: Shop = import_module(f"{conf.shop_module()}.adapter").Adapter()
    return adapter


# payment gateway (the host asks, the product answers) ----------------------------------------


@dataclass(frozen=True, kw_only=True)
class PaymentSession:
    """A host's question to our gateway: begin or go on paying this checkout."""

    checkout_id: str
    transaction_id: str
    amount: Decimal
    currency: str
    action: str
    data: Mapping[str, Any] = field(default_factory=dict)
    reference: str = ""
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class PaymentAnswer:
    """Our gateway's answer; `result` is Saleor's event name, e.g. CHARGE_SUCCESS."""

    result: str
    amount: Decimal
    reference: str = ""
    message: str = ""
    actions: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


# inbound (the host tells) ---------------------------------------------------------------------

Entry = Callable[..., Any]
_entries: dict[str, Entry] = {}

#: What a host may tell or ask; every name has exactly one answerer, registered by the flows.
INBOUND = frozenset(
    {
        "gateway_initialize",  # (checkout_id, data) -> dict for the storefront
        "payment_initialize",  # (PaymentSession) -> PaymentAnswer
        "payment_process",  # (PaymentSession) -> PaymentAnswer
        "payment_refund",  # (reference, amount, currency, key) -> PaymentAnswer
        "payment_cancel",  # (reference, amount, currency, key) -> PaymentAnswer
        "checkout_completing",  # (checkout_id) -> None, or raises BespokeError: the veto
        "order_paid",  # (order_id)
        "order_cancelled",  # (order_id)
        "order_refunded",  # (order_id)
        "order_fulfilled",  # (order_id)
        "fulfillment_cancelled",  # (order_id)
        "tracking_updated",  # (order_id)
        "checkout_gone",  # (checkout_id)
        "user_deleted",  # (user_pk)
        "provider_event",  # (payload: bytes, signature: str) -> bool stored
    }
)


def answers(name: str) -> Callable[[Entry], Entry]:
    """Register the one function that answers this inbound call."""
    if name not in INBOUND:
        raise KeyError(name)

    def register(entry: Entry) -> Entry:
        _entries[name] = entry
        return entry

    return register


def tell(name: str, **values: Any) -> Any:
    """Pass the host's word or question on; every entry point may be called twice."""
    return _entries[name](**values)
