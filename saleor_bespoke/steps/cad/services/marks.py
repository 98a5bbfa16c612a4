"""Fingerprints: kept with a view, compared with all that other clients were shown.

The database narrows the search by an index that leaves out nothing near; what it lets through is
compared exactly. Publications take turns, so that of two equal designs the second sees the first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import IntegerField, Q, QuerySet
from django.db.models.expressions import RawSQL

from saleor_bespoke.project import turns
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.cad.measuring import Seen
from saleor_bespoke.steps.cad.models import CadRevision, CadView
from saleor_bespoke.steps.cad.report_models import DesignPrint

#: Bounds what one view is compared with exactly: the nearest by their 64 bits.
CANDIDATES_MAX = 4000
NEAREST = 10
COMPARED_MAX = 100
BATCH = 1000
#: How unlike a mesh or a picture may be to be shown among the nearest.
LOOKED_AT = 0.5
PICTURE_LOOKED_AT = 0.1


Row = tuple[UUID, UUID, float]
#: By the other revision and the kind of its prints: side → distance.
Found = dict[tuple[UUID, str], dict[str, float]]


@dataclass(frozen=True)
class Likeness:
    """Another client's revision and how unlike it is, 0 being the same; `near` is too like."""

    revision: UUID
    project: UUID
    kind: str
    distance: float
    near: bool
    sides: tuple[str, ...]


def picture_kept(*, view: CadView, project: BespokeProject, seen: Seen) -> None:
    """Keep a picture's fingerprint; one that tells too little has none."""
    if seen.hash is None or seen.detail is None:
        return
    from saleor_bespoke.shapes.likeness import picture_bands

    _kept(
        view,
        project=project,
        kind="PICTURE",
        mark=seen.detail,
        hash=_signed(seen.hash),
        bands=picture_bands(seen.hash),
    )


def shape_kept(
    *, view: CadView, project: BespokeProject, mark: bytes, keys: Iterable[float]
) -> None:
    """Keep a mesh's fingerprint."""
    surface, volume = keys
    _kept(view, project=project, kind="SHAPE", mark=mark, surface_key=surface, volume_key=volume)


def _kept(view: CadView, **values: Any) -> None:
    DesignPrint.objects.update_or_create(view=view, defaults={"side": view.view, **values})


def _signed(mark: int) -> int:
    """64 bits as the database's whole number."""
    return mark - 2**64 if mark >= 2**63 else mark


def turn_take() -> None:
    """Wait until nobody else is publishing; ours ends with the transaction."""
    turns.turn_take("publishing")


def marks_show(revision: CadRevision) -> None:
    """From now on others are compared with this revision."""
    DesignPrint.objects.filter(view__revision=revision).update(shown=True)


def _of_others(project: BespokeProject) -> QuerySet[DesignPrint]:
    """What other clients were shown: linked commissions, and one person's, are one client's."""
    own = Q(pk=project.pk) | Q(linked_to=project.pk)
    if project.linked_to_id:
        own |= Q(pk=project.linked_to_id) | Q(linked_to=project.linked_to_id)
    if project.owner_id:
        own |= Q(owner=project.owner_id)
    else:
        own |= Q(owner=None, contact_email__iexact=project.contact_email)
    mine = list(BespokeProject.objects.filter(own).order_by().values_list("pk", flat=True))
    return DesignPrint.objects.filter(shown=True).exclude(project__in=mine).order_by()


def likenesses(revision: CadRevision) -> list[Likeness]:
    """Other clients' revisions that come nearest to this one, the nearest first."""
    own = list(DesignPrint.objects.filter(view__revision=revision).order_by("pk"))
    if not own:
        return []
    others = _of_others(revision.project)
    found: Found = defaultdict(dict)
    projects: dict[UUID, UUID] = {}
    for mark in own:
        rows = _shapes(mark, others) if mark.kind == "SHAPE" else _pictures(mark, others)
        for other, project, distance in rows:
            sides = found[other, mark.kind]
            sides[mark.side] = min(distance, sides.get(mark.side, distance))
            projects[other] = project
    _sides_compared(found, [mark for mark in own if mark.kind == "PICTURE"])
    near = _near(found)
    judged = [
        Likeness(
            revision=other,
            project=projects[other],
            kind=kind,
            distance=min(sides.values()),
            near=(other, kind) in near,
            sides=tuple(sorted(side for side, it in sides.items() if it < LOOKED_AT)),
        )
        for (other, kind), sides in found.items()
    ]
    judged.sort(key=lambda it: (not it.near, it.distance, str(it.revision)))
    flagged = sum(it.near for it in judged)
    return judged[: max(NEAREST, flagged)]


def _shapes(mark: DesignPrint, others: QuerySet[DesignPrint]) -> Iterable[Row]:
    """Meshes of about this size, with their distance."""
    from saleor_bespoke.shapes.likeness import keys_reach, shapes_distances

    reach = keys_reach(LOOKED_AT)
    surface, volume = mark.surface_key or 0.0, mark.volume_key or 0.0
    rows = others.filter(
        kind="SHAPE",
        surface_key__range=(surface - reach, surface + reach),
        volume_key__range=(volume - reach, volume + reach),
    ).values_list("view__revision_id", "project_id", "mark")
    for batch in _batches(rows):
        distances = shapes_distances(bytes(mark.mark), [bytes(it[2]) for it in batch])
        for (revision, project, _), distance in zip(batch, distances, strict=True):
            if distance < LOOKED_AT:
                yield revision, project, distance


def _pictures(mark: DesignPrint, others: QuerySet[DesignPrint]) -> Iterable[Row]:
    """Pictures of the same side whose 64 bits are nearly these, with their distance in detail."""
    from saleor_bespoke.shapes.likeness import PICTURE_BITS, details_distances

    bits = RawSQL(  # a constant; the value is a parameter
        "length(replace((hash # %s)::bit(64)::text, '0', ''))",
        [mark.hash],
        output_field=IntegerField(),
    )
    rows = (
        others.filter(kind="PICTURE", side=mark.side, bands__overlap=mark.bands)
        .annotate(bits=bits)
        .filter(bits__lte=PICTURE_BITS)
        .order_by("bits", "pk")
        .values_list("view__revision_id", "project_id", "mark")[:CANDIDATES_MAX]
    )
    for batch in _batches(rows):
        distances = details_distances(bytes(mark.mark), [bytes(it[2]) for it in batch])
        for (revision, project, _), distance in zip(batch, distances, strict=True):
            if distance < PICTURE_LOOKED_AT:
                yield revision, project, max(distance, 0.0)


def _batches(rows: QuerySet[Any, Any]) -> Iterator[list[Any]]:
    """A thousand rows at a time, so that memory does not grow with the house's past."""
    batch: list[Any] = []
    for row in rows.iterator(chunk_size=BATCH):
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _sides_compared(found: Found, own: list[DesignPrint]) -> None:
    """All sides of those whose pictures came up by any: now without the index between."""
    from saleor_bespoke.shapes.likeness import details_distances

    ours = {mark.side: bytes(mark.mark) for mark in own}
    nearest = sorted(
        (min(sides.values()), str(other), other)
        for (other, kind), sides in found.items()
        if kind == "PICTURE"
    )[:COMPARED_MAX]
    if not nearest:
        return
    theirs = DesignPrint.objects.filter(
        kind="PICTURE", side__in=ours, view__revision__in=[it[2] for it in nearest]
    ).order_by()
    for other, side, mark in theirs.values_list("view__revision_id", "side", "mark"):
        distance = max(details_distances(ours[side], [bytes(mark)])[0], 0.0)
        sides = found[other, "PICTURE"]
        sides[side] = min(distance, sides.get(side, distance))


def _near(found: Found) -> set[tuple[UUID, str]]:
    """Which of them are too like: a mesh that is, or drawings that are."""
    from saleor_bespoke.shapes.likeness import PICTURE_NEAR, drawings_near
    from saleor_bespoke.shapes.prints import NEAR

    near = set()
    for (other, kind), sides in found.items():
        least = NEAR if kind == "SHAPE" else PICTURE_NEAR
        alike = {side for side, distance in sides.items() if distance < least}
        if alike if kind == "SHAPE" else drawings_near(alike, sides.keys()):
            near.add((other, kind))
    return near
