"""What the host tells of a piece's parcel, written on its shipment. The project is locked."""

from __future__ import annotations

from saleor_bespoke import clock
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import SYSTEM
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.steps.shipping import rules
from saleor_bespoke.steps.shipping.events import (
    ShipmentDispatched,
    ShipmentFulfilled,
    ShipmentRecalled,
    ShipmentTrackingAdopted,
)
from saleor_bespoke.steps.shipping.models import Shipment


def shipment_adopt(
    *,
    project: BespokeProject,
    shipment: Shipment | None,
    fulfillment_id: str,
    tracking_number: str,
) -> Shipment:
    """The host's own parcel becomes the dispatch of the locked project's piece."""
    now = clock.now()
    shipment = shipment or Shipment(
        project=project, purpose="ORDER", method="CARRIER", packed_at=now
    )
    shipment.status, shipment.dispatched_at = "DISPATCHED", now
    shipment.tracking_number = tracking_number[: rules.LONGEST_TRACKING]
    shipment.host_fulfillment_id = fulfillment_id
    shipment.save()
    event = ShipmentDispatched(shipment=shipment.pk, purpose=shipment.purpose, adopted=True)
    journal.record(project, event, actor=SYSTEM)
    return shipment


def shipment_fulfilled_mark(
    *, project: BespokeProject, shipment: Shipment, fulfillment_id: str
) -> None:
    """The host's parcel of a shipment that left is known; said once for each parcel."""
    if shipment.status == "PACKED" or shipment.host_fulfillment_id == fulfillment_id:
        return
    shipment.host_fulfillment_id = fulfillment_id
    shipment.save(update_fields=["host_fulfillment_id"])
    event = ShipmentFulfilled(shipment=shipment.pk, fulfillment=fulfillment_id)
    journal.record(project, event, actor=SYSTEM)


def shipment_recalled_mark(*, project: BespokeProject, shipment: Shipment) -> None:
    """The host cancelled its parcel; one on its way waits packed again."""
    event = ShipmentRecalled(shipment=shipment.pk, fulfillment=shipment.host_fulfillment_id or "")
    shipment.host_fulfillment_id = None
    if shipment.status == "DISPATCHED" and project.stage == Stage.SHIPPING:
        shipment.status, shipment.dispatched_at = "PACKED", None
        shipment.carrier = shipment.tracking_number = ""
    shipment.save()
    journal.record(project, event, actor=SYSTEM)


def tracking_adopt(*, project: BespokeProject, shipment: Shipment, tracking_number: str) -> None:
    """The host's number of a parcel becomes ours; the same one again changes nothing."""
    number = tracking_number[: rules.LONGEST_TRACKING]
    if shipment.tracking_number == number:
        return
    shipment.tracking_number = number
    shipment.save(update_fields=["tracking_number"])
    journal.record(project, ShipmentTrackingAdopted(shipment=shipment.pk), actor=SYSTEM)
