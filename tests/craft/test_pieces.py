"""Specifications: the canonical form, strict reading, and tweak or change order."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_bespoke.craft.metals import AlloyCode, Finish
from saleor_bespoke.craft.pieces import (
    ChangeKind,
    Engraving,
    EngravingPlace,
    InvalidSpecification,
    OldJewellery,
    OldMetalForm,
    OwnStone,
    PieceType,
    SettingType,
    Specification,
    StyleFeature,
    canonical_hash,
    difference,
    is_tweak,
    missing_facts,
    stone_from_json,
    stone_json,
)
from saleor_bespoke.craft.ring_sizes import RingSize, RingSizeSystem, SizeSource
from saleor_bespoke.craft.stones import Origin, Stone, StoneKind, StoneRole
from tests.craft.strategies import specifications, stones

CENTRE = Stone(StoneKind.DIAMOND, Origin.NATURAL, Decimal("1.01"), "E", "VS1")
SIDE = Stone(StoneKind.SAPPHIRE, Origin.NATURAL, Decimal("0.1"), role=StoneRole.SIDE, quantity=2)
RING = Specification(
    piece_type=PieceType.RING,
    alloy=AlloyCode.GOLD_18K_YELLOW,
    setting=SettingType.PRONG_6,
    stones=(CENTRE, SIDE),
    ring_size=RingSize(RingSizeSystem.US, "7"),
    size_source=SizeSource.MEASURED_BY_STUDIO,
    band_width_mm=Decimal("2.2"),
    engraving=Engraving("for ever", EngravingPlace.INSIDE_BAND),
    features=(StyleFeature.THREE_STONE,),
    notes="low profile",
)


@given(spec=specifications())
def test_json_is_a_round_trip_through_text(spec: Specification) -> None:
    read = Specification.from_json(json.loads(json.dumps(spec.to_json())))
    assert read == spec
    assert canonical_hash(read) == canonical_hash(spec)
    assert difference(spec, read) == ()


@given(one=specifications(), other=specifications())
def test_the_hash_differs_exactly_where_a_difference_is_found(
    one: Specification, other: Specification
) -> None:
    assert (canonical_hash(one) == canonical_hash(other)) == (not difference(one, other))
    mirrored = [(change.kind, change.field) for change in difference(other, one)]
    assert mirrored == [(change.kind, change.field) for change in difference(one, other)]


@given(stone=stones)
def test_a_single_stone_is_a_round_trip_too(stone: Stone) -> None:
    assert stone_from_json(json.loads(json.dumps(stone_json(stone)))) == stone


def test_the_hash_is_pinned() -> None:
    """A stored receipt must stay checkable: a new shape needs a new version."""
    assert canonical_hash(RING) == (
        "91e865c9ef0b67ca6b9c438d7f306b57472f6778815a3a2076798e378a1d5ea1"
    )


def test_what_means_the_same_hashes_the_same() -> None:
    same = replace(
        RING,
        stones=(SIDE, CENTRE),
        band_width_mm=Decimal("2.20"),
        ring_size=RingSize(RingSizeSystem.US, " 7.0 "),
        features=(StyleFeature.THREE_STONE, StyleFeature.THREE_STONE),
        notes=" low profile\r\n",
    )
    assert canonical_hash(same) == canonical_hash(RING)
    composed = replace(RING, engraving=Engraving("é", EngravingPlace.BACK))
    decomposed = replace(RING, engraving=Engraving("e\u0301", EngravingPlace.BACK))
    assert canonical_hash(composed) == canonical_hash(decomposed)


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({"alloy": AlloyCode.GOLD_18K_ROSE}, {ChangeKind.METAL}),
        ({"stones": (CENTRE,)}, {ChangeKind.STONE}),
        ({"stones": (replace(CENTRE, colour="F"), SIDE)}, {ChangeKind.STONE}),
        ({"own_stones": (OwnStone("heirloom", SIDE),)}, {ChangeKind.STONE}),
        ({"ring_size": RingSize(RingSizeSystem.US, "7.25")}, {ChangeKind.SIZE}),
        ({"ring_size": None, "size_source": None}, {ChangeKind.SIZE, ChangeKind.DETAIL}),
        ({"setting": SettingType.BEZEL}, {ChangeKind.HEAD}),
        ({"features": (StyleFeature.HALO,)}, {ChangeKind.HEAD}),
        ({"features": ()}, {ChangeKind.HEAD}),
        ({"piece_type": PieceType.WEDDING_BAND}, {ChangeKind.PIECE}),
        ({"old_jewellery": (OldJewellery("chain"),)}, {ChangeKind.CREDIT}),
        (
            {"alloy": AlloyCode.PLATINUM_950_RU, "finish": Finish.MATTE},
            {ChangeKind.METAL, ChangeKind.DETAIL},
        ),
    ],
)
def test_a_change_order(changes: dict[str, object], kinds: set[ChangeKind]) -> None:
    found = difference(RING, replace(RING, **changes))  # type: ignore[arg-type]
    assert {change.kind for change in found} == kinds
    assert not is_tweak(found)


@pytest.mark.parametrize(
    "changes",
    [
        {"finish": Finish.BRUSHED},
        {"band_width_mm": Decimal("2.4")},
        {"engraving": None},
        {"engraving": Engraving("always", EngravingPlace.INSIDE_BAND)},
        {"features": (StyleFeature.THREE_STONE, StyleFeature.COMFORT_FIT)},
        {"notes": "thinner prongs"},
        {"size_source": SizeSource.MEASURED_BY_SIZER},
        {"ring_size": RingSize(RingSizeSystem.EU, "54.42")},
    ],
)
def test_a_tweak(changes: dict[str, object]) -> None:
    found = difference(RING, replace(RING, **changes))  # type: ignore[arg-type]
    assert found
    assert is_tweak(found)


def test_a_necklaces_length_is_its_size() -> None:
    chain = Specification(PieceType.NECKLACE, AlloyCode.SILVER_925, length_mm=Decimal(450))
    found = difference(chain, replace(chain, length_mm=Decimal(500)))
    assert [(change.kind, change.before, change.after) for change in found] == [
        (ChangeKind.SIZE, '"450"', '"500"')
    ]


@given(spec=specifications())
def test_nothing_changed_is_a_tweak(spec: Specification) -> None:
    assert is_tweak(difference(spec, spec))


GOOD = {"pieceType": "ring", "alloy": "gold_18k_yellow"}


def test_the_least_a_form_may_send() -> None:
    spec = Specification.from_json(GOOD)
    assert spec == Specification(PieceType.RING, AlloyCode.GOLD_18K_YELLOW)
    assert missing_facts(spec) == ("ringSize", "bandWidthMm")


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (None, "specification"),
        ([], "specification"),
        ("ring", "specification"),
        ({}, "pieceType"),
        ({"pieceType": "ring"}, "alloy"),
        (GOOD | {"pieceType": "tiara"}, "pieceType"),
        (GOOD | {"alloy": 18}, "alloy"),
        (GOOD | {"version": 2}, "version"),
        (GOOD | {"version": True}, "version"),
        (GOOD | {"colour": "red"}, "colour"),
        (GOOD | {"bandWidthMm": 2.2}, "bandWidthMm"),
        (GOOD | {"bandWidthMm": "NaN"}, "bandWidthMm"),
        (GOOD | {"bandWidthMm": "1e1"}, "bandWidthMm"),
        (GOOD | {"bandWidthMm": "0.4"}, "bandWidthMm"),
        (GOOD | {"bandWidthMm": True}, "bandWidthMm"),
        (GOOD | {"lengthMm": "0"}, "lengthMm"),
        (GOOD | {"notes": "x" * 4001}, "notes"),
        (GOOD | {"notes": "x\x00"}, "notes"),
        (GOOD | {"notes": "\ud800"}, "notes"),
        (GOOD | {"features": "halo"}, "features"),
        (GOOD | {"features": ["wings"]}, "features"),
        (GOOD | {"stones": [{}]}, "stones.0.kind"),
        (GOOD | {"stones": [{"kind": "diamond", "carat": "0"}]}, "stones.0"),
        (GOOD | {"stones": [{"kind": "diamond", "price": "0"}]}, "stones.0.price"),
        (GOOD | {"stones": [{"kind": "diamond", "dimensionsMm": ["1"]}]}, "stones.0.dimensionsMm"),
        (GOOD | {"stones": [{"kind": "diamond"}] * 31}, "stones"),
        (GOOD | {"ringSize": {"system": "us", "label": "7.3"}}, "ringSize"),
        (GOOD | {"ringSize": {"system": "us", "label": "7"}}, "sizeSource"),
        (GOOD | {"sizeSource": "measured_by_studio"}, "sizeSource"),
        (GOOD | {"engraving": {"text": "x" * 201, "place": "back"}}, "engraving.text"),
        (GOOD | {"engraving": {"text": "x", "place": "moon"}}, "engraving.place"),
        (GOOD | {"ownStones": [{"description": "x"}]}, "ownStones.0.stone"),
        (GOOD | {"oldJewellery": [{"claimedGrams": "-1"}]}, "oldJewellery.0"),
        (
            {
                "pieceType": "pendant",
                "alloy": "silver_925",
                "ringSize": {"system": "us", "label": "7"},
                "sizeSource": "measured_by_studio",
            },
            "ringSize",
        ),
        ({"pieceType": "brooch", "alloy": "silver_925", "bandWidthMm": "2"}, "bandWidthMm"),
    ],
)
def test_a_refusal_names_the_field(data: object, field: str) -> None:
    with pytest.raises(InvalidSpecification) as refusal:
        Specification.from_json(data)
    assert refusal.value.field == field
    assert refusal.value.message


@given(
    data=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(list(RING.to_json())), inner)
        ),
    )
)
def test_any_json_is_a_specification_or_refused(data: object) -> None:
    merged = GOOD | data if isinstance(data, dict) else data
    try:
        spec = Specification.from_json(merged)
    except InvalidSpecification:
        return
    assert Specification.from_json(spec.to_json()) == spec


@pytest.mark.parametrize(
    ("spec", "missing"),
    [
        (RING, ()),
        (replace(RING, setting=SettingType.NONE), ("setting",)),
        (replace(RING, ring_size=None, size_source=None), ("ringSize",)),
        (Specification(PieceType.NECKLACE, AlloyCode.SILVER_925), ("lengthMm",)),
        (Specification(PieceType.BROOCH, AlloyCode.SILVER_925), ()),
    ],
)
def test_missing_facts(spec: Specification, missing: tuple[str, ...]) -> None:
    assert missing_facts(spec) == missing


def test_grain_sheet_and_wire_are_refused() -> None:
    refused = {form for form in OldMetalForm if not form.acceptable}
    assert refused == {OldMetalForm.GRAIN, OldMetalForm.SHEET, OldMetalForm.WIRE}
