"""Feasibility: each rule with what sets it off and what does not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given

from saleor_bespoke.craft.feasibility import (
    RULES,
    FeasibilityPolicy,
    FindingCode,
    Severity,
    assess,
)
from saleor_bespoke.craft.metals import AlloyCode, Finish, alloys
from saleor_bespoke.craft.money import Amount
from saleor_bespoke.craft.pieces import (
    Engraving,
    EngravingPlace,
    OldJewellery,
    OldMetalForm,
    OwnStone,
    PieceType,
    SettingType,
    Specification,
    StyleFeature,
)
from saleor_bespoke.craft.ring_sizes import RingSize, RingSizeSystem, SizeSource
from saleor_bespoke.craft.stones import Origin, Stone, StoneKind, StoneRole, StoneShape, Treatment
from tests.craft.strategies import specifications

INFO, RISK, IMPOSSIBLE = Severity
DIAMOND = Stone(StoneKind.DIAMOND, Origin.NATURAL, Decimal("1.5"), shape=StoneShape.ROUND)
GOOD = Specification(
    PieceType.RING,
    AlloyCode.GOLD_18K_YELLOW,
    setting=SettingType.PRONG_6,
    stones=(DIAMOND,),
    ring_size=RingSize(RingSizeSystem.US, "7"),
    size_source=SizeSource.STATED_BY_CUSTOMER,
    band_width_mm=Decimal(2),
    features=(StyleFeature.SOLITAIRE,),
)
BARE = replace(GOOD, stones=(), setting=SettingType.NONE, features=())


def stone(kind: StoneKind, **facts: object) -> dict[str, object]:
    return {"stones": (Stone(kind, Origin.NATURAL, **facts),)}  # type: ignore[arg-type]


def us(label: str) -> dict[str, object]:
    return {"ring_size": RingSize(RingSizeSystem.US, label)}


def engraved(text: str, place: EngravingPlace = EngravingPlace.INSIDE_BAND) -> dict[str, object]:
    return {"engraving": Engraving(text, place)}


def codes_of(spec: Specification, **around: object) -> dict[FindingCode, Severity]:
    return {it.code: it.severity for it in assess(spec, **around)}  # type: ignore[arg-type]


def test_a_sound_ring_raises_nothing() -> None:
    assert assess(GOOD, stretch=Amount.parse("5000", "USD"), country="DE") == ()


TENSION = {"setting": SettingType.TENSION, "features": ()}
CASES: list[tuple[FindingCode, dict[str, object], Severity | None]] = [
    (FindingCode.FRAGILE_STONE_UNDER_TENSION, TENSION, None),
    *(
        (FindingCode.FRAGILE_STONE_UNDER_TENSION, TENSION | stone(kind), IMPOSSIBLE)
        for kind in (StoneKind.EMERALD, StoneKind.OPAL, StoneKind.TANZANITE)
    ),
    (FindingCode.FRAGILE_STONE_UNDER_TENSION, stone(StoneKind.EMERALD), None),
    (
        FindingCode.FRAGILE_STONE_UNDER_TENSION,
        TENSION | stone(StoneKind.RUBY, treatments=(Treatment.GLASS_FILLED,)),
        IMPOSSIBLE,
    ),
    (
        FindingCode.FRAGILE_STONE_UNDER_TENSION,
        TENSION | {"own_stones": (OwnStone("heirloom", Stone(StoneKind.EMERALD)),)},
        IMPOSSIBLE,
    ),
    (FindingCode.METAL_TOO_SOFT_FOR_TENSION, TENSION, None),
    (FindingCode.METAL_TOO_SOFT_FOR_TENSION, TENSION | {"alloy": AlloyCode.SILVER_925}, IMPOSSIBLE),
    (
        FindingCode.METAL_TOO_SOFT_FOR_TENSION,
        TENSION | {"alloy": AlloyCode.GOLD_22K_YELLOW},
        IMPOSSIBLE,
    ),
    (FindingCode.SOFT_STONE_IN_RING, stone(StoneKind.PEARL), RISK),
    (FindingCode.SOFT_STONE_IN_RING, stone(StoneKind.AMETHYST), None),
    (
        FindingCode.POINTS_UNPROTECTED,
        TENSION | stone(StoneKind.DIAMOND, shape=StoneShape.PEAR),
        RISK,
    ),
    (FindingCode.POINTS_UNPROTECTED, stone(StoneKind.DIAMOND, shape=StoneShape.PEAR), None),
    (
        FindingCode.TREATMENT_NEEDS_CARE,
        stone(StoneKind.EMERALD, treatments=(Treatment.OILED,)),
        RISK,
    ),
    (FindingCode.TREATMENT_NEEDS_CARE, stone(StoneKind.RUBY, treatments=(Treatment.HEATED,)), None),
    (FindingCode.FINISH_UNSUITED, {"finish": Finish.RHODIUM_PLATED}, RISK),
    (
        FindingCode.FINISH_UNSUITED,
        {"finish": Finish.RHODIUM_PLATED, "alloy": AlloyCode.GOLD_18K_WHITE},
        None,
    ),
    (
        FindingCode.FINISH_UNSUITED,
        {"finish": Finish.HAMMERED, "alloy": AlloyCode.CERAMIC_ZIRCONIA},
        IMPOSSIBLE,
    ),
    (FindingCode.METAL_CANNOT_HOLD_STONES, {"alloy": AlloyCode.TUNGSTEN_CARBIDE}, IMPOSSIBLE),
    (FindingCode.METAL_CANNOT_HOLD_STONES, {"alloy": AlloyCode.TITANIUM}, None),
    (FindingCode.SOFT_METAL_FINE_PRONGS, {"alloy": AlloyCode.SILVER_925}, RISK),
    (
        FindingCode.SOFT_METAL_FINE_PRONGS,
        {"alloy": AlloyCode.SILVER_925, "setting": SettingType.BEZEL},
        None,
    ),
    (
        FindingCode.FEATURES_CONFLICT,
        {"features": (StyleFeature.ETERNITY_FULL, StyleFeature.ETERNITY_HALF)},
        IMPOSSIBLE,
    ),
    (FindingCode.FEATURES_CONFLICT, TENSION | {"features": (StyleFeature.HALO,)}, IMPOSSIBLE),
    (FindingCode.FEATURES_CONFLICT, {"features": (StyleFeature.HALO, StyleFeature.PAVE)}, None),
    (FindingCode.FEATURE_WITHOUT_STONES, {"features": (StyleFeature.THREE_STONE,)}, INFO),
    (
        FindingCode.FEATURE_WITHOUT_STONES,
        {
            "features": (StyleFeature.THREE_STONE,),
            "stones": (DIAMOND, replace(DIAMOND, role=StoneRole.SIDE, quantity=2)),
        },
        None,
    ),
    (FindingCode.BAND_TOO_THIN, {"band_width_mm": Decimal("1.4")}, RISK),
    (FindingCode.BAND_TOO_THIN, {"band_width_mm": Decimal("1.5")}, None),
    (FindingCode.BAND_TOO_THIN, {"band_width_mm": Decimal("0.9")}, IMPOSSIBLE),
    (FindingCode.COMFORT_FIT_TOO_NARROW, {"features": (StyleFeature.COMFORT_FIT,)}, RISK),
    (
        FindingCode.COMFORT_FIT_TOO_NARROW,
        {"features": (StyleFeature.COMFORT_FIT,), "band_width_mm": Decimal("2.5")},
        None,
    ),
    (FindingCode.WIDE_BAND_FEELS_TIGHTER, {"band_width_mm": Decimal(6)}, INFO),
    (FindingCode.WIDE_BAND_FEELS_TIGHTER, {"band_width_mm": Decimal("5.9")}, None),
    (FindingCode.WIDE_BAND_FEELS_TIGHTER, {"features": (StyleFeature.COMFORT_FIT,)}, INFO),
    (
        FindingCode.WIDE_BAND_FEELS_TIGHTER,
        {"features": (StyleFeature.COMFORT_FIT,), "band_width_mm": Decimal(6)},
        None,
    ),
    (FindingCode.SIZE_NOT_PRODUCIBLE, us("1.5"), IMPOSSIBLE),
    (FindingCode.SIZE_NOT_PRODUCIBLE, us("15"), IMPOSSIBLE),
    (FindingCode.SIZE_NOT_PRODUCIBLE, us("3"), None),
    (FindingCode.RARE_SIZE, us("3"), INFO),
    (FindingCode.RARE_SIZE, us("13"), INFO),
    (FindingCode.RARE_SIZE, us("4"), None),
    (FindingCode.RARE_SIZE, us("12"), None),
    (FindingCode.NOT_RESIZABLE, {"features": (StyleFeature.ETERNITY_FULL,)}, RISK),
    (
        FindingCode.NOT_RESIZABLE,
        {
            "features": (StyleFeature.ETERNITY_FULL,),
            "size_source": SizeSource.MEASURED_BY_STUDIO,
        },
        INFO,
    ),
    (FindingCode.NOT_RESIZABLE, {"features": (StyleFeature.ETERNITY_HALF,)}, None),
    (FindingCode.ENGRAVING_NOT_POSSIBLE, engraved("for ever ♥"), None),
    (FindingCode.ENGRAVING_NOT_POSSIBLE, engraved("love 😀"), IMPOSSIBLE),
    (FindingCode.ENGRAVING_NOT_POSSIBLE, engraved("x" * 31), IMPOSSIBLE),
    (FindingCode.ENGRAVING_NOT_POSSIBLE, engraved(" "), IMPOSSIBLE),
    (FindingCode.ENGRAVING_BAND_NARROW, engraved("x"), None),
    (
        FindingCode.ENGRAVING_BAND_NARROW,
        engraved("x") | {"band_width_mm": Decimal("1.9")},
        RISK,
    ),
    (
        FindingCode.OLD_METAL_REFUSED,
        {"old_jewellery": (OldJewellery("wire", OldMetalForm.WIRE),)},
        IMPOSSIBLE,
    ),
    (FindingCode.OLD_METAL_REFUSED, {"old_jewellery": (OldJewellery("chain"),)}, None),
]


@pytest.mark.parametrize(("code", "changes", "severity"), CASES)
def test_each_rule(
    code: FindingCode, changes: dict[str, object], severity: Severity | None
) -> None:
    spec = replace(GOOD, **changes)  # type: ignore[arg-type]
    assert codes_of(spec).get(code) is severity


def test_a_pendant_has_no_band_to_engrave() -> None:
    pendant = Specification(PieceType.PENDANT, AlloyCode.SILVER_925, **engraved("x"))  # type: ignore[arg-type]
    assert codes_of(pendant) == {FindingCode.ENGRAVING_NOT_POSSIBLE: IMPOSSIBLE}


@pytest.mark.parametrize(
    ("stretch", "currency", "found"),
    [("1499.99", "USD", True), ("1500", "USD", False), ("10", "EUR", False)],
)
def test_stones_against_the_stretch_budget(stretch: str, currency: str, found: bool) -> None:
    codes = codes_of(GOOD, stretch=Amount.parse(stretch, currency))
    assert (FindingCode.STONES_ABOVE_BUDGET in codes) is found


def test_a_shop_sets_its_own_floor_prices() -> None:
    key = (StoneKind.DIAMOND, Origin.NATURAL)
    policy = FeasibilityPolicy(price_per_carat={key: Amount.parse("900", "EUR")})
    budget = Amount.parse("1349.99", "EUR")
    (finding,) = assess(GOOD, stretch=budget, policy=policy)
    assert finding.sentence == (
        "The stones alone start at EUR 1350.00, above the stretch budget of EUR 1349.99."
    )


@pytest.mark.parametrize(
    ("alloy", "country", "severity"),
    [
        (AlloyCode.GOLD_18K_WHITE, "DE", INFO),
        (AlloyCode.GOLD_18K_WHITE, "gb", INFO),
        (AlloyCode.STEEL_316L, "FR", RISK),
        (AlloyCode.GOLD_18K_WHITE, "US", None),
        (AlloyCode.GOLD_18K_WHITE, None, None),
        (AlloyCode.PLATINUM_950_RU, "DE", None),
    ],
)
def test_nickel(alloy: AlloyCode, country: str | None, severity: Severity | None) -> None:
    found = codes_of(replace(BARE, alloy=alloy), country=country)
    assert found.get(FindingCode.NICKEL_RELEASE) is severity


def test_a_shop_knows_its_own_white_gold() -> None:
    white = replace(BARE, alloy=AlloyCode.GOLD_18K_WHITE)
    nickel = FeasibilityPolicy(alloys=alloys({"gold_18k_white": {"nickel": True}}))
    palladium = FeasibilityPolicy(alloys=alloys({"gold_18k_white": {"nickel": False}}))
    assert codes_of(white, country="IT", policy=nickel) == {FindingCode.NICKEL_RELEASE: RISK}
    assert codes_of(white, country="IT", policy=palladium) == {}


def test_every_code_is_found_by_some_test() -> None:
    tested = {code for code, _, severity in CASES if severity}
    elsewhere = {FindingCode.STONES_ABOVE_BUDGET, FindingCode.NICKEL_RELEASE}
    assert tested | elsewhere == set(FindingCode)
    assert len(RULES) == len(set(RULES)) == 20


@given(spec=specifications())
def test_any_specification_is_assessed_gravest_first(spec: Specification) -> None:
    found = assess(spec, stretch=Amount.parse("100", "USD"), country="DE")
    order = [IMPOSSIBLE, RISK, INFO]
    ranks = [order.index(finding.severity) for finding in found]
    assert ranks == sorted(ranks)
    assert all(finding.field in spec.to_json() for finding in found)
    assert all(finding.sentence.endswith(".") for finding in found)
