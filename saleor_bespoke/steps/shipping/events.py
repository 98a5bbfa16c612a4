"""What the timeline says of the way to the customer."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from saleor_bespoke.project.journal import Event


@dataclass(frozen=True, kw_only=True)
class ShipmentPacked(Event):
    title = "Piece packed"
    shipment: UUID


@dataclass(frozen=True, kw_only=True)
class ShipmentDispatched(Event):
    """`adopted` tells that the parcel was first recorded in the host."""

    title = "Piece dispatched"
    shipment: UUID
    purpose: str
    adopted: bool


@dataclass(frozen=True, kw_only=True)
class ShipmentTrackingUpdated(Event):
    title = "Tracking number corrected"
    shipment: UUID


@dataclass(frozen=True, kw_only=True)
class ShipmentTrackingAdopted(Event):
    title = "Tracking number changed in the shop"
    shipment: UUID


@dataclass(frozen=True, kw_only=True)
class ShipmentDelivered(Event):
    title = "Piece delivered"
    shipment: UUID


@dataclass(frozen=True, kw_only=True)
class PieceCollected(Event):
    title = "Piece collected in person"
    shipment: UUID


@dataclass(frozen=True, kw_only=True)
class ShipmentFulfilled(Event):
    title = "Parcel recorded in the shop"
    shared = False
    shipment: UUID
    fulfillment: str


@dataclass(frozen=True, kw_only=True)
class ShipmentRecalled(Event):
    title = "Parcel cancelled in the shop"
    shared = False
    shipment: UUID
    fulfillment: str


@dataclass(frozen=True, kw_only=True)
class HostFulfilledEarly(Event):
    title = "Parcel recorded in the shop before the piece may leave"
    shared = False
    fulfillment: str
