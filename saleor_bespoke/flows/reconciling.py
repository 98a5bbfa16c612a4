"""What the host did without telling us, or told while nobody listened, found out by looking.

Hints from the host are only hints. Each sweep looks at a bounded share of what may have changed and
says again what a hint would have said; entry points answer the second telling by changing nothing.
Money that made no order is judged in `flows.stranded`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet, Sum

from saleor_bespoke import clock
from saleor_bespoke.flows.hosting import stylists_gone
from saleor_bespoke.money import host_refunds
from saleor_bespoke.money.models import Attempt, LedgerEntry, Payable
from saleor_bespoke.project import attention
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import lock_for_system
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.shop.port import FulfillmentStatus, OrderState, shop, tell
from saleor_bespoke.steps.shipping.selectors import piece_shipment

logger = logging.getLogger(__name__)

#: Seconds between two sweeps; also the time after which it is the next share's turn.
INTERVAL = 60
#: How many checkouts one sweep asks the host about, all at once.
CHECKOUTS = 500
#: How many orders one sweep reads of commissions under way, and of those that have ended.
ORDERS_UNDER_WAY = 40
ORDERS_ENDED = 10
ENDED = (Stage.CLOSED, Stage.CANCELLED)

ZERO = Decimal(0)


def reconcile() -> int:
    """Look at this minute's share of checkouts, orders and people; how many words were said."""
    said = _each("checkout", _checkouts_ended(), _checkout_follow)
    paid = Payable.objects.filter(order_id__isnull=False).select_related("project")
    under_way = _share(paid.exclude(project__stage__in=ENDED), ORDERS_UNDER_WAY)
    ended = _share(paid.filter(project__stage__in=ENDED), ORDERS_ENDED)
    said += _each("order", [*under_way, *ended], _order_follow)
    return said + stylists_gone()


def _each(what: str, rows: Any, follow: Callable[[Any], int]) -> int:
    """Follow every row; one that fails is logged, looked at again later, and holds up no other."""
    said = 0
    for row in rows:
        try:
            said += follow(row)
        except Exception:
            logger.exception("The %s %s could not be reconciled", what, row)
    return said


def _share(rows: QuerySet[Any], size: int) -> list[Any]:
    """The rows whose turn it is this minute; all have theirs, one share after the other."""
    turns = -(-rows.count() // size)
    start = int(clock.now().timestamp() // INTERVAL) % turns * size if turns else 0
    return list(rows.order_by("pk")[start : start + size])


# checkouts --------------------------------------------------------------------------------------


def _checkouts_ended() -> Iterator[tuple[str, str]]:
    """Live attempts' checkouts that are orders by now, with the order's id, or that are gone."""
    live = _share(Attempt.objects.filter(state="LIVE"), CHECKOUTS)
    yield from shop().checkouts_ended([attempt.checkout_id for attempt in live]).items()


def _checkout_follow(found: tuple[str, str]) -> int:
    checkout_id, order_id = found
    if not order_id:
        tell("checkout_gone", checkout_id=checkout_id)
        return 1
    order = shop().order(order_id)
    if order is not None and not order.charged and not order.refunded:
        return _unpaid_show(checkout_id, order)
    tell("order_paid", order_id=order_id)
    return 1


@transaction.atomic
def _unpaid_show(checkout_id: str, order: OrderState) -> int:
    """An order that the host made past our guard, without its money: told to staff once."""
    payable = Payable.objects.get(attempts__checkout_id=checkout_id)
    project = lock_for_system(payable.project_id)
    if project.attentions.filter(
        reason="ORDER_UNPAID", detail__contains=f"order {order.number} "
    ).exists():
        return 0
    attention.raise_for(
        project,
        "ORDER_UNPAID",
        f"The shop made order {order.number} although nothing was charged for it. No work starts; "
        "cancel the order.",
    )
    return 1


# orders -----------------------------------------------------------------------------------------


def _order_follow(payable: Payable) -> int:
    order = shop().order(str(payable.order_id))
    words = sorted(_unheard(payable, order)) if order else []
    for word in words:
        tell(word, order_id=payable.order_id)
    return len(words)


def _unheard(payable: Payable, order: OrderState) -> Iterator[str]:
    """The words that the order's state would have had us told, where ours does not show them."""
    if order.status == "CANCELED" and not _cancel_known(payable):
        yield "order_cancelled"
    known = _ledger(payable, "CHARGED")
    if order.charged + order.refunded > known:
        yield "order_paid"
    if host_refunds.unheard(payable, order):
        yield "order_refunded"
    if payable.kind == "QUOTE":
        yield from _parcel_unheard(payable.project, order)


def _cancel_known(payable: Payable) -> bool:
    project = payable.project
    told = project.events.filter(kind="HostOrderCancelled", payload__payable=str(payable.pk))
    return payable.status != "PAID" or project.stage == Stage.CANCELLED or told.exists()


def _ledger(payable: Payable, kind: str) -> Decimal:
    entries = LedgerEntry.objects.filter(payable=payable, kind=kind)
    return entries.aggregate(total=Sum("amount"))["total"] or ZERO


def _parcel_unheard(project: BespokeProject, order: OrderState) -> Iterator[str]:
    parcels = {
        parcel.fulfillment_id: parcel
        for parcel in order.fulfillments
        if parcel.status == FulfillmentStatus.FULFILLED
    }
    shipment = piece_shipment(project)
    known = shipment.host_fulfillment_id if shipment else None
    if known is not None and known not in parcels:
        yield "fulfillment_cancelled"
    elif parcels and known is None and not _early_known(project, set(parcels)):
        yield "order_fulfilled"
    elif (
        shipment and known and parcels[known].tracking_number not in ("", shipment.tracking_number)
    ):
        yield "tracking_updated"


def _early_known(project: BespokeProject, parcels: set[str]) -> bool:
    """Whether staff were told of a parcel that was recorded before its time, or too late."""
    told = project.events.filter(kind="HostFulfilledEarly")
    return parcels <= {event.payload["fulfillment"] for event in told}
