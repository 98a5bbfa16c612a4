"""Alloys: what they are made of, what they weigh and which finishes they take.

Specific gravities are g/cm³. Those marked approximate, and all whites (nickel and palladium whites
differ), are defaults that a shop overrides with its caster's data sheet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum
from types import MappingProxyType
from typing import Final

FINISHED_LOSS: Final = Decimal("0.17")
"""A finished piece weighs about 17 % less than its model in the same alloy (shrinkage, polish)."""
CASTING_ALLOWANCE: Final = Decimal("0.35")
"""Sprue and button: 25 to 50 % more metal than the piece; the middle is the default."""
CASTING_ALLOWANCE_RANGE: Final = (Decimal("0.25"), Decimal("0.50"))

_MILLIGRAM: Final = Decimal("0.001")


class InvalidMeasure(ValueError):
    """A volume, weight or override that cannot be: negative, not a number or out of its range."""


class MetalFamily(StrEnum):
    """What the assayer, the resizer and the customs form ask for."""

    GOLD = "gold"
    PLATINUM = "platinum"
    PALLADIUM = "palladium"
    SILVER = "silver"
    TITANIUM = "titanium"
    TUNGSTEN = "tungsten"
    STEEL = "steel"
    CERAMIC = "ceramic"

    @property
    def precious(self) -> bool:
        """Whether the metal is assayed, hallmarked and credited when old."""
        return self in _PRECIOUS


_PRECIOUS: Final = frozenset(
    {MetalFamily.GOLD, MetalFamily.PLATINUM, MetalFamily.PALLADIUM, MetalFamily.SILVER}
)


class MetalColour(StrEnum):
    """The colour a customer sees before any plating."""

    YELLOW = "yellow"
    WHITE = "white"
    ROSE = "rose"
    GREY = "grey"
    BLACK = "black"


class AlloyCode(StrEnum):
    """The alloys a specification can name."""

    GOLD_9K_YELLOW = "gold_9k_yellow"
    GOLD_9K_WHITE = "gold_9k_white"
    GOLD_9K_ROSE = "gold_9k_rose"
    GOLD_10K_YELLOW = "gold_10k_yellow"
    GOLD_10K_WHITE = "gold_10k_white"
    GOLD_10K_ROSE = "gold_10k_rose"
    GOLD_14K_YELLOW = "gold_14k_yellow"
    GOLD_14K_WHITE = "gold_14k_white"
    GOLD_14K_ROSE = "gold_14k_rose"
    GOLD_18K_YELLOW = "gold_18k_yellow"
    GOLD_18K_WHITE = "gold_18k_white"
    GOLD_18K_ROSE = "gold_18k_rose"
    GOLD_22K_YELLOW = "gold_22k_yellow"
    PLATINUM_950_RU = "platinum_950_ru"
    PLATINUM_950_CO = "platinum_950_co"
    PLATINUM_950_IR = "platinum_950_ir"
    PALLADIUM_950 = "palladium_950"
    PALLADIUM_500 = "palladium_500"
    SILVER_925 = "silver_925"
    TITANIUM = "titanium"
    TUNGSTEN_CARBIDE = "tungsten_carbide"
    STEEL_316L = "steel_316l"
    CERAMIC_ZIRCONIA = "ceramic_zirconia"


class Finish(StrEnum):
    """The surface of the metal."""

    POLISHED = "polished"
    MATTE = "matte"
    BRUSHED = "brushed"
    HAMMERED = "hammered"
    RHODIUM_PLATED = "rhodium_plated"


@dataclass(frozen=True, slots=True)
class Alloy:
    """One alloy. Fineness in ‰ (0 where none applies), specific gravity in g/cm³.

    `nickel` is None where it depends on the caster, as in white gold.
    """

    code: AlloyCode
    family: MetalFamily
    colour: MetalColour
    fineness: int
    specific_gravity: Decimal
    display_name: str
    approximate: bool = False
    nickel: bool | None = False


def _gold(
    karat: int, fineness: int, densities: Mapping[MetalColour, str], approx: bool
) -> tuple[Alloy, ...]:
    return tuple(
        Alloy(
            AlloyCode(f"gold_{karat}k_{colour.value}"),
            MetalFamily.GOLD,
            colour,
            fineness,
            Decimal(density),
            f"{karat}K {colour.value} gold",
            approx,
            None if colour is MetalColour.WHITE else False,
        )
        for colour, density in densities.items()
    )


_Y, _W, _R = MetalColour.YELLOW, MetalColour.WHITE, MetalColour.ROSE
_ALL: Final = (
    *_gold(9, 375, {_Y: "11.4", _W: "11.4", _R: "11.4"}, True),
    *_gold(10, 417, {_Y: "11.57", _W: "11.07", _R: "11.59"}, True),
    *_gold(14, 585, {_Y: "13.07", _W: "12.61", _R: "13.26"}, False),
    *_gold(18, 750, {_Y: "15.58", _W: "14.64", _R: "15.18"}, False),
    *_gold(22, 916, {_Y: "17.7"}, True),
    Alloy(
        AlloyCode.PLATINUM_950_RU,
        MetalFamily.PLATINUM,
        _W,
        950,
        Decimal("20.7"),
        "platinum 950 (ruthenium)",
        True,
    ),
    Alloy(
        AlloyCode.PLATINUM_950_CO,
        MetalFamily.PLATINUM,
        _W,
        950,
        Decimal("20.80"),
        "platinum 950 (cobalt)",
    ),
    Alloy(
        AlloyCode.PLATINUM_950_IR,
        MetalFamily.PLATINUM,
        _W,
        950,
        Decimal("21.54"),
        "platinum 950 (iridium)",
    ),
    Alloy(
        AlloyCode.PALLADIUM_950, MetalFamily.PALLADIUM, _W, 950, Decimal(12), "palladium 950", True
    ),
    Alloy(
        AlloyCode.PALLADIUM_500,
        MetalFamily.PALLADIUM,
        _W,
        500,
        Decimal("11.2"),
        "palladium 500",
        True,
    ),
    Alloy(
        AlloyCode.SILVER_925, MetalFamily.SILVER, _W, 925, Decimal("10.40"), "sterling silver 925"
    ),
    Alloy(
        AlloyCode.TITANIUM,
        MetalFamily.TITANIUM,
        MetalColour.GREY,
        0,
        Decimal("4.43"),
        "titanium",
        True,
    ),
    Alloy(
        AlloyCode.TUNGSTEN_CARBIDE,
        MetalFamily.TUNGSTEN,
        MetalColour.GREY,
        0,
        Decimal("15.6"),
        "tungsten carbide",
        True,
    ),
    Alloy(
        AlloyCode.STEEL_316L,
        MetalFamily.STEEL,
        MetalColour.GREY,
        0,
        Decimal("7.99"),
        "stainless steel 316L",
        True,
        True,
    ),
    Alloy(
        AlloyCode.CERAMIC_ZIRCONIA,
        MetalFamily.CERAMIC,
        MetalColour.BLACK,
        0,
        Decimal("6.05"),
        "zirconia ceramic",
        True,
    ),
)
ALLOYS: Final[Mapping[AlloyCode, Alloy]] = MappingProxyType({alloy.code: alloy for alloy in _ALL})

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
