"""From volume to gram: what a piece weighs in each alloy and how much metal casting it takes.

The figures are craft's; here a measured volume meets them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from saleor_bespoke.craft.metals import (
    ALLOYS,
    CASTING_ALLOWANCE,
    Alloy,
    InvalidMeasure,
    casting_grams,
    finished_grams,
    weight_grams,
)
from saleor_bespoke.shapes.shape import ShapeRefused

_CUBIC = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Weight:
    """One alloy in g: the model as drawn, the finished piece, the metal melted to cast it."""

    alloy: Alloy
    model: Decimal
    finished: Decimal
    casting: Decimal


def weights(
    volume: float,
    alloys: Iterable[Alloy] = tuple(ALLOYS.values()),
    *,
    allowance: Decimal = CASTING_ALLOWANCE,
) -> tuple[Weight, ...]:
    """What a volume in mm³ weighs in each alloy; raises ShapeRefused where no piece has it."""
    cubic = Decimal(repr(volume)).quantize(_CUBIC, ROUND_HALF_UP)
    try:
        return tuple(_weight(cubic, alloy, allowance) for alloy in alloys)
    except InvalidMeasure as error:
        raise ShapeRefused("This shape is too large for a piece of jewellery.") from error


def _weight(volume: Decimal, alloy: Alloy, allowance: Decimal) -> Weight:
    model = weight_grams(volume, alloy)
    return Weight(alloy, model, finished_grams(model), casting_grams(model, allowance))
