"""Which characters the shipped fonts can print, and what is printed instead of the others."""

from __future__ import annotations

import re
import struct
import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

FONTS: Final = Path(__file__).parent / "fonts"
REPLACEMENT: Final = "□"
"""Printed for a character that no font has: visible, so that nobody takes the text for whole."""
LONGEST_WORD: Final = 40
"""A longer run of characters without a space gets invisible places to break a line."""
PIECE: Final = 8
"""So many characters lie between two such places: no column is narrower."""
BREAK: Final = "\N{ZERO WIDTH SPACE}"
_LONG: Final = re.compile(rf"[^\s/-]{{{LONGEST_WORD + 1},}}")
_PIECE: Final = re.compile(rf".{{{PIECE}}}(?=.)")
_SPACES: Final = frozenset("\n ")


@cache
def font_files() -> tuple[Path, ...]:
    """The shipped fonts, in a fixed order."""
    return tuple(sorted(FONTS.glob("*.ttf")))


@cache
def printable_characters() -> frozenset[int]:
    """The code points that every text style can print, be it through the fallback font."""
    families: dict[str, set[int]] = {}
    for path in font_files():
        found = _characters(path.read_bytes())
        family = path.stem.partition("-")[0]
        families[family] = families[family] & found if family in families else found
    return frozenset[int]().union(*families.values())


def printable(text: str, *, exact: bool = False) -> str:
    """The text as it can be printed: NFC, without control and direction marks.

    A character that no font has becomes its compatible form if that one can be printed, else
    `REPLACEMENT`. Long words get places to break, unless the text is to be
    copied `exact`ly. Never fails.
    """
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    shown = "".join(_printed(character) for character in plain)
    return shown if exact else _breakable(shown)


@lru_cache(maxsize=16_384)
def _printed(character: str) -> str:
    if character in _SPACES:
        return character
    known = printable_characters()
    category = unicodedata.category(character)
    if category in ("Zs", "Zl", "Zp", "Cc"):
        if ord(character) in known and category == "Zs":
            return character
        return "\n" if category in ("Zl", "Zp") else " "
    if category == "Cf" or _modifies(character):
        return ""
    if ord(character) in known:
        return character
    plain = unicodedata.normalize("NFKC", character)
    if plain != character and all(ord(it) in known for it in plain):
        return plain
    return REPLACEMENT


def _modifies(character: str) -> bool:
    """Marks that only choose how the character before them looks (variants, skin tones)."""
    code = ord(character)
    return 0xFE00 <= code <= 0xFE0F or 0x1F3FB <= code <= 0x1F3FF or 0xE0100 <= code <= 0xE01EF


def _breakable(text: str) -> str:
    return _LONG.sub(lambda run: _PIECE.sub(rf"\g<0>{BREAK}", run[0]), text)


def _characters(font: bytes) -> set[int]:
    """The code points of a TrueType or OpenType font, from its Unicode `cmap` tables."""
    count = struct.unpack_from(">H", font, 4)[0]
    tables = {
        tag: start
        for tag, _, start, _ in (
            struct.unpack_from(">4sIII", font, 12 + 16 * index) for index in range(count)
        )
    }
    start = tables[b"cmap"]
    found: set[int] = set()
    for index in range(struct.unpack_from(">H", font, start + 2)[0]):
        platform, _, offset = struct.unpack_from(">HHI", font, start + 4 + 8 * index)
        form = struct.unpack_from(">H", font, start + offset)[0]
        if platform in (0, 3) and form == 4:
            found |= _segments(font, start + offset)
        elif platform in (0, 3) and form == 12:
            found |= _groups(font, start + offset)
    return found


def _segments(font: bytes, at: int) -> set[int]:
    size = struct.unpack_from(">H", font, at + 6)[0]
    half = size // 2
    ends = struct.unpack_from(f">{half}H", font, at + 14)
    starts = struct.unpack_from(f">{half}H", font, at + 16 + size)
    return {
        code
        for first, last in zip(starts, ends, strict=True)
        for code in range(first, last + 1)
        if code != 0xFFFF
    }


def _groups(font: bytes, at: int) -> set[int]:
    count = struct.unpack_from(">I", font, at + 12)[0]
    found: set[int] = set()
    for index in range(count):
        first, last, _ = struct.unpack_from(">III", font, at + 16 + 12 * index)
        found.update(range(first, last + 1))
    return found
