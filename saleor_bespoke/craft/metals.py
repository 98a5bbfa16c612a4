"""Alloys: what they are made of, what they weigh and which finishes they take.

Specific gravities are g/cm³. Those marked approximate, and all whites (nickel and palladium whites
differ), are defaults that a shop overrides with its caster's data sheet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from types import MappingProxyType
from typing import Final

from saleor_bespoke.craft.alloys import (
    ALLOYS,
    Alloy,
    AlloyCode,
    Finish,
    MetalColour,
    MetalFamily,
)

__all__ = [
    "ALLOYS",
    "CASTING_ALLOWANCE",
    "CASTING_ALLOWANCE_RANGE",
    "FINISHED_LOSS",
    "Alloy",
    "AlloyCode",
    "Finish",
    "InvalidMeasure",
    "MetalColour",
    "MetalFamily",
    "alloys",
    "casting_grams",
    "fine_grams",
    "finish_allowed",
    "finished_grams",
    "weight_grams",
]

FINISHED_LOSS: Final = Decimal("0.17")
"""A finished piece weighs about 17 % less than its model in the same alloy (shrinkage, polish)."""
CASTING_ALLOWANCE: Final = Decimal("0.35")
"""Sprue and button: 25 to 50 % more metal than the piece; the middle is the default."""
CASTING_ALLOWANCE_RANGE: Final = (Decimal("0.25"), Decimal("0.50"))

_MILLIGRAM: Final = Decimal("0.001")


class InvalidMeasure(ValueError):
    """A volume, weight or override that cannot be: negative, not a number or out of its range."""


_UNWORKABLE: Final = frozenset({MetalFamily.TUNGSTEN, MetalFamily.CERAMIC})


def _checked(value: object, *, name: str, least: Decimal, most: Decimal) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise InvalidMeasure(f"{name} must be a number.") from None
    if not number.is_finite() or not least <= number <= most:
        raise InvalidMeasure(f"{name} must lie between {least} and {most}.")
    return number


def alloys(
    overrides: Mapping[str, Mapping[str, object]] | None = None,
) -> Mapping[AlloyCode, Alloy]:
    """All alloys with the shop's own data: code → specific_gravity, display_name, nickel.

    Raises InvalidMeasure for an unknown code, an unknown key or an impossible value.
    """
    known = dict(ALLOYS)
    for code, changes in (overrides or {}).items():
        if code not in known:
            raise InvalidMeasure(f"No alloy is called {code!r}.")
        alloy = known[AlloyCode(code)]
        for key, value in changes.items():
            if key == "specific_gravity":
                gravity = _checked(value, name=key, least=Decimal(1), most=Decimal(23))
                alloy = replace(alloy, specific_gravity=gravity, approximate=False)
            elif key == "display_name" and isinstance(value, str) and value.strip():
                alloy = replace(alloy, display_name=value.strip())
            elif key == "nickel" and isinstance(value, bool):
                alloy = replace(alloy, nickel=value)
            else:
                raise InvalidMeasure(f"The alloy {code} has no such setting: {key}={value!r}.")
        known[alloy.code] = alloy
    return MappingProxyType(known)


def _grams(value: Decimal) -> Decimal:
    return value.quantize(_MILLIGRAM, rounding=ROUND_HALF_UP)


def weight_grams(volume_mm3: Decimal, alloy: Alloy) -> Decimal:
    """Weight in g (0.001) of a volume in mm³: volume · specific gravity / 1000."""
    volume = _checked(volume_mm3, name="A volume in mm³", least=Decimal(0), most=Decimal(10**7))
    return _grams(volume * alloy.specific_gravity / 1000)


def finished_grams(model_grams: Decimal, loss: Decimal = FINISHED_LOSS) -> Decimal:
    """What the finished piece will weigh in g; tolerances are set against this, not the model."""
    grams = _checked(model_grams, name="A weight in g", least=Decimal(0), most=Decimal(10**6))
    share = _checked(loss, name="The loss", least=Decimal(0), most=Decimal("0.5"))
    return _grams(grams * (1 - share))


def casting_grams(piece_grams: Decimal, allowance: Decimal = CASTING_ALLOWANCE) -> Decimal:
    """Metal in g to melt for a piece of that weight, sprue and button included."""
    grams = _checked(piece_grams, name="A weight in g", least=Decimal(0), most=Decimal(10**6))
    share = _checked(allowance, name="The allowance", least=Decimal(0), most=Decimal(2))
    return _grams(grams * (1 + share))


def fine_grams(piece_grams: Decimal, alloy: Alloy) -> Decimal:
    """Pure precious metal in g within a weight of the alloy: the basis of an old-gold credit."""
    grams = _checked(piece_grams, name="A weight in g", least=Decimal(0), most=Decimal(10**6))
    return _grams(grams * alloy.fineness / 1000)


def finish_allowed(finish: Finish, alloy: Alloy) -> bool:
    """Rhodium belongs on white precious metal; tungsten and ceramic cannot be hammered."""
    if finish is Finish.RHODIUM_PLATED:
        return alloy.family.precious and alloy.colour is MetalColour.WHITE
    if finish is Finish.HAMMERED:
        return alloy.family not in _UNWORKABLE
    return True
