"""A checkout as storefronts see it. Its root is the row."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import graphene
from graphql_relay import to_global_id

from saleor_bespoke.graphql.attached import checkout_project_field
from saleor_bespoke.plugins.embedded.graphql import enums
from saleor_bespoke.plugins.embedded.graphql.types import (
    Address,
    Channel,
    DeliveryMethod,
    ProductVariant,
    ShippingMethod,
    TaxedMoney,
    id_field,
    listed,
)
from saleor_bespoke.shop.embedded import checkouts, ledger, prices
from saleor_bespoke.shop.embedded.prices import Taxed, Totals


def _cost(checkout: Any) -> Totals:
    """A checkout's prices, computed once for an answer."""
    if not hasattr(checkout, "_cost"):
        checkout._cost = prices.totals(checkout)
    cost: Totals = checkout._cost
    return cost


class CheckoutLine(graphene.ObjectType):
    """What is being bought; its root is the checkout, which has just this line."""

    id = id_field()
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

    id = id_field()
    email = graphene.String()
    channel = graphene.Field(Channel, required=True)
    lines = listed(CheckoutLine, required=True)
    shipping_address = graphene.Field(Address)
    billing_address = graphene.Field(Address)
    is_shipping_required = graphene.Boolean(required=True)
    shipping_methods = listed(ShippingMethod, required=True)
    delivery_method = graphene.Field(DeliveryMethod)
    shipping_price = graphene.Field(TaxedMoney, required=True)
    total_price = graphene.Field(TaxedMoney, required=True)
    charge_status = enums.CheckoutChargeStatusEnum(required=True)
    bespoke_project = checkout_project_field()

    @staticmethod
    def resolve_is_shipping_required(root: Any, _info: Any) -> bool:
        required: bool = root.shipping_required
        return required

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
