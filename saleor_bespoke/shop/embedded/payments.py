"""Paying through the shop's gateway, by hand, and giving money back.

The gateway itself is the product's: it is asked through the port, always outside a transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.shop import port
from saleor_bespoke.shop.embedded import ledger, prices
from saleor_bespoke.shop.embedded.checkouts import source_locked
from saleor_bespoke.shop.embedded.models import (
    Checkout,
    Order,
    TransactionEvent,
    TransactionItem,
)
from saleor_bespoke.shop.embedded.refusals import refuse

GATEWAY = port.GATEWAY
ZERO = Decimal(0)
#: Events after which a payment is no longer asked about.
PROCESSED = ("CHARGE_SUCCESS", "CHARGE_FAILURE", "CHARGE_REQUEST")

Source = Checkout | Order
Answered = tuple[TransactionItem, TransactionEvent, Any]


def total_of(source: Source) -> Decimal:
    """What the checkout or order costs altogether, tax included."""
    return source.total_gross if isinstance(source, Order) else prices.totals(source).total.gross


def checkout_id_of(source: Source) -> str:
    """The id by which the product knows what is paid: the checkout's, even once it is an order."""
    return str(source.checkout_token if isinstance(source, Order) else source.pk)


def gateway_config(source: Source, data: Any) -> Any:
    """What the storefront needs to know to use the gateway."""
    return port.tell("gateway_initialize", checkout_id=checkout_id_of(source), data=data)


def payment_begin(
    source: Source, *, gateway: str, data: Any, amount: Decimal | None, key: str | None
) -> Answered:
    """Begin to pay; without an amount, whatever is not charged yet. A key begins only once."""
    if gateway != GATEWAY:
        raise refuse("NOT_FOUND", "App with provided identifier not found.", "paymentGateway")
    if amount is None:
        charged = ledger.charged_of(ledger.transactions_of(source))
        amount = max(total_of(source) - charged, ZERO)
    item, request = _begun(source, amount, key or str(uuid4()))
    answer = _ask("payment_initialize", item, source, amount, data)
    return _noted(item, request, answer)


def _begun(source: Source, amount: Decimal, key: str) -> tuple[TransactionItem, TransactionEvent]:
    """The transaction of this key with its request, created at most once."""
    owner = {"order": source} if isinstance(source, Order) else {"checkout": source}
    try:
        with transaction.atomic():
            item = TransactionItem.objects.create(
                gateway=GATEWAY, idempotency_key=key, currency=source.currency, **owner
            )
            request = ledger.event_add(item, "CHARGE_REQUEST", amount, counted=False, key=key)
            return item, request
    except IntegrityError:
        found = TransactionItem.objects.filter(gateway=GATEWAY, idempotency_key=key).first()
    if found is None:  # the checkout was deleted meanwhile
        raise refuse("NOT_FOUND", "`Order` or `Checkout` not found.", "id")
    item = found
    request = item.events.get(type="CHARGE_REQUEST", key=key)
    if (item.checkout or item.order) != source or request.amount != amount:
        raise refuse(
            "UNIQUE",
            "Different transaction with provided idempotency key already exists.",
            "idempotencyKey",
        )
    return item, request


def payment_go_on(item: TransactionItem, *, data: Any) -> Answered:
    """Ask the gateway how a begun payment went; an ended one answers its last event."""
    last = item.events.filter(type__in=PROCESSED, counted=True).first()
    if last is not None:
        return item, last, None
    source = item.order or item.checkout
    request = item.events.filter(type="CHARGE_REQUEST").last()
    if source is None or request is None:
        raise refuse("NOT_FOUND", "Transaction not found.", "id")
    answer = _ask("payment_process", item, source, request.amount, data)
    return _noted(item, request, answer)


def _ask(
    question: str, item: TransactionItem, source: Source, amount: Decimal, data: Any
) -> port.PaymentAnswer:
    """Ask the product's gateway; its refusal is an answer too: a failed charge with its reason."""
    session = port.PaymentSession(
        checkout_id=checkout_id_of(source),
        transaction_id=str(item.token),
        amount=amount,
        currency=item.currency,
        action="CHARGE",
        data=data if isinstance(data, Mapping) else {},
        reference=item.psp_reference,
        key=item.idempotency_key or str(item.token),
    )
    try:
        answer: port.PaymentAnswer = port.tell(question, session=session)
    except BespokeError as error:
        return port.PaymentAnswer(result="CHARGE_FAILURE", amount=amount, message=error.message)
    return answer


def _noted(
    item: TransactionItem, request: TransactionEvent, answer: port.PaymentAnswer
) -> Answered:
    """Write the gateway's answer down and tell the product of an order that is paid by it."""
    reference = answer.reference or item.psp_reference
    item.psp_reference = reference
    item.actions = list(answer.actions)
    item.save(update_fields=["psp_reference", "actions"])
    if not request.psp_reference or answer.result == "CHARGE_REQUEST":
        ledger.request_answered(
            request, reference=reference, counted=answer.result == "CHARGE_REQUEST"
        )
    event = request
    if answer.result != "CHARGE_REQUEST":
        before = item.charged
        event = ledger.event_add(
            item, answer.result, answer.amount, reference=reference, message=answer.message
        )
        _tell_if_paid(item, before)
    item.refresh_from_db()
    event.refresh_from_db()
    return item, event, dict(answer.data) or None


def _tell_if_paid(item: TransactionItem, before: Decimal) -> None:
    """Tell the product when this transaction's new money completes its order's total."""
    order = item.order
    if order is not None and item.charged > before and ledger.paid(order):
        port.tell("order_paid", order_id=str(order.pk))


def transaction_create(
    source: Source,
    *,
    name: str,
    reference: str,
    actions: list[str],
    charged: tuple[Decimal, str] | None,
    note: tuple[str, str] | None,
) -> TransactionItem:
    """Record money that came another way, e.g. by bank transfer; `note` is reference, message."""
    amount, currency = charged or (ZERO, source.currency)
    if currency != source.currency:
        raise refuse(
            "INCORRECT_CURRENCY",
            f"Currency needs to be the same as for order: {source.currency}",
            "amountCharged",
        )
    owner = {"order": source} if isinstance(source, Order) else {"checkout": source}
    with transaction.atomic():
        item = TransactionItem.objects.create(
            name=name, psp_reference=reference, actions=actions, currency=source.currency, **owner
        )
        if amount:
            ledger.event_add(
                item, "CHARGE_SUCCESS", amount, message="Manual adjustment of the transaction."
            )
        if note:
            ledger.event_add(item, "INFO", ZERO, reference=note[0], message=note[1])
    _tell_if_paid(item, ZERO)
    return item


def charge_record(
    checkout_id: object, *, reference: str, amount: Decimal, currency: str, key: str
) -> TransactionItem:
    """Note a charge that the provider reports and no storefront did; once for a reference."""
    with transaction.atomic():
        source = source_locked(checkout_id)
        if currency != source.currency:
            raise refuse("INCORRECT_CURRENCY", f"The shop charges {source.currency} here.")
        owner = {"order": source} if isinstance(source, Order) else {"checkout": source}
        item = source.transactions.filter(gateway=GATEWAY, psp_reference=reference).first()
        if item is None:
            item, _ = TransactionItem.objects.get_or_create(
                gateway=GATEWAY,
                idempotency_key=key,
                defaults={"psp_reference": reference, "currency": currency, **owner},
            )
        before = item.charged
        ledger.event_add(item, "CHARGE_SUCCESS", amount, reference=reference)
        TransactionItem.objects.filter(pk=item.pk).update(actions=["REFUND"])
    _tell_if_paid(item, before)
    item.refresh_from_db()
    return item
