"""The host's smaller objects: people, addresses, prices, the one article, ways to ship."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

import graphene
from graphql_relay import to_global_id

from saleor_bespoke.plugins.embedded.graphql import enums
from saleor_bespoke.plugins.embedded.graphql.frame import require
from saleor_bespoke.shop.embedded.accounts import permissions_of
from saleor_bespoke.shop.embedded.prices import Amount, Taxed
from saleor_bespoke.shop.embedded.types import Money

#: The one thing this shop sells, and the one place it leaves from.
VARIANT_ID = to_global_id("ProductVariant", 1)
VARIANT_NAME = "Bespoke piece"
WAREHOUSE_ID = to_global_id("Warehouse", uuid5(NAMESPACE_URL, "saleor-bespoke:workshop"))


def id_field() -> graphene.ID:
    return graphene.ID(required=True, description="The id.")


def listed(of: Any, **options: Any) -> graphene.List:
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

    id = id_field()
    email = graphene.String(required=True)
    first_name = graphene.String(required=True)
    last_name = graphene.String(required=True)
    is_staff = graphene.Boolean(required=True)
    user_permissions = listed(UserPermission)

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

    id = id_field()


class Stock(graphene.ObjectType):
    """A place that ships a variant."""

    warehouse = graphene.Field(Warehouse, required=True)


class ProductVariant(graphene.ObjectType):
    """The one article of this shop, of which every piece is different."""

    id = id_field()
    name = graphene.String(required=True)
    stocks = listed(Stock)

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

    id = id_field()
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
