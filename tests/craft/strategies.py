"""Whole specifications for property tests."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from saleor_bespoke.craft.metals import AlloyCode, Finish
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
from saleor_bespoke.craft.ring_sizes import RingSize, RingSizeSystem, SizeSource, all_labels
from saleor_bespoke.craft.stones import (
    Origin,
    Stone,
    StoneKind,
    StoneRole,
    StoneShape,
    Treatment,
)

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)
grades = st.none() | st.sampled_from(["D", "E-F", "VS1", "fancy yellow"])
stones = st.builds(
    Stone,
    kind=st.sampled_from(StoneKind),
    origin=st.sampled_from(Origin),
    carat=st.none() | st.decimals("0.01", 20, places=3),
    colour=grades,
    clarity=grades,
    shape=st.none() | st.sampled_from(StoneShape),
    dimensions_mm=st.none() | st.tuples(*[st.decimals(1, 20, places=2)] * 3),
    treatments=st.lists(st.sampled_from(Treatment), max_size=3).map(tuple),
    role=st.sampled_from(StoneRole),
    quantity=st.integers(1, 60),
)
ring_sizes = st.sampled_from(RingSizeSystem).flatmap(
    lambda system: st.builds(RingSize, st.just(system), st.sampled_from(all_labels(system)))
)
old_jewellery = st.builds(
    OldJewellery,
    description=words,
    form=st.sampled_from(OldMetalForm),
    alloy=st.none() | st.sampled_from(AlloyCode),
    claimed_grams=st.none() | st.decimals("0.1", 500, places=2),
)


@st.composite
def specifications(draw: st.DrawFn) -> Specification:
    """Any specification that can be."""
    piece = draw(st.sampled_from(PieceType))
    size = draw(st.none() | ring_sizes) if piece.has_ring_size else None
    width = st.none() | st.decimals("0.5", 12, places=2)
    return Specification(
        piece_type=piece,
        alloy=draw(st.sampled_from(AlloyCode)),
        finish=draw(st.sampled_from(Finish)),
        setting=draw(st.sampled_from(SettingType)),
        stones=tuple(draw(st.lists(stones, max_size=3))),
        ring_size=size,
        size_source=draw(st.sampled_from(SizeSource)) if size else None,
        band_width_mm=draw(width) if piece.has_ring_size else None,
        length_mm=None if piece.has_ring_size else draw(st.none() | st.just(Decimal("45.0"))),
        engraving=draw(st.none() | st.builds(Engraving, words, st.sampled_from(EngravingPlace))),
        features=tuple(draw(st.lists(st.sampled_from(StyleFeature), max_size=4))),
        own_stones=tuple(draw(st.lists(st.builds(OwnStone, words, stones), max_size=2))),
        old_jewellery=tuple(draw(st.lists(old_jewellery, max_size=2))),
        notes=draw(words),
    )
