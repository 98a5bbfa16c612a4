"""One design against many: exact distances over whole arrays, and keys that a database can index.

What the keys leave out is certainly farther away than the bound, so that an index loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Final

import numpy as np
from PIL import Image

from saleor_bespoke.shapes.arrays import Floats
from saleor_bespoke.shapes.prints import GROUPS, NEAR, features, whitened

BANDS: Final = 9
PICTURE_BITS: Final = 8
"""Pictures farther apart in their 64 bits are not alike: of nine bands one is then the same."""
PICTURE_NEAR: Final = 0.005
"""Pictures less than this apart in detail show the same; measured in benchmarks/shapes.py."""
SIDE_MIN: Final = 128
"""Pixels along the shorter side: a smaller picture says too little of a design."""
DRAWN: Final = frozenset({"TOP", "SIDE", "FRONT"})
_DETAIL: Final = 32
_LEVELS: Final = 24.0
_SPREAD_MIN: Final = 2.0  # of 255: a picture of one colour shows no design


def telling(size: tuple[int, int]) -> bool:
    """Whether a picture of this size is large enough to know a design by."""
    return min(size) >= SIDE_MIN


def picture_detail(image: Image.Image) -> bytes | None:
    """What a picture shows, 32 by 32, freed of brightness and contrast; None of one colour."""
    grey = whitened(image).resize((_DETAIL, _DETAIL), Image.Resampling.LANCZOS)
    plane = np.asarray(grey, dtype=np.float64)
    spread = float(plane.std())
    if spread < _SPREAD_MIN:
        return None
    even = (plane - plane.mean()) / spread
    content: bytes = np.clip(np.rint(even * _LEVELS), -127, 127).astype(np.int8).tobytes()
    return content


def details_distances(one: bytes, others: Sequence[bytes]) -> list[float]:
    """How unlike pictures are to one of them: 0 the same, 1 unrelated, 2 its negative."""
    if not others:
        return []
    rows = np.stack([_detail(it) for it in (one, *others)])
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return [float(it) for it in 1 - rows[1:] @ rows[0]]


def _detail(content: bytes) -> Floats:
    if len(content) != _DETAIL * _DETAIL:
        raise ValueError("This is no detail of a picture.")
    return np.frombuffer(content, dtype=np.int8).astype(np.float64)


def drawings_near(alike: Set[str], common: Set[str]) -> bool:
    """Whether pictures show one design: by top, side and front all of which both have are alike.

    A single side says little (from the front every plain band is a circle), unless it is the only
    one that both have. Where they share fewer drawings, two pictures of any side have to be alike.
    """
    drawn = common & DRAWN
    if len(drawn) > 1:
        return drawn <= alike
    return len(alike) > 1 or (bool(alike) and alike == common)


def picture_bands(mark: int) -> list[int]:
    """The 64 bits in nine bands, each with its place: alike pictures share at least one."""
    bands, low = [], 0
    for band in range(BANDS):
        width = 8 if band == 0 else 7
        bands.append(band << 8 | mark >> low & (1 << width) - 1)
        low += width
    return bands


def shape_keys(mark: bytes) -> tuple[float, float]:
    """Two sizes of a shape (of its surface and of its volume) to look it up by."""
    found = features(mark)
    return float(found[3]), float(found[4])


def keys_reach(near: float = NEAR) -> float:
    """How far apart the keys of two shapes are at most that are less than `near` apart."""
    unit = max(GROUPS[1][2], GROUPS[2][2])
    return float(-2 * np.log(1 - near)) * unit


def shapes_distances(one: bytes, others: Sequence[bytes]) -> list[float]:
    """How unlike shapes are to one of them, from 0 (the same) to 1; ValueError for what is none."""
    if not others:
        return []
    apart = np.abs(np.stack([features(it) for it in others]) - features(one))
    total, start = np.zeros(len(others)), 0
    for count, compared, unit in GROUPS:
        part = apart[:, start : start + count]
        total += ((part.max(axis=1) if compared == "most" else part.mean(axis=1)) / unit) ** 2
        start += count
    return [float(it) for it in 1 - np.exp(-np.sqrt(total) / 2)]
