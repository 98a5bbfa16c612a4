"""What goes with the finished piece: certificate, valuation for an insurer, care."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from saleor_bespoke import conf
from saleor_bespoke.documents.caring import CareCard, Service
from saleor_bespoke.documents.certifying import Appraisal, Certificate
from saleor_bespoke.documents.parts import Mark, Seal, Weights
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.flows.documents import pieces
from saleor_bespoke.flows.documents.drafts import Draft
from saleor_bespoke.flows.documents.house import (
    customer_of,
    day_of,
    house_of,
    reader_of,
    verify_base,
)
from saleor_bespoke.flows.documents.paying import paid_in_all, payer_of
from saleor_bespoke.flows.letters import page_of
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.aftercare.selectors import window_opened_on
from saleor_bespoke.steps.papers.rules import Kind
from saleor_bespoke.steps.quality.models import Hallmark, QualityCheck
from saleor_bespoke.steps.quoting.content import total
from saleor_bespoke.steps.quoting.models import Quote

#: Days between services of a worn piece.
SERVICES = (("PRONG_CHECK", 182), ("CLEANING", 182), ("POLISH", 730))
#: Insurers want a value that is not older.
REVIEW_DAYS = 3 * 365


def _check(project: BespokeProject) -> tuple[QualityCheck, datetime]:
    """The round that the piece passed, and when."""
    row = pieces.last_check(project)
    if row is None or row.closed_at is None:
        raise BespokeError(ErrorCode.DOCUMENT_NOT_READY, "The piece has not passed its check.")
    return row, row.closed_at


def _weights(check: QualityCheck) -> Weights:
    return Weights(metal=pieces.tidy(check.metal_grams))


def _mark(project: BespokeProject) -> Mark | None:
    row = Hallmark.objects.filter(project=project).first()
    if row is None:
        return None
    return Mark(row.office.lower(), row.sponsor_mark, row.fineness, row.reference, row.marked_on)


def certificate(project: BespokeProject, subject: str) -> Draft:
    """The house's word that it made this piece, with the address that proves the paper."""
    base = verify_base()
    if not base:
        raise BespokeError(
            ErrorCode.DOCUMENT_NOT_READY,
            "The shop has not said where its certificates are verified (VERIFY_URL).",
        )
    check, passed_at = _check(project)
    piece = pieces.piece_agreed(project)
    approved = project.revisions.filter(status="APPROVED").select_related("approval").first()
    return Draft(
        kind=Kind.CERTIFICATE,
        subject=subject,
        place=1,
        document=Certificate(
            house=house_of(project.channel),
            reader=reader_of(project),
            number="",
            issued_at=passed_at,
            piece=piece,
            owner=project.contact_name,
            finished_on=day_of(project, passed_at),
            photo=pieces.photograph(project),
            stones=pieces.stones_locked(project, piece.specification),
            weights=_weights(check),
            mark=_mark(project),
            approval=Seal("", approved.approval.receipt_hash) if approved else None,
            verification=base,
            signed_by=house_of(project.channel).name,
        ),
    )


def appraisal(project: BespokeProject, subject: str) -> Draft:
    """What replacing the piece costs here, with every stone, certified or not."""
    check, passed_at = _check(project)
    policy = conf.policy(project.channel)
    piece = pieces.piece_agreed(project)
    quote = project.quotes.select_related("accepted_alternative").get(status="ACCEPTED")
    paid = project.payables.filter(kind="QUOTE", status="PAID").first()
    valued_on = day_of(project, passed_at)
    return Draft(
        kind=Kind.APPRAISAL,
        subject=subject,
        place=1,
        document=Appraisal(
            house=house_of(project.channel),
            reader=reader_of(project),
            number="",
            issued_at=passed_at,
            piece=piece,
            owner=payer_of(project, paid) if paid else customer_of(project),
            description=pieces.there(quote.accepted_alternative).design[:4000],
            photo=pieces.photograph(project),
            stones=pieces.stones_locked(project, piece.specification),
            weights=_weights(check),
            mark=_mark(project),
            value=pieces.amount(_value(project, quote), project.currency),
            valued_on=valued_on,
            review_on=valued_on + timedelta(days=REVIEW_DAYS),
            appraiser=policy.appraiser or house_of(project.channel).name,
            qualification=policy.appraiser_qualification,
        ),
    )


def _value(project: BespokeProject, quote: Quote) -> Decimal:
    """What this workshop asked for the piece, without its way; of a redo, what was offered."""
    paid = paid_in_all(project)
    chosen = quote.accepted_alternative
    if paid <= quote.shipping_amount and chosen is not None:
        paid = total(quote, chosen)
    return paid - quote.shipping_amount


def care_card(project: BespokeProject, subject: str) -> Draft:
    """How to wear and keep the piece, and when to bring it in, counted from its delivery."""
    _, passed_at = _check(project)
    shipments = list(project.shipments.order_by("packed_at", "pk"))
    opened = window_opened_on(project, shipments)
    start = opened or day_of(project, passed_at)
    delivered = [it.delivered_at for it in shipments if it.purpose == "ORDER" and it.delivered_at]
    piece = pieces.piece_agreed(project)
    return Draft(
        kind=Kind.CARE_CARD,
        subject=subject,
        place=1,
        document=CareCard(
            house=house_of(project.channel),
            reader=reader_of(project),
            number="",
            issued_at=delivered[0] if delivered else passed_at,
            piece=piece,
            services=tuple(
                Service(kind, start + timedelta(days=days))
                for kind, days in SERVICES
                if kind != "PRONG_CHECK" or piece.specification.stones
            ),
            resize_until=_resize_until(project, opened),
            booking=page_of(project),
        ),
    )


def _resize_until(project: BespokeProject, opened: date | None) -> date | None:
    """The last day of the free resize that the quote promised."""
    quote = project.quotes.select_related("accepted_alternative").get(status="ACCEPTED")
    promised = pieces.there(quote.accepted_alternative).resize
    if opened is None or promised["outcome"] != "FREE":
        return None
    return opened + timedelta(days=int(promised["untilDays"]))
