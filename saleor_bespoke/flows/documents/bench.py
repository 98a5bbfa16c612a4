"""The workshop's own: the card that goes with the piece, and the sheet of quality control."""

from __future__ import annotations

from decimal import Decimal

from saleor_bespoke import conf
from saleor_bespoke.documents.making import (
    Check,
    Lot,
    ProductionCard,
    QualitySheet,
    WorkStep,
)
from saleor_bespoke.documents.parts import Seal, Weights
from saleor_bespoke.flows.documents import pieces
from saleor_bespoke.flows.documents.drafts import Draft
from saleor_bespoke.flows.documents.house import day_of, house_of, reader_of
from saleor_bespoke.flows.documents.pictures import pictures
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.papers.rules import Kind
from saleor_bespoke.steps.production.selectors import steps_latest
from saleor_bespoke.workshop.models import Holding


def production_card(project: BespokeProject, subject: str) -> Draft:
    """All the bench needs of the approved design."""
    revision = project.revisions.select_related("approval").get(number=int(subject))
    piece = pieces.piece_of(project, revision.specification)
    views = list(revision.views.select_related("file").order_by("view", "file__sha256"))
    tweaks = project.tweaks.exclude(request="").order_by("number")
    return Draft(
        kind=Kind.PRODUCTION_CARD,
        subject=subject,
        place=revision.number,
        document=ProductionCard(
            house=house_of(project.channel),
            reader=reader_of(project, internal=True),
            number="",
            issued_at=revision.approval.approved_at,
            piece=piece,
            revision=revision.number,
            stones=pieces.stones_locked(project, piece.specification),
            lots=_lots(project),
            weights=Weights(casting=_metal(project)),
            tweaks=tuple(it.request[:4000] for it in tweaks),
            deadlines=pieces.dues(project, "PRODUCTION"),
            work=tuple(
                WorkStep(
                    it.kind,
                    it.attempt,
                    it.worker,
                    day_of(project, it.finished_at) if it.finished_at else None,
                )
                for it in steps_latest(project)
            ),
            pictures=pictures([(it.file, it.view.title()) for it in views], most=4),
            files=tuple(Seal(it.file.name or it.view, it.file.sha256) for it in views),
            note=revision.note[:4000],
        ),
    )


def _locked(project: BespokeProject) -> list[Holding]:
    rows = project.holdings.filter(state__in=pieces.IN_THE_PIECE)
    return list(rows.select_related("material").order_by("material__code", "pk"))


def _lots(project: BespokeProject) -> tuple[Lot, ...]:
    return tuple(
        Lot(
            row.material.code,
            row.material.name,
            pieces.tidy(row.quantity) or Decimal(0),
            row.material.unit,
        )
        for row in _locked(project)
    )


def _metal(project: BespokeProject) -> Decimal | None:
    grams = [row.quantity for row in _locked(project) if row.material.kind == "METAL"]
    return pieces.tidy(sum(grams, Decimal(0))) if grams else None


def quality_sheet(project: BespokeProject, subject: str) -> Draft:
    """One round of quality control with its measures."""
    row = project.checks.get(number=int(subject))
    policy = conf.policy(project.channel)
    evidence = row.evidence.filter(kind="PHOTO").select_related("file").order_by("at", "pk")
    measured = Check(
        code="size",
        passed=_within(row.ordered_size_mm, row.measured_size_mm, policy.size_tolerance_mm),
        target=pieces.tidy(row.ordered_size_mm),
        measured=pieces.tidy(row.measured_size_mm),
        tolerance=policy.size_tolerance_mm,
    )
    items = tuple(
        Check(code=it.code, passed=it.passed, note=it.note) for it in row.items.order_by("code")
    )
    return Draft(
        kind=Kind.QUALITY_SHEET,
        subject=subject,
        place=row.number,
        document=QualitySheet(
            house=house_of(project.channel),
            reader=reader_of(project, internal=True),
            number="",
            issued_at=row.closed_at or row.opened_at,
            piece=pieces.piece_agreed(project),
            round=row.number,
            checks=((measured,) if row.ordered_size_mm is not None else ()) + items,
            weights=Weights(metal=pieces.tidy(row.metal_grams)),
            passed={"PASSED": True, "FAILED": False}.get(row.status),
            reason=row.fail_reason[:4000],
            note=row.note[:4000],
            closed_at=row.closed_at,
            pictures=pictures([(it.file, "As it was found") for it in evidence], most=4),
        ),
    )


def _within(target: Decimal | None, found: Decimal | None, tolerance: Decimal) -> bool | None:
    return None if target is None or found is None else abs(found - target) <= tolerance
