"""Revisions: drafted with their views and annotations, published, remarked on."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from saleor_bespoke import clock, conf
from saleor_bespoke.craft.specification import Specification, canonical_hash
from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound
from saleor_bespoke.media.services import PreparedFile, file_attach
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import Actor, parse_pk
from saleor_bespoke.project.children import lock_child
from saleor_bespoke.project.selectors import specification_agreed
from saleor_bespoke.project.services import lock_project
from saleor_bespoke.project.texts import block
from saleor_bespoke.steps.cad import rules
from saleor_bespoke.steps.cad.events import (
    CadAnnotationAdded,
    CadPinAdded,
    CadPinAnswered,
    CadRevisionDrafted,
    CadRevisionPublished,
    CadViewAdded,
)
from saleor_bespoke.steps.cad.models import CadAnnotation, CadPin, CadRevision, CadView
from saleor_bespoke.workshop.promises import promise_meet

ANNOTATIONS_MAX = 100
PINS_MAX = 50
LONGEST = 4000
LONGEST_ANNOTATION = 1000
#: What is stored of a place on a view (a fraction of it) and of a dimension (mm).
PLACE = Decimal("0.00001")
DIMENSION = Decimal("0.001")
LARGEST_DIMENSION = Decimal(10) ** 5


@transaction.atomic
def cad_revision_draft(
    *,
    actor: Actor,
    project_pk: UUID,
    specification: Mapping[str, object] | None = None,
    note: str = "",
) -> CadRevision:
    """Begin the next revision; without a specification it shows the one that was agreed."""
    project, actor = lock_project(project_pk, actor=actor, command="cad_revision_draft")
    if project.revisions.filter(status__in=("DRAFT", "PUBLISHED", "APPROVED")).exists():
        raise BespokeError(
            ErrorCode.REVISION_OPEN, "A revision is being drafted, reviewed, or approved already."
        )
    note = block(note, "note", longest=LONGEST, required=False)
    agreed = specification_agreed(project)
    wished = dict(specification) if specification is not None else agreed
    rules.tweak_check(agreed, wished)
    spec = Specification.from_json(wished)
    last = project.revisions.order_by("number").last()
    revision = CadRevision.objects.create(
        project=project,
        number=last.number + 1 if last else 1,
        status="DRAFT",
        specification=spec.to_json(),
        specification_hash=canonical_hash(spec),
        note=note,
        drafted_at=clock.now(),
    )
    event = CadRevisionDrafted(revision=revision.pk, number=revision.number)
    journal.record(project, event, actor=actor)
    return revision


def _draft_only(revision: CadRevision) -> None:
    if revision.status != "DRAFT":
        raise BespokeError(
            ErrorCode.REVISION_NOT_DRAFT, "Only a draft can be changed; publish a new revision."
        )


@transaction.atomic
def cad_view_add(*, actor: Actor, revision_pk: UUID, view: str, prepared: PreparedFile) -> CadView:
    """Put a drawing, render or mesh on a draft."""
    revision, project, actor = lock_child(
        CadRevision, revision_pk, "revision", actor=actor, command="cad_view_add"
    )
    _draft_only(revision)
    file = file_attach(project=project, prepared=prepared, actor_ref=actor.ref, shared=True)
    row = CadView.objects.create(revision=revision, view=view, file=file)
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
    _draft_only(revision)
    text = block(text, "text", longest=LONGEST_ANNOTATION)
    _dimension_check(millimetres)
    if revision.annotations.count() >= ANNOTATIONS_MAX:
        raise BespokeError(ErrorCode.INVALID, "This revision has enough annotations.")
    view = _view_of(revision, view_pk) if view_pk else None
    if view is not None or x is not None or y is not None:
        _on_view(x, y)
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


def _view_of(revision: CadRevision, pk: UUID) -> CadView:
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


def _on_view(x: Decimal | None, y: Decimal | None) -> None:
    if x is None or y is None or not (0 <= x <= 1 and 0 <= y <= 1):
        raise BespokeError(
            ErrorCode.INVALID, "A place on a view is given by x and y between 0 and 1.", field="x"
        )


@transaction.atomic
def cad_revision_publish(*, actor: Actor, revision_pk: UUID) -> CadRevision:
    """Show a draft with all required views to the customer; the promised date is kept by it."""
    revision: CadRevision
    revision, project, actor = lock_child(
        CadRevision, revision_pk, "revision", actor=actor, command="cad_revision_publish"
    )
    _draft_only(revision)
    rules.tweak_check(specification_agreed(project), revision.specification)
    missing = rules.views_missing(
        conf.policy(project.channel).required_views,
        set(revision.views.values_list("view", flat=True)),
    )
    if missing:
        raise BespokeError(
            ErrorCode.VIEWS_MISSING, f"These views are missing: {', '.join(missing)}."
        )
    project.revisions.filter(status="TWEAK_REQUESTED").update(status="SUPERSEDED")
    revision.status, revision.published_at = "PUBLISHED", clock.now()
    revision.save(update_fields=["status", "published_at"])
    event = CadRevisionPublished(
        revision=revision.pk,
        number=revision.number,
        specification=revision.specification_hash,
    )
    journal.record(project, event, actor=actor)
    for step in ("CAD", "TWEAK"):
        if project.promises.filter(step=step, ended_at=None).exists():
            promise_meet(project=project, step=step)
    return revision


@transaction.atomic
def cad_pin_add(
    *, actor: Actor, revision_pk: UUID, view_pk: UUID, x: Decimal, y: Decimal, remark: str
) -> CadPin:
    """The customer pins a remark to a place of a view under review."""
    revision, project, actor = lock_child(
        CadRevision, revision_pk, "revision", actor=actor, command="cad_pin_add"
    )
    if revision.status != "PUBLISHED":
        raise BespokeError(
            ErrorCode.REVISION_NOT_REVIEWABLE, "This revision is not open for review."
        )
    view = _view_of(revision, view_pk)
    _on_view(x, y)
    remark = block(remark, "remark", longest=LONGEST)
    if revision.pins.count() >= PINS_MAX:
        raise BespokeError(ErrorCode.INVALID, f"A revision takes up to {PINS_MAX} remarks.")
    pin = CadPin.objects.create(
        revision=revision,
        view=view,
        x=x.quantize(PLACE),
        y=y.quantize(PLACE),
        remark=remark,
        placed_at=clock.now(),
    )
    journal.record(project, CadPinAdded(revision=revision.pk, pin=pin.pk), actor=actor)
    return pin


@transaction.atomic
def cad_pin_answer(*, actor: Actor, pin_pk: UUID, answer: str) -> CadPin:
    """The designer answers a remark, once."""
    found = CadPin.objects.select_related("revision").filter(pk=parse_pk(pin_pk, "pin")).first()
    if found is None:
        raise NotFound("pin")
    try:
        project, actor = lock_project(
            found.revision.project_id, actor=actor, command="cad_pin_answer"
        )
    except NotFound:
        raise NotFound("pin") from None
    pin = CadPin.objects.get(pk=found.pk)
    if pin.answered_at is not None:
        raise BespokeError(ErrorCode.ALREADY_DONE, "This remark was answered before.")
    pin.answer = block(answer, "answer", longest=LONGEST)
    pin.answered_at, pin.answered_by = clock.now(), actor.ref
    pin.save(update_fields=["answer", "answered_at", "answered_by"])
    journal.record(project, CadPinAnswered(pin=pin.pk), actor=actor)
    return pin
