"""Points spread evenly over a surface, the same ones every time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleor_bespoke.shapes.arrays import Floats, Ints
from saleor_bespoke.shapes.shape import Shape

_ACROSS, _ALONG = 0.7548776662466927, 0.5698402909980532  # the plane's even sequence


@dataclass(frozen=True, slots=True)
class Samples:
    """Points (n, 3) on a surface, the outward unit normals there, and their triangles."""

    points: Floats
    normals: Floats
    faces: Ints


def face_normals(shape: Shape) -> tuple[Floats, Floats]:
    """Outward unit normals of all triangles (zero where a triangle is a line) and their areas."""
    corners = shape.triangles
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(normals, axis=1)
    return normals / np.where(lengths > 0, lengths, 1.0)[:, None], lengths / 2


def sample(shape: Shape, count: int, *, seed: int = 0, among: Ints | None = None) -> Samples:
    """About evenly spread points, each standing for the same area; `among` limits the triangles.

    Equal shapes and seeds give equal points.
    """
    normals, areas = face_normals(shape)
    chosen = np.arange(len(areas)) if among is None else among
    reach = np.cumsum(areas[chosen])
    if not len(reach) or reach[-1] <= 0:
        chosen, reach = np.arange(len(areas)), np.cumsum(np.ones(len(areas)))
    turn = np.arange(count, dtype=np.float64) + 1
    shift = np.modf(seed * 0.6180339887498949)[0]
    wanted = (turn - 0.5 + 0.49 * (2 * shift - 1)) / count * reach[-1]
    faces = chosen[np.minimum(np.searchsorted(reach, wanted), len(chosen) - 1)]
    first = np.sqrt(np.modf(turn * _ACROSS + shift)[0])[:, None]
    second = np.modf(turn * _ALONG + shift)[0][:, None]
    a, b, c = (shape.vertices[shape.faces[faces, corner]] for corner in range(3))
    points = (1 - first) * a + first * (1 - second) * b + first * second * c
    return Samples(points, normals[faces], faces.astype(np.int64))
