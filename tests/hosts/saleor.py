"""A real Saleor: rows that its staff would make, and everything a storefront does by its API."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import graphene
from django.contrib.auth import get_user_model
from django.test import Client, TestCase
from django.utils import timezone
from saleor.account.models import Address, Group
from saleor.app.models import App
from saleor.channel.models import Channel
from saleor.order.models import Order
from saleor.payment.models import TransactionItem
from saleor.permission.models import Permission
from saleor.product.models import Product, ProductType, ProductVariant
from saleor.shipping.models import ShippingMethod, ShippingMethodChannelListing, ShippingZone
from saleor.tax.models import TaxClassCountryRate, TaxConfiguration
from saleor.warehouse.models import Stock, Warehouse

from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
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
    method = ShippingMethod.objects.create(name="Insured courier", type="price", shipping_zone=zone)
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


def schema() -> Any:
    """The schema of the host's endpoint."""
    from saleor.graphql.api import schema

    return schema


# the API, as a storefront uses it ---------------------------------------------------------------


@cache
def document(name: str) -> str:
    """A host document of the journey."""
    return (DOCUMENTS / f"{name}.graphql").read_text()


def ask(query: str, variables: dict[str, Any], *, bearer: str = "") -> dict[str, Any]:
    """POST a document to the shop's endpoint; the whole answer."""
    headers = {"HTTP_AUTHORIZATION": f"Bearer {bearer}"} if bearer else {}
    body = json.dumps({"query": query, "variables": variables})
    # A request commits; the transaction around a test never does.
    with TestCase.captureOnCommitCallbacks(execute=True):
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
    needs = "query q($id: ID!) { checkout(id: $id) { isShippingRequired } }"
    if not ask(needs, {"id": ref})["data"]["checkout"]["isShippingRequired"]:
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


#: All that a transaction of the host may hold.
HELD = ("charged", "refunded", "refund_pending", "charge_pending", "authorized", "canceled")


def orders_end(order_ids: list[str]) -> tuple[list[str], list[Decimal]]:
    """How these orders stand, and on them altogether: what they count as charged, and `HELD`."""
    orders = Order.objects.filter(pk__in=order_ids)
    items = TransactionItem.objects.filter(order__in=orders)
    sums = [sum((one.total_charged_amount for one in orders), Decimal(0))]
    sums += [sum((getattr(one, f"{of}_value") for one in items), Decimal(0)) for of in HELD]
    stand = [(one.status, one.charge_status, one.authorize_status) for one in orders]
    return sorted(" ".join(one) for one in stand), sums


# what only attacks need ---------------------------------------------------------------------------


def ordinary_variant() -> str:
    """A thing of the shop's own catalogue, for 10 in `us`: its global id."""
    kind = ProductType.objects.create(name="Box", slug="box", is_shipping_required=True)
    product = Product.objects.create(name="Box", slug="box", product_type=kind)
    variant = ProductVariant.objects.create(product=product, name="Box", track_inventory=False)
    channel = Channel.objects.get(slug="us")
    product.channel_listings.create(
        channel=channel,
        currency="USD",
        is_published=True,
        published_at=timezone.now(),
        available_for_purchase_at=timezone.now(),
    )
    variant.channel_listings.create(
        channel=channel, currency="USD", price_amount=10, discounted_price_amount=10
    )
    Stock.objects.create(
        product_variant=variant, warehouse=Warehouse.objects.get(slug="workshop"), quantity=9
    )
    return str(graphene.Node.to_global_id("ProductVariant", variant.pk))


def app_token(*permissions: str) -> str:
    """The token of an app with these permissions (code names)."""
    app = App.objects.create(name="An app", is_active=True)
    app.permissions.set(Permission.objects.filter(codename__in=permissions))
    _, token = app.tokens.create(name="default")
    return str(token)


def checkout_of(variant: str, *, channel: str) -> str:
    """A shopper's own checkout of one variant: its id."""
    query = """mutation m($input: CheckoutCreateInput!) {
      checkoutCreate(input: $input) { checkout { token } errors { field code message } } }"""
    lines = [{"variantId": variant, "quantity": 1}]
    given = {"channel": channel, "email": "buyer@example.com", "lines": lines}
    payload = ask(query, {"input": given})["data"]["checkoutCreate"]
    if payload["errors"]:
        raise ApiError(payload["errors"])
    return str(payload["checkout"]["token"])


def draft_order(variant: str, *, channel: str, who: str) -> str:
    """An order that staff write by hand: its global id."""
    place = graphene.Node.to_global_id("Channel", Channel.objects.get(slug=channel).pk)
    address = {"firstName": "A", "lastName": "B", "country": "US", "countryArea": "NY"}
    address |= {"streetAddress1": "1 Fifth Avenue", "city": "New York", "postalCode": "10003"}
    given = {
        "channelId": place,
        "userEmail": "buyer@example.com",
        "billingAddress": address,
        "shippingAddress": address,
        "lines": [{"variantId": variant, "quantity": 1}],
    }
    query = """mutation m($input: DraftOrderCreateInput!) {
      draftOrderCreate(input: $input) { order { id } errors { field code message } } }"""
    payload = ask(query, {"input": given}, bearer=who)["data"]["draftOrderCreate"]
    if payload["errors"]:
        raise ApiError(payload["errors"])
    return str(payload["order"]["id"])


def provider_reports(provider: FakeStripe, reference: str) -> None:
    """The provider tells the plugin's address how a payment stands now."""
    intent = provider.state.find("payment_intent", reference)
    event = {
        "id": f"evt_{reference}",
        "object": "event",
        "type": f"payment_intent.{intent['status']}",
        "data": {"object": intent},
    }
    payload = json.dumps(event, default=str).encode()
    stamp = int(time.time())
    secret = provider.webhook_secret.encode()
    mac = hmac.new(secret, f"{stamp}.".encode() + payload, hashlib.sha256).hexdigest()
    answer = Client().post(
        "/plugins/saleor.bespoke/stripe/webhook",
        payload,
        content_type="application/json",
        HTTP_STRIPE_SIGNATURE=f"t={stamp},v1={mac}",
    )
    assert answer.status_code == 200, answer.content
