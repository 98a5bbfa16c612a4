"""A piece and how two specifications of it differ: the door to everything about the design.

Whether a wish is a free tweak or a change order is decided here and nowhere else, by comparing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from saleor_bespoke.craft.codec import InvalidSpecification, canonical_json
from saleor_bespoke.craft.engraving import Engraving, EngravingPlace
from saleor_bespoke.craft.specification import (
    OldJewellery,
    OwnStone,
    Specification,
    canonical_hash,
    missing_facts,
)
from saleor_bespoke.craft.stone_codec import stone_from_json, stone_json
from saleor_bespoke.craft.styles import OldMetalForm, PieceType, SettingType, StyleFeature

__all__ = [
    "Change",
    "ChangeKind",
    "Engraving",
    "EngravingPlace",
    "InvalidSpecification",
    "OldJewellery",
    "OldMetalForm",
    "OwnStone",
    "PieceType",
    "SettingType",
    "Specification",
    "StyleFeature",
    "canonical_hash",
    "difference",
    "is_tweak",
    "missing_facts",
    "stone_from_json",
    "stone_json",
]


class ChangeKind(StrEnum):
    """What a difference touches. All but DETAIL need a change order."""

    PIECE = "piece"
    METAL = "metal"
    STONE = "stone"
    SIZE = "size"
    HEAD = "head"
    CREDIT = "credit"
    DETAIL = "detail"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; `before` and `after` are canonical JSON texts of the field."""

    kind: ChangeKind
    field: str
    before: str
    after: str


_KINDS: Final = {
    "pieceType": ChangeKind.PIECE,
    "alloy": ChangeKind.METAL,
    "setting": ChangeKind.HEAD,
    "stones": ChangeKind.STONE,
    "ownStones": ChangeKind.STONE,
    "oldJewellery": ChangeKind.CREDIT,
}


def difference(before: Specification, after: Specification) -> tuple[Change, ...]:
    """Every field in which two specifications differ, in the order of the specification.

    The same circumference under another label is a detail; a length counts as the size of a
    necklace or bracelet; dropping or adding a feature of the head changes the head.
    """
    old, new = before.to_json(), after.to_json()
    return tuple(
        Change(
            _kind(field, before, after),
            field,
            canonical_json(old[field]),
            canonical_json(new[field]),
        )
        for field in old
        if old[field] != new[field]
    )


def _kind(field: str, before: Specification, after: Specification) -> ChangeKind:
    if field == "ringSize":
        same = _circumference(before) == _circumference(after)
        return ChangeKind.DETAIL if same else ChangeKind.SIZE
    if field == "lengthMm":
        return ChangeKind.SIZE
    if field == "features":
        moved = set(before.features) ^ set(after.features)
        return ChangeKind.HEAD if any(it.shapes_head for it in moved) else ChangeKind.DETAIL
    return _KINDS.get(field, ChangeKind.DETAIL)


def _circumference(spec: Specification) -> object:
    return spec.ring_size and spec.ring_size.circumference


def is_tweak(changes: Iterable[Change]) -> bool:
    """Whether a round is a tweak: nothing but details. Metal, stone, size or head never is."""
    return all(change.kind is ChangeKind.DETAIL for change in changes)
