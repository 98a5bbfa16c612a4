"""API of a customer's personal data: what is kept, and forgetting it."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_bespoke.errors import NotFound, PermissionDenied
from saleor_bespoke.flows.personal_data import personal_data_erase
from saleor_bespoke.flows.personal_rows import commission_told
from saleor_bespoke.graphql.base import (
    BespokeMutation,
    actor_of,
    decode_id,
    denied,
    project_field,
)
from saleor_bespoke.project.access import MANAGE_ORDERS, MANAGE_USERS, Actor
from saleor_bespoke.project.selectors import project_visible
from saleor_bespoke.shop.types import JSON, DateTime


class PersonFields:
    """Fields this part adds to the project."""

    erased_at = DateTime(description="Since when nothing personal is kept, if so.")


class PersonQueries:
    """Queries of this part."""

    bespoke_personal_data = graphene.Field(
        JSON,
        id=graphene.Argument(graphene.ID, required=True, description="The commission's id."),
        description=(
            "Everything that is kept about a commission and its customer, by kind, to be handed "
            "over to them.\n\nRequires one of the permissions: MANAGE_ORDERS, MANAGE_USERS"
        ),
    )

    @staticmethod
    def resolve_bespoke_personal_data(_root: Any, info: Any, id: str) -> Any:
        actor = actor_of(info)
        try:
            for permission in (MANAGE_ORDERS, MANAGE_USERS):
                actor.require(permission)
        except PermissionDenied as error:
            raise denied(error) from None
        try:
            project = project_visible(actor=actor, pk=decode_id(id, "BespokeProject"))
        except NotFound:
            return None
        return None if project is None else commission_told(project)


class PersonalDataErase(BespokeMutation):
    """Forget a customer."""

    class Meta:
        command = "personal_data_erase"
        permissions = (MANAGE_USERS,)
        description = (
            "Erase what is personal in a commission that is over: names, addresses, words, files, "
            "reports. Sums, digests and the timeline stay. It cannot be undone. Staff need "
            "MANAGE_USERS as well."
        )

    class Arguments:
        id = graphene.ID(required=True, description="The commission's id.")

    project = project_field()

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        project_pk = decode_id(data["id"], "BespokeProject")
        return {"project": personal_data_erase(actor=actor, project_pk=project_pk)}


class PersonMutations:
    """Operations of this part."""

    bespoke_personal_data_erase = PersonalDataErase.Field()
