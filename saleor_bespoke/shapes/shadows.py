"""What light cannot reach: hollows of the piece, and the table beneath it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from saleor_bespoke.shapes.arrays import Floats
from saleor_bespoke.shapes.cameras import Camera
from saleor_bespoke.shapes.rasters import Raster, raster
from saleor_bespoke.shapes.shape import Shape

_RINGS = ((1 / 90, 6, 0.9), (1 / 30, 8, 1.0))
"""Around each pixel: how far (of the picture), how many pairs of neighbours, their weight."""
_MAP = 256
_DARKEST = 0.5

Plane = NDArray[np.float32]


def openness(found: Raster, finer: int, span: float) -> Plane:
    """How much light reaches each pixel, 0 to 1: two opposite neighbours nearer is a hollow.

    `span` is the picture's width in the shape's unit.
    """
    size = len(found.depth) // finer
    depth = found.depth[::finer, ::finer][:size, :size]
    closed = np.zeros_like(depth)
    total = 0.0
    for reach, pairs, weight in _RINGS:
        limit = np.float32(max(reach * span / found.span, 1e-6))
        for number in range(pairs):
            angle = np.pi * (number + 0.5 * (reach > 0.02)) / pairs
            right, down = (round(size * reach * f(angle)) for f in (np.cos, np.sin))
            one = _beside(depth, right, down) - depth
            other = _beside(depth, -right, -down) - depth
            bend = np.clip(one, -limit, limit) + np.clip(other, -limit, limit)
            closed += np.float32(weight) * np.clip(bend / limit, 0, 1)
        total += weight * pairs
    hidden = _blurred(closed / np.float32(total), 1)
    light: Plane = np.maximum(1 - np.float32(1.25) * hidden, np.float32(0.15))
    return light


def _blurred(plane: Plane, radius: int) -> Plane:
    """The mean of a square around each pixel."""
    width = 2 * radius + 1
    for _ in range(2):
        padded = np.pad(plane, ((radius + 1, radius), (0, 0)))
        total = np.cumsum(padded, axis=0, dtype=np.float64)
        plane = ((total[width:] - total[:-width]) / width).astype(np.float32).T
    return plane


def _beside(plane: Plane, right: int, down: int) -> Plane:
    """The plane shifted; what comes in from outside is far away."""
    rows, columns = plane.shape
    moved = np.zeros_like(plane)
    moved[max(-down, 0) : rows - max(down, 0), max(-right, 0) : columns - max(right, 0)] = plane[
        max(down, 0) : rows - max(-down, 0), max(right, 0) : columns - max(-right, 0)
    ]
    return moved


def contact_shadow(
    shape: Shape, camera: Camera, middle: Floats, span: float, size: int
) -> Plane | None:
    """Darkness of the table in each pixel; None where the camera does not look down on it."""
    down = float(camera.turned[2, 2])
    if camera.distance is None or down < 0.05:
        return None
    low, high = shape.box
    reach = 0.75 * float(np.ptp(shape.vertices[:, :2], axis=0).max()) + 1e-9
    centre = (low + high)[:2] / 2
    below = np.empty_like(shape.vertices)
    below[:, :2] = ((shape.vertices[:, :2] - centre) / reach + 1) * (_MAP / 2) - 0.5
    below[:, 2] = -shape.vertices[:, 2]
    found = raster(below[shape.faces], _MAP)
    height = (1 - found.depth) * (high[2] - low[2])
    near = np.where(found.triangle >= 0, np.exp(-height / (0.07 * (high[2] - low[2]) + 1e-9)), 0)
    soft = np.zeros((_MAP, _MAP), dtype=np.float32)
    for radius, weight in ((3, 0.45), (9, 0.55)):
        soft += np.float32(weight) * _blurred(_blurred(near.astype(np.float32), radius), radius)
    eye = camera.turned[2] * camera.distance
    x, y = _on_table(camera, eye, middle, span, size, float(low[2]))
    column = ((x - centre[0]) / reach + 1) * (_MAP / 2) - 0.5
    row = ((y - centre[1]) / reach + 1) * (_MAP / 2) - 0.5
    border = np.clip(np.sin(np.pi * (np.arange(size) + 0.5) / size) * 5, 0, 1).astype(np.float32)
    return np.float32(_DARKEST) * _looked_up(soft, column, row) * np.outer(border, border)


def _on_table(
    camera: Camera, eye: Floats, middle: Floats, span: float, size: int, table: float
) -> tuple[Floats, Floats]:
    """Where the ray of each pixel meets the table, in the shape's unit."""
    steps = (np.arange(size) + 0.5) / size - 0.5
    right, up = np.meshgrid(middle[0] + steps * span, middle[1] - steps * span)
    way = right[..., None] * camera.turned[0] + up[..., None] * camera.turned[1] - eye
    falling = way[..., 2] < -1e-9
    along = np.where(falling, (table - eye[2]) / np.where(falling, way[..., 2], -1.0), 1e9)
    return eye[0] + along * way[..., 0], eye[1] + along * way[..., 1]


def _looked_up(plane: Plane, column: Floats, row: Floats) -> Plane:
    """Values between the pixels of a plane; nothing outside of it."""
    inside = (column >= 0) & (column < _MAP - 1) & (row >= 0) & (row < _MAP - 1)
    column, row = np.where(inside, column, 0), np.where(inside, row, 0)
    left, top = column.astype(np.int64), row.astype(np.int64)
    right, down = column - left, row - top
    above = plane[top, left] * (1 - right) + plane[top, left + 1] * right
    below = plane[top + 1, left] * (1 - right) + plane[top + 1, left + 1] * right
    value = np.where(inside, above * (1 - down) + below * down, 0)
    return value.astype(np.float32)
