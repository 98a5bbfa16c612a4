"""API of the resize, from the question to the ring's way back."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_bespoke.flows import aftercare
from saleor_bespoke.graphql.aftercare_types import BespokeResize
from saleor_bespoke.graphql.base import (
    BespokeMutation,
    decode_id,
    project_field,
    token_argument,
)
from saleor_bespoke.graphql.money import BespokePayable
from saleor_bespoke.graphql.shipping import BespokeShipment
from saleor_bespoke.graphql.specification import BespokeRingSizeSystem
from saleor_bespoke.project.access import Actor
from saleor_bespoke.shop.types import Decimal
from saleor_bespoke.steps.aftercare import services
from saleor_bespoke.steps.aftercare.models import ResizeCase


def _payload(case: ResizeCase) -> dict[str, Any]:
    return {"project": case.project, "resize": case}


class ResizeRequest(BespokeMutation):
    """Ask for a resize."""

    class Meta:
        command = "resize_request"
        description = (
            "Ask for another ring size; the answer says at once whether it is free, paid or "
            "impossible, and why."
        )

    class Arguments:
        project = graphene.ID(required=True, description="The commission's id.")
        system = BespokeRingSizeSystem(required=True, description="Whose label it is.")
        label = graphene.String(required=True, description="The wished size, e.g. 6 1/2 or 54.")
        note = graphene.String(description="Words to the workshop; 1000 characters.")
        token = token_argument()

    project = project_field()
    resize = graphene.Field(BespokeResize, description="The resize.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        case = services.resize_request(
            actor=actor,
            project_pk=decode_id(data["project"], "BespokeProject", field="project"),
            system=data["system"],
            label=data["label"],
            note=data.get("note", ""),
        )
        return _payload(case)


class ResizeGrant(BespokeMutation):
    """Grant the free resize."""

    class Meta:
        command = "resize_grant"
        description = "Grant the free resize, once for each piece."

    class Arguments:
        id = graphene.ID(required=True, description="The resize's id.")

    project = project_field()
    resize = graphene.Field(BespokeResize, description="The resize.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        pk = decode_id(data["id"], "BespokeResize")
        return _payload(services.resize_grant(actor=actor, resize_pk=pk))


class ResizePrice(BespokeMutation):
    """Price a resize."""

    class Meta:
        command = "resize_price"
        description = "Price a resize that is not free; the customer pays it as a sum of its own."

    class Arguments:
        id = graphene.ID(required=True, description="The resize's id.")
        amount = Decimal(description="Its price; the channel's if left out.")

    project = project_field()
    resize = graphene.Field(BespokeResize, description="The resize.")
    payable = graphene.Field(BespokePayable, description="What is owed for it.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        case, payable = services.resize_price(
            actor=actor,
            resize_pk=decode_id(data["id"], "BespokeResize"),
            amount=data.get("amount"),
        )
        return {**_payload(case), "payable": payable}


class ResizeRefuse(BespokeMutation):
    """Refuse a resize."""

    class Meta:
        command = "resize_refuse"
        description = "Refuse a resize before its work begins; what was paid for it goes back."

    class Arguments:
        id = graphene.ID(required=True, description="The resize's id.")
        reason = graphene.String(required=True, description="Why, for the customer.")

    project = project_field()
    resize = graphene.Field(BespokeResize, description="The resize.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        pk = decode_id(data["id"], "BespokeResize")
        return _payload(aftercare.resize_refuse(actor=actor, resize_pk=pk, reason=data["reason"]))


class ResizeStart(BespokeMutation):
    """The ring came in."""

    class Meta:
        command = "resize_start"
        description = "Record that the ring came in: the resize's work and its promise begin."

    class Arguments:
        id = graphene.ID(required=True, description="The resize's id.")

    project = project_field()
    resize = graphene.Field(BespokeResize, description="The resize.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        pk = decode_id(data["id"], "BespokeResize")
        return _payload(services.resize_start(actor=actor, resize_pk=pk))


class ResizeFinish(BespokeMutation):
    """The ring has its new size."""

    class Meta:
        command = "resize_finish"
        description = "Record the resized ring with its measured size."

    class Arguments:
        id = graphene.ID(required=True, description="The resize's id.")
        measured_size_mm = Decimal(required=True, description="What it measures, in mm around.")

    project = project_field()
    resize = graphene.Field(BespokeResize, description="The resize.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        case = services.resize_finish(
            actor=actor,
            resize_pk=decode_id(data["id"], "BespokeResize"),
            measured_size_mm=data["measured_size_mm"],
        )
        return _payload(case)


class ResizeReturn(BespokeMutation):
    """The ring goes back."""

    class Meta:
        command = "resize_return"
        description = "Send the resized ring back to its owner."

    class Arguments:
        id = graphene.ID(required=True, description="The resize's id.")
        carrier = graphene.String(required=True, description="Who carries it; 64 characters.")
        tracking_number = graphene.String(
            required=True, description="The carrier's number; 128 characters."
        )

    project = project_field()
    resize = graphene.Field(BespokeResize, description="The resize.")
    shipment = graphene.Field(BespokeShipment, description="The parcel.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        case, shipment = aftercare.resize_return(
            actor=actor,
            resize_pk=decode_id(data["id"], "BespokeResize"),
            carrier=data["carrier"],
            tracking_number=data["tracking_number"],
        )
        return {**_payload(case), "shipment": shipment}


class ResizeMutations:
    """Operations of the resize."""

    bespoke_resize_request = ResizeRequest.Field()
    bespoke_resize_grant = ResizeGrant.Field()
    bespoke_resize_price = ResizePrice.Field()
    bespoke_resize_refuse = ResizeRefuse.Field()
    bespoke_resize_start = ResizeStart.Field()
    bespoke_resize_finish = ResizeFinish.Field()
    bespoke_resize_return = ResizeReturn.Field()
