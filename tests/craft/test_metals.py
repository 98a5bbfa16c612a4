"""Alloys: the reference figures, weights and what a shop may override."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_bespoke.craft.metals import (
    ALLOYS,
    AlloyCode,
    Finish,
    InvalidMeasure,
    MetalFamily,
    alloys,
    casting_grams,
    fine_grams,
    finish_allowed,
    finished_grams,
    weight_grams,
)


@pytest.mark.parametrize(
    ("code", "fineness", "gravity"),
    [
        ("gold_9k_yellow", 375, "11.4"),
        ("gold_10k_yellow", 417, "11.57"),
        ("gold_14k_yellow", 585, "13.07"),
        ("gold_14k_white", 585, "12.61"),
        ("gold_14k_rose", 585, "13.26"),
        ("gold_18k_yellow", 750, "15.58"),
        ("gold_18k_white", 750, "14.64"),
        ("gold_18k_rose", 750, "15.18"),
        ("gold_22k_yellow", 916, "17.7"),
        ("platinum_950_co", 950, "20.80"),
        ("platinum_950_ir", 950, "21.54"),
        ("palladium_950", 950, "12"),
        ("palladium_500", 500, "11.2"),
        ("silver_925", 925, "10.40"),
    ],
)
def test_reference_figures(code: str, fineness: int, gravity: str) -> None:
    alloy = ALLOYS[AlloyCode(code)]
    assert (alloy.fineness, alloy.specific_gravity) == (fineness, Decimal(gravity))


def test_every_code_has_facts_and_its_own_name() -> None:
    assert set(ALLOYS) == set(AlloyCode)
    assert len({alloy.display_name for alloy in ALLOYS.values()}) == len(ALLOYS)
    assert all(alloy.fineness > 0 for alloy in ALLOYS.values() if alloy.family.precious)


def test_a_size_7_band_weighs_what_the_formula_says() -> None:
    band = weight_grams(Decimal("310.5"), ALLOYS[AlloyCode.GOLD_18K_YELLOW])
    assert band == Decimal("4.838")
    assert finished_grams(band) == Decimal("4.016")
    assert casting_grams(band) == Decimal("6.531")
    assert fine_grams(Decimal(4), ALLOYS[AlloyCode.GOLD_18K_YELLOW]) == Decimal("3.000")


@given(
    code=st.sampled_from(AlloyCode),
    smaller=st.decimals(0, 50_000, places=3),
    more=st.decimals(0, 50_000, places=3),
)
def test_more_volume_never_weighs_less(code: AlloyCode, smaller: Decimal, more: Decimal) -> None:
    light, heavy = (weight_grams(v, ALLOYS[code]) for v in (smaller, smaller + more))
    assert light <= heavy
    assert finished_grams(heavy) <= heavy <= casting_grams(heavy)


@pytest.mark.parametrize("volume", ["-1", "NaN", "Infinity", "1e12"])
def test_an_impossible_volume_is_refused(volume: str) -> None:
    with pytest.raises(InvalidMeasure):
        weight_grams(Decimal(volume), ALLOYS[AlloyCode.SILVER_925])


def test_a_shop_overrides_its_casters_data() -> None:
    known = alloys({"gold_18k_white": {"specific_gravity": "15.70", "nickel": False}})
    alloy = known[AlloyCode.GOLD_18K_WHITE]
    assert (alloy.specific_gravity, alloy.nickel) == (Decimal("15.70"), False)
    assert ALLOYS[AlloyCode.GOLD_18K_WHITE].nickel is None
    assert known[AlloyCode.SILVER_925] == ALLOYS[AlloyCode.SILVER_925]


@pytest.mark.parametrize(
    "overrides",
    [
        {"unobtainium": {"specific_gravity": "3"}},
        {"silver_925": {"specific_gravity": "heavy"}},
        {"silver_925": {"specific_gravity": "NaN"}},
        {"silver_925": {"specific_gravity": "0"}},
        {"silver_925": {"specific_gravity": "60"}},
        {"silver_925": {"nickel": "no"}},
        {"silver_925": {"display_name": " "}},
        {"silver_925": {"fineness": 800}},
    ],
)
def test_a_bad_override_is_refused(overrides: dict[str, dict[str, object]]) -> None:
    with pytest.raises(InvalidMeasure):
        alloys(overrides)


@pytest.mark.parametrize(
    ("finish", "code", "allowed"),
    [
        (Finish.RHODIUM_PLATED, "gold_18k_white", True),
        (Finish.RHODIUM_PLATED, "silver_925", True),
        (Finish.RHODIUM_PLATED, "gold_18k_yellow", False),
        (Finish.RHODIUM_PLATED, "gold_14k_rose", False),
        (Finish.RHODIUM_PLATED, "titanium", False),
        (Finish.HAMMERED, "gold_9k_rose", True),
        (Finish.HAMMERED, "tungsten_carbide", False),
        (Finish.HAMMERED, "ceramic_zirconia", False),
        (Finish.BRUSHED, "tungsten_carbide", True),
    ],
)
def test_finishes_by_alloy(finish: Finish, code: str, allowed: bool) -> None:
    assert finish_allowed(finish, ALLOYS[AlloyCode(code)]) is allowed


def test_precious_families() -> None:
    assert {family for family in MetalFamily if not family.precious} == {
        MetalFamily.TITANIUM,
        MetalFamily.TUNGSTEN,
        MetalFamily.STEEL,
        MetalFamily.CERAMIC,
    }
