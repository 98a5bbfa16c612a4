"""A ring's finger hole: its axis and inner diameter.

The inner diameter is that of the thickest straight rod that passes: what a ring stick measures. A
head, stones, a split shank or a rounded inside do not disturb it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleor_bespoke.shapes.arrays import Floats, Triple, three
from saleor_bespoke.shapes.holes import Hole, frame_of, holes
from saleor_bespoke.shapes.sampling import sample
from saleor_bespoke.shapes.shape import Shape

_SAMPLES = 24_000
_NEAREST = 30_000
_SECTORS = 24
_ROUND = 1.2
"""A finger hole's border is nowhere farther from its axis than this many inner radii."""
_FARTHEST = 4.0
_WIDEST = 3.0
"""Beyond so many inner radii across or along, a shape with a hole is a pendant or a tube."""
_SKIN = 1.25
_STRIDE = 0.1
_SHARPNESS = (15.0, 50.0, 200.0, 1000.0, 5000.0)


@dataclass(frozen=True, slots=True)
class Ring:
    """Lengths in the shape's unit, mm once scaled.

    `axis` is the finger's direction, `centre` the middle of the hole, `up` points from it to the
    head. `band_width` is how far the inside reaches along the finger where it is narrow.
    """

    axis: Triple
    centre: Triple
    up: Triple
    inner_diameter: float
    band_width: float


def ring_of(shape: Shape) -> Ring | None:
    """The finger hole of a ring anyhow placed; None where the shape is no ring."""
    points = sample(shape, _SAMPLES).points
    for hole in holes(points[::2]):
        rough = _widened(points[::4], hole)
        near = _nearest(shape.vertices, rough)
        exact = _widened(near, rough) if len(near) >= 12 else rough
        ring = _judged(shape, points, exact)
        if ring is not None:
            return ring
    return None


def _polar(points: Floats, hole: Hole) -> tuple[Floats, Floats, Floats]:
    """Distance from the axis, angle around it and height along it."""
    first, second = frame_of(hole.axis)
    away = points - hole.middle
    x, y = away @ first, away @ second
    return np.hypot(x, y), np.arctan2(y, x), away @ hole.axis


def _nearest(points: Floats, hole: Hole) -> Floats:
    distance, _, _ = _polar(points, hole)
    near = np.flatnonzero(distance < distance.min() * 1.1)
    if len(near) > _NEAREST:
        near = near[np.argpartition(distance[near], _NEAREST)[:_NEAREST]]
    return points[near]


def _widened(points: Floats, hole: Hole) -> Hole:
    """The axis moved and tilted until the nearest point is as far off as it can be.

    The least distance has no slope; a soft least that is sharpened step by step has one, and its
    curvature follows from the spread of the slopes.
    """
    distance, _, _ = _polar(points, hole)
    near = points[distance < max(hole.radius, float(distance.min())) * 3]
    if len(near) < 12:
        return hole
    reach = max(float(np.ptp(near @ hole.axis)) / 2, 1e-9)
    for sharpness in _SHARPNESS:
        damping = 1e-3
        for _ in range(14):
            moved, gain = _step(near, hole, sharpness / hole.radius, reach, damping)
            damping = damping / 4 if gain > 0 else damping * 16
            if gain > 0:
                hole = moved
            if abs(gain) < 1e-6 * hole.radius:
                break
    return hole


def _soft(points: Floats, hole: Hole, sharpness: float) -> float:
    distance, _, _ = _polar(points, hole)
    least = float(distance.min())
    return least - float(np.log(np.exp((least - distance) * sharpness).sum())) / sharpness


def _step(
    points: Floats, hole: Hole, sharpness: float, reach: float, damping: float
) -> tuple[Hole, float]:
    first, second = frame_of(hole.axis)
    distance, angle, height = _polar(points, hole)
    weight = np.exp((distance.min() - distance) * sharpness)
    weight /= weight.sum()
    pull = np.stack([-np.cos(angle), -np.sin(angle)], axis=1)
    slopes = np.concatenate([pull, pull * (height / reach)[:, None]], axis=1)
    mean = weight @ slopes
    spread = (slopes - mean) * np.sqrt(weight)[:, None]
    curve = sharpness * spread.T @ spread
    stiff = np.trace(curve) / 4 + 1.0 / hole.radius
    step = np.linalg.solve(curve + damping * stiff * np.eye(4), mean)
    # A long step could leave the hole, and outside there is no end to widening.
    step *= min(1.0, _STRIDE * hole.radius / max(float(np.linalg.norm(step)), 1e-300))
    x, y, tilt_x, tilt_y = step
    axis = hole.axis + (tilt_x * first + tilt_y * second) / reach
    axis /= np.linalg.norm(axis)
    moved = Hole(axis, hole.middle + x * first + y * second, hole.radius)
    moved = Hole(axis, moved.middle, max(float(_polar(points, moved)[0].min()), 1e-9))
    gain = _soft(points, moved, sharpness) - _soft(points, hole, sharpness)
    return moved, gain


def _judged(shape: Shape, points: Floats, hole: Hole) -> Ring | None:
    """The ring, unless the hole is not round, not clear, or small beside the rest."""
    every = np.concatenate([shape.vertices, points])
    distance, angle, height = _polar(every, hole)
    radius = _clear_radius(shape, hole)
    if radius <= 0 or distance.max() > _FARTHEST * radius:
        return None
    skin = distance < _SKIN * radius
    sector = ((angle[skin] / (2 * np.pi) + 0.5) * _SECTORS).astype(np.int64) % _SECTORS
    inner = np.full(_SECTORS, np.inf)
    low, high = np.full(_SECTORS, np.inf), np.full(_SECTORS, -np.inf)
    np.minimum.at(inner, sector, distance[skin])
    np.minimum.at(low, sector, height[skin])
    np.maximum.at(high, sector, height[skin])
    if inner.max() > _ROUND * radius:
        return None
    width = float(np.percentile(high - low, 25))
    if width > _WIDEST * radius:
        return None
    middle = hole.middle + hole.axis * float(np.median((high + low) / 2))
    axis = hole.axis * np.sign(hole.axis[int(np.argmax(np.abs(hole.axis)))])
    up = _up(points, Hole(axis, middle, radius))
    return Ring(three(axis), three(middle), three(up), 2 * radius, width)


def _up(points: Floats, hole: Hole) -> Floats:
    """From the finger to where most stands out; a plain band's is arbitrary but always the same."""
    distance, _, height = _polar(points, hole)
    flat = points - hole.middle - np.outer(height, hole.axis)
    heavy = (np.maximum(distance - hole.radius, 0) ** 2) @ (flat / distance[:, None])
    if np.linalg.norm(heavy) < 1e-2 * len(points) * hole.radius**2 * 1e-2:
        heavy = np.cross(hole.axis, np.eye(3)[int(np.argmin(np.abs(hole.axis)))])
    heavy -= (heavy @ hole.axis) * hole.axis
    return np.asarray(heavy / np.linalg.norm(heavy))


def _clear_radius(shape: Shape, hole: Hole) -> float:
    """The rod's radius; 0 where a triangle stands in its way.

    Corners lie on the true surface and triangles cut a little inside it, so corners count, unless
    edges come so close that the hole is not round at all.
    """
    first, second = frame_of(hole.axis)
    flat = (shape.vertices - hole.middle) @ np.stack([first, second], axis=1)
    corners = flat[shape.faces]
    following = np.roll(corners, -1, axis=1)
    along = following - corners
    cross = corners[:, :, 0] * along[:, :, 1] - corners[:, :, 1] * along[:, :, 0]
    if ((cross > 0).all(axis=1) | (cross < 0).all(axis=1)).any():
        return 0.0
    length = np.maximum((along**2).sum(axis=2), 1e-300)
    share = np.clip(-(corners * along).sum(axis=2) / length, 0, 1)
    border = np.sqrt(((corners + share[:, :, None] * along) ** 2).sum(axis=2).min())
    corner = float(np.hypot(flat[:, 0], flat[:, 1]).min())
    return corner if border > 0.97 * corner else float(border)
