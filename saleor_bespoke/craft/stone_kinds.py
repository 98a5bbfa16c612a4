"""The vocabulary of stones: kinds, origins, treatments, shapes, and each kind's nature."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Final


class StoneKind(StrEnum):
    """The stones a specification can name."""

    DIAMOND = "diamond"
    MOISSANITE = "moissanite"
    SAPPHIRE = "sapphire"
    RUBY = "ruby"
    EMERALD = "emerald"
    AQUAMARINE = "aquamarine"
    MORGANITE = "morganite"
    ALEXANDRITE = "alexandrite"
    SPINEL = "spinel"
    TOURMALINE = "tourmaline"
    GARNET = "garnet"
    TOPAZ = "topaz"
    TANZANITE = "tanzanite"
    AMETHYST = "amethyst"
    CITRINE = "citrine"
    PERIDOT = "peridot"
    MOONSTONE = "moonstone"
    OPAL = "opal"
    TURQUOISE = "turquoise"
    PEARL = "pearl"
    ONYX = "onyx"
    CUBIC_ZIRCONIA = "cubic_zirconia"


class Origin(StrEnum):
    """Where the stone grew. Unknown is never described as natural."""

    NATURAL = "natural"
    LABORATORY_GROWN = "laboratory_grown"
    UNKNOWN = "unknown"


class Treatment(StrEnum):
    """What was done to the stone after it grew; every one of them is disclosed."""

    HEATED = "heated"
    OILED = "oiled"
    FRACTURE_FILLED = "fracture_filled"
    GLASS_FILLED = "glass_filled"
    LASER_DRILLED = "laser_drilled"
    IRRADIATED = "irradiated"
    HPHT = "hpht"
    DIFFUSED = "diffused"
    DYED = "dyed"
    COATED = "coated"

    @property
    def sentence(self) -> str:
        """How the treatment is said to a customer."""
        return "HPHT processed" if self is Treatment.HPHT else self.value.replace("_", " ")

    @property
    def fragile(self) -> bool:
        """Whether heat, ultrasound or solvents at the bench can undo it."""
        return self in _FRAGILE_TREATMENTS


_FRAGILE_TREATMENTS: Final = frozenset(
    {
        Treatment.OILED,
        Treatment.FRACTURE_FILLED,
        Treatment.GLASS_FILLED,
        Treatment.DYED,
        Treatment.COATED,
    }
)


class StoneShape(StrEnum):
    """The outline of the cut."""

    ROUND = "round"
    OVAL = "oval"
    CUSHION = "cushion"
    PRINCESS = "princess"
    EMERALD_CUT = "emerald_cut"
    ASSCHER = "asscher"
    RADIANT = "radiant"
    PEAR = "pear"
    MARQUISE = "marquise"
    HEART = "heart"
    BAGUETTE = "baguette"
    TRILLION = "trillion"
    CABOCHON = "cabochon"
    OTHER = "other"

    @property
    def pointed(self) -> bool:
        """Whether the outline has points that chip unless a prong covers them."""
        return self in _POINTED


_POINTED: Final = frozenset(
    {
        StoneShape.PRINCESS,
        StoneShape.PEAR,
        StoneShape.MARQUISE,
        StoneShape.HEART,
        StoneShape.TRILLION,
    }
)


class StoneRole(StrEnum):
    """What the stone does in the design."""

    CENTRE = "centre"
    SIDE = "side"
    ACCENT = "accent"
    MELEE = "melee"


class GrownAssessment(StrEnum):
    """GIA's whole vocabulary for laboratory-grown diamonds since 1 October 2025."""

    PREMIUM = "premium"
    STANDARD = "standard"


class SettingRisk(StrEnum):
    """How likely the stone suffers while it is set or worn."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


NATURE: Final = MappingProxyType(
    {
        StoneKind.DIAMOND: ("10", SettingRisk.LOW),
        StoneKind.MOISSANITE: ("9.25", SettingRisk.LOW),
        StoneKind.SAPPHIRE: ("9", SettingRisk.LOW),
        StoneKind.RUBY: ("9", SettingRisk.LOW),
        StoneKind.EMERALD: ("7.5", SettingRisk.HIGH),
        StoneKind.AQUAMARINE: ("7.5", SettingRisk.MEDIUM),
        StoneKind.MORGANITE: ("7.5", SettingRisk.MEDIUM),
        StoneKind.ALEXANDRITE: ("8.5", SettingRisk.LOW),
        StoneKind.SPINEL: ("8", SettingRisk.LOW),
        StoneKind.TOURMALINE: ("7", SettingRisk.MEDIUM),
        StoneKind.GARNET: ("7", SettingRisk.MEDIUM),
        StoneKind.TOPAZ: ("8", SettingRisk.MEDIUM),
        StoneKind.TANZANITE: ("6.5", SettingRisk.HIGH),
        StoneKind.AMETHYST: ("7", SettingRisk.LOW),
        StoneKind.CITRINE: ("7", SettingRisk.LOW),
        StoneKind.PERIDOT: ("6.5", SettingRisk.MEDIUM),
        StoneKind.MOONSTONE: ("6", SettingRisk.HIGH),
        StoneKind.OPAL: ("5.5", SettingRisk.HIGH),
        StoneKind.TURQUOISE: ("5", SettingRisk.HIGH),
        StoneKind.PEARL: ("2.5", SettingRisk.HIGH),
        StoneKind.ONYX: ("6.5", SettingRisk.LOW),
        StoneKind.CUBIC_ZIRCONIA: ("8", SettingRisk.LOW),
    }
)
"""Mohs hardness and the setter's risk (cleavage, brittleness, heat) of each kind."""
