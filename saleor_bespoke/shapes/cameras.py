"""Where a picture is taken from: the drawing's top, side and front, or a photographer's place.

A posed shape stands as on a table: z is up, the viewer of the front looks along y. A ring then
shows its finger hole to the front and its head upward.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from saleor_bespoke.shapes.arrays import Floats
from saleor_bespoke.shapes.rings import Ring
from saleor_bespoke.shapes.shape import Shape

_FAR = 4.2  # the photographer's distance in radii of the piece


class View(StrEnum):
    """The sides a piece is seen from. Top, front and side are drawings: without perspective."""

    TOP = "top"
    FRONT = "front"
    SIDE = "side"
    THREE_QUARTER = "three_quarter"

    @property
    def drawing(self) -> bool:
        """Whether lengths can be measured in the picture."""
        return self is not View.THREE_QUARTER


@dataclass(frozen=True, slots=True)
class Camera:
    """`turned` rotates the shape's directions to right, up and towards the viewer.

    `distance` is in the shape's unit from the origin, None without perspective.
    """

    turned: Floats
    distance: float | None

    def project(self, points: Floats) -> Floats:
        """Right and up in the shape's unit at the origin, and depth growing towards the viewer."""
        seen = points @ self.turned.T
        if self.distance is None:
            return seen
        scale = self.distance / np.maximum(self.distance - seen[:, 2:], 1e-9)
        # The depth that stays linear across a flat triangle.
        return np.concatenate([seen[:, :2] * scale, scale * self.distance], axis=1)


def posed(shape: Shape, ring: Ring | None) -> Shape:
    """The shape as it stands on a table, its middle at the origin."""
    if ring is None:
        low, high = shape.box
        return shape.moved(np.eye(3), -(low + high) / 2)
    up, along = np.array(ring.up), np.array(ring.axis)
    rotation = np.stack([np.cross(along, up), along, up])
    return shape.moved(rotation, -rotation @ np.array(ring.centre))


def camera_at(azimuth: float, elevation: float, distance: float | None) -> Camera:
    """Degrees around the z axis from the front, and above the table."""
    around, above = np.radians(azimuth), np.radians(elevation)
    right = np.array([np.cos(around), np.sin(around), 0.0])
    back = np.array([-np.sin(around), np.cos(around), 0.0])
    toward = -np.cos(above) * back + np.sin(above) * np.array([0, 0, 1.0])
    return Camera(np.stack([right, np.cross(toward, right), toward]), distance)


def camera_of(view: View, radius: float) -> Camera:
    """The camera of a named view for a piece that reaches `radius` from the origin."""
    if view is View.TOP:
        return camera_at(0, 90, None)
    if view is View.FRONT:
        return camera_at(0, 0, None)
    if view is View.SIDE:
        return camera_at(90, 0, None)
    return camera_at(-38, 26, _FAR * radius)


def camera_around(turn: float, radius: float) -> Camera:
    """The photographer's camera when the table has turned by so many degrees."""
    return camera_at(-38 + turn, 26, _FAR * radius)
