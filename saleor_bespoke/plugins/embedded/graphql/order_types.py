"""Orders, their parcels and their money. Their roots are the rows."""

from __future__ import annotations

from typing import Any

import graphene
from graphql_relay import to_global_id

from saleor_bespoke.graphql.attached import order_project_field
from saleor_bespoke.plugins.embedded.graphql import enums
from saleor_bespoke.plugins.embedded.graphql.frame import require
from saleor_bespoke.plugins.embedded.graphql.types import (
    VARIANT_NAME,
    Channel,
    ProductVariant,
    TaxedMoney,
    id_field,
    listed,
)
from saleor_bespoke.shop.embedded import ledger, orders, prices
from saleor_bespoke.shop.embedded.prices import Amount, Taxed
from saleor_bespoke.shop.embedded.types import DateTime, Money


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

    id = id_field()
    name = graphene.String(required=True)
    psp_reference = graphene.String(required=True)
    actions = listed(enums.TransactionActionEnum, required=True)
    charged_amount = graphene.Field(Money, required=True)
    refunded_amount = graphene.Field(Money, required=True)
    events = listed(TransactionEvent, required=True)

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

    id = id_field()
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

    id = id_field()
    fulfillment_order = graphene.Int(required=True)
    status = enums.FulfillmentStatus(required=True)
    tracking_number = graphene.String(required=True)
    lines = listed(FulfillmentLine)

    @staticmethod
    def resolve_id(root: Any, _info: Any) -> str:
        return str(to_global_id("Fulfillment", root.pk))

    @staticmethod
    def resolve_lines(root: Any, _info: Any) -> list[Any]:
        return [root]


class Order(graphene.ObjectType):
    """A completed purchase. As in the real shop, who knows its unguessable id may read it; its
    transactions are for staff and apps."""

    id = id_field()
    number = graphene.String(required=True)
    created = DateTime(required=True)
    status = enums.OrderStatus(required=True)
    charge_status = enums.OrderChargeStatusEnum(required=True)
    user_email = graphene.String()
    channel = graphene.Field(Channel, required=True)
    shipping_method_name = graphene.String()
    lines = listed(OrderLine, required=True)
    total = graphene.Field(TaxedMoney, required=True)
    total_charged = graphene.Field(Money, required=True)
    total_refunded = graphene.Field(Money, required=True)
    fulfillments = listed(Fulfillment, required=True)
    transactions = listed(TransactionItem, required=True)
    bespoke_project = order_project_field()

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
