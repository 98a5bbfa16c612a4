"""Reads of the workshop: what is free, what could replace a lost stone, which weeks are open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import DecimalField, F, Q, QuerySet, Value
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


def alternatives_for(material: Material, limit: int = 3) -> list[Material]:
    """The shop's nearest free stones of the same kind and origin: by weight, then by price."""
    if material.stone is None:
        return []
    nearest = carat_of(
        available(Material.objects.all())
        .exclude(pk=material.pk)
        .filter(
            kind=material.kind,
            owner_project=None,
            stone__kind=material.stone["kind"],
            stone__origin=material.stone["origin"],
        )
    )
    if material.price is not None:
        nearest = nearest.filter(currency=material.currency)
    weight = Value(Decimal(material.stone["carat"] or 0), _NUMBER)
    price = Value(material.price or Decimal(0), _NUMBER)
    return list(
        nearest.annotate(
            farther=Abs(F("carat") - weight, output_field=_NUMBER),
            dearer=Abs(F("price") - price, output_field=_NUMBER),
        ).order_by(F("farther").asc(nulls_last=True), F("dearer").asc(nulls_last=True), "code")[
            :limit
        ]
    )


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
