"""The offer that was agreed for a piece, taken over by the commission that makes it anew."""

from __future__ import annotations

from typing import Any

from saleor_bespoke import clock
from saleor_bespoke.craft.specification import Specification, canonical_hash
from saleor_bespoke.errors import NotFound
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.quoting.content import content_hash_of
from saleor_bespoke.steps.quoting.drafting import valid_until_of
from saleor_bespoke.steps.quoting.events import QuoteTakenOver
from saleor_bespoke.steps.quoting.models import Quote, QuoteAlternative, QuoteLine

#: What the copy says anew; everything else is as it was agreed.
_OWN = frozenset({"id", "project", "brief", "version", "status", "note", "content_hash"}) | {
    "valid_until", "drafted_at", "sent_at", "closed_at", "close_reason", "accepted_at",
    "accepted_alternative",
}  # fmt: skip


def quote_take_over(
    *,
    project: BespokeProject,
    source: Quote,
    brief_pk: Any,
    specification: dict[str, object],
    note: str,
    actor: Actor,
) -> Quote:
    """Copy an accepted quote with its accepted alternative to a new commission, accepted too.

    `specification` is what bound at last. Nothing becomes payable, and no consent is asked for:
    the terms are those agreed before. The lines name no stock, because what the new piece is made
    of is locked when its work starts; pictures stay with the first commission.
    """
    chosen = source.accepted_alternative
    if chosen is None:
        raise NotFound("accepted quote", field=None)
    quote = Quote.objects.create(
        **_values(source, but=_OWN),
        project=project,
        brief_id=brief_pk,
        version=1,
        status="DRAFT",
        note=note,
        valid_until=valid_until_of(project, source.valid_days),
        drafted_at=clock.now(),
    )
    alternative = _alternative_copy(quote, chosen, specification)
    quote.content_hash = content_hash_of(quote)
    quote.status, quote.sent_at = "SENT", clock.now()
    quote.save(update_fields=["content_hash", "status", "sent_at"])
    quote.status, quote.accepted_at = "ACCEPTED", clock.now()
    quote.accepted_alternative = alternative
    quote.save(update_fields=["status", "accepted_at", "accepted_alternative"])
    event = QuoteTakenOver(quote=quote.pk, source=source.pk, content_hash=quote.content_hash)
    journal.record(project, event, actor=actor)
    return quote


def _alternative_copy(
    quote: Quote, chosen: QuoteAlternative, specification: dict[str, object]
) -> QuoteAlternative:
    values = _values(chosen, but={"id", "quote", "position", "specification", "specification_hash"})
    alternative = QuoteAlternative.objects.create(
        **values,
        quote=quote,
        position=1,
        specification=specification,
        specification_hash=canonical_hash(Specification.from_json(specification)),
    )
    but = {"id", "alternative", "material", "quantity", "facts"}
    QuoteLine.objects.bulk_create(
        QuoteLine(**_values(line, but=but), alternative=alternative) for line in chosen.lines.all()
    )
    return alternative


def _values(row: Any, *, but: set[str] | frozenset[str]) -> dict[str, Any]:
    """A row's own columns by name, except these."""
    fields = [field for field in row._meta.concrete_fields if field.name not in but]
    return {field.attname: getattr(row, field.attname) for field in fields}
