"""Accept → hold → checkout: a quote's acceptance takes the materials and opens the payment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from saleor_bespoke import clock, conf
from saleor_bespoke.errors import NotFound
from saleor_bespoke.money.models import Attempt, Payable
from saleor_bespoke.money.payables import payable_lock, payable_open, payable_usable
from saleor_bespoke.project.access import Actor, parse_pk
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import lock_project, stage_move
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.steps.checkout.services import attempt_open
from saleor_bespoke.steps.quoting import services as quoting
from saleor_bespoke.steps.quoting.models import Quote, QuoteAlternative, QuoteLine
from saleor_bespoke.workshop.materials import holdings_extend, materials_hold


@dataclass(frozen=True)
class Opened:
    """A payable with the checkout that pays it."""

    project: BespokeProject
    payable: Payable
    attempt: Attempt


def hold_until(project: BespokeProject, payable: Payable | None) -> datetime:
    """How long materials wait for a payment that has not begun, or for their lock."""
    end = clock.now() + timedelta(minutes=conf.policy(project.channel).hold_minutes)
    return min(end, payable.valid_until) if payable and payable.valid_until else end


def wanted_by(alternative: QuoteAlternative) -> dict[UUID, Decimal]:
    """The materials an alternative needs, by quantity."""
    return materials_of(alternative.lines.all())


def materials_of(lines: Iterable[QuoteLine]) -> dict[UUID, Decimal]:
    """The materials that these parts of a price name, by quantity."""
    wanted: dict[UUID, Decimal] = {}
    for line in lines:
        if line.material_id is not None and line.quantity is not None:
            wanted[line.material_id] = wanted.get(line.material_id, Decimal(0)) + line.quantity
    return wanted


@transaction.atomic
def quote_accept(
    *, actor: Actor, quote_pk: UUID, alternative_pk: UUID, terms_version: str
) -> Opened:
    """The customer accepts one alternative: materials are held and the checkout opens, once."""
    quote = Quote.objects.filter(pk=parse_pk(quote_pk, "quote")).first()
    if quote is None:
        raise NotFound("quote")
    try:
        project, actor = lock_project(quote.project_id, actor=actor, command="quote_accept")
    except NotFound:
        raise NotFound("quote") from None
    quote = quoting.quote_accepted_mark(
        project=project,
        quote_pk=quote.pk,
        alternative_pk=alternative_pk,
        terms_version=terms_version,
        actor=actor,
    )
    alternative = QuoteAlternative.objects.get(pk=alternative_pk)
    payable = payable_open(
        project=project,
        kind="QUOTE",
        subject_pk=quote.pk,
        title=alternative.title,
        amount=alternative.price,
        currency=quote.currency,
        valid_until=quote.valid_until,
        actor=actor,
    )
    materials_hold(
        project=project,
        payable_pk=payable.pk,
        wanted=wanted_by(alternative),
        until=hold_until(project, payable),
    )
    stage_move(project, Stage.CHECKOUT, actor=actor)
    return Opened(project, payable, attempt_open(project=project, payable=payable))


@transaction.atomic
def payable_checkout_open(*, actor: Actor, payable_pk: UUID) -> Opened:
    """The checkout of an open payable: the one that is open, or a new one with its materials."""
    found = Payable.objects.filter(pk=parse_pk(payable_pk, "payable")).first()
    if found is None:
        raise NotFound("payable")
    try:
        project, actor = lock_project(
            found.project_id, actor=actor, command="payable_checkout_open"
        )
    except NotFound:
        raise NotFound("payable") from None
    payable = payable_lock(found.pk)
    payable_usable(payable)
    holdings_extend(payable_pk=payable.pk, until=hold_until(project, payable))
    return Opened(project, payable, attempt_open(project=project, payable=payable))
