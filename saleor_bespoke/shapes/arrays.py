"""Small things about arrays of rows, edges and groups that several modules of this room need."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Triple = tuple[float, float, float]


def three(values: Floats) -> Triple:
    """A position or direction as plain numbers."""
    return float(values[0]), float(values[1]), float(values[2])


def counting(lengths: Ints) -> Ints:
    """0, 1, … for each length, one run after the other."""
    ends = np.cumsum(lengths)
    return np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - lengths, lengths)


def same_rows(rows: NDArray[np.generic]) -> tuple[Ints, Ints]:
    """Index of the first row of each kind and, for every row, the number of its kind."""
    number = np.zeros(len(rows), dtype=np.int64)
    first = np.zeros(min(1, len(rows)), dtype=np.int64)
    for column in range(rows.shape[1]):
        values, rank = np.unique(rows[:, column], return_inverse=True)
        key = number * len(values) + rank.reshape(-1)
        _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
        number = inverse.reshape(-1).astype(np.int64)
    return first.astype(np.int64), number


def edges_of(faces: Ints) -> tuple[Ints, Ints]:
    """Every triangle's three edges as a key of its two corners, and which way it runs (1 or -1)."""
    start = faces.reshape(-1)
    end = np.roll(faces, -1, axis=1).reshape(-1)
    span = int(faces.max()) + 1
    return np.minimum(start, end) * span + np.maximum(start, end), np.where(start < end, 1, -1)


def connected(count: int, first: Ints, second: Ints) -> Ints:
    """The least member of each one's group, where pairs (first, second) belong together."""
    label = np.arange(count, dtype=np.int64)
    while True:
        one, other = label[first], label[second]
        low, high = np.minimum(one, other), np.maximum(one, other)
        apart = low != high
        if not apart.any():
            return label
        np.minimum.at(label, high[apart], low[apart])
        while (label != (shorter := label[label])).any():
            label = shorter
