"""The z-buffer: which triangle each point of a picture shows, how deep, and turned which way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saleor_bespoke.shapes.arrays import Floats, Ints
from saleor_bespoke.shapes.scanning import scan, work_of
from saleor_bespoke.shapes.shape import ShapeRefused

_WORK_MAX = 3e8
_NUMBERS = 1 << 21  # room for the number of a triangle below its depth
_DEPTHS = 1 << 40


@dataclass(frozen=True, slots=True)
class Raster:
    """Points row by row from the top: the triangle there (-1 for none) and its depth.

    Depth grows towards the viewer from 0 to 1, which is `span` in the shape's unit.
    """

    triangle: Ints
    depth: NDArray[np.float32]
    span: float


def raster(corners: Floats, size: int) -> Raster:
    """What is nearest to the viewer on `size` by `size` points; depth grows towards the viewer.

    Corners (m, 3, 3) are columns, rows and depth. Raises ShapeRefused for a hopeless tangle.
    """
    if work_of(corners, size, size) > _WORK_MAX:
        raise ShapeRefused("This shape has too many triangles in each other's way to be drawn.")
    depths = corners[:, :, 2]
    low, span = float(depths.min()), max(float(np.ptp(depths)), 1e-12)
    nearest = np.full(size * size, -1, dtype=np.int64)
    for found in scan(corners, size, size):
        share = np.clip((found.depth - low) / span, 0, 1)
        key = (share * (_DEPTHS - 1)).astype(np.int64) * _NUMBERS + found.triangle
        np.maximum.at(nearest, found.row * size + found.column, key)
    empty = nearest < 0
    triangle = np.where(empty, -1, nearest % _NUMBERS).reshape(size, size)
    depth = np.where(empty, 0, (nearest // _NUMBERS) / _DEPTHS).astype(np.float32)
    return Raster(triangle, depth.reshape(size, size), span)


def weights_at(corners: Floats, triangle: Ints, column: Ints, row: Ints) -> NDArray[np.float32]:
    """How much each of a triangle's corners counts at a point within it, (n, 3)."""
    first, second, third = corners[:, 0, :2], corners[:, 1, :2], corners[:, 2, :2]
    u, v = second - first, third - first
    area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    safe = np.where(np.abs(area) > 1e-12, area, 1.0)
    to_second = np.stack([v[:, 1], -v[:, 0]], axis=1) / safe[:, None]
    to_third = np.stack([-u[:, 1], u[:, 0]], axis=1) / safe[:, None]
    at = np.stack([column, row], axis=1) - first[triangle]
    b = np.clip((at * to_second[triangle]).sum(axis=1), 0, 1)
    c = np.clip((at * to_third[triangle]).sum(axis=1), 0, 1)
    return np.stack([np.clip(1 - b - c, 0, 1), b, c], axis=1).astype(np.float32)
