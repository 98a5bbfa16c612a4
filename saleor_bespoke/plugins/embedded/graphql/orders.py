"""Orders as their buyers read them and staff handle them."""

from __future__ import annotations

from typing import Any

import graphene
from graphql import GraphQLError

from saleor_bespoke.plugins.embedded.graphql.frame import (
    HostMutation,
    decode,
    decode_input,
    error_type,
    not_found,
)
from saleor_bespoke.plugins.embedded.graphql.order_types import Fulfillment, Order
from saleor_bespoke.shop.embedded import models, orders
from saleor_bespoke.shop.embedded.accounts import authenticated
from saleor_bespoke.shop.embedded.refusals import refuse

OrderError, OrderErrorCode = error_type(
    "OrderError",
    "CANNOT_CANCEL_ORDER FULFILL_ORDER_LINE GRAPHQL_ERROR INVALID NOT_FOUND ZERO_QUANTITY",
)


class OrderQueries:
    """Reading an order."""

    order = graphene.Field(
        Order,
        id=graphene.ID(description="The order's id."),
        description="An order, for whoever knows its unguessable id.",
    )

    @staticmethod
    def resolve_order(_root: Any, info: Any, id: str | None = None) -> Any:
        authenticated(info.context)
        if not id:
            raise GraphQLError("At least one of arguments is required: 'id', 'external_reference'.")
        try:
            kind, pk = decode(id)
        except GraphQLError:
            raise GraphQLError(f"Invalid ID: {id}. Expected: Order.") from None
        return orders.order_find(pk) if kind == "Order" else None


def _order(id: str | None, field: str = "id") -> models.Order:
    found = orders.order_find(decode_input(id or "", "Order", field=field))
    if found is None:
        raise not_found(id or "", field)
    return found


class OrderFulfillStockInput(graphene.InputObjectType):
    """How many leave from where."""

    quantity = graphene.Int(required=True)
    warehouse = graphene.ID(required=True)


class OrderFulfillLineInput(graphene.InputObjectType):
    """What leaves."""

    order_line_id = graphene.ID()
    stocks = graphene.List(graphene.NonNull(OrderFulfillStockInput), required=True)


class OrderFulfillInput(graphene.InputObjectType):
    """A parcel."""

    lines = graphene.List(graphene.NonNull(OrderFulfillLineInput), required=True)
    notify_customer = graphene.Boolean()
    allow_stock_to_be_exceeded = graphene.Boolean(default_value=False)
    tracking_number = graphene.String()


class OrderFulfill(HostMutation):
    """Record that the piece leaves."""

    class Meta:
        error = OrderError
        permission = "MANAGE_ORDERS"

    class Arguments:
        order = graphene.ID(description="The order's id.")
        input = OrderFulfillInput(required=True, description="The parcel.")

    fulfillments = graphene.List(graphene.NonNull(Fulfillment))
    order = graphene.Field(Order)

    @classmethod
    def act(cls, info: Any, **data: Any) -> dict[str, Any]:
        order = _order(data.get("order"), "order")
        parcel = orders.order_fulfill(
            order,
            quantity=cls.quantity(order, data["input"]["lines"]),
            tracking_number=data["input"].get("tracking_number") or "",
        )
        return {"fulfillments": [parcel], "order": order}

    @classmethod
    def quantity(cls, order: models.Order, lines: list[Any]) -> int:
        """How many pieces the lines name; only the order's own line counts."""
        ids = [line.get("order_line_id") or "" for line in lines]
        known = [decode_input(id, "OrderLine", field="orderLineId") for id in ids]
        if known != [str(order.line)]:
            raise refuse(
                "GRAPHQL_ERROR",
                f"Could not resolve to a node with the global id list of '{ids}'.",
                "lines",
            )
        stocks = lines[0]["stocks"]
        for stock in stocks:
            decode_input(stock["warehouse"], "Warehouse", field="warehouse")
        total = sum(stock["quantity"] for stock in stocks)
        if total <= 0:
            raise refuse("ZERO_QUANTITY", "Total quantity must be larger than 0.", "lines")
        return int(total)


class FulfillmentUpdateTrackingInput(graphene.InputObjectType):
    """A parcel's new tracking number."""

    tracking_number = graphene.String()


class FulfillmentUpdateTracking(HostMutation):
    """Correct a parcel's tracking number."""

    class Meta:
        error = OrderError
        permission = "MANAGE_ORDERS"

    class Arguments:
        id = graphene.ID(required=True, description="The fulfilment's id.")
        input = FulfillmentUpdateTrackingInput(required=True, description="The number.")

    fulfillment = graphene.Field(Fulfillment)
    order = graphene.Field(Order)

    @classmethod
    def act(cls, info: Any, **data: Any) -> dict[str, Any]:
        pk = decode_input(data["id"], "Fulfillment")
        parcel = models.Fulfillment.objects.filter(pk=pk).first() if pk.isdecimal() else None
        if parcel is None:
            raise not_found(data["id"])
        orders.tracking_update(parcel, data["input"].get("tracking_number") or "")
        return {"fulfillment": parcel, "order": parcel.order}


class OrderCancel(HostMutation):
    """Cancel an order that has not left; money is given back apart."""

    class Meta:
        error = OrderError
        permission = "MANAGE_ORDERS"

    class Arguments:
        id = graphene.ID(required=True, description="The order's id.")

    order = graphene.Field(Order)

    @classmethod
    def act(cls, info: Any, **data: Any) -> dict[str, Any]:
        order = _order(data["id"])
        orders.order_cancel(order)
        return {"order": order}


class OrderMutations:
    """What staff do with orders."""

    order_fulfill = OrderFulfill.Field(description=OrderFulfill.__doc__)
    order_fulfillment_update_tracking = FulfillmentUpdateTracking.Field(
        description=FulfillmentUpdateTracking.__doc__
    )
    order_cancel = OrderCancel.Field(description=OrderCancel.__doc__)
