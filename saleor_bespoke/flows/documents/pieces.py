"""The piece and its stones as papers show them, from the offer or from what was locked for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

from saleor_bespoke.craft.codec import decimal_text
from saleor_bespoke.craft.money import Amount
from saleor_bespoke.craft.specification import Specification
from saleor_bespoke.craft.stone_codec import stone_from_json
from saleor_bespoke.documents.design import stones_of as stones_wished
from saleor_bespoke.documents.parts import Due, Picture, Piece, SetStone
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.flows.documents.house import day_of
from saleor_bespoke.flows.documents.pictures import newest
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.selectors import specification_agreed
from saleor_bespoke.steps.quality.models import Certificate, QualityCheck, QualityEvidence
from saleor_bespoke.steps.quality.rules import laboratory_of
from saleor_bespoke.workshop.models import Holding

T = TypeVar("T")
IN_THE_PIECE = ("LOCKED", "CONSUMED")


def there(value: T | None) -> T:
    """What a paper cannot do without; it can only have gone while the paper was written."""
    if value is None:
        raise BespokeError(ErrorCode.DOCUMENT_CHANGED, "The commission changed meanwhile.")
    return value


def amount(value: Decimal, currency: str) -> Amount:
    """A stored sum."""
    return Amount(value, currency)


def tidy(value: Decimal | None) -> Decimal | None:
    """A measure without the zeros that its column adds."""
    return None if value is None else Decimal(decimal_text(value))


def piece_agreed(project: BespokeProject) -> Piece:
    """What binds now."""
    specification = Specification.from_json(specification_agreed(project))
    return Piece(project.number, project.title, specification)


def piece_of(project: BespokeProject, specification: Mapping[str, Any], title: str = "") -> Piece:
    """The piece as this specification has it."""
    found = Specification.from_json(dict(specification))
    return Piece(project.number, title or project.title, found)


def stones_offered(lines: Iterable[Any], specification: Specification) -> tuple[SetStone, ...]:
    """The stones an offer names: those of its materials, then those only specified."""
    named = [
        SetStone(
            stone=replace(stone_from_json(facts["stone"]), quantity=_count(line.quantity)),
            name=facts["name"],
            laboratory=laboratory_of(facts["laboratory"]),
            report=facts["certificateNumber"],
            provenance=facts["provenance"],
            own=facts["own"],
        )
        for line in lines
        if (facts := line.facts) and facts.get("stone")
    ]
    return _with_specified(named, specification)


def stones_locked(project: BespokeProject, specification: Specification) -> tuple[SetStone, ...]:
    """The stones in the piece, each with its report where there is one, all others too."""
    reports = {
        row.material_id: row
        for row in Certificate.objects.filter(project=project)
        .exclude(status="REJECTED")
        .order_by("recorded_at", "pk")
        if not row.contradictions
    }
    held = (
        Holding.objects.filter(project=project, state__in=IN_THE_PIECE)
        .exclude(material__stone=None)
        .select_related("material")
        .order_by("material__code", "pk")
    )
    return _with_specified(
        [_locked(row, reports.get(row.material_id)) for row in held], specification
    )


def _locked(row: Holding, report: Certificate | None) -> SetStone:
    material = row.material
    quantity = row.consumed if row.state == "CONSUMED" else row.quantity
    stone = replace(stone_from_json(material.stone), quantity=_count(quantity))
    return SetStone(
        stone=stone,
        name=material.name,
        laboratory=laboratory_of(report.laboratory if report else material.laboratory),
        report=report.number if report else material.certificate_number,
        verified=report is not None and report.status == "VERIFIED",
        provenance=material.provenance,
        own=material.owner_project_id is not None,
    )


def _count(quantity: Decimal | None) -> int:
    return max(1, min(1000, int(quantity or 1)))


def _with_specified(named: list[SetStone], specification: Specification) -> tuple[SetStone, ...]:
    """The named stones, and of those only specified each for which no named one stands."""
    there = [(it.stone.kind, it.stone.role) for it in named]
    rest = []
    for wished in stones_wished(specification):
        key = (wished.stone.kind, wished.stone.role)
        if key in there:
            there.remove(key)
        else:
            rest.append(wished)
    return (*named, *rest)


def dues(project: BespokeProject, *steps: str) -> tuple[Due, ...]:
    """The last days promised for these steps as they stand now, moved or not."""
    rows = {row.step: row for row in project.promises.order_by("started_at", "pk")}
    return tuple(Due(step, day_of(project, rows[step].due_at)) for step in steps if step in rows)


def last_check(project: BespokeProject) -> QualityCheck | None:
    """The last round of quality control."""
    return QualityCheck.objects.filter(project=project).order_by("number").last()


def photograph(project: BespokeProject) -> Picture | None:
    """The last photograph of the finished piece that its customer can see, if it has a preview."""
    rows = (
        QualityEvidence.objects.filter(project=project, kind="PHOTO", file__shared=True)
        .select_related("file")
        .order_by("-at", "pk")
    )
    return newest((row.file for row in rows), "The finished piece")
