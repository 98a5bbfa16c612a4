"""The vocabulary of a design: what the piece is, how the stone is held and what marks its style."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class PieceType(StrEnum):
    """What is being made. One project is one piece."""

    RING = "ring"
    WEDDING_BAND = "wedding_band"
    PENDANT = "pendant"
    NECKLACE = "necklace"
    EARRINGS = "earrings"
    BRACELET = "bracelet"
    BROOCH = "brooch"

    @property
    def has_ring_size(self) -> bool:
        """Whether the piece sits on a finger; only such pieces know a resize."""
        return self in (PieceType.RING, PieceType.WEDDING_BAND)

    @property
    def display_name(self) -> str:
        """The piece as a sentence names it."""
        return self.value.replace("_", " ")


class SettingType(StrEnum):
    """How the main stone is held: the head."""

    PRONG_4 = "prong_4"
    PRONG_6 = "prong_6"
    BEZEL = "bezel"
    HALF_BEZEL = "half_bezel"
    TENSION = "tension"
    CHANNEL = "channel"
    FLUSH = "flush"
    BASKET = "basket"
    NONE = "none"


class StyleFeature(StrEnum):
    """What marks the style; several may apply."""

    SOLITAIRE = "solitaire"
    HALO = "halo"
    THREE_STONE = "three_stone"
    ETERNITY_FULL = "eternity_full"
    ETERNITY_HALF = "eternity_half"
    TENSION = "tension"
    BEZEL = "bezel"
    CATHEDRAL = "cathedral"
    PAVE = "pave"
    CHANNEL_SET = "channel_set"
    SPLIT_SHANK = "split_shank"
    COMFORT_FIT = "comfort_fit"
    MILGRAIN = "milgrain"
    KNIFE_EDGE = "knife_edge"
    HAMMERED_ALL_OVER = "hammered_all_over"
    ENGRAVED_ALL_OVER = "engraved_all_over"
    PATTERN_ALL_OVER = "pattern_all_over"

    @property
    def shapes_head(self) -> bool:
        """Whether adding or dropping it changes the head, and so is a change order."""
        return self in _HEAD_FEATURES


_HEAD_FEATURES: Final = frozenset(
    {
        StyleFeature.SOLITAIRE,
        StyleFeature.HALO,
        StyleFeature.THREE_STONE,
        StyleFeature.ETERNITY_FULL,
        StyleFeature.ETERNITY_HALF,
        StyleFeature.TENSION,
        StyleFeature.BEZEL,
        StyleFeature.CATHEDRAL,
        StyleFeature.PAVE,
        StyleFeature.CHANNEL_SET,
    }
)


class OldMetalForm(StrEnum):
    """What a customer brings to be melted into the price."""

    JEWELLERY = "jewellery"
    COIN = "coin"
    GRAIN = "grain"
    SHEET = "sheet"
    WIRE = "wire"

    @property
    def acceptable(self) -> bool:
        """Grain, sheet and wire are refused under any condition: their purity is unproven."""
        return self in (OldMetalForm.JEWELLERY, OldMetalForm.COIN)
