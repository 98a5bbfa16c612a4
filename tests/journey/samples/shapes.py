"""A solitaire ring as triangles, in millimetres: band, gallery, four prongs and a round stone.

The finger goes along y and the stone points up z. Every part is a closed surface of its own whose
triangles turn outward.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from itertools import pairwise

Point = tuple[float, float, float]
Triangle = tuple[Point, Point, Point]

THICKNESS = 1.7
STONE = 6.5


def ring(inner_diameter: float, *, fine: int = 1) -> dict[str, list[Triangle]]:
    """The parts of a ring with this inner diameter; `fine` multiplies the number of triangles."""
    seat = inner_diameter / 2 + THICKNESS + 2.9  # height of the stone's girdle
    prongs = [
        triangle
        for quarter in range(4)
        for triangle in _prong(math.pi / 4 + quarter * math.pi / 2, seat, inner_diameter, fine)
    ]
    return {
        "band": _band(inner_diameter / 2, fine),
        "gallery": _torus(seat - 1.6, 1.95, 0.38, fine),
        "prongs": prongs,
        "stone": _brilliant(seat),
    }


def binary_stl(parts: dict[str, list[Triangle]]) -> bytes:
    """All parts as one binary STL file; normals are left for the reader to compute."""
    triangles = [triangle for part in parts.values() for triangle in part]
    records = [
        struct.pack("<12fH", 0, 0, 0, *(value for point in triangle for value in point), 0)
        for triangle in triangles
    ]
    header = b"Solitaire ring, millimetres".ljust(80, b" ")
    return header + struct.pack("<I", len(triangles)) + b"".join(records)


def _band(radius: float, fine: int) -> list[Triangle]:
    def surface(u: float, v: float) -> Point:
        around, profile = 2 * math.pi * u, 2 * math.pi * v
        top = (1 + math.cos(around)) / 2
        width = 1.25 - 0.35 * top**3
        out = math.cos(profile)
        height = out * (THICKNESS - 0.35) if out > 0 else out * 0.35
        r = radius + 0.35 + height
        return (r * math.sin(around), width * math.sin(profile), r * math.cos(around))

    return _closed(surface, 120 * fine, 24 * fine)


def _torus(z: float, radius: float, thickness: float, fine: int) -> list[Triangle]:
    def surface(u: float, v: float) -> Point:
        around, profile = 2 * math.pi * u, -2 * math.pi * v
        r = radius + thickness * math.cos(profile)
        return (r * math.sin(around), r * math.cos(around), z + thickness * math.sin(profile))

    return _closed(surface, 48 * fine, 12 * fine)


def _prong(angle: float, seat: float, diameter: float, fine: int) -> list[Triangle]:
    """A tapering wire from inside the band, past the girdle, bent over the stone's crown."""
    foot = diameter / 2 + THICKNESS * 0.55
    path = [(0.55, foot), (1.7, seat - 1.8), (2.9, seat - 0.7), (3.36, seat), (3.3, seat + 0.55)]
    path += [(2.95, seat + 0.95)]
    steps, sides = 16 * fine, 10 * fine
    rings: list[list[Point]] = []
    for step in range(steps + 1):
        t = step / steps
        r, z = _along(path, t)
        ahead, behind = _along(path, min(1, t + 0.02)), _along(path, max(0, t - 0.02))
        length = math.hypot(ahead[0] - behind[0], ahead[1] - behind[1])
        across = ((ahead[1] - behind[1]) / length, -(ahead[0] - behind[0]) / length)
        wire = 0.52 - 0.1 * t
        rings.append([])
        for side in range(sides):
            turn = 2 * math.pi * side / sides
            out, along = wire * math.cos(turn), wire * math.sin(turn)
            reach = r + out * across[0]
            rings[-1].append(
                (
                    reach * math.cos(angle) - along * math.sin(angle),
                    reach * math.sin(angle) + along * math.cos(angle),
                    z + out * across[1],
                )
            )
    return _tube(rings)


def _along(path: Sequence[tuple[float, float]], t: float) -> tuple[float, float]:
    place = t * (len(path) - 1)
    at = min(int(place), len(path) - 2)
    (r0, z0), (r1, z1) = path[at], path[at + 1]
    share = place - at
    return r0 + (r1 - r0) * share, z0 + (z1 - z0) * share


def _tube(rings: list[list[Point]]) -> list[Triangle]:
    triangles: list[Triangle] = []
    sides = len(rings[0])
    for low, high in pairwise(rings):
        for side in range(sides):
            after = (side + 1) % sides
            triangles += _quad(low[side], low[after], high[after], high[side])
    first, last = _middle(rings[0]), _middle(rings[-1], lift=0.22)
    for side in range(sides):
        after = (side + 1) % sides
        triangles.append((first, rings[0][after], rings[0][side]))
        triangles.append((last, rings[-1][side], rings[-1][after]))
    return triangles


def _middle(points: list[Point], lift: float = 0) -> Point:
    count = len(points)
    x, y, z = (sum(point[axis] for point in points) / count for axis in range(3))
    return (x, y, z + lift)


def _brilliant(seat: float) -> list[Triangle]:
    """A round brilliant of 57 main facets, simplified: its girdle lies at height `seat`."""
    half = STONE / 2

    def corner(radius: float, eighth: float, z: float) -> Point:
        angle = eighth * math.pi / 4
        return (half * radius * math.cos(angle), half * radius * math.sin(angle), seat + half * z)

    table = [corner(0.56, i, 0.32) for i in range(8)]
    star = [corner(0.79, i + 0.5, 0.19) for i in range(8)]
    upper = [corner(1, i / 2, 0.03) for i in range(16)]
    lower = [corner(1, i / 2, -0.03) for i in range(16)]
    pavilion = [corner(0.42, i + 0.5, -0.54) for i in range(8)]
    culet, centre = corner(0, 0, -0.88), corner(0, 0, 0.32)
    faces: list[Triangle] = []
    for i in range(8):
        j, before = (i + 1) % 8, (i - 1) % 8
        edge, mid, far = 2 * i, 2 * i + 1, (2 * i + 2) % 16
        faces += [
            (centre, table[i], table[j]),
            (table[i], star[i], table[j]),
            (table[i], star[before], upper[edge]),
            (table[i], upper[edge], star[i]),
            (star[i], upper[edge], upper[mid]),
            (star[i], upper[mid], upper[far]),
            (pavilion[i], lower[mid], lower[edge]),
            (pavilion[i], lower[far], lower[mid]),
            (pavilion[i], lower[edge], pavilion[before]),
            (culet, pavilion[i], pavilion[before]),
        ]
        faces += _quad(lower[edge], lower[mid], upper[mid], upper[edge])
        faces += _quad(lower[mid], lower[far], upper[far], upper[mid])
    return faces


def _closed(surface: Callable[[float, float], Point], around: int, across: int) -> list[Triangle]:
    """A doubly periodic surface, sampled over the unit square."""
    grid = [[surface(i / around, j / across) for j in range(across)] for i in range(around)]
    triangles: list[Triangle] = []
    for i in range(around):
        low, high = grid[i], grid[(i + 1) % around]
        for j in range(across):
            k = (j + 1) % across
            triangles += _quad(low[j], high[j], high[k], low[k])
    return triangles


def _quad(a: Point, b: Point, c: Point, d: Point) -> list[Triangle]:
    return [(a, b, c), (a, c, d)]
