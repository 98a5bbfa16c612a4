"""Which characters the shipped fonts can print, and what is printed instead of the others."""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Iterable, Iterator
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
MOST_MARKS: Final = 3
"""More marks on one letter are no language's."""
BREAK: Final = "\N{ZERO WIDTH SPACE}"
_LONG: Final = re.compile(rf"[^\s/-]{{{LONGEST_WORD + 1},}}")
_PIECE: Final = re.compile(rf".{{{PIECE}}}(?=.)")
_SPACES: Final = frozenset("\n ")


@cache
def font_files() -> tuple[Path, ...]:
    """The shipped fonts, in a fixed order."""
    return tuple(sorted(FONTS.glob("*.ttf")))


@cache
def families() -> tuple[frozenset[int], ...]:
    """The code points of each family, by all its weights; typst asks one family after another."""
    found: dict[str, frozenset[int]] = {}
    for path in font_files():
        characters = _characters(path.read_bytes())
        family = path.stem.partition("-")[0]
        found[family] = found.get(family, characters) & characters
    return tuple(found.values())


def printable(text: str, *, exact: bool = False) -> str:
    """The text as it can be printed: NFC, without control and direction marks.

    A character that no font has becomes its compatible form if that one can be printed, else
    `REPLACEMENT`; so do marks that no font has together with the letter they stand on. Long words
    get places to break, unless the text is to be copied `exact`ly. Never fails.
    """
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    shown = "".join(_marked(cluster) for cluster in _clusters(map(_printed, plain)))
    return shown if exact else _breakable(shown)


def _covered(text: str) -> bool:
    return any(all(ord(character) in known for character in text) for known in families())


@lru_cache(maxsize=16_384)
def _printed(character: str) -> str:
    if character in _SPACES:
        return character
    category = unicodedata.category(character)
    if category in ("Zl", "Zp"):
        return "\n"
    if category in ("Zs", "Cc"):
        return character if category == "Zs" and _covered(character) else " "
    if category == "Cf" or _modifies(character):
        return ""
    if _covered(character):
        return character
    plain = unicodedata.normalize("NFKC", character)
    if plain != character and all(_covered(it) for it in plain):
        return plain
    return REPLACEMENT


def _modifies(character: str) -> bool:
    """Marks that only choose how the character before them looks (variants, skin tones)."""
    code = ord(character)
    return 0xFE00 <= code <= 0xFE0F or 0x1F3FB <= code <= 0x1F3FF or 0xE0100 <= code <= 0xE01EF


def _clusters(characters: Iterable[str]) -> Iterator[str]:
    """Letters together with the marks that stand on them."""
    cluster = ""
    for character in "".join(characters):
        if cluster and unicodedata.category(character).startswith("M"):
            cluster += character
        else:
            yield cluster
            cluster = character
    yield cluster


def _marked(cluster: str) -> str:
    """The cluster if one font has all of it; else as much of it as one has, and a replacement."""
    if len(cluster) < 2:
        return cluster
    kept = cluster[0]
    for mark in cluster[1 : MOST_MARKS + 1]:
        kept += mark if _covered(kept + mark) else ""
    return kept if kept == cluster else kept + REPLACEMENT


def _breakable(text: str) -> str:
    return _LONG.sub(lambda run: _PIECE.sub(rf"\g<0>{BREAK}", run[0]), text)


def _characters(font: bytes) -> frozenset[int]:
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
    return frozenset(found)


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
