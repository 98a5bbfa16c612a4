"""Pictures of a shape, as a jeweller photographs it: metal in soft light, on nothing or white."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from saleor_bespoke.craft.metals import MetalColour
from saleor_bespoke.shapes.arrays import Floats
from saleor_bespoke.shapes.cameras import Camera, View, camera_around, camera_of
from saleor_bespoke.shapes.rasters import Raster, raster, weights_at
from saleor_bespoke.shapes.shadows import Plane, contact_shadow, openness
from saleor_bespoke.shapes.shape import Shape
from saleor_bespoke.shapes.studio import lit
from saleor_bespoke.shapes.surfaces import corner_normals

SIZE_MAX = 2000
"""Pixels along a side."""
_FINER = 2
_MARGIN = 0.06


@dataclass(frozen=True, slots=True)
class Model:
    """A posed shape made ready to be drawn from any side."""

    shape: Shape
    normals: Plane
    radius: float


def model_of(shape: Shape) -> Model:
    """Prepare a posed shape once for several pictures."""
    shape = shape.outward()
    radius = float(np.linalg.norm(shape.vertices, axis=1).max())
    return Model(shape, corner_normals(shape).astype(np.float32), radius)


def picture(
    model: Model,
    view: View,
    *,
    size: int = 900,
    colour: MetalColour = MetalColour.WHITE,
    span: float | None = None,
    white: bool = False,
) -> Image.Image:
    """A square picture of `size` pixels from a named side.

    `span` is the length in the shape's unit from the left border to the right, for drawings in true
    scale; without it the piece fills the picture. The ground is transparent unless `white`.
    """
    return _taken(model, camera_of(view, model.radius), size, colour, span, white)


def turntable(
    model: Model,
    frames: int,
    *,
    size: int = 600,
    colour: MetalColour = MetalColour.WHITE,
    white: bool = False,
) -> Iterator[Image.Image]:
    """A full turn in so many pictures, all in one scale."""
    span = 2 * model.radius * (1 + 2 * _MARGIN)
    for frame in range(frames):
        camera = camera_around(360 * frame / frames, model.radius)
        yield _taken(model, camera, size, colour, span, white)


def _taken(
    model: Model, camera: Camera, size: int, colour: MetalColour, span: float | None, white: bool
) -> Image.Image:
    if not 16 <= size <= SIZE_MAX:
        raise ValueError(f"A picture has between 16 and {SIZE_MAX} pixels along a side.")
    fine = size * _FINER
    seen = camera.project(model.shape.vertices)
    low, high = seen[:, :2].min(axis=0), seen[:, :2].max(axis=0)
    middle = (low + high) / 2 if span is None else np.zeros(2)
    span = float((high - low).max()) * (1 + 2 * _MARGIN) if span is None else span
    step = max(span, 1e-12) / fine
    placed = np.empty_like(seen)
    placed[:, 0] = (seen[:, 0] - middle[0]) / step + fine / 2 - 0.5
    placed[:, 1] = fine / 2 - 0.5 - (seen[:, 1] - middle[1]) / step
    placed[:, 2] = seen[:, 2]
    corners = placed[model.shape.faces]
    found = raster(corners, fine)
    shade = openness(found, _FINER, span)
    image = _coloured(model, camera, corners, found, shade, colour)
    shadow = contact_shadow(model.shape, camera, middle, span, size)
    return _developed(image, shadow, white)


def _coloured(
    model: Model,
    camera: Camera,
    corners: Floats,
    found: Raster,
    shade: Plane,
    colour: MetalColour,
) -> Plane:
    """Linear colour and coverage of every fine point, reduced to the picture's own pixels."""
    fine = len(found.triangle)
    row, column = np.nonzero(found.triangle >= 0)
    triangle = found.triangle[row, column]
    share = weights_at(corners, triangle, column, row)
    normals = np.einsum("ij,ijk->ik", share, model.normals[triangle])
    normals = normals @ camera.turned.T.astype(np.float32)
    normals[normals[:, 2] < 0] *= -1  # the inside of an open shape is seen from behind
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)
    image = np.zeros((fine, fine, 4), dtype=np.float32)
    aside = np.stack([2 * column / fine - 1, 1 - 2 * row / fine], axis=1).astype(np.float32)
    open_to = shade[row // _FINER, column // _FINER]
    image[row, column, :3] = lit(normals, aside, open_to, colour)
    image[row, column, 3] = 1
    return _reduced(image)


def _reduced(image: Plane) -> Plane:
    """The mean of each square of fine points."""
    parts = np.zeros_like(image[::_FINER, ::_FINER])
    for down in range(_FINER):
        for right in range(_FINER):
            parts += image[down::_FINER, right::_FINER]
    return parts / np.float32(_FINER**2)


def _developed(image: Plane, shadow: Plane | None, white: bool) -> Image.Image:
    light, cover = image[:, :, :3], image[:, :, 3]
    dark = np.zeros_like(cover) if shadow is None else shadow * (1 - cover)
    if white:
        light = light + (1 - cover - dark)[:, :, None]
        return Image.fromarray(_encoded(light), "RGB")
    alpha = cover + dark
    safe: Plane = np.where(alpha > 0, alpha, np.float32(1))[:, :, None].astype(np.float32)
    pixels = np.concatenate(
        [_encoded(light / safe), np.rint(alpha * 255).astype(np.uint8)[:, :, None]], axis=2
    )
    return Image.fromarray(pixels, "RGBA")


def _encoded(light: Plane) -> NDArray[np.uint8]:
    """Linear light as sRGB bytes."""
    light = np.clip(light, 0, 1)
    low = light <= 0.0031308
    curve = np.where(low, 12.92 * light, 1.055 * np.power(light, 1 / 2.4) - 0.055)
    pixels: NDArray[np.uint8] = np.rint(curve * 255).astype(np.uint8)
    return pixels
