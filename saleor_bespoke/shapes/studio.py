"""Light of a photographer's tent: what polished metal mirrors, and how film takes it.

Directions are the viewer's: x right, y up, z towards the camera.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from saleor_bespoke.craft.metals import MetalColour

Light = NDArray[np.float32]

METALS: Final[Mapping[MetalColour, tuple[float, float, float]]] = MappingProxyType(
    {
        MetalColour.YELLOW: (1.0, 0.66, 0.25),
        MetalColour.WHITE: (0.93, 0.92, 0.905),
        MetalColour.ROSE: (0.98, 0.60, 0.44),
        MetalColour.GREY: (0.58, 0.565, 0.54),
        MetalColour.BLACK: (0.10, 0.10, 0.105),
    }
)
_BOXES: Final = (
    # direction of the middle, half width and half height, softness, brightness
    ((-0.62, 0.62, 0.48), 0.42, 0.34, 0.14, 3.0),
    ((0.80, 0.28, 0.52), 0.16, 0.62, 0.10, 2.0),
    ((0.05, 0.98, -0.10), 0.75, 0.45, 0.30, 1.5),
    ((-0.92, -0.05, -0.38), 0.14, 0.60, 0.12, 0.9),
)
_EXPOSURE: Final = 1.05
_NEARNESS: Final = 0.28


def lit(normals: Light, aside: Light, shade: Light, colour: MetalColour) -> Light:
    """Linear colours, 0 to 1, of metal with these unit normals (n, 3).

    `aside` is how far right and up of the picture's middle each place is, from -1 to 1: the camera
    is near, so even a flat face mirrors more than one tone. `shade` is how open each place is to
    the light, from 0 (hidden) to 1.
    """
    eye = np.concatenate([aside * np.float32(-_NEARNESS), np.ones_like(aside[:, :1])], axis=1)
    eye /= np.linalg.norm(eye, axis=1, keepdims=True)
    facing = np.clip((normals * eye).sum(axis=1), 0, 1)
    mirrored = 2 * facing[:, None] * normals - eye
    glossy = _tent(mirrored)
    soft = _wrapped(normals)
    base = np.array(METALS[colour], dtype=np.float32)
    edge = ((1 - facing) ** 5)[:, None] * np.float32(0.35)
    tint = base + (1 - base) * edge
    light = (0.62 * glossy * (0.3 + 0.7 * shade) + 0.22 * soft * shade)[:, None] * tint
    if colour is MetalColour.BLACK:
        light = light + 0.05 * glossy[:, None]
    return _filmed(light * np.float32(_EXPOSURE))


def _tent(way: Light) -> Light:
    """Brightness of the surroundings in a direction: pale walls, a dark floor line, soft boxes."""
    height = way[:, 1]
    light = 0.20 + 0.42 * _step(height, -0.15, 0.85) + 0.22 * _step(-height, 0.2, 1.0)
    light -= 0.12 * np.exp(-(((height + 0.12) / 0.18) ** 2))
    light *= 1.0 - 0.30 * _step(way[:, 2], 0.2, 1.0)
    for middle, wide, high, softness, brightness in _BOXES:
        light += brightness * _box(way, middle, wide, high, softness)
    return light.astype(np.float32)


def _box(
    way: Light, middle: tuple[float, float, float], wide: float, high: float, softness: float
) -> Light:
    """A soft box: 1 within its frame, fading over its softness."""
    ahead = np.array(middle) / np.linalg.norm(middle)
    side = np.cross([0.0, 1.0, 0.0] if abs(ahead[1]) < 0.9 else [0.0, 0.0, -1.0], ahead)
    side /= np.linalg.norm(side)
    axes = np.stack([ahead, side, np.cross(ahead, side)]).astype(np.float32)
    seen = way @ axes.T
    across = _step(wide - np.abs(seen[:, 1]), -softness, softness)
    along = _step(high - np.abs(seen[:, 2]), -softness, softness)
    result: Light = across * along * (seen[:, 0] > 0)
    return result


def _wrapped(normals: Light) -> Light:
    key = np.array([-0.45, 0.70, 0.55], dtype=np.float32)
    key /= np.linalg.norm(key)
    light: Light = np.clip((normals @ key + 0.45) / 1.45, 0, 1) + 0.10 * (1 + normals[:, 1])
    return light


def _step(value: Light, low: float, high: float) -> Light:
    t = np.clip((value - low) / (high - low), 0, 1)
    result: Light = t * t * (3 - 2 * t)
    return result


def _filmed(light: Light) -> Light:
    """Bright light runs softly into white."""
    result: Light = np.clip(
        light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14), 0, 1
    )
    return result
