"""API of long lists: commissions, and what staff must look at."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_bespoke.errors import PermissionDenied
from saleor_bespoke.graphql.arguments import query_arguments_check
from saleor_bespoke.graphql.base import actor_of, denied
from saleor_bespoke.graphql.connections import (
    connection_of,
    page_arguments,
    page_of,
    sorting_input,
)
from saleor_bespoke.graphql.loaders import row_of
from saleor_bespoke.graphql.project import BespokeAttention, BespokeProject, BespokeStage
from saleor_bespoke.project import selectors
from saleor_bespoke.project.access import MANAGE_ORDERS
from saleor_bespoke.project.models import Attention
from saleor_bespoke.project.models import BespokeProject as ProjectRow
from saleor_bespoke.shop.types import DateTime

BespokeProjectSortField = graphene.Enum(
    "BespokeProjectSortField",
    [
        ("CREATED_AT", "CREATED_AT"),
        ("DUE_AT", "DUE_AT"),
        ("NUMBER", "NUMBER"),
        ("STAGE_SINCE", "STAGE_SINCE"),
    ],
    description=lambda value: (
        "What a list of commissions is sorted by."
        if value is None
        else {
            "CREATED_AT": "When it was opened.",
            "DUE_AT": "The date promised for its current step.",
            "NUMBER": "Its number.",
            "STAGE_SINCE": "Since when it stands in its stage.",
        }[value.name]
    ),
)
SORTABLE = {
    "CREATED_AT": ("created_at",),
    "DUE_AT": ("due_at",),
    "NUMBER": ("number",),
    "STAGE_SINCE": ("stage_since",),
}
BespokeProjectSortingInput = sorting_input(
    "BespokeProject", BespokeProjectSortField, "How a list of commissions is sorted."
)


class BespokeDateTimeRangeInput(graphene.InputObjectType):
    """A span of time."""

    class Meta:
        description = "A span of time; either end may be left out."

    gte = DateTime(description="From then on.")
    lte = DateTime(description="Until then.")


class BespokeProjectFilterInput(graphene.InputObjectType):
    """Which commissions."""

    class Meta:
        description = "Which commissions a list shows; all conditions hold together."

    stages = graphene.List(graphene.NonNull(BespokeStage), description="In one of these stages.")
    channels = graphene.List(graphene.NonNull(graphene.String), description="Of these channels.")
    attention = graphene.Boolean(description="Whether staff must look at it (staff only).")
    late = graphene.Boolean(description="Whether the date promised for its step is over.")
    search = graphene.String(description="Part of its number or title, or the exact e-mail.")
    created_at = BespokeDateTimeRangeInput(description="Opened in this span.")


BespokeProjectCountableConnection = connection_of(BespokeProject, "BespokeProject")


class BespokeAttentionItem(graphene.ObjectType):
    """A row of the attention list."""

    class Meta:
        description = "A reason why staff must look, with its commission."

    attention = graphene.Field(BespokeAttention, required=True, description="The reason.")
    project = graphene.Field(BespokeProject, required=True, description="The commission.")

    @staticmethod
    def resolve_attention(root: Attention, _info: Any) -> Attention:
        return root

    @staticmethod
    def resolve_project(root: Attention, info: Any) -> Any:
        return row_of(info, ProjectRow, root.project_id)


BespokeAttentionCountableConnection = connection_of(BespokeAttentionItem, "BespokeAttention")


class ListingQueries:
    """Long lists."""

    bespoke_projects = graphene.Field(
        BespokeProjectCountableConnection,
        required=True,
        filter=graphene.Argument(BespokeProjectFilterInput, description="Which commissions."),
        sort_by=graphene.Argument(BespokeProjectSortingInput, description="In which order."),
        description="Commissions: a shopper's own; for staff, those of their channels.",
        **page_arguments(),
    )
    bespoke_attention = graphene.Field(
        BespokeAttentionCountableConnection,
        required=True,
        reasons=graphene.List(graphene.NonNull(graphene.String), description="Only these reasons."),
        description="What staff must look at: late, stuck, or money out of place; oldest first. "
        "Requires the permission: MANAGE_ORDERS.",
        **page_arguments(),
    )

    @staticmethod
    def resolve_bespoke_projects(_root: Any, info: Any, **arguments: Any) -> Any:
        query_arguments_check(arguments)
        actor = actor_of(info)
        rows = selectors.projects_visible(actor=actor, **(arguments.get("filter") or {}))
        return page_of(rows, info, arguments, sortable=SORTABLE, default=("CREATED_AT", "DESC"))

    @staticmethod
    def resolve_bespoke_attention(_root: Any, info: Any, **arguments: Any) -> Any:
        actor = actor_of(info)
        try:
            actor.require(MANAGE_ORDERS)
        except PermissionDenied as error:
            raise denied(error) from None
        query_arguments_check(arguments)
        rows = selectors.attention_visible(actor=actor, reasons=arguments.get("reasons"))
        sortable = {"RAISED_AT": ("raised_at",)}
        return page_of(rows, info, arguments, sortable=sortable, default=("RAISED_AT", "ASC"))
