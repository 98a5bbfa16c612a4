"""What forbids the way out, as rules alone."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_bespoke.craft.reports import Laboratory
from saleor_bespoke.craft.stone_codec import stone_from_json
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.steps.quality import rules
from saleor_bespoke.steps.quality.rules import Demands, Report, Round, StoneFacts
from tests.fixtures import ring_specification

CHECKLIST = ("final_polish", "stones_tight", "dimensions", "engraving", "surface")
DIAMOND = stone_from_json(
    {
        "kind": "diamond",
        "origin": "natural",
        "carat": "1.01",
        "shape": "round",
        "colour": "E",
        "clarity": "VS1",
    }
)
SMALL = replace(DIAMOND, carat=Decimal("1.00"))
STONE = StoneFacts("a", "Diamond D-1", DIAMOND, None, "")
REPORT = Report("a", Laboratory.GIA, "2141438167", DIAMOND, verified=True)
DEMANDS = Demands(
    size_tolerance_mm=Decimal("0.30"),
    photos_min=1,
    video_required=True,
    report_above_ct=Decimal("1.00"),
    report_laboratory=Laboratory.GIA,
    countries=("US",),
)
COMPLETE = Round(
    items={"final_polish": True},
    ordered_size_mm=Decimal("51.87"),
    measured_size_mm=Decimal("51.90"),
    metal_grams=Decimal("4.2"),
    photos=1,
    videos=1,
)


def codes(obstacles: list[rules.Obstacle]) -> list[str]:
    return [str(item.code) for item in obstacles]


# the checklist ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "left_out"),
    [
        ({}, {"engraving"}),
        ({"stones": [], "setting": "none"}, {"engraving", "stones_tight"}),
        ({"engraving": {"text": "A & B", "place": "inside_band"}}, set()),
    ],
)
def test_only_lines_that_concern_the_piece(changes: dict[str, Any], left_out: set[str]) -> None:
    codes = rules.items_for(CHECKLIST, ring_specification(**changes))
    assert codes == tuple(code for code in CHECKLIST if code not in left_out)


def test_the_final_polish_is_always_checked() -> None:
    assert rules.items_for((), ring_specification()) == ("final_polish",)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"items": {"final_polish": None}}, "final_polish is not checked"),
        ({"items": {"final_polish": False}}, "final_polish failed"),
        ({"measured_size_mm": None}, "the size is not measured"),
        ({"metal_grams": None}, "the metal is not weighed"),
    ],
)
def test_an_incomplete_round(changes: dict[str, Any], said: str) -> None:
    (obstacle,) = rules.round_obstacles(replace(COMPLETE, **changes), DEMANDS)
    assert str(obstacle.code) == "QUALITY_INCOMPLETE"
    assert said in obstacle.message


def test_a_pendant_needs_no_size() -> None:
    found = replace(COMPLETE, ordered_size_mm=None, measured_size_mm=None)
    assert rules.round_obstacles(found, DEMANDS) == []


@given(st.decimals(Decimal(45), Decimal(60), places=2))
def test_the_size_lies_within_its_tolerance(measured: Decimal) -> None:
    found = rules.round_obstacles(replace(COMPLETE, measured_size_mm=measured), DEMANDS)

    fits = Decimal("51.57") <= measured <= Decimal("52.17")
    assert codes(found) == ([] if fits else ["SIZE_OUT_OF_TOLERANCE"])


@pytest.mark.parametrize(
    ("ordered", "measured", "grams", "field"),
    [
        (Decimal(52), Decimal(19), None, "measuredSizeMm"),
        (Decimal(52), Decimal(101), None, "measuredSizeMm"),
        (Decimal(52), Decimal("NaN"), None, "measuredSizeMm"),
        (None, Decimal(52), None, "measuredSizeMm"),
        (Decimal(52), None, Decimal(0), "metalGrams"),
        (Decimal(52), None, Decimal("Infinity"), "metalGrams"),
    ],
)
def test_measures_that_cannot_be(
    ordered: Decimal | None, measured: Decimal | None, grams: Decimal | None, field: str
) -> None:
    with pytest.raises(BespokeError) as caught:
        rules.measures_check(ordered_mm=ordered, measured_mm=measured, grams=grams)
    assert (str(caught.value.code), caught.value.field) == ("INVALID", field)


# reports ----------------------------------------------------------------------------------------

LAB_GROWN = replace(
    DIAMOND, origin=stone_from_json({"kind": "diamond", "origin": "laboratory_grown"}).origin
)


@pytest.mark.parametrize(
    ("stone", "wanted"),
    [
        (STONE, Laboratory.GIA),
        (replace(STONE, stone=SMALL), None),
        (
            replace(STONE, stone=SMALL, number="123456789", laboratory=Laboratory.IGI),
            Laboratory.IGI,
        ),
        (replace(STONE, number="123456789", laboratory=Laboratory.IGI), Laboratory.IGI),
        (replace(STONE, stone=SMALL, number="X-1"), Laboratory.OTHER),
        (replace(STONE, own=True), None),
        (replace(STONE, own=True, number="2141438167", laboratory=Laboratory.GIA), Laboratory.GIA),
    ],
)
def test_which_stone_needs_a_report(stone: StoneFacts, wanted: Laboratory | None) -> None:
    assert rules.report_required(stone, DEMANDS) == wanted


@pytest.mark.parametrize(
    ("stone", "reports", "expected"),
    [
        (STONE, [REPORT], []),
        (STONE, [], ["CERTIFICATE_MISSING"]),
        (STONE, [replace(REPORT, key="b")], ["CERTIFICATE_MISSING"]),
        (STONE, [replace(REPORT, laboratory=Laboratory.IGI)], ["CERTIFICATE_MISSING"]),
        (STONE, [replace(REPORT, verified=False)], ["CERTIFICATE_UNVERIFIED"]),
        (STONE, [replace(REPORT, stone=LAB_GROWN)], ["CERTIFICATE_CONTRADICTS"]),
        (replace(STONE, stone=SMALL), [], []),
        (
            replace(STONE, stone=SMALL),
            [replace(REPORT, stone=replace(SMALL, colour="K"))],
            ["CERTIFICATE_CONTRADICTS"],
        ),
        (replace(STONE, number="2141438167"), [REPORT], []),
        (replace(STONE, number="9999999999"), [REPORT], ["CERTIFICATE_CONTRADICTS"]),
        (
            replace(STONE, number="2141438167", laboratory=Laboratory.IGI),
            [REPORT],
            ["CERTIFICATE_CONTRADICTS", "CERTIFICATE_MISSING"],
        ),
    ],
)
def test_certificate_obstacles(
    stone: StoneFacts, reports: list[Report], expected: list[str]
) -> None:
    assert codes(rules.certificate_obstacles([stone], reports, DEMANDS)) == expected


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"carat": Decimal("1.02")}, "carat"),
        ({"colour": "F"}, "colour"),
        ({"clarity": "SI1"}, "clarity"),
        ({"shape": None}, None),
        ({"origin": LAB_GROWN.origin}, "origin"),
    ],
)
def test_contradictions_name_the_fact(said: dict[str, Any], field: str | None) -> None:
    report = replace(REPORT, stone=replace(DIAMOND, **said))
    found = [item.field for item in rules.contradictions_of(report, STONE)]
    assert found == ([field] if field else [])


def test_an_igi_number_matches_with_and_without_lg() -> None:
    stone = replace(STONE, stone=LAB_GROWN, number="123456789", laboratory=Laboratory.IGI)
    report = Report("a", Laboratory.IGI, "LG123456789", LAB_GROWN, verified=True)
    assert rules.contradictions_of(report, stone) == ()


@pytest.mark.parametrize(
    ("text", "laboratory"),
    [("GIA", Laboratory.GIA), (" igi ", Laboratory.IGI), ("Gübelin", Laboratory.OTHER), ("", None)],
)
def test_laboratory_of(text: str, laboratory: Laboratory | None) -> None:
    assert rules.laboratory_of(text) == laboratory


# hallmark and pictures --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("countries", "alloy", "grams", "marked", "expected"),
    [
        (("US",), "gold_18k_yellow", "4.2", False, []),
        (("GB", "US"), "gold_18k_yellow", "4.2", False, ["HALLMARK_MISSING"]),
        (("US", "GB"), "gold_18k_yellow", "4.2", False, ["HALLMARK_MISSING"]),
        (("GB", "US"), "gold_18k_yellow", "4.2", True, []),
        (("GB",), "gold_18k_yellow", "1.0", False, []),
        (("GB",), "silver_925", "7.78", False, []),
        (("GB",), "silver_925", "7.79", False, ["HALLMARK_MISSING"]),
        (("GB",), "titanium", "20", False, []),
    ],
)
def test_hallmark_obstacles(
    countries: tuple[str, ...], alloy: str, grams: str, marked: bool, expected: list[str]
) -> None:
    found = rules.hallmark_obstacles(
        ring_specification(alloy=alloy),
        Decimal(grams),
        replace(DEMANDS, countries=countries),
        marked=marked,
    )
    assert codes(found) == expected


@pytest.mark.parametrize(
    ("photos", "videos", "required", "missing"),
    [(1, 1, True, 0), (0, 1, True, 1), (1, 0, True, 1), (0, 0, True, 2), (1, 0, False, 0)],
)
def test_evidence_obstacles(photos: int, videos: int, required: bool, missing: int) -> None:
    found = rules.evidence_obstacles(
        replace(COMPLETE, photos=photos, videos=videos), replace(DEMANDS, video_required=required)
    )
    assert codes(found) == ["EVIDENCE_MISSING"] * missing


def test_a_refusal_names_all_that_is_missing() -> None:
    found = rules.evidence_obstacles(replace(COMPLETE, photos=0, videos=0), DEMANDS)
    with pytest.raises(BespokeError) as caught:
        rules.obstacles_raise(found)
    assert "0 of 1" in caught.value.message
    assert "video" in caught.value.message
