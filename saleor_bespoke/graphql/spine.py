"""API of the project itself: reading one, listing, its secret link, the attention list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import graphene

from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound
from saleor_bespoke.graphql.base import (
    BespokeMutation,
    actor_of,
    decode_id,
    project_field,
    token_argument,
)
from saleor_bespoke.graphql.project import BespokeAttention, BespokeProject
from saleor_bespoke.project import selectors, services
from saleor_bespoke.project.access import MANAGE_ORDERS, Actor
from saleor_bespoke.shop.port import shop
from saleor_bespoke.shop.types import DateTime

#: The furthest one request moves a demo's clock: ten years.
CLOCK_HOURS_MAX = 87_600


class SpineQueries:
    """Queries of the project itself."""

    bespoke_project = graphene.Field(
        BespokeProject,
        id=graphene.Argument(graphene.ID, description="The commission's id."),
        token=token_argument(),
        description="One commission, for its owner, a guest with its token, and staff.",
    )

    @staticmethod
    def resolve_bespoke_project(
        _root: Any, info: Any, id: str | None = None, token: str | None = None
    ) -> Any:
        actor = actor_of(info, token)
        try:
            pk = decode_id(id, "BespokeProject") if id is not None else None
        except NotFound:
            return None
        return selectors.project_visible(actor=actor, pk=pk)


class GuestTokenRotate(BespokeMutation):
    """Renew the secret link."""

    class Meta:
        command = "guest_token_rotate"
        description = "Renew a commission's secret link; the old one stops working at once."

    class Arguments:
        id = graphene.ID(required=True, description="The commission's id.")
        token = token_argument()

    project = project_field()
    guest_token = graphene.String(description="The new secret token.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        project, token = services.guest_token_rotate(
            actor=actor, project_pk=decode_id(data["id"], "BespokeProject")
        )
        return {"project": project, "guest_token": token}


class ProjectClaim(BespokeMutation):
    """Join a guest's commission to the account."""

    class Meta:
        command = "project_claim"
        description = "Join a guest's commission to the caller's account, by its secret token."

    class Arguments:
        id = graphene.ID(required=True, description="The commission's id.")
        token = graphene.String(required=True, description="The commission's secret token.")

    project = project_field()

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        project_pk = decode_id(data["id"], "BespokeProject")
        return {"project": services.project_claim(actor=actor, project_pk=project_pk)}


class AttentionResolve(BespokeMutation):
    """Answer an item of the attention list."""

    class Meta:
        command = "attention_resolve"
        description = "Resolve an item of the attention list with what was done about it."

    class Arguments:
        id = graphene.ID(required=True, description="The item's id.")
        resolution = graphene.String(required=True, description="What was done about it.")

    project = project_field()
    attention = graphene.Field(BespokeAttention, description="The item.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        row = services.attention_resolve(
            actor=actor,
            attention_pk=decode_id(data["id"], "BespokeAttention"),
            resolution=data["resolution"],
        )
        return {"project": row.project, "attention": row}


class ProjectClose(BespokeMutation):
    """Close a commission."""

    class Meta:
        command = "project_close"
        description = "End a commission's active aftercare; lifetime care stays possible."

    class Arguments:
        id = graphene.ID(required=True, description="The commission's id.")

    project = project_field()

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        project_pk = decode_id(data["id"], "BespokeProject")
        return {"project": services.project_close(actor=actor, project_pk=project_pk)}


class ClockMove(BespokeMutation):
    """Move a demo's clock."""

    class Meta:
        permissions = (MANAGE_ORDERS,)
        description = (
            "Move the clock of a demo or test shop on, so that a month passes in a moment. "
            "A real shop refuses this."
        )

    class Arguments:
        hours = graphene.Int(required=True, description="By how many hours; 0 only asks.")

    now = DateTime(description="The shop's time after it.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        if not 0 <= data["hours"] <= CLOCK_HOURS_MAX:
            raise BespokeError(ErrorCode.INVALID, "Time goes on, not back.", field="hours")
        return {"now": shop().clock_move(timedelta(hours=data["hours"]))}


class SpineMutations:
    """Operations of the project itself."""

    bespoke_guest_token_rotate = GuestTokenRotate.Field()
    bespoke_project_claim = ProjectClaim.Field()
    bespoke_project_close = ProjectClose.Field()
    bespoke_attention_resolve = AttentionResolve.Field()
    bespoke_clock_move = ClockMove.Field()
