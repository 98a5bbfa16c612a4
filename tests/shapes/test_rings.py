"""The finger hole is found wherever and however the ring lies, and nothing else is a ring."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleor_bespoke.shapes.rings import Ring, ring_of
from saleor_bespoke.shapes.shape import Shape, shape_of
from tests.journey.samples.shapes import ring as sample_ring
from tests.shapes import generators as make


def found(shape: Shape) -> Ring:
    ring = ring_of(shape)
    assert ring is not None
    return ring


@pytest.mark.parametrize("seed", [None, 1])
@pytest.mark.parametrize(
    "known",
    [
        make.band(17.32, 1.8, 4.0),
        make.band(18.95, 1.6, 12.0),
        make.band(14.07, 1.2, 1.2),
        make.comfort_band(18.2, 1.9, 6.0),
        make.round_band(16.51, 2.0),
        make.hollow_band(17.0, 3.0, 5.0, 0.6),
        make.solitaire(17.32),
        make.solitaire(15.7, carat_mm=9.5, prongs=6, rise=5),
        make.split_shank(17.9, gap=5),
        make.eternity(19.76, 22, size=2.4),
    ],
    ids=lambda known: f"{len(known.shape.faces)}",
)
def test_inner_diameter_is_recovered(known: make.Known, seed: int | None) -> None:
    shape = known.shape if seed is None else make.displaced(known.shape, seed)
    ring = found(shape)
    assert ring.inner_diameter == pytest.approx(known.inner, abs=0.02)
    axis = np.array([0.0, 0, 1]) if seed is None else make.rotation(seed) @ [0, 0, 1]
    assert abs(axis @ ring.axis) == pytest.approx(1, abs=1e-5)
    if known.width is not None:
        assert ring.band_width == pytest.approx(known.width, rel=0.01)


@pytest.mark.parametrize(
    "change",
    [
        lambda shape: make.divided(shape),
        lambda shape: make.noisy(shape, 0.002),
        lambda shape: make.shuffled(shape),
        lambda shape: make.turned_inward(shape),
        lambda shape: shape.scaled(0.1),
    ],
    ids=["divided", "noisy", "shuffled", "inward", "cm"],
)
def test_inner_diameter_survives_another_mesh(change: object) -> None:
    known = make.solitaire(17.32)
    assert callable(change)
    shape = make.displaced(change(known.shape), 4)
    scale = shape.extent / known.shape.extent
    assert found(shape).inner_diameter == pytest.approx(17.32 * round(scale, 1), abs=0.02)


def test_the_head_is_up_and_the_middle_is_the_hole() -> None:
    shape = make.solitaire(17.32).shape.moved(make.rotation(8), np.array([5.0, -7, 30]))
    ring = found(shape)
    assert np.array(ring.up) @ make.rotation(8) @ [0, 1, 0] == pytest.approx(1, abs=1e-3)
    assert ring.centre == pytest.approx((5, -7, 30), abs=0.01)


def test_the_demos_own_ring_is_one() -> None:
    corners = np.array([one for part in sample_ring(17.32).values() for one in part])
    ring = found(shape_of(corners.reshape(-1, 3)))
    assert ring.inner_diameter == pytest.approx(17.32, abs=0.02)


@pytest.mark.parametrize(
    "shape",
    [
        make.box(20, 20, 3).shape,
        make.ball(10, np.zeros(3)),
        make.pendant(18, 26).shape,
        make.tube(17, 1, 60).shape,
        make.stone(8, 0),
        make.joined(make.box(20, 3, 3).shape, make.ball(3, np.array([0, 12.0, 0]))),
    ],
    ids=["plate", "ball", "pendant", "tube", "stone", "two things"],
)
def test_what_is_no_ring_is_none(shape: Shape) -> None:
    assert ring_of(shape) is None
    assert ring_of(make.displaced(shape, 6)) is None


def test_a_closed_hole_is_no_ring() -> None:
    lid = make.box(19, 19, 0.5).shape.moved(np.eye(3), np.array([-9.5, -9.5, 0]))
    assert ring_of(make.joined(make.band(17, 2, 5).shape, lid)) is None


@settings(max_examples=6, deadline=None)
@given(inner=st.floats(13, 23), width=st.floats(1.5, 10), seed=st.integers(0, 10**6))
def test_any_band_anywhere_is_recovered(inner: float, width: float, seed: int) -> None:
    shape = make.displaced(make.comfort_band(inner, 1.9, width).shape, seed)
    assert found(shape).inner_diameter == pytest.approx(inner, abs=0.02)
