"""Whatever a file holds, every question about it has an answer or a refusal."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleor_bespoke.shapes.arrays import three
from saleor_bespoke.shapes.cameras import View, posed
from saleor_bespoke.shapes.compact import compact_glb
from saleor_bespoke.shapes.measuring import measure
from saleor_bespoke.shapes.pictures import model_of, picture
from saleor_bespoke.shapes.places import Place, places_carry
from saleor_bespoke.shapes.prints import PRINT_BYTES, shape_print
from saleor_bespoke.shapes.rings import ring_of
from saleor_bespoke.shapes.shape import Shape, ShapeRefused, shape_of
from saleor_bespoke.shapes.walls import walls
from tests.shapes import generators as make


def asked(shape: Shape) -> None:
    """Ask everything; a refusal is an answer."""
    measured = measure(shape)
    assert np.isfinite([measured.volume, measured.area, *measured.size]).all()
    assert measured.volume >= 0
    for question in (ring_of, walls, compact_glb):
        with suppress(ShapeRefused):
            question(shape)
    assert len(shape_print(shape)) == PRINT_BYTES
    model = model_of(posed(shape, ring_of(shape)))
    assert picture(model, View.THREE_QUARTER, size=40).size == (40, 40)
    place = Place(three(shape.vertices[0]), (0.0, 0.0, 1.0))
    assert len(places_carry(shape, shape, [place])) == 1


def _soup(draw: np.random.Generator) -> np.ndarray:
    return draw.normal(size=(int(draw.integers(3, 60)), 3))


STRANGE = {
    "soup": _soup,
    "line": lambda draw: _soup(draw) * [1, 0, 0],
    "sheet": lambda draw: _soup(draw) * [1, 1, 0],
    "needle": lambda draw: _soup(draw) * [1e6, 1e-6, 1e-6],
    "lattice": lambda draw: np.rint(_soup(draw) * 1.5),
    "speck and giant": lambda draw: np.concatenate([_soup(draw) * 1e-7, _soup(draw) * 1e5]),
    "far away": lambda draw: _soup(draw) + 1e7,
}


@pytest.mark.parametrize("kind", list(STRANGE))
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_strange_shape_is_answered(kind: str, seed: int) -> None:
    corners = STRANGE[kind](np.random.default_rng(seed))
    try:
        shape = shape_of(corners[: len(corners) // 3 * 3])
    except ShapeRefused:
        return
    asked(shape)


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
def test_a_ring_of_any_size_is_answered(size: float) -> None:
    shape = make.round_band(17, 2, fine=60).shape.scaled(size)
    asked(shape)
    ring = ring_of(shape)
    assert ring is not None
    assert ring.inner_diameter == pytest.approx(17 * size, rel=0.002)


def test_a_torn_and_crowded_ring_is_answered() -> None:
    shape = make.solitaire(17).shape
    draw = np.random.default_rng(1)
    faces = shape.faces[draw.random(len(shape.faces)) > 0.1]
    asked(Shape(shape.vertices, np.concatenate([faces, faces[::7], faces[::11, ::-1]])))


def test_a_single_triangle_is_answered() -> None:
    asked(shape_of(np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])))
