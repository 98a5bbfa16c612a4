"""API of the project itself: reading one, listing, its secret link, the attention list."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_bespoke.graphql.base import (
    BespokeMutation,
    actor_of,
    decode_id,
    project_field,
    token_argument,
)
from saleor_bespoke.graphql.project import BespokeProject
from saleor_bespoke.project import selectors, services
from saleor_bespoke.project.access import Actor


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
        pk = decode_id(id, "BespokeProject") if id else None
        return selectors.project_visible(actor=actor, pk=pk)


class GuestTokenRotate(BespokeMutation):
    """Renew the secret link."""

    class Meta:
        command = "guest_token_rotate"
        description = (
            "Renew a commission's secret link; the old one stops working at once."
        )

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
        description = (
            "Join a guest's commission to the caller's account, by its secret token."
        )

    class Arguments:
        id = graphene.ID(required=True, description="The commission's id.")
        token = graphene.String(
            required=True, description="The commission's secret token."
        )

    project = project_field()

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        project_pk = decode_id(data["id"], "BespokeProject")
        return {"project": services.project_claim(actor=actor, project_pk=project_pk)}


class SpineMutations:
    """Operations of the project itself."""

    bespoke_guest_token_rotate = GuestTokenRotate.Field()
    bespoke_project_claim = ProjectClaim.Field()
