"""Stones: what may be said of them and what cannot be."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_bespoke.craft.stones import (
    GrownAssessment,
    InvalidStone,
    Origin,
    SettingRisk,
    Stone,
    StoneKind,
    StoneRole,
    StoneShape,
    Treatment,
    describe,
    hardness,
    milligrams,
    setting_risk,
    stated_carat,
    stated_carat_range,
)


@pytest.mark.parametrize(
    ("stone", "sentence"),
    [
        (
            Stone(
                StoneKind.DIAMOND,
                Origin.NATURAL,
                Decimal("1.014"),
                "E",
                "VS1",
                StoneShape.ROUND,
            ),
            "1.01 ct round natural diamond, E, VS1",
        ),
        (
            Stone(
                StoneKind.DIAMOND,
                Origin.LABORATORY_GROWN,
                Decimal(2),
                shape=StoneShape.EMERALD_CUT,
                assessment=GrownAssessment.PREMIUM,
                treatments=(Treatment.HPHT,),
            ),
            (
                "2.00 ct emerald cut laboratory-grown diamond, assessed Premium, "
                "treated: HPHT processed"
            ),
        ),
        (
            Stone(
                StoneKind.SAPPHIRE,
                carat=Decimal("0.1"),
                role=StoneRole.SIDE,
                quantity=6,
                treatments=(Treatment.HEATED, Treatment.DIFFUSED),
            ),
            "6 × 0.10 ct each sapphire of undisclosed origin, treated: diffused and heated",
        ),
        (
            Stone(StoneKind.CUBIC_ZIRCONIA, shape=StoneShape.OTHER),
            "cubic zirconia of undisclosed origin",
        ),
    ],
)
def test_describe(stone: Stone, sentence: str) -> None:
    assert describe(stone) == sentence


@given(
    kind=st.sampled_from(StoneKind),
    shape=st.none() | st.sampled_from(StoneShape),
    carat=st.none() | st.decimals("0.01", 50, places=2),
    treatments=st.lists(st.sampled_from(Treatment)),
)
def test_laboratory_grown_stands_right_before_the_name_and_treatments_are_told(
    kind: StoneKind,
    shape: StoneShape | None,
    carat: Decimal | None,
    treatments: list[Treatment],
) -> None:
    stone = Stone(
        kind,
        Origin.LABORATORY_GROWN,
        carat,
        shape=shape,
        treatments=tuple(treatments),
    )
    said = describe(stone)
    assert f"laboratory-grown {kind.value.replace('_', ' ')}" in said
    assert "natural" not in said
    assert all(treatment.sentence in said for treatment in treatments)


@pytest.mark.parametrize(
    ("stated", "low", "high"),
    [
        (".30", "0.295", "0.304"),
        ("0.30", "0.295", "0.304"),
        ("1.00", "0.995", "1.004"),
        (".5", "0.45", "0.54"),
    ],
)
def test_a_stated_weight_is_accurate_to_its_last_decimal(stated: str, low: str, high: str) -> None:
    assert stated_carat_range(stated) == (Decimal(low), Decimal(high))


@pytest.mark.parametrize("stated", ["", "1", "1/3", "-.30", "NaN", ".30 ct", "1.00000"])
def test_only_a_decimal_states_a_weight(stated: str) -> None:
    with pytest.raises(InvalidStone):
        stated_carat_range(stated)


@given(weight=st.decimals("0.001", 100, places=3))
def test_the_true_weight_lies_in_the_range_of_the_stated_one(weight: Decimal) -> None:
    low, high = stated_carat_range(stated_carat(weight))
    assert low <= weight <= high


@pytest.mark.parametrize(
    ("weight", "stated"),
    [
        ("0.295", "0.30"),
        ("0.304", "0.30"),
        ("0.3049", "0.30"),
        ("0.305", "0.31"),
        ("0.2949", "0.29"),
        ("0.0045", "0.005"),
        ("0.02", "0.02"),
        ("12", "12.00"),
    ],
)
def test_a_weight_as_it_may_be_stated(weight: str, stated: str) -> None:
    assert stated_carat(Decimal(weight)) == stated


def test_a_carat_is_200_mg() -> None:
    assert milligrams(Decimal("1.5")) == 300


@pytest.mark.parametrize(
    "facts",
    [
        {"carat": Decimal(0)},
        {"carat": Decimal(-1)},
        {"carat": Decimal("NaN")},
        {"carat": Decimal("Infinity")},
        {"carat": Decimal(1001)},
        {"quantity": 0},
        {"quantity": 1001},
        {"colour": "E" * 41},
        {"clarity": "VS\x001"},
        {"colour": "\u202eE"},
        {"dimensions_mm": (Decimal(5), Decimal(5), Decimal(0))},
        {"assessment": GrownAssessment.STANDARD, "origin": Origin.NATURAL},
    ],
)
def test_impossible_facts_are_refused(facts: dict[str, object]) -> None:
    with pytest.raises(InvalidStone):
        Stone(StoneKind.DIAMOND, **facts)  # type: ignore[arg-type]


def test_entries_add_up() -> None:
    assert Stone(StoneKind.DIAMOND, carat=Decimal("0.02"), quantity=12).total_carat == Decimal(
        "0.24"
    )
    assert Stone(StoneKind.DIAMOND, quantity=12).total_carat is None


@pytest.mark.parametrize(
    ("stone", "risk"),
    [
        (Stone(StoneKind.DIAMOND), SettingRisk.LOW),
        (Stone(StoneKind.DIAMOND, treatments=(Treatment.FRACTURE_FILLED,)), SettingRisk.HIGH),
        (Stone(StoneKind.DIAMOND, treatments=(Treatment.HEATED,)), SettingRisk.LOW),
        (Stone(StoneKind.EMERALD), SettingRisk.HIGH),
        (Stone(StoneKind.OPAL), SettingRisk.HIGH),
        (Stone(StoneKind.TOPAZ), SettingRisk.MEDIUM),
    ],
)
def test_setting_risk(stone: Stone, risk: SettingRisk) -> None:
    assert setting_risk(stone) is risk


def test_every_kind_has_a_hardness() -> None:
    assert all(Decimal(1) < hardness(kind) <= 10 for kind in StoneKind)
    assert hardness(StoneKind.DIAMOND) == 10
    assert hardness(StoneKind.PEARL) < 3
