"""Reads of the workshop: what is free, what could replace a lost stone, which weeks are open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import DecimalField, F, Q, QuerySet, UUIDField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Abs, Cast

from saleor_bespoke import conf
from saleor_bespoke.project.access import Actor, visible_to
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.workshop.models import ACTIVE_HOLDING, Holding, Material, ProductionWeek
from saleor_bespoke.workshop.slots import monday_of

_NUMBER: DecimalField[Decimal, Decimal] = DecimalField(max_digits=14, decimal_places=4)


def materials_visible(actor: Actor) -> QuerySet[Material]:
    """The shop's materials, and the customers' own in commissions that this staff member serves."""
    projects = visible_to(actor, BespokeProject.objects.all())
    return Material.objects.filter(Q(owner_project=None) | Q(owner_project__in=projects))


def available(materials: QuerySet[Material]) -> QuerySet[Material]:
    """Those of which something is free for a new commission."""
    return materials.filter(active=True, on_hand__gt=F("held"))


def carat_of(materials: QuerySet[Material]) -> QuerySet[Material]:
    """The materials with the weight of one stone in ct as `carat`, null where it is not known."""
    return materials.annotate(carat=Cast(KeyTextTransform("carat", "stone"), _NUMBER))


def alternatives_for(
    material: Material, limit: int = 3, *, quantity: Decimal = Decimal(1)
) -> list[Material]:
    """The shop's nearest free materials of which there is as much.

    Stones of the same kind and origin by weight, then by price; metal of the same alloy by price.
    """
    found = _nearest(material, quantity)
    return [] if found is None else list(found[:limit])


def _nearest(material: Material, quantity: Decimal) -> QuerySet[Material] | None:
    """What can stand for this material, the nearest first; None where nothing ever can."""
    rows = available(Material.objects.all()).exclude(pk=material.pk)
    rows = rows.filter(
        kind=material.kind, owner_project=None, on_hand__gte=F("held") + Value(quantity, _NUMBER)
    )
    if material.stone is not None:
        rows = rows.filter(
            stone__kind=material.stone["kind"], stone__origin=material.stone["origin"]
        )
    elif material.alloy:
        rows = rows.filter(alloy=material.alloy)
    else:
        return None
    if material.price is not None:
        rows = rows.filter(currency=material.currency)
    weight = Value(Decimal((material.stone or {}).get("carat") or 0), _NUMBER)
    price = Value(material.price or Decimal(0), _NUMBER)
    return (
        carat_of(rows)
        .annotate(
            farther=Abs(F("carat") - weight, output_field=_NUMBER),
            dearer=Abs(F("price") - price, output_field=_NUMBER),
        )
        .order_by(F("farther").asc(nulls_last=True), F("dearer").asc(nulls_last=True), "code")
    )


@dataclass(frozen=True)
class Gone:
    """A material of which there is no longer as much, in pieces or grams, as somebody wants."""

    material: Material
    quantity: Decimal


def gone_of(
    wanted: Mapping[UUID, Decimal],
    *,
    own: Mapping[UUID, Decimal],
    known: Mapping[UUID, Material] | None = None,
) -> list[Gone]:
    """Those of these materials that cannot be had any more; `own` is what the asker still holds.

    `known` are the materials' rows, if the caller has read them.
    """
    rows = Material.objects.in_bulk(list(wanted)) if known is None else known
    return [
        Gone(row, wanted[row.pk])
        for row in sorted((rows[pk] for pk in wanted if pk in rows), key=lambda row: row.code)
        if not row.active or row.on_hand - row.held + own.get(row.pk, Decimal(0)) < wanted[row.pk]
    ]


def replacements_of(gone: Sequence[Gone], limit: int = 3) -> dict[UUID, list[Material]]:
    """For each of them the nearest materials in stock now; one statement however many are gone.

    What is still to come from a supplier is not in stock.
    """
    parts = []
    for it in gone:
        nearest = _nearest(it.material, it.quantity)
        if nearest is not None:
            lost = Value(it.material.pk, UUIDField())
            parts.append(nearest.filter(to_be_sourced=False).annotate(lost=lost)[:limit])
    found: dict[UUID, list[Material]] = {it.material.pk: [] for it in gone}
    if not parts:
        return found
    rows: Iterable[Any] = parts[0] if len(parts) == 1 else parts[0].union(*parts[1:], all=True)
    far = Decimal("Infinity")
    for row in sorted(
        rows,
        key=lambda row: (
            far if row.farther is None else row.farther,
            far if row.dearer is None else row.dearer,
            row.code,
        ),
    ):
        found[row.lost].append(row)
    return found


@dataclass(frozen=True)
class Skilled:
    """How much of a scarce skill a week has, and how much of it is taken."""

    skill: str
    capacity: int
    taken: int


@dataclass(frozen=True)
class Week:
    """A week of a channel's workshop; `pk` is None as long as nobody asked for a place in it."""

    pk: UUID | None
    channel: str
    workshop: str
    monday: date
    capacity: int
    taken: int
    skills: tuple[Skilled, ...]


def weeks_of(channel: str, *, since: date, count: int) -> list[Week]:
    """The weeks of a channel's workshop from this day's on, also those nobody has booked yet."""
    first = monday_of(since)
    workshop = conf.workshop(channel)
    rows = ProductionWeek.objects.filter(
        workshop=workshop.name, monday__gte=first, monday__lt=first + timedelta(weeks=count)
    )
    known = {week.monday: week for week in rows.prefetch_related("skills")}
    mondays = [first + timedelta(weeks=step) for step in range(count)]
    return [_week(channel, workshop, monday, known.get(monday)) for monday in mondays]


def _week(channel: str, workshop: conf.Workshop, monday: date, row: ProductionWeek | None) -> Week:
    known = {skill.skill: skill for skill in row.skills.all()} if row else {}
    unused = {name: Skilled(name, places, 0) for name, places in workshop.skills.items()}
    booked = {name: Skilled(name, it.capacity, it.taken) for name, it in known.items()}
    return Week(
        pk=row.pk if row else None,
        channel=channel,
        workshop=workshop.name,
        monday=monday,
        capacity=row.capacity if row else workshop.slots_per_week,
        taken=row.taken if row else 0,
        skills=tuple(found for _, found in sorted((unused | booked).items())),
    )


def awaited(project: BespokeProject) -> QuerySet[Holding]:
    """The project's claims on materials that are still to come from their suppliers."""
    rows = Holding.objects.filter(project=project, state__in=ACTIVE_HOLDING)
    return rows.filter(material__to_be_sourced=True).select_related("material")


def awaited_named(row: Holding) -> dict[str, str]:
    """Such a claim as the trace of a promise names it."""
    return {
        "code": row.material.code,
        "name": row.material.name,
        "expectedOn": str(row.material.expected_on),
    }
