"""The smallest wall of shapes whose walls are known, and where it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleor_bespoke.shapes.rays import Tangled
from saleor_bespoke.shapes.shape import Shape
from saleor_bespoke.shapes.walls import Walls, walls
from tests.shapes import generators as make


def found(shape: Shape) -> Walls:
    answer = walls(shape)
    assert answer is not None
    return answer


@pytest.mark.parametrize("seed", [None, 1])
@pytest.mark.parametrize(
    "known",
    [
        make.band(17.32, 1.8, 4.0),
        make.round_band(16.51, 2.0),
        make.hollow_band(17.0, 3.0, 5.0, 0.6),
        make.box(30, 20, 0.8),
        make.box(3, 8, 20),
        make.tube(17, 1, 60),
    ],
    ids=["band", "round", "hollow", "plate", "box", "tube"],
)
def test_the_wall_is_recovered_within_half_a_percent(known: make.Known, seed: int | None) -> None:
    shape = known.shape if seed is None else make.displaced(known.shape, seed)
    answer = found(shape)
    assert answer.thinnest == pytest.approx(known.wall, rel=0.005)
    assert answer.trust > 0.99


def test_the_thin_place_is_where_it_is() -> None:
    """A band whose hole stands a little off its outside: thin on the left, thick on the right."""
    outer = make.revolved(np.array([[8.6, -2], [10.4, -2], [10.4, 2], [8.6, 2]]))
    inside = np.hypot(outer.vertices[:, 0], outer.vertices[:, 1]) < 9
    vertices = outer.vertices.copy()
    vertices[inside, 0] -= 0.7
    answer = found(Shape(vertices, outer.faces))
    assert answer.thinnest == pytest.approx(1.1, rel=0.005)
    assert answer.place[0] < -9
    assert abs(answer.place[1]) < 1.5
    assert abs(answer.normal[0]) > 0.98
    assert answer.first < answer.median


def test_a_small_thin_place_is_not_overlooked() -> None:
    """A dent of 2 mm in a plate of 30 by 20: 0.5 % of the surface."""
    rows = np.linspace(0, 30, 61), np.linspace(0, 20, 41)
    x, y = np.meshgrid(*rows, indexing="ij")
    deep = np.hypot(x - 21, y - 6) < 1
    top = np.stack([x, y, np.where(deep, 0.7, 2.0)], axis=2).reshape(-1, 3)
    number = np.arange(61 * 41).reshape(61, 41)
    a, b, c, d = number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]
    faces = np.concatenate([np.stack(f, axis=2).reshape(-1, 3) for f in ([a, b, c], [a, c, d])])
    bottom = top * [1, 1, 0]
    shape = Shape(np.concatenate([top, bottom]), np.concatenate([faces, faces[:, ::-1] + len(top)]))
    answer = found(shape)
    assert answer.thinnest == pytest.approx(0.7, rel=0.005)
    assert np.hypot(answer.place[0] - 21, answer.place[1] - 6) < 1


def test_a_ray_passes_from_one_part_into_the_next() -> None:
    """Two plates of 1 mm that overlap by half are a wall of 1.5 mm."""
    plate = make.box(20, 20, 1).shape
    answer = found(make.joined(plate, plate.moved(np.eye(3), np.array([0, 0, 0.5]))))
    assert answer.thinnest == pytest.approx(1.5, rel=0.005)


def test_a_shape_turned_inside_out_has_the_same_walls() -> None:
    assert found(make.turned_inward(make.box(30, 20, 0.8).shape)).thinnest == pytest.approx(0.8)


def test_an_open_sheet_has_no_walls() -> None:
    sheet = Shape(np.array([[0.0, 0, 0], [9, 0, 0], [9, 9, 0]]), np.array([[0, 1, 2]]))
    assert walls(sheet) is None


def test_a_shape_with_holes_is_less_to_be_trusted() -> None:
    band = make.band(17.32, 1.8, 4.0).shape
    torn = Shape(band.vertices, band.faces[np.arange(len(band.faces)) % 8 > 1])
    assert found(torn).trust < 0.95


def test_equal_shapes_have_equal_answers() -> None:
    assert found(make.solitaire(17.3).shape) == found(make.solitaire(17.3).shape)


def test_a_tangle_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saleor_bespoke.shapes.rays._TESTS_MAX", 1000)
    with pytest.raises(Tangled, match="too many triangles"):
        walls(make.solitaire(17.3).shape)


@settings(max_examples=10, deadline=None)
@given(wall=st.floats(0.3, 1.2), thickness=st.floats(2.6, 4), seed=st.integers(0, 10**6))
def test_any_hollow_ring_shows_its_wall(wall: float, thickness: float, seed: int) -> None:
    shape = make.displaced(make.hollow_band(17, thickness, 5, wall).shape, seed)
    assert found(shape).thinnest == pytest.approx(wall, rel=0.005)
