"""The fields that a host's own orders and checkouts get: the commission they belong to.

A page of orders costs two statements however long it is: one for payables, one for commissions.
"""

from __future__ import annotations

from typing import Any

import graphene
from promise import Promise

from saleor_bespoke.graphql.base import actor_of, token_argument
from saleor_bespoke.graphql.loaders import row_of, rows_of
from saleor_bespoke.graphql.project import BespokeProject
from saleor_bespoke.money.models import Attempt, Payable
from saleor_bespoke.project.access import roles_on
from saleor_bespoke.project.models import BespokeProject as ProjectRow

DESCRIPTION = (
    "The commission this belongs to, for its owner, a guest with its token, and staff; none for "
    "others."
)


def order_project_field() -> graphene.Field:
    """`Order.bespokeProject`: the commission that the order pays for."""

    def projects(info: Any, pk: str) -> Any:
        return rows_of(info, "attached:order", Payable.objects.all, "order_id", pk).then(
            lambda payables: [payable.project_id for payable in payables]
        )

    return _field(projects)


def checkout_project_field() -> graphene.Field:
    """`Checkout.bespokeProject`: the commission that the checkout is to pay for."""

    def projects(info: Any, pk: str) -> Any:
        attempts = Attempt.objects.select_related("payable")
        return rows_of(info, "attached:checkout", lambda: attempts.all(), "checkout_id", pk).then(
            lambda found: [attempt.payable.project_id for attempt in found]
        )

    return _field(projects)


def _field(projects: Any) -> graphene.Field:
    def resolve(root: Any, info: Any, token: str | None = None) -> Any:
        # Saleor wraps its objects with their channel; the row itself is the wrapper's node.
        row = getattr(root, "node", root)
        actor = actor_of(info, token)

        def seen(project: ProjectRow | None) -> ProjectRow | None:
            return project if project is not None and roles_on(project, actor) else None

        found: Promise[Any] = projects(info, str(row.pk))
        return found.then(lambda pks: row_of(info, ProjectRow, pks[0] if pks else None)).then(seen)

    return graphene.Field(
        BespokeProject, token=token_argument(), resolver=resolve, description=DESCRIPTION
    )
