"""The smallest wall: rays from the surface through the material to where they come out again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleor_bespoke.shapes.arrays import Flags, Floats, Ints, Triple, three
from saleor_bespoke.shapes.rays import Grid, Hits
from saleor_bespoke.shapes.sampling import Samples, sample
from saleor_bespoke.shapes.shape import Shape

_OPPOSITE = -0.5
"""Surfaces within 60° of parallel enclose a wall; others meet in an edge or a corner."""
_SAME = 1e-7  # of the shape's size: hits this close are one, met on a border of two triangles
_THIN_PLACES = 24
_STRAY = 2


@dataclass(frozen=True, slots=True)
class Walls:
    """Thickness of the material in mm.

    `thinnest` is at `place` on the surface, where `normal` points outward: a few rays that met less
    are left out, for they met an edge or a crease. The share of surface with thinner walls than
    `fifth` is 5 %. `trust` is the share of rays that made sense: close to 1
    for a closed shape, low for one with holes.
    """

    thinnest: float
    place: Triple
    normal: Triple
    first: float
    fifth: float
    median: float
    samples: int
    trust: float


def walls(shape: Shape, *, samples: int = 4000, seed: int = 0) -> Walls | None:
    """The walls of a shape, measured inward from evenly spread places, then closer where thin.

    Surfaces that lie within another part are no walls, and a ray that passes from one part into
    the next goes on. None where nothing encloses any material. Raises Tangled.
    """
    shape = shape.outward()
    grid = Grid(shape)
    spread = sample(shape, samples, seed=seed)
    thickness, sound = _through(shape, grid, spread)
    walled = np.isfinite(thickness)
    if not walled.any():
        return None
    close = sample(shape, samples // 2, seed=seed + 1, among=_around(shape, spread, thickness))
    closer, _ = _through(shape, grid, close)
    points = np.concatenate([spread.points, close.points])
    normals = np.concatenate([spread.normals, close.normals])
    every = np.concatenate([thickness, closer])
    least = int(np.argsort(every, kind="stable")[min(_STRAY, int(walled.sum()) - 1)])
    shares = np.percentile(thickness[walled], [1, 5, 50])
    return Walls(
        thinnest=float(every[least]),
        place=three(points[least]),
        normal=three(normals[least]),
        first=float(shares[0]),
        fifth=float(shares[1]),
        median=float(shares[2]),
        samples=samples + samples // 2,
        trust=float(sound.mean()),
    )


def _around(shape: Shape, spread: Samples, thickness: Floats) -> Ints:
    """The triangles around the thinnest places found so far."""
    places = spread.points[np.argsort(thickness, kind="stable")[:_THIN_PLACES]]
    middles = shape.triangles.mean(axis=1)
    reach = shape.extent / 40
    nearest = np.full(len(middles), np.inf)
    for place in places:
        nearest = np.minimum(nearest, ((middles - place) ** 2).sum(axis=1))
    chosen = np.flatnonzero(nearest < reach * reach)
    return np.union1d(chosen, spread.faces[np.argsort(thickness, kind="stable")[:_THIN_PLACES]])


def _through(shape: Shape, grid: Grid, spread: Samples) -> tuple[Floats, Flags]:
    """Thickness below each sample (infinite where there is no wall) and whether its ray made sense.

    Just below a true surface the ray lies in one body: it leaves as often as it enters, and once
    more. From there the depth of nesting is followed until nothing is left.
    """
    tiny = shape.extent * 1e-7
    hits = _single(grid.meet(spread.points - spread.normals * tiny, -spread.normals), shape)
    count = len(spread.points)
    balance = np.bincount(hits.ray, weights=hits.out, minlength=count)
    usable = (balance == 1) & (np.abs(spread.normals).sum(axis=1) > 0)
    starts = np.searchsorted(hits.ray, np.arange(count))
    total = np.cumsum(hits.out)
    before = np.concatenate([[0.0], total])[starts]
    left = np.flatnonzero(total - before[hits.ray] >= 1)  # one more exit than entries: outside
    rays, first = np.unique(hits.ray[left], return_index=True)
    exits = left[first]
    thickness = np.full(count, np.inf)
    thickness[rays] = hits.distance[exits] + tiny
    inward = np.full(count, 1.0)
    inward[rays] = np.einsum("ij,ij->i", spread.normals[rays], _normals(shape, hits.face[exits]))
    thickness[~usable | (inward > _OPPOSITE)] = np.inf
    return thickness, usable | (balance == 2)


def _normals(shape: Shape, faces: Ints) -> Floats:
    corners = shape.vertices[shape.faces[faces]]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.asarray(normals / np.where(lengths > 0, lengths, 1.0))


def _single(hits: Hits, shape: Shape) -> Hits:
    """Without the second of two hits that are one: on an edge both its triangles are met."""
    again = (
        (np.diff(hits.ray, prepend=-1) == 0)
        & (np.diff(hits.distance, prepend=-np.inf) < shape.extent * _SAME)
        & (np.diff(hits.out, prepend=0) == 0)
    )
    keep = ~again
    return Hits(hits.ray[keep], hits.distance[keep], hits.out[keep], hits.face[keep])
