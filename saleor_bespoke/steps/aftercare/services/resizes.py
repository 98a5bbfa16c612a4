"""A resize: asked for and judged at once, granted or priced, worked on, sent back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from saleor_bespoke import clock, conf
from saleor_bespoke.craft.resizability import ResizeAnswer, ResizeCode, ResizeOutcome
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.money.minor_units import quantum
from saleor_bespoke.money.models import Payable
from saleor_bespoke.money.payables import payable_open
from saleor_bespoke.project import journal, texts
from saleor_bespoke.project.access import SYSTEM, Actor
from saleor_bespoke.project.children import lock_child
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.selectors import resize_promised, specification_agreed
from saleor_bespoke.project.services import lock_project
from saleor_bespoke.steps.aftercare import rules, selectors
from saleor_bespoke.steps.aftercare.events import (
    ResizeFinished,
    ResizeGranted,
    ResizePaid,
    ResizePriced,
    ResizeRefused,
    ResizeRequested,
    ResizeReturned,
    ResizeStarted,
)
from saleor_bespoke.steps.aftercare.models import ResizeCase
from saleor_bespoke.workshop.promises import promise_meet, promise_start

ENDED = ("REFUSED", "RETURNED")


def _locked(pk: str | UUID, actor: Actor, command: str) -> tuple[ResizeCase, BespokeProject, Actor]:
    case: ResizeCase
    case, project, actor = lock_child(ResizeCase, pk, "resize", actor=actor, command=command)
    return case, project, actor


def _status_check(case: ResizeCase, *allowed: str) -> None:
    if case.status not in allowed:
        raise BespokeError(
            ErrorCode.RESIZE_NOT_OPEN,
            f"This resize is {case.status.lower().replace('_', ' ')}.",
            field="id",
        )


@transaction.atomic
def resize_request(
    *, actor: Actor, project_pk: str | UUID, system: str, label: str, note: str = ""
) -> ResizeCase:
    """The customer asks for another size and is told at once: free, paid or impossible, and why.

    What is impossible ends here as a refused case. The same wish again answers the same case.
    Refusals: INVALID, RESIZE_OPEN while another resize is under way.
    """
    project, actor = lock_project(project_pk, actor=actor, command="resize_request")
    size = rules.ring_size(system, label)
    note = texts.block(note, "note", longest=rules.LONGEST_NOTE, required=False)
    resizes = list(project.resizes.all())
    answer = selectors.resize_judge(
        project,
        specification_agreed(project),
        resize_promised(project),
        project.shipments.all(),
        resizes,
        size.circumference,
    )
    reasons = _reasons(answer)
    for case in resizes:
        if case.asked_size_mm == size.circumference and _same_wish(case, answer, reasons):
            return case
        if case.status not in ENDED:
            raise BespokeError(ErrorCode.RESIZE_OPEN, "Another resize is under way.")
    return _case_open(project, str(size), size.circumference, answer, note, actor)


def _reasons(answer: ResizeAnswer) -> list[dict[str, str]]:
    return [{"code": item.code.value, "sentence": item.sentence} for item in answer.reasons]


def _same_wish(case: ResizeCase, answer: ResizeAnswer, reasons: list[dict[str, str]]) -> bool:
    if case.status == "REFUSED":
        return answer.outcome is ResizeOutcome.IMPOSSIBLE and case.reasons == reasons
    return case.status not in ENDED


def _case_open(
    project: BespokeProject,
    label: str,
    size_mm: Decimal,
    answer: ResizeAnswer,
    note: str,
    actor: Actor,
) -> ResizeCase:
    now = clock.now()
    impossible = answer.outcome is ResizeOutcome.IMPOSSIBLE
    case = ResizeCase.objects.create(
        project=project,
        asked_size_mm=size_mm,
        asked_label=label,
        status="REFUSED" if impossible else "REQUESTED",
        outcome=answer.outcome.name,
        reasons=_reasons(answer),
        free_until=answer.until,
        note=note,
        requested_at=now,
        decided_at=now if impossible else None,
    )
    event = ResizeRequested(
        resize=case.pk,
        outcome=case.outcome,
        reasons=tuple(item.code.value for item in answer.reasons),
    )
    journal.record(project, event, actor=actor)
    if impossible:
        journal.record(project, ResizeRefused(resize=case.pk), actor=SYSTEM)
    return case


@transaction.atomic
def resize_grant(*, actor: Actor, resize_pk: str | UUID) -> ResizeCase:
    """Staff grant the free resize, once for each piece, as it was judged when asked for.

    Refusals: RESIZE_NOT_OPEN, RESIZE_ALREADY_USED, RESIZE_NOT_FREE.
    """
    case, project, actor = _locked(resize_pk, actor, "resize_grant")
    _status_check(case, "REQUESTED")
    codes = {item["code"] for item in case.reasons}
    others = project.resizes.exclude(pk=case.pk)
    if ResizeCode.ALREADY_USED in codes or selectors.granted_before(others):
        raise BespokeError(
            ErrorCode.RESIZE_ALREADY_USED, "The free resize of this ring was already used."
        )
    if case.outcome != "FREE":
        sentences = " ".join(item["sentence"] for item in case.reasons)
        raise BespokeError(ErrorCode.RESIZE_NOT_FREE, sentences)
    case.status, case.free, case.decided_at = "GRANTED", True, clock.now()
    case.save(update_fields=["status", "free", "decided_at"])
    journal.record(project, ResizeGranted(resize=case.pk), actor=actor)
    return case


@transaction.atomic
def resize_price(
    *, actor: Actor, resize_pk: str | UUID, amount: Decimal | None = None
) -> tuple[ResizeCase, Payable]:
    """Staff price a resize that is not free, by the channel's price unless another is named.

    Refusals: RESIZE_NOT_OPEN, RESIZE_IS_FREE, INVALID.
    """
    case, project, actor = _locked(resize_pk, actor, "resize_price")
    _status_check(case, "REQUESTED")
    if case.outcome == "FREE":
        raise BespokeError(ErrorCode.RESIZE_IS_FREE, "This resize is free: grant it.", field="id")
    price = amount if amount is not None else conf.policy(project.channel).paid_resize_price
    rules.amount_check(price, quantum=quantum(project.currency), field="amount")
    payable = payable_open(
        project=project,
        kind="RESIZE",
        subject_pk=case.pk,
        title=f"Resize of {project.number} to {case.asked_label}",
        amount=price,
        currency=project.currency,
        valid_until=None,
        actor=actor,
    )
    case.status, case.payable_pk, case.decided_at = "PRICED", payable.pk, clock.now()
    case.save(update_fields=["status", "payable_pk", "decided_at"])
    event = ResizePriced(
        resize=case.pk, payable=payable.pk, amount=price, currency=payable.currency
    )
    journal.record(project, event, actor=actor)
    return case, payable


def resize_settle(*, project: BespokeProject, payable: Payable) -> None:
    """A priced resize of the locked project was paid: the ring can come in.

    Refused with RESIZE_NOT_OPEN when it was refused meanwhile, so that the money goes back.
    """
    case = project.resizes.get(pk=payable.subject_pk)
    _status_check(case, "PRICED")
    case.status = "PAID"
    case.save(update_fields=["status"])
    journal.record(project, ResizePaid(resize=case.pk), actor=SYSTEM)


def resize_unpaid_mark(*, project: BespokeProject, payable: Payable) -> None:
    """What was paid for a resize of the locked project went back: it waits for a new price."""
    project.resizes.filter(pk=payable.subject_pk, status="PRICED").update(
        status="REQUESTED", payable_pk=None, decided_at=None
    )


def resize_refused_mark(
    *, project: BespokeProject, case: ResizeCase, reason: str, actor: Actor
) -> ResizeCase:
    """Staff refuse a resize of the locked project before the work begins, and say why."""
    reason = texts.block(reason, "reason", longest=rules.LONGEST_NOTE)
    _status_check(case, "REQUESTED", "GRANTED", "PRICED", "PAID")
    case.status, case.decided_at = "REFUSED", clock.now()
    case.reasons = [*case.reasons, {"code": "refused_by_workshop", "sentence": reason}]
    case.save(update_fields=["status", "decided_at", "reasons"])
    journal.record(project, ResizeRefused(resize=case.pk), actor=actor)
    return case


@transaction.atomic
def resize_start(*, actor: Actor, resize_pk: str | UUID) -> ResizeCase:
    """The ring came back to the workshop: its work and its promise begin.

    Refusals: UNPAID for a priced resize, RESIZE_NOT_OPEN.
    """
    case, project, actor = _locked(resize_pk, actor, "resize_start")
    if case.status == "PRICED":
        raise BespokeError(ErrorCode.UNPAID, "This resize is not paid yet.", field="id")
    _status_check(case, "GRANTED", "PAID")
    case.status, case.started_at = "IN_WORK", clock.now()
    case.save(update_fields=["status", "started_at"])
    journal.record(project, ResizeStarted(resize=case.pk), actor=actor)
    promise_start(project=project, step="RESIZE")
    return case


@transaction.atomic
def resize_finish(*, actor: Actor, resize_pk: str | UUID, measured_size_mm: Decimal) -> ResizeCase:
    """The ring has its new size, measured in mm around and within the channel's tolerance.

    Refusals: RESIZE_NOT_OPEN, SIZE_OUT_OF_TOLERANCE, INVALID.
    """
    case, project, actor = _locked(resize_pk, actor, "resize_finish")
    _status_check(case, "IN_WORK")
    measured = rules.size_check(measured_size_mm, "measuredSizeMm")
    tolerance = conf.policy(project.channel).size_tolerance_mm
    if abs(measured - case.asked_size_mm) > tolerance:
        raise BespokeError(
            ErrorCode.SIZE_OUT_OF_TOLERANCE,
            f"Asked for were {case.asked_size_mm:.2f} mm, measured {measured:.2f} mm; "
            f"{tolerance:f} mm are allowed.",
            field="measuredSizeMm",
        )
    case.status, case.measured_size_mm, case.finished_at = "FINISHED", measured, clock.now()
    case.save(update_fields=["status", "measured_size_mm", "finished_at"])
    event = ResizeFinished(resize=case.pk, measured_size_mm=measured)
    journal.record(project, event, actor=actor)
    return case


def resize_returned_mark(
    *, project: BespokeProject, case: ResizeCase, shipment_pk: Any, actor: Actor
) -> ResizeCase:
    """The finished ring of the locked project is on its way back; the promise is kept."""
    _status_check(case, "FINISHED")
    case.status, case.returned_at = "RETURNED", clock.now()
    case.save(update_fields=["status", "returned_at"])
    promise_meet(project=project, step="RESIZE")
    journal.record(project, ResizeReturned(resize=case.pk, shipment=shipment_pk), actor=actor)
    return case
