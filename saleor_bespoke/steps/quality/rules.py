"""Pure decisions of quality control: what is checked, and what still forbids the way out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from saleor_bespoke.craft.hallmarks import hallmark_required
from saleor_bespoke.craft.metals import ALLOYS
from saleor_bespoke.craft.reports import (
    Contradiction,
    Laboratory,
    contradictions,
    matches,
    report_expected,
)
from saleor_bespoke.craft.specification import Specification
from saleor_bespoke.craft.stones import Stone
from saleor_bespoke.errors import BespokeError, ErrorCode

ALWAYS = "final_polish"
NEEDS_STONES = "stones_tight"
NEEDS_ENGRAVING = "engraving"
LIGHTEST = Decimal("0.01")
HEAVIEST = Decimal(5000)
SIZES_MM = (Decimal(20), Decimal(100))


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason why the piece may not leave: a stable code, a sentence, the field it concerns."""

    code: ErrorCode
    message: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class StoneFacts:
    """A stone in the piece, as the workshop's material describes it.

    `own` marks the customer's own stone, for which the shop owes no report of its own accord.
    """

    key: str
    name: str
    stone: Stone
    laboratory: Laboratory | None
    number: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """A recorded laboratory report that was not rejected, for the stone with this key."""

    key: str
    laboratory: Laboratory
    number: str
    stone: Stone
    verified: bool


@dataclass(frozen=True, slots=True)
class Round:
    """What a round of the checklist has found so far; sizes in mm around, weight in g of metal."""

    items: Mapping[str, bool | None]
    ordered_size_mm: Decimal | None
    measured_size_mm: Decimal | None
    metal_grams: Decimal | None
    photos: int
    videos: int


@dataclass(frozen=True, slots=True)
class Demands:
    """What the channel demands before a piece leaves. `countries` are where it is sold."""

    size_tolerance_mm: Decimal
    photos_min: int
    video_required: bool
    report_above_ct: Decimal
    report_laboratory: Laboratory
    countries: tuple[str, ...]


def laboratory_of(text: str) -> Laboratory | None:
    """The laboratory a material or a setting names; unknown names are OTHER, none is None."""
    name = text.strip().casefold()
    if not name:
        return None
    return Laboratory(name) if name in set(Laboratory) else Laboratory.OTHER


def items_for(checklist: Iterable[str], spec: Specification) -> tuple[str, ...]:
    """The lines of the checklist that concern this piece; the final polish always does."""
    inapplicable = set()
    if not (spec.stones or spec.own_stones):
        inapplicable.add(NEEDS_STONES)
    if spec.engraving is None:
        inapplicable.add(NEEDS_ENGRAVING)
    wanted = (ALWAYS, *checklist)
    return tuple(dict.fromkeys(code for code in wanted if code not in inapplicable))


def codes_check(known: Iterable[str], recorded: Sequence[str]) -> None:
    """Refuse verdicts on lines that this round does not have, or two on one line."""
    unknown = [code for code in recorded if code not in set(known)]
    if unknown or len(set(recorded)) != len(recorded):
        what = f"no line {', '.join(unknown)}" if unknown else "one verdict for each line"
        raise BespokeError(ErrorCode.INVALID, f"This checklist has {what}.", field="items")


def measures_check(
    *, ordered_mm: Decimal | None, measured_mm: Decimal | None, grams: Decimal | None
) -> None:
    """Refuse measures that no piece can have."""
    if measured_mm is not None:
        if ordered_mm is None:
            raise BespokeError(
                ErrorCode.INVALID, "This piece has no ring size.", field="measuredSizeMm"
            )
        _between(measured_mm, SIZES_MM, "A ring measures {} to {} mm around.", "measuredSizeMm")
    if grams is not None:
        limits = (LIGHTEST, HEAVIEST)
        _between(grams, limits, "The metal of a piece weighs {} to {} g.", "metalGrams")


def _between(value: Decimal, limits: tuple[Decimal, Decimal], sentence: str, field: str) -> None:
    if not (value.is_finite() and limits[0] <= value <= limits[1]):
        raise BespokeError(ErrorCode.INVALID, sentence.format(*limits), field=field)


def contradictions_of(report: Report, stone: StoneFacts) -> tuple[Contradiction, ...]:
    """Where a report contradicts the stone it was recorded for, its own number included."""
    found = list(contradictions(report.stone, stone.stone))
    if stone.laboratory is not None and stone.laboratory is not report.laboratory:
        found.append(Contradiction("laboratory", report.laboratory.value, stone.laboratory.value))
    if stone.number and not matches(report.number, stone.number):
        found.append(Contradiction("number", report.number, stone.number))
    return tuple(found)


def report_required(stone: StoneFacts, demands: Demands) -> Laboratory | None:
    """The laboratory whose report must come with this stone, or None.

    A stone bought with a report keeps it; else the shop's own rule for white diamonds applies.
    """
    if stone.number:
        return stone.laboratory or Laboratory.OTHER
    if stone.own:
        return None
    return report_expected(stone.stone, demands.report_above_ct, demands.report_laboratory)


def certificate_obstacles(
    stones: Iterable[StoneFacts], reports: Iterable[Report], demands: Demands
) -> list[Obstacle]:
    """Every stone whose required report is missing, unverified or about another stone."""
    found = []
    by_stone: dict[str, list[Report]] = {}
    for report in reports:
        by_stone.setdefault(report.key, []).append(report)
    for stone in stones:
        mine = by_stone.get(stone.key, [])
        found += [_about(stone, report) for report in mine if contradictions_of(report, stone)]
        wanted = report_required(stone, demands)
        if wanted is None:
            continue
        # A stone with a number but without a named laboratory takes anybody's report.
        fitting = [
            it
            for it in mine
            if it.laboratory is wanted or (stone.laboratory is None and stone.number)
        ]
        if not fitting:
            who = "a laboratory's" if wanted is Laboratory.OTHER else f"its {wanted.value.upper()}"
            found.append(
                Obstacle(ErrorCode.CERTIFICATE_MISSING, f"{stone.name} needs {who} report.")
            )
        elif not any(report.verified for report in fitting):
            found.append(
                Obstacle(
                    ErrorCode.CERTIFICATE_UNVERIFIED,
                    f"The report of {stone.name} is not verified with the laboratory.",
                )
            )
    return found


def _about(stone: StoneFacts, report: Report) -> Obstacle:
    fields = ", ".join(item.field for item in contradictions_of(report, stone))
    return Obstacle(
        ErrorCode.CERTIFICATE_CONTRADICTS,
        f"Report {report.number} contradicts {stone.name} in: {fields}.",
    )


def round_obstacles(found: Round, demands: Demands) -> list[Obstacle]:
    """What the checklist itself still lacks: verdicts, measures, the right size."""
    lacking = [f"{code} is not checked" for code, passed in found.items.items() if passed is None]
    lacking += [f"{code} failed" for code, passed in found.items.items() if passed is False]
    if found.ordered_size_mm is not None and found.measured_size_mm is None:
        lacking.append("the size is not measured")
    if found.metal_grams is None:
        lacking.append("the metal is not weighed")
    obstacles = []
    if lacking:
        sentence = f"The check is incomplete: {', '.join(lacking)}."
        obstacles.append(Obstacle(ErrorCode.QUALITY_INCOMPLETE, sentence, "items"))
    if found.ordered_size_mm is not None and found.measured_size_mm is not None:
        apart = abs(found.measured_size_mm - found.ordered_size_mm)
        if apart > demands.size_tolerance_mm:
            obstacles.append(
                Obstacle(
                    ErrorCode.SIZE_OUT_OF_TOLERANCE,
                    f"Ordered were {found.ordered_size_mm:f} mm, measured "
                    f"{found.measured_size_mm:f} mm; {demands.size_tolerance_mm:f} mm are allowed.",
                    "measuredSizeMm",
                )
            )
    return obstacles


def hallmark_obstacles(
    spec: Specification, grams: Decimal | None, demands: Demands, *, marked: bool
) -> list[Obstacle]:
    """A hallmark that the law of a country of sale demands and the piece does not bear."""
    if marked or grams is None:
        return []
    family = ALLOYS[spec.alloy].family
    for country in demands.countries:
        need = hallmark_required(country, family, grams)
        if need.required:
            return [Obstacle(ErrorCode.HALLMARK_MISSING, need.reason)]
    return []


def evidence_obstacles(found: Round, demands: Demands) -> list[Obstacle]:
    """Pictures that the customer must be able to see before the piece leaves."""
    obstacles = []
    if found.photos < demands.photos_min:
        sentence = f"Photographs: {found.photos} of {demands.photos_min}."
        obstacles.append(Obstacle(ErrorCode.EVIDENCE_MISSING, sentence))
    if demands.video_required and not found.videos:
        obstacles.append(Obstacle(ErrorCode.EVIDENCE_MISSING, "The unboxing video is missing."))
    return obstacles


def obstacles_raise(obstacles: Sequence[Obstacle]) -> None:
    """Refuse by the first obstacle's code, naming all of them."""
    if obstacles:
        first = obstacles[0]
        sentence = " ".join(item.message for item in obstacles)
        raise BespokeError(first.code, sentence, field=first.field)
