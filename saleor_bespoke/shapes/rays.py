"""Rays through a shape: every triangle each ray meets, found with a grid of cells.

All rays step from cell to cell together. Work is bounded: a shape made to defeat the grid makes
`Tangled` instead of an endless wait.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleor_bespoke.shapes.arrays import Floats, Ints, counting
from saleor_bespoke.shapes.shape import Shape, ShapeRefused

_ENTRIES_MAX = 12_000_000
_CELLS_MAX = 96
_CHUNK = 400_000
_TESTS_MAX = 80_000_000
_AT_ONCE = 1024


class Tangled(ShapeRefused):
    """So many triangles lie in each other's way that rays cannot be followed in reasonable time."""


@dataclass(frozen=True, slots=True)
class Hits:
    """All meetings of rays and triangles by ray and distance; `out` is 1 leaving, -1 entering."""

    ray: Ints
    distance: Floats
    out: Floats
    face: Ints


class Grid:
    """The triangles of a shape sorted into cubic cells; each stands in all cells its box meets."""

    def __init__(self, shape: Shape) -> None:
        self._corners = shape.triangles
        low, high = shape.box
        pad = max(shape.extent * 1e-6, 1e-12)
        self._low = low - pad
        span = high - low + 2 * pad
        cells = int(np.clip(np.sqrt(len(shape.faces)) / 4, 2, _CELLS_MAX))
        least, most = self._corners.min(axis=1) - pad / 2, self._corners.max(axis=1) + pad / 2
        while True:
            self._cell = float(span.max()) / cells
            self._shape = np.maximum(np.ceil(span / self._cell), 1).astype(np.int64)
            start, end = self._cells(least), self._cells(most)
            sides = end - start + 1
            counts = sides.prod(axis=1)
            if counts.sum() <= max(_ENTRIES_MAX, len(counts)) or cells <= 1:
                break
            cells //= 2
        face = np.repeat(np.arange(len(counts)), counts)
        number = counting(counts)
        sides, start = sides[face], start[face]
        x, number = np.divmod(number, sides[:, 1] * sides[:, 2])
        y, z = np.divmod(number, sides[:, 2])
        cell = self._number(start + np.stack([x, y, z], axis=1))
        self._faces = face[np.argsort(cell, kind="stable")]
        total = int(self._shape.prod())
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=total))])
        self._tests = 0

    def _cells(self, points: Floats) -> Ints:
        place = np.floor((points - self._low) / self._cell).astype(np.int64)
        return np.minimum(np.maximum(place, 0), self._shape - 1)

    def _number(self, cells: Ints) -> Ints:
        number: Ints = (cells[:, 0] * self._shape[1] + cells[:, 1]) * self._shape[2] + cells[:, 2]
        return number

    def around(self, points: Floats, reach: float) -> tuple[Ints, Ints]:
        """Pairs of a point's number and a triangle in the cells within `reach` of it.

        Pairs may recur; a point outside the box, farther than `reach`, has none.
        """
        low = np.floor((points - reach - self._low) / self._cell).astype(np.int64)
        high = np.floor((points + reach - self._low) / self._cell).astype(np.int64)
        low, high = np.maximum(low, 0), np.minimum(high, self._shape - 1)
        sides = np.maximum(high - low + 1, 0)
        sides[(sides == 0).any(axis=1)] = 0
        counts = sides.prod(axis=1)
        point = np.repeat(np.arange(len(points)), counts)
        number = counting(counts)
        sides = sides[point]
        x, number = np.divmod(number, sides[:, 1] * sides[:, 2])
        y, z = np.divmod(number, sides[:, 2])
        cell = self._number(low[point] + np.stack([x, y, z], axis=1))
        start = self._starts[cell]
        filled = self._starts[cell + 1] - start
        return np.repeat(point, filled), self._faces[np.repeat(start, filled) + counting(filled)]

    def meet(self, origins: Floats, directions: Floats) -> Hits:
        """All hits of rays that start within the shape's box; raises Tangled."""
        self._tests = 0
        found = [
            self._follow(origins[start : start + _AT_ONCE], directions[start : start + _AT_ONCE])
            for start in range(0, len(origins), _AT_ONCE)
        ]
        ray = np.concatenate([hits.ray + i * _AT_ONCE for i, hits in enumerate(found)])
        distance = np.concatenate([hits.distance for hits in found])
        out = np.concatenate([hits.out for hits in found])
        face = np.concatenate([hits.face for hits in found])
        order = np.lexsort((out, distance, ray))
        return Hits(ray[order], distance[order], out[order], face[order])

    def _follow(self, origins: Floats, directions: Floats) -> Hits:
        tiny = np.where(directions < 0, -1e-15, 1e-15)
        directions = np.where(np.abs(directions) < 1e-15, tiny, directions)
        step = np.where(directions > 0, 1, -1)
        cells = self._cells(origins)
        border = self._low + (cells + (step > 0)) * self._cell
        ahead = (border - origins) / directions  # distance to the next wall of cells, per axis
        between = self._cell / np.abs(directions)
        walked = np.full(len(origins), -1e-12 * self._cell)
        alive = np.arange(len(origins))
        found: list[Hits] = []
        while len(alive):
            axis = np.argmin(ahead[alive], axis=1)
            leave = ahead[alive, axis]
            found += self._within(origins, directions, alive, cells[alive], walked[alive], leave)
            walked[alive] = np.maximum(leave, walked[alive])
            cells[alive, axis] += step[alive, axis]
            ahead[alive, axis] += between[alive, axis]
            place = cells[alive, axis]
            alive = alive[(place >= 0) & (place < self._shape[axis])]
        if not found:
            nothing = np.empty(0, dtype=np.int64)
            return Hits(nothing, np.empty(0), np.empty(0), nothing)
        return Hits(
            np.concatenate([hits.ray for hits in found]),
            np.concatenate([hits.distance for hits in found]),
            np.concatenate([hits.out for hits in found]),
            np.concatenate([hits.face for hits in found]),
        )

    def _within(
        self,
        origins: Floats,
        directions: Floats,
        rays: Ints,
        cells: Ints,
        near: Floats,
        far: Floats,
    ) -> list[Hits]:
        """Hits in one cell of each ray: between the distances at which it enters and leaves."""
        number = self._number(cells)
        start = self._starts[number]
        counts = self._starts[number + 1] - start
        self._tests += int(counts.sum())
        if self._tests > _TESTS_MAX:
            raise Tangled("This shape has too many triangles in each other's way to be measured.")
        found = []
        groups = (np.cumsum(counts) // _CHUNK).astype(np.int64)
        for group in np.split(np.arange(len(rays)), np.flatnonzero(np.diff(groups)) + 1):
            index = np.repeat(group, counts[group])
            if not len(index):
                continue
            face = self._faces[start[index] + counting(counts[group])]
            distance, out = _cross(
                self._corners[face], origins[rays[index]], directions[rays[index]]
            )
            good = (out != 0) & (distance > near[index]) & (distance <= far[index])
            found.append(Hits(rays[index[good]], distance[good], out[good], face[good]))
        return found


def _cross(corners: Floats, origins: Floats, directions: Floats) -> tuple[Floats, Floats]:
    """Where each ray meets each triangle's plane; 0 instead of 1 or -1 where it passes beside."""
    first = corners[:, 1] - corners[:, 0]
    second = corners[:, 2] - corners[:, 0]
    away = origins - corners[:, 0]
    normal = np.cross(first, second)
    slope = np.einsum("ij,ij->i", directions, normal)
    safe = np.where(np.abs(slope) > 1e-300, slope, 1.0)
    turned = np.cross(directions, away)
    u = np.einsum("ij,ij->i", second, turned) / safe
    v = -np.einsum("ij,ij->i", first, turned) / safe
    inside = (u >= 0) & (v >= 0) & (u + v <= 1) & (np.abs(slope) > 1e-300)
    distance = -np.einsum("ij,ij->i", away, normal) / safe
    return distance, np.where(inside, np.sign(slope), 0.0)
