"""Reports: opened with a view, made off the request by whoever leases them, kept once."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterable
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import F, QuerySet

from saleor_bespoke import clock
from saleor_bespoke.craft.file_kinds import IMAGES, MESHES, FileKind
from saleor_bespoke.craft.specification import Specification
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import SYSTEM, Actor
from saleor_bespoke.project.children import child_check
from saleor_bespoke.project.leases import RETURNED, free, taken
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import lock_for_system
from saleor_bespoke.steps.cad import findings, measuring
from saleor_bespoke.steps.cad.events import CadReportMade
from saleor_bespoke.steps.cad.models import CadRevision, CadView
from saleor_bespoke.steps.cad.report_models import CadReport
from saleor_bespoke.steps.cad.services import carrying, marks

logger = logging.getLogger(__name__)

ATTEMPTS_MAX = 6
#: Longer than any job, for owners nobody saw dying.
LEASE = timedelta(seconds=measuring.PATIENCE * 2)
#: Before the second try; four times as long before each further one, two hours in all.
RETRY = timedelta(seconds=20)
_THOUSANDTH = Decimal("0.001")
#: Kinds that nothing here can measure: they are kept beside what can be looked at.
CURVES = (FileKind.RHINO.value, FileKind.STEP.value)


def report_open(view: CadView) -> CadReport | None:
    """Owe a view's examination; None for what is neither a shape nor a picture."""
    kind = FileKind(view.file.kind)
    if kind in MESHES:
        what = "SHAPE"
    elif kind in IMAGES:
        what = "PICTURE"
    else:
        return None
    report: CadReport = CadReport.objects.create(view=view, kind=what, due_at=clock.now())
    return report


def reports_make(limit: int = 100) -> int:
    """Examine what is owed until nothing is left; answers how many reports are finished."""
    done = 0
    if measuring.extra_present():
        _due_again(_drafted().filter(state="UNAVAILABLE"))
    for _ in range(limit):
        report = _claimed()
        if report is None:
            break
        done += _made(report)
    return done


@transaction.atomic
def reports_retry() -> int:
    """Owe the examination of what could not be examined once more; answers how many files.

    E.g. after the storage came back. Of drafts: what was shown stays as it was seen. Not of curves
    and solids, which nothing can measure.
    """
    unread = _drafted().filter(state__in=("UNREADABLE", "UNAVAILABLE"))
    return _due_again(unread.exclude(view__file__kind__in=CURVES))


def _drafted() -> QuerySet[CadReport]:
    return CadReport.objects.filter(view__revision__status="DRAFT")


def _due_again(reports: QuerySet[CadReport]) -> int:
    return reports.update(state="WAITING", reason="", attempts=0, done_at=None, due_at=clock.now())


Examined = tuple[CadReport, dict[str, Any], str]


def pictures_examined(actor: Actor, revision_pk: UUID, *, command: str) -> list[Examined]:
    """A draft's pictures looked at now, before a command that may not wait for a worker.

    Nothing is written: the command keeps them with `examined_keep`, should it not refuse. A mesh
    takes its time and is left to whoever leases it.
    """
    child_check(CadRevision, revision_pk, "revision", actor=actor, command=command)
    waiting = _drafted().filter(view__revision_id=revision_pk, state="WAITING")
    found: list[Examined] = []
    for report in waiting.filter(kind="PICTURE").select_related("view__file", "view__revision"):
        try:
            found.append((report, _picture(report), ""))
        except measuring.Refused as refusal:
            found.append((report, {}, str(refusal)))
        except (measuring.Interrupted, measuring.ExtraMissing) as trouble:
            # Left to whoever leases it, and perhaps has what was missing here.
            logger.warning("The report %s was interrupted: %s", report.pk, trouble)
    return found


def examined_keep(project: BespokeProject, examined: Iterable[Examined]) -> None:
    """Keep what was seen, in the caller's transaction that holds the project."""
    for report, answer, reason in examined:
        _kept(report, answer, reason=reason, project=project)


def _claimed() -> CadReport | None:
    """Lease the next report that nobody works on: the lease ends with this database session."""
    now = clock.now()
    with transaction.atomic():
        due = CadReport.objects.filter(free(CadReport, now), state="WAITING", due_at__lte=now)
        pk = (
            due.order_by("due_at", "pk")
            .select_for_update(skip_locked=True)
            .values_list("pk", flat=True)
            .first()
        )
        if pk is None:
            return None
        CadReport.objects.filter(pk=pk).update(attempts=F("attempts") + 1, **taken(now + LEASE))
    return CadReport.objects.select_related("view__file", "view__revision__project").get(pk=pk)


def _made(report: CadReport) -> bool:
    """Examine; what cannot be read ends with its reason, what was interrupted is tried again."""
    if report.attempts > ATTEMPTS_MAX:  # whoever tried died of it
        return _kept(report, {}, reason="Every attempt to examine this file ended early.")
    try:
        answer = examine(report)
    except measuring.Refused as refusal:
        return _kept(report, {}, reason=str(refusal))
    except measuring.ExtraMissing as missing:
        _owed(report).update(state="UNAVAILABLE", reason=str(missing), **RETURNED)
        return False
    except measuring.Interrupted as trouble:
        logger.warning("The report %s was interrupted: %s", report.pk, trouble)
        return _put_off(report)
    except DatabaseError:
        raise
    except Exception:  # a decoder may raise anything; the other files go on
        logger.exception("The report %s failed", report.pk)
        return _put_off(report)
    return _kept(report, answer)


def _put_off(report: CadReport) -> bool:
    """Try again, ever more rarely, and not for ever."""
    if report.attempts >= ATTEMPTS_MAX:
        reason = "This file could not be examined, however often it was tried."
        return _kept(report, {}, reason=reason)
    pause = RETRY * 4 ** (report.attempts - 1)
    _owed(report).update(due_at=clock.now() + pause, **RETURNED)
    return False


def _owed(report: CadReport) -> QuerySet[CadReport]:
    return CadReport.objects.filter(pk=report.pk, state="WAITING")


def examine(report: CadReport) -> dict[str, Any]:
    """What a view's file shows or measures; nothing is written."""
    return _picture(report) if report.kind == "PICTURE" else _shape(report)


def _picture(report: CadReport) -> dict[str, Any]:
    view = report.view
    with measuring.on_disk(view.file) as path:
        size = (view.file.width or 0, view.file.height or 0)
        seen = measuring.picture_seen(path, size)
        return {"seen": seen, "carried": carrying.spots(view, path)}


def _shape(report: CadReport) -> dict[str, Any]:
    view = report.view
    specification = Specification.from_json(view.revision.specification)
    ordered = findings.ordered_diameter(specification)
    with measuring.on_disk(view.file) as path:
        answer = measuring.job_run(
            "survey",
            path=str(path),
            kind=view.file.kind,
            piece=specification.piece_type.value,
            ordered=None if ordered is None else float(ordered),
            unit=report.confirmed_unit,
        )
        try:
            carried = carrying.places(view, path, answer["unit"])
        except measuring.Interrupted:
            if report.attempts < ATTEMPTS_MAX:
                raise
            carried = []  # remarks that are told to be lost are better than no measures
        return answer | {"carried": carried}


@transaction.atomic
def _kept(
    report: CadReport,
    answer: dict[str, Any],
    *,
    reason: str = "",
    project: BespokeProject | None = None,
) -> bool:
    """Keep what was found, once: not if somebody else did, nor of a view that was taken off."""
    project = project or lock_for_system(report.view.revision.project_id)
    row = CadReport.objects.select_for_update().filter(pk=report.pk, state="WAITING").first()
    if row is None or row.confirmed_unit != report.confirmed_unit:
        return False
    row.state, row.reason = ("UNREADABLE", reason[:500]) if reason else ("DONE", "")
    row.done_at, row.leased_until, row.leased_by = clock.now(), None, None
    row.carried = answer.get("carried", [])
    if answer and row.kind == "SHAPE":
        _measured(row, answer)
    if answer:
        mark_keep(report, answer, project=project)
    row.save()
    event = CadReportMade(revision=report.view.revision_id, view=report.view_id, state=row.state)
    journal.record(project, event, actor=SYSTEM)
    return True


def mark_keep(report: CadReport, answer: dict[str, Any], *, project: BespokeProject) -> None:
    """Keep the fingerprint of a view that was examined."""
    if report.kind == "SHAPE":
        mark = base64.b64decode(answer["print"])
        marks.shape_kept(view=report.view, project=project, mark=mark, keys=answer["keys"])
    else:
        marks.picture_kept(view=report.view, project=project, seen=answer["seen"])


def _measured(row: CadReport, answer: dict[str, Any]) -> None:
    ring, thickness = answer["ring"], answer["walls"]
    row.unit = answer["unit"]
    row.watertight = answer["measured"]["watertight"]
    row.volume_mm3 = _millis(answer["measured"]["volume"])
    row.inner_diameter_mm = _millis(ring["inner_diameter"]) if ring else None
    row.wall_mm = _millis(thickness["thinnest"]) if thickness else None
    row.facts = {name: answer[name] for name in ("guess", "measured", "box", "ring", "walls")}


def _millis(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(_THOUSANDTH, ROUND_HALF_UP)
