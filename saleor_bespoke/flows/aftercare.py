"""Resizes that end or go back, and claims carried out: repaired, redone, exchanged, refunded."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.flows.redoing import redo_open
from saleor_bespoke.flows.withdrawal import payable_end
from saleor_bespoke.money.models import Payable
from saleor_bespoke.money.payables import payable_lock
from saleor_bespoke.money.refunds import refund_request
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.children import lock_child
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.aftercare import services as aftercare
from saleor_bespoke.steps.aftercare.events import ClaimReturned
from saleor_bespoke.steps.aftercare.models import Claim, ResizeCase
from saleor_bespoke.steps.shipping import services as shipping
from saleor_bespoke.steps.shipping.models import Shipment


@transaction.atomic
def resize_refuse(*, actor: Actor, resize_pk: str | UUID, reason: str) -> ResizeCase:
    """Staff refuse a resize before its work begins; its sum ends, or goes back if paid.

    Refusals: RESIZE_NOT_OPEN, REQUIRED, PAYMENT_IN_PROGRESS.
    """
    case: ResizeCase
    case, project, actor = lock_child(
        ResizeCase, resize_pk, "resize", actor=actor, command="resize_refuse"
    )
    aftercare.resize_refused_mark(project=project, case=case, reason=reason, actor=actor)
    if case.payable_pk is not None:
        _payable_undo(project, payable_lock(case.payable_pk), actor)
    return case


def _payable_undo(project: BespokeProject, payable: Payable, actor: Actor) -> None:
    if payable.status == "OPEN":
        payable_end(project=project, payable=payable, outcome="CANCELLED", actor=actor)
    left = payable.charged - payable.refund_committed
    if payable.status == "PAID" and left > 0:
        refund_request(
            project=project, payable=payable, amount=left, cause="RESIZE_REFUSED", actor=actor
        )


@transaction.atomic
def resize_return(
    *, actor: Actor, resize_pk: str | UUID, carrier: str, tracking_number: str
) -> tuple[ResizeCase, Shipment]:
    """The resized ring goes back to its owner by a parcel of its own.

    Refusals: RESIZE_NOT_OPEN, REQUIRED, INVALID.
    """
    case: ResizeCase
    case, project, actor = lock_child(
        ResizeCase, resize_pk, "resize", actor=actor, command="resize_return"
    )
    if case.status != "FINISHED":
        raise BespokeError(ErrorCode.RESIZE_NOT_OPEN, "This resize is not finished.", field="id")
    shipment = shipping.parcel_send(
        project=project,
        purpose="RESIZE",
        case_pk=case.pk,
        carrier=carrier,
        tracking_number=tracking_number,
        actor=actor,
    )
    aftercare.resize_returned_mark(project=project, case=case, shipment_pk=shipment.pk, actor=actor)
    return case, shipment


@dataclass(frozen=True)
class Decided:
    """A decided claim; a redo comes with its secret token, known only now."""

    claim: Claim
    token: str | None


@transaction.atomic
def claim_decide(
    *,
    actor: Actor,
    claim_pk: str | UUID,
    accepted: bool,
    explanation: str,
    remedy: str = "",
    refund_amount: Decimal | None = None,
    measured_size_mm: Decimal | None = None,
) -> Decided:
    """Staff decide a claim and carry its remedy out.

    A redo opens a linked commission of the same owner, agreed as the first and with nothing to
    pay; a refund is at most what was captured and not yet given back. Refusals:
    CLAIM_NOT_OPEN, NOT_REFUNDABLE, SIZE_NOT_MEASURED_BY_STUDIO, REQUIRED, INVALID.
    """
    claim: Claim
    claim, project, actor = lock_child(
        Claim, claim_pk, "claim", actor=actor, command="claim_decide"
    )
    aftercare.claim_decided_mark(
        project=project,
        claim=claim,
        accepted=accepted,
        remedy=remedy,
        explanation=explanation,
        refund_amount=refund_amount,
        measured_size_mm=measured_size_mm,
        actor=actor,
    )
    if refund_amount is not None:
        _refund(project, refund_amount, actor)
    if claim.remedy != "REDO":
        return Decided(claim, None)
    claim.redo_project, token = redo_open(project, actor)
    claim.save(update_fields=["redo_project"])
    return Decided(claim, token)


def _refund(project: BespokeProject, amount: Decimal, actor: Actor) -> None:
    """Give back from the piece's own sum first, then from its changes and services."""
    paid = list(project.payables.filter(status="PAID"))
    paid.sort(key=lambda payable: payable.kind != "QUOTE")
    if amount > sum(payable.charged - payable.refund_committed for payable in paid):
        raise BespokeError(
            ErrorCode.NOT_REFUNDABLE,
            "This is more than what was paid and not yet given back.",
            field="refundAmount",
        )
    for payable in paid:
        part = min(amount, payable.charged - payable.refund_committed)
        if part > 0:
            refund_request(
                project=project, payable=payable, amount=part, cause="QUALITY_CLAIM", actor=actor
            )
            amount -= part


@transaction.atomic
def claim_return(
    *, actor: Actor, claim_pk: str | UUID, carrier: str, tracking_number: str
) -> tuple[Claim, Shipment]:
    """The repaired piece, or the one given for it, goes to its owner by a parcel of its own.

    Refusals: CLAIM_NOT_OPEN unless a repair or an exchange was decided, ALREADY_DONE, REQUIRED,
    INVALID.
    """
    claim: Claim
    claim, project, actor = lock_child(
        Claim, claim_pk, "claim", actor=actor, command="claim_return"
    )
    if claim.remedy not in ("REPAIR", "EXCHANGE"):
        raise BespokeError(
            ErrorCode.CLAIM_NOT_OPEN,
            "Only after a repair or an exchange does a piece go back.",
            field="id",
        )
    if project.shipments.filter(case_pk=claim.pk).exists():
        raise BespokeError(ErrorCode.ALREADY_DONE, "This piece was sent back.", field="id")
    shipment = shipping.parcel_send(
        project=project,
        purpose="CLAIM",
        case_pk=claim.pk,
        carrier=carrier,
        tracking_number=tracking_number,
        actor=actor,
    )
    event = ClaimReturned(claim=claim.pk, shipment=shipment.pk)
    journal.record(project, event, actor=actor)
    return claim, shipment
