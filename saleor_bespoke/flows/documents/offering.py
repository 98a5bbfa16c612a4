"""Before anything is paid: the brochure of the brief, the quote, and the contract."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from typing import Any

from saleor_bespoke import conf
from saleor_bespoke.documents.briefing import BriefBrochure
from saleor_bespoke.documents.contracts import Contract
from saleor_bespoke.documents.parts import Signature
from saleor_bespoke.documents.quoting import Alternative, Line, Quote, Resize
from saleor_bespoke.flows.documents import pieces
from saleor_bespoke.flows.documents.drafts import Draft
from saleor_bespoke.flows.documents.house import customer_of, house_of, reader_of
from saleor_bespoke.flows.documents.pictures import pictures
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.papers.models import ContractSignature
from saleor_bespoke.steps.papers.rules import Kind, number_of
from saleor_bespoke.steps.quoting.content import total
from saleor_bespoke.steps.quoting.models import Quote as QuoteRow
from saleor_bespoke.steps.quoting.models import QuoteAlternative, QuoteLine

#: Stages of which a contract says what leaving gives back.
LEAVING = ("CHECKOUT", "DESIGN", "PRODUCTION", "QUALITY", "SHIPPING")


def brief(project: BespokeProject, subject: str) -> Draft:
    """The present brief as the workshop understood it."""
    row = project.briefs.latest("version")
    references = project.references.select_related("file").order_by("position")
    shown = [(it.file, it.caption or "A reference") for it in references]
    questions = project.questions.filter(answered_at=None).order_by("asked_at", "pk")
    return Draft(
        kind=Kind.BRIEF,
        subject=subject,
        place=row.version,
        document=BriefBrochure(
            house=house_of(project.channel),
            reader=reader_of(project),
            number="",
            issued_at=row.submitted_at,
            piece=pieces.piece_of(project, row.specification),
            customer=customer_of(project),
            version=row.version,
            story=row.story[:4000],
            budget=pieces.amount(row.budget_min, row.currency),
            stretch=pieces.amount(row.budget_stretch, row.currency),
            destination=row.destination_country,
            needed_on=row.date_needed,
            stylist=project.stylist_name,
            questions=tuple(it.question[:4000] for it in questions),
            references=pictures(shown, most=6),
            steps=pieces.dues(project, "QUOTE"),
        ),
    )


def quote(project: BespokeProject, subject: str) -> Draft:
    """An offer as it was sent; accepted alternatives are marked."""
    row = project.quotes.get(version=int(subject))
    alternatives = row.alternatives.order_by("position").prefetch_related("lines", "pictures")
    return Draft(
        kind=Kind.QUOTE,
        subject=subject,
        place=row.version,
        document=Quote(
            house=house_of(project.channel),
            reader=reader_of(project),
            number="",
            issued_at=pieces.there(row.sent_at),
            customer=customer_of(project),
            version=row.version,
            alternatives=tuple(_alternative(project, row, it) for it in alternatives),
            breakdown_visible=conf.policy(project.channel).breakdown_visible,
            tax_included=row.tax_included,
            duties=row.duties,
            destination=row.destination_country,
            valid_until=row.valid_until,
            tweak_allowance=row.tweak_allowance,
            terms_version=row.terms_version,
            terms_sha256=row.terms_hash,
            content_sha256=row.content_hash,
            note=row.note[:4000],
            stylist=project.stylist_name,
        ),
    )


def _alternative(project: BespokeProject, row: QuoteRow, it: QuoteAlternative) -> Alternative:
    piece = pieces.piece_of(project, it.specification, it.title)
    lines = list(it.lines.all())
    return Alternative(
        piece=piece,
        design=it.design[:4000],
        stones=pieces.stones_offered(lines, piece.specification),
        lines=tuple(_line(row, line) for line in lines),
        price=pieces.amount(it.price, row.currency),
        shipping=pieces.amount(row.shipping_amount, row.currency),
        tax=pieces.amount(it.tax_amount, row.currency),
        total=pieces.amount(total(row, it), row.currency),
        resize=_resize(it.resize),
        extra_days=it.complexity_days,
        extra_days_reason=it.complexity_reason,
        pictures=pictures([(file, it.title) for file in it.pictures.all()], most=4),
        accepted=it.pk == row.accepted_alternative_id,
    )


def _line(row: QuoteRow, line: QuoteLine) -> Line:
    awaited = (line.facts or {}).get("expectedOn")
    return Line(
        kind=line.kind,
        description=line.description,
        amount=pieces.amount(line.amount, row.currency),
        expected_on=date.fromisoformat(awaited) if awaited else None,
    )


def _resize(prospect: dict[str, Any]) -> Resize:
    return Resize(
        outcome=prospect["outcome"],
        us_sizes=Decimal(prospect["limit"] or 0),
        limit_mm=Decimal(prospect["limitMm"] or 0),
        days=prospect["untilDays"] or 0,
        reasons=tuple(str(reason["code"]).lower() for reason in prospect["reasons"]),
    )


def contract(project: BespokeProject, subject: str) -> Draft:
    """The accepted offer as a contract; signed, it says so and never changes again."""
    row = project.quotes.select_related("accepted_alternative").get(version=int(subject))
    chosen = pieces.there(row.accepted_alternative)
    signature = ContractSignature.objects.filter(quote=row).first()
    piece = pieces.piece_of(project, chosen.specification, chosen.title)
    terms = conditions(project, row) if signature is None else signature.receipt["conditions"]
    return Draft(
        kind=Kind.CONTRACT,
        subject=subject,
        place=row.version,
        state=signature.receipt_hash if signature else _offered(project, row, terms),
        document=Contract(
            house=house_of(project.channel),
            reader=reader_of(project),
            number="",
            issued_at=signature.signed_at if signature else pieces.there(row.accepted_at),
            piece=piece,
            customer=customer_of(project),
            stones=pieces.stones_offered(chosen.lines.all(), piece.specification),
            design=chosen.design[:4000],
            price=pieces.amount(chosen.price, row.currency),
            shipping=pieces.amount(row.shipping_amount, row.currency),
            tax=pieces.amount(chosen.tax_amount, row.currency),
            total=pieces.amount(total(row, chosen), row.currency),
            tax_included=row.tax_included,
            duties=row.duties,
            destination=row.destination_country,
            refunds=tuple((stage, Decimal(share)) for stage, share in terms["refunds"]),
            withdrawal=terms["notice"]["body"],
            terms_version=row.terms_version,
            terms=row.terms_body,
            terms_sha256=row.terms_hash,
            quote_number=number_of(project.number, Kind.QUOTE, row.version),
            content_sha256=row.content_hash,
            signatures=(_signed(project, signature),) if signature else (),
        ),
    )


def conditions(project: BespokeProject, row: QuoteRow) -> dict[str, Any]:
    """What the contract takes from the channel's policy, frozen by the signature."""
    policy = conf.policy(project.channel)
    ladder = policy.refund_ladder
    return {
        "refunds": [[stage, str(ladder[stage])] for stage in LEAVING],
        "notice": {
            "version": policy.returns_notice.version,
            "body": policy.returns_notice.body,
            "sha256": hashlib.sha256(policy.returns_notice.body.encode()).hexdigest(),
        },
    }


def _offered(project: BespokeProject, row: QuoteRow, terms: dict[str, Any]) -> dict[str, Any]:
    """The state of a contract that waits for its signature."""
    return {
        "quote": row.content_hash,
        "alternative": str(row.accepted_alternative_id),
        "conditions": terms,
        "name": project.contact_name,
        "language": project.language,
    }


def _signed(project: BespokeProject, signature: ContractSignature) -> Signature:
    return Signature(
        name=project.contact_name,
        role=signature.receipt["actor"]["kind"],
        at=signature.signed_at,
        receipt=signature.receipt_hash,
        reference=signature.receipt["document"]["number"],
    )
