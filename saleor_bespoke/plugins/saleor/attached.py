"""`Order.bespokeProject` and `Checkout.bespokeProject` on Saleor's own types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphene
from saleor.graphql.checkout.types import Checkout
from saleor.graphql.order.types import Order

from saleor_bespoke.graphql.attached import checkout_project_field, order_project_field
from saleor_bespoke.plugins.saleor.active import is_active_at
from saleor_bespoke.plugins.saleor.guards import guarded
from saleor_bespoke.shop.saleor.installed import checkout_is_ours, order_is_ours

NAME = "bespoke_project"


def attach() -> None:
    """Put both fields on Saleor's types, before (or again after) its schema is built."""
    Order._meta.fields[NAME] = _only_ours(order_project_field(), order_is_ours)
    Checkout._meta.fields[NAME] = _only_ours(checkout_project_field(), checkout_is_ours)


def _only_ours(field: graphene.Field, is_ours: Callable[[Any], bool]) -> graphene.Field:
    """Answer none for what has nothing bespoke, before anything is read."""
    answer = guarded(field.resolver)

    def resolve(root: Any, info: Any, **arguments: Any) -> Any:
        row = getattr(root, "node", root)
        if not is_ours(row) or not is_active_at(info.context, row.channel_id):
            return None
        return answer(root, info, **arguments)

    field.resolver = resolve
    return field
