"""What becomes of quotes: drafted, sent, accepted, declined, countered, withdrawn, expired."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from saleor_bespoke import clock
from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import SYSTEM, Actor
from saleor_bespoke.project.journal import Event
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import lock_for_system, stage_move
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.steps.quoting import rules
from saleor_bespoke.steps.quoting.drafting import quote_draft
from saleor_bespoke.steps.quoting.events import (
    QuoteAccepted,
    QuoteCountered,
    QuoteDeclined,
    QuoteExpired,
    QuoteSuperseded,
    QuoteWithdrawn,
)
from saleor_bespoke.steps.quoting.models import Quote
from saleor_bespoke.steps.quoting.sending import quote_locked, quote_send
from saleor_bespoke.workshop.promises import promise_start

__all__ = [
    "quote_accepted_mark",
    "quote_counter",
    "quote_decline",
    "quote_draft",
    "quote_expired_mark",
    "quote_locked",
    "quote_overtaken_mark",
    "quote_send",
    "quote_withdrawn_mark",
    "quotes_expire",
]

MOST_REASON = 2000


def quote_accepted_mark(
    *,
    project: BespokeProject,
    quote_pk: UUID,
    alternative_pk: UUID,
    terms_version: str,
    actor: Actor,
) -> Quote:
    """Record, in the locked project, that the customer accepts one alternative and the terms."""
    quote = project.quotes.exclude(status="DRAFT").filter(pk=quote_pk).first()
    if quote is None:
        raise NotFound("quote")
    rules.accept_check(
        status=quote.status,
        valid_until=quote.valid_until,
        now=clock.now(),
        terms=quote.terms_version,
        agreed=terms_version,
    )
    alternative = quote.alternatives.filter(pk=alternative_pk).first()
    if alternative is None:
        raise NotFound("alternative", field="alternative")
    now = clock.now()
    project.consents.create(
        kind="TERMS",
        shown_at="ACCEPTANCE",
        version=quote.terms_version,
        text_hash=quote.terms_hash,
        at=now,
        actor_kind=actor.kind,
        actor_ref=actor.ref,
    )
    quote.status, quote.accepted_at, quote.accepted_alternative = "ACCEPTED", now, alternative
    quote.save(update_fields=["status", "accepted_at", "accepted_alternative"])
    event = QuoteAccepted(
        quote=quote.pk, alternative=alternative.pk, content_hash=quote.content_hash
    )
    journal.record(project, event, actor=actor)
    return quote


@transaction.atomic
def quote_decline(*, actor: Actor, quote_pk: str | UUID, reason: str = "") -> Quote:
    """The customer says no; the commission goes back to the brief."""
    quote, actor = _live(quote_pk, actor=actor, command="quote_decline")
    event = QuoteDeclined(quote=quote.pk, version=quote.version)
    return _end(quote, "DECLINED", event, reason=_reason(reason), actor=actor)


@transaction.atomic
def quote_counter(*, actor: Actor, quote_pk: str | UUID, reason: str) -> Quote:
    """The customer asks for another offer and says why; the quote's clock starts again."""
    quote, actor = _live(quote_pk, actor=actor, command="quote_counter")
    event = QuoteCountered(quote=quote.pk, version=quote.version)
    reason = _reason(reason, needed=True)
    quote = _end(quote, "COUNTERED", event, reason=reason, actor=actor)
    promise_start(project=quote.project, step="QUOTE")
    return quote


def quote_withdrawn_mark(*, quote: Quote, reason: str, actor: Actor) -> Quote:
    """The workshop takes back a live quote of a locked project; whatever was payable has ended."""
    if quote.status not in ("SENT", "ACCEPTED"):
        raise BespokeError(
            ErrorCode.QUOTE_NOT_LIVE, "This quote is not on offer any more.", field="id"
        )
    event = QuoteWithdrawn(quote=quote.pk, version=quote.version)
    return _end(quote, "WITHDRAWN", event, reason=_reason(reason, needed=True), actor=actor)


def quote_expired_mark(*, quote: Quote) -> Quote:
    """The last day of a live quote of a locked project is over, unpaid."""
    event = QuoteExpired(quote=quote.pk, version=quote.version)
    return _end(quote, "EXPIRED", event, reason="", actor=SYSTEM)


def quote_overtaken_mark(*, project: BespokeProject, actor: Actor) -> Quote | None:
    """A new brief ends the offer that answered the old one, and the quote's clock starts again.

    None if nothing is on offer.
    """
    quote = project.quotes.filter(status="SENT").first()
    if quote is None:
        return None
    quote.project = project
    event = QuoteSuperseded(quote=quote.pk, version=quote.version)
    _end(quote, "SUPERSEDED", event, reason="The brief was changed.", actor=actor)
    promise_start(project=project, step="QUOTE")
    return quote


def quotes_expire() -> int:
    """End offers whose last day is over and that nobody accepted; how many were ended."""
    due = Quote.objects.filter(status="SENT", valid_until__lt=clock.now())
    return sum(_expire(*keys) for keys in due.values_list("pk", "project_id"))


def _expire(pk: UUID, project_pk: UUID) -> bool:
    with transaction.atomic():
        project = lock_for_system(project_pk)
        quote = Quote.objects.get(pk=pk)
        if quote.status != "SENT" or clock.now() <= quote.valid_until:
            return False
        quote.project = project
        quote_expired_mark(quote=quote)
    return True


def _live(pk: str | UUID, *, actor: Actor, command: str) -> tuple[Quote, Actor]:
    """A quote on offer; a draft does not exist for its customer."""
    quote, actor = quote_locked(pk, actor=actor, command=command)
    if quote.status == "DRAFT":
        raise NotFound("quote")
    rules.accept_check(
        status=quote.status,
        valid_until=quote.valid_until,
        now=clock.now(),
        terms=quote.terms_version,
        agreed=quote.terms_version,
    )
    return quote, actor


def _reason(reason: str, *, needed: bool = False) -> str:
    return rules.text_check(reason, most=MOST_REASON, field="reason", needed=needed)


def _end(quote: Quote, status: str, event: Event, *, reason: str, actor: Actor) -> Quote:
    """Close a live quote and take the commission back to the brief."""
    project = quote.project
    quote.status, quote.close_reason, quote.closed_at = status, reason, clock.now()
    quote.save(update_fields=["status", "close_reason", "closed_at"])
    journal.record(project, event, actor=actor)
    if project.stage in (Stage.QUOTED, Stage.CHECKOUT):
        stage_move(project, Stage.INTAKE, actor=actor)
    return quote
