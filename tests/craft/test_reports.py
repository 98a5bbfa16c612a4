"""Laboratory reports: numbers, pages and contradictions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_bespoke.craft.reports import (
    Laboratory,
    MalformedReportNumber,
    ReportType,
    canonical_number,
    contradictions,
    grades_refused,
    is_well_formed,
    matches,
    report_expected,
    verification_url,
)
from saleor_bespoke.craft.stones import (
    GrownAssessment,
    Origin,
    Stone,
    StoneKind,
    StoneShape,
    Treatment,
)

GIA, IGI, HRD, GCAL, OTHER = Laboratory
NATURAL, GROWN, UNKNOWN = Origin


@pytest.mark.parametrize(
    ("laboratory", "origin", "raw", "number"),
    [
        (GIA, NATURAL, " 2141 4381 67 ", "2141438167"),
        (GIA, NATURAL, "GIA 2141438167", "2141438167"),
        (GIA, NATURAL, "aey8w", "AEY8W"),
        (GIA, NATURAL, "GIA12", "GIA12"),
        (IGI, GROWN, "123456789", "LG123456789"),
        (IGI, GROWN, "lg 123-456-789", "LG123456789"),
        (IGI, GROWN, "IGI LG123456789", "LG123456789"),
        (IGI, NATURAL, "123456789", "123456789"),
        (IGI, UNKNOWN, "LG123456789", "LG123456789"),
        (IGI, UNKNOWN, "123456789", "123456789"),
        (OTHER, NATURAL, "ssef-12/345", "SSEF-12/345"),
    ],
)
def test_canonical_numbers(laboratory: Laboratory, origin: Origin, raw: str, number: str) -> None:
    assert canonical_number(laboratory, origin, raw) == number


@pytest.mark.parametrize(
    "raw", ["", "  ", "12", "x" * 33, "1" * 100_000, "12\x0034", "٣٤٥٦", "a'--b"]
)
def test_no_laboratory_prints_this(raw: str) -> None:
    with pytest.raises(MalformedReportNumber):
        canonical_number(OTHER, NATURAL, raw)


@given(
    laboratory=st.sampled_from(Laboratory),
    origin=st.sampled_from(Origin),
    raw=st.text(max_size=20) | st.from_regex(r"(LG)?[0-9]{8,11}", fullmatch=True),
)
def test_canonical_twice_is_canonical_and_matches_what_was_written(
    laboratory: Laboratory, origin: Origin, raw: str
) -> None:
    try:
        number = canonical_number(laboratory, origin, raw)
    except MalformedReportNumber:
        return
    assert canonical_number(laboratory, origin, number) == number
    if not raw.upper().startswith(laboratory.value.upper()):
        assert matches(number, raw)


@pytest.mark.parametrize(
    ("laboratory", "number", "report_type", "formed"),
    [
        (GIA, "2141438167", None, True),
        (GIA, "214143816", None, False),
        (GIA, "AEY8W", None, True),
        (GIA, "AEY8W", ReportType.JEWELLERY, True),
        (GIA, "AEY8W", ReportType.GRADING, False),
        (GIA, "12345", None, False),
        (GIA, "2141438167\n", None, False),
        (IGI, "LG123456789", None, True),
        (IGI, "LG123456789", ReportType.LABORATORY_GROWN, True),
        (IGI, "LG123456789", ReportType.GRADING, False),
        (IGI, "123456789", ReportType.GRADING, True),
        (IGI, "LG12345678", None, False),
        (IGI, "123456789", ReportType.JEWELLERY, False),
        (HRD, "200000123456", None, True),
        (GCAL, "312345678", None, True),
        (OTHER, "SSEF-12/345", None, True),
    ],
)
def test_the_form_of_a_number(
    laboratory: Laboratory, number: str, report_type: ReportType | None, formed: bool
) -> None:
    assert is_well_formed(laboratory, number, report_type) is formed


def test_a_shop_may_know_other_patterns() -> None:
    old = {IGI: {ReportType.GRADING: r"[0-9]{8}"}}
    assert is_well_formed(IGI, "12345678", patterns=old)
    assert not is_well_formed(GIA, "2141438167", patterns=old)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("LG123456789", "123456789", True),
        ("lg-123 456 789", "LG123456789", True),
        ("123456789", "123456788", False),
        ("", "", False),
        ("LG", "", False),
    ],
)
def test_matching(one: str, other: str, same: bool) -> None:
    assert matches(one, other) is matches(other, one) is same


def test_the_laboratorys_own_page() -> None:
    assert verification_url(GIA, "2141438167") == (
        "https://www.gia.edu/report-check?reportno=2141438167"
    )
    assert verification_url(IGI, "LG123456789") == (
        "https://www.igi.org/verify-your-report/?r=LG123456789"
    )
    assert verification_url(HRD, "200000123456") is None
    assert verification_url(OTHER, "A/B&c", {OTHER: "https://lab.example/{number}"}) == (
        "https://lab.example/A%2FB%26c"
    )


GRADED = Stone(StoneKind.DIAMOND, GROWN, Decimal(1), "E", "VS1")
ASSESSED = Stone(StoneKind.DIAMOND, GROWN, Decimal(1), assessment=GrownAssessment.PREMIUM)


@pytest.mark.parametrize(
    ("laboratory", "stone", "issued", "refused"),
    [
        (GIA, GRADED, date(2025, 10, 1), ("colour", "clarity")),
        (GIA, GRADED, None, ("colour", "clarity")),
        (GIA, GRADED, date(2025, 9, 30), ()),
        (GIA, replace(GRADED, origin=NATURAL), date(2026, 1, 1), ()),
        (IGI, GRADED, date(2026, 1, 1), ()),
        (GIA, ASSESSED, date(2025, 10, 1), ()),
        (GIA, ASSESSED, date(2025, 9, 30), ("assessment",)),
        (IGI, ASSESSED, date(2026, 1, 1), ("assessment",)),
    ],
)
def test_premium_and_standard(
    laboratory: Laboratory, stone: Stone, issued: date | None, refused: tuple[str, ...]
) -> None:
    assert grades_refused(laboratory, stone, issued) == refused


@pytest.mark.parametrize(
    ("stone", "expected"),
    [
        (Stone(StoneKind.DIAMOND, NATURAL, Decimal("1.01"), "E"), GIA),
        (Stone(StoneKind.DIAMOND, NATURAL, Decimal("1.01"), "G-H"), GIA),
        (Stone(StoneKind.DIAMOND, NATURAL, Decimal("1.01")), GIA),
        (Stone(StoneKind.DIAMOND, NATURAL, Decimal("1.00"), "E"), None),
        (Stone(StoneKind.DIAMOND, NATURAL, None, "E"), None),
        (Stone(StoneKind.DIAMOND, NATURAL, Decimal(2), "salt and pepper"), None),
        (Stone(StoneKind.DIAMOND, NATURAL, Decimal(2), "fancy yellow"), None),
        (Stone(StoneKind.SAPPHIRE, NATURAL, Decimal(2)), None),
        (Stone(StoneKind.DIAMOND, NATURAL, Decimal("0.02"), "E", quantity=90), None),
    ],
)
def test_white_diamonds_above_the_threshold_get_a_report(
    stone: Stone, expected: Laboratory | None
) -> None:
    assert report_expected(stone, Decimal(1), GIA) is expected


ORDERED = Stone(
    StoneKind.DIAMOND,
    NATURAL,
    Decimal("1.01"),
    "E",
    "VS1",
    StoneShape.ROUND,
    treatments=(Treatment.HPHT,),
)


@pytest.mark.parametrize(
    ("reported", "fields"),
    [
        (ORDERED, []),
        (replace(ORDERED, colour="e"), []),
        (replace(ORDERED, colour=None, clarity=None, shape=None, carat=None), []),
        (replace(ORDERED, origin=UNKNOWN), []),
        (replace(ORDERED, treatments=()), []),
        (replace(ORDERED, carat=Decimal("1.015")), []),
        (replace(ORDERED, carat=Decimal("1.016")), ["carat"]),
        (replace(ORDERED, origin=GROWN), ["origin"]),
        (replace(ORDERED, kind=StoneKind.MOISSANITE), ["kind"]),
        (replace(ORDERED, shape=StoneShape.OVAL), ["shape"]),
        (replace(ORDERED, colour="F", clarity="VS2"), ["colour", "clarity"]),
        (replace(ORDERED, treatments=(Treatment.LASER_DRILLED,)), ["treatments"]),
    ],
)
def test_contradictions(reported: Stone, fields: list[str]) -> None:
    assert [found.field for found in contradictions(reported, ORDERED)] == fields
