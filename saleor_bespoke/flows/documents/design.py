"""The design: the receipt of its approval, and its drawings in true size."""

from __future__ import annotations

import hashlib
import io
from decimal import Decimal
from typing import TYPE_CHECKING

from saleor_bespoke import conf
from saleor_bespoke.craft.ring_sizes import diameter_mm
from saleor_bespoke.documents.approving import ApprovalReceipt, ApprovedFile, CadSheet, ScaledView
from saleor_bespoke.documents.parts import Picture, Seal, Signature
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.flows.documents import pieces
from saleor_bespoke.flows.documents.drafts import Draft, plain
from saleor_bespoke.flows.documents.house import customer_of, house_of, reader_of
from saleor_bespoke.flows.documents.pictures import pictures
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.scratch import BytesMissing, fetch, scratch_folder
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.cad.models import CadRevision
from saleor_bespoke.steps.cad.report_models import CadReport
from saleor_bespoke.steps.papers.rules import Kind

if TYPE_CHECKING:
    from saleor_bespoke.shapes.shape import Shape

MESHES = ("STL", "OBJ", "GLB")
#: Pixels along the side of a drawing in true size: 300 dpi over 6 cm.
PIXELS = 700


def approval(project: BespokeProject, subject: str) -> Draft:
    """What exactly the customer approved, as its receipt says."""
    revision = project.revisions.select_related("approval").get(number=int(subject))
    row = revision.approval
    receipt = row.receipt
    piece = pieces.piece_of(project, revision.specification)
    views = list(revision.views.select_related("file").order_by("view", "file__sha256"))
    shown = pictures([(it.file, it.view.title()) for it in views], most=4)
    notice = conf.policy(project.channel).returns_notice
    shown_now = hashlib.sha256(notice.body.encode()).hexdigest()
    seen = receipt["returns_notice"]
    return Draft(
        kind=Kind.APPROVAL,
        subject=subject,
        place=revision.number,
        state={
            "receipt": row.receipt_hash,
            "language": project.language,
            "pictures": plain(shown),
        },
        document=ApprovalReceipt(
            house=house_of(project.channel),
            reader=reader_of(project),
            number="",
            issued_at=row.approved_at,
            piece=piece,
            customer=customer_of(project),
            revision=revision.number,
            stones=pieces.stones_locked(project, piece.specification),
            specification_sha256=receipt["specification"],
            files=tuple(
                ApprovedFile(it.view, it.file.name or it.view, it.file.sha256) for it in views
            ),
            pictures=shown,
            confirmed=tuple(receipt["confirmed"]),
            paid=tuple(
                pieces.amount(Decimal(it["amount"]), it["currency"]) for it in receipt["paid"]
            ),
            quote_sha256=receipt["quote"],
            terms=Seal(receipt["terms"]["version"], receipt["terms"]["sha256"]),
            notice=Seal(seen["version"], seen["sha256"]),
            notice_body=notice.body if seen["sha256"] == shown_now else "",
            signature=Signature(
                name=project.contact_name,
                role=receipt["actor"]["kind"],
                at=row.approved_at,
                receipt=row.receipt_hash,
                reference=f"{project.number}-A{revision.number}",
            ),
        ),
    )


def mesh_of(revision: CadRevision) -> BespokeFile | None:
    """The revision's mesh, if it has one that can be measured."""
    found = [
        it.file
        for it in revision.views.all()
        if it.view == "MESH" and it.file.kind in MESHES and it.file.erased_at is None
    ]
    return found[0] if found else None


def cad_sheet(project: BespokeProject, subject: str) -> Draft:
    """Top, side and front of the revision's mesh at 1:1. The views are drawn when it is set."""
    revision = project.revisions.prefetch_related("views__file").get(number=int(subject))
    mesh = mesh_of(revision)
    notes = revision.annotations.filter(kind="DIMENSION").exclude(millimetres=None)
    return Draft(
        kind=Kind.CAD_SHEET,
        subject=subject,
        place=revision.number,
        state={
            "revision": str(revision.pk),
            "mesh": mesh.sha256 if mesh else "",
            "language": project.language,
        },
        document=CadSheet(
            house=house_of(project.channel),
            reader=reader_of(project),
            number="",
            issued_at=pieces.there(revision.published_at),
            piece=pieces.piece_of(project, revision.specification),
            revision=revision.number,
            views=(),
            dimensions=tuple(
                (it.text[:256], pieces.tidy(it.millimetres) or Decimal(0))
                for it in notes.order_by("pk")
            ),
            note=revision.note[:4000],
        ),
    )


def drawn(project: BespokeProject, subject: str) -> tuple[ScaledView, ...]:
    """The three drawings of a revision's mesh, each with the millimetres that it spans.

    FILE_UNREADABLE where the mesh cannot be read or nobody can tell its unit; DOCUMENTS_UNAVAILABLE
    where the extra `cad` is not installed.
    """
    try:
        from saleor_bespoke.shapes.cameras import View, posed
        from saleor_bespoke.shapes.pictures import model_of, picture
        from saleor_bespoke.shapes.rings import ring_of
        from saleor_bespoke.shapes.shape import ShapeRefused
    except ImportError as missing:
        raise BespokeError(
            ErrorCode.DOCUMENTS_UNAVAILABLE,
            "A true-scale sheet needs the extra cad: install saleor-bespoke[cad].",
        ) from missing
    revision = project.revisions.prefetch_related("views__file").get(number=int(subject))
    mesh = mesh_of(revision)
    if mesh is None:
        raise BespokeError(ErrorCode.FILE_UNREADABLE, "This revision has no mesh to draw.")
    try:
        shape = in_millimetres(project, revision, mesh)
        ring = ring_of(shape)
        model = model_of(posed(shape, ring))
    except ShapeRefused as refused:
        raise BespokeError(ErrorCode.FILE_UNREADABLE, str(refused)) from refused
    low, high = model.shape.box
    # A posed ring stands about its finger hole, and its head reaches farther than its shank.
    span = 2 * max(float(abs(low).max()), float(abs(high).max())) * 1.06
    views = []
    for view in (View.TOP, View.SIDE, View.FRONT):
        made = io.BytesIO()
        picture(model, view, size=PIXELS, span=span, white=True).save(made, "PNG")
        across = Decimal(f"{span:.3f}")
        name = view.value.upper()
        views.append(ScaledView(name, Picture(made.getvalue(), name.title()), across, across))
    return tuple(views)


def in_millimetres(project: BespokeProject, revision: CadRevision, mesh: BespokeFile) -> Shape:
    """The mesh in mm: by the unit that was confirmed, else the one in which it fits the order."""
    from saleor_bespoke.shapes.loading import load
    from saleor_bespoke.shapes.rings import ring_of
    from saleor_bespoke.shapes.units import Unit, units_guess

    with scratch_folder() as folder:
        path = folder / "mesh"
        try:
            fetch(mesh.storage_name, path)
        except BytesMissing as error:
            raise BespokeError(
                ErrorCode.FILE_UNREADABLE, "The mesh is missing from the storage."
            ) from error
        shape = load(path, mesh.kind)
    report = CadReport.objects.filter(view__file=mesh).exclude(confirmed_unit="").first()
    if report is not None:
        return shape.scaled(Unit(report.confirmed_unit).mm)
    if mesh.kind == "GLB":
        return shape
    asked = pieces.piece_of(project, revision.specification).specification
    ring = ring_of(shape)
    low, high = shape.box
    guess = units_guess(
        piece=asked.piece_type,
        largest_side=float((high - low).max()),
        inner_diameter=ring.inner_diameter if ring else None,
        ordered_diameter=float(diameter_mm(asked.ring_size.circumference))
        if asked.ring_size
        else None,
    )
    if guess.unit is None:
        raise BespokeError(ErrorCode.FILE_UNREADABLE, guess.reason)
    return shape.scaled(guess.unit.mm)
