"""Drafting: staff put an offer together; it can be written anew until it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from saleor_bespoke import clock, conf
from saleor_bespoke.craft.specification import Specification, canonical_hash
from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.services import file_attach
from saleor_bespoke.money.minor_units import quantum
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import lock_project
from saleor_bespoke.shop.port import shop
from saleor_bespoke.steps.quoting import rules
from saleor_bespoke.steps.quoting.content import material_facts, prospect_of, text_digest
from saleor_bespoke.steps.quoting.events import QuoteDrafted
from saleor_bespoke.steps.quoting.inputs import AlternativeInput, LineInput, QuoteInput
from saleor_bespoke.steps.quoting.models import Quote, QuoteAlternative, QuoteLine
from saleor_bespoke.workshop.calendars import calendar_of
from saleor_bespoke.workshop.models import Material

PICTURE_KINDS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIC", "GIF")


@transaction.atomic
def quote_draft(*, actor: Actor, project_pk: str | UUID, draft: QuoteInput) -> Quote:
    """Write the project's draft, in place of the one there may be; nobody outside sees it."""
    project, actor = lock_project(project_pk, actor=actor, command="quote_draft")
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
        _alternative_write(project, quote, position, alternative, actor)
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
    rules.counts_check([len(item.pictures) for item in draft.alternatives])
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


def _alternative_write(
    project: BespokeProject, quote: Quote, position: int, given: AlternativeInput, actor: Actor
) -> None:
    field = f"alternatives.{position - 1}"
    step = quantum(quote.currency)
    if not 1 <= len(given.lines) <= rules.MOST_LINES:
        raise rules.invalid(f"An alternative has 1 to {rules.MOST_LINES} lines.", f"{field}.lines")
    lines = [_line(item, step, f"{field}.lines.{at}") for at, item in enumerate(given.lines)]
    price = rules.price_of(lines, field=field)
    alternative = QuoteAlternative.objects.create(
        quote=quote,
        position=position,
        title=rules.text_check(given.title, most=256, field=f"{field}.title"),
        design=rules.text_check(given.design, most=4000, field=f"{field}.design"),
        specification=given.specification.to_json(),
        specification_hash=canonical_hash(given.specification),
        price=price,
        tax_amount=_tax(quote, given.tax_amount, price, f"{field}.taxAmount"),
        resize=prospect_of(given.specification, project.channel),
        **_complexity(given, field),
    )
    materials = _materials(project, given.lines, field)
    QuoteLine.objects.bulk_create(
        QuoteLine(
            alternative=alternative,
            position=at,
            kind=item.kind,
            description=rules.text_check(
                item.description, most=500, field=f"{field}.lines.{at - 1}.description"
            ),
            amount=item.amount,
            material=materials[item.material_pk] if item.material_pk else None,
            quantity=item.quantity,
            facts=material_facts(materials[item.material_pk]) if item.material_pk else None,
        )
        for at, item in enumerate(given.lines, start=1)
    )
    alternative.pictures.set(_pictures(project, given, field, actor))


def _line(given: LineInput, step: Decimal, field: str) -> rules.Line:
    line = rules.Line(
        kind=given.kind,
        amount=given.amount,
        material_pk=given.material_pk,
        quantity=given.quantity,
    )
    rules.line_check(line, quantum=step, field=field)
    return line


def _tax(quote: Quote, given: Decimal | None, price: Decimal, field: str) -> Decimal:
    """The tax as staff state it, else at the channel's rate on piece and shipping."""
    step = quantum(quote.currency)
    if given is not None:
        return rules.sum_check(given, quantum=step, field=field)
    rate = conf.policy(quote.project.channel).tax_rate
    return sum(
        (
            rules.tax_of(amount, rate=rate, included=quote.tax_included, quantum=step)
            for amount in (price, quote.shipping_amount)
        ),
        Decimal(0),
    )


def _complexity(given: AlternativeInput, field: str) -> dict[str, Any]:
    """Extra working days with the reason that the promise will name."""
    if not 0 <= given.complexity_days <= rules.MOST_COMPLEXITY_DAYS:
        raise rules.invalid(
            f"Complexity adds 0 to {rules.MOST_COMPLEXITY_DAYS} days.", f"{field}.complexityDays"
        )
    reason = rules.text_check(
        given.complexity_reason,
        most=256,
        field=f"{field}.complexityReason",
        needed=given.complexity_days > 0,
    )
    return {"complexity_days": given.complexity_days, "complexity_reason": reason}


def _materials(
    project: BespokeProject, lines: Sequence[LineInput], field: str
) -> dict[UUID, Material]:
    """The materials of an alternative, each ours to offer in this project and currency."""
    wanted = {line.material_pk for line in lines if line.material_pk}
    found = {row.pk: row for row in Material.objects.select_related("photo").filter(pk__in=wanted)}
    for at, line in enumerate(lines):
        if line.material_pk is None or line.quantity is None:
            continue
        where = f"{field}.lines.{at}"
        material = found.get(line.material_pk)
        if material is None:
            raise NotFound("material", field=f"{where}.material")
        stock = stock_of(material)
        rules.stock_offered(
            stock, project_pk=project.pk, currency=project.currency, field=f"{where}.material"
        )
        rules.quantity_check(line.quantity, whole=stock.whole, field=f"{where}.quantity")
    return found


def stock_of(material: Material) -> rules.Stock:
    """What of a material decides whether it can be offered."""
    return rules.Stock(
        name=material.name,
        active=material.active,
        own_of=material.owner_project_id,
        currency=material.currency,
        available=material.on_hand - material.held,
        whole=material.unit == "PIECE",
        to_be_sourced=material.to_be_sourced,
        expected_on=material.expected_on,
    )


def specification_of(alternative: QuoteAlternative) -> Specification:
    """The typed specification of an alternative."""
    return Specification.from_json(alternative.specification)


def _pictures(
    project: BespokeProject, given: AlternativeInput, field: str, actor: Actor
) -> list[BespokeFile]:
    """Pictures of this project: chosen ones and new uploads, which stay internal until sent."""
    chosen = [item for item in given.pictures if isinstance(item, UUID)]
    files = list(project.files.filter(pk__in=chosen, erased_at=None, kind__in=PICTURE_KINDS))
    if len(files) != len(set(chosen)):
        raise NotFound("picture", field=f"{field}.pictures")
    for item in given.pictures:
        if not isinstance(item, UUID):
            files.append(
                file_attach(project=project, prepared=item, actor_ref=actor.ref, shared=False)
            )
    return files
