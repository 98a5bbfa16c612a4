"""What lies in a dossier: its folders, the files in them under safe names, and its first page."""

from __future__ import annotations

import json
import logging
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.core.files.storage import Storage

from saleor_bespoke.craft.file_kinds import IMAGES, VIDEOS, FileKind
from saleor_bespoke.documents.dossiers import DossierPage, Happened, Leaf, page
from saleor_bespoke.documents.parts import Piece, SetStone
from saleor_bespoke.errors import NotFound
from saleor_bespoke.flows.documents import pieces
from saleor_bespoke.flows.documents.house import house_of, reader_of
from saleor_bespoke.flows.documents.pictures import IN_LISTS, preview_read, previews_of
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.store import private_storage
from saleor_bespoke.project.journal import Event, canonical
from saleor_bespoke.project.models import BespokeProject, TimelineEvent
from saleor_bespoke.steps.papers.models import IssuedDocument
from saleor_bespoke.steps.papers.rules import Kind

logger = logging.getLogger(__name__)

MOST_PREVIEWS: Final = 40
LONGEST_NAME: Final = 60


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A file of the ZIP: bytes at hand, or those of a stored file."""

    path: str
    at: datetime
    data: bytes = b""
    file: BespokeFile | None = None


@dataclass(frozen=True)
class Found:
    """A stored file with the words that stand under it."""

    file: BespokeFile
    title: str


def entries(project: BespokeProject, *, staff: bool) -> list[Entry]:
    """Everything in its order, the first page first; without `staff` nothing of the workshop's."""
    last = project.events.order_by("sequence").last()
    at = last.at if last else project.created_at
    papers, lost = _there(_papers(project, staff=staff))
    folders, stored = [("documents", tuple(_paper_leaf(it) for it in papers))], []
    stored += [Entry(path=_paper_path(it), at=it.made_at, file=it.file) for it in papers]
    found_in = list(_folders(project, staff=staff))
    previews = _previews(found_in)
    for name, found in found_in:
        leaves = []
        for place, it in enumerate(found, start=1):
            if not _exists(private_storage(), it.file):
                lost.append(it.title)
                continue
            path = f"{name}/{place:02d}-{safe(it.title)}{FileKind(it.file.kind).suffixes[0]}"
            shown = previews.get(it.file.pk, b"")
            leaves.append(Leaf(path=path, title=it.title, preview=shown))
            stored.append(Entry(path=path, at=it.file.created_at, file=it.file))
        folders.append((name, tuple(leaves)))
    events = _events(project, staff=staff)
    html = page(
        DossierPage(
            house=house_of(project.channel),
            reader=reader_of(project),
            piece=_piece(project),
            number=project.number,
            title=project.title,
            stage=project.stage,
            stones=_stones(project),
            folders=tuple(folders),
            timeline=tuple(Happened(it.at, _title(it)) for it in events),
            lost=tuple(lost),
        )
    )
    return [
        Entry(path="index.html", at=at, data=html.encode()),
        Entry(path="timeline.json", at=at, data=_timeline(events)),
        *stored,
    ]


def safe(name: str) -> str:
    """A name that every system can unpack: letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_NAME].strip("-") or "file"


def _previews(folders: list[tuple[str, list[Found]]]) -> dict[UUID, bytes]:
    """Small WebPs of the first pictures, as they were derived; none of what is not there yet."""
    shown = [it.file for _, found in folders for it in found if FileKind(it.file.kind) in IMAGES]
    made = {}
    for pk, row in previews_of(shown[:MOST_PREVIEWS], IN_LISTS).items():
        try:
            made[pk] = preview_read(row)
        except OSError:
            logger.warning("File %s has no preview in its dossier", pk)
    return made


def _papers(project: BespokeProject, *, staff: bool) -> list[IssuedDocument]:
    """Every version that was handed out and not taken back, nor a later one of the same paper."""
    rows = project.papers.order_by("version").select_related("file")
    back = {(it.kind, it.subject): it.version for it in rows if it.revoked_at is not None}
    order = {kind.value: place for place, kind in enumerate(Kind)}
    mine = [
        row
        for row in rows
        if row.version > back.get((row.kind, row.subject), 0)
        and row.file.erased_at is None
        and (staff or not Kind(row.kind).internal)
    ]
    return sorted(mine, key=lambda row: (order[row.kind], row.number, row.version))


def _there(rows: Iterable[IssuedDocument]) -> tuple[list[IssuedDocument], list[str]]:
    """The papers whose bytes are there, and the numbers of the others."""
    found, lost = [], []
    for row in rows:
        if _exists(private_storage(), row.file):
            found.append(row)
        else:
            lost.append(row.number)
    return found, lost


def _exists(storage: Storage, file: BespokeFile) -> bool:
    there = storage.exists(file.storage_name)
    if not there:
        logger.error("The stored bytes of file %s are missing", file.pk)
    return there


def _paper_path(row: IssuedDocument) -> str:
    return f"documents/{safe(f'{row.number} {Kind(row.kind).called}')}.pdf"


def _paper_leaf(row: IssuedDocument) -> Leaf:
    return Leaf(
        path=_paper_path(row),
        title=Kind(row.kind).called,
        detail=row.number,
        sha256=row.sha256,
    )


def _folders(project: BespokeProject, *, staff: bool) -> Iterator[tuple[str, list[Found]]]:
    shared = {} if staff else {"file__shared": True}
    live = {"file__erased_at": None} | shared
    evidence = list(project.evidence.filter(**live).select_related("file").order_by("at", "pk"))
    updates = project.updates.order_by("at", "pk").prefetch_related("files")
    news = [
        Found(file, it.text)
        for it in updates
        if staff or it.shared
        for file in sorted(it.files.all(), key=lambda file: (file.created_at, file.pk))
        if file.erased_at is None and (staff or file.shared)
    ]
    seen = [Found(it.file, it.kind.capitalize()) for it in evidence]
    yield "photos", [it for it in (*seen, *news) if FileKind(it.file.kind) in IMAGES]
    yield "videos", [it for it in (*seen, *news) if FileKind(it.file.kind) in VIDEOS]
    yield "cad", list(_views(project, staff=staff))
    rows = project.references.filter(**live).select_related("file").order_by("position")
    yield "references", [Found(it.file, it.caption or it.file.name) for it in rows]
    reports = project.certificates.exclude(status="REJECTED").filter(**live)
    found = reports.select_related("file").order_by("recorded_at", "pk")
    yield (
        "reports",
        [
            Found(it.file, f"{it.laboratory} {it.number}")
            for it in found
            if it.file is not None and (staff or not it.contradictions)
        ],
    )


def _views(project: BespokeProject, *, staff: bool) -> Iterator[Found]:
    """The design's pictures; the meshes themselves stay the workshop's."""
    for revision in project.revisions.order_by("number"):
        if revision.status == "DRAFT" and not staff:
            continue
        for it in revision.views.select_related("file").order_by("view", "pk"):
            mine = staff or (it.file.shared and FileKind(it.file.kind) in IMAGES)
            if mine and it.file.erased_at is None:
                yield Found(it.file, f"Revision {revision.number}, {it.view.lower()}")


def _piece(project: BespokeProject) -> Piece | None:
    try:
        return pieces.piece_agreed(project)
    except NotFound:  # nothing is agreed yet
        return None


def _stones(project: BespokeProject) -> tuple[SetStone, ...]:
    piece = _piece(project)
    return pieces.stones_locked(project, piece.specification) if piece else ()


def _events(project: BespokeProject, *, staff: bool) -> list[TimelineEvent]:
    rows = project.events.order_by("sequence")
    return list(rows if staff else rows.filter(shared=True))


def _title(event: TimelineEvent) -> str:
    known = Event.kinds.get(event.kind)
    return known.title if known else event.kind


def _timeline(events: Iterable[TimelineEvent]) -> bytes:
    """The events as they were hashed; with all of them the chain can be checked."""
    said = [
        {
            "sequence": it.sequence,
            "kind": it.kind,
            "title": _title(it),
            "at": it.at,
            "actor": it.actor_kind,
            "payload": it.payload,
            "hash": it.hash,
        }
        for it in events
    ]
    return json.dumps(json.loads(canonical(said)), indent=1, ensure_ascii=False).encode()
