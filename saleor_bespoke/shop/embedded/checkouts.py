"""A checkout from its opening to the order it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from saleor_bespoke.shop import port
from saleor_bespoke.shop.embedded import ledger, prices
from saleor_bespoke.shop.embedded.addresses import address_checked
from saleor_bespoke.shop.embedded.models import (
    Channel,
    Checkout,
    Order,
    OrderNumber,
    ShippingMethod,
    TransactionItem,
)
from saleor_bespoke.shop.embedded.refusals import HostRefusal, refuse

DOES_NOT_SHIP = "This checkout doesn't need shipping"
NO_CHECKOUT = "The shop has no such checkout any more."


def uuid_of(text: object) -> UUID | None:
    """The UUID this text spells, if it spells one."""
    try:
        return UUID(str(text))
    except ValueError:
        return None


def checkout_find(token: object, *, lock: bool = False) -> Checkout | None:
    """The checkout with this token, if there is one."""
    pk = uuid_of(token)
    rows = Checkout.objects.select_related("channel", "shipping_method", "user")
    if lock:
        rows = rows.select_for_update(of=("self",))
    return rows.filter(pk=pk).first() if pk else None


def order_of(token: object) -> Order | None:
    """The order that the checkout with this token became, if it was completed."""
    pk = uuid_of(token)
    return Order.objects.filter(checkout_token=pk).first() if pk else None


def source_locked(token: object) -> Checkout | Order:
    """The checkout or the order it became, locked: neither ends while money is written to it."""
    checkout = checkout_find(token, lock=True)
    if checkout is not None:
        return checkout
    pk = uuid_of(token)
    order = Order.objects.select_for_update().filter(checkout_token=pk).first() if pk else None
    if order is None:
        raise refuse("NOT_FOUND", NO_CHECKOUT)
    return order


def checkout_open(
    *,
    channel: str,
    price: Decimal,
    title: str,
    email: str,
    user_pk: Any,
    country: str,
    metadata: Mapping[str, str],
    shipped: bool = True,
) -> Checkout:
    """Open a checkout for one piece at this price, entered as the channel enters prices."""
    row = Channel.objects.get(slug=channel, is_active=True)
    return Checkout.objects.create(
        channel=row,
        currency=row.currency,
        price=price,
        title=title[:250],
        email=email,
        user_id=user_pk,
        country=country,
        metadata=dict(metadata),
        shipping_required=shipped,
    )


def checkout_drop(token: object) -> bool:
    """Delete a checkout that carries no money; False if it does or is gone."""
    with transaction.atomic():
        checkout = checkout_find(token, lock=True)
        if checkout is None or ledger.covered_of(ledger.transactions_of(checkout)):
            return False
        checkout.delete()
    return True


def checkout_expire(token: object) -> bool:
    """Delete an abandoned checkout as the shop's housekeeping does, and tell the product."""
    gone = checkout_drop(token)
    if gone:
        port.tell("checkout_gone", checkout_id=str(token))
    return gone


def shipping_address_update(checkout: Checkout, given: Mapping[str, str | None]) -> None:
    """Send the piece to this address; a delivery method that does not serve it stays unusable."""
    checkout.shipping_address = address_checked(given)
    checkout.save(update_fields=["shipping_address"])


def billing_address_update(checkout: Checkout, given: Mapping[str, str | None]) -> None:
    """Bill this address."""
    checkout.billing_address = address_checked(given)
    checkout.save(update_fields=["billing_address"])


def delivery_method_update(checkout: Checkout, method_pk: int | None) -> None:
    """Choose how to ship; the method must serve the checkout's address."""
    if not checkout.shipping_required:
        raise refuse("SHIPPING_NOT_REQUIRED", DOES_NOT_SHIP, "deliveryMethod")
    for method in prices.methods_for(checkout):
        if method.pk == method_pk:
            checkout.shipping_method = method
            checkout.save(update_fields=["shipping_method"])
            return
    raise refuse(
        "DELIVERY_METHOD_NOT_APPLICABLE",
        "This shipping method is not applicable.",
        "deliveryMethodId",
    )


def usable_method(checkout: Checkout) -> ShippingMethod | None:
    """The chosen delivery method, while it serves the address."""
    method = checkout.shipping_method
    return method if method in prices.methods_for(checkout) else None


def checkout_complete(token: object) -> Order:
    """Turn a checkout into its order; asked again, answer the same order.

    The product may veto before the order exists. Like the real shop, this one counts authorised
    and pending money as covering the total: only the product knows what it needs.
    """
    checkout = checkout_find(token)
    if checkout is None:
        return _completed_before(token)
    try:
        _check_complete(checkout)
    except HostRefusal:
        made = order_of(token)  # somebody completed it meanwhile, and its money went along
        if made is None:
            raise
        return made
    port.tell("checkout_completing", checkout_id=str(checkout.pk))
    with transaction.atomic():
        locked = checkout_find(checkout.pk, lock=True)
        if locked is None:
            return _completed_before(token)
        _check_complete(locked)
        order = _order_create(locked)
    if ledger.paid(order):
        port.tell("order_paid", order_id=str(order.pk))
    return order


def _completed_before(token: object) -> Order:
    order = order_of(token)
    if order is None:
        raise refuse("NOT_FOUND", f"Couldn't resolve to a node: {token}", "id")
    return order


def _check_complete(checkout: Checkout) -> None:
    """Raise `HostRefusal` for the first thing that keeps the checkout from becoming an order."""
    if not checkout.email:
        raise refuse("EMAIL_NOT_SET", "Checkout email must be set.")
    problem = _delivery_problem(checkout) or _payment_problem(checkout)
    if problem:
        raise problem


def _delivery_problem(checkout: Checkout) -> HostRefusal | None:
    if checkout.shipping_required and checkout.shipping_method is None:
        return refuse("SHIPPING_METHOD_NOT_SET", "Shipping method is not set", "shippingMethod")
    if checkout.shipping_required and usable_method(checkout) is None:
        return refuse(
            "INVALID_SHIPPING_METHOD",
            "Delivery method is not valid for your shipping address",
            "shippingMethod",
        )
    if not checkout.billing_address:
        return refuse("BILLING_ADDRESS_NOT_SET", "Billing address is not set", "billingAddress")
    return None


def _payment_problem(checkout: Checkout) -> HostRefusal | None:
    items = ledger.transactions_of(checkout)
    code = "CHECKOUT_NOT_FULLY_PAID"
    if not items:
        return refuse(code, "Provided payment methods can not cover the checkout's total amount")
    if ledger.covered_of(items) < prices.totals(checkout).total.gross:
        return refuse(
            code, "The authorized amount doesn't cover the checkout's total amount.", "id"
        )
    return None


def _order_create(checkout: Checkout) -> Order:
    """Freeze the checkout's prices into an order and take its money along."""
    cost = prices.totals(checkout)
    method = checkout.shipping_method
    order = Order.objects.create(
        number=OrderNumber.objects.create().pk,
        checkout_token=checkout.pk,
        channel=checkout.channel,
        user=checkout.user,
        user_email=checkout.email,
        currency=checkout.currency,
        title=checkout.title,
        quantity=checkout.quantity,
        unit_net=cost.unit.net,
        unit_gross=cost.unit.gross,
        total_net=cost.total.net,
        total_gross=cost.total.gross,
        shipping_gross=cost.shipping.gross,
        shipping_method_name=method.name if method else "",
        shipping_address=checkout.shipping_address,
        billing_address=checkout.billing_address,
        metadata=checkout.metadata,
    )
    TransactionItem.objects.filter(checkout=checkout).update(checkout=None, order=order)
    checkout.delete()
    return order
