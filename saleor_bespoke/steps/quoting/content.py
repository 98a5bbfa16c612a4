"""What a quote says, in one canonical form: the thing that is sealed, accepted and verified."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from saleor_bespoke.craft.codec import decimal_text
from saleor_bespoke.craft.resizability import resize_facts, resize_prospect
from saleor_bespoke.craft.specification import Specification
from saleor_bespoke.money.minor_units import to_minor
from saleor_bespoke.project.journal import digest
from saleor_bespoke.steps.quoting.models import Quote, QuoteAlternative, QuoteLine
from saleor_bespoke.steps.quoting.rules import total_of
from saleor_bespoke.workshop.models import Material
from saleor_bespoke.workshop.resizing import resize_policy_kept, resize_terms


def material_facts(material: Material) -> dict[str, Any]:
    """What a quote says of a material, as it stands now."""
    awaited = material.expected_on if material.to_be_sourced else None
    return {
        "name": material.name,
        "code": material.code,
        "stone": material.stone,
        "alloy": material.alloy,
        "provenance": material.provenance,
        "laboratory": material.laboratory,
        "certificateNumber": material.certificate_number,
        "own": material.owner_project_id is not None,
        "photo": str(material.photo_id) if material.photo_id else None,
        "photoHash": material.photo.sha256 if material.photo else None,
        "expectedOn": awaited.isoformat() if awaited else None,
    }


def prospect_of(specification: Specification, channel: str) -> dict[str, Any]:
    """The answer to "Will the resize be free?" as the quote keeps it; limits in US sizes and mm.

    `terms` are the channel's as they were: by them resizes are judged once it is accepted.
    """
    terms = resize_terms(channel)
    promise = resize_prospect(resize_facts(specification), resize_policy_kept(terms))
    return {
        "outcome": "FREE" if promise.free else "PAID" if promise.possible else "IMPOSSIBLE",
        "sentence": promise.sentence,
        "reasons": [asdict(reason) for reason in promise.reasons],
        "untilDays": promise.window_days,
        "limit": decimal_text(promise.limit_us_sizes),
        "limitMm": decimal_text(promise.limit_mm),
        "terms": terms,
    }


def text_digest(text: str) -> str:
    """SHA-256 of a text as shown, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def total(quote: Quote, alternative: QuoteAlternative) -> Decimal:
    """What the customer pays for this alternative, with shipping and tax."""
    return total_of(
        price=alternative.price,
        shipping=quote.shipping_amount,
        tax=alternative.tax_amount,
        tax_included=quote.tax_included,
    )


def content_of(quote: Quote) -> dict[str, Any]:
    """Everything a quote says; money in minor units, files and designs by their digests."""
    alternatives = quote.alternatives.order_by("position").prefetch_related("lines", "pictures")
    return {
        "quote": quote.pk,
        "project": quote.project_id,
        "brief": quote.brief_id,
        "version": quote.version,
        "currency": quote.currency,
        "destination": quote.destination_country,
        "shipping": to_minor(quote.shipping_amount, quote.currency),
        "taxIncluded": quote.tax_included,
        "duties": quote.duties,
        "terms": [quote.terms_version, quote.terms_hash],
        "tweakAllowance": quote.tweak_allowance,
        "validUntil": quote.valid_until,
        "note": quote.note,
        "alternatives": [_alternative(quote, item) for item in alternatives],
    }


def content_hash_of(quote: Quote) -> str:
    """SHA-256 over everything the quote says: what its acceptance is a receipt for."""
    return digest(content_of(quote))


def _alternative(quote: Quote, item: QuoteAlternative) -> dict[str, Any]:
    return {
        "pk": item.pk,
        "position": item.position,
        "title": item.title,
        "design": item.design,
        "specification": item.specification,
        "specificationHash": item.specification_hash,
        "price": to_minor(item.price, quote.currency),
        "tax": to_minor(item.tax_amount, quote.currency),
        "resize": item.resize,
        "complexity": [item.complexity_days, item.complexity_reason],
        "pictures": sorted(file.sha256 for file in item.pictures.all()),
        "lines": [_line(quote, line) for line in item.lines.all()],
    }


def _line(quote: Quote, line: QuoteLine) -> dict[str, Any]:
    return {
        "position": line.position,
        "kind": line.kind,
        "description": line.description,
        "amount": to_minor(line.amount, quote.currency),
        "material": line.material_id,
        "quantity": line.quantity and decimal_text(line.quantity),
        "facts": line.facts,
    }
