"""The pieces of open checkouts, told to nobody who does not hold their checkout.

Saleor lets nobody pay for a variant that is not published, and whoever knows a published product is
told all its variants. Those of the dedicated products carry the titles of commissions, so that only
a checkout of ours, an order, and staff or apps of the catalogue show them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphene
from graphql import GraphQLError
from promise import Promise
from saleor.graphql.checkout.types import CheckoutLine
from saleor.graphql.product.schema import ProductQueries
from saleor.graphql.product.types import Product
from saleor.graphql.utils import get_user_or_app_from_context
from saleor.permission.utils import has_one_of_permissions
from saleor.product.models import ALL_PRODUCTS_PERMISSIONS

from saleor_bespoke.plugins.saleor.hooks import NOT_FOR_SALE
from saleor_bespoke.shop.saleor.installed import MARK, product_is_ours, variant_is_ours

Resolver = Callable[..., Any]


def attach() -> None:
    """Put the fences around Saleor's fields, before (or again after) its schema is built."""
    listed = Product._meta.fields
    for name, nothing in (("variants", list), ("variant", _none), ("default_variant", _none)):
        if name in listed:  # a later Saleor drops the old ones
            listed[name].resolver = _unlisted(_resolver(Product, listed[name], name), nothing)
    for owner, field, name, refused in (
        (ProductQueries, ProductQueries.__dict__["product_variant"], "product_variant", _none),
        (CheckoutLine, CheckoutLine._meta.fields["variant"], "variant", _refuse),
    ):
        field.resolver = _unless_held(_resolver(owner, field, name), refused)


def _resolver(owner: Any, field: graphene.Field, name: str) -> Resolver:
    found: Resolver = field.resolver or getattr(owner, f"resolve_{name}")
    return found


def _unlisted(resolve: Resolver, nothing: Callable[[], Any]) -> Resolver:
    def resolve_unlisted(root: Any, info: Any, **arguments: Any) -> Any:
        if product_is_ours(root.node) and not _serves_catalogue(info):
            return nothing()
        return resolve(root, info, **arguments)

    return resolve_unlisted


def _unless_held(resolve: Resolver, refused: Callable[[], Any]) -> Resolver:
    def resolve_unless_held(root: Any, info: Any, **arguments: Any) -> Any:
        line = getattr(root, "node", None)

        def told(found: Any) -> Any:
            held = line is not None and MARK in (line.private_metadata or {})
            if held or found is None or not variant_is_ours(found.node) or _serves_catalogue(info):
                return found
            return refused()

        return Promise.resolve(resolve(root, info, **arguments)).then(told)

    return resolve_unless_held


def _serves_catalogue(info: Any) -> bool:
    requestor = get_user_or_app_from_context(info.context)
    return bool(has_one_of_permissions(requestor, ALL_PRODUCTS_PERMISSIONS))


def _none() -> None:
    return None


def _refuse() -> None:
    raise GraphQLError(NOT_FOR_SALE)
