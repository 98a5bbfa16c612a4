"""How a revision lies compared with the one before it: not at all moved, or rigidly."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations, product

import numpy as np

from saleor_bespoke.shapes.arrays import Floats, Ints
from saleor_bespoke.shapes.holes import principal_axes
from saleor_bespoke.shapes.nearness import Surface
from saleor_bespoke.shapes.rings import Ring, ring_of
from saleor_bespoke.shapes.sampling import Samples, sample
from saleor_bespoke.shapes.shape import Shape

Start = tuple[Floats, Floats]

_CLOUD = 2500
_ASKED = 400
_DRAWN = 8
_REFINED = 4
_SETTLED = 0.97
_BETTER = 0.01


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a point of the old shape lies in the new: rotation, then shift.

    `share` is how much of the old surface is there again, `noise` how far off that usually is.
    """

    rotation: Floats
    shift: Floats
    share: float
    noise: float

    def of(self, points: Floats) -> Floats:
        """Points of the old shape where they should be in the new one."""
        return points @ self.rotation.T + self.shift


def alignment(old: Shape, new: Surface, *, tolerance: float) -> Placement:
    """The placement that brings most of the old surface back; no movement unless one is better.

    `tolerance` is how far off, in the shapes' unit, a surface still counts as the same.
    """
    asked = sample(old, _ASKED)
    unmoved = _judged(asked, new, np.eye(3), np.zeros(3), tolerance)
    if unmoved.share >= _SETTLED:
        return unmoved
    best = _settled(asked, new, unmoved, tolerance)
    best = best if best.share > unmoved.share + _BETTER else unmoved
    if best.share >= 0.6:
        return best
    cloud = sample(new.shape, _CLOUD)
    starts = sorted(_starts(old, new.shape, asked, cloud), key=lambda it: _off(asked, cloud, it))
    drawn = [_drawn(asked, cloud, start) for start in starts[:_DRAWN]]
    drawn.sort(key=lambda start: _off(asked, cloud, start))
    for rotation, shift in drawn[:_REFINED]:
        one = _judged(asked, new, rotation, shift, tolerance)
        one = _settled(asked, new, one, tolerance)
        if _preferred(one, best):
            best = one
    return best


def _preferred(one: Placement, other: Placement) -> bool:
    """More of the surface, or as much of it with less turning: a symmetric piece allows several."""
    if abs(one.share - other.share) > _BETTER:
        return one.share > other.share
    return float(np.trace(one.rotation)) > float(np.trace(other.rotation))


def _judged(
    asked: Samples, new: Surface, rotation: Floats, shift: Floats, tolerance: float
) -> Placement:
    distances = new.nearest(asked.points @ rotation.T + shift, tolerance).distances
    again = np.isfinite(distances)
    noise = float(np.median(distances[again])) if again.any() else tolerance
    return Placement(rotation, shift, float(again.mean()), noise)


def _starts(old: Shape, new: Shape, asked: Samples, cloud: Samples) -> list[tuple[Floats, Floats]]:
    """Rough placements: finger on finger with the head anywhere around, or main axes on axes."""
    starts: list[Start] = []
    one, other = ring_of(old), ring_of(new)
    if one is not None and other is not None:
        for turn, flip in product(range(12), (1, -1)):
            rotation = _ring_frame(other, turn * np.pi / 6, flip).T @ _ring_frame(one, 0, 1)
            starts.append((rotation, np.array(other.centre) - rotation @ np.array(one.centre)))
        return starts
    first, second = principal_axes(asked.points), principal_axes(cloud.points)
    middle, target = asked.points.mean(axis=0), cloud.points.mean(axis=0)
    for order, signs in product(permutations(range(3)), product((1, -1), repeat=3)):
        rotation = (second[list(order)] * np.array(signs)[:, None]).T @ first
        if np.linalg.det(rotation) > 0:
            starts.append((rotation, target - rotation @ middle))
    return starts


def _ring_frame(ring: Ring, turn: float, flip: int) -> Floats:
    axis, up = np.array(ring.axis) * flip, np.array(ring.up)
    side = np.cross(axis, up)
    turned = np.cos(turn) * up + np.sin(turn) * side
    return np.stack([axis, turned, np.cross(axis, turned)])


def _beside(moved: Floats, cloud: Samples) -> tuple[Ints, Floats]:
    """For each point the nearest of the cloud, and how far it is."""
    square = (cloud.points**2).sum(axis=1) - 2 * moved @ cloud.points.T
    index = np.argmin(square, axis=1)
    return index, np.linalg.norm(moved - cloud.points[index], axis=1)


def _off(asked: Samples, cloud: Samples, start: Start) -> float:
    """How far a rough placement leaves the better part of the surface from where it belongs."""
    _, apart = _beside(asked.points[::4] @ start[0].T + start[1], cloud)
    return float(np.percentile(apart, 60))


def _drawn(asked: Samples, cloud: Samples, start: Start) -> Start:
    """A rough placement drawn closer by the new shape's points."""
    rotation, shift = start
    for _ in range(6):
        moved = asked.points[::2] @ rotation.T + shift
        index, apart = _beside(moved, cloud)
        good = apart <= np.percentile(apart, 70)
        turn, move = _fitted(moved[good], cloud.points[index[good]], cloud.normals[index[good]])
        rotation, shift = turn @ rotation, turn @ shift + move
    return rotation, shift


def _settled(asked: Samples, new: Surface, start: Placement, tolerance: float) -> Placement:
    """The placement refined on the true surface, from far to near."""
    rotation, shift = start.rotation, start.shift
    for reach in (12, 8, 5, 3, 2, 1.5, 1, 1):
        moved = asked.points @ rotation.T + shift
        found = new.nearest(moved, tolerance * reach)
        good = np.isfinite(found.distances)
        if good.sum() < 30:
            continue
        corners = new.shape.vertices[new.shape.faces[found.faces[good]]]
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-300)
        turn, move = _fitted(moved[good], found.places[good], normals)
        rotation, shift = turn @ rotation, turn @ shift + move
    return _judged(asked, new, rotation, shift, tolerance)


def _fitted(points: Floats, targets: Floats, normals: Floats) -> tuple[Floats, Floats]:
    """The small movement that brings points onto the planes of their targets."""
    middle = points.mean(axis=0)
    away = points - middle
    scale = max(float(np.abs(away).max()), 1e-12)
    rows = np.concatenate([np.cross(away / scale, normals), normals], axis=1)
    wanted = np.einsum("ij,ij->i", targets - points, normals)
    stiff = rows.T @ rows + 1e-6 * len(rows) * np.eye(6)
    answer = np.linalg.solve(stiff, rows.T @ wanted)
    turn = _rotation(answer[:3] / scale)
    return turn, middle - turn @ middle + answer[3:]


def _rotation(vector: Floats) -> Floats:
    """Turn about a vector by its length (Rodrigues)."""
    angle = float(np.linalg.norm(vector))
    if angle < 1e-15:
        return np.eye(3)
    x, y, z = vector / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    turned: Floats = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return turned
