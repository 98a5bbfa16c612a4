"""What the payment provider reports of refunds, and which checkouts are over."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from saleor.checkout.models import Checkout
from saleor.order.models import Order
from saleor.payment import TransactionEventType
from saleor.payment.models import TransactionItem
from saleor.payment.transaction_item_calculations import recalculate_transaction_amounts

from saleor_bespoke.shop.port import GATEWAY, Outcome
from saleor_bespoke.shop.saleor.checkouts import uuid_of
from saleor_bespoke.shop.saleor.installed import app_find
from saleor_bespoke.shop.saleor.payments import Refused, movement_tell

REQUEST = TransactionEventType.REFUND_REQUEST
SUCCESS = TransactionEventType.REFUND_SUCCESS
FAILURE = TransactionEventType.REFUND_FAILURE


def checkouts_ended(checkout_ids: Collection[str]) -> dict[str, str]:
    """Which of these checkouts became an order (its id) or are gone (no id)."""
    keys = {text: key for text in checkout_ids if (key := uuid_of(text)) is not None}
    there = set(Checkout.objects.filter(pk__in=keys.values()).values_list("pk", flat=True))
    made = Order.objects.non_draft().filter(checkout_token__in=[str(key) for key in keys.values()])
    orders = dict(made.values_list("checkout_token", "pk"))
    return {
        text: str(orders.get(str(key), ""))
        for text, key in keys.items()
        if str(key) in orders or key not in there
    }


def refund_report(
    source: Any,
    *,
    payment: str,
    reference: str,
    amount: Decimal,
    outcome: Outcome,
    reason: str,
    key: str,
) -> Any:
    """Note how a refund at our provider stands; raises `Refused` for an unknown payment.

    Saleor then recounts and tells its apps and plugins, as after any report of a payment app.
    """
    with transaction.atomic():
        items = source.payment_transactions.filter(app_identifier=GATEWAY, psp_reference=payment)
        item = (
            TransactionItem.objects.select_for_update(of=("self",))
            .filter(pk__in=items.values("pk"))
            .first()
        )
        if item is None:
            raise Refused("The shop has no such payment.")
        before = item.authorized_value, item.charged_value, item.refunded_value
        facts = {"psp_reference": reference, "amount_value": amount, "currency": item.currency}
        _request_tie(item, key, facts)
        kind = {Outcome.SUCCEEDED: SUCCESS, Outcome.FAILED: FAILURE}.get(outcome)
        reports = item.events.filter(psp_reference=reference, type__in=(kind, FAILURE))
        if kind is None or reports.exists():
            kind = None
        else:
            _event(item, kind, message=reason[:512], **facts)
        recalculate_transaction_amounts(item, save=False)
        if kind is not None:
            item.last_refund_success = outcome is Outcome.SUCCEEDED
        item.save()
    if (item.authorized_value, item.charged_value, item.refunded_value) != before:
        movement_tell(item, app_find(), *before)
    return item


def _request_tie(item: Any, key: str, facts: dict[str, Any]) -> None:
    """Tie the request to the provider's id, or note one that was made at the provider itself."""
    mine = Q(psp_reference=facts["psp_reference"])
    if key:
        mine |= Q(idempotency_key=key)
    request = item.events.filter(mine, type=REQUEST).first()
    if request is None:
        _event(item, REQUEST, **facts)
    elif not request.include_in_calculations:
        request.psp_reference = facts["psp_reference"]
        request.include_in_calculations = True
        request.save(update_fields=["psp_reference", "include_in_calculations"])


def _event(item: Any, kind: str, **facts: Any) -> None:
    app = app_find()
    item.events.create(
        type=kind,
        app=app,
        app_identifier=app.identifier if app else None,
        include_in_calculations=True,
        **facts,
    )
