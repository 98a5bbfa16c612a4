"""API of packing, parcels, collection."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_bespoke.flows import parcels
from saleor_bespoke.graphql.base import BespokeMutation, decode_id, project_field
from saleor_bespoke.graphql.loaders import rows_of
from saleor_bespoke.graphql.refund_terms import refund_terms_field
from saleor_bespoke.graphql.values import enum, money
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.types import DateTime, Decimal, Money
from saleor_bespoke.steps.shipping import services
from saleor_bespoke.steps.shipping.models import Shipment
from saleor_bespoke.steps.shipping.rules import IDENTITY_DOCUMENTS, Packing

BespokeShipmentPurpose = enum(
    "BespokeShipmentPurpose", "What a parcel is for.", "ORDER", "RESIZE", "CLAIM"
)
BespokeShipmentMethod = enum(
    "BespokeShipmentMethod", "How a piece is handed over.", "CARRIER", "COLLECTION"
)
BespokeShipmentStatus = enum(
    "BespokeShipmentStatus",
    "How a shipment stands.",
    "PACKED",
    "DISPATCHED",
    "DELIVERED",
    "COLLECTED",
)
BespokeIncoterm = enum("BespokeIncoterm", "Who bears the duties of a delivery.", "DDP", "DAP")
BespokeDutiesPayer = enum("BespokeDutiesPayer", "Who pays duties on arrival.", "SHOP", "CUSTOMER")
BespokeIdentityDocument = enum(
    "BespokeIdentityDocument", "What somebody identified themselves with.", *IDENTITY_DOCUMENTS
)


class BespokeShipment(graphene.ObjectType):
    """A parcel or a collection."""

    class Meta:
        description = "A parcel on its way to the customer, or a collection in person."
        interfaces = (graphene.relay.Node,)

    purpose = BespokeShipmentPurpose(required=True, description="What it is for.")
    method = BespokeShipmentMethod(required=True, description="How it is handed over.")
    status = BespokeShipmentStatus(required=True, description="How it stands.")
    packing = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="What was put in."
    )
    incoterm = BespokeIncoterm(description="The terms of delivery, where a border is crossed.")
    duties_payer = BespokeDutiesPayer(description="Who pays duties, where any arise.")
    hs_code = graphene.String(required=True, description="The customs tariff's code.")
    origin_country = graphene.String(required=True, description="Where the piece was made.")
    declared_value = graphene.Field(Money, description="The value declared to customs.")
    insured_value = graphene.Field(Money, description="The value it is insured for.")
    signature_required = graphene.Boolean(
        required=True, description="Whether it is handed over against signature only."
    )
    carrier = graphene.String(required=True, description="Who carries it.")
    tracking_number = graphene.String(required=True, description="The carrier's number.")
    received_by = graphene.String(required=True, description="Who received it, if noted.")
    identity_document = BespokeIdentityDocument(description="What a collector showed.")
    signed = graphene.Boolean(required=True, description="Whether a collector signed.")
    packed_at = DateTime(required=True, description="When it was packed.")
    dispatched_at = DateTime(description="When it left.")
    delivered_at = DateTime(description="When it arrived.")

    @staticmethod
    def resolve_incoterm(root: Shipment, _info: Any) -> str | None:
        return root.incoterm or None

    @staticmethod
    def resolve_duties_payer(root: Shipment, _info: Any) -> str | None:
        return root.duties_payer or None

    @staticmethod
    def resolve_identity_document(root: Shipment, _info: Any) -> str | None:
        return root.identity_document or None

    @staticmethod
    def resolve_declared_value(root: Shipment, _info: Any) -> Any:
        return money(root.declared_value, root.currency)

    @staticmethod
    def resolve_insured_value(root: Shipment, _info: Any) -> Any:
        return money(root.insured_value, root.currency)


class ShippingFields:
    """Fields this room adds to the project."""

    shipments = graphene.List(
        graphene.NonNull(BespokeShipment),
        required=True,
        description="Its parcels and collections, oldest first.",
    )

    @staticmethod
    def resolve_shipments(root: BespokeProject, info: Any) -> Any:
        return rows_of(info, "shipments", Shipment.objects.all, "project_id", root.pk)


class ShippingQueries:
    """Queries of this room."""


class BespokePackingInput(graphene.InputObjectType):
    """A packed parcel's papers."""

    class Meta:
        description = "What staff put into a parcel and write on it."

    packing = graphene.List(
        graphene.NonNull(graphene.String),
        required=True,
        description="The ticked items of the channel's packing checklist; all are needed.",
    )
    declared_value = Decimal(required=True, description="The piece's value for customs.")
    insured_value = Decimal(required=True, description="At least the declared value.")
    currency = graphene.String(required=True, description="The commission's currency.")
    incoterm = BespokeIncoterm(
        description="DDP where the quote includes duties, DAP where the customer pays them."
    )
    hs_code = graphene.String(description="The customs tariff's code; the channel's if left out.")
    origin_country = graphene.String(description="Country code; the channel's if left out.")
    signature_required = graphene.Boolean(description="True if left out.")


class ShipmentPack(BespokeMutation):
    """Pack the piece."""

    class Meta:
        command = "shipment_pack"
        description = "Pack the finished piece with its papers, or correct them before it leaves."

    class Arguments:
        project = graphene.ID(required=True, description="The commission's id.")
        input = BespokePackingInput(required=True, description="The parcel's content and papers.")

    project = project_field()
    shipment = graphene.Field(BespokeShipment, description="The packed parcel.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        given = dict(data["input"])
        shipment = parcels.shipment_pack(
            actor=actor,
            project_pk=decode_id(data["project"], "BespokeProject", field="project"),
            packing=Packing(ticked=tuple(given.pop("packing")), **given),
        )
        return {"project": shipment.project, "shipment": shipment}


class ShipmentDispatch(BespokeMutation):
    """Send the parcel."""

    class Meta:
        command = "shipment_dispatch"
        description = "Hand a packed parcel to a carrier; the host's fulfilment follows."

    class Arguments:
        id = graphene.ID(required=True, description="The parcel's id.")
        carrier = graphene.String(required=True, description="Who carries it; 64 characters.")
        tracking_number = graphene.String(
            required=True, description="The carrier's number; 128 characters."
        )

    project = project_field()
    refund_terms = refund_terms_field()
    shipment = graphene.Field(BespokeShipment, description="The parcel.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        shipment = parcels.shipment_dispatch(
            actor=actor,
            shipment_pk=decode_id(data["id"], "BespokeShipment"),
            carrier=data["carrier"],
            tracking_number=data["tracking_number"],
        )
        return {"project": shipment.project, "shipment": shipment}


class ShipmentTrackingUpdate(BespokeMutation):
    """Correct a tracking number."""

    class Meta:
        command = "shipment_tracking_update"
        description = "Correct the tracking number of a parcel that has left, also in the host."

    class Arguments:
        id = graphene.ID(required=True, description="The parcel's id.")
        tracking_number = graphene.String(
            required=True, description="The carrier's number; 128 characters."
        )

    project = project_field()
    shipment = graphene.Field(BespokeShipment, description="The parcel.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        shipment = services.shipment_tracking_update(
            actor=actor,
            shipment_pk=decode_id(data["id"], "BespokeShipment"),
            tracking_number=data["tracking_number"],
        )
        return {"project": shipment.project, "shipment": shipment}


class ShipmentDeliver(BespokeMutation):
    """Record the arrival."""

    class Meta:
        command = "shipment_deliver"
        description = "Record that the piece has arrived; the days of the free resize begin."

    class Arguments:
        id = graphene.ID(required=True, description="The parcel's id.")
        delivered_at = DateTime(description="When it arrived; now if left out.")
        received_by = graphene.String(description="Who received it.")

    project = project_field()
    shipment = graphene.Field(BespokeShipment, description="The parcel.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        shipment = services.shipment_deliver(
            actor=actor,
            shipment_pk=decode_id(data["id"], "BespokeShipment"),
            delivered_at=data.get("delivered_at"),
            received_by=data.get("received_by", ""),
        )
        return {"project": shipment.project, "shipment": shipment}


class PieceCollect(BespokeMutation):
    """Hand the piece over in person."""

    class Meta:
        command = "piece_collect"
        description = "Hand the piece over in person, identified and against signature."

    class Arguments:
        project = graphene.ID(required=True, description="The commission's id.")
        received_by = graphene.String(required=True, description="Who collects it.")
        identity_document = BespokeIdentityDocument(
            required=True, description="What they identified themselves with; no number is kept."
        )
        signed = graphene.Boolean(required=True, description="Whether they signed.")

    project = project_field()
    shipment = graphene.Field(BespokeShipment, description="The collection.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        shipment = parcels.piece_collect(
            actor=actor,
            project_pk=decode_id(data["project"], "BespokeProject", field="project"),
            received_by=data["received_by"],
            identity_document=data["identity_document"],
            signed=data["signed"],
        )
        return {"project": shipment.project, "shipment": shipment}


class ShippingMutations:
    """Operations of this room."""

    bespoke_shipment_pack = ShipmentPack.Field()
    bespoke_shipment_dispatch = ShipmentDispatch.Field()
    bespoke_shipment_tracking_update = ShipmentTrackingUpdate.Field()
    bespoke_shipment_deliver = ShipmentDeliver.Field()
    bespoke_piece_collect = PieceCollect.Field()
