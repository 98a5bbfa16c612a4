"""Writes on shipments. What spans rooms (the certificates, the host's parcel) is a flow."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from saleor_bespoke import clock, conf
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.money.minor_units import quantum
from saleor_bespoke.project import journal, texts
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.children import lock_child
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import stage_move
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.steps.shipping import rules
from saleor_bespoke.steps.shipping.events import (
    PieceCollected,
    ShipmentDelivered,
    ShipmentDispatched,
    ShipmentPacked,
    ShipmentTrackingUpdated,
)
from saleor_bespoke.steps.shipping.models import Shipment
from saleor_bespoke.steps.shipping.rules import Packing
from saleor_bespoke.steps.shipping.selectors import piece_shipment
from saleor_bespoke.workshop.promises import promise_meet


def shipment_packed_mark(*, project: BespokeProject, packing: Packing, actor: Actor) -> Shipment:
    """Pack the locked project's piece, or correct its papers while it has not left.

    Refusals: PACKING_INCOMPLETE, CUSTOMS_INCONSISTENT, CURRENCY_MISMATCH, INSURANCE_TOO_LOW,
    INVALID, ALREADY_DONE once it has left.
    """
    shipment = piece_shipment(project)
    if shipment is not None and shipment.status != "PACKED":
        raise BespokeError(ErrorCode.ALREADY_DONE, "The piece has left the workshop.")
    facts = _packing_facts(project, packing)
    if shipment is None:
        shipment = Shipment(
            project=project, purpose="ORDER", method="CARRIER", status="PACKED", **facts
        )
    elif all(getattr(shipment, name) == value for name, value in facts.items()):
        return shipment
    for name, value in facts.items():
        setattr(shipment, name, value)
    shipment.packed_at = clock.now()
    shipment.save()
    journal.record(project, ShipmentPacked(shipment=shipment.pk), actor=actor)
    return shipment


def _packing_facts(project: BespokeProject, packing: Packing) -> dict[str, Any]:
    policy = conf.policy(project.channel)
    rules.values_check(packing, currency=project.currency, quantum=quantum(project.currency))
    customs = rules.customs_check(
        packing,
        duties=project.quotes.get(status="ACCEPTED").duties,
        hs_code=policy.hs_code,
        origin=policy.origin_country,
    )
    return {
        "packing": rules.checklist_check(packing.ticked, policy.packing_checklist),
        "incoterm": customs.incoterm,
        "hs_code": customs.hs_code,
        "origin_country": customs.origin_country,
        "duties_payer": customs.duties_payer,
        "declared_value": packing.declared_value,
        "insured_value": packing.insured_value,
        "currency": packing.currency,
        "signature_required": packing.signature_required,
    }


def shipment_dispatched_mark(
    *,
    project: BespokeProject,
    shipment: Shipment,
    carrier: str,
    tracking_number: str,
    actor: Actor,
) -> Shipment:
    """A packed parcel of the locked project leaves; the host learns of it after commit."""
    carrier, tracking_number = rules.carrier_check(carrier, tracking_number)
    if shipment.status != "PACKED":
        raise BespokeError(ErrorCode.ALREADY_DONE, "This parcel has left.", field="id")
    shipment.status, shipment.dispatched_at = "DISPATCHED", clock.now()
    shipment.carrier, shipment.tracking_number = carrier, tracking_number
    shipment.save(update_fields=["status", "dispatched_at", "carrier", "tracking_number"])
    event = ShipmentDispatched(shipment=shipment.pk, purpose=shipment.purpose, adopted=False)
    journal.record(project, event, actor=actor)
    return shipment


def parcel_send(
    *,
    project: BespokeProject,
    purpose: str,
    case_pk: UUID,
    carrier: str,
    tracking_number: str,
    actor: Actor,
) -> Shipment:
    """A piece that was with the workshop for a case goes back to its owner, once a case."""
    carrier, tracking_number = rules.carrier_check(carrier, tracking_number)
    now = clock.now()
    shipment = Shipment.objects.create(
        project=project,
        purpose=purpose,
        case_pk=case_pk,
        method="CARRIER",
        status="DISPATCHED",
        carrier=carrier,
        tracking_number=tracking_number,
        packed_at=now,
        dispatched_at=now,
    )
    event = ShipmentDispatched(shipment=shipment.pk, purpose=purpose, adopted=False)
    journal.record(project, event, actor=actor)
    return shipment


@transaction.atomic
def shipment_tracking_update(
    *, actor: Actor, shipment_pk: str | UUID, tracking_number: str
) -> Shipment:
    """Staff correct a parcel's number; the same number again changes nothing.

    Refusals: SHIPMENT_NOT_DISPATCHED, REQUIRED, INVALID.
    """
    shipment: Shipment
    shipment, project, actor = lock_child(
        Shipment, shipment_pk, "shipment", actor=actor, command="shipment_tracking_update"
    )
    number = texts.line(tracking_number, "trackingNumber", longest=rules.LONGEST_TRACKING)
    if shipment.method != "CARRIER" or shipment.status == "PACKED":
        raise BespokeError(
            ErrorCode.SHIPMENT_NOT_DISPATCHED, "This parcel is not with a carrier.", field="id"
        )
    if shipment.tracking_number == number:
        return shipment
    shipment.tracking_number = number
    shipment.save(update_fields=["tracking_number"])
    journal.record(project, ShipmentTrackingUpdated(shipment=shipment.pk), actor=actor)
    return shipment


@transaction.atomic
def shipment_deliver(
    *,
    actor: Actor,
    shipment_pk: str | UUID,
    delivered_at: datetime | None = None,
    received_by: str = "",
) -> Shipment:
    """The piece has arrived: its promise is kept and the days of the free resize begin.

    `delivered_at` is the carrier's time of it, now if left out. Refusals: SHIPMENT_NOT_DISPATCHED,
    INVALID for a time before the dispatch or in the future.
    """
    shipment: Shipment
    shipment, project, actor = lock_child(
        Shipment, shipment_pk, "shipment", actor=actor, command="shipment_deliver"
    )
    if shipment.status != "DISPATCHED" or shipment.dispatched_at is None:
        raise BespokeError(
            ErrorCode.SHIPMENT_NOT_DISPATCHED, "This parcel is not on its way.", field="id"
        )
    name = texts.line(received_by, "receivedBy", longest=rules.LONGEST_NAME, required=False)
    now = clock.now()
    at = delivered_at or now
    if at.tzinfo is None or not shipment.dispatched_at <= at <= now:
        raise BespokeError(
            ErrorCode.INVALID,
            "A parcel arrives after it was dispatched and not in the future.",
            field="deliveredAt",
        )
    shipment.status, shipment.delivered_at, shipment.received_by = "DELIVERED", at, name
    shipment.save(update_fields=["status", "delivered_at", "received_by"])
    _arrived(project, ShipmentDelivered(shipment=shipment.pk), actor)
    return shipment


def piece_collected_mark(
    *,
    project: BespokeProject,
    received_by: str,
    identity_document: str,
    signed: bool,
    actor: Actor,
) -> Shipment:
    """Somebody collects the locked project's piece, identified and against signature."""
    name = rules.receiver_check(
        received_by=received_by, identity_document=identity_document, signed=signed
    )
    now = clock.now()
    shipment = piece_shipment(project) or Shipment(project=project, purpose="ORDER", packed_at=now)
    if shipment.status not in ("", "PACKED"):
        raise BespokeError(ErrorCode.ALREADY_DONE, "The piece has left the workshop.")
    shipment.method, shipment.status = "COLLECTION", "COLLECTED"
    shipment.dispatched_at = shipment.delivered_at = now
    shipment.received_by, shipment.identity_document = name, identity_document
    shipment.signed = signed
    shipment.save()
    _arrived(project, PieceCollected(shipment=shipment.pk), actor)
    return shipment


def _arrived(
    project: BespokeProject, event: ShipmentDelivered | PieceCollected, actor: Actor
) -> None:
    promise_meet(project=project, step="SHIPPING")
    stage_move(project, Stage.AFTERCARE, actor=actor)
    journal.record(project, event, actor=actor)
