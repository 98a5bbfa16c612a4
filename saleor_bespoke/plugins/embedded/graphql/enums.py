"""Saleor's enums, reduced to the values this shop can say or understand."""

from __future__ import annotations

import graphene

from saleor_bespoke.shop.embedded.countries import COUNTRIES


def _enum(name: str, values: str, description: str) -> type[graphene.Enum]:
    return graphene.Enum(
        name,
        [(value, value) for value in values.split()],
        description=lambda value: None if value else description,
    )


CountryCode = _enum("CountryCode", COUNTRIES, "A country by its ISO code.")
PermissionEnum = _enum(
    "PermissionEnum",
    "MANAGE_ORDERS HANDLE_PAYMENTS MANAGE_PRODUCTS MANAGE_USERS",
    "What staff and apps may be allowed to do.",
)
CHARGE_STATUS = "NONE PARTIAL FULL OVERCHARGED"
CheckoutChargeStatusEnum = _enum(
    "CheckoutChargeStatusEnum",
    CHARGE_STATUS,
    "How much of a checkout's total is charged or about to be.",
)
OrderChargeStatusEnum = _enum(
    "OrderChargeStatusEnum", CHARGE_STATUS, "How much of an order's total is charged."
)
OrderStatus = _enum(
    "OrderStatus", "UNFULFILLED PARTIALLY_FULFILLED FULFILLED CANCELED", "How far an order is."
)
FulfillmentStatus = _enum("FulfillmentStatus", "FULFILLED CANCELED", "Where a parcel is.")
TransactionActionEnum = _enum(
    "TransactionActionEnum", "CHARGE REFUND CANCEL", "What can be asked of a transaction."
)
TransactionEventTypeEnum = _enum(
    "TransactionEventTypeEnum",
    "AUTHORIZATION_SUCCESS CHARGE_ACTION_REQUIRED CHARGE_SUCCESS CHARGE_FAILURE CHARGE_REQUEST "
    "REFUND_SUCCESS REFUND_FAILURE REFUND_REQUEST CANCEL_SUCCESS CANCEL_FAILURE CANCEL_REQUEST "
    "INFO",
    "What happened to a transaction.",
)
