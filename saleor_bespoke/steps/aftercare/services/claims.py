"""What is wrong with a piece: returns answered by stage, claims with evidence and decision."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from saleor_bespoke import clock, conf
from saleor_bespoke.craft.specification import Specification
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.media.services import PreparedFile, file_attach
from saleor_bespoke.money.minor_units import quantum
from saleor_bespoke.project import journal, texts
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.selectors import specification_agreed
from saleor_bespoke.project.services import lock_project
from saleor_bespoke.steps.aftercare import rules, selectors
from saleor_bespoke.steps.aftercare.events import ClaimDecided, ClaimOpened, ReturnRequested
from saleor_bespoke.steps.aftercare.models import Claim, ReturnRequest


@transaction.atomic
def return_request(
    *, actor: Actor, project_pk: str | UUID, text: str, faulty: bool = False
) -> ReturnRequest:
    """The customer wishes to return the piece; answered at once by its stage, with the reason.

    The same words at the same stage answer the same request.
    """
    project, actor = lock_project(project_pk, actor=actor, command="return_request")
    text = texts.block(text, "text", longest=rules.LONGEST_TEXT)
    answer = rules.return_answer(
        stage=project.stage,
        approved=project.revisions.filter(status="APPROVED").exists(),
        faulty=faulty,
        destination=_destination(project),
    )
    last = project.return_requests.last()
    if last and (last.text, last.stage, last.reason) == (text, project.stage, answer.reason):
        found: ReturnRequest = last
        return found
    row = ReturnRequest.objects.create(
        project=project,
        text=text,
        stage=project.stage,
        possible=answer.possible,
        reason=answer.reason,
        explanation=answer.explanation,
        legal_basis=answer.legal_basis,
        at=clock.now(),
    )
    journal.record(project, ReturnRequested(request=row.pk, reason=answer.reason), actor=actor)
    return row


def _destination(project: BespokeProject) -> str:
    quote = project.quotes.filter(status="ACCEPTED").first()
    return quote.destination_country if quote else ""


@transaction.atomic
def claim_open(
    *,
    actor: Actor,
    project_pk: str | UUID,
    kind: str,
    text: str,
    prepared: Sequence[PreparedFile] = (),
) -> Claim:
    """The customer claims a fault (with pictures of it) or a ring that does not fit.

    A size claim is judged by who measured: `liable` says who answers for it. Refusals: REQUIRED,
    INVALID, FILE_LIMIT_REACHED, CLAIM_OPEN.
    """
    project, actor = lock_project(project_pk, actor=actor, command="claim_open")
    text = texts.block(text, "text", longest=rules.LONGEST_TEXT)
    rules.files_check(kind, len(prepared))
    if project.claims.filter(kind=kind, status="OPEN").exists():
        raise BespokeError(ErrorCode.CLAIM_OPEN, "A claim of this kind is not decided yet.")
    claim = Claim.objects.create(
        project=project,
        kind=kind,
        text=text,
        status="OPEN",
        liable=_liable(project, None) if kind == "SIZE" else "",
        opened_at=clock.now(),
    )
    files = [
        file_attach(project=project, prepared=item, actor_ref=actor.ref, shared=True)
        for item in prepared
    ]
    claim.files.set(files)
    event = ClaimOpened(claim=claim.pk, kind=kind, evidence=tuple(row.sha256 for row in files))
    journal.record(project, event, actor=actor)
    return claim


def _liable(project: BespokeProject, measured_mm: Decimal | None) -> str:
    """Who answers for a size: by who measured the finger, and by what the ring measures."""
    spec = Specification.from_json(specification_agreed(project))
    agreed = selectors.size_now(spec, project.resizes.all())
    if agreed is None or spec.size_source is None:
        raise BespokeError(
            ErrorCode.INVALID, "Only rings have a ring size; claim the quality.", field="kind"
        )
    if measured_mm is None:
        measured_mm = _last_measure(project)
    return rules.size_liable(
        source=spec.size_source,
        ordered_mm=agreed,
        measured_mm=measured_mm,
        tolerance_mm=conf.policy(project.channel).size_tolerance_mm,
    )


def _last_measure(project: BespokeProject) -> Decimal | None:
    """What the workshop last measured: after a resize, else at quality control."""
    resized = project.resizes.exclude(measured_size_mm=None).last()
    if resized is not None:
        return resized.measured_size_mm
    check = project.checks.filter(status="PASSED").order_by("number").last()
    return check.measured_size_mm if check else None


def claim_decided_mark(
    *,
    project: BespokeProject,
    claim: Claim,
    accepted: bool,
    remedy: str,
    explanation: str,
    refund_amount: Decimal | None,
    measured_size_mm: Decimal | None,
    actor: Actor,
) -> Claim:
    """Staff decide an open claim of the locked project; the flow carries the remedy out.

    A size that the customer stated themselves is no fault, unless the ring measures otherwise.
    Refusals: CLAIM_NOT_OPEN, SIZE_NOT_MEASURED_BY_STUDIO, REQUIRED, INVALID.
    """
    explanation = texts.block(explanation, "explanation", longest=rules.LONGEST_TEXT)
    if claim.status != "OPEN":
        raise BespokeError(ErrorCode.CLAIM_NOT_OPEN, "This claim was decided before.", field="id")
    rules.remedy_check(accepted=accepted, remedy=remedy, amount=refund_amount)
    if refund_amount is not None:
        rules.amount_check(refund_amount, quantum=quantum(project.currency), field="refundAmount")
    if measured_size_mm is not None:
        claim.measured_size_mm = rules.size_check(measured_size_mm, "measuredSizeMm")
    if claim.kind == "SIZE":
        claim.liable = _liable(project, claim.measured_size_mm)
        if accepted and claim.liable == "CUSTOMER":
            raise BespokeError(
                ErrorCode.SIZE_NOT_MEASURED_BY_STUDIO,
                "The ring has the size that was ordered and that the studio did not measure: "
                "offer a resize.",
                field="accepted",
            )
    claim.status = "ACCEPTED" if accepted else "REFUSED"
    claim.remedy, claim.explanation = remedy, explanation
    claim.refund_amount = refund_amount
    claim.decided_at, claim.decided_by = clock.now(), actor.ref
    claim.save()
    event = ClaimDecided(claim=claim.pk, accepted=accepted, remedy=remedy)
    journal.record(project, event, actor=actor)
    return claim
