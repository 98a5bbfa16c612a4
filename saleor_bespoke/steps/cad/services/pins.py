"""Remarks pinned to a place of a view: on a picture, or on the surface of a mesh."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from saleor_bespoke import clock
from saleor_bespoke.craft.file_kinds import MESHES
from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound
from saleor_bespoke.media.quotas import caller_of, place_count
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import Actor, parse_pk
from saleor_bespoke.project.children import child_check, lock_child
from saleor_bespoke.project.services import lock_project
from saleor_bespoke.project.texts import block
from saleor_bespoke.steps.cad import measuring
from saleor_bespoke.steps.cad.events import CadPinAdded, CadPinAnswered
from saleor_bespoke.steps.cad.models import CadPin, CadRevision, CadView
from saleor_bespoke.steps.cad.services.carrying import position_of
from saleor_bespoke.steps.cad.services.jobs import job_place
from saleor_bespoke.steps.cad.services.views import PLACE, on_view, view_of

PINS_MAX = 50
LONGEST = 4000
#: mm beyond a mesh's box in which a place is still looked for on its surface.
BESIDE = 2.0


def cad_pin_add(
    *,
    actor: Actor,
    revision_pk: UUID,
    view_pk: UUID,
    remark: str,
    x: Decimal | None = None,
    y: Decimal | None = None,
    position: Sequence[Decimal] | None = None,
) -> CadPin:
    """The customer pins a remark to a place of a view under review.

    A place of a picture is `x` and `y`; of a mesh it is a `position` in mm, which is put on the
    surface before anything is locked, and after everything else was found in order: it takes a
    process, so callers have so many in an hour (QUOTA_HOUR_REACHED) and the shop so many at once
    (SHOP_BUSY).
    """
    project = child_check(CadRevision, revision_pk, "revision", actor=actor, command="cad_pin_add")
    revision = CadRevision.objects.get(pk=parse_pk(revision_pk, "revision"))
    view, remark = _welcome(revision, view_pk, remark)
    if view.file.kind in MESHES:
        near = _near(view, position)
        place_count(project=project, caller=caller_of(project, actor))
        place = position_of(_on_surface(view, near))
    else:
        place = _on_picture(x, y, position)
    return _pinned(actor, revision_pk, view_pk, remark, place)


@transaction.atomic
def _pinned(
    actor: Actor, revision_pk: UUID, view_pk: UUID, remark: str, place: dict[str, Any]
) -> CadPin:
    revision, project, actor = lock_child(
        CadRevision, revision_pk, "revision", actor=actor, command="cad_pin_add"
    )
    view, remark = _welcome(revision, view_pk, remark)
    pin = CadPin.objects.create(
        revision=revision, view=view, remark=remark, placed_at=clock.now(), **place
    )
    journal.record(project, CadPinAdded(revision=revision.pk, pin=pin.pk), actor=actor)
    return pin


def _welcome(revision: CadRevision, view_pk: UUID, remark: str) -> tuple[CadView, str]:
    """The view and the tidied remark, where a remark may be added."""
    if revision.status != "PUBLISHED":
        raise BespokeError(
            ErrorCode.REVISION_NOT_REVIEWABLE, "This revision is not open for review."
        )
    view = view_of(revision, view_pk)
    remark = block(remark, "remark", longest=LONGEST)
    if revision.pins.filter(carried_from=None).count() >= PINS_MAX:
        raise BespokeError(ErrorCode.INVALID, f"A revision takes up to {PINS_MAX} remarks.")
    return view, remark


def _on_picture(
    x: Decimal | None, y: Decimal | None, position: Sequence[Decimal] | None
) -> dict[str, Any]:
    """The columns of a place on a picture."""
    if position is not None:
        raise BespokeError(ErrorCode.INVALID, "Only a mesh has places in space.", field="position")
    on_view(x, y)
    assert x is not None and y is not None  # noqa: PT018, S101 - for the reader of types
    return {"x": x.quantize(PLACE), "y": y.quantize(PLACE)}


def _near(view: CadView, position: Sequence[Decimal] | None) -> list[float]:
    """A position in mm that may lie on the mesh, as far as its report tells."""
    if position is None:
        raise BespokeError(
            ErrorCode.REQUIRED, "A place on a mesh is a position in mm.", field="position"
        )
    report = getattr(view, "report", None)
    if report is None or report.state != "DONE":
        raise BespokeError(ErrorCode.REPORT_NOT_READY, "This mesh could not be measured.")
    near = [float(it) for it in position]
    low, high = report.facts["box"]
    if not all(
        least - BESIDE <= value <= most + BESIDE
        for value, least, most in zip(near, low, high, strict=True)
    ):
        raise _beside()
    return near


def _on_surface(view: CadView, near: list[float]) -> dict[str, Any]:
    """The place of the mesh nearest to a position, or the refusal that it lies beside it."""
    with job_place(), measuring.on_disk(view.file) as path:
        answer = measuring.job_run(
            "place",
            path=str(path),
            kind=view.file.kind,
            unit=view.report.unit,
            position=near,
        )
    if answer["place"] is None:
        raise _beside()
    found: dict[str, Any] = answer["place"]
    return found


def _beside() -> BespokeError:
    return BespokeError(ErrorCode.INVALID, "This place does not lie on the mesh.", field="position")


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
