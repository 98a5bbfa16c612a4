"""Fingerprints: does this design, or this picture, look like one that exists already?

A shape's print forgets where the piece lies, how its corners are ordered and how finely it was
meshed, and keeps its size. A picture's print forgets scale, compression and small retouches.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from PIL import Image

from saleor_bespoke.shapes.arrays import Floats
from saleor_bespoke.shapes.holes import frame_of
from saleor_bespoke.shapes.rings import Ring, ring_of
from saleor_bespoke.shapes.sampling import Samples, sample
from saleor_bespoke.shapes.shape import Shape

_VERSION: Final = 1
_POINTS: Final = 40_000
_PAIRS: Final = 200_000
_WAVES: Final = 48
GROUPS: Final = (
    # how many features, how they are compared, how much of a difference counts as one
    (3, "most", 0.03),
    (1, "most", 0.03),
    (1, "most", 0.03),
    (3, "most", 0.03),
    (48, "mean", 0.015),
    (48, "mean", 0.010),
    (24, "mean", 0.08),
    (24, "mean", 0.08),
    (24, "mean", 0.08),
    (24, "mean", 0.08),
    (24, "mean", 0.05),
    (_WAVES, "most", 0.08),
    (_WAVES, "most", 0.08),
    (_WAVES, "most", 0.08),
)
FEATURES_COUNT: Final = sum(count for count, _, _ in GROUPS)
PRINT_BYTES: Final = 1 + 2 * FEATURES_COUNT
NEAR: Final = 0.2
"""Shapes less than this apart are to be looked at by a person."""
_SIDE: Final = 32
_BROADEST: Final = sorted(
    ((i, j) for i in range(11) for j in range(11 - i) if i or j), key=lambda wave: (sum(wave), wave)
)[:64]
"""The waves of 32 by 32 pixels by which a picture is judged: the broadest, without its mean."""


def shape_print(shape: Shape, ring: Ring | None = None) -> bytes:
    """The print of a shape whose lengths are mm, PRINT_BYTES long; `ring` if it is known."""
    spread = sample(shape, _POINTS)
    parts = [_sizes(spread.points, shape), *_curves(spread), *_rhythm(shape, spread.points, ring)]
    numbers = np.clip(np.rint(np.concatenate(parts) * 65535), 0, 65535).astype("<u2")
    content: bytes = numbers.tobytes()
    return bytes([_VERSION]) + content


def features(mark: bytes) -> Floats:
    """The numbers in a print, from 0 to 1; raises ValueError for bytes that are none."""
    if len(mark) != PRINT_BYTES or mark[0] != _VERSION:
        raise ValueError("This is no print of a shape.")
    numbers: Floats = np.frombuffer(mark, dtype="<u2", offset=1).astype(np.float64)
    return numbers / 65535


def _sizes(points: Floats, shape: Shape) -> Floats:
    """Lengths on a logarithmic scale from 0.1 mm to 1 m: spreads, area and volume as lengths."""
    away = points - points.mean(axis=0)
    spreads = np.sqrt(np.maximum(np.linalg.eigvalsh(away.T @ away / len(away)), 1e-12))
    corners = shape.triangles
    twice = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = float(np.linalg.norm(twice, axis=1).sum()) / 2
    distance = np.linalg.norm(away, axis=1)
    reach = np.percentile(distance, [2, 50, 98])
    lengths = np.array([*spreads, np.sqrt(area), np.cbrt(abs(shape.signed_volume)), *reach])
    shares: Floats = np.clip((np.log10(np.maximum(lengths, 1e-6)) + 1) / 4, 0, 1)
    return shares


def _curves(spread: Samples) -> list[Floats]:
    """How much of the surface lies within growing distances, in growing shares of its own size.

    From the middle; between pairs of points; between pairs by how their surfaces are turned; and
    how flat or curved the surface is around.
    """
    points, normals = spread.points, spread.normals
    away = np.linalg.norm(points - points.mean(axis=0), axis=1)
    scale = float(np.sqrt((away**2).mean()))
    turn = np.arange(_PAIRS)
    first = turn % len(points)
    second = (first + 1 + (turn * 2654435761 >> 7) % (len(points) - 1)) % len(points)
    apart = np.linalg.norm(points[first] - points[second], axis=1)
    alike = np.abs(np.einsum("ij,ij->i", normals[first], normals[second]))
    curves = [_share(away / scale, 2.2, 48), _share(apart / scale, 3.2, 48)]
    for low, high in ((0, 0.25), (0.25, 0.6), (0.6, 0.9), (0.9, 1.01)):
        group = apart[(alike >= low) & (alike < high)] / scale
        curves.append(_share(group, 3.2, 24) * len(group) / _PAIRS)
    outward = np.einsum("ij,ij->i", normals, points - points.mean(axis=0)) / scale
    curves.append(_share(np.abs(outward), 2.2, 24))
    return curves


def _rhythm(shape: Shape, points: Floats, ring: Ring | None) -> list[Floats]:
    """What recurs around the finger, as stones do: strengths of waves; nothing for other pieces."""
    ring = ring or ring_of(shape)
    if ring is None:
        return [np.zeros(_WAVES)] * 3
    first, second = frame_of(np.array(ring.axis))
    away = points - np.array(ring.centre)
    x, y = away @ first, away @ second
    angle = np.arctan2(y, x)
    radius = ring.inner_diameter / 2
    heights = (np.ones(len(points)), np.hypot(x, y) / radius - 1, np.abs(away @ ring.axis) / radius)
    turns = np.exp(-1j * angle)
    waves: list[Floats] = []
    for height in heights:
        share = height / max(float(height.sum()), 1e-12)
        wave = np.ones(len(points), dtype=np.complex128)
        strengths = np.zeros(_WAVES)
        for number in range(_WAVES):
            wave *= turns
            strengths[number] = abs(complex(wave @ share))
        waves.append(strengths)
    return waves


def _share(values: Floats, most: float, steps: int) -> Floats:
    """The share of values below each of so many even steps."""
    if not len(values):
        return np.zeros(steps)
    borders = np.arange(1, steps + 1) * most / steps
    return np.searchsorted(np.sort(values), borders) / len(values)


def whitened(image: Image.Image) -> Image.Image:
    """The picture in grey on a white ground."""
    if image.mode in ("L", "RGB"):
        return image.convert("L")
    full = image.convert("RGBA")
    flat = Image.new("RGB", image.size, "white")
    flat.paste(full, mask=full.getchannel("A"))
    return flat.convert("L")


def picture_print(image: Image.Image) -> int:
    """64 bits that stay nearly the same when a picture is scaled, compressed or brightened."""
    grey = whitened(image).resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    waves = _waves()
    spectrum = waves @ np.asarray(grey, dtype=np.float64) @ waves.T
    kept = np.array([spectrum[wave] for wave in _BROADEST])
    bits = kept > np.median(kept)
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def _waves() -> Floats:
    """The cosine transform as a matrix."""
    row = np.arange(11)[:, None]
    column = np.arange(_SIDE)[None, :]
    waves: Floats = np.cos(np.pi * row * (2 * column + 1) / (2 * _SIDE))
    return waves
