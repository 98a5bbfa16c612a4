"""Money at Saleor: its transactions as they stand, and charges that no storefront reported."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from decimal import Decimal
from typing import Any
from uuid import UUID

from babel.numbers import get_currency_precision
from django.db import transaction
from saleor.checkout.lock_objects import checkout_qs_select_for_update
from saleor.checkout.models import Checkout
from saleor.order import OrderStatus
from saleor.order.lock_objects import order_qs_select_for_update
from saleor.order.models import Order
from saleor.payment import TransactionAction, TransactionEventType
from saleor.payment.models import TransactionEvent, TransactionItem
from saleor.payment.transaction_item_calculations import recalculate_transaction_amounts
from saleor.payment.utils import (
    create_manual_adjustment_events,
    process_order_or_checkout_with_transaction,
)
from saleor.plugins.manager import get_plugins_manager
from saleor.webhook.event_types import WebhookEventSyncType
from saleor.webhook.utils import get_webhooks_for_event

from saleor_bespoke.shop import port
from saleor_bespoke.shop.saleor.installed import app_find

ZERO = Decimal(0)
TRANSFER = "Bank transfer"


class Refused(Exception):
    """Saleor, or what it holds, does not allow an effect; the text says why."""


def quantized(amount: Decimal, currency: str) -> Decimal:
    """The amount with the digits its currency has."""
    return Decimal(amount).quantize(Decimal(10) ** -get_currency_precision(currency))


def transactions_of(source: Any) -> tuple[port.Transaction, ...]:
    """All transactions of a checkout or an order, oldest first, whoever's gateway took them."""
    return tuple(map(_transaction, source.payment_transactions.order_by("pk")))


def transactions_on(checkout_ids: Iterable[UUID]) -> dict[str, tuple[port.Transaction, ...]]:
    """The transactions of each of these checkouts that has some, oldest first."""
    found: dict[str, tuple[port.Transaction, ...]] = {}
    for item in TransactionItem.objects.filter(checkout__in=list(checkout_ids)).order_by("pk"):
        key = str(item.checkout_id)
        found[key] = (*found.get(key, ()), _transaction(item))
    return found


def _transaction(item: Any) -> port.Transaction:
    authorized = item.authorized_value + item.authorize_pending_value
    return port.Transaction(
        transaction_id=str(item.token),
        reference=item.psp_reference or "",
        currency=item.currency,
        charged=quantized(item.charged_value, item.currency),
        authorized=quantized(authorized, item.currency),
        pending=quantized(item.charge_pending_value, item.currency),
        refunded=quantized(item.refunded_value, item.currency),
        gateway=item.app_identifier or "",
        by_hand=by_hand(item),
    )


def by_hand(item: Any) -> bool:
    """Whether somebody wrote it down: no session began it, and no app of it sends refunds."""
    if item.idempotency_key is not None:
        return False
    if item.app_id is None:
        return True
    return not get_webhooks_for_event(
        WebhookEventSyncType.TRANSACTION_REFUND_REQUESTED, apps_ids=[item.app_id]
    ).exists()


def money_on(checkout: Any) -> bool:
    """Whether a checkout carries money, promised, taken or on its way back."""
    items = list(checkout.payment_transactions.all())
    return (
        any(
            item.charged_value > 0
            or item.authorized_value > 0
            or item.charge_pending_value > 0
            or item.authorize_pending_value > 0
            or item.refund_pending_value > 0
            for item in items
        )
        or checkout.payments.filter(captured_amount__gt=0).exists()
    )


def charge_record(
    *, checkout_id: Any, reference: str, amount: Decimal, currency: str, key: str
) -> Any:
    """Note a charge of our provider on the checkout or the order it became, once a reference.

    Saleor then does what it does after any payment: it recounts, tells its apps and plugins and,
    where the channel says so, completes the checkout. Raises `Refused`.
    """
    app = app_find()
    if app is None:
        raise Refused("This shop was not set up for bespoke pieces.")
    with transaction.atomic():
        source = source_locked(checkout_id)
        if source.currency != currency:
            raise Refused(f"The shop charges {source.currency} here.")
        item = _item_locked(source, app, reference, key)
        before = item.authorized_value, item.charged_value, item.refunded_value
        _event_ensure(item, app, reference, amount)
        recalculate_transaction_amounts(item, save=False)
        item.psp_reference = reference
        item.available_actions = [TransactionAction.REFUND]
        item.save()
    movement_tell(item, app, *before)
    return item


def movement_tell(item: Any, app: Any, *before: Decimal) -> None:
    """Let Saleor recount and tell what moved on a transaction since these values.

    An order that was cancelled stays so: Saleor opens each order anew that is charged in full, as
    after a refund that failed, and the shop would make and send what nobody wants.
    """
    manager = get_plugins_manager(allow_replica=False)
    with transaction.atomic() if item.order_id else nullcontext():
        order = order_qs_select_for_update().filter(pk=item.order_id).first()
        process_order_or_checkout_with_transaction(item, manager, None, app, *before)
        if order is None or order.status != OrderStatus.CANCELED:
            return
        opened = Order.objects.filter(pk=order.pk).exclude(status=OrderStatus.CANCELED)
        if opened.update(status=OrderStatus.CANCELED):
            manager.order_updated(Order.objects.get(pk=order.pk))


def source_locked(checkout_id: Any) -> Any:
    """The checkout or the order it became, locked: it becomes none meanwhile. Raises `Refused`."""
    checkout = checkout_qs_select_for_update().filter(pk=checkout_id).first()
    if checkout is not None:
        return checkout
    order = Order.objects.get_by_checkout_token(str(checkout_id))
    if order is None:
        raise Refused("The shop has no such checkout any more.")
    return order_qs_select_for_update().get(pk=order.pk)


def _owner(source: Checkout | Order) -> dict[str, Any]:
    return {"checkout": source} if isinstance(source, Checkout) else {"order": source}


def _item_locked(source: Any, app: Any, reference: str, key: str) -> Any:
    """Our transaction with this reference; the storefront or an earlier call may have made it."""
    items = TransactionItem.objects.filter(app_identifier=app.identifier)
    found = items.filter(psp_reference=reference, **_owner(source)).first()
    if found is None:
        found, _ = items.get_or_create(
            app_identifier=app.identifier,
            idempotency_key=f"charge-{key}",
            defaults={
                "app": app,
                "name": app.name,
                "psp_reference": reference,
                "currency": source.currency,
                **_owner(source),
            },
        )
    return TransactionItem.objects.select_for_update(of=("self",)).get(pk=found.pk)


def _event_ensure(item: Any, app: Any, reference: str, amount: Decimal) -> None:
    events = item.events.filter(psp_reference=reference, type=TransactionEventType.CHARGE_SUCCESS)
    known = events.first()
    if known is None:
        TransactionEvent.objects.create(
            transaction=item,
            type=TransactionEventType.CHARGE_SUCCESS,
            psp_reference=reference,
            amount_value=amount,
            currency=item.currency,
            app=app,
            app_identifier=app.identifier,
            include_in_calculations=True,
        )
    elif known.amount_value != amount:
        raise Refused("The shop holds another amount for this payment.")
    else:
        events.filter(include_in_calculations=False).update(include_in_calculations=True)


def transfer_record(checkout_id: Any, *, reference: str, amount: Decimal, currency: str) -> Any:
    """The transfer with this reference, written by hand now unless somebody did before.

    Raises `Refused` where another sum stands under the reference.
    """
    with transaction.atomic():
        source = source_locked(checkout_id)
        if source.currency != currency:
            raise Refused(f"The shop charges {source.currency} here.")
        noted = next(
            filter(by_hand, source.payment_transactions.filter(psp_reference=reference)), None
        )
        if noted is not None:
            if noted.charged_value != amount:
                raise Refused("Another sum is recorded with this reference.")
            return noted
        item = TransactionItem.objects.create(
            name=TRANSFER, psp_reference=reference, currency=currency, **_owner(source)
        )
        create_manual_adjustment_events(item, {"charged_value": amount}, None, None)
        recalculate_transaction_amounts(item)
    movement_tell(item, None)
    return item
