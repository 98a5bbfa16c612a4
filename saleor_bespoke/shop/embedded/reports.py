"""What the payment provider reports of refunds, and which checkouts are over."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from django.db.models import Q

from saleor_bespoke.shop import port
from saleor_bespoke.shop.embedded import ledger
from saleor_bespoke.shop.embedded.checkouts import uuid_of
from saleor_bespoke.shop.embedded.models import (
    Checkout,
    Order,
    TransactionEvent,
    TransactionItem,
)
from saleor_bespoke.shop.embedded.payments import GATEWAY, Source
from saleor_bespoke.shop.embedded.refusals import refuse
from saleor_bespoke.shop.port import Outcome


def checkouts_ended(checkout_ids: Collection[str]) -> dict[str, str]:
    """Which of these checkouts became an order (its id) or are gone (no id)."""
    keys = {text: key for text in checkout_ids if (key := uuid_of(text)) is not None}
    there = set(Checkout.objects.filter(pk__in=keys.values()).values_list("pk", flat=True))
    made = Order.objects.filter(checkout_token__in=keys.values())
    orders = dict(made.values_list("checkout_token", "pk"))
    return {
        text: str(orders.get(key, ""))
        for text, key in keys.items()
        if key in orders or key not in there
    }


def refund_report(
    source: Source,
    *,
    payment: str,
    reference: str,
    amount: Decimal,
    outcome: Outcome,
    reason: str,
    key: str,
) -> TransactionItem:
    """Note how a refund at our provider stands; raises `HostRefusal` for an unknown payment."""
    item = source.transactions.filter(gateway=GATEWAY, psp_reference=payment).first()
    if item is None:
        raise refuse("NOT_FOUND", "The shop has no such payment.")
    before = item.refunded
    _request_tie(item, reference, amount, key)
    reports: dict[Outcome, str] = {
        Outcome.SUCCEEDED: "REFUND_SUCCESS",
        Outcome.FAILED: "REFUND_FAILURE",
    }
    failed = item.events.filter(type="REFUND_FAILURE", psp_reference=reference).exists()
    if outcome in reports and not failed:
        ledger.event_add(item, reports[outcome], amount, reference=reference, message=reason)
    item.refresh_from_db()
    if item.refunded > before and item.order_id is not None:
        port.tell("order_refunded", order_id=str(item.order_id))
    return item


def _request_tie(item: TransactionItem, reference: str, amount: Decimal, key: str) -> None:
    """Tie the request to the provider's id, or note one that was made at the provider itself."""
    mine = Q(psp_reference=reference) | (Q(key=key) if key else Q(pk=None))
    request: TransactionEvent | None = (
        item.events.filter(type="REFUND_REQUEST").filter(mine).first()
    )
    if request is None:
        ledger.event_add(item, "REFUND_REQUEST", amount, reference=reference)
    elif request.psp_reference != reference:
        ledger.request_answered(request, reference=reference, counted=True)
