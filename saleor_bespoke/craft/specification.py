"""What is to be made: the typed specification, its canonical JSON and its hash.

Two specifications that mean the same have the same JSON and the same hash: texts are kept in NFC,
numbers without trailing zeros, features and stones in a fixed order.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from saleor_bespoke.craft.codec import (
    InvalidSpecification,
    Reader,
    canonical_json,
    decimal_text,
    digest,
)
from saleor_bespoke.craft.engraving import LONGEST_TEXT, Engraving, EngravingPlace
from saleor_bespoke.craft.metals import AlloyCode, Finish
from saleor_bespoke.craft.ring_sizes import RingSize, RingSizeSystem, SizeSource
from saleor_bespoke.craft.stone_codec import read_stone, stone_json
from saleor_bespoke.craft.stones import Stone, StoneRole
from saleor_bespoke.craft.styles import OldMetalForm, PieceType, SettingType, StyleFeature

VERSION: Final = 1
LONGEST_NOTES: Final = 4000
LONGEST_DESCRIPTION: Final = 500
MOST_STONES: Final = 30
MOST_OWN: Final = 10
_ROLES: Final = list(StoneRole)


def _clean(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


@dataclass(frozen=True, slots=True)
class OwnStone:
    """A stone the customer brings; it is examined and accepted or refused before the quote."""

    description: str
    stone: Stone

    def __post_init__(self) -> None:
        object.__setattr__(self, "description", _clean(self.description))


@dataclass(frozen=True, slots=True)
class OldJewellery:
    """Old metal offered towards the price. Weight in g and alloy are the customer's claim."""

    description: str
    form: OldMetalForm = OldMetalForm.JEWELLERY
    alloy: AlloyCode | None = None
    claimed_grams: Decimal | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "description", _clean(self.description))
        grams = self.claimed_grams
        if grams is not None and not (grams.is_finite() and 0 < grams <= 10_000):
            raise ValueError("Old jewellery weighs more than 0 and at most 10000 g.")


@dataclass(frozen=True, slots=True)
class Specification:
    """All that is agreed about one piece. Widths and lengths in mm.

    Raises InvalidSpecification, whose `field` names what is wrong.
    """

    piece_type: PieceType
    alloy: AlloyCode
    finish: Finish = Finish.POLISHED
    setting: SettingType = SettingType.NONE
    stones: tuple[Stone, ...] = ()
    ring_size: RingSize | None = None
    size_source: SizeSource | None = None
    band_width_mm: Decimal | None = None
    length_mm: Decimal | None = None
    engraving: Engraving | None = None
    features: tuple[StyleFeature, ...] = ()
    own_stones: tuple[OwnStone, ...] = ()
    old_jewellery: tuple[OldJewellery, ...] = ()
    notes: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "features", tuple(sorted(set(self.features))))
        object.__setattr__(self, "stones", tuple(sorted(self.stones, key=_stone_order)))
        own = sorted(self.own_stones, key=lambda it: canonical_json(_own_json(it)))
        object.__setattr__(self, "own_stones", tuple(own))
        old = sorted(self.old_jewellery, key=lambda it: canonical_json(_old_json(it)))
        object.__setattr__(self, "old_jewellery", tuple(old))
        object.__setattr__(self, "notes", _clean(self.notes))
        self._check()

    def _check(self) -> None:
        if not self.piece_type.has_ring_size and self.ring_size is not None:
            raise InvalidSpecification("Only rings have a ring size.", "ringSize")
        if not self.piece_type.has_ring_size and self.band_width_mm is not None:
            raise InvalidSpecification("Only rings have a band width.", "bandWidthMm")
        if (self.ring_size is None) != (self.size_source is None):
            raise InvalidSpecification("A ring size comes with who measured it.", "sizeSource")
        if not _between(self.band_width_mm, "0.5", "30"):
            raise InvalidSpecification("A band is 0.5 to 30 mm wide.", "bandWidthMm")
        if not _between(self.length_mm, "1", "2000"):
            raise InvalidSpecification("A length lies between 1 and 2000 mm.", "lengthMm")

    def to_json(self) -> dict[str, object]:
        """The canonical JSON object: every key present, numbers as decimal strings."""
        return {
            "version": VERSION,
            "pieceType": self.piece_type.value,
            "alloy": self.alloy.value,
            "finish": self.finish.value,
            "setting": self.setting.value,
            "stones": [stone_json(stone) for stone in self.stones],
            "ringSize": self.ring_size
            and {"system": self.ring_size.system.value, "label": self.ring_size.label},
            "sizeSource": self.size_source and self.size_source.value,
            "bandWidthMm": _number(self.band_width_mm),
            "lengthMm": _number(self.length_mm),
            "engraving": self.engraving
            and {"text": self.engraving.text, "place": self.engraving.place.value},
            "features": [feature.value for feature in self.features],
            "ownStones": [_own_json(own) for own in self.own_stones],
            "oldJewellery": [_old_json(old) for old in self.old_jewellery],
            "notes": self.notes,
        }

    @classmethod
    def from_json(cls, data: object) -> Specification:
        """Read a specification strictly; unknown keys and values raise InvalidSpecification.

        A missing `version` means the current one, so that an intake form need not know it.
        """
        reader = Reader(data)
        if reader.integer("version", default=VERSION) != VERSION:
            raise InvalidSpecification("This version of a specification is not known.", "version")
        found = cls(
            piece_type=reader.choice("pieceType", PieceType),
            alloy=reader.choice("alloy", AlloyCode),
            finish=reader.choice_or_none("finish", Finish) or Finish.POLISHED,
            setting=reader.choice_or_none("setting", SettingType) or SettingType.NONE,
            stones=reader.many("stones", read_stone, most=MOST_STONES),
            ring_size=reader.one("ringSize", _read_size),
            size_source=reader.choice_or_none("sizeSource", SizeSource),
            band_width_mm=reader.decimal("bandWidthMm"),
            length_mm=reader.decimal("lengthMm"),
            engraving=reader.one("engraving", _read_engraving),
            features=reader.choices("features", StyleFeature),
            own_stones=reader.many("ownStones", _read_own, most=MOST_OWN),
            old_jewellery=reader.many("oldJewellery", _read_old, most=MOST_OWN),
            notes=reader.text("notes", longest=LONGEST_NOTES),
        )
        reader.finish()
        return found


def canonical_hash(spec: Specification) -> str:
    """SHA-256 in hex over the canonical JSON: what a quote or an approval is a receipt for."""
    return digest(spec.to_json())


def missing_facts(spec: Specification) -> tuple[str, ...]:
    """The camelCase fields a quote cannot do without and that the customer left open."""
    missing = []
    if spec.piece_type.has_ring_size:
        missing += ["ringSize"] if spec.ring_size is None else []
        missing += ["bandWidthMm"] if spec.band_width_mm is None else []
    elif spec.piece_type in (PieceType.NECKLACE, PieceType.BRACELET) and spec.length_mm is None:
        missing.append("lengthMm")
    if spec.setting is SettingType.NONE and any(s.role is StoneRole.CENTRE for s in spec.stones):
        missing.append("setting")
    return tuple(missing)


def _between(value: Decimal | None, least: str, most: str) -> bool:
    return value is None or (value.is_finite() and Decimal(least) <= value <= Decimal(most))


def _number(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)


def _stone_order(stone: Stone) -> tuple[int, str]:
    return _ROLES.index(stone.role), canonical_json(stone_json(stone))


def _own_json(own: OwnStone) -> dict[str, object]:
    return {"description": own.description, "stone": stone_json(own.stone)}


def _old_json(old: OldJewellery) -> dict[str, object]:
    return {
        "description": old.description,
        "form": old.form.value,
        "alloy": old.alloy and old.alloy.value,
        "claimedGrams": _number(old.claimed_grams),
    }


def _read_size(reader: Reader) -> RingSize:
    return RingSize(reader.choice("system", RingSizeSystem), reader.text("label", longest=12))


def _read_engraving(reader: Reader) -> Engraving:
    text = reader.text("text", longest=LONGEST_TEXT)
    return Engraving(text, reader.choice("place", EngravingPlace))


def _read_own(reader: Reader) -> OwnStone:
    stone = reader.one("stone", read_stone)
    if stone is None:
        raise InvalidSpecification("This field is required.", reader.where("stone"))
    return OwnStone(reader.text("description", longest=LONGEST_DESCRIPTION), stone)


def _read_old(reader: Reader) -> OldJewellery:
    return OldJewellery(
        description=reader.text("description", longest=LONGEST_DESCRIPTION),
        form=reader.choice_or_none("form", OldMetalForm) or OldMetalForm.JEWELLERY,
        alloy=reader.choice_or_none("alloy", AlloyCode),
        claimed_grams=reader.decimal("claimedGrams"),
    )
