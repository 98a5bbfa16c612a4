"""Holes through a shape: seen from many sides at once on small lattices."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from saleor_bespoke.shapes.arrays import Flags, Floats

_CELLS = 56
_AROUND = 140


@dataclass(frozen=True, slots=True)
class Hole:
    """A way straight through: its direction, a point in its middle and about its radius."""

    axis: Floats
    middle: Floats
    radius: float


def frame_of(axis: Floats) -> tuple[Floats, Floats]:
    """Two unit vectors that make a right-handed frame with a unit axis."""
    x, y, z = (float(value) for value in axis)
    least = min((abs(x), 0), (abs(y), 1), (abs(z), 2))[1]
    side = ((0.0, z, -y), (-z, 0.0, x), (y, -x, 0.0))[least]  # across the axis and its least one
    length = math.sqrt(side[0] ** 2 + side[1] ** 2 + side[2] ** 2)
    u, v, w = (value / length for value in side)
    return np.array([u, v, w]), np.array([y * w - z * v, z * u - x * w, x * v - y * u])


def principal_axes(points: Floats) -> Floats:
    """The axes along which points spread, as rows, most first."""
    away = points - points.mean(axis=0)
    _, axes = np.linalg.eigh(away.T @ away)
    return np.asarray(axes.T[::-1])


def _directions(points: Floats) -> Floats:
    """The axes people draw along, the shape's own, and an even half sphere of others."""
    turn = np.arange(_AROUND)
    height = (turn + 0.5) / _AROUND
    angle = turn * np.pi * (3 - np.sqrt(5.0))
    flat = np.sqrt(1 - height**2)
    half = np.stack([flat * np.cos(angle), flat * np.sin(angle), height], axis=1)
    return np.concatenate([np.eye(3), principal_axes(points), half])


def holes(points: Floats, *, most: int = 3) -> list[Hole]:
    """The widest ways, each in its own direction, through a surface given by even points."""
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    reach = float(np.linalg.norm(points - middle, axis=1).max()) * 1.001
    axes = _directions(points)
    frames = [frame_of(axis) for axis in axes]
    covered = np.zeros((len(axes), _CELLS + 4, _CELLS + 4), dtype=np.bool_)
    for number, (first, second) in enumerate(frames):
        flat = (points - middle) @ np.stack([first, second], axis=1)
        cell = ((flat / reach + 1) * (_CELLS / 2)).astype(np.int64) + 2
        covered[number, cell[:, 0], cell[:, 1]] = True
    covered = _grown(covered, diagonal=False)
    depth, place = _deepest(~covered & ~_outside(covered))
    size = 2 * reach / _CELLS
    found: list[Hole] = []
    for number in np.argsort(-depth, kind="stable"):
        first, second = frames[number]
        if not depth[number] or len(found) == most:
            break
        if any(abs(axes[number] @ hole.axis) > 0.9 for hole in found):
            continue
        flat = (place[number] - 1.5) * size - reach
        centre = middle + flat[0] * first + flat[1] * second
        found.append(Hole(axes[number], centre, float(depth[number] + 1) * size))
    return found


def _grown(cells: Flags, *, diagonal: bool) -> Flags:
    """Cells and their neighbours on each lattice."""
    grown = cells.copy()
    grown[:, 1:] |= cells[:, :-1]
    grown[:, :-1] |= cells[:, 1:]
    across = grown if diagonal else cells
    wide = grown.copy()
    wide[:, :, 1:] |= across[:, :, :-1]
    wide[:, :, :-1] |= across[:, :, 1:]
    return wide


def _outside(covered: Flags) -> Flags:
    """What can be reached from the border without crossing a covered cell."""
    reached = np.zeros_like(covered)
    reached[:, [0, -1], :] = True
    reached[:, :, [0, -1]] = True
    while True:
        further = _grown(reached, diagonal=False) & ~covered
        if (further == reached).all():
            return reached
        reached = further


def _deepest(hollow: Flags) -> tuple[Floats, Floats]:
    """How many rings of cells each lattice's hollow can lose, and the middle of what remains."""
    depth = np.zeros(len(hollow))
    place = np.zeros((len(hollow), 2))
    turn = 0
    while hollow.any():
        alive = hollow.any(axis=(1, 2))
        depth[alive] = turn
        lattice, row, column = np.nonzero(hollow)
        counts = np.maximum(np.bincount(lattice, minlength=len(hollow)), 1)
        for side, values in enumerate((row, column)):
            mean = np.bincount(lattice, weights=values, minlength=len(hollow)) / counts
            place[alive, side] = mean[alive]
        turn += 1
        hollow = ~_grown(~hollow, diagonal=turn % 2 == 0)
    return depth, place
