"""The table of alloys. Specific gravities in g/cm³; those marked approximate are defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final


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
