"""Pinned places carried from one revision to the next, where the surface is still the same.

A place that cannot be found again is better lost than wrong: its patch of surface has to lie in the
new revision as it lay in the old one, and nothing new may have grown there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from saleor_bespoke.shapes.alignment import Placement, alignment
from saleor_bespoke.shapes.arrays import Floats, Ints, Triple, three
from saleor_bespoke.shapes.nearness import Surface
from saleor_bespoke.shapes.sampling import face_normals, sample
from saleor_bespoke.shapes.shape import Shape

_SAME: Final = 0.12
"""mm: surfaces farther apart are not the same, however noisy a mesh is."""
_EXACT: Final = 0.03
_NOISES: Final = 4.0
_PATCH: Final = 1.2
"""mm around a place that have to be as they were."""
_POINTS: Final = 120
_POINTS_MAX: Final = 6000
_AGREEING: Final = 0.95
_TURNED: Final = 0.85
_KNOWN_AGAIN: Final = 0.25


@dataclass(frozen=True, slots=True)
class Place:
    """A position on a shape in mm and the outward unit normal there."""

    position: Triple
    normal: Triple


@dataclass(frozen=True, slots=True)
class _Patch:
    """The surface around a place: points, normals."""

    points: Floats
    normals: Floats


def place_at(shape: Shape, position: Triple) -> Place | None:
    """The place of the surface nearest to a position, which a viewer reported; None if too far."""
    surface = Surface(shape)
    found = surface.nearest(np.array([position]), _PATCH)
    if not np.isfinite(found.distances[0]):
        return None
    return Place(three(found.places[0]), three(_normals(shape, found.faces)[0]))


def places_carry(old: Shape, new: Shape, places: Sequence[Place]) -> list[Place | None]:
    """Each place of the old revision as it is in the new; None where the surface has changed.

    Both shapes are in mm. The new one may lie elsewhere: it is tried where it is, then aligned.
    """
    if not places:
        return []
    before, after = Surface(old.outward()), Surface(new.outward())
    placement = alignment(before.shape, after, tolerance=_SAME)
    if placement.share < _KNOWN_AGAIN:
        return [None] * len(places)
    back = Placement(placement.rotation.T, -placement.rotation.T @ placement.shift, 1, 0)
    tolerance = min(_EXACT + _NOISES * placement.noise, _SAME)
    return [_carried(place, before, after, placement, back, tolerance) for place in places]


def _carried(
    place: Place,
    before: Surface,
    after: Surface,
    placement: Placement,
    back: Placement,
    tolerance: float,
) -> Place | None:
    here = before.nearest(np.array([place.position]), _SAME)
    if not np.isfinite(here.distances[0]):
        return None  # never was a place of this shape
    there = placement.of(here.places)
    found = after.nearest(there, tolerance)
    if not np.isfinite(found.distances[0]):
        return None
    old, new = _patch(before, here.places[0]), _patch(after, there[0])
    if old is None or new is None:
        return None
    if not _again(placement.of(old.points), after, tolerance):
        return None
    if not _again(back.of(new.points), before, tolerance):
        return None
    wanted = placement.rotation @ _mean_normal(old, here.places[0], np.array(place.normal))
    normal = _mean_normal(new, there[0], wanted)
    if float(wanted @ normal) < _TURNED:
        return None
    turned = placement.rotation @ np.array(place.normal)
    return Place(three(found.places[0]), three(turned))


def _again(points: Floats, surface: Surface, tolerance: float) -> bool:
    """Whether nearly all of a patch lies on a surface."""
    distances = surface.nearest(points, tolerance).distances
    return float(np.isfinite(distances).mean()) >= _AGREEING


def _patch(surface: Surface, place: Floats) -> _Patch | None:
    """Even points of the surface within a patch's reach."""
    faces = surface.faces_near(place, _PATCH)
    if not len(faces):
        return None
    corners = surface.shape.vertices[surface.shape.faces[faces]]
    twice = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = float(np.linalg.norm(twice, axis=1).sum()) / 2
    count = int(np.clip(_POINTS * area / (np.pi * _PATCH**2), _POINTS, _POINTS_MAX))
    part = Shape(surface.shape.vertices, surface.shape.faces[faces])
    spread = sample(part, count)
    near = np.linalg.norm(spread.points - place, axis=1) <= _PATCH
    if near.sum() < 8:
        return None
    return _Patch(spread.points[near], spread.normals[near])


def _mean_normal(patch: _Patch, place: Floats, wanted: Floats) -> Floats:
    """The normal around a place, of that side of a thin wall which is turned as wanted."""
    side = patch.normals @ wanted > 0
    if not side.any():
        return -wanted
    distance = np.linalg.norm(patch.points[side] - place, axis=1)
    weight = np.exp(-((distance / (_PATCH / 4)) ** 2))
    mean = weight @ patch.normals[side]
    length = float(np.linalg.norm(mean))
    return mean / length if length > 0 else -wanted


def _normals(shape: Shape, faces: Ints) -> Floats:
    return face_normals(Shape(shape.vertices, shape.faces[faces]))[0]
