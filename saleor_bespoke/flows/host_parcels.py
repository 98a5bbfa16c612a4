"""Parcels recorded, cancelled or corrected in the host itself: adopted, or put before staff."""

from __future__ import annotations

from django.db import transaction

from saleor_bespoke.flows.parcels import host_tracking_update
from saleor_bespoke.money.models import Payable
from saleor_bespoke.project import attention, journal
from saleor_bespoke.project.access import SYSTEM
from saleor_bespoke.project.models import BespokeProject, Delivery
from saleor_bespoke.project.services import lock_for_system
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.shop.port import Fulfillment, FulfillmentStatus, answers, shop
from saleor_bespoke.steps.quality.selectors import shipping_obstacles
from saleor_bespoke.steps.shipping import hosting as shipping
from saleor_bespoke.steps.shipping.events import HostFulfilledEarly
from saleor_bespoke.steps.shipping.models import Shipment
from saleor_bespoke.steps.shipping.selectors import piece_shipment


def _live_parcels(order_id: str) -> dict[str, Fulfillment]:
    order = shop().order(order_id)
    parcels = order.fulfillments if order else ()
    return {
        parcel.fulfillment_id: parcel
        for parcel in parcels
        if parcel.status == FulfillmentStatus.FULFILLED
    }


def _payable(order_id: str) -> Payable | None:
    """The piece's sum that this order belongs to; orders for services have no parcel of ours."""
    return Payable.objects.filter(order_id=order_id, kind="QUOTE").first()


@answers("order_fulfilled")
def order_fulfilled(*, order_id: str) -> None:
    """The host recorded a parcel: ours, staff's own, or one that should not exist yet."""
    payable = _payable(order_id)
    if payable is None:
        return
    with transaction.atomic():
        project = lock_for_system(payable.project_id)
        payable.refresh_from_db()
        live = _live_parcels(order_id)
        shipment = piece_shipment(project)
        if not live or (shipment is not None and shipment.host_fulfillment_id in live):
            return
        _adopt(project, payable, shipment, next(iter(live.values())))


def _adopt(
    project: BespokeProject, payable: Payable, shipment: Shipment | None, parcel: Fulfillment
) -> None:
    if shipment is not None and shipment.status != "PACKED":
        shipping.shipment_fulfilled_mark(
            project=project, shipment=shipment, fulfillment_id=parcel.fulfillment_id
        )
        return
    if _told_early(project, parcel):
        return
    if payable.status != "PAID" or project.stage == Stage.CANCELLED:
        _too_early(project, parcel, "FULFILLED_AFTER_CANCEL", "this commission has ended")
    elif project.stage != Stage.SHIPPING or shipping_obstacles(project):
        _too_early(project, parcel, "FULFILLED_BEFORE_QC", "it has not passed quality control")
    else:
        packed = shipment is not None and shipment.declared_value is not None
        shipping.shipment_adopt(
            project=project,
            shipment=shipment,
            fulfillment_id=parcel.fulfillment_id,
            tracking_number=parcel.tracking_number,
        )
        if not packed:
            attention.raise_for(
                project,
                "DISPATCHED_UNPACKED",
                "The parcel was recorded in the shop, but its packing and customs papers were not.",
            )


def _told_early(project: BespokeProject, parcel: Fulfillment) -> bool:
    """Whether staff know of this parcel: said again when the piece is ready, it still is here."""
    told = project.events.filter(
        kind=HostFulfilledEarly.__name__, payload__fulfillment=parcel.fulfillment_id
    )
    return bool(told.exists())


def _too_early(project: BespokeProject, parcel: Fulfillment, reason: str, why: str) -> None:
    journal.record(project, HostFulfilledEarly(fulfillment=parcel.fulfillment_id), actor=SYSTEM)
    attention.raise_for(
        project, reason, f"The piece was marked as sent in the shop, although {why}."
    )


@answers("fulfillment_cancelled")
def fulfillment_cancelled(*, order_id: str) -> None:
    """The host's parcel was cancelled: it waits packed again, and staff say what became of it."""
    payable = _payable(order_id)
    if payable is None:
        return
    with transaction.atomic():
        project = lock_for_system(payable.project_id)
        shipment = piece_shipment(project)
        if shipment is None or shipment.host_fulfillment_id is None:
            return
        if shipment.host_fulfillment_id in _live_parcels(order_id):
            return
        shipping.shipment_recalled_mark(project=project, shipment=shipment)
        attention.raise_for(
            project,
            "FULFILLMENT_CANCELLED",
            "The parcel was cancelled in the shop; dispatch it again, or correct the shop.",
        )


@answers("tracking_updated")
def tracking_updated(*, order_id: str) -> None:
    """The host's number of the parcel becomes ours, unless a newer one is on its way there."""
    payable = _payable(order_id)
    if payable is None:
        return
    with transaction.atomic():
        project = lock_for_system(payable.project_id)
        shipment = piece_shipment(project)
        if shipment is None or _correction_owed(project):
            return
        parcel = _live_parcels(order_id).get(shipment.host_fulfillment_id or "")
        if parcel is not None and parcel.tracking_number:
            shipping.tracking_adopt(
                project=project, shipment=shipment, tracking_number=parcel.tracking_number
            )


def _correction_owed(project: BespokeProject) -> bool:
    return Delivery.objects.filter(
        event__project=project,
        handler=host_tracking_update.__name__,
        done_at=None,
        given_up_at=None,
    ).exists()
