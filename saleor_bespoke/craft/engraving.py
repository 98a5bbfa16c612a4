"""Engraving: what fits on a place and which characters the engraver's fonts hold."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

LONGEST_TEXT: Final = 200
"""No text beyond this is read at all, whatever a shop allows per place."""
SYMBOLS: Final = frozenset("♥♡∞&★☆†°+=·•–—‘’“”…")
PUNCTUATION: Final = frozenset(" .,;:!?'\"()/-#@*")
SCRIPTS: Final = ("LATIN", "GREEK", "CYRILLIC")


class EngravingPlace(StrEnum):
    """Where the text goes."""

    INSIDE_BAND = "inside_band"
    OUTSIDE_BAND = "outside_band"
    BACK = "back"
    FRONT = "front"
    CLASP = "clasp"


LIMITS: Final[Mapping[EngravingPlace, int]] = MappingProxyType(
    {
        EngravingPlace.INSIDE_BAND: 30,
        EngravingPlace.OUTSIDE_BAND: 25,
        EngravingPlace.BACK: 40,
        EngravingPlace.FRONT: 20,
        EngravingPlace.CLASP: 8,
    }
)
"""Characters per place; a shop may pass its own."""


@dataclass(frozen=True, slots=True)
class Engraving:
    """A text for a place. Kept in NFC, so that the same letters are the same text."""

    text: str
    place: EngravingPlace

    def __post_init__(self) -> None:
        if len(self.text) > LONGEST_TEXT:
            raise ValueError(f"An engraving has at most {LONGEST_TEXT} characters.")
        object.__setattr__(self, "text", unicodedata.normalize("NFC", self.text))


@dataclass(frozen=True, slots=True)
class Offence:
    """One character that cannot be engraved; `position` counts from 0 in the NFC text."""

    position: int
    character: str
    name: str


@dataclass(frozen=True, slots=True)
class EngravingCheck:
    """The verdict on a text: the NFC form, what cannot be cut, and how many characters too many."""

    text: str
    offences: tuple[Offence, ...]
    excess: int

    @property
    def passed(self) -> bool:
        """Whether the text can be engraved there as it stands."""
        return bool(self.text.strip()) and not self.offences and not self.excess


def engravable(character: str) -> bool:
    """Letters of the known scripts with their accents, ASCII digits, punctuation, a few symbols."""
    if character in PUNCTUATION or character in SYMBOLS or character in "0123456789":
        return True
    if unicodedata.category(character) not in ("Lu", "Ll"):
        return False
    return unicodedata.name(character, "").startswith(SCRIPTS)


def _describe(character: str) -> str:
    return unicodedata.name(character, f"U+{ord(character):04X}")


def check_engraving(
    engraving: Engraving, limits: Mapping[EngravingPlace, int] = LIMITS
) -> EngravingCheck:
    """Judge a text: characters are counted in NFC, each offence named with its position.

    Control characters, zero-width and bidi marks, lone combining marks and emoji are offences.
    """
    text = engraving.text
    offences = tuple(
        Offence(position, character, _describe(character))
        for position, character in enumerate(text)
        if not engravable(character)
    )
    return EngravingCheck(text, offences, max(0, len(text) - limits[engraving.place]))
