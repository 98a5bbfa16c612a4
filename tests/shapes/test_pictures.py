"""Pictures show what is there: in true scale, nearest first, the same every time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleor_bespoke.craft.metals import MetalColour
from saleor_bespoke.shapes.cameras import View, posed
from saleor_bespoke.shapes.pictures import Model, model_of, picture, turntable
from saleor_bespoke.shapes.rasters import raster
from saleor_bespoke.shapes.rings import ring_of
from saleor_bespoke.shapes.shape import ShapeRefused
from tests.shapes import generators as make


@pytest.fixture(scope="module")
def ring() -> Model:
    shape = make.displaced(make.solitaire(17.32).shape, 5)
    return model_of(posed(shape, ring_of(shape)))


def cover(model: Model, view: View, size: int = 300, span: float = 30.0) -> np.ndarray:
    """How much of each pixel the piece covers, 0 to 1."""
    return np.asarray(picture(model, view, size=size, span=span))[:, :, 3] / 255


def test_the_front_shows_the_finger_hole_in_true_scale(ring: Model) -> None:
    alpha = cover(ring, View.FRONT)
    hole = int(np.argmax(alpha[150, 150:] > 0.5)), int(np.argmax(alpha[150, 149::-1] > 0.5))
    assert sum(hole) / 10 == pytest.approx(17.32, abs=0.15)
    columns = np.flatnonzero(alpha[200] > 0.5)
    assert (columns[-1] - columns[0] + 1) / 10 < 17.32 + 2 * 1.8 + 0.2


def test_the_head_is_up_in_front_and_side_and_near_in_the_top(ring: Model) -> None:
    for view in (View.FRONT, View.SIDE):
        rows = np.flatnonzero(cover(ring, view).any(axis=1))
        assert rows[0] < 150 - (17.32 / 2 + 1.8 + 3) * 10
        assert rows[-1] < 150 + (17.32 / 2 + 1.8 + 0.2) * 10
    side = cover(ring, View.SIDE)
    assert (side[220] > 0.5).sum() / 10 == pytest.approx(3.0, abs=0.2)
    top = cover(ring, View.TOP)
    assert (top[150] > 0.5).sum() / 10 == pytest.approx(17.32 + 3.6, abs=0.2)
    assert top[150, 150] == 1


def test_borders_are_smooth(ring: Model) -> None:
    alpha = cover(ring, View.FRONT)
    assert ((alpha > 0.1) & (alpha < 0.9)).sum() > 300


def test_without_a_scale_the_piece_fills_the_picture(ring: Model) -> None:
    image = picture(ring, View.FRONT, size=200)
    assert image.size == (200, 200)
    left, top, right, bottom = image.getchannel("A").point(lambda a: 255 * (a > 128)).getbbox()
    assert 170 < max(right - left, bottom - top) < 190
    assert abs(left + right - 200) < 4
    assert abs(top + bottom - 200) < 4


def test_a_white_ground_is_white_and_metal_has_its_colour(ring: Model) -> None:
    image = picture(ring, View.FRONT, size=120, colour=MetalColour.YELLOW, white=True)
    assert image.mode == "RGB"
    pixels = np.asarray(image).astype(int)
    assert (pixels[:4] == 255).all()
    metal = pixels[(pixels < 250).any(axis=2)].mean(axis=0)
    assert metal[0] > metal[1] > metal[2] + 30
    white = np.asarray(picture(ring, View.FRONT, size=120, white=True)).astype(int)
    assert np.abs(np.diff(white[(white < 250).any(axis=2)].mean(axis=0))).max() < 12


def test_a_picture_has_light_and_shade(ring: Model) -> None:
    image = np.asarray(picture(ring, View.THREE_QUARTER, size=200))
    light = image[image[:, :, 3] == 255][:, :3].mean(axis=1)
    assert np.percentile(light, 95) - np.percentile(light, 5) > 80
    shadow = (image[:, :, 3] > 10) & (image[:, :, 3] < 200)
    assert shadow.sum() > 200


def test_equal_shapes_make_equal_pictures(ring: Model) -> None:
    first, second = (picture(ring, View.THREE_QUARTER, size=100).tobytes() for _ in range(2))
    assert first == second


def test_a_turntable_turns_once_in_one_scale(ring: Model) -> None:
    frames = [np.asarray(frame) for frame in turntable(ring, 4, size=100)]
    assert len(frames) == 4
    heights = [np.flatnonzero((frame[:, :, 3] == 255).any(axis=1)) for frame in frames]
    assert max(h[0] for h in heights) - min(h[0] for h in heights) < 12
    assert all(h[0] > 0 and h[-1] < 99 for h in heights)
    for number in range(3):
        assert (frames[number] != frames[number + 1]).any()


def test_a_piece_that_is_no_ring_is_drawn_as_it_lies() -> None:
    model = model_of(posed(make.pendant(18, 26).shape, None))
    alpha = cover(model, View.TOP, span=40)
    assert (alpha[160] > 0.5).sum() * 40 / 300 == pytest.approx(18, abs=0.5)


@pytest.mark.parametrize("size", [0, 15, 2001])
def test_sizes_are_bounded(ring: Model, size: int) -> None:
    with pytest.raises(ValueError, match="between 16 and 2000"):
        picture(ring, View.TOP, size=size)


def test_a_hopeless_tangle_is_refused() -> None:
    sheet = np.array([[[0, 0, 0], [1000, 0, 0], [0, 1000, 0]]], dtype=np.float64)
    with pytest.raises(ShapeRefused, match="too many triangles"):
        raster(np.repeat(sheet, 2000, axis=0), 1000)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 12))
def test_every_point_shows_the_nearest_triangle(seed: int, count: int) -> None:
    """Against the plain way: each triangle's plane and sides, point by point."""
    corners = np.random.default_rng(seed).uniform(-6, 26, size=(count, 3, 3))
    found = raster(corners, 20)
    column, row = np.meshgrid(np.arange(20), np.arange(20))
    best = np.full((20, 20), -np.inf)
    shown = np.full((20, 20), -1)
    for number, (a, b, c) in enumerate(corners):
        area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        v = ((column - a[0]) * (c[1] - a[1]) - (row - a[1]) * (c[0] - a[0])) / area
        w = ((b[0] - a[0]) * (row - a[1]) - (b[1] - a[1]) * (column - a[0])) / area
        depth = a[2] + v * (b[2] - a[2]) + w * (c[2] - a[2])
        nearer = (v >= 0) & (w >= 0) & (v + w <= 1) & (depth > best)
        best[nearer], shown[nearer] = depth[nearer], number
    assert (found.triangle == shown).all()
