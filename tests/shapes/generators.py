"""Shapes whose size, volume and walls are known by formula, and copies of them made worse.

A finger goes along z, a head points up y, lengths are mm. Volumes are those of the smooth bodies,
which the triangles approach.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from saleor_bespoke.shapes.arrays import Floats
from saleor_bespoke.shapes.shape import Shape


@dataclass(frozen=True, slots=True)
class Known:
    """A shape with what is true of it; None where no formula says."""

    shape: Shape
    volume: float | None = None
    wall: float | None = None
    inner: float | None = None
    width: float | None = None


def joined(*shapes: Shape) -> Shape:
    """Several bodies in one file, as designers export them: not united."""
    starts = np.cumsum([0, *(len(shape.vertices) for shape in shapes)])
    faces = [shape.faces + start for shape, start in zip(shapes, starts, strict=False)]
    return Shape(np.concatenate([shape.vertices for shape in shapes]), np.concatenate(faces))


def turned_inward(shape: Shape) -> Shape:
    return Shape(shape.vertices, shape.faces[:, ::-1].copy())


def lattice(points: Floats, *, ends: bool = False) -> Shape:
    """A closed surface over points (u, v, 3) that wrap around in v, and in u unless it has ends."""
    rows, columns = points.shape[:2]
    number = np.arange(rows * columns).reshape(rows, columns)
    here = number[:-1] if ends else number
    there = number[1:] if ends else np.roll(number, -1, axis=0)
    a, b = here, np.roll(here, -1, axis=1)
    c, d = np.roll(there, -1, axis=1), there
    faces = [np.stack([a, b, c], axis=2).reshape(-1, 3), np.stack([a, c, d], axis=2).reshape(-1, 3)]
    vertices = points.reshape(-1, 3)
    if ends:
        caps = np.stack([points[0].mean(axis=0), points[-1].mean(axis=0)])
        first, last = rows * columns, rows * columns + 1
        around, back = number[0], number[-1]
        faces.append(np.stack([np.full(columns, first), np.roll(around, -1), around], axis=1))
        faces.append(np.stack([np.full(columns, last), back, np.roll(back, -1)], axis=1))
        vertices = np.concatenate([vertices, caps])
    return Shape(vertices, np.concatenate(faces).astype(np.int64)).outward()


def revolved(profile: Floats, *, fine: int = 180) -> Shape:
    """A closed profile (n, 2) of radius and height turned around z."""
    angle = np.arange(fine) * 2 * math.pi / fine
    radius, height = profile[None, :, 0], profile[None, :, 1]
    x, y = radius * np.cos(angle)[:, None], radius * np.sin(angle)[:, None]
    return lattice(np.stack([x, y, np.broadcast_to(height, x.shape)], axis=2))


def revolved_volume(profile: Floats) -> float:
    """By Pappus and Green: 2π times the moment of the profile's area."""
    (x0, y0), (x1, y1) = profile.T, np.roll(profile, -1, axis=0).T
    return abs(math.pi / 3 * float(((x0 * y1 - x1 * y0) * (x0 + x1)).sum()))


def _rectangle(inner: float, thickness: float, width: float) -> Floats:
    low, high, half = inner / 2, inner / 2 + thickness, width / 2
    return np.array([[low, -half], [high, -half], [high, half], [low, half]])


def band(inner: float, thickness: float, width: float, *, fine: int = 180) -> Known:
    """A flat band."""
    profile = _rectangle(inner, thickness, width)
    shape = revolved(profile, fine=fine)
    return Known(shape, revolved_volume(profile), min(thickness, width), inner, width)


def comfort_band(inner: float, thickness: float, width: float, *, fine: int = 180) -> Known:
    """Rounded inside: the hole is narrowest in the middle, the wall thinnest at the edges."""
    rise = 0.35
    height = np.linspace(-width / 2, width / 2, 33)
    inside = inner / 2 + rise * (2 * height / width) ** 2
    low = np.stack([inside, height], axis=1)
    high = np.array([[inner / 2 + thickness, width / 2], [inner / 2 + thickness, -width / 2]])
    profile = np.concatenate([low, high])
    return Known(revolved(profile, fine=fine), revolved_volume(profile), None, inner, width)


def round_band(inner: float, wire: float, *, fine: int = 180) -> Known:
    """A torus: round wire of that diameter."""
    turn = np.arange(64) * 2 * math.pi / 64
    radius = inner / 2 + wire / 2 + wire / 2 * np.cos(turn)
    profile = np.stack([radius, wire / 2 * np.sin(turn)], axis=1)
    volume = 2 * math.pi * (inner / 2 + wire / 2) * math.pi * (wire / 2) ** 2
    return Known(revolved(profile, fine=fine), volume, wire, inner, wire)


def hollow_band(inner: float, thickness: float, width: float, wall: float) -> Known:
    """A flat band with a closed cavity all around: every wall is as thick."""
    outer = _rectangle(inner, thickness, width)
    cavity = _rectangle(inner + 2 * wall, thickness - 2 * wall, width - 2 * wall)
    shape = joined(revolved(outer), turned_inward(revolved(cavity)))
    return Known(shape, revolved_volume(outer) - revolved_volume(cavity), wall, inner, width)


def box(x: float, y: float, z: float) -> Known:
    """A block between the origin and (x, y, z)."""
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=np.float64) * [x, y]
    points = np.stack([np.c_[square, np.zeros(4)], np.c_[square, np.full(4, z)]])
    return Known(lattice(points, ends=True), x * y * z, min(x, y, z))


def tube(inner: float, wall: float, length: float) -> Known:
    """A pipe, too long for a ring."""
    return band(inner, wall, length)


def cylinder(radius: float, low: Floats, high: Floats, *, tip: float | None = None) -> Shape:
    """A rod or cone between two points."""
    axis = (high - low) / np.linalg.norm(high - low)
    side = np.cross(axis, np.eye(3)[int(np.argmin(np.abs(axis)))])
    side /= np.linalg.norm(side)
    other = np.cross(axis, side)
    angle = np.arange(24) * 2 * math.pi / 24
    around = np.cos(angle)[:, None] * side + np.sin(angle)[:, None] * other
    last = radius if tip is None else tip
    heights = np.linspace(0, 1, 9)
    rows = [low + t * (high - low) + (radius + (last - radius) * t) * around for t in heights]
    return lattice(np.stack(rows), ends=True)


def ball(radius: float, centre: Floats, *, fine: int = 24) -> Shape:
    """A sphere whose poles are small caps."""
    polar = np.linspace(0.02, math.pi - 0.02, fine)
    angle = np.arange(2 * fine) * math.pi / fine
    flat = np.sin(polar)[:, None]
    rows = [flat * np.cos(angle), flat * np.sin(angle), np.cos(polar)[:, None] + 0 * angle]
    return lattice(centre + radius * np.stack(rows, axis=2), ends=True)


def stone(diameter: float, girdle: float, *, sides: int = 16) -> Shape:
    """A round brilliant, roughly: table up along y, girdle at that height."""
    angle = np.arange(sides) * 2 * math.pi / sides
    rows = [
        (radius * diameter / 2, girdle + height * diameter)
        for radius, height in ((0.02, -0.43), (1.0, -0.015), (1.0, 0.015), (0.57, 0.16))
    ]
    points = [
        np.stack([r * np.cos(angle), np.full(sides, h), r * np.sin(angle)], axis=1) for r, h in rows
    ]
    return lattice(np.stack(points), ends=True)


def solitaire(inner: float, *, carat_mm: float = 6.5, prongs: int = 4, rise: float = 3.0) -> Known:
    """A comfort band with a collet, prongs and a stone, as separate overlapping bodies."""
    base = comfort_band(inner, 1.8, 3.0)
    top = inner / 2 + 1.8
    girdle = top + rise
    parts = [base.shape, stone(carat_mm, girdle)]
    foot, head = np.array([0, top - 1.0, 0]), np.array([0, girdle - carat_mm * 0.3, 0])
    parts.append(cylinder(0.9, foot, head, tip=carat_mm * 0.22))
    for number in range(prongs):
        angle = (number + 0.5) * 2 * math.pi / prongs
        way = np.array([math.cos(angle), 0, math.sin(angle)])
        low, high = foot + 0.6 * way, np.array([0, girdle + 0.6, 0]) + carat_mm * 0.51 * way
        parts.append(cylinder(0.4, low, high, tip=0.3))
    return Known(joined(*parts), inner=inner, width=3.0)


def split_shank(
    inner: float,
    *,
    gap: float = 2.4,
    wire: float = 0.9,
    plate: tuple[float, float, float] = (9, 1.4, 7),
) -> Known:
    """Two wires that part towards the head and carry a signet plate; they meet below."""
    fine = 180
    angle = np.arange(fine) * 2 * math.pi / fine
    apart = gap / 2 * (1 + np.sin(angle)) / 2
    around = np.arange(32) * 2 * math.pi / 32
    radius = inner / 2 + wire + wire * np.cos(around)
    wires = []
    for side in (1, -1):
        height = side * apart[:, None] + wire * np.sin(around)[None, :]
        x, y = np.cos(angle)[:, None] * radius, np.sin(angle)[:, None] * radius
        wires.append(lattice(np.stack([x, y, height], axis=2)))
    shift = np.array([-plate[0] / 2, inner / 2 + wire + 0.1, -plate[2] / 2])
    return Known(joined(*wires, box(*plate).shape.moved(np.eye(3), shift)), inner=inner)


def eternity(inner: float, stones: int, *, size: float = 1.6) -> Known:
    """A flat band with balls sunk into its outside all around."""
    base = band(inner, 1.9, 2.6)
    parts = [base.shape]
    for number in range(stones):
        angle = number * 2 * math.pi / stones
        way = np.array([math.cos(angle), math.sin(angle), 0.0])
        parts.append(ball(size / 2, way * (inner / 2 + 1.9), fine=10))
    return Known(joined(*parts), inner=inner, width=2.6)


def pendant(width: float, height: float) -> Known:
    """An oval plate with a small bail: it has a hole, and no finger goes through."""
    angle = np.arange(96) * 2 * math.pi / 96
    oval = np.stack([width / 2 * np.cos(angle), height / 2 * np.sin(angle)], axis=1)
    plate = lattice(np.stack([np.c_[oval, np.zeros(96)], np.c_[oval, np.full(96, 1.5)]]), ends=True)
    bail = round_band(3.0, 0.9, fine=60).shape.moved(
        np.eye(3), np.array([0, height / 2 + 1.5, 0.7])
    )
    return Known(joined(plate, bail))


def design(seed: int) -> Known:
    """A ring unlike those of other seeds: one of six kinds, in nine well separated variations."""
    draw = np.random.default_rng(1000 + seed)
    inner = float(draw.uniform(15.5, 20.5))
    kind, step = seed % 6, seed // 6 % 9
    if kind == 0:
        rise = float(draw.uniform(2.2, 5))
        return solitaire(inner, carat_mm=4.2 + 0.6 * step, prongs=3 + step % 5, rise=rise)
    if kind == 1:
        return eternity(inner, 9 + 3 * step, size=3.4 - 0.2 * step)
    if kind == 2:
        x, y, z = (float(draw.uniform(*range_)) for range_ in ((5, 14), (1.2, 4), (4, 12)))
        return split_shank(inner, gap=2.5 + 0.6 * step, wire=1.2 - 0.06 * step, plate=(x, y, z))
    if kind == 3:
        return comfort_band(inner, 2.8 - 0.18 * step, 2 + 1.1 * step)
    if kind == 4:
        return _signet(inner, draw)
    return _cluster(inner, draw)


def _signet(inner: float, draw: np.random.Generator) -> Known:
    base = band(inner, float(draw.uniform(1.3, 2.2)), float(draw.uniform(3, 6)))
    x, z = draw.uniform(6, 15), draw.uniform(6, 15)
    plate = box(float(x), float(draw.uniform(2, 4)), float(z)).shape
    shift = np.array([-x / 2, inner / 2 + 0.8, -z / 2])
    return Known(joined(base.shape, plate.moved(np.eye(3), shift)), inner=inner)


def _cluster(inner: float, draw: np.random.Generator) -> Known:
    base = round_band(inner, float(draw.uniform(1.6, 2.8)))
    parts = [base.shape]
    for _ in range(int(draw.integers(3, 9))):
        size = float(draw.uniform(1.0, 2.8))
        spot = np.array(
            [draw.uniform(-5, 5), inner / 2 + 1 + draw.uniform(1, 4), draw.uniform(-4, 4)]
        )
        parts.append(ball(size, spot, fine=14))
    return Known(joined(*parts), inner=inner)


def rotation(seed: int) -> Floats:
    """A random turn."""
    draw = np.random.default_rng(seed)
    q, _ = np.linalg.qr(draw.normal(size=(3, 3)))
    return q * np.sign(np.linalg.det(q))


def displaced(shape: Shape, seed: int) -> Shape:
    """Turned and shifted somewhere."""
    shift = np.random.default_rng(seed + 1).uniform(-40, 40, size=3)
    return shape.moved(rotation(seed), shift)


def noisy(shape: Shape, sigma: float, seed: int = 0) -> Shape:
    """Every corner moved by chance, as scanning or another exporter's rounding does."""
    noise = np.random.default_rng(seed).normal(scale=sigma, size=shape.vertices.shape)
    return Shape(shape.vertices + noise, shape.faces)


def shuffled(shape: Shape, seed: int = 0) -> Shape:
    """The same surface with corners, triangles and the triangles' first corners in other order."""
    draw = np.random.default_rng(seed)
    order = draw.permutation(len(shape.vertices))
    place = np.argsort(order)
    faces = place[shape.faces][draw.permutation(len(shape.faces))]
    turn = draw.integers(0, 3, size=len(faces))
    faces = faces[np.arange(len(faces))[:, None], (np.arange(3) + turn[:, None]) % 3]
    return Shape(shape.vertices[order], faces)


def divided(shape: Shape) -> Shape:
    """Re-meshed: every triangle cut into four at the middles of its edges."""
    following = np.roll(shape.faces, -1, axis=1)
    span = len(shape.vertices)
    keys = np.minimum(shape.faces, following) * span + np.maximum(shape.faces, following)
    edges, number = np.unique(keys, return_inverse=True)
    ends = np.stack([edges // span, edges % span], axis=1)
    (a, b, c), (ab, bc, ca) = shape.faces.T, number.reshape(-1, 3).T + span
    faces = [[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]
    vertices = np.concatenate([shape.vertices, shape.vertices[ends].mean(axis=1)])
    return Shape(vertices, np.concatenate([np.stack(face, axis=1) for face in faces]))


def stl_bytes(shape: Shape) -> bytes:
    """Binary STL."""
    record = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    records = np.zeros(len(shape.faces), dtype=record)
    records["corners"] = shape.triangles
    return b"\0" * 80 + len(records).to_bytes(4, "little") + records.tobytes()
