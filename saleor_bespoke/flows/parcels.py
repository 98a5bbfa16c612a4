"""Packed → out → recorded in the host: the parcel, or the collection, of the finished piece."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.money.models import Payable
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.children import lock_child
from saleor_bespoke.project.deliveries import RetryLater, handles
from saleor_bespoke.project.models import BespokeProject, Delivery
from saleor_bespoke.project.services import lock_for_system, lock_project
from saleor_bespoke.shop.port import Effect, Outcome, shop
from saleor_bespoke.steps.quality.rules import obstacles_raise
from saleor_bespoke.steps.quality.selectors import shipping_obstacles
from saleor_bespoke.steps.shipping import services as shipping
from saleor_bespoke.steps.shipping.events import (
    PieceCollected,
    ShipmentDispatched,
    ShipmentTrackingUpdated,
)
from saleor_bespoke.steps.shipping.hosting import shipment_fulfilled_mark
from saleor_bespoke.steps.shipping.models import Shipment
from saleor_bespoke.steps.shipping.rules import Packing

#: How long to wait before asking again about an effect the host has not finished.
PENDING_SECONDS = 30


@transaction.atomic
def shipment_pack(*, actor: Actor, project_pk: str | UUID, packing: Packing) -> Shipment:
    """Staff pack the piece with its papers; its certificates are asked for once more.

    Refusals: those of quality control (CERTIFICATE_MISSING and others), PACKING_INCOMPLETE,
    CUSTOMS_INCONSISTENT, CURRENCY_MISMATCH, INSURANCE_TOO_LOW, INVALID, ALREADY_DONE.
    """
    project, actor = lock_project(project_pk, actor=actor, command="shipment_pack")
    obstacles_raise(shipping_obstacles(project))
    return shipping.shipment_packed_mark(project=project, packing=packing, actor=actor)


@transaction.atomic
def shipment_dispatch(
    *, actor: Actor, shipment_pk: str | UUID, carrier: str, tracking_number: str
) -> Shipment:
    """The packed parcel leaves with a carrier; the host's fulfilment follows, exactly one.

    Refusals: those of quality control, SHIPMENT_NOT_PACKED, ALREADY_DONE, REQUIRED, INVALID.
    """
    shipment: Shipment
    shipment, project, actor = lock_child(
        Shipment, shipment_pk, "shipment", actor=actor, command="shipment_dispatch"
    )
    if shipment.status == "PACKED":
        obstacles_raise(shipping_obstacles(project))
        if shipment.declared_value is None:
            raise BespokeError(
                ErrorCode.SHIPMENT_NOT_PACKED, "The parcel has no papers yet: pack it.", field="id"
            )
    return shipping.shipment_dispatched_mark(
        project=project,
        shipment=shipment,
        carrier=carrier,
        tracking_number=tracking_number,
        actor=actor,
    )


@transaction.atomic
def piece_collect(
    *,
    actor: Actor,
    project_pk: str | UUID,
    received_by: str,
    identity_document: str,
    signed: bool,
) -> Shipment:
    """The piece is handed over in person, identified and against signature.

    Refusals: those of quality control, IDENTITY_MISSING, SIGNATURE_MISSING, REQUIRED, INVALID,
    ALREADY_DONE for a parcel that is on its way.
    """
    project, actor = lock_project(project_pk, actor=actor, command="piece_collect")
    obstacles_raise(shipping_obstacles(project))
    return shipping.piece_collected_mark(
        project=project,
        received_by=received_by,
        identity_document=identity_document,
        signed=signed,
        actor=actor,
    )


def piece_payable(project: BespokeProject) -> Payable | None:
    """The paid sum whose order the piece itself belongs to; a redo of the shop's own has none."""
    return project.payables.filter(kind="QUOTE", status="PAID").first()


@handles(ShipmentDispatched, PieceCollected)
def host_fulfil(delivery: Delivery) -> None:
    """Record the piece's parcel in the host; one that is there already becomes ours."""
    shipment = _shipment(delivery)
    payable = piece_payable(shipment.project)
    if shipment.purpose != "ORDER" or shipment.status == "PACKED" or payable is None:
        return
    if shipment.host_fulfillment_id is None:
        effect = shop().order_fulfill(
            order_id=str(payable.order_id),
            tracking_number=shipment.tracking_number,
            key=str(delivery.pk),
        )
        _done(effect, f"Order {payable.order_number}")
        with transaction.atomic():
            project = lock_for_system(shipment.project_id)
            shipment.refresh_from_db()
            if shipment.host_fulfillment_id is None:
                shipment_fulfilled_mark(
                    project=project, shipment=shipment, fulfillment_id=effect.reference
                )
    if not delivery.event.payload.get("adopted"):
        _tracking_send(shipment, payable, key=f"{delivery.pk}:tracking")


@handles(ShipmentTrackingUpdated)
def host_tracking_update(delivery: Delivery) -> None:
    """Tell the host a corrected number; a parcel it does not know yet gets it at its recording."""
    shipment = _shipment(delivery)
    payable = piece_payable(shipment.project)
    if shipment.purpose == "ORDER" and payable is not None:
        _tracking_send(shipment, payable, key=str(delivery.pk))


def _shipment(delivery: Delivery) -> Shipment:
    return Shipment.objects.select_related("project").get(
        pk=UUID(delivery.event.payload["shipment"])
    )


def _tracking_send(shipment: Shipment, payable: Payable, *, key: str) -> None:
    order = shop().order(str(payable.order_id))
    parcels = order.fulfillments if order else ()
    there = next((p for p in parcels if p.fulfillment_id == shipment.host_fulfillment_id), None)
    number = shipment.tracking_number
    if there is None or not number or there.tracking_number == number:
        return
    effect = shop().tracking_update(
        fulfillment_id=there.fulfillment_id, tracking_number=number, key=key
    )
    _done(effect, f"Parcel of order {payable.order_number}")


def _done(effect: Effect, what: str) -> None:
    if effect.outcome is Outcome.PENDING:
        raise RetryLater(PENDING_SECONDS)
    if effect.outcome is Outcome.FAILED:
        raise RuntimeError(f"{what}: {effect.reason}")
