"""OBJ: lines of corners and polygons. Materials, textures and anything it points to are ignored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from saleor_bespoke.shapes.shape import TRIANGLES_MAX, Shape, ShapeRefused, shape_of

_LINE_MAX = 64 * 1024
_CORNERS_MAX = 3 * TRIANGLES_MAX
_BATCH = 200_000


class _Reading:
    """What has been read so far; text is turned into arrays batch by batch to stay small."""

    def __init__(self) -> None:
        self.count = 0
        self.triangles = 0
        self._points: list[list[bytes]] = []
        self._faces: list[tuple[int, int, int]] = []
        self._point_blocks = [np.empty((0, 3))]
        self._face_blocks = [np.empty((0, 3), dtype=np.int64)]

    def point(self, words: list[bytes]) -> None:
        self.count += 1
        if self.count > _CORNERS_MAX or len(words) != 3:
            raise ShapeRefused("This OBJ file has too many corners or one without a position.")
        self._points.append(words)
        if len(self._points) == _BATCH:
            self.flush()

    def polygon(self, words: list[bytes]) -> None:
        """A polygon as a fan; negative numbers count back from the newest corner."""
        numbers = [int(word.split(b"/", 1)[0]) for word in words]
        corners = [number - 1 if number > 0 else self.count + number for number in numbers]
        if any(not number for number in numbers) or min(corners, default=-1) < 0:
            raise ShapeRefused("This OBJ file has a triangle without its corners.")
        for index in range(1, len(corners) - 1):
            self._faces.append((corners[0], corners[index], corners[index + 1]))
        self.triangles += max(0, len(corners) - 2)
        if self.triangles > TRIANGLES_MAX:
            raise ShapeRefused(f"A shape has between 1 and {TRIANGLES_MAX:,} triangles.")
        if len(self._faces) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        if self._points:
            self._point_blocks.append(np.array(self._points, dtype=np.float64))
            self._points.clear()
        if self._faces:
            self._face_blocks.append(np.array(self._faces, dtype=np.int64))
            self._faces.clear()

    def shape(self) -> Shape:
        self.flush()
        if not self.count or not self.triangles:
            raise ShapeRefused("This OBJ file contains no surface.")
        return shape_of(np.concatenate(self._point_blocks), np.concatenate(self._face_blocks))


def read_obj(path: Path) -> Shape:
    """All polygons of all objects in the file as triangles, lengths as given."""
    reading = _Reading()
    with path.open("rb") as file:
        for words in _lines(file):
            if words[:1] == [b"v"]:
                reading.point(words[1:4])
            elif words[:1] == [b"f"]:
                reading.polygon(words[1:])
    return reading.shape()


def _lines(file: BinaryIO) -> Iterator[list[bytes]]:
    """The words of each line; one that ends with a backslash goes on in the next."""
    words: list[bytes] = []
    while line := file.readline(_LINE_MAX):
        words.extend(line.split())
        if len(line) == _LINE_MAX or len(words) > _LINE_MAX:
            raise ShapeRefused("This OBJ file has a line without end.")
        if line.rstrip(b"\r\n").endswith(b"\\"):
            last = words.pop().removesuffix(b"\\")
            words.extend([last] if last else [])
            continue
        yield words
        words = []
    if words:
        yield words
