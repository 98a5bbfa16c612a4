"""Places pinned on a picture, carried to the next one where it still shows the same there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from saleor_bespoke.shapes.arrays import Floats
from saleor_bespoke.shapes.prints import whitened

_SIDE = 512
_REACH = 0.05
"""The part of a picture's width and height around a place that has to be as it was."""
_SAME = 3.0  # of 255, on average
_ANYWHERE = 24.0  # of 255, at any one point once both are softened
_FORM = 0.01
_STILL = 0.9
"""The share of the whole picture that has to be as it was: else the camera has moved."""


def spots_carry(
    old: Image.Image, new: Image.Image, spots: Sequence[tuple[float, float]]
) -> list[bool]:
    """Whether each spot (0…1 from left and top) shows the same in both pictures.

    Pictures of another form or camera show nothing the same: better lost than wrong.
    """
    if abs(old.width / old.height - new.width / new.height) > _FORM * old.width / old.height:
        return [False] * len(spots)
    apart = np.abs(_plane(old) - _plane(new))
    if float((apart <= _ANYWHERE).mean()) < _STILL:
        return [False] * len(spots)
    return [_same(apart, x, y) for x, y in spots]


def _plane(image: Image.Image) -> Floats:
    """In grey, small, and softened so that compression makes no difference."""
    small = whitened(image).resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    soft = small.resize((_SIDE // 2, _SIDE // 2), Image.Resampling.BOX)
    return np.asarray(soft, dtype=np.float64)


def _same(apart: Floats, x: float, y: float) -> bool:
    side = len(apart)
    reach = max(int(_REACH * side), 1)
    column, row = min(int(x * side), side - 1), min(int(y * side), side - 1)
    patch = apart[
        max(row - reach, 0) : row + reach + 1,
        max(column - reach, 0) : column + reach + 1,
    ]
    return bool(patch.mean() <= _SAME and patch.max() <= _ANYWHERE)
