"""Sending: the last checks, then the offer is sealed for good."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from saleor_bespoke import clock, conf
from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import Actor, parse_pk
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import lock_project, stage_move
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.steps.quoting import rules
from saleor_bespoke.steps.quoting.alternatives import specification_of, stock_of
from saleor_bespoke.steps.quoting.content import (
    content_hash_of,
    material_facts,
    text_digest,
    total,
)
from saleor_bespoke.steps.quoting.drafting import valid_until_of
from saleor_bespoke.steps.quoting.events import QuoteSent, QuoteSuperseded
from saleor_bespoke.steps.quoting.models import Quote, QuoteAlternative, QuoteLine
from saleor_bespoke.workshop.models import Material
from saleor_bespoke.workshop.promises import promise_meet


def quote_locked(pk: str | UUID, *, actor: Actor, command: str) -> tuple[Quote, Actor]:
    """The quote with its project locked for this command; `quote.project` is the locked row.

    A stranger's quote is answered like an absent one, and so is a draft to a customer.
    """
    found = Quote.objects.filter(pk=parse_pk(pk, "quote")).values_list("project_id").first()
    if found is None:
        raise NotFound("quote")
    try:
        project, acting = lock_project(found[0], actor=actor, command=command)
    except NotFound:
        raise NotFound("quote") from None
    quote = Quote.objects.get(pk=parse_pk(pk, "quote"))
    quote.project = project
    return quote, acting


@transaction.atomic
def quote_send(*, actor: Actor, quote_pk: str | UUID) -> Quote:
    """Seal the draft and put it on offer, in place of the one that was."""
    quote, actor = quote_locked(quote_pk, actor=actor, command="quote_send")
    project = quote.project
    if quote.status != "DRAFT":
        raise BespokeError(ErrorCode.ALREADY_DONE, "This quote was sent before.", field="id")
    _brief_check(project, quote)
    for alternative in quote.alternatives.order_by("position"):
        _alternative_check(project, quote, alternative)
    _live_supersede(project, actor)
    _seal(project, quote)
    promise_meet(project=project, step="QUOTE")
    if project.stage == Stage.INTAKE:
        stage_move(project, Stage.QUOTED, actor=actor)
    event = QuoteSent(
        quote=quote.pk,
        version=quote.version,
        content_hash=quote.content_hash,
        valid_until=quote.valid_until,
    )
    journal.record(project, event, actor=actor)
    return quote


def _brief_check(project: BespokeProject, quote: Quote) -> None:
    """The quote answers the current brief, which is confirmed, and nothing about it is open."""
    brief = project.briefs.order_by("version").last()
    if brief is None or brief.pk != quote.brief_id:
        raise BespokeError(
            ErrorCode.BRIEF_OUTDATED, "The brief has changed since; draft the quote anew."
        )
    if brief.status != "CONFIRMED":
        raise BespokeError(ErrorCode.BRIEF_NOT_CONFIRMED, "The specification is not confirmed yet.")
    if brief.warnings.filter(severity="IMPOSSIBLE", answer="").exists():
        raise BespokeError(
            ErrorCode.FEASIBILITY_OPEN, "Answer the warnings about what cannot be made first."
        )
    undecided = project.brought_materials.filter(
        status__in=("DECLARED", "RECEIVED")
    ) | project.brought_materials.filter(kind="OLD_JEWELLERY", status="ACCEPTED")
    if undecided.exists():
        raise BespokeError(
            ErrorCode.OWN_MATERIAL_OPEN,
            "What the customer brings is received and decided on before the quote.",
        )


def _alternative_check(
    project: BespokeProject, quote: Quote, alternative: QuoteAlternative
) -> None:
    field = f"alternatives.{alternative.position - 1}"
    rules.specification_check(specification_of(alternative), field=f"{field}.specification")
    rules.offer_check(
        price=alternative.price,
        total=total(quote, alternative),
        minimum=conf.policy(project.channel).minimum_price,
        stretch=quote.brief.budget_stretch,
        currency=quote.currency,
        field=field,
    )
    lines = list(alternative.lines.all())
    accepted = project.brought_materials.filter(status="CREDITED", currency=quote.currency)
    rules.credits_check(
        [line.amount for line in lines if line.kind == "CREDIT"],
        [credit for credit in accepted.values_list("credit", flat=True) if credit is not None],
        field=f"{field}.lines",
    )
    _materials_check(project, quote, lines, f"{field}.lines")


def _materials_check(
    project: BespokeProject, quote: Quote, lines: list[QuoteLine], field: str
) -> None:
    """Every material is ours to offer and there is enough of it; the lines say what it is now."""
    wanted: dict[UUID, Decimal] = {}
    for line in lines:
        if line.material_id and line.quantity:
            wanted[line.material_id] = wanted.get(line.material_id, Decimal(0)) + line.quantity
    found = Material.objects.select_related("photo").in_bulk(wanted)
    for pk, quantity in wanted.items():
        stock = stock_of(found[pk])
        rules.stock_offered(stock, project_pk=project.pk, currency=quote.currency, field=field)
        rules.stock_enough(stock, quantity, field=field)
    named = [line for line in lines if line.material_id]
    for line in named:
        line.facts = _facts_now(line, found[line.material_id])
    QuoteLine.objects.bulk_update(named, ["facts"])


def _facts_now(line: QuoteLine, material: Material) -> dict[str, Any]:
    """What is true of the material today, with the photograph the draft chose."""
    facts, before = material_facts(material), line.facts or {}
    if before.get("photo"):
        facts |= {"photo": before["photo"], "photoHash": before["photoHash"]}
    return facts


def _live_supersede(project: BespokeProject, actor: Actor) -> None:
    live = project.quotes.filter(status="SENT").first()
    if live is None:
        return
    live.status, live.closed_at = "SUPERSEDED", clock.now()
    live.save(update_fields=["status", "closed_at"])
    event = QuoteSuperseded(quote=live.pk, version=live.version)
    journal.record(project, event, actor=actor)


def _seal(project: BespokeProject, quote: Quote) -> None:
    """From here on the database refuses any change: today's terms, the last day, the hash."""
    terms = conf.policy(project.channel).terms
    quote.terms_version, quote.terms_body = terms.version, terms.body
    quote.terms_hash = text_digest(terms.body)
    quote.valid_until = valid_until_of(project, quote.valid_days)
    quote.content_hash = content_hash_of(quote)
    quote.status, quote.sent_at = "SENT", clock.now()
    quote.save()
    lines = QuoteLine.objects.filter(alternative__quote=quote, facts__photo__isnull=False)
    photos = [line.facts["photo"] for line in lines if line.facts and line.facts["photo"]]
    pictures = quote.alternatives.filter(pictures__isnull=False).values("pictures")
    project.files.filter(Q(pk__in=pictures) | Q(pk__in=photos)).update(shared=True)
