"""Drafting: staff put an offer together; it can be written anew until it is sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from saleor_bespoke import clock, conf
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.money.minor_units import quantum
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.selectors import redo_check
from saleor_bespoke.project.services import lock_project
from saleor_bespoke.shop.port import shop
from saleor_bespoke.steps.quoting import rules
from saleor_bespoke.steps.quoting.alternatives import alternative_write
from saleor_bespoke.steps.quoting.content import text_digest
from saleor_bespoke.steps.quoting.events import QuoteDrafted
from saleor_bespoke.steps.quoting.inputs import QuoteInput
from saleor_bespoke.steps.quoting.models import Quote, QuoteLine
from saleor_bespoke.workshop.calendars import calendar_of


@transaction.atomic
def quote_draft(*, actor: Actor, project_pk: str | UUID, draft: QuoteInput) -> Quote:
    """Write the project's draft, in place of the one there may be; nobody outside sees it."""
    project, actor = lock_project(project_pk, actor=actor, command="quote_draft")
    redo_check(project)
    values = _terms_of(project, draft)
    quote = project.quotes.filter(status="DRAFT").first()
    if quote is None:
        highest = project.quotes.aggregate(highest=Max("version"))["highest"] or 0
        quote = Quote(project=project, status="DRAFT", version=highest + 1)
    else:
        _empty(quote)
    for name, value in values.items():
        setattr(quote, name, value)
    quote.save()
    for position, alternative in enumerate(draft.alternatives, start=1):
        alternative_write(project, quote, position, alternative, actor)
    journal.record(project, QuoteDrafted(quote=quote.pk, version=quote.version), actor=actor)
    return quote


def valid_until_of(project: BespokeProject, valid_days: int) -> datetime:
    """The last moment of the shop's local day, so many days from today."""
    calendar = calendar_of(project.channel)
    last = calendar.local_day(clock.now()) + timedelta(days=valid_days)
    return calendar.end_of_local_day(last)


def _terms_of(project: BespokeProject, draft: QuoteInput) -> dict[str, Any]:
    """The quote's own values, checked; destination, allowance and validity have defaults."""
    policy = conf.policy(project.channel)
    brief = project.briefs.order_by("version").last()
    if brief is None:
        raise BespokeError(ErrorCode.BRIEF_NOT_CONFIRMED, "There is no brief to quote for.")
    rules.counts_check(
        [len(item.pictures) for item in draft.alternatives],
        lines=[len(item.lines) for item in draft.alternatives],
    )
    if draft.duties not in rules.DUTIES:
        raise rules.invalid("Duties are included, unpaid or none.", "duties")
    if draft.destination not in (None, brief.destination_country):
        raise rules.invalid(
            f"The brief names {brief.destination_country} as destination.", "destination"
        )
    days = policy.quote_valid_days if draft.valid_days is None else draft.valid_days
    if not 1 <= days <= rules.MOST_VALID_DAYS:
        raise rules.invalid(f"A quote is valid 1 to {rules.MOST_VALID_DAYS} days.", "validDays")
    tweaks = policy.tweak_allowance if draft.tweak_allowance is None else draft.tweak_allowance
    if tweaks not in (1, 2):
        raise rules.invalid("One or two rounds of tweaks are included.", "tweakAllowance")
    step = quantum(project.currency)
    return {
        "brief": brief,
        "currency": project.currency,
        "destination_country": brief.destination_country,
        "shipping_amount": rules.sum_check(
            draft.shipping_amount, quantum=step, field="shippingAmount"
        ),
        "tax_included": _prices_with_tax(project),
        "duties": draft.duties,
        "terms_version": policy.terms.version,
        "terms_body": policy.terms.body,
        "terms_hash": text_digest(policy.terms.body),
        "tweak_allowance": tweaks,
        "valid_days": days,
        "valid_until": valid_until_of(project, days),
        "note": rules.text_check(draft.note, most=4000, field="note", needed=False),
        "drafted_at": clock.now(),
    }


def _prices_with_tax(project: BespokeProject) -> bool:
    channel = shop().channel(project.channel)
    if channel is None:
        raise BespokeError(ErrorCode.INVALID, "The channel of this commission no longer exists.")
    return channel.prices_with_tax


def _empty(quote: Quote) -> None:
    QuoteLine.objects.filter(alternative__quote=quote).delete()
    for alternative in quote.alternatives.all():
        alternative.pictures.clear()
        alternative.delete()
