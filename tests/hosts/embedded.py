"""The embedded shop, by its own services."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model

from saleor_bespoke.shop.embedded import checkouts, payments
from saleor_bespoke.shop.embedded.models import (
    Channel,
    Order,
    ShippingMethod,
    ShippingZone,
    TransactionItem,
)

COUNTRIES = ["US", "CA", "DE", "FR", "AT", "GB"]


def shop_make() -> None:
    """Two channels: `us` (USD, prices without tax) and `eu` (EUR, 19 % contained)."""
    channels = {
        "us": {"currency": "USD", "country": "US", "prices_with_tax": False},
        "eu": {"currency": "EUR", "country": "DE", "tax_rate": Decimal("0.19")},
    }
    for slug, values in channels.items():
        channel, created = Channel.objects.get_or_create(
            slug=slug, defaults={"name": slug, **values}
        )
        if created:
            zone = ShippingZone.objects.create(name=slug, channel=channel, countries=COUNTRIES)
            ShippingMethod.objects.create(zone=zone, name="Insured courier", price=Decimal(40))


def user_create(
    email: str,
    password: str,
    *,
    permissions: tuple[str, ...] = (),
    channels: tuple[str, ...] | None = None,
    **values: Any,
) -> Any:
    """A user; `permissions` are Saleor's names, `channels` restricts staff."""
    return get_user_model().objects.create_user(
        email,
        password,
        permissions=list(permissions),
        channels=list(channels) if channels is not None else None,
        **values,
    )


def fill_in(checkout_id: str, address: dict[str, str]) -> Any:
    """Addresses and a delivery method, as a storefront sets them; the host's checkout."""
    checkouts.billing_address_update(checkouts.checkout_find(checkout_id), address)
    checkout = checkouts.checkout_find(checkout_id)
    if not checkout.shipping_required:
        return checkout
    checkouts.shipping_address_update(checkout, address)
    method = ShippingMethod.objects.get(zone__channel=checkout.channel)
    checkouts.delivery_method_update(checkout, method.pk)
    return checkouts.checkout_find(checkout_id)


def begin(checkout_id: str, *, amount: Decimal | None, key: str | None) -> Any:
    """Initialise a transaction with the gateway: (transaction, event, data)."""
    return payments.payment_begin(
        checkouts.checkout_find(checkout_id),
        gateway=payments.GATEWAY,
        data={},
        amount=amount,
        key=key,
    )


def go_on(transaction: Any) -> Any:
    """Process the transaction after the browser's confirmation."""
    return payments.payment_go_on(transaction, data={})


def complete(checkout_id: str) -> Any:
    """Complete the checkout: the host's order."""
    return checkouts.checkout_complete(checkout_id)


def order_row(order_id: str) -> Any:
    """The host's order, as its own row."""
    return Order.objects.get(pk=order_id)


def orders_end(order_ids: list[str]) -> tuple[list[str], list[Decimal]]:
    """How these orders stand, and what is charged and what went back on them altogether."""
    statuses = Order.objects.filter(pk__in=order_ids).values_list("status", flat=True)
    items = TransactionItem.objects.filter(order__in=order_ids)
    sums = [sum((getattr(one, of) for one in items), Decimal(0)) for of in ("charged", "refunded")]
    return sorted(statuses), sums


def schema() -> Any:
    """The schema of the host's endpoint."""
    from saleor_bespoke.plugins.embedded.schema import schema

    return schema
