"""The host's objects. Their roots are rows of the embedded shop or plain values from it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import graphene
from graphql_relay import to_global_id

from saleor_bespoke.plugins.embedded.graphql import enums
from saleor_bespoke.plugins.embedded.graphql.frame import require
from saleor_bespoke.shop.embedded import checkouts, ledger, orders, prices
from saleor_bespoke.shop.embedded.accounts import permissions_of
from saleor_bespoke.shop.embedded.prices import Amount, Taxed, Totals
from saleor_bespoke.shop.embedded.types import DateTime, Money

#: The one thing this shop sells, and the one place it leaves from.
VARIANT_ID = to_global_id("ProductVariant", 1)
VARIANT_NAME = "Bespoke piece"
WAREHOUSE_ID = to_global_id("Warehouse", uuid5(NAMESPACE_URL, "saleor-bespoke:workshop"))


def _id() -> graphene.ID:
    return graphene.ID(required=True, description="The id.")


def _listed(of: Any, **options: Any) -> graphene.List:
    return graphene.List(graphene.NonNull(of), **options)


class TaxedMoney(graphene.ObjectType):
    """A price with its tax."""

    gross = graphene.Field(Money, required=True, description="With tax.")
    net = graphene.Field(Money, required=True, description="Without tax.")
    tax = graphene.Field(Money, required=True, description="The tax.")

    @staticmethod
    def resolve_gross(root: Taxed, _info: Any) -> Amount:
        return Amount(root.gross, root.currency)

    @staticmethod
    def resolve_net(root: Taxed, _info: Any) -> Amount:
        return Amount(root.net, root.currency)

    @staticmethod
    def resolve_tax(root: Taxed, _info: Any) -> Amount:
        return Amount(root.tax, root.currency)


class UserPermission(graphene.ObjectType):
    """Something a user may do."""

    code = enums.PermissionEnum(required=True, description="Its name.")


class User(graphene.ObjectType):
    """A shopper or a member of staff."""

    id = _id()
    email = graphene.String(required=True)
    first_name = graphene.String(required=True)
    last_name = graphene.String(required=True)
    is_staff = graphene.Boolean(required=True)
    user_permissions = _listed(UserPermission)

    @staticmethod
    def resolve_id(root: Any, _info: Any) -> str:
        return str(to_global_id("User", root.pk))

    @staticmethod
    def resolve_user_permissions(root: Any, _info: Any) -> list[dict[str, str]]:
        return [{"code": code} for code in sorted(permissions_of(root))]


class CountryDisplay(graphene.ObjectType):
    """A country."""

    code = graphene.String(required=True, description="Its ISO code.")


class Address(graphene.ObjectType):
    """Where a parcel or a bill goes."""

    first_name = graphene.String(required=True)
    last_name = graphene.String(required=True)
    street_address_1 = graphene.String(required=True)
    city = graphene.String(required=True)
    postal_code = graphene.String(required=True)
    country_area = graphene.String(required=True)
    country = graphene.Field(CountryDisplay, required=True)

    @staticmethod
    def resolve_country(root: dict[str, str], _info: Any) -> dict[str, str]:
        return {"code": root["country"]}


for _field, _key in {
    "first_name": "firstName",
    "last_name": "lastName",
    "street_address_1": "streetAddress1",
    "city": "city",
    "postal_code": "postalCode",
    "country_area": "countryArea",
}.items():
    setattr(Address, f"resolve_{_field}", lambda root, _info, key=_key: root[key])


class Warehouse(graphene.ObjectType):
    """Where pieces leave from."""

    id = _id()


class Stock(graphene.ObjectType):
    """A place that ships a variant."""

    warehouse = graphene.Field(Warehouse, required=True)


class ProductVariant(graphene.ObjectType):
    """The one article of this shop, of which every piece is different."""

    id = _id()
    name = graphene.String(required=True)
    stocks = _listed(Stock)

    @staticmethod
    def resolve_id(_root: Any, _info: Any) -> str:
        return str(VARIANT_ID)

    @staticmethod
    def resolve_name(_root: Any, _info: Any) -> str:
        return VARIANT_NAME

    @staticmethod
    def resolve_stocks(_root: Any, info: Any) -> list[dict[str, Any]]:
        require(info, "MANAGE_PRODUCTS", "MANAGE_ORDERS")
        return [{"warehouse": {"id": WAREHOUSE_ID}}]


class Channel(graphene.ObjectType):
    """A sales channel."""

    slug = graphene.String(required=True)


class ShippingMethod(graphene.ObjectType):
    """A way to ship."""

    id = _id()
    name = graphene.String(required=True)
    active = graphene.Boolean(required=True)
    price = graphene.Field(Money, required=True, description="As the channel enters prices.")

    @staticmethod
    def resolve_id(root: Any, _info: Any) -> str:
        return str(to_global_id("ShippingMethod", root.pk))

    @staticmethod
    def resolve_active(root: Any, _info: Any) -> bool:
        return bool(root.is_active)

    @staticmethod
    def resolve_price(root: Any, _info: Any) -> Amount:
        return Amount(root.price, root.zone.channel.currency)


class DeliveryMethod(graphene.Union):
    """How a checkout is delivered."""

    class Meta:
        types = (ShippingMethod,)

    @classmethod
    def resolve_type(cls, _instance: Any, _info: Any) -> type[ShippingMethod]:
        return ShippingMethod


def _cost(checkout: Any) -> Totals:
    """A checkout's prices, computed once for an answer."""
    if not hasattr(checkout, "_cost"):
        checkout._cost = prices.totals(checkout)
    cost: Totals = checkout._cost
    return cost


class CheckoutLine(graphene.ObjectType):
    """What is being bought; its root is the checkout, which has just this line."""

    id = _id()
    quantity = graphene.Int(required=True)
    unit_price = graphene.Field(TaxedMoney, required=True)
    variant = graphene.Field(ProductVariant, required=True)

    @staticmethod
    def resolve_id(root: Any, _info: Any) -> str:
        return str(to_global_id("CheckoutLine", root.line))

    @staticmethod
    def resolve_unit_price(root: Any, _info: Any) -> Taxed:
        return _cost(root).unit

    @staticmethod
    def resolve_variant(root: Any, _info: Any) -> Any:
        return root


class Checkout(graphene.ObjectType):
    """A purchase in progress."""

    id = _id()
    email = graphene.String()
    channel = graphene.Field(Channel, required=True)
    lines = _listed(CheckoutLine, required=True)
    shipping_address = graphene.Field(Address)
    billing_address = graphene.Field(Address)
    shipping_methods = _listed(ShippingMethod, required=True)
    delivery_method = graphene.Field(DeliveryMethod)
    shipping_price = graphene.Field(TaxedMoney, required=True)
    total_price = graphene.Field(TaxedMoney, required=True)
    charge_status = enums.CheckoutChargeStatusEnum(required=True)

    @staticmethod
    def resolve_id(root: Any, _info: Any) -> str:
        return str(to_global_id("Checkout", root.pk))

    @staticmethod
    def resolve_email(root: Any, _info: Any) -> str | None:
        return root.email or None

    @staticmethod
    def resolve_lines(root: Any, _info: Any) -> list[Any]:
        return [root]

    @staticmethod
    def resolve_shipping_methods(root: Any, _info: Any) -> list[Any]:
        return prices.methods_for(root)

    @staticmethod
    def resolve_delivery_method(root: Any, _info: Any) -> Any:
        return checkouts.usable_method(root)

    @staticmethod
    def resolve_shipping_price(root: Any, _info: Any) -> Taxed:
        return _cost(root).shipping

    @staticmethod
    def resolve_total_price(root: Any, _info: Any) -> Taxed:
        return _cost(root).total

    @staticmethod
    def resolve_charge_status(root: Any, _info: Any) -> str:
        items = ledger.transactions_of(root)
        pending = sum((item.charge_pending for item in items), Decimal(0))
        return prices.charge_status(_cost(root).total.gross, ledger.charged_of(items) + pending)


class TransactionEvent(graphene.ObjectType):
    """Something that happened to a transaction."""

    type = enums.TransactionEventTypeEnum()
    psp_reference = graphene.String(required=True)
    message = graphene.String(required=True)
    amount = graphene.Field(Money, required=True)

    @staticmethod
    def resolve_amount(root: Any, _info: Any) -> Amount:
        return Amount(root.amount, root.currency)


class TransactionItem(graphene.ObjectType):
    """Money for a checkout or an order."""

    id = _id()
    name = graphene.String(required=True)
    psp_reference = graphene.String(required=True)
    actions = _listed(enums.TransactionActionEnum, required=True)
    charged_amount = graphene.Field(Money, required=True)
    refunded_amount = graphene.Field(Money, required=True)
    events = _listed(TransactionEvent, required=True)

    @staticmethod
    def resolve_id(root: Any, _info: Any) -> str:
        return str(to_global_id("TransactionItem", root.token))

    @staticmethod
    def resolve_charged_amount(root: Any, _info: Any) -> Amount:
        return Amount(root.charged, root.currency)

    @staticmethod
    def resolve_refunded_amount(root: Any, _info: Any) -> Amount:
        return Amount(root.refunded, root.currency)

    @staticmethod
    def resolve_events(root: Any, _info: Any) -> list[Any]:
        return list(root.events.all())


class OrderLine(graphene.ObjectType):
    """What was bought; its root is the order, which has just this line."""

    id = _id()
    product_name = graphene.String(required=True)
    quantity = graphene.Int(required=True)
    quantity_fulfilled = graphene.Int(required=True)
    quantity_to_fulfill = graphene.Int(required=True)
    unit_price = graphene.Field(TaxedMoney, required=True)
    variant = graphene.Field(ProductVariant)

    @staticmethod
    def resolve_id(root: Any, _info: Any) -> str:
        return str(to_global_id("OrderLine", root.line))

    @staticmethod
    def resolve_product_name(_root: Any, _info: Any) -> str:
        return VARIANT_NAME

    @staticmethod
    def resolve_quantity_fulfilled(root: Any, _info: Any) -> int:
        return orders.fulfilled_quantity(root)

    @staticmethod
    def resolve_quantity_to_fulfill(root: Any, _info: Any) -> int:
        return int(root.quantity) - orders.fulfilled_quantity(root)

    @staticmethod
    def resolve_unit_price(root: Any, _info: Any) -> Taxed:
        return Taxed(root.unit_net, root.unit_gross, root.currency)

    @staticmethod
    def resolve_variant(root: Any, _info: Any) -> Any:
        return root


class FulfillmentLine(graphene.ObjectType):
    """What is in a parcel; its root is the parcel."""

    quantity = graphene.Int(required=True)
    order_line = graphene.Field(OrderLine)

    @staticmethod
    def resolve_order_line(root: Any, _info: Any) -> Any:
        return root.order


class Fulfillment(graphene.ObjectType):
    """A parcel."""

    id = _id()
    fulfillment_order = graphene.Int(required=True)
    status = enums.FulfillmentStatus(required=True)
    tracking_number = graphene.String(required=True)
    lines = _listed(FulfillmentLine)

    @staticmethod
    def resolve_id(root: Any, _info: Any) -> str:
        return str(to_global_id("Fulfillment", root.pk))

    @staticmethod
    def resolve_lines(root: Any, _info: Any) -> list[Any]:
        return [root]


class Order(graphene.ObjectType):
    """A completed purchase. As in the real shop, who knows its unguessable id may read it; its
    transactions are for staff and apps."""

    id = _id()
    number = graphene.String(required=True)
    created = DateTime(required=True)
    status = enums.OrderStatus(required=True)
    charge_status = enums.OrderChargeStatusEnum(required=True)
    user_email = graphene.String()
    channel = graphene.Field(Channel, required=True)
    shipping_method_name = graphene.String()
    lines = _listed(OrderLine, required=True)
    total = graphene.Field(TaxedMoney, required=True)
    total_charged = graphene.Field(Money, required=True)
    total_refunded = graphene.Field(Money, required=True)
    fulfillments = _listed(Fulfillment, required=True)
    transactions = _listed(TransactionItem, required=True)

    @staticmethod
    def resolve_id(root: Any, _info: Any) -> str:
        return str(to_global_id("Order", root.pk))

    @staticmethod
    def resolve_created(root: Any, _info: Any) -> Any:
        return root.created_at

    @staticmethod
    def resolve_charge_status(root: Any, _info: Any) -> str:
        charged = ledger.charged_of(ledger.transactions_of(root))
        return prices.charge_status(root.total_gross, charged)

    @staticmethod
    def resolve_lines(root: Any, _info: Any) -> list[Any]:
        return [root]

    @staticmethod
    def resolve_total(root: Any, _info: Any) -> Taxed:
        return Taxed(root.total_net, root.total_gross, root.currency)

    @staticmethod
    def resolve_total_charged(root: Any, _info: Any) -> Amount:
        return Amount(ledger.charged_of(ledger.transactions_of(root)), root.currency)

    @staticmethod
    def resolve_total_refunded(root: Any, _info: Any) -> Amount:
        return Amount(ledger.refunded_of(ledger.transactions_of(root)), root.currency)

    @staticmethod
    def resolve_fulfillments(root: Any, _info: Any) -> list[Any]:
        return list(root.fulfillments.all())

    @staticmethod
    def resolve_transactions(root: Any, info: Any) -> list[Any]:
        require(info, "MANAGE_ORDERS", "HANDLE_PAYMENTS")
        return ledger.transactions_of(root)
