"""Views of a draft: added under a licence, annotated, taken off, and their unit confirmed."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from django.db import transaction

from saleor_bespoke import clock, conf
from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound
from saleor_bespoke.media.services import PreparedFile, file_attach, file_erase
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import Actor, parse_pk
from saleor_bespoke.project.children import lock_child
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import lock_project
from saleor_bespoke.project.texts import block
from saleor_bespoke.steps.cad.events import (
    CadAnnotationAdded,
    CadUnitConfirmed,
    CadViewAdded,
    CadViewRemoved,
)
from saleor_bespoke.steps.cad.models import CadAnnotation, CadRevision, CadView
from saleor_bespoke.steps.cad.report_models import CadReport, DesignPrint
from saleor_bespoke.steps.cad.services.reports import report_open
from saleor_bespoke.steps.cad.services.revisions import draft_only

ANNOTATIONS_MAX = 100
VIEWS_MAX = 20
LONGEST_ANNOTATION = 1000
#: What is stored of a place on a view (a fraction of it) and of a dimension (mm).
PLACE = Decimal("0.00001")
DIMENSION = Decimal("0.001")
LARGEST_DIMENSION = Decimal(10) ** 5


@transaction.atomic
def cad_view_add(*, actor: Actor, revision_pk: UUID, view: str, prepared: PreparedFile) -> CadView:
    """Put a drawing, render or mesh on a draft, under the licence that the channel gives now."""
    revision, project, actor = lock_child(
        CadRevision, revision_pk, "revision", actor=actor, command="cad_view_add"
    )
    draft_only(revision)
    if revision.views.count() >= VIEWS_MAX:
        raise BespokeError(ErrorCode.INVALID, f"A revision takes up to {VIEWS_MAX} views.")
    file = file_attach(project=project, prepared=prepared, actor_ref=actor.ref, shared=True)
    licence = conf.policy(project.channel).design_licence
    row = CadView.objects.create(
        revision=revision,
        view=view,
        file=file,
        licence_version=licence.version,
        licence_body=licence.body,
    )
    report_open(row)
    event = CadViewAdded(revision=revision.pk, view=view, sha256=file.sha256)
    journal.record(project, event, actor=actor)
    return row


@transaction.atomic
def cad_annotation_add(
    *,
    actor: Actor,
    revision_pk: UUID,
    kind: str,
    text: str,
    view_pk: UUID | None = None,
    x: Decimal | None = None,
    y: Decimal | None = None,
    millimetres: Decimal | None = None,
) -> CadAnnotation:
    """Write a dimension, a stone or a callout on a draft."""
    revision, project, actor = lock_child(
        CadRevision, revision_pk, "revision", actor=actor, command="cad_annotation_add"
    )
    draft_only(revision)
    text = block(text, "text", longest=LONGEST_ANNOTATION)
    _dimension_check(millimetres)
    if revision.annotations.count() >= ANNOTATIONS_MAX:
        raise BespokeError(ErrorCode.INVALID, "This revision has enough annotations.")
    view = view_of(revision, view_pk) if view_pk else None
    if view is not None or x is not None or y is not None:
        on_view(x, y)
    row = CadAnnotation.objects.create(
        revision=revision,
        view=view,
        kind=kind,
        x=None if x is None else x.quantize(PLACE),
        y=None if y is None else y.quantize(PLACE),
        text=text,
        millimetres=millimetres,
    )
    event = CadAnnotationAdded(revision=revision.pk, annotation=row.pk)
    journal.record(project, event, actor=actor)
    return row


def view_of(revision: CadRevision, pk: UUID) -> CadView:
    view = revision.views.filter(pk=parse_pk(pk, "view")).first()
    if view is None:
        raise NotFound("view", field="view")
    return view


def _dimension_check(millimetres: Decimal | None) -> None:
    if millimetres is None:
        return
    if not 0 < millimetres < LARGEST_DIMENSION or millimetres % DIMENSION:
        raise BespokeError(
            ErrorCode.INVALID,
            f"A dimension lies below {LARGEST_DIMENSION} mm and is named to {DIMENSION} mm.",
            field="millimetres",
        )


def on_view(x: Decimal | None, y: Decimal | None) -> None:
    if x is None or y is None or not (0 <= x <= 1 and 0 <= y <= 1):
        raise BespokeError(
            ErrorCode.INVALID, "A place on a view is given by x and y between 0 and 1.", field="x"
        )


def lock_view(pk: UUID, *, actor: Actor, command: str) -> tuple[CadView, BespokeProject, Actor]:
    """A view of a draft with its project locked; strangers get NotFound."""
    found = CadView.objects.select_related("revision").filter(pk=parse_pk(pk, "view")).first()
    if found is None:
        raise NotFound("cadview")
    try:
        project, actor = lock_project(found.revision.project_id, actor=actor, command=command)
    except NotFound:
        raise NotFound("cadview") from None
    view = CadView.objects.select_related("revision", "file").filter(pk=found.pk).first()
    if view is None:
        raise NotFound("cadview")
    draft_only(view.revision)
    return view, project, actor


@transaction.atomic
def cad_view_remove(*, actor: Actor, view_pk: UUID) -> CadRevision:
    """Take a view off a draft with what was written on it; its bytes are forgotten."""
    view, project, actor = lock_view(view_pk, actor=actor, command="cad_view_remove")
    revision: CadRevision = view.revision
    CadReport.objects.filter(view=view).delete()
    DesignPrint.objects.filter(view=view).delete()
    revision.annotations.filter(view=view).delete()
    event = CadViewRemoved(revision=revision.pk, view=view.view, sha256=view.file.sha256)
    file = view.file
    view.delete()
    file_erase(file=file)
    journal.record(project, event, actor=actor)
    return revision


@transaction.atomic
def cad_unit_confirm(*, actor: Actor, view_pk: UUID, unit: str) -> CadReport:
    """The designer says which unit a mesh counts in; another one than guessed is measured anew."""
    view, project, actor = lock_view(view_pk, actor=actor, command="cad_unit_confirm")
    report = CadReport.objects.select_for_update().filter(view=view, kind="SHAPE").first()
    if report is not None and report.confirmed_unit == unit:
        raise BespokeError(ErrorCode.ALREADY_DONE, "This unit is confirmed already.")
    if report is None or report.state != "DONE":
        raise BespokeError(
            ErrorCode.REPORT_NOT_READY, "This view has no finished report of a mesh."
        )
    report.confirmed_unit, report.confirmed_at = unit, clock.now()
    report.confirmed_by = actor.ref
    if unit != report.unit:
        report.state, report.attempts, report.due_at = "WAITING", 0, clock.now()
    report.save()
    journal.record(project, CadUnitConfirmed(view=view.pk, unit=unit), actor=actor)
    return report
