"""The same design is near, whatever happened to its file; unrelated designs are not."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from saleor_bespoke.shapes.cameras import View, posed
from saleor_bespoke.shapes.likeness import shapes_distances
from saleor_bespoke.shapes.pictures import model_of, picture
from saleor_bespoke.shapes.prints import (
    NEAR,
    PRINT_BYTES,
    picture_print,
    shape_print,
)
from saleor_bespoke.shapes.rings import ring_of
from saleor_bespoke.shapes.shape import Shape
from tests.shapes import generators as make

DESIGNS = 50


def shape_distance(one: bytes, other: bytes) -> float:
    return shapes_distances(one, [other])[0]


def picture_distance(one: int, other: int) -> int:
    return (one ^ other).bit_count()


@cache
def print_of(seed: int) -> bytes:
    return shape_print(make.design(seed).shape)


@pytest.mark.parametrize(
    "change",
    [
        lambda shape: make.displaced(shape, 8),
        lambda shape: make.shuffled(shape, 8),
        lambda shape: make.noisy(shape, 0.005),
        lambda shape: make.divided(shape),
        lambda shape: make.turned_inward(shape),
    ],
    ids=["displaced", "shuffled", "noisy", "divided", "inward"],
)
def test_a_copy_is_near(change: Callable[[Shape], Shape]) -> None:
    assert shape_distance(print_of(0), shape_print(change(make.design(0).shape))) < NEAR / 2


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_all_changes_at_once_leave_a_copy_near(seed: int) -> None:
    shape = make.noisy(make.divided(make.design(seed).shape), 0.004)
    copy = make.displaced(make.shuffled(shape, seed), seed)
    assert shape_distance(print_of(seed), shape_print(copy)) < 0.75 * NEAR


@pytest.mark.parametrize("seed", [0, 1])
def test_a_size_up_is_still_the_same_design(seed: int) -> None:
    larger = make.design(seed).shape.scaled(1.047)  # a US size
    assert 0.02 < shape_distance(print_of(seed), shape_print(larger)) < NEAR


def test_the_same_form_in_another_scale_is_another_piece() -> None:
    doubled = make.design(0).shape.scaled(2)
    assert shape_distance(print_of(0), shape_print(doubled)) > 2 * NEAR


def test_unrelated_designs_are_far_apart() -> None:
    prints = [print_of(seed) for seed in range(DESIGNS)]
    apart = [shape_distance(prints[i], prints[j]) for i in range(DESIGNS) for j in range(i)]
    assert min(apart) > NEAR
    assert np.median(apart) > 0.8


def test_prints_are_equal_for_equal_shapes_and_of_one_length() -> None:
    mark = shape_print(make.pendant(18, 26).shape)
    assert mark == shape_print(make.pendant(18, 26).shape)
    assert len(mark) == len(print_of(0)) == PRINT_BYTES
    assert shape_distance(mark, mark) == 0
    assert shape_distance(mark, print_of(0)) == shape_distance(print_of(0), mark) > NEAR


@pytest.mark.parametrize("mark", [b"", b"\0" * PRINT_BYTES, b"\1" * (PRINT_BYTES - 1)])
def test_what_is_no_print_is_refused(mark: bytes) -> None:
    with pytest.raises(ValueError, match="no print"):
        shape_distance(mark, mark)


@cache
def photo(seed: int) -> Image.Image:
    """A drawing with blobs and bars of its own, as unlike as two inspiration pictures."""
    draw = np.random.default_rng(seed)
    y, x = np.mgrid[0:240, 0:320] / 240
    light = draw.uniform(0.3, 0.6, size=3) * np.ones((240, 320, 3))
    for _ in range(14):
        middle, size = draw.uniform(0, 1.3, size=2), draw.uniform(0.05, 0.35)
        shape = np.exp(-(((x - middle[0]) ** 2 + (y - middle[1]) ** 2) / size**2))
        light += shape[:, :, None] * draw.uniform(-0.35, 0.35, size=3)
    return Image.fromarray((np.clip(light, 0, 1) * 255).astype(np.uint8))


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    file = BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file)


@pytest.mark.parametrize(
    "change",
    [
        lambda image: jpeg(image, 30),
        lambda image: image.resize((97, 73)),
        lambda image: image.resize((900, 675)),
        lambda image: ImageEnhance.Brightness(image).enhance(1.15),
        lambda image: ImageEnhance.Contrast(image).enhance(0.8),
        lambda image: image.convert("L"),
        lambda image: image.crop((3, 2, 317, 238)),
        lambda image: image.convert("RGBA"),
    ],
    ids=["jpeg", "small", "large", "bright", "flat", "grey", "cropped", "alpha"],
)
def test_a_changed_picture_is_near(change: Callable[[Image.Image], Image.Image]) -> None:
    for seed in range(10):
        assert picture_distance(picture_print(photo(seed)), picture_print(change(photo(seed)))) <= 8


def test_unrelated_pictures_are_not_near() -> None:
    prints = [picture_print(photo(seed)) for seed in range(50)]
    apart = [picture_distance(one, other) for i, one in enumerate(prints) for other in prints[:i]]
    assert min(apart) > 8
    assert 24 < np.mean(apart) < 40
    assert all(0 <= mark < 2**64 for mark in prints)


def test_pictures_of_the_same_ring_are_nearer_than_of_others() -> None:
    def shown(shape: Shape) -> int:
        return picture_print(
            picture(model_of(posed(shape, ring_of(shape))), View.THREE_QUARTER, size=120)
        )

    known = [shown(make.design(seed).shape) for seed in range(4)]
    again = shown(make.displaced(make.noisy(make.design(0).shape, 0.005), 3))
    apart = [picture_distance(again, mark) for mark in known]
    assert apart[0] == min(apart)
    assert apart[0] <= 8
