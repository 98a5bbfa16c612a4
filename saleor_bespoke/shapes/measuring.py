"""What a shape is: closed or not, of how many parts, how large, how much metal it takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleor_bespoke.shapes.arrays import Floats, Ints, Triple, connected, edges_of, three
from saleor_bespoke.shapes.scanning import scan, work_of
from saleor_bespoke.shapes.shape import Shape

_PARTS_TOLD = 200
_LATTICES = (384, 192, 96, 48, 24, 12)
_WORK_MAX = 3e7
_OVERLAP = 0.0005  # of the volume: less than the lattice can tell


@dataclass(frozen=True, slots=True)
class Part:
    """One connected surface. Volume in mm³, negative where it bounds a cavity."""

    triangles: int
    volume: float
    area: float
    low: Triple
    high: Triple


@dataclass(frozen=True, slots=True)
class Measured:
    """Facts of a shape in mm, mm² and mm³.

    `volume` is the metal: parts that overlap are counted once, cavities are taken off. It is a
    bound rather than a fact where `watertight` is false. `parts` are the largest, by area.
    """

    watertight: bool
    open_edges: int
    crowded_edges: int
    turned_edges: int
    inside_out: bool
    part_count: int
    parts: tuple[Part, ...]
    overlapping: bool
    size: Triple
    centre: Triple
    volume: float
    area: float
    triangles: int


def measure(shape: Shape) -> Measured:
    """Measure a shape whose lengths are mm.

    Open edges have one triangle, crowded ones more than two, turned ones two that disagree about
    which side is out. Watertight means none of these.
    """
    open_edges, crowded, turned = _edge_faults(shape)
    count, parts, signed, area = _parts(shape)
    low, high = shape.box
    closed = not open_edges and not crowded and not turned
    twice = 0.0
    if count > len(parts) or _boxes_meet(parts):
        twice = _counted_twice(shape, signed < 0)
    overlapping = twice > _OVERLAP * abs(signed)
    return Measured(
        watertight=closed,
        open_edges=open_edges,
        crowded_edges=crowded,
        turned_edges=turned,
        inside_out=signed < 0,
        part_count=count,
        parts=parts,
        overlapping=overlapping,
        size=three(high - low),
        centre=three((high + low) / 2),
        volume=max(abs(signed) - twice, 0.0) if overlapping else abs(signed),
        area=area,
        triangles=len(shape.faces),
    )


def _edge_faults(shape: Shape) -> tuple[int, int, int]:
    keys, ways = edges_of(shape.faces)
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    balance = np.bincount(inverse.reshape(-1), weights=ways, minlength=len(counts))
    turned = (counts == 2) & (balance != 0)
    return int((counts == 1).sum()), int((counts > 2).sum()), int(turned.sum())


def part_numbers(shape: Shape) -> Ints:
    """For every triangle the number of its part, parts in order of their first corner."""
    faces = shape.faces
    first = np.concatenate([faces[:, 0], faces[:, 1]])
    second = np.concatenate([faces[:, 1], faces[:, 2]])
    label = connected(len(shape.vertices), first, second)
    _, number = np.unique(label[faces[:, 0]], return_inverse=True)
    return number.reshape(-1).astype(np.int64)


def _parts(shape: Shape) -> tuple[int, tuple[Part, ...], float, float]:
    """How many parts, the largest of them, and the volume (signed) and area of all."""
    number = part_numbers(shape)
    count = int(number.max()) + 1
    corners = shape.triangles - shape.vertices.mean(axis=0)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    six = np.einsum("ij,ij->i", corners[:, 0], normals)
    volumes = np.bincount(number, weights=six, minlength=count) / 6
    areas = np.bincount(number, weights=np.linalg.norm(normals, axis=1), minlength=count) / 2
    sizes = np.bincount(number, minlength=count)
    low = np.full((count, 3), np.inf)
    high = np.full((count, 3), -np.inf)
    for corner in range(3):
        np.minimum.at(low, number, shape.vertices[shape.faces[:, corner]])
        np.maximum.at(high, number, shape.vertices[shape.faces[:, corner]])
    parts = tuple(
        Part(int(sizes[i]), float(volumes[i]), float(areas[i]), three(low[i]), three(high[i]))
        for i in np.argsort(-areas, kind="stable")[:_PARTS_TOLD]
    )
    return count, parts, float(volumes.sum()), float(areas.sum())


def _boxes_meet(parts: tuple[Part, ...]) -> bool:
    """Whether any two boxes share space."""
    low = np.array([part.low for part in parts])
    high = np.array([part.high for part in parts])
    meet = ((low[:, None] < high[None]) & (high[:, None] > low[None])).all(axis=2)
    return int(meet.sum()) > len(parts)


def _counted_twice(shape: Shape, inside_out: bool) -> float:
    """Volume in which parts lie within each other, by parallel rays on a lattice.

    Along each ray the depth of nesting is counted; what lies deeper than one is there too often.
    """
    low, high = shape.box
    axis = int(np.argmin(high - low))
    order = [(axis + 1) % 3, (axis + 2) % 3, axis]
    span = (high - low)[order]
    flat = (shape.triangles - low)[:, :, order]
    u, v = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    facing = np.sign(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]) * (-1 if inside_out else 1)
    for lattice in _LATTICES:
        step = max(float(span[:2].max()) / lattice, 1e-12)
        # Off the corners' own lattice: a ray along a wall would see it or not by chance.
        corners = flat / np.array([step, step, 1.0]) - np.array([0.5137, 0.5291, 0.0])
        columns, rows = (int(length / step) + 2 for length in span[:2])
        if work_of(corners, columns, rows) < _WORK_MAX:
            break
    found = list(scan(corners, columns, rows))
    if not found:  # thinner than the lattice: no ray meets it
        return 0.0
    ray = np.concatenate([one.row * columns + one.column for one in found])
    depth = np.concatenate([one.depth for one in found])
    turn = np.concatenate([facing[one.triangle] for one in found])
    return _nested(ray, depth, turn) * step * step


def _nested(ray: Ints, depth: Floats, turn: Floats) -> float:
    """Length along all rays weighted by how often too often it lies inside."""
    sequence = np.lexsort((depth, ray))
    ray, depth, turn = ray[sequence], depth[sequence], turn[sequence]
    inside = np.cumsum(-turn)
    starts = np.flatnonzero(np.diff(ray, prepend=-1))
    lengths = np.diff(starts, append=len(ray))
    inside -= np.repeat(inside[starts] + turn[starts], lengths)
    excess = np.where(ray[1:] == ray[:-1], np.maximum(inside[:-1] - 1, 0), 0)
    return float((np.diff(depth) * excess).sum())
