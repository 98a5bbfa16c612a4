"""The fields that a host's own orders and checkouts get: the commission they belong to."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_bespoke.graphql.base import actor_of, token_argument
from saleor_bespoke.graphql.project import BespokeProject
from saleor_bespoke.money.models import Payable
from saleor_bespoke.project.selectors import project_visible

DESCRIPTION = (
    "The commission this belongs to, for its owner, a guest with its token, and staff; none for "
    "others."
)


def order_project_field() -> graphene.Field:
    """`Order.bespokeProject`: the commission that the order pays for."""
    return _field("order_id")


def checkout_project_field() -> graphene.Field:
    """`Checkout.bespokeProject`: the commission that the checkout is to pay for."""
    return _field("attempts__checkout_id")


def _field(column: str) -> graphene.Field:
    def resolve(root: Any, info: Any, token: str | None = None) -> Any:
        # Saleor wraps its objects with their channel; the row itself is the wrapper's node.
        row = getattr(root, "node", root)
        found = Payable.objects.filter(**{column: str(row.pk)}).values_list("project_id", flat=True)
        project_pk = found.first()
        if project_pk is None:
            return None
        return project_visible(actor=actor_of(info, token), pk=project_pk)

    return graphene.Field(
        BespokeProject, token=token_argument(), resolver=resolve, description=DESCRIPTION
    )
