"""The workshop's operations for staff: materials and promised dates."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_bespoke.graphql.base import BespokeMutation, decode_id, project_field
from saleor_bespoke.graphql.promise_types import BespokePromise
from saleor_bespoke.graphql.workshop_inputs import (
    BespokeMaterialInput,
    BespokeMaterialUpdateInput,
    BespokePromiseMoveInput,
    material_facts,
)
from saleor_bespoke.graphql.workshop_types import BespokeMaterial
from saleor_bespoke.project.access import MANAGE_ORDERS, Actor
from saleor_bespoke.workshop import services


class MaterialCreate(BespokeMutation):
    """Enter a material."""

    class Meta:
        permissions = (MANAGE_ORDERS,)
        description = "Enter a stone, a parcel, a metal or a finding."

    class Arguments:
        input = BespokeMaterialInput(required=True, description="Its facts.")

    material = graphene.Field(BespokeMaterial, description="The new material.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        facts = material_facts(data["input"])
        return {"material": services.material_create(actor=actor, **facts)}


class MaterialUpdate(BespokeMutation):
    """Correct a material."""

    class Meta:
        permissions = (MANAGE_ORDERS,)
        description = (
            "Correct a material's facts or its stock, never below what commissions hold. The "
            "commissions that hold it learn of its arrival and of another expected day."
        )

    class Arguments:
        id = graphene.ID(required=True, description="The material's id.")
        input = BespokeMaterialUpdateInput(required=True, description="What changes.")

    material = graphene.Field(BespokeMaterial, description="The material as it is now.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        pk = decode_id(data["id"], "BespokeMaterial")
        facts = material_facts(data["input"])
        return {"material": services.material_update(actor=actor, material_pk=pk, **facts)}


class PromiseMove(BespokeMutation):
    """Move a promised date."""

    class Meta:
        command = "promise_move"
        description = "Move a promised date and say why; the customer is told."

    class Arguments:
        id = graphene.ID(required=True, description="The promise's id.")
        input = BespokePromiseMoveInput(required=True, description="To when, and why.")

    project = project_field()
    promise = graphene.Field(BespokePromise, description="The promise as it is now.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        given = data["input"]
        promise = services.promise_move(
            actor=actor,
            promise_pk=decode_id(data["id"], "BespokePromise"),
            due_at=given["due_at"],
            cause=given["cause"],
            explanation=given["explanation"],
        )
        return {"project": promise.project, "promise": promise}
