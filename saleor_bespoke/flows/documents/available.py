"""Which papers a commission has now, and why another is not there yet; from rows already read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound
from saleor_bespoke.flows.documents.design import mesh_of
from saleor_bespoke.flows.documents.house import verify_base
from saleor_bespoke.money.models import Payable
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.cad.models import CadRevision
from saleor_bespoke.steps.intake.models import Brief
from saleor_bespoke.steps.papers.rules import Kind
from saleor_bespoke.steps.quality.models import QualityCheck
from saleor_bespoke.steps.quoting.models import Quote
from saleor_bespoke.steps.shipping.models import Shipment

#: Stages of a piece that passed its check and was not taken back to the bench.
FINISHED = ("SHIPPING", "AFTERCARE", "CLOSED")
_NOT_YET = {
    Kind.BRIEF: "No brief was handed in yet.",
    Kind.QUOTE: "No quote was sent yet.",
    Kind.CONTRACT: "No offer was accepted yet.",
    Kind.RECEIPT: "Nothing was paid yet.",
    Kind.APPROVAL: "No design was approved yet.",
    Kind.CAD_SHEET: "No revision with a mesh was published yet.",
    Kind.PRODUCTION_CARD: "No design is approved.",
    Kind.QUALITY_SHEET: "Quality control has not begun.",
    Kind.CERTIFICATE: "The piece has not passed its check.",
    Kind.APPRAISAL: "The piece has not passed its check.",
    Kind.CARE_CARD: "The piece has not passed its check.",
    Kind.PACKING_SLIP: "Nothing was packed yet.",
    Kind.CUSTOMS_INVOICE: "No parcel crosses a border.",
}
ERASED = "The customer's personal data were erased."
NOT_WEIGHED = "The metal was not weighed in the last round of quality control."
NO_ADDRESS = "The shop has not said where its certificates are verified."


@dataclass(frozen=True)
class Offer:
    """A paper to be had; with a `reason` it is not there yet."""

    kind: Kind
    subject: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """What decides it; `revisions` with their views' files and approvals read along."""

    briefs: Sequence[Brief]
    quotes: Sequence[Quote]
    payables: Sequence[Payable]
    revisions: Sequence[CadRevision]
    checks: Sequence[QualityCheck]
    shipments: Sequence[Shipment]


def revisions_read() -> Any:
    """Revisions with all that `offers` looks at, in three statements however many they are."""
    return (
        CadRevision.objects.select_related("approval")
        .prefetch_related("views__file")
        .order_by("number")
    )


def rows_of_project(project: BespokeProject) -> Rows:
    """One commission's rows."""
    return Rows(
        briefs=list(project.briefs.order_by("version")),
        quotes=list(project.quotes.order_by("version")),
        payables=list(project.payables.order_by("created_at", "pk")),
        revisions=list(revisions_read().filter(project=project)),
        checks=list(project.checks.order_by("number")),
        shipments=list(project.shipments.order_by("packed_at", "pk")),
    )


def offers(project: BespokeProject, rows: Rows, *, staff: bool) -> list[Offer]:
    """All papers in their order; what is the workshop's own is shown to staff alone."""
    found = []
    for kind in Kind:
        if kind.internal and not staff:
            continue
        there = [Offer(kind, subject) for subject in _subjects(kind, project, rows)]
        if kind is Kind.CERTIFICATE and there and not verify_base():
            there = [Offer(kind, reason=NO_ADDRESS)]
        if kind is Kind.CUSTOMS_INVOICE and not _weighed(rows):
            there = [replace(it, reason=NOT_WEIGHED) for it in there]
        found += there or [Offer(kind, reason=_NOT_YET[kind])]
    if project.erased_at is not None:
        return [replace(it, reason=it.reason or ERASED) for it in found]
    return found


def erased_check(project: BespokeProject) -> None:
    """PERSONAL_DATA_ERASED once the customer was: a paper would bring them back from the books."""
    if project.erased_at is not None:
        raise BespokeError(ErrorCode.PERSONAL_DATA_ERASED, ERASED)


def offer_find(project: BespokeProject, kind: Kind, subject: str, *, staff: bool) -> Offer:
    """The one paper asked for; without a `subject` the last of its kind.

    Refusals: NOT_FOUND for what is not for this caller or not there, DOCUMENT_NOT_READY.
    """
    mine = [
        it
        for it in offers(project, rows_of_project(project), staff=staff)
        if it.kind == kind and (not subject or it.subject == subject or it.reason)
    ]
    if not mine:
        raise NotFound("document", field="subject" if subject else "kind")
    if mine[-1].reason:
        raise BespokeError(ErrorCode.DOCUMENT_NOT_READY, mine[-1].reason, field="kind")
    return mine[-1]


def _weighed(rows: Rows) -> bool:
    return bool(rows.checks) and rows.checks[-1].metal_grams is not None


def _subjects(kind: Kind, project: BespokeProject, rows: Rows) -> Iterator[str]:
    finished = project.stage in FINISHED and any(it.status == "PASSED" for it in rows.checks)
    if kind is Kind.BRIEF:
        yield from [""] * bool(rows.briefs)
    elif kind is Kind.QUOTE:
        yield from (str(it.version) for it in rows.quotes if it.sent_at is not None)
    elif kind is Kind.CONTRACT:
        yield from (str(it.version) for it in rows.quotes if it.status == "ACCEPTED")
    elif kind is Kind.RECEIPT:
        yield from (str(it.pk) for it in rows.payables if it.status == "PAID")
    elif kind in (Kind.APPROVAL, Kind.CAD_SHEET, Kind.PRODUCTION_CARD):
        yield from (str(it.number) for it in _revisions(kind, rows.revisions))
    elif kind is Kind.QUALITY_SHEET:
        yield from (str(it.number) for it in rows.checks)
    elif kind in (Kind.CERTIFICATE, Kind.APPRAISAL, Kind.CARE_CARD):
        yield from [""] * finished
    elif kind is Kind.PACKING_SLIP:
        yield from (str(it.pk) for it in rows.shipments)
    elif kind is Kind.CUSTOMS_INVOICE:
        yield from (str(it.pk) for it in rows.shipments if it.incoterm and it.declared_value)


def _revisions(kind: Kind, revisions: Collection[CadRevision]) -> list[CadRevision]:
    """The revisions that have this paper."""
    if kind is Kind.APPROVAL:
        return [it for it in revisions if hasattr(it, "approval")]
    if kind is Kind.PRODUCTION_CARD:
        return [it for it in revisions if it.status == "APPROVED" and hasattr(it, "approval")]
    shown = [it for it in revisions if it.published_at is not None and mesh_of(it)]
    return shown[-1:]
