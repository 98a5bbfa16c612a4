"""Transactions and their events: what was charged, is pending, was given back."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.db import transaction

from saleor_bespoke.shop.embedded.models import (
    Checkout,
    Order,
    TransactionEvent,
    TransactionItem,
)

ZERO = Decimal(0)


def charged_of(items: Iterable[TransactionItem]) -> Decimal:
    """What was really charged over these transactions, refunds subtracted."""
    return sum((item.charged for item in items), ZERO)


def covered_of(items: Iterable[TransactionItem]) -> Decimal:
    """What counts towards a checkout's total at the host: authorised, charged and pending alike."""
    return sum((item.authorized + item.charged + item.charge_pending for item in items), ZERO)


def refunded_of(items: Iterable[TransactionItem]) -> Decimal:
    """What was given back over these transactions."""
    return sum((item.refunded for item in items), ZERO)


def event_add(
    item: TransactionItem,
    kind: str,
    amount: Decimal,
    *,
    reference: str = "",
    message: str = "",
    counted: bool = True,
    key: str | None = None,
) -> TransactionEvent:
    """Note an event and recompute the transaction; the same event again answers the first one."""
    with transaction.atomic():
        locked = TransactionItem.objects.select_for_update().get(pk=item.pk)
        event = _same(locked, kind, reference, key)
        if event is None:
            event = locked.events.create(
                type=kind,
                amount=amount,
                currency=locked.currency,
                psp_reference=reference,
                message=message[:512],
                counted=counted,
                key=key,
            )
        recompute(locked)
    item.refresh_from_db()
    return event


def _same(
    item: TransactionItem, kind: str, reference: str, key: str | None
) -> TransactionEvent | None:
    if reference:
        return item.events.filter(type=kind, psp_reference=reference).first()
    return item.events.filter(type=kind, key=key).first() if key else None


def request_answered(request: TransactionEvent, *, reference: str, counted: bool) -> None:
    """Tie a request to the provider's reference, so that its outcome settles it."""
    with transaction.atomic():
        item = TransactionItem.objects.select_for_update().get(pk=request.transaction_id)
        request.psp_reference = reference
        request.counted = counted
        request.save(update_fields=["psp_reference", "counted"])
        recompute(item)


def recompute(item: TransactionItem) -> None:
    """Write the sums of the counted events to a locked transaction."""
    groups: dict[str, dict[str, Decimal]] = {}
    for event in item.events.filter(counted=True).order_by("pk"):
        group = groups.setdefault(event.psp_reference or f"#{event.pk}", {})
        group[event.type] = event.amount
    authorized = charged = charge_pending = refunded = refund_pending = ZERO
    for group in groups.values():
        authorized += group.get("AUTHORIZATION_SUCCESS", ZERO) - group.get("CANCEL_SUCCESS", ZERO)
        done, waiting = _settled(group, "CHARGE")
        charged += done
        charge_pending += waiting
        done, waiting = _settled(group, "REFUND")
        refunded += done
        refund_pending += waiting
    item.authorized = authorized
    item.charge_pending = charge_pending
    item.refunded = refunded
    item.refund_pending = refund_pending
    item.charged = charged - refunded - refund_pending
    item.save(
        update_fields=["authorized", "charged", "charge_pending", "refunded", "refund_pending"]
    )


def _settled(group: dict[str, Decimal], action: str) -> tuple[Decimal, Decimal]:
    """What of one provider reference succeeded, and what still waits."""
    success, failure = f"{action}_SUCCESS", f"{action}_FAILURE"
    said = [name for name in group if name in (success, failure)]
    if said:  # the later word holds
        return (group[success] if said[-1] == success else ZERO), ZERO
    return ZERO, group.get(f"{action}_REQUEST", ZERO)


def transactions_of(source: Checkout | Order) -> list[TransactionItem]:
    """All transactions of a checkout or an order, oldest first."""
    return list(source.transactions.all())


def paid(order: Order) -> bool:
    """Whether at least the order's whole total was charged."""
    return bool(charged_of(transactions_of(order)) >= order.total_gross)
