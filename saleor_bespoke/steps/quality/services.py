"""Writes of quality control: rounds of the checklist, their pictures, the hallmark.

Opening, passing and failing a round belong to processes across rooms (`flows.making`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from django.db import transaction

from saleor_bespoke import clock, conf
from saleor_bespoke.craft.hallmarks import AssayOffice, uk_mark
from saleor_bespoke.craft.metals import ALLOYS
from saleor_bespoke.craft.specification import Specification
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.media.recognise import IMAGES, VIDEOS, Purpose
from saleor_bespoke.media.services import PreparedFile, file_attach
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.children import lock_child
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.selectors import specification_agreed
from saleor_bespoke.project.services import lock_project
from saleor_bespoke.steps.quality import rules
from saleor_bespoke.steps.quality.events import (
    HallmarkRecorded,
    QualityCheckOpened,
    QualityCheckRecorded,
    QualityEvidenceAdded,
    QualityFailed,
    QualityPassed,
)
from saleor_bespoke.steps.quality.models import (
    Hallmark,
    QualityCheck,
    QualityEvidence,
    QualityItem,
)
from saleor_bespoke.steps.quality.selectors import check_obstacles
from saleor_bespoke.workshop.calendars import calendar_of

EVIDENCE_MAX = 30
LONGEST_NOTE = 4000
LONGEST_ITEM_NOTE = 1000
LONGEST_REFERENCE = 64
MILLI = Decimal("0.001")

#: What each kind of evidence is stored as, and the formats it may have.
EVIDENCE = {
    "PHOTO": (Purpose.PROGRESS, IMAGES),
    "UNBOXING": (Purpose.UNBOXING, VIDEOS),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checker says of one line."""

    code: str
    passed: bool
    note: str = ""


def round_open(*, project: BespokeProject, actor: Actor) -> QualityCheck:
    """Begin the next round on the locked project's piece, with the lines that concern it."""
    spec = Specification.from_json(specification_agreed(project))
    last = project.checks.order_by("number").last()
    check = QualityCheck.objects.create(
        project=project,
        number=last.number + 1 if last else 1,
        status="OPEN",
        ordered_size_mm=spec.ring_size.circumference if spec.ring_size else None,
        opened_at=clock.now(),
    )
    codes = rules.items_for(conf.policy(project.channel).quality_checklist, spec)
    QualityItem.objects.bulk_create(QualityItem(check_round=check, code=code) for code in codes)
    event = QualityCheckOpened(check=check.pk, number=check.number)
    journal.record(project, event, actor=actor)
    return check


def round_open_only(check: QualityCheck) -> None:
    """Refuse a round that was decided."""
    if check.status != "OPEN":
        raise BespokeError(ErrorCode.CHECK_NOT_OPEN, "This quality check was decided before.")


@transaction.atomic
def quality_check_record(
    *,
    actor: Actor,
    check_pk: UUID,
    items: Sequence[Verdict] = (),
    measured_size_mm: Decimal | None = None,
    metal_grams: Decimal | None = None,
    note: str | None = None,
) -> QualityCheck:
    """Write down what the checker found, all at once or bit by bit; later words replace earlier.

    The size is the inner circumference in mm, the weight that of the metal in g. Refusals:
    CHECK_NOT_OPEN, INVALID (`items`, `measuredSizeMm`, `metalGrams`, `note`).
    """
    check: QualityCheck
    check, project, actor = lock_child(
        QualityCheck, check_pk, "quality check", actor=actor, command="quality_check_record"
    )
    round_open_only(check)
    rows = {row.code: row for row in check.items.all()}
    rules.codes_check(rows, [item.code for item in items])
    rules.measures_check(
        ordered_mm=check.ordered_size_mm, measured_mm=measured_size_mm, grams=metal_grams
    )
    for item in items:
        row = rows[item.code]
        row.passed, row.note = item.passed, _text(item.note, "items", LONGEST_ITEM_NOTE)
        row.save(update_fields=["passed", "note"])
    if measured_size_mm is not None:
        check.measured_size_mm = measured_size_mm.quantize(MILLI, ROUND_HALF_UP)
    if metal_grams is not None:
        check.metal_grams = metal_grams.quantize(MILLI, ROUND_HALF_UP)
    if note is not None:
        check.note = _text(note, "note", LONGEST_NOTE)
    check.save(update_fields=["measured_size_mm", "metal_grams", "note"])
    event = QualityCheckRecorded(
        check=check.pk,
        passed=tuple(item.code for item in items if item.passed),
        failed=tuple(item.code for item in items if not item.passed),
    )
    journal.record(project, event, actor=actor)
    return check


@transaction.atomic
def quality_evidence_add(
    *, actor: Actor, project_pk: UUID, kind: str, prepared: PreparedFile
) -> QualityEvidence:
    """Add a photograph or the unboxing video of the piece; the customer sees it.

    Refusals: FILE_KIND_NOT_ALLOWED, INVALID (`kind`), CHECK_NOT_OPEN.
    """
    project, actor = lock_project(project_pk, actor=actor, command="quality_evidence_add")
    check = project.checks.filter(status="OPEN").first()
    if check is None:
        raise BespokeError(ErrorCode.CHECK_NOT_OPEN, "No quality check is open.")
    purpose, formats = EVIDENCE[kind]
    if prepared.purpose is not purpose or prepared.facts.kind not in formats:
        wanted = "a photograph" if kind == "PHOTO" else "a video"
        raise BespokeError(ErrorCode.FILE_KIND_NOT_ALLOWED, f"This is not {wanted}.", field="file")
    if check.evidence.count() >= EVIDENCE_MAX:
        raise BespokeError(ErrorCode.INVALID, "This check has enough pictures.", field="file")
    file = file_attach(project=project, prepared=prepared, actor_ref=actor.ref, shared=True)
    row = QualityEvidence.objects.create(
        project=project, check_round=check, kind=kind, file=file, at=clock.now()
    )
    event = QualityEvidenceAdded(evidence=row.pk, kind=kind, sha256=file.sha256)
    journal.record(project, event, actor=actor)
    return row


def round_pass(*, project: BespokeProject, check: QualityCheck, actor: Actor) -> None:
    """The locked project's piece is as ordered and may leave; refused with all that is missing.

    Refusals: CHECK_NOT_OPEN and the codes of `rules`' obstacles, e.g. CERTIFICATE_MISSING.
    """
    round_open_only(check)
    rules.obstacles_raise(check_obstacles(project, check))
    _close(check, "PASSED", actor)
    journal.record(project, QualityPassed(check=check.pk, number=check.number), actor=actor)


def round_fail(
    *, project: BespokeProject, check: QualityCheck, reason: str, redo_from: str, actor: Actor
) -> None:
    """The locked project's piece is not as ordered. Refusals: CHECK_NOT_OPEN, REQUIRED."""
    round_open_only(check)
    check.fail_reason = _text(reason, "reason", LONGEST_NOTE)
    if not check.fail_reason:
        raise BespokeError(ErrorCode.REQUIRED, "Say what is not good enough.", field="reason")
    check.save(update_fields=["fail_reason"])
    _close(check, "FAILED", actor)
    event = QualityFailed(check=check.pk, number=check.number, redo_from=redo_from)
    journal.record(project, event, actor=actor)


def _close(check: QualityCheck, status: str, actor: Actor) -> None:
    check.status, check.closed_at, check.closed_by = status, clock.now(), actor.ref
    check.save(update_fields=["status", "closed_at", "closed_by"])


@transaction.atomic
def hallmark_record(
    *,
    actor: Actor,
    project_pk: UUID,
    office: str,
    sponsor_mark: str,
    fineness: int,
    marked_on: date,
    reference: str = "",
) -> Hallmark:
    """Write down the mark that an assay office struck. Fineness in ‰, as struck.

    Refusals: ALREADY_DONE, INVALID (`office`, `sponsorMark`, `fineness`, `markedOn`, `reference`).
    """
    project, actor = lock_project(project_pk, actor=actor, command="hallmark_record")
    if Hallmark.objects.filter(project=project).exists():
        raise BespokeError(ErrorCode.ALREADY_DONE, "The hallmark was recorded before.")
    spec = Specification.from_json(specification_agreed(project))
    if office.lower() not in set(AssayOffice):
        raise BespokeError(ErrorCode.INVALID, "This assay office is not known.", field="office")
    sponsor = sponsor_mark.strip().upper()
    if not (2 <= len(sponsor) <= 5 and sponsor.isalnum()):
        raise BespokeError(
            ErrorCode.INVALID, "A sponsor's mark has 2 to 5 letters.", field="sponsorMark"
        )
    reference = _text(reference, "reference", LONGEST_REFERENCE)
    due = uk_mark(ALLOYS[spec.alloy])
    if fineness != due:
        sentence = f"This alloy is marked {due}." if due else "This alloy is not hallmarked."
        raise BespokeError(ErrorCode.INVALID, sentence, field="fineness")
    if marked_on > calendar_of(project.channel).local_day(clock.now()):
        raise BespokeError(
            ErrorCode.INVALID, "The day of marking lies in the future.", field="markedOn"
        )
    row = Hallmark.objects.create(
        project=project,
        office=office.upper(),
        sponsor_mark=sponsor,
        fineness=fineness,
        reference=reference,
        marked_on=marked_on,
        recorded_by=actor.ref,
    )
    event = HallmarkRecorded(hallmark=row.pk, office=row.office, fineness=fineness)
    journal.record(project, event, actor=actor)
    return row


def _text(value: str, field: str, longest: int) -> str:
    text = value.strip()
    if len(text) > longest:
        raise BespokeError(ErrorCode.INVALID, f"At most {longest} letters fit.", field=field)
    return text
