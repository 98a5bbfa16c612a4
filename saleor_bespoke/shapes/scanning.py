"""Scan conversion: which points of a lattice lie under which triangles, seen along one axis.

The picture's z-buffer and the measurement of overlapping parts both stand on it. Triangles are cut
into rows and rows into spans, so the work is what is covered and not what surrounds it; batches
keep the memory small however large the shape is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from saleor_bespoke.shapes.arrays import Floats, Ints, counting

_BATCH = 600_000


@dataclass(frozen=True, slots=True)
class Covered:
    """Lattice points under triangles: which triangle, column, row, and the depth there."""

    triangle: Ints
    column: Ints
    row: Ints
    depth: Floats


def work_of(corners: Floats, columns: int, rows: int) -> float:
    """About how many points `scan` will go through; callers choose a lattice they can afford."""
    heights = np.ptp(np.clip(corners[:, :, 1], 0, rows), axis=1)
    width = np.ptp(np.clip(corners[:, :, 0], 0, columns), axis=1)
    return float(((heights + 1) * (width + 2)).sum())


def scan(corners: Floats, columns: int, rows: int) -> Iterator[Covered]:
    """Every lattice point (column, row) within each triangle of (m, 3, 3) corners.

    Corners are (x, y, depth) in lattice steps; a point lies at whole numbers. Points outside the
    lattice are left out. A border shared by two triangles belongs to exactly one of them.
    """
    lowest = np.clip(np.ceil(corners[:, :, 1].min(axis=1)), 0, rows).astype(np.int64)
    highest = np.clip(np.ceil(corners[:, :, 1].max(axis=1)), 0, rows).astype(np.int64)
    heights = np.maximum(highest - lowest, 0)
    width = np.ptp(np.clip(corners[:, :, 0], 0, columns), axis=1)
    for chosen in _batches(heights * (width + 2.0)):
        some = corners[chosen]
        index = np.repeat(np.arange(len(chosen)), heights[chosen])
        row = lowest[chosen][index] + counting(heights[chosen])
        left, right = _span(some[index], row.astype(np.float64))
        start = np.clip(np.ceil(left), 0, columns).astype(np.int64)
        length = np.maximum(np.clip(np.ceil(right), 0, columns).astype(np.int64) - start, 0)
        spot = np.repeat(np.arange(len(index)), length)
        column = start[spot] + counting(length)
        index, row = index[spot], row[spot]
        yield Covered(chosen[index], column, row, _depth(some, index, column, row))


def _batches(work: Floats) -> Iterator[Ints]:
    """Triangles in groups of about equal work; those without any are left out."""
    some = np.flatnonzero(work > 0)
    group = (np.cumsum(work[some]) // _BATCH).astype(np.int64)
    borders = np.flatnonzero(np.diff(group)) + 1
    for chosen in np.split(some, borders):
        if len(chosen):
            yield chosen


def _span(corners: Floats, row: Floats) -> tuple[Floats, Floats]:
    """Where the line of a row enters and leaves each triangle."""
    left = np.full(len(row), np.inf)
    right = np.full(len(row), -np.inf)
    for here, there in ((0, 1), (1, 2), (2, 0)):
        x0, y0 = corners[:, here, 0], corners[:, here, 1]
        x1, y1 = corners[:, there, 0], corners[:, there, 1]
        # An edge is always walked from its lower end: neighbours then agree to the last bit.
        swapped = (y0 > y1) | ((y0 == y1) & (x0 > x1))
        x0, x1 = np.where(swapped, x1, x0), np.where(swapped, x0, x1)
        y0, y1 = np.where(swapped, y1, y0), np.where(swapped, y0, y1)
        crosses = (y0 <= row) & (row < y1)
        rise = np.where(crosses, y1 - y0, 1.0)
        at = x0 + (row - y0) / rise * (x1 - x0)
        left = np.where(crosses, np.minimum(left, at), left)
        right = np.where(crosses, np.maximum(right, at), right)
    return left, right


def _depth(corners: Floats, index: Ints, column: Ints, row: Ints) -> Floats:
    """The triangle's plane at each point; a triangle seen edge-on has its own mean depth."""
    origin, first, second = corners[:, 0], corners[:, 1], corners[:, 2]
    u, v = first - origin, second - origin
    area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    flat = np.abs(area) > 1e-12
    safe = np.where(flat, area, 1.0)
    by_x = np.where(flat, (u[:, 2] * v[:, 1] - u[:, 1] * v[:, 2]) / safe, 0.0)
    by_y = np.where(flat, (u[:, 0] * v[:, 2] - u[:, 2] * v[:, 0]) / safe, 0.0)
    base = origin[:, 2] - by_x * origin[:, 0] - by_y * origin[:, 1]
    return base[index] + by_x[index] * column + by_y[index] * row
