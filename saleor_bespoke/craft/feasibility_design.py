"""Feasibility of the design: stone against setting, metal against work, features together."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from saleor_bespoke.craft.findings import Case, Finding, FindingCode, Severity
from saleor_bespoke.craft.metals import Finish, MetalFamily, finish_allowed
from saleor_bespoke.craft.pieces import SettingType, StyleFeature
from saleor_bespoke.craft.stones import (
    SettingRisk,
    Stone,
    StoneRole,
    hardness,
    name,
    setting_risk,
)

_DUST: Final = Decimal(7)
_PRONGS: Final = frozenset({SettingType.PRONG_4, SettingType.PRONG_6, SettingType.BASKET})
_BARE_POINTS: Final = frozenset({SettingType.TENSION, SettingType.FLUSH, SettingType.CHANNEL})
_BRITTLE: Final = frozenset({MetalFamily.TUNGSTEN, MetalFamily.CERAMIC})
_STONES_NEEDED: Final = {
    StyleFeature.SOLITAIRE: 1,
    StyleFeature.THREE_STONE: 3,
    StyleFeature.HALO: 2,
    StyleFeature.PAVE: 2,
    StyleFeature.ETERNITY_HALF: 2,
    StyleFeature.ETERNITY_FULL: 2,
    StyleFeature.CHANNEL_SET: 2,
}
_CONFLICTS: Final = (
    (StyleFeature.ETERNITY_FULL, StyleFeature.ETERNITY_HALF),
    (StyleFeature.SOLITAIRE, StyleFeature.THREE_STONE),
    (StyleFeature.SOLITAIRE, StyleFeature.ETERNITY_FULL),
    (StyleFeature.TENSION, StyleFeature.BEZEL),
    (StyleFeature.TENSION, StyleFeature.HALO),
    (StyleFeature.TENSION, StyleFeature.ETERNITY_FULL),
)


def _all_stones(case: Case) -> tuple[Stone, ...]:
    return case.spec.stones + tuple(own.stone for own in case.spec.own_stones)


def fragile_stone_under_tension(case: Case) -> Iterator[Finding]:
    """Emerald, opal and their like split under the spring of a tension setting."""
    for stone in _all_stones(case) if case.under_tension else ():
        if stone.role is StoneRole.CENTRE and setting_risk(stone) is SettingRisk.HIGH:
            yield Finding(
                FindingCode.FRAGILE_STONE_UNDER_TENSION,
                Severity.IMPOSSIBLE,
                "setting",
                f"A {name(stone)} breaks under the pressure of a tension setting.",
            )


def metal_too_soft_for_tension(case: Case) -> Iterator[Finding]:
    """Silver and high-karat gold lose their spring and then the stone."""
    alloy = case.alloy
    soft = alloy.family is MetalFamily.SILVER or (
        alloy.family is MetalFamily.GOLD and alloy.fineness > 750
    )
    if case.under_tension and soft:
        yield Finding(
            FindingCode.METAL_TOO_SOFT_FOR_TENSION,
            Severity.IMPOSSIBLE,
            "alloy",
            f"{alloy.display_name.capitalize()} is too soft to hold a stone by tension.",
        )


def soft_stone_in_ring(case: Case) -> Iterator[Finding]:
    """Below Mohs 7 ordinary dust scratches a stone that is worn every day."""
    if not case.spec.piece_type.has_ring_size:
        return
    for kind in dict.fromkeys(stone.kind for stone in _all_stones(case)):
        if hardness(kind) < _DUST:
            yield Finding(
                FindingCode.SOFT_STONE_IN_RING,
                Severity.RISK,
                "stones",
                f"{kind.value.capitalize()} (Mohs {hardness(kind)}) scratches in daily wear.",
            )


def points_unprotected(case: Case) -> Iterator[Finding]:
    """Points of a princess, pear or marquise chip unless metal covers them."""
    bare = case.spec.setting in _BARE_POINTS or case.under_tension
    for stone in _all_stones(case) if bare else ():
        if stone.role is StoneRole.CENTRE and stone.shape and stone.shape.pointed:
            yield Finding(
                FindingCode.POINTS_UNPROTECTED,
                Severity.RISK,
                "setting",
                f"The points of a {stone.shape.value} stone need prongs or a bezel over them.",
            )


def treatment_needs_care(case: Case) -> Iterator[Finding]:
    """A filled, oiled, dyed or coated stone limits every later repair."""
    fragile = [it for stone in _all_stones(case) for it in stone.treatments if it.fragile]
    for treatment in dict.fromkeys(fragile):
        yield Finding(
            FindingCode.TREATMENT_NEEDS_CARE,
            Severity.RISK,
            "stones",
            f"A {treatment.sentence} stone bears neither heat nor ultrasonic cleaning.",
        )


def finish_unsuited(case: Case) -> Iterator[Finding]:
    """Rhodium wears off coloured gold; brittle materials cannot be hammered."""
    finish, alloy = case.spec.finish, case.alloy
    if finish_allowed(finish, alloy):
        return
    rhodium = finish is Finish.RHODIUM_PLATED and alloy.family.precious
    sentence = (
        f"Rhodium wears off {alloy.display_name}, whose colour then shows in patches."
        if rhodium
        else f"{alloy.display_name.capitalize()} cannot be {finish.value.replace('_', ' ')}."
    )
    severity = Severity.RISK if rhodium else Severity.IMPOSSIBLE
    yield Finding(FindingCode.FINISH_UNSUITED, severity, "finish", sentence)


def metal_cannot_hold_stones(case: Case) -> Iterator[Finding]:
    """Tungsten and ceramic can neither be soldered nor pushed over a stone."""
    held = case.spec.setting in _PRONGS or StyleFeature.PAVE in case.spec.features
    if held and case.alloy.family in _BRITTLE:
        yield Finding(
            FindingCode.METAL_CANNOT_HOLD_STONES,
            Severity.IMPOSSIBLE,
            "alloy",
            f"{case.alloy.display_name.capitalize()} cannot form prongs.",
        )


def soft_metal_fine_prongs(case: Case) -> Iterator[Finding]:
    """Silver and 22K prongs wear and bend; small stones are lost first."""
    fine = case.spec.setting in _PRONGS or StyleFeature.PAVE in case.spec.features
    alloy = case.alloy
    soft = alloy.family is MetalFamily.SILVER or (
        alloy.family is MetalFamily.GOLD and alloy.fineness > 750
    )
    if fine and soft and _all_stones(case):
        yield Finding(
            FindingCode.SOFT_METAL_FINE_PRONGS,
            Severity.RISK,
            "alloy",
            f"Prongs of {alloy.display_name} bend and wear; have them checked every half year.",
        )


def features_conflict(case: Case) -> Iterator[Finding]:
    """Two features that no one piece can have."""
    chosen = set(case.spec.features)
    if case.spec.setting is SettingType.TENSION:
        chosen.add(StyleFeature.TENSION)
    if case.spec.setting is SettingType.BEZEL:
        chosen.add(StyleFeature.BEZEL)
    for one, other in _CONFLICTS:
        if one in chosen and other in chosen:
            yield Finding(
                FindingCode.FEATURES_CONFLICT,
                Severity.IMPOSSIBLE,
                "features",
                f"A piece is either {one.value.replace('_', ' ')} or "
                f"{other.value.replace('_', ' ')}.",
            )


def feature_without_stones(case: Case) -> Iterator[Finding]:
    """A halo, pavé or three-stone piece whose stones nobody named yet."""
    named = sum(stone.quantity for stone in _all_stones(case))
    for feature in case.spec.features:
        if named < _STONES_NEEDED.get(feature, 0):
            yield Finding(
                FindingCode.FEATURE_WITHOUT_STONES,
                Severity.INFO,
                "stones",
                f"The {feature.value.replace('_', ' ')} design needs more stones than are named.",
            )


RULES: Final = (
    fragile_stone_under_tension,
    metal_too_soft_for_tension,
    soft_stone_in_ring,
    points_unprotected,
    treatment_needs_care,
    finish_unsuited,
    metal_cannot_hold_stones,
    soft_metal_fine_prongs,
    features_conflict,
    feature_without_stones,
)
