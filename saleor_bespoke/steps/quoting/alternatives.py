"""One alternative of a draft: its price, design, lines and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from saleor_bespoke.craft.specification import Specification, canonical_hash
from saleor_bespoke.errors import NotFound
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.recognise import IMAGES
from saleor_bespoke.media.services import PreparedFile, file_attach
from saleor_bespoke.money.minor_units import quantum
from saleor_bespoke.money.taxes import tax_payable
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.quoting import rules
from saleor_bespoke.steps.quoting.content import material_facts, prospect_of
from saleor_bespoke.steps.quoting.inputs import AlternativeInput, LineInput
from saleor_bespoke.steps.quoting.models import Quote, QuoteAlternative, QuoteLine
from saleor_bespoke.workshop.models import Material


def alternative_write(
    project: BespokeProject, quote: Quote, position: int, given: AlternativeInput, actor: Actor
) -> None:
    """Write one alternative of a draft with its lines and pictures, all checked."""
    field = f"alternatives.{position - 1}"
    step = quantum(quote.currency)
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
    _lines_write(project, alternative, given.lines, field, actor)
    pictures = _pictures(project, given.pictures, f"{field}.pictures", actor)
    alternative.pictures.set(pictures)


def _lines_write(
    project: BespokeProject,
    alternative: QuoteAlternative,
    lines: Sequence[LineInput],
    field: str,
    actor: Actor,
) -> None:
    materials = _materials(project, lines, field)
    rows = []
    for at, item in enumerate(lines):
        where = f"{field}.lines.{at}"
        material = materials[item.material_pk] if item.material_pk else None
        row = QuoteLine(
            alternative=alternative,
            position=at + 1,
            kind=item.kind,
            description=rules.text_check(item.description, most=500, field=f"{where}.description"),
            amount=item.amount,
            material=material,
            quantity=item.quantity,
            facts=material_facts(material) if material else None,
        )
        if item.photo is not None and row.facts is not None:
            (photo,) = _pictures(project, (item.photo,), f"{where}.photo", actor)
            row.facts |= {"photo": str(photo.pk), "photoHash": photo.sha256}
        rows.append(row)
    QuoteLine.objects.bulk_create(rows)


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
    return tax_payable(
        price,
        quote.shipping_amount,
        channel=quote.project.channel,
        currency=quote.currency,
        included=quote.tax_included,
        field=field,
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
    project: BespokeProject, given: Sequence[UUID | PreparedFile], field: str, actor: Actor
) -> list[BespokeFile]:
    """Pictures of this project: chosen ones and new uploads, which stay internal until sent."""
    chosen = {item for item in given if isinstance(item, UUID)}
    files = list(project.files.filter(pk__in=chosen, erased_at=None, kind__in=IMAGES))
    if len(files) != len(chosen):
        raise NotFound("picture", field=field)
    for item in given:
        if not isinstance(item, UUID):
            files.append(
                file_attach(project=project, prepared=item, actor_ref=actor.ref, shared=False)
            )
    return files
