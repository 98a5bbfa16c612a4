"""An order at Saleor after its payment: how it stands, its parcel, its end."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.db import transaction
from saleor.giftcard.utils import deactivate_order_gift_cards
from saleor.order import FulfillmentStatus, OrderStatus
from saleor.order.actions import (
    approve_fulfillment,
    cancel_order,
    create_fulfillments,
    fulfillment_tracking_updated,
)
from saleor.order.lock_objects import order_qs_select_for_update
from saleor.order.models import Fulfillment, Order
from saleor.plugins.manager import get_plugins_manager
from saleor.warehouse.models import Stock, Warehouse

from saleor_bespoke.shop import port
from saleor_bespoke.shop.saleor import payments
from saleor_bespoke.shop.saleor.checkouts import site_settings, uuid_of
from saleor_bespoke.shop.saleor.installed import app_find
from saleor_bespoke.shop.saleor.payments import Refused
from saleor_bespoke.shop.saleor.versions import accepted

#: Parcels that are in the shop's books as sent, or about to be.
THERE = (FulfillmentStatus.FULFILLED, FulfillmentStatus.WAITING_FOR_APPROVAL)
TRACKING_MAX = 255


def order_find(order_id: object) -> Any:
    """The order with this id, if there is one."""
    pk = uuid_of(order_id)
    return Order.objects.select_related("channel").filter(pk=pk).first() if pk else None


def order_of(checkout_id: object) -> Any:
    """The order that the checkout with this id became, if it was completed."""
    pk = uuid_of(checkout_id)
    return Order.objects.get_by_checkout_token(str(pk)) if pk else None


def state(order: Any) -> port.OrderState:
    """The order as Saleor holds it now."""
    parcels = order.fulfillments.order_by("pk")
    return port.OrderState(
        order_id=str(order.pk),
        number=str(order.number),
        checkout_id=order.checkout_token or "",
        channel=order.channel.slug,
        currency=order.currency,
        total=payments.quantized(order.total_gross_amount, order.currency),
        status=_name(order.status),
        metadata=dict(order.metadata or {}),
        transactions=payments.transactions_of(order),
        fulfillments=tuple(
            port.Fulfillment(
                fulfillment_id=str(parcel.pk),
                status=_name(parcel.status),
                tracking_number=parcel.tracking_number,
            )
            for parcel in parcels
        ),
        receiver=_receiver(order.shipping_address or order.billing_address),
    )


def _receiver(address: Any) -> port.Receiver | None:
    """An address of Saleor's as the port tells it."""
    if address is None:
        return None
    street = (address.street_address_1, address.street_address_2)
    place = " ".join(
        part for part in (address.city, address.country_area, address.postal_code) if part
    )
    country = str(address.country.code)
    lines = (address.company_name, *street, place, country)
    name = f"{address.first_name} {address.last_name}".strip()
    return port.Receiver(name=name, lines=tuple(line for line in lines if line), country=country)


def _name(status: str) -> str:
    """A status as Saleor's API spells it."""
    return status.upper().replace(" ", "_")


def order_fulfill(order_id: UUID, *, tracking_number: str) -> Any:
    """Record the parcel of all that has not left yet, or approve the one that waits for it.

    The piece has left the workshop, so neither an approval nor a counted stock is asked for.
    Raises `Refused`.
    """
    _check_tracking(tracking_number)
    manager = get_plugins_manager(allow_replica=False)
    settings = site_settings()
    with transaction.atomic():
        order = order_qs_select_for_update().get(pk=order_id)
        there = order.fulfillments.filter(status__in=THERE).order_by("pk").first()
        if there is None:
            parcels = create_fulfillments(
                None,
                app_find(),
                order,
                _lines_by_warehouse(order),
                manager,
                settings,
                notify_customer=False,  # the product writes to its customers itself
                auto_approved=True,
                allow_stock_to_be_exceeded=True,
                tracking_number=tracking_number,
            )
            return parcels[0]
        if there.status == FulfillmentStatus.WAITING_FOR_APPROVAL:
            approve_fulfillment(
                there,
                None,
                app_find(),
                manager,
                settings,
                notify_customer=False,
                allow_stock_to_be_exceeded=True,
            )
        return there


def _lines_by_warehouse(order: Any) -> dict[Any, list[dict[str, Any]]]:
    """What has not left yet, by the warehouse that Saleor shall book it from."""
    found: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for line in order.lines.select_related("variant").all():
        quantity = line.quantity - line.quantity_fulfilled
        if quantity > 0:
            found[_warehouse(order, line)].append({"order_line": line, "quantity": quantity})
    if not found:
        raise Refused("Everything in this order has left already.")
    return dict(found)


def _warehouse(order: Any, line: Any) -> Any:
    """Where the order is collected, else a warehouse of its channel that has the piece."""
    if order.collection_point_id:
        return order.collection_point_id
    serving = Warehouse.objects.filter(channels=order.channel_id).order_by("pk")
    stocks = Stock.objects.filter(product_variant_id=line.variant_id, warehouse__in=serving)
    stock = stocks.order_by("warehouse_id").first()
    warehouse = serving.first() if stock is None else stock.warehouse
    if warehouse is None:
        raise Refused("No warehouse of the shop serves this channel.")
    return warehouse.pk


def _check_tracking(number: str) -> None:
    if len(number) > TRACKING_MAX:
        raise Refused("A tracking number has at most 255 characters.")


def tracking_update(fulfillment_id: str, tracking_number: str) -> Any:
    """Correct a parcel's tracking number; the same one again tells nobody. Raises `Refused`."""
    _check_tracking(tracking_number)
    known = Fulfillment.objects.filter(pk=fulfillment_id) if fulfillment_id.isdigit() else None
    with transaction.atomic():
        parcel = known.select_for_update().first() if known is not None else None
        if parcel is None:
            raise Refused("The shop has no such parcel.")
        if parcel.tracking_number != tracking_number:
            parcel.tracking_number = tracking_number
            parcel.save(update_fields=["tracking_number"])
            manager = get_plugins_manager(allow_replica=False)
            fulfillment_tracking_updated(parcel, None, app_find(), tracking_number, manager)
    return parcel


def order_cancel(order_id: UUID) -> Any:
    """Cancel an order that has not left; its money stays until it is refunded. Raises `Refused`."""
    app = app_find()
    with transaction.atomic():
        order = order_qs_select_for_update().get(pk=order_id)
        if order.status == OrderStatus.CANCELED:
            return order
        if not order.can_cancel():
            raise Refused("This order can't be canceled.")
        cancel_order(
            order=order,
            user=None,
            app=app,
            manager=get_plugins_manager(allow_replica=False),
            **accepted(cancel_order, site_settings=site_settings()),
        )
        deactivate_order_gift_cards(order.pk, None, app)
    return order
