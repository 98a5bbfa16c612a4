"""What a feasibility rule looks at and what it may say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from saleor_bespoke.craft.engraving import LIMITS, EngravingPlace
from saleor_bespoke.craft.metals import ALLOYS, Alloy, AlloyCode
from saleor_bespoke.craft.money import Amount
from saleor_bespoke.craft.pieces import SettingType, Specification, StyleFeature
from saleor_bespoke.craft.resizability import DEFAULT_POLICY, ResizePolicy
from saleor_bespoke.craft.stones import Origin, StoneKind

StonePrices = Mapping[tuple[StoneKind, Origin], Amount]
# fmt: off
NICKEL_DIRECTIVE: Final = frozenset({
    "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE",
    "GR", "HU", "IE", "IT", "LV", "LT", "LU", "MT", "NL", "PL", "PT",
    "RO", "SK", "SI", "ES", "SE", "GB", "IS", "LI", "NO", "CH",
})
# fmt: on
"""Countries that limit nickel release: EU REACH XVII-27, its neighbours and the UK's own copy."""


class Severity(StrEnum):
    """INFO is told, RISK is answered by staff, IMPOSSIBLE keeps a quote from being sent."""

    INFO = "info"
    RISK = "risk"
    IMPOSSIBLE = "impossible"


class FindingCode(StrEnum):
    """What was found. A published code never changes its meaning."""

    FRAGILE_STONE_UNDER_TENSION = "fragile_stone_under_tension"
    METAL_TOO_SOFT_FOR_TENSION = "metal_too_soft_for_tension"
    SOFT_STONE_IN_RING = "soft_stone_in_ring"
    POINTS_UNPROTECTED = "points_unprotected"
    TREATMENT_NEEDS_CARE = "treatment_needs_care"
    FINISH_UNSUITED = "finish_unsuited"
    METAL_CANNOT_HOLD_STONES = "metal_cannot_hold_stones"
    SOFT_METAL_FINE_PRONGS = "soft_metal_fine_prongs"
    FEATURES_CONFLICT = "features_conflict"
    FEATURE_WITHOUT_STONES = "feature_without_stones"
    BAND_TOO_THIN = "band_too_thin"
    COMFORT_FIT_TOO_NARROW = "comfort_fit_too_narrow"
    WIDE_BAND_FEELS_TIGHTER = "wide_band_feels_tighter"
    SIZE_NOT_PRODUCIBLE = "size_not_producible"
    RARE_SIZE = "rare_size"
    NOT_RESIZABLE = "not_resizable"
    ENGRAVING_NOT_POSSIBLE = "engraving_not_possible"
    ENGRAVING_BAND_NARROW = "engraving_band_narrow"
    STONES_ABOVE_BUDGET = "stones_above_budget"
    NICKEL_RELEASE = "nickel_release"
    OLD_METAL_REFUSED = "old_metal_refused"


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark on a specification; `field` is the camelCase field it concerns."""

    code: FindingCode
    severity: Severity
    field: str
    sentence: str


# Wholesale floors in USD per carat (approximate); a shop sets its own, also in other currencies.
_FLOORS: Final = {
    (StoneKind.DIAMOND, Origin.NATURAL): 1000,
    (StoneKind.DIAMOND, Origin.LABORATORY_GROWN): 120,
    (StoneKind.RUBY, Origin.NATURAL): 300,
    (StoneKind.SAPPHIRE, Origin.NATURAL): 200,
    (StoneKind.EMERALD, Origin.NATURAL): 250,
    (StoneKind.ALEXANDRITE, Origin.NATURAL): 1000,
}


def _usd_floors() -> StonePrices:
    floors = {key: Amount(Decimal(each), "USD") for key, each in _FLOORS.items()}
    return MappingProxyType(floors)


@dataclass(frozen=True, slots=True)
class FeasibilityPolicy:
    """A shop's own limits. Sizes are inner circumferences in mm, widths in mm."""

    smallest_mm: Decimal = Decimal(41)
    largest_mm: Decimal = Decimal(73)
    rare_below_mm: Decimal = Decimal("46.7")
    rare_above_mm: Decimal = Decimal("67.2")
    thinnest_mm: Decimal = Decimal(1)
    sturdy_mm: Decimal = Decimal("1.5")
    comfort_mm: Decimal = Decimal("2.5")
    wide_mm: Decimal = Decimal(6)
    engravable_mm: Decimal = Decimal(2)
    engraving_limits: Mapping[EngravingPlace, int] = field(default_factory=lambda: LIMITS)
    price_per_carat: StonePrices = field(default_factory=_usd_floors)
    resize: ResizePolicy = DEFAULT_POLICY
    alloys: Mapping[AlloyCode, Alloy] = field(default_factory=lambda: ALLOYS)


@dataclass(frozen=True, slots=True)
class Case:
    """A specification with what is known around it: the stretch budget, where it will be worn."""

    spec: Specification
    policy: FeasibilityPolicy
    stretch: Amount | None = None
    country: str | None = None

    @property
    def alloy(self) -> Alloy:
        """The alloy with the shop's own data."""
        return self.policy.alloys[self.spec.alloy]

    @property
    def under_tension(self) -> bool:
        """Whether the stone is held by the spring of the band alone."""
        spec = self.spec
        return spec.setting is SettingType.TENSION or StyleFeature.TENSION in spec.features
