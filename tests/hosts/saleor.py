"""A real Saleor: rows that its staff would make, and everything a storefront does by its API."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import graphene
from django.contrib.auth import get_user_model
from django.test import Client
from saleor.account.models import Address, Group
from saleor.channel.models import Channel
from saleor.order.models import Order
from saleor.payment.models import TransactionItem
from saleor.permission.models import Permission
from saleor.shipping.models import ShippingMethod, ShippingMethodChannelListing, ShippingZone
from saleor.tax.models import TaxClassCountryRate, TaxConfiguration
from saleor.warehouse.models import Warehouse

from saleor_bespoke.shop.port import GATEWAY

DOCUMENTS = Path(__file__).parents[1] / "journey" / "documents" / "host"
COUNTRIES = ["US", "CA", "DE", "FR", "AT", "GB"]
CHANNELS = {
    "us": {"currency": "USD", "country": "US", "gross": False},
    "eu": {"currency": "EUR", "country": "DE", "gross": True, "rate": Decimal(19)},
}


class ApiError(AssertionError):
    """The API refused what a test needed done."""


def shop_make() -> None:
    """Two channels: `us` (USD, prices without tax) and `eu` (EUR, 19 % contained)."""
    if Channel.objects.filter(slug="us").exists():
        return
    workshop = Warehouse.objects.create(
        name="Workshop",
        slug="workshop",
        email="workshop@example.com",
        address=Address.objects.create(
            street_address_1="1 Bench Street",
            city="New York",
            postal_code="10001",
            country="US",
            country_area="NY",
        ),
    )
    for slug, facts in CHANNELS.items():
        _channel_make(slug, workshop, **facts)
    _installed()


def _channel_make(
    slug: str,
    workshop: Warehouse,
    *,
    currency: str,
    country: str,
    gross: bool,
    rate: Decimal | None = None,
) -> None:
    channel = Channel.objects.create(
        name=slug,
        slug=slug,
        currency_code=currency,
        default_country=country,
        is_active=True,
        default_transaction_flow_strategy="charge",
    )
    TaxConfiguration.objects.update_or_create(
        channel=channel,
        defaults={
            "charge_taxes": True,
            "prices_entered_with_tax": gross,
            "tax_calculation_strategy": "FLAT_RATES",
        },
    )
    if rate is not None:
        TaxClassCountryRate.objects.create(country=country, rate=rate)
    zone = ShippingZone.objects.create(name=slug, countries=COUNTRIES)
    zone.channels.add(channel)
    zone.warehouses.add(workshop)
    workshop.channels.add(channel)
    method = ShippingMethod.objects.create(
        name="Insured courier", type="price", shipping_zone=zone
    )
    ShippingMethodChannelListing.objects.create(
        shipping_method=method,
        channel=channel,
        currency=currency,
        price_amount=Decimal(40),
        minimum_order_price_amount=0,
    )


def _installed() -> None:
    """What `bespoke_setup` makes."""
    from django.core.management import call_command

    call_command("bespoke_setup", verbosity=0)


def user_create(
    email: str,
    password: str,
    *,
    permissions: tuple[str, ...] = (),
    channels: tuple[str, ...] | None = None,
    **values: Any,
) -> Any:
    """A user; `permissions` are Saleor's names, `channels` restricts staff through a group."""
    if channels is not None:
        shop_make()
    user = get_user_model()(email=email, is_active=True, is_confirmed=True, **values)
    user.set_password(password)
    user.save()
    if permissions or channels is not None:
        group = Group.objects.create(
            name=f"Group of {email}", restricted_access_to_channels=channels is not None
        )
        codes = [name.lower() for name in permissions]
        group.permissions.set(Permission.objects.filter(codename__in=codes))
        group.channels.set(Channel.objects.filter(slug__in=channels or ()))
        group.user_set.add(user)
    return user


# the API, as a storefront uses it ---------------------------------------------------------------


@cache
def document(name: str) -> str:
    """A host document of the journey."""
    return (DOCUMENTS / f"{name}.graphql").read_text()


def ask(query: str, variables: dict[str, Any], *, bearer: str = "") -> dict[str, Any]:
    """POST a document to the shop's endpoint; the whole answer."""
    headers = {"HTTP_AUTHORIZATION": f"Bearer {bearer}"} if bearer else {}
    body = json.dumps({"query": query, "variables": variables})
    answer = Client().post("/graphql/", body, content_type="application/json", **headers)
    return dict(json.loads(answer.content))


def api(name: str, *, bearer: str = "", **variables: Any) -> dict[str, Any]:
    """Run a host document of one field that may be refused in its `errors`; its payload."""
    answer = ask(document(name), variables, bearer=bearer)
    if answer.get("errors"):
        raise ApiError(answer["errors"])
    return dict(answer["data"][name])


def done(name: str, *, bearer: str = "", **variables: Any) -> dict[str, Any]:
    """Run a host document that must succeed; its payload."""
    payload = api(name, bearer=bearer, **variables)
    if payload["errors"]:
        raise ApiError(payload["errors"])
    return payload


def checkout_ref(checkout_id: str) -> str:
    """The id a storefront knows a checkout by."""
    return str(graphene.Node.to_global_id("Checkout", checkout_id))


def fill_in(checkout_id: str, address: dict[str, str]) -> Any:
    """Addresses and a delivery method, as a storefront sets them; the checkout as answered."""
    ref = checkout_ref(checkout_id)
    seen = done("checkoutBillingAddressUpdate", id=ref, address=address)["checkout"]
    if not ask(document("checkout"), {"id": ref})["data"]["checkout"]["isShippingRequired"]:
        return seen
    seen = done("checkoutShippingAddressUpdate", id=ref, address=address)["checkout"]
    method = seen["shippingMethods"][0]["id"]
    return done("checkoutDeliveryMethodUpdate", id=ref, deliveryMethodId=method)["checkout"]


def begin(checkout_id: str, *, amount: Decimal | None, key: str | None) -> Any:
    """Initialise a transaction with our gateway: (transaction row, event, data)."""
    variables: dict[str, Any] = {"id": checkout_ref(checkout_id), "gateway": GATEWAY, "data": {}}
    if amount is not None:
        variables["amount"] = str(amount)
    if key is not None:
        variables["idempotencyKey"] = key
    payload = done("transactionInitialize", **variables)
    _, token = graphene.Node.from_global_id(payload["transaction"]["id"])
    return TransactionItem.objects.get(token=token), payload["transactionEvent"], payload["data"]


def go_on(transaction: Any) -> Any:
    """Process the transaction after the browser's confirmation: (row, event, data)."""
    ref = graphene.Node.to_global_id("TransactionItem", transaction.token)
    payload = done("transactionProcess", id=ref, data={})
    transaction.refresh_from_db()
    return transaction, payload["transactionEvent"], payload["data"]


def complete(checkout_id: str) -> Any:
    """Complete the checkout: the host's order row."""
    payload = done("checkoutComplete", id=checkout_ref(checkout_id))
    _, pk = graphene.Node.from_global_id(payload["order"]["id"])
    return Order.objects.get(pk=pk)


def order_row(order_id: str) -> Any:
    """The host's order, as its own row."""
    return Order.objects.get(pk=order_id)
