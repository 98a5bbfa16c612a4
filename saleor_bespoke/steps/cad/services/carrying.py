"""Pins of the revision before, looked for on this one; told where they were lost."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from saleor_bespoke.craft.file_kinds import IMAGES, MESHES, FileKind
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.cad import measuring
from saleor_bespoke.steps.cad.events import CadPinsCarried
from saleor_bespoke.steps.cad.models import CadPin, CadRevision, CadView

#: What is stored of a place (mm) and of a normal.
PLACE_MM = Decimal("0.0001")
NORMAL = Decimal("0.00001")


def revision_before(revision: CadRevision) -> CadRevision | None:
    """The last revision before this one that the customer saw."""
    shown = revision.project.revisions.filter(published_at__isnull=False)
    found: CadRevision | None = shown.filter(number__lt=revision.number).order_by("number").last()
    return found


def _earlier(view: CadView, kinds: frozenset[FileKind]) -> list[tuple[CadView, list[CadPin]]]:
    """What the customer pinned remarks to that this view may show again, with the pins.

    The same file if the revision before had it, else every file of the same side.
    """
    before = revision_before(view.revision)
    if before is None:
        return []
    side = before.views.filter(
        view=view.view, file__erased_at=None, file__kind__in=[it.value for it in kinds]
    )
    olds = list(side.select_related("file", "report").order_by("file__created_at", "pk"))
    same = [old for old in olds if old.file.sha256 == view.file.sha256]
    found = [(old, list(old.pins.order_by("placed_at", "pk"))) for old in same or olds]
    return [(old, pins) for old, pins in found if pins]


def spots(view: CadView, path: Path) -> list[dict[str, Any]]:
    """Of each pin on pictures before, whether it is carried to the one at `path`, and where."""
    carried = []
    for old, pins in _earlier(view, IMAGES):
        places = [(float(pin.x or 0), float(pin.y or 0)) for pin in pins]
        try:
            with measuring.on_disk(old.file) as before:
                kept = measuring.spots_carried(before, path, places)
        except measuring.Refused:  # of the picture before, and its pins are lost with it
            kept = [False] * len(pins)
        carried += [
            {"pin": str(pin.pk), "place": {"x": str(pin.x), "y": str(pin.y)} if it else None}
            for pin, it in zip(pins, kept, strict=True)
        ]
    return carried


def places(view: CadView, path: Path, unit: str) -> list[dict[str, Any]]:
    """Of each pin on meshes before, where it lies on the one at `path`, if it does."""
    carried = []
    for old, pins in _earlier(view, MESHES):
        try:
            with measuring.on_disk(old.file) as before:
                answer = measuring.job_run(
                    "carry",
                    path=str(path),
                    kind=view.file.kind,
                    unit=unit,
                    before={
                        "path": str(before),
                        "kind": old.file.kind,
                        "unit": old.report.unit,
                        "places": [_place(pin) for pin in pins],
                    },
                )
                found = answer["carried"]
        except measuring.Refused:  # of the mesh before, and its pins are lost with it
            found = [None] * len(pins)
        carried += [{"pin": str(pin.pk), "place": it} for pin, it in zip(pins, found, strict=True)]
    return carried


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
    if before is None:
        return
    earlier = {pin.pk: pin for pin in before.pins.select_related("view__file")}
    ranks = {**_ranks(before), **_ranks(revision)}
    found: dict[UUID, list[tuple[CadView, dict[str, Any]]]] = defaultdict(list)
    for view in revision.views.select_related("report", "file").order_by("pk"):
        for it in view.report.carried if hasattr(view, "report") else ():
            if it["place"] is not None and UUID(it["pin"]) in earlier:
                found[UUID(it["pin"])].append((view, it["place"]))

    def strangeness(pin: CadPin, view: CadView) -> tuple[bool, int]:
        """How little a view is the one that a pin was on: another file, another of the side."""
        same = view.file.sha256 == pin.view.file.sha256
        return not same, abs(ranks[view.pk] - ranks[pin.view_id])

    carried = []
    for pk, shown in found.items():
        pin = earlier[pk]
        view, place = min(shown, key=lambda it: strangeness(pin, it[0]))
        carried.append(
            CadPin(
                revision=revision,
                view=view,
                remark=pin.remark,
                placed_at=pin.placed_at,
                answer=pin.answer,
                answered_at=pin.answered_at,
                answered_by=pin.answered_by,
                carried_from=pin,
                **position_of(place),
            )
        )
    if earlier:
        CadPin.objects.bulk_create(carried)
        event = CadPinsCarried(
            revision=revision.pk, carried=len(carried), lost=len(earlier) - len(carried)
        )
        journal.record(project, event, actor=actor)


def _ranks(revision: CadRevision) -> dict[UUID, int]:
    """By view, the how-manieth of its side it is."""
    counts: Counter[str] = Counter()
    ranks = {}
    for view in revision.views.order_by("file__created_at", "pk"):
        ranks[view.pk] = counts[view.view]
        counts[view.view] += 1
    return ranks
