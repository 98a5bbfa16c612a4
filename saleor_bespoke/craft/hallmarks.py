"""Hallmarks: when the law demands one before a piece is sold as precious metal.

Source: UK Hallmarking Act 1973; compulsory above 1 g gold, 1 g palladium, 0.5 g platinum and
7.78 g silver, counting metal only. Other countries' rules are not modelled.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from saleor_bespoke.craft.metals import Alloy, MetalFamily


class AssayOffice(StrEnum):
    """The four offices that strike UK hallmarks."""

    LONDON = "london"
    BIRMINGHAM = "birmingham"
    SHEFFIELD = "sheffield"
    EDINBURGH = "edinburgh"


UK_THRESHOLDS: Final = MappingProxyType(
    {
        MetalFamily.GOLD: Decimal(1),
        MetalFamily.PALLADIUM: Decimal(1),
        MetalFamily.PLATINUM: Decimal("0.5"),
        MetalFamily.SILVER: Decimal("7.78"),
    }
)
"""Grams of metal up to which a piece is exempt."""

_UK_MARKS: Final = MappingProxyType(
    {
        MetalFamily.GOLD: (375, 585, 750, 916, 990, 999),
        MetalFamily.PALLADIUM: (500, 950, 999),
        MetalFamily.PLATINUM: (850, 900, 950, 999),
        MetalFamily.SILVER: (800, 925, 958, 999),
    }
)


@dataclass(frozen=True, slots=True)
class HallmarkNeed:
    """Whether a hallmark is compulsory, with the sentence that says why."""

    required: bool
    reason: str


def hallmark_required(country: str, family: MetalFamily, metal_grams: Decimal) -> HallmarkNeed:
    """Judge a piece sold in a country (ISO 3166 alpha-2) by its metal weight in g, stones apart.

    Raises ValueError for a weight that cannot be.
    """
    if not metal_grams.is_finite() or metal_grams < 0:
        raise ValueError("A metal weight in g is zero or more.")
    if country.upper() != "GB":
        return HallmarkNeed(False, f"No compulsory hallmark is known here for {country.upper()}.")
    threshold = UK_THRESHOLDS.get(family)
    if threshold is None:
        return HallmarkNeed(False, f"{family.value.capitalize()} is not hallmarked in the UK.")
    if metal_grams > threshold:
        return HallmarkNeed(
            True, f"UK law demands a hallmark above {threshold} g of {family.value}."
        )
    return HallmarkNeed(False, f"Up to {threshold} g of {family.value} is exempt in the UK.")


def uk_mark(alloy: Alloy) -> int | None:
    """The fineness in ‰ a UK office strikes: the highest standard the alloy reaches, or None."""
    reached = [mark for mark in _UK_MARKS.get(alloy.family, ()) if mark <= alloy.fineness]
    return max(reached, default=None)
