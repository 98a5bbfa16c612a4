"""Laboratory reports: their numbers, their pages, and whether they speak of the stone ordered.

A number of valid form is not a verified one: nothing here asks a laboratory. Patterns and pages
are defaults that a shop overrides; those of HRD and GCAL are approximate.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from saleor_bespoke.craft.stones import Origin, Stone, StoneKind

GIA_TWO_GRADES_FROM: Final = date(2025, 10, 1)
"""From here GIA says only Premium or Standard of laboratory-grown diamonds."""
CARAT_TOLERANCE: Final = Decimal("0.005")

_GROWN_PREFIX: Final = "LG"
_LONGEST: Final = 40
_OTHER: Final = r"[A-Z0-9](?:[A-Z0-9/.]|-(?!-)){2,31}"


class MalformedReportNumber(ValueError):
    """The text cannot be any laboratory's report number."""


class Laboratory(StrEnum):
    """Who graded the stone."""

    GIA = "gia"
    IGI = "igi"
    HRD = "hrd"
    GCAL = "gcal"
    OTHER = "other"


class ReportType(StrEnum):
    """Each kind of report has number patterns of its own."""

    GRADING = "grading"
    LABORATORY_GROWN = "laboratory_grown"
    JEWELLERY = "jewellery"


Patterns = Mapping[Laboratory, Mapping[ReportType, str]]

PATTERNS: Final[Patterns] = MappingProxyType(
    {
        Laboratory.GIA: {
            ReportType.GRADING: r"[0-9]{10}",
            ReportType.LABORATORY_GROWN: r"[0-9]{10}",
            ReportType.JEWELLERY: r"(?=[0-9]*[A-Z])[A-Z0-9]{5}",
        },
        Laboratory.IGI: {
            ReportType.GRADING: r"[0-9]{9}",
            ReportType.LABORATORY_GROWN: r"LG[0-9]{9}",
        },
        Laboratory.HRD: {ReportType.GRADING: r"[0-9]{8,14}"},
        Laboratory.GCAL: {ReportType.GRADING: r"[0-9]{8,12}"},
        Laboratory.OTHER: {ReportType.GRADING: _OTHER},
    }
)
TEMPLATES: Final[Mapping[Laboratory, str]] = MappingProxyType(
    {
        Laboratory.GIA: "https://www.gia.edu/report-check?reportno={number}",
        Laboratory.IGI: "https://www.igi.org/verify-your-report/?r={number}",
    }
)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One fact in which the report and the ordered stone disagree."""

    field: str
    reported: str
    ordered: str


def _squeeze(raw: str) -> str:
    text = unicodedata.normalize("NFKC", raw[: _LONGEST + 1]).upper()
    return "".join(text.split())


def canonical_number(laboratory: Laboratory, origin: Origin, raw: str) -> str:
    """The number as it is stored: capitals, no spaces; IGI's LG prefix belongs to lab-grown.

    Raises MalformedReportNumber for text that no laboratory could have printed.
    """
    number = _squeeze(raw)
    if laboratory is not Laboratory.OTHER:
        number = number.replace("-", "")
        bare = number.removeprefix(laboratory.value.upper())
        number = bare if is_well_formed(laboratory, bare) else number
    if len(raw) > _LONGEST or not re.fullmatch(_OTHER, number):
        raise MalformedReportNumber("A report number is 3 to 32 letters and digits.")
    if (
        laboratory is Laboratory.IGI
        and origin is Origin.LABORATORY_GROWN
        and re.fullmatch(r"[0-9]{9}", number)
    ):
        return _GROWN_PREFIX + number
    return number


def is_well_formed(
    laboratory: Laboratory,
    number: str,
    report_type: ReportType | None = None,
    patterns: Patterns = PATTERNS,
) -> bool:
    """Whether a canonical number has the form of the laboratory's reports (of that type)."""
    known = patterns.get(laboratory, {})
    wanted = known.values() if report_type is None else [known.get(report_type, r"(?!)")]
    return any(re.fullmatch(pattern, number) for pattern in wanted)


def matches(one: str, other: str) -> bool:
    """Whether two spellings name the same report, with or without LG."""
    bare = [re.sub(r"[-\s]", "", _squeeze(it)).removeprefix(_GROWN_PREFIX) for it in (one, other)]
    return bare[0] == bare[1] != ""


def verification_url(
    laboratory: Laboratory, number: str, templates: Mapping[Laboratory, str] = TEMPLATES
) -> str | None:
    """The laboratory's own page for the number, or None where it has none."""
    template = templates.get(laboratory)
    return template and template.replace("{number}", quote(number, safe=""))


def grades_refused(laboratory: Laboratory, stone: Stone, issued_on: date | None) -> tuple[str, ...]:
    """The fields a report of that day cannot hold (GIA's Premium/Standard rule).

    A report without a date of issue is judged as a new one.
    """
    grown = stone.kind is StoneKind.DIAMOND and stone.origin is Origin.LABORATORY_GROWN
    new = issued_on is None or issued_on >= GIA_TWO_GRADES_FROM
    if laboratory is Laboratory.GIA and grown and new:
        return tuple(name for name in ("colour", "clarity") if getattr(stone, name))
    return ("assessment",) if stone.assessment else ()


def report_expected(
    stone: Stone, threshold_carat: Decimal, laboratory: Laboratory
) -> Laboratory | None:
    """The laboratory whose report the shop owes for the stone, or None.

    White diamonds strictly above the threshold in ct get one; coloured and salt-and-pepper
    diamonds and coloured gemstones do not.
    """
    if stone.kind is not StoneKind.DIAMOND or stone.carat is None or not _is_white(stone):
        return None
    return laboratory if stone.carat > threshold_carat else None


def _is_white(stone: Stone) -> bool:
    colour = (stone.colour or "").upper()
    return (
        not colour
        or colour in ("WHITE", "COLOURLESS")
        or bool(re.fullmatch(r"[D-Z](?: ?[-–/] ?[D-Z])?", colour))
    )


def contradictions(reported: Stone, ordered: Stone) -> tuple[Contradiction, ...]:
    """Where a report contradicts the stone that was ordered; facts that one side leaves open agree.

    Weight may differ by 0.005 ct; a treatment the order did not disclose is a contradiction.
    """
    found = []
    for field in ("kind", "origin", "shape", "colour", "clarity", "assessment"):
        said, wanted = getattr(reported, field), getattr(ordered, field)
        known = said and wanted and Origin.UNKNOWN not in (said, wanted)
        if known and str(said).casefold() != str(wanted).casefold():
            found.append(Contradiction(field, str(said), str(wanted)))
    if _apart(reported.carat, ordered.carat):
        found.append(Contradiction("carat", str(reported.carat), str(ordered.carat)))
    undisclosed = [it for it in reported.treatments if it not in ordered.treatments]
    if undisclosed:
        found.append(
            Contradiction("treatments", ", ".join(undisclosed), ", ".join(ordered.treatments))
        )
    return tuple(found)


def _apart(one: Decimal | None, other: Decimal | None) -> bool:
    return one is not None and other is not None and abs(one - other) > CARAT_TOLERANCE
