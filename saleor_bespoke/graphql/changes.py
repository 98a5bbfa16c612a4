"""API of change orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphene

from saleor_bespoke.flows import changes
from saleor_bespoke.graphql.base import BespokeMutation, decode_id, project_field, token_argument
from saleor_bespoke.graphql.change_types import BespokeChangeOrder
from saleor_bespoke.graphql.money import BespokePayable, opened_payload
from saleor_bespoke.graphql.specification_inputs import (
    BespokeSpecificationInput,
    specification_of,
)
from saleor_bespoke.project.access import Actor
from saleor_bespoke.shop.types import Decimal
from saleor_bespoke.steps.cad import services


class BespokeMaterialQuantityInput(graphene.InputObjectType):
    """A material and how much of it."""

    class Meta:
        description = "A material and how much of it, in pieces or grams."

    material = graphene.ID(required=True, description="The material's id.")
    quantity = Decimal(required=True, description="Pieces or grams.")


def quantities_of(rows: Sequence[Any]) -> dict[Any, Any]:
    """The named materials by quantity; of one named twice, the last."""
    return {
        decode_id(row["material"], "BespokeMaterial", field="materials"): row["quantity"]
        for row in rows
    }


class BespokeChangeOrderInput(graphene.InputObjectType):
    """A proposed change."""

    class Meta:
        description = "A change of metal, stone, size or head with its price and date."

    specification = BespokeSpecificationInput(required=True, description="What would bind then.")
    reason = graphene.String(required=True, description="What changes and why.")
    price_difference = Decimal(
        required=True, description="What it costs in the commission's currency; may be negative."
    )
    business_days = graphene.Int(description="By how many business days it delays the work.")
    materials = graphene.List(
        graphene.NonNull(BespokeMaterialQuantityInput), description="Materials it needs."
    )
    releases = graphene.List(
        graphene.NonNull(graphene.ID), description="Locked materials it no longer needs."
    )


class ChangeOrderPropose(BespokeMutation):
    """Propose a change."""

    class Meta:
        command = "change_order_propose"
        description = "Price a change that is no tweak; nothing happens until it is accepted."

    class Arguments:
        project = graphene.ID(required=True, description="The commission's id.")
        input = BespokeChangeOrderInput(required=True, description="The change.")

    project = project_field()
    change_order = graphene.Field(BespokeChangeOrder, description="The change order.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        wished = data["input"]
        change = services.change_order_propose(
            actor=actor,
            project_pk=decode_id(data["project"], "BespokeProject", field="project"),
            specification=specification_of(wished["specification"]).to_json(),
            reason=wished["reason"],
            price_difference=wished["price_difference"],
            business_days=wished.get("business_days", 0),
            materials=quantities_of(wished.get("materials", [])),
            releases=[
                decode_id(value, "BespokeMaterial", field="releases")
                for value in wished.get("releases", [])
            ],
        )
        return {"project": change.project, "change_order": change}


def _payload(decided: changes.Decided) -> dict[str, Any]:
    opened = opened_payload(decided.opened) if decided.opened else {}
    return {**opened, "project": decided.project, "change_order": decided.change}


class ChangeOrderAccept(BespokeMutation):
    """Accept a change."""

    class Meta:
        command = "change_order_accept"
        description = "Accept a change; it binds once its difference is settled."

    class Arguments:
        id = graphene.ID(required=True, description="The change order's id.")
        token = token_argument()

    project = project_field()
    change_order = graphene.Field(BespokeChangeOrder, description="The change order.")
    payable = graphene.Field(BespokePayable, description="What is owed for it, if anything.")
    checkout_id = graphene.ID(description="The checkout a storefront pays.")
    checkout_url = graphene.String(description="Where the storefront pays it.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        pk = decode_id(data["id"], "BespokeChangeOrder")
        return _payload(changes.change_order_accept(actor=actor, change_order_pk=pk))


class ChangeOrderDecline(BespokeMutation):
    """Decline a change."""

    class Meta:
        command = "change_order_decline"
        description = "Decline a change, or give up one that is accepted and unpaid."

    class Arguments:
        id = graphene.ID(required=True, description="The change order's id.")
        token = token_argument()

    project = project_field()
    change_order = graphene.Field(BespokeChangeOrder, description="The change order.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        pk = decode_id(data["id"], "BespokeChangeOrder")
        return _payload(changes.change_order_decline(actor=actor, change_order_pk=pk))


class ChangeOrderWithdraw(BespokeMutation):
    """Take a change back."""

    class Meta:
        command = "change_order_withdraw"
        description = "Take an undecided or unpaid change back."

    class Arguments:
        id = graphene.ID(required=True, description="The change order's id.")

    project = project_field()
    change_order = graphene.Field(BespokeChangeOrder, description="The change order.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        pk = decode_id(data["id"], "BespokeChangeOrder")
        return _payload(changes.change_order_withdraw(actor=actor, change_order_pk=pk))


class ChangesMutations:
    """Operations of this room."""

    bespoke_change_order_propose = ChangeOrderPropose.Field()
    bespoke_change_order_accept = ChangeOrderAccept.Field()
    bespoke_change_order_decline = ChangeOrderDecline.Field()
    bespoke_change_order_withdraw = ChangeOrderWithdraw.Field()
