"""Which skills a piece asks of the bench: derived from its specification and nothing else."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from saleor_bespoke.craft.alloys import MetalFamily
from saleor_bespoke.craft.metals import ALLOYS
from saleor_bespoke.craft.specification import Specification
from saleor_bespoke.craft.stone_kinds import StoneRole
from saleor_bespoke.craft.styles import SettingType, StyleFeature


class Skill(StrEnum):
    """What a goldsmith must have learned. A workshop says how much of each it has a week."""

    PRONG_SETTING = "prong_setting"
    BEZEL_SETTING = "bezel_setting"
    CHANNEL_SETTING = "channel_setting"
    FLUSH_SETTING = "flush_setting"
    TENSION_SETTING = "tension_setting"
    PAVE_SETTING = "pave_setting"
    ENGRAVING = "engraving"
    HAND_ENGRAVING = "hand_engraving"
    MILGRAIN = "milgrain"
    SURFACE_TEXTURE = "surface_texture"
    PLATINUM_WORK = "platinum_work"
    PALLADIUM_WORK = "palladium_work"
    TITANIUM_WORK = "titanium_work"


_OF_SETTING: Final = {
    SettingType.PRONG_4: Skill.PRONG_SETTING,
    SettingType.PRONG_6: Skill.PRONG_SETTING,
    SettingType.BASKET: Skill.PRONG_SETTING,
    SettingType.BEZEL: Skill.BEZEL_SETTING,
    SettingType.HALF_BEZEL: Skill.BEZEL_SETTING,
    SettingType.TENSION: Skill.TENSION_SETTING,
    SettingType.CHANNEL: Skill.CHANNEL_SETTING,
    SettingType.FLUSH: Skill.FLUSH_SETTING,
}
_OF_FEATURE: Final = {
    StyleFeature.HALO: Skill.PAVE_SETTING,
    StyleFeature.PAVE: Skill.PAVE_SETTING,
    StyleFeature.ETERNITY_FULL: Skill.PAVE_SETTING,
    StyleFeature.ETERNITY_HALF: Skill.PAVE_SETTING,
    StyleFeature.TENSION: Skill.TENSION_SETTING,
    StyleFeature.BEZEL: Skill.BEZEL_SETTING,
    StyleFeature.CHANNEL_SET: Skill.CHANNEL_SETTING,
    StyleFeature.MILGRAIN: Skill.MILGRAIN,
    StyleFeature.HAMMERED_ALL_OVER: Skill.SURFACE_TEXTURE,
    StyleFeature.PATTERN_ALL_OVER: Skill.SURFACE_TEXTURE,
    StyleFeature.ENGRAVED_ALL_OVER: Skill.HAND_ENGRAVING,
}
_OF_FAMILY: Final = {
    MetalFamily.PLATINUM: Skill.PLATINUM_WORK,
    MetalFamily.PALLADIUM: Skill.PALLADIUM_WORK,
    MetalFamily.TITANIUM: Skill.TITANIUM_WORK,
}


def skills_of(spec: Specification) -> frozenset[Skill]:
    """Every skill that making this piece takes, whether or not a workshop counts it.

    Melee that no feature sets in a channel is set in pavé.
    """
    found = {_OF_FEATURE[feature] for feature in spec.features if feature in _OF_FEATURE}
    if spec.setting in _OF_SETTING:
        found.add(_OF_SETTING[spec.setting])
    melee = any(stone.role is StoneRole.MELEE for stone in spec.stones)
    if melee and Skill.CHANNEL_SETTING not in found:
        found.add(Skill.PAVE_SETTING)
    if spec.engraving is not None:
        found.add(Skill.ENGRAVING)
    family = ALLOYS[spec.alloy].family
    if family in _OF_FAMILY:
        found.add(_OF_FAMILY[family])
    return frozenset(found)
