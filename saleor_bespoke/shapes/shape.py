"""A shape: corners and triangles. Everything in this room takes one and gives numbers or pictures.

Lengths are in the file's own unit until its scale is confirmed; `Shape.scaled` then makes them mm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saleor_bespoke.shapes.arrays import Floats, Ints, connected, edges_of, same_rows

TRIANGLES_MAX = 2_000_000
"""More than any casting needs; a file beyond this is an export gone wrong."""
_FARTHEST = 1e9
_SNAP = 4e-7  # of the shape's size: what single precision leaves of equal coordinates


class ShapeRefused(ValueError):
    """The file holds no shape that can be measured; the message is one sentence for a person."""


class NotAMesh(ShapeRefused):
    """The file describes curves or solids (3DM, STEP): it is kept, but not measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """Triangles over shared corners: vertices (n, 3) and faces (m, 3), outward anticlockwise."""

    vertices: Floats
    faces: Ints

    @property
    def triangles(self) -> Floats:
        """Corner positions of every triangle, (m, 3, 3)."""
        return self.vertices[self.faces]

    @property
    def box(self) -> tuple[Floats, Floats]:
        """The least and the greatest coordinates."""
        return self.vertices.min(axis=0), self.vertices.max(axis=0)

    @property
    def extent(self) -> float:
        """Length of the bounding box's diagonal."""
        low, high = self.box
        return float(np.linalg.norm(high - low))

    @property
    def signed_volume(self) -> float:
        """Volume by the triangles' own sense of outside: negative where they are turned inward."""
        corners = self.triangles - self.vertices.mean(axis=0)
        return float(
            np.einsum("ij,ij->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
        )

    def outward(self) -> Shape:
        """The same shape with its triangles turned outward, if on the whole they were not."""
        return Shape(self.vertices, self.faces[:, ::-1]) if self.signed_volume < 0 else self

    def scaled(self, factor: float) -> Shape:
        """The same shape with every length multiplied."""
        return Shape(self.vertices * factor, self.faces)

    def moved(self, rotation: Floats, shift: Floats) -> Shape:
        """The same shape rotated by a (3, 3) matrix, then shifted."""
        return Shape(self.vertices @ rotation.T + shift, self.faces)


def shape_of(corners: Floats | NDArray[np.float32], faces: Ints | None = None) -> Shape:
    """A shape from corner positions (n, 3) and triangles; equal corners become one.

    Without `faces` every three corners are a triangle, as in an STL. Where triangles then do not
    meet, corners that differ by rounding alone are joined too. Raises ShapeRefused.
    """
    if faces is None:
        faces = np.arange(len(corners), dtype=np.int64).reshape(-1, 3)
    if not 0 < len(faces) <= TRIANGLES_MAX:
        raise ShapeRefused(f"A shape has between 1 and {TRIANGLES_MAX:,} triangles.")
    if not np.isfinite(corners).all() or np.abs(corners).max() > _FARTHEST:
        raise ShapeRefused("This shape has a corner that is nowhere.")
    if faces.min() < 0 or faces.max() >= len(corners):
        raise ShapeRefused("This shape has a triangle without its corners.")
    exact = _joined(corners, faces)
    if not _closed(exact):
        snapped = _snapped(exact)
        if len(snapped.faces) and _open_edges(snapped) < _open_edges(exact):
            exact = snapped
    if not len(exact.faces) or exact.extent <= 0:
        raise ShapeRefused("This shape has no surface.")
    return exact


def _joined(corners: Floats | NDArray[np.float32], faces: Ints) -> Shape:
    """Equal corners made one, unused ones and triangles without area in them dropped."""
    used, inverse = np.unique(faces, return_inverse=True)
    places = corners[used]
    first, number = same_rows(places)
    vertices = places[first].astype(np.float64)
    joined = number[inverse.reshape(-1)].reshape(-1, 3)
    a, b, c = joined.T
    return Shape(vertices, joined[(a != b) & (b != c) & (c != a)])


def _snapped(shape: Shape) -> Shape:
    """Corners of open edges that lie within rounding of each other made one.

    Neighbours share a cell in at least one of eight lattices shifted against each other.
    """
    keys, _ = edges_of(shape.faces)
    edges, counts = np.unique(keys, return_counts=True)
    span = int(shape.faces.max()) + 1
    lone = edges[counts == 1]
    loose = np.union1d(lone // span, lone % span)
    step = max(shape.extent * _SNAP, np.finfo(np.float64).tiny)
    grid = (shape.vertices[loose] - shape.box[0]) / step
    pairs = []
    for shift in np.ndindex(2, 2, 2):
        first, number = same_rows(np.floor(grid + np.array(shift) / 2).astype(np.int64))
        pairs.append(np.stack([np.arange(len(loose)), first[number]]))
    one, other = np.concatenate(pairs, axis=1)
    group = np.arange(len(shape.vertices))
    group[loose] = loose[connected(len(loose), one, other)]
    joined = group[shape.faces]
    used, number = np.unique(joined, return_inverse=True)
    a, b, c = (joined := number.reshape(-1, 3)).T
    return Shape(shape.vertices[used], joined[(a != b) & (b != c) & (c != a)])


def _open_edges(shape: Shape) -> int:
    _, counts = np.unique(edges_of(shape.faces)[0], return_counts=True)
    return int((counts == 1).sum())


def _closed(shape: Shape) -> bool:
    return len(shape.faces) > 0 and _open_edges(shape) == 0
