"""Pins of the revision before, looked for on this one; told where they were lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from saleor_bespoke.craft.file_kinds import IMAGES, FileKind
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.cad import measuring
from saleor_bespoke.steps.cad.events import CadPinsCarried
from saleor_bespoke.steps.cad.models import CadPin, CadRevision, CadView

#: What is stored of a place (mm) and of a normal.
PLACE_MM = Decimal("0.0001")
NORMAL = Decimal("0.00001")


@dataclass(frozen=True)
class Before:
    """The mesh of the revision before and its pins, as the worker's job names them."""

    job: dict[str, Any]
    pins: list[UUID]


def revision_before(revision: CadRevision) -> CadRevision | None:
    """The last revision before this one that the customer saw."""
    shown = revision.project.revisions.filter(published_at__isnull=False)
    found: CadRevision | None = shown.filter(number__lt=revision.number).order_by("number").last()
    return found


def _pinned(view: CadView, kinds: frozenset[FileKind]) -> tuple[CadView, list[CadPin]] | None:
    """The view of the revision before that shows the same side, with its pins."""
    before = revision_before(view.revision)
    if before is None:
        return None
    same = before.views.filter(
        view=view.view, file__erased_at=None, file__kind__in=[it.value for it in kinds]
    )
    for old in same.select_related("file").order_by("pk"):
        pins = list(old.pins.order_by("placed_at", "pk"))
        if pins:
            return old, pins
    return None


def spots(view: CadView, path: Path) -> list[dict[str, Any]]:
    """Of each pin on the picture before, whether it is carried to the one at `path`, and where."""
    found = _pinned(view, IMAGES)
    if found is None:
        return []
    old, pins = found
    places = [(float(pin.x or 0), float(pin.y or 0)) for pin in pins]
    with measuring.on_disk(old.file) as before:
        same = measuring.spots_carried((before, old.file.kind), (path, view.file.kind), places)
    return [
        {"pin": str(pin.pk), "place": {"x": str(pin.x), "y": str(pin.y)} if kept else None}
        for pin, kept in zip(pins, same, strict=True)
    ]


@contextmanager
def places(view: CadView) -> Iterator[Before | None]:
    """The mesh before on disk with its pinned places; None where nothing is pinned to one."""
    found = _pinned(view, frozenset(FileKind) - IMAGES)
    report = found and getattr(found[0], "report", None)
    if found is None or report is None or not report.unit:
        yield None
        return
    old, pins = found
    with measuring.on_disk(old.file) as path:
        job = {
            "path": str(path),
            "kind": old.file.kind,
            "unit": report.unit,
            "places": [_place(pin) for pin in pins],
        }
        yield Before(job, [pin.pk for pin in pins])


def _place(pin: CadPin) -> dict[str, list[float]]:
    return {
        "position": [float(it or 0) for it in (pin.place_x, pin.place_y, pin.place_z)],
        "normal": [float(it or 0) for it in (pin.normal_x, pin.normal_y, pin.normal_z)],
    }


def position_of(place: dict[str, Any]) -> dict[str, Any]:
    """The columns of a pin's place: on a picture, or on a mesh."""
    if "x" in place:
        return {"x": Decimal(place["x"]), "y": Decimal(place["y"])}
    columns: dict[str, Any] = {"part": place["part"]}
    for name, values, step in (
        ("place", place["position"], PLACE_MM),
        ("normal", place["normal"], NORMAL),
    ):
        for axis, value in zip("xyz", values, strict=True):
            columns[f"{name}_{axis}"] = Decimal(repr(float(value))).quantize(step)
    return columns


def pins_carry(project: BespokeProject, revision: CadRevision, *, actor: Actor) -> None:
    """Put the pins that were found again on a revision that is shown now; tell of the others."""
    before = revision_before(revision)
    earlier = {pin.pk: pin for pin in before.pins.all()} if before else {}
    carried: dict[UUID, CadPin] = {}
    for view in revision.views.select_related("report"):
        for it in view.report.carried if hasattr(view, "report") else ():
            pin = earlier.get(UUID(it["pin"]))
            if pin is None or it["place"] is None or pin.pk in carried:
                continue
            carried[pin.pk] = CadPin(
                revision=revision,
                view=view,
                remark=pin.remark,
                placed_at=pin.placed_at,
                answer=pin.answer,
                answered_at=pin.answered_at,
                answered_by=pin.answered_by,
                carried_from=pin,
                **position_of(it["place"]),
            )
    if earlier:
        CadPin.objects.bulk_create(carried.values())
        event = CadPinsCarried(
            revision=revision.pk, carried=len(carried), lost=len(earlier) - len(carried)
        )
        journal.record(project, event, actor=actor)
