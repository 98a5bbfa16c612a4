"""An order after its payment: its parcel, its end."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from saleor_bespoke.shop import port
from saleor_bespoke.shop.embedded.checkouts import uuid_of
from saleor_bespoke.shop.embedded.models import Fulfillment, Order
from saleor_bespoke.shop.embedded.refusals import HostRefusal, refuse


def order_find(pk: object) -> Order | None:
    """The order with this id, if there is one."""
    key = uuid_of(pk)
    return Order.objects.select_related("channel", "user").filter(pk=key).first() if key else None


def fulfilled_quantity(order: Order) -> int:
    """How many pieces left the shop."""
    return sum(row.quantity for row in order.fulfillments.all() if row.status != "CANCELED")


def order_fulfill(
    order: Order, *, quantity: int, tracking_number: str, key: str | None = None
) -> Fulfillment:
    """Record a parcel. Like the real shop, this asks for neither payment nor a live order."""
    _check_tracking(tracking_number)
    try:
        with transaction.atomic():
            locked = Order.objects.select_for_update().get(pk=order.pk)
            remaining = locked.quantity - fulfilled_quantity(locked)
            if quantity > remaining:
                raise _nothing_left(remaining)
            parcel = locked.fulfillments.create(
                fulfillment_order=locked.fulfillments.count() + 1,
                quantity=quantity,
                tracking_number=tracking_number,
                key=key,
            )
            locked.status = "FULFILLED" if quantity == remaining else "PARTIALLY_FULFILLED"
            locked.save(update_fields=["status"])
    except IntegrityError as error:
        raise _nothing_left(0) from error
    order.refresh_from_db()
    port.tell("order_fulfilled", order_id=str(order.pk))
    return parcel


def _nothing_left(remaining: int) -> HostRefusal:
    items = "item" if remaining == 1 else "items"
    return refuse(
        "FULFILL_ORDER_LINE", f"Only {remaining} {items} remaining to fulfill.", "orderLineId"
    )


def _check_tracking(number: str) -> None:
    if len(number) > 255:
        raise refuse("INVALID", "A tracking number has at most 255 characters.", "trackingNumber")


def fulfillment_cancel(parcel: Fulfillment) -> None:
    """Take a parcel back into the shop."""
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=parcel.order_id)
        parcel.status = "CANCELED"
        parcel.save(update_fields=["status"])
        order.status = "PARTIALLY_FULFILLED" if fulfilled_quantity(order) else "UNFULFILLED"
        order.save(update_fields=["status"])
    port.tell("fulfillment_cancelled", order_id=str(order.pk))


def tracking_update(parcel: Fulfillment, tracking_number: str) -> None:
    """Correct a parcel's tracking number; the same number again tells nobody."""
    _check_tracking(tracking_number)
    if parcel.tracking_number == tracking_number:
        return
    parcel.tracking_number = tracking_number
    parcel.save(update_fields=["tracking_number"])
    port.tell("tracking_updated", order_id=str(parcel.order_id))


def order_cancel(order: Order) -> None:
    """Cancel an order that has not left; its money stays until it is refunded."""
    with transaction.atomic():
        locked = Order.objects.select_for_update().get(pk=order.pk)
        if locked.status == "CANCELED" or fulfilled_quantity(locked):
            raise refuse("CANNOT_CANCEL_ORDER", "This order can't be canceled.", "order")
        locked.status = "CANCELED"
        locked.save(update_fields=["status"])
    order.refresh_from_db()
    port.tell("order_cancelled", order_id=str(order.pk))
