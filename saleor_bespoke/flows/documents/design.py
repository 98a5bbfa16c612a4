"""The design: the receipt of its approval, and its drawings in true size."""

from __future__ import annotations

import hashlib
from decimal import Decimal

from saleor_bespoke import conf
from saleor_bespoke.craft.ring_sizes import diameter_mm
from saleor_bespoke.documents.approving import (
    WIDEST_MM,
    ApprovalReceipt,
    ApprovedFile,
    CadSheet,
    ScaledView,
)
from saleor_bespoke.documents.parts import Picture, Seal, Signature
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.flows.documents import pieces
from saleor_bespoke.flows.documents.drafts import Draft, plain
from saleor_bespoke.flows.documents.house import customer_of, house_of, reader_of
from saleor_bespoke.flows.documents.pictures import pictures
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.cad import measuring
from saleor_bespoke.steps.cad.models import CadRevision
from saleor_bespoke.steps.cad.report_models import CadReport
from saleor_bespoke.steps.cad.services.jobs import job_place
from saleor_bespoke.steps.papers.rules import Kind

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
            "unit": unit_confirmed(mesh) if mesh else "",
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


def unit_confirmed(mesh: BespokeFile) -> str:
    """The unit that a designer confirmed for this mesh; empty while none did."""
    report = CadReport.objects.filter(view__file=mesh).exclude(confirmed_unit="").first()
    return report.confirmed_unit if report else ""


def drawn(project: BespokeProject, subject: str) -> tuple[ScaledView, ...]:
    """The three drawings of a revision's mesh, each with the mm that it spans.

    A bounded process draws them, by the unit that was confirmed, else the one in which the mesh
    fits the order. FILE_UNREADABLE where it cannot be read or nobody can tell its unit,
    DOCUMENT_NOT_READY where no sheet is large enough, SHOP_BUSY where too many are examined just
    now or the process ended early, DOCUMENTS_UNAVAILABLE where the extra `cad` is not installed.
    """
    revision = project.revisions.prefetch_related("views__file").get(number=int(subject))
    mesh = mesh_of(revision)
    if mesh is None:
        raise BespokeError(ErrorCode.FILE_UNREADABLE, "This revision has no mesh to draw.")
    asked = pieces.piece_of(project, revision.specification).specification
    try:
        measuring.extra_check()
    except measuring.ExtraMissing as missing:
        raise BespokeError(ErrorCode.DOCUMENTS_UNAVAILABLE, str(missing)) from missing
    with job_place(), measuring.on_disk(mesh) as path:
        made = measuring.true_scale(
            path,
            mesh.kind,
            piece=asked.piece_type,
            ordered=diameter_mm(asked.ring_size.circumference) if asked.ring_size else None,
            unit=unit_confirmed(mesh),
            pixels=PIXELS,
        )
    if made.span > WIDEST_MM:
        raise BespokeError(
            ErrorCode.DOCUMENT_NOT_READY,
            "The piece is larger than a sheet of paper shows in its true size.",
            field="kind",
        )
    return tuple(
        ScaledView(name, Picture(drawing, name.title()), made.span, made.span)
        for name, drawing in made.views.items()
    )
