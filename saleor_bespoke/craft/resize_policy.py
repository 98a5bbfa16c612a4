"""What a shop promises about resizing, and what of a piece the promise depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from saleor_bespoke.craft.metals import ALLOYS, Finish, MetalFamily
from saleor_bespoke.craft.pieces import PieceType, SettingType, Specification, StyleFeature


@dataclass(frozen=True, slots=True)
class ResizeFacts:
    """What of a piece decides about resizing."""

    piece_type: PieceType
    family: MetalFamily
    features: frozenset[StyleFeature] = frozenset()
    setting: SettingType = SettingType.NONE
    finish: Finish = Finish.POLISHED
    band_width_mm: Decimal | None = None


def _by_family() -> Mapping[MetalFamily, Decimal]:
    two = (MetalFamily.GOLD, MetalFamily.PLATINUM, MetalFamily.SILVER)
    return MappingProxyType(dict.fromkeys(two, Decimal(2)) | {MetalFamily.PALLADIUM: Decimal(1)})


def _by_feature() -> Mapping[StyleFeature, Decimal]:
    one = (StyleFeature.PAVE, StyleFeature.ETERNITY_HALF, StyleFeature.CHANNEL_SET)
    return MappingProxyType(dict.fromkeys(one, Decimal(1)))


@dataclass(frozen=True, slots=True)
class ResizePolicy:
    """A shop's promise. Limits in US sizes (2.553 mm each), the window in days after delivery.

    A metal that `by_family` does not name cannot be resized. `workshop_us_sizes` is what the bench
    can do for a fee; beyond it the ring is made anew.
    """

    window_days: int = 30
    free_resizes: int = 1
    by_family: Mapping[MetalFamily, Decimal] = field(default_factory=_by_family)
    by_feature: Mapping[StyleFeature, Decimal] = field(default_factory=_by_feature)
    wide_band_mm: Decimal = Decimal(6)
    wide_band_us_sizes: Decimal = Decimal(1)
    workshop_us_sizes: Decimal = Decimal(2)


DEFAULT_POLICY: Final = ResizePolicy()


def resize_facts(spec: Specification) -> ResizeFacts:
    """The facts of a specification that decide about resizing."""
    return ResizeFacts(
        piece_type=spec.piece_type,
        family=ALLOYS[spec.alloy].family,
        features=frozenset(spec.features),
        setting=spec.setting,
        finish=spec.finish,
        band_width_mm=spec.band_width_mm,
    )
