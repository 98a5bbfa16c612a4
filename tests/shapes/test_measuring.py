"""Volume, closedness, parts, units and weight of shapes that are known by formula."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleor_bespoke.craft.metals import ALLOYS, AlloyCode
from saleor_bespoke.craft.pieces import PieceType
from saleor_bespoke.shapes.measuring import measure
from saleor_bespoke.shapes.shape import Shape, ShapeRefused
from saleor_bespoke.shapes.units import Unit, units_guess
from saleor_bespoke.shapes.weights import weights
from tests.shapes import generators as make

BAND = make.band(17.32, 1.8, 4.0)


@pytest.mark.parametrize(
    "known",
    [
        BAND,
        make.comfort_band(18.2, 1.9, 6),
        make.round_band(16.5, 1.8),
        make.hollow_band(17.0, 3.0, 5.0, 0.6),
        make.box(3, 8, 20),
        make.tube(17, 1, 60),
    ],
    ids=["band", "comfort", "round", "hollow", "box", "tube"],
)
def test_volume_is_recovered_within_half_a_percent(known: make.Known) -> None:
    found = measure(make.displaced(known.shape, 3))
    assert known.volume is not None
    assert found.watertight
    assert found.volume == pytest.approx(known.volume, rel=0.005)


def test_parts_that_overlap_count_once() -> None:
    block = make.box(4, 4, 4).shape
    other = block.moved(np.eye(3), np.array([3.0, 0.5, 0.25]))
    found = measure(make.joined(block, other))
    assert found.overlapping
    assert found.part_count == 2
    assert found.volume == pytest.approx(2 * 64 - 1 * 3.5 * 3.75, rel=0.005)


def test_parts_whose_boxes_meet_need_not_overlap() -> None:
    rings = [make.round_band(17, 2).shape.moved(np.eye(3), np.array([0, 0, z])) for z in (0, 1.8)]
    beside = make.box(5, 5, 5).shape.moved(np.eye(3), np.array([-2.5, -2.5, -2.5]))
    found = measure(make.joined(rings[0], beside))
    assert not found.overlapping
    assert found.volume == sum(part.volume for part in found.parts)
    assert measure(make.joined(*rings)).overlapping


def test_a_cavity_is_taken_off_and_is_no_overlap() -> None:
    found = measure(make.hollow_band(17, 3, 5, 0.5).shape)
    assert not found.overlapping
    assert min(part.volume for part in found.parts) < 0


def test_a_hole_is_told_with_its_edges() -> None:
    found = measure(Shape(BAND.shape.vertices, BAND.shape.faces[1:]))
    assert not found.watertight
    assert found.open_edges == 3


def test_a_turned_triangle_is_told() -> None:
    faces = BAND.shape.faces.copy()
    faces[7] = faces[7, ::-1]
    found = measure(Shape(BAND.shape.vertices, faces))
    assert not found.watertight
    assert (found.open_edges, found.crowded_edges, found.turned_edges) == (0, 0, 3)


def test_a_third_triangle_at_an_edge_is_told() -> None:
    faces = np.concatenate([BAND.shape.faces, BAND.shape.faces[:1]])
    found = measure(Shape(BAND.shape.vertices, faces))
    assert not found.watertight
    assert found.crowded_edges == 3


def test_a_shape_turned_inside_out_is_told_and_weighs_the_same() -> None:
    found = measure(make.turned_inward(BAND.shape))
    assert found.inside_out
    assert found.watertight
    assert found.volume == pytest.approx(measure(BAND.shape).volume)


@settings(max_examples=25, deadline=None)
@given(
    inner=st.floats(12, 24),
    thickness=st.floats(0.8, 4),
    width=st.floats(1, 12),
    seed=st.integers(0, 10**6),
)
def test_measures_do_not_depend_on_placement_or_order(
    inner: float, thickness: float, width: float, seed: int
) -> None:
    known = make.band(inner, thickness, width, fine=90)
    found = measure(make.displaced(make.shuffled(known.shape, seed), seed))
    assert found.watertight
    assert found.volume == pytest.approx(measure(known.shape).volume, rel=1e-9)
    assert found.volume == pytest.approx(known.volume, rel=0.005)


@pytest.mark.parametrize("unit", list(Unit))
@pytest.mark.parametrize("ordered", [None, 17.32])
def test_the_unit_of_a_ring_follows_from_the_finger(unit: Unit, ordered: float | None) -> None:
    guess = units_guess(
        piece=PieceType.RING,
        largest_side=24 / unit.mm,
        inner_diameter=17.5 / unit.mm,
        ordered_diameter=ordered,
    )
    assert guess.unit is unit
    assert guess.sure
    assert guess.reason.endswith(f"in {unit.value}.")


def test_a_hole_for_no_finger_fits_no_unit() -> None:
    guess = units_guess(piece=PieceType.RING, largest_side=9.0, inner_diameter=5.0)
    assert (guess.unit, guess.sure, guess.fitting) == (None, False, ())
    assert "no unit" in guess.reason


def test_a_pendant_that_may_be_two_things_is_ambiguous() -> None:
    guess = units_guess(piece=PieceType.PENDANT, largest_side=2.0)
    assert not guess.sure
    assert guess.fitting == (Unit.CM, Unit.INCH)
    assert guess.reason.endswith("please say which.")


def test_volume_becomes_weight_by_crafts_own_figures() -> None:
    gold, silver = ALLOYS[AlloyCode.GOLD_18K_YELLOW], ALLOYS[AlloyCode.SILVER_925]
    first, second = weights(310.5, [gold, silver])
    assert (first.model, first.finished, first.casting) == (
        Decimal("4.838"),
        Decimal("4.016"),
        Decimal("6.531"),
    )
    assert second.model == Decimal("3.229")
    assert len(weights(310.5)) == len(ALLOYS)


def test_no_piece_is_as_large_as_a_file_may_be() -> None:
    with pytest.raises(ShapeRefused, match="too large"):
        weights(1e12)
