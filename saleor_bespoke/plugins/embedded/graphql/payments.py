"""Paying through the gateway, and what staff do with transactions."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import graphene

from saleor_bespoke.plugins.embedded.graphql.enums import TransactionActionEnum
from saleor_bespoke.plugins.embedded.graphql.frame import (
    HostMutation,
    decode,
    decode_input,
    error_type,
    not_found,
)
from saleor_bespoke.plugins.embedded.graphql.order_types import TransactionEvent, TransactionItem
from saleor_bespoke.shop.embedded import checkouts, models, orders, payments, refunds
from saleor_bespoke.shop.embedded.refusals import refuse
from saleor_bespoke.shop.embedded.types import JSON, PositiveDecimal

PaymentGatewayConfigError, _ = error_type("PaymentGatewayConfigError", "NOT_FOUND")
PaymentGatewayInitializeError, _ = error_type(
    "PaymentGatewayInitializeError", "GRAPHQL_ERROR INVALID NOT_FOUND"
)
TransactionInitializeError, _ = error_type(
    "TransactionInitializeError", "GRAPHQL_ERROR INVALID NOT_FOUND UNIQUE"
)
TransactionProcessError, _ = error_type("TransactionProcessError", "NOT_FOUND")
TransactionCreateError, _ = error_type(
    "TransactionCreateError", "GRAPHQL_ERROR INCORRECT_CURRENCY INVALID NOT_FOUND"
)
TransactionRequestActionError, _ = error_type(
    "TransactionRequestActionError", "NOT_FOUND MISSING_TRANSACTION_ACTION_REQUEST_WEBHOOK"
)


def _source(kind: str, pk: str) -> payments.Source | None:
    return checkouts.checkout_find(pk) if kind == "Checkout" else orders.order_find(pk)


def _payable(id: str) -> payments.Source:
    """The checkout or order to pay."""
    kind, pk = decode(id)
    if kind not in ("Checkout", "Order"):
        message = f"Invalid ID: {id}. Expected one of: Checkout, Order, received: {kind}."
        raise refuse("INVALID", message, "id")
    source = _source(kind, pk)
    if source is None:
        raise refuse("NOT_FOUND", "`Order` or `Checkout` not found.", "id")
    return source


def _transaction(id: str | None) -> models.TransactionItem:
    token = checkouts.uuid_of(decode(id or "", "TransactionItem")[1])
    found = models.TransactionItem.objects.filter(token=token).first() if token else None
    if found is None:
        raise not_found(id or "")
    return found


class PaymentGatewayToInitialize(graphene.InputObjectType):
    """A gateway and what it is told."""

    id = graphene.String(required=True)
    data = JSON()


class PaymentGatewayConfig(graphene.ObjectType):
    """What a storefront needs to use a gateway."""

    id = graphene.String(required=True)
    data = JSON()
    errors = graphene.List(graphene.NonNull(PaymentGatewayConfigError))


class PaymentGatewayInitialize(HostMutation):
    """Ask gateways what a storefront needs to use them."""

    class Meta:
        error = PaymentGatewayInitializeError

    class Arguments:
        id = graphene.ID(required=True, description="The checkout's or order's id.")
        payment_gateways = graphene.List(
            graphene.NonNull(PaymentGatewayToInitialize), description="The gateways to ask."
        )

    gateway_configs = graphene.List(graphene.NonNull(PaymentGatewayConfig))

    @classmethod
    def act(cls, info: Any, **data: Any) -> dict[str, Any]:
        source = _payable(data["id"])
        wanted = data.get("payment_gateways") or [{"id": payments.GATEWAY}]
        return {"gateway_configs": [cls.config(source, gateway) for gateway in wanted]}

    @classmethod
    def config(cls, source: payments.Source, gateway: Any) -> dict[str, Any]:
        """One gateway's answer."""
        if gateway["id"] == payments.GATEWAY:
            data = payments.gateway_config(source, gateway.get("data"))
            return {"id": gateway["id"], "data": data, "errors": []}
        unknown = PaymentGatewayConfigError(
            field="id",
            code="NOT_FOUND",
            message="Active app with `HANDLE_PAYMENT` permissions or app webhook not found.",
        )
        return {"id": gateway["id"], "data": None, "errors": [unknown]}


def _answer(answered: payments.Answered) -> dict[str, Any]:
    item, event, data = answered
    return {"transaction": item, "transaction_event": event, "data": data}


class TransactionInitialize(HostMutation):
    """Begin to pay a checkout or order."""

    class Meta:
        error = TransactionInitializeError

    class Arguments:
        id = graphene.ID(required=True, description="The checkout's or order's id.")
        amount = PositiveDecimal(description="How much; the whole rest if missing.")
        payment_gateway = PaymentGatewayToInitialize(required=True, description="By which way.")
        idempotency_key = graphene.String(description="The same key begins only one payment.")

    transaction = graphene.Field(TransactionItem)
    transaction_event = graphene.Field(TransactionEvent)
    data = JSON(description="The gateway's answer.")

    @classmethod
    def act(cls, info: Any, **data: Any) -> dict[str, Any]:
        return _answer(
            payments.payment_begin(
                _payable(data["id"]),
                gateway=data["payment_gateway"]["id"],
                data=data["payment_gateway"].get("data"),
                amount=data.get("amount"),
                key=data.get("idempotency_key"),
            )
        )


class TransactionProcess(HostMutation):
    """Ask how a begun payment went."""

    class Meta:
        error = TransactionProcessError

    class Arguments:
        id = graphene.ID(description="The transaction's id.")
        data = JSON(description="What the gateway is told.")

    transaction = graphene.Field(TransactionItem)
    transaction_event = graphene.Field(TransactionEvent)
    data = JSON(description="The gateway's answer.")

    @classmethod
    def act(cls, info: Any, **data: Any) -> dict[str, Any]:
        item = _transaction(data.get("id"))
        return _answer(payments.payment_go_on(item, data=data.get("data")))


class MoneyInput(graphene.InputObjectType):
    """An amount with its currency."""

    currency = graphene.String(required=True)
    amount = PositiveDecimal(required=True)


class TransactionCreateInput(graphene.InputObjectType):
    """Money that came another way."""

    name = graphene.String()
    psp_reference = graphene.String()
    available_actions = graphene.List(graphene.NonNull(TransactionActionEnum))
    amount_charged = MoneyInput()


class TransactionEventInput(graphene.InputObjectType):
    """A note on it."""

    psp_reference = graphene.String()
    message = graphene.String()


class TransactionCreate(HostMutation):
    """Record money that came another way, such as a bank transfer."""

    class Meta:
        error = TransactionCreateError
        permission = "HANDLE_PAYMENTS"

    class Arguments:
        id = graphene.ID(required=True, description="The checkout's or order's id.")
        transaction = TransactionCreateInput(required=True, description="The money.")
        transaction_event = TransactionEventInput(description="A note on it.")

    transaction = graphene.Field(TransactionItem)

    @classmethod
    def act(cls, info: Any, **data: Any) -> dict[str, Any]:
        decode_input(data["id"])
        kind, pk = decode(data["id"])
        source = _source(kind, pk) if kind in ("Checkout", "Order") else None
        if source is None:
            raise not_found(data["id"])
        given = data["transaction"]
        charged, note = given.get("amount_charged"), data.get("transaction_event")
        item = payments.transaction_create(
            source,
            name=given.get("name") or "",
            reference=given.get("psp_reference") or "",
            actions=given.get("available_actions") or [],
            charged=(charged["amount"], charged["currency"]) if charged else None,
            note=(note.get("psp_reference") or "", note.get("message") or "") if note else None,
        )
        return {"transaction": item}


class TransactionRequestAction(HostMutation):
    """Ask for a refund."""

    class Meta:
        error = TransactionRequestActionError
        permission = "HANDLE_PAYMENTS"

    class Arguments:
        id = graphene.ID(description="The transaction's id.")
        action_type = TransactionActionEnum(required=True, description="What to do.")
        amount = PositiveDecimal(description="How much; all of it if missing.")

    transaction = graphene.Field(TransactionItem)

    @classmethod
    def act(cls, info: Any, **data: Any) -> dict[str, Any]:
        item = _transaction(data.get("id"))
        refunds.action_request(
            item, action=data["action_type"], amount=data.get("amount"), key=str(uuid4())
        )
        return {"transaction": item}


class PaymentMutations:
    """Money in and out."""

    payment_gateway_initialize = PaymentGatewayInitialize.Field(
        description=PaymentGatewayInitialize.__doc__
    )
    transaction_initialize = TransactionInitialize.Field(description=TransactionInitialize.__doc__)
    transaction_process = TransactionProcess.Field(description=TransactionProcess.__doc__)
    transaction_create = TransactionCreate.Field(description=TransactionCreate.__doc__)
    transaction_request_action = TransactionRequestAction.Field(
        description=TransactionRequestAction.__doc__
    )
