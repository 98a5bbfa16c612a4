"""The nearest place of a surface to given points: exact, through the cells of a grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleor_bespoke.shapes.arrays import Floats, Ints
from saleor_bespoke.shapes.rays import Grid
from saleor_bespoke.shapes.shape import Shape

_AT_ONCE = 64
_PAIRS_MAX = 300_000
_CANDIDATES_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Nearest:
    """For each point its nearest place, the distance (infinite where nothing is near), the face."""

    places: Floats
    distances: Floats
    faces: Ints


class Surface:
    """A shape prepared to be asked what is near."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.grid = Grid(shape)
        corners = shape.triangles
        self._middles = corners.mean(axis=1)
        self._sizes = np.linalg.norm(corners - self._middles[:, None], axis=2).max(axis=1)

    def nearest(self, points: Floats, reach: float) -> Nearest:
        """The nearest places no farther than `reach`."""
        found = Nearest(
            points.copy(), np.full(len(points), np.inf), np.full(len(points), -1, dtype=np.int64)
        )
        for start in range(0, len(points), _AT_ONCE):
            self._fill(found, points, np.arange(start, min(start + _AT_ONCE, len(points))), reach)
        return found

    def _fill(self, found: Nearest, points: Floats, some: Ints, reach: float) -> None:
        index, face = self.grid.around(points[some], reach)
        index, face = self._likely(points[some], index, face, reach)
        for first in range(0, len(index), _PAIRS_MAX):
            pairs = slice(first, first + _PAIRS_MAX)
            point, triangle = some[index[pairs]], face[pairs]
            corners = self.shape.vertices[self.shape.faces[triangle]]
            places, apart = closest(points[point], corners)
            order = np.lexsort((triangle, apart, point))
            point, one = np.unique(point[order], return_index=True)
            best = order[one]
            nearer = (apart[best] < found.distances[point]) & (apart[best] <= reach)
            point, best = point[nearer], best[nearer]
            found.places[point] = places[best]
            found.distances[point] = apart[best]
            found.faces[point] = triangle[best]

    def _likely(self, points: Floats, index: Ints, face: Ints, reach: float) -> tuple[Ints, Ints]:
        """Pairs without those that another triangle is nearer than, whatever their corners are."""
        middle = np.linalg.norm(points[index] - self._middles[face], axis=1)
        most = np.full(len(points), np.inf)
        np.minimum.at(most, index, middle)
        likely = middle - self._sizes[face] <= np.minimum(most, reach)[index] * (1 + 1e-9)
        return index[likely], face[likely]

    def faces_near(self, place: Floats, reach: float) -> Ints:
        """The triangles whose boxes come about as near as `reach`; at most so many, evenly."""
        _, faces = self.grid.around(place[None], reach)
        faces = np.unique(faces)
        return faces[:: max(1, len(faces) // _CANDIDATES_MAX)]


def closest(points: Floats, corners: Floats) -> tuple[Floats, Floats]:
    """The nearest place of each triangle (n, 3, 3) to its point (n, 3), and how far it is."""
    origin = corners[:, 0]
    first, second = corners[:, 1] - origin, corners[:, 2] - origin
    normal = np.cross(first, second)
    square = np.maximum((normal**2).sum(axis=1), 1e-300)
    away = points - origin
    v = (np.cross(away, second) * normal).sum(axis=1) / square
    w = (np.cross(first, away) * normal).sum(axis=1) / square
    within = (v >= 0) & (w >= 0) & (v + w <= 1)
    best = origin + v[:, None] * first + w[:, None] * second
    apart = np.where(within, np.linalg.norm(points - best, axis=1), np.inf)
    for here in range(3):
        start = corners[:, here]
        along = corners[:, (here + 1) % 3] - start
        length = np.maximum((along**2).sum(axis=1), 1e-300)
        share = np.clip(((points - start) * along).sum(axis=1) / length, 0, 1)
        place = start + share[:, None] * along
        distance = np.linalg.norm(points - place, axis=1)
        nearer = distance < apart
        best = np.where(nearer[:, None], place, best)
        apart = np.where(nearer, distance, apart)
    return best, apart
