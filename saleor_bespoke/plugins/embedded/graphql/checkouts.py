"""The checkout as a storefront walks through it."""

from __future__ import annotations

from typing import Any

import graphene
from graphql import GraphQLError

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.plugins.embedded.graphql.checkout_types import Checkout
from saleor_bespoke.plugins.embedded.graphql.enums import CountryCode
from saleor_bespoke.plugins.embedded.graphql.frame import (
    HostMutation,
    decode,
    decode_input,
    error_type,
    not_found,
)
from saleor_bespoke.plugins.embedded.graphql.order_types import Order
from saleor_bespoke.shop.embedded import checkouts, models
from saleor_bespoke.shop.embedded.accounts import authenticated
from saleor_bespoke.shop.embedded.refusals import refuse

CheckoutError, CheckoutErrorCode = error_type(
    "CheckoutError",
    "BILLING_ADDRESS_NOT_SET CHECKOUT_NOT_FULLY_PAID DELIVERY_METHOD_NOT_APPLICABLE EMAIL_NOT_SET "
    "GRAPHQL_ERROR INVALID INVALID_SHIPPING_METHOD NOT_FOUND REQUIRED SHIPPING_METHOD_NOT_SET "
    "SHIPPING_NOT_REQUIRED",
)
#: How the product's veto reads in Saleor's codes; any other veto is INVALID.
VETO_CODES = {"PAYMENT_NOT_FULL": "CHECKOUT_NOT_FULLY_PAID"}


class AddressInput(graphene.InputObjectType):
    """An address as entered."""

    first_name = graphene.String()
    last_name = graphene.String()
    company_name = graphene.String()
    street_address_1 = graphene.String()
    street_address_2 = graphene.String()
    city = graphene.String()
    postal_code = graphene.String()
    country = CountryCode()
    country_area = graphene.String()
    phone = graphene.String()


class CheckoutQueries:
    """Reading a checkout."""

    checkout = graphene.Field(
        Checkout,
        id=graphene.ID(description="The checkout's id."),
        description="A checkout, for whoever knows its unguessable id.",
    )

    @staticmethod
    def resolve_checkout(_root: Any, info: Any, id: str | None = None) -> Any:
        authenticated(info.context)
        if not id:
            raise GraphQLError("At least one of arguments is required: 'id', 'token'.")
        return checkouts.checkout_find(decode(id, "Checkout")[1])


def _checkout(id: str | None) -> models.Checkout:
    found = checkouts.checkout_find(decode_input(id or "", "Checkout"))
    if found is None:
        raise not_found(id or "")
    return found


def _address(address: AddressInput) -> dict[str, str | None]:
    names = {
        "street_address_1": "streetAddress1",
        "street_address_2": "streetAddress2",
        "first_name": "firstName",
        "last_name": "lastName",
        "company_name": "companyName",
        "postal_code": "postalCode",
        "country_area": "countryArea",
    }
    return {names.get(name, name): value for name, value in address.items()}


class CheckoutShippingAddressUpdate(HostMutation):
    """Say where the piece goes."""

    class Meta:
        error = CheckoutError

    class Arguments:
        id = graphene.ID(description="The checkout's id.")
        shipping_address = AddressInput(required=True, description="The address.")

    checkout = graphene.Field(Checkout)

    @classmethod
    def act(cls, info: Any, **data: Any) -> dict[str, Any]:
        checkout = _checkout(data.get("id"))
        checkouts.shipping_address_update(checkout, _address(data["shipping_address"]))
        return {"checkout": checkout}


class CheckoutBillingAddressUpdate(HostMutation):
    """Say whom to bill."""

    class Meta:
        error = CheckoutError

    class Arguments:
        id = graphene.ID(description="The checkout's id.")
        billing_address = AddressInput(required=True, description="The address.")

    checkout = graphene.Field(Checkout)

    @classmethod
    def act(cls, info: Any, **data: Any) -> dict[str, Any]:
        checkout = _checkout(data.get("id"))
        checkouts.billing_address_update(checkout, _address(data["billing_address"]))
        return {"checkout": checkout}


class CheckoutDeliveryMethodUpdate(HostMutation):
    """Choose how the piece is delivered."""

    class Meta:
        error = CheckoutError

    class Arguments:
        id = graphene.ID(description="The checkout's id.")
        delivery_method_id = graphene.ID(description="A shipping method's id.")

    checkout = graphene.Field(Checkout)

    @classmethod
    def act(cls, info: Any, **data: Any) -> dict[str, Any]:
        kind, pk = decode(data.get("delivery_method_id") or "")
        if kind != "ShippingMethod":
            raise refuse(
                "INVALID",
                "ID does not belong to Warehouse, ShippingMethod, or CheckoutDelivery",
                "deliveryMethodId",
            )
        checkout = _checkout(data.get("id"))
        checkouts.delivery_method_update(checkout, int(pk) if pk.isdecimal() else None)
        return {"checkout": checkout}


class CheckoutComplete(HostMutation):
    """Turn the checkout into an order."""

    class Meta:
        error = CheckoutError

    class Arguments:
        id = graphene.ID(description="The checkout's id.")

    order = graphene.Field(Order)

    @classmethod
    def act(cls, info: Any, **data: Any) -> dict[str, Any]:
        id = data.get("id") or ""
        token = decode_input(id, "Checkout")
        if not checkouts.checkout_find(token) and not checkouts.order_of(token):
            raise not_found(id)
        try:
            return {"order": checkouts.checkout_complete(token)}
        except BespokeError as veto:
            raise refuse(VETO_CODES.get(veto.code, "INVALID"), veto.message) from veto


class CheckoutMutations:
    """The checkout's steps."""

    checkout_shipping_address_update = CheckoutShippingAddressUpdate.Field(
        description=CheckoutShippingAddressUpdate.__doc__
    )
    checkout_billing_address_update = CheckoutBillingAddressUpdate.Field(
        description=CheckoutBillingAddressUpdate.__doc__
    )
    checkout_delivery_method_update = CheckoutDeliveryMethodUpdate.Field(
        description=CheckoutDeliveryMethodUpdate.__doc__
    )
    checkout_complete = CheckoutComplete.Field(description=CheckoutComplete.__doc__)
