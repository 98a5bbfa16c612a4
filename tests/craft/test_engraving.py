"""Engraving: what can be cut and what is named as impossible."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_bespoke.craft.engraving import (
    LIMITS,
    Engraving,
    EngravingPlace,
    check_engraving,
    engravable,
)

INSIDE = EngravingPlace.INSIDE_BAND


@pytest.mark.parametrize(
    "text",
    [
        "A ♥ B ∞ 12.06.2026",
        "J'aime Zoë & Œdipe",
        "“Für immer” – Łódź",
        "S' agapó σ'αγαπώ",
        "люблю тебя",
        "Nguyễn Thị Hạnh",
        "e\u0301t\u00e9",
    ],
)
def test_what_can_be_cut(text: str) -> None:
    check = check_engraving(Engraving(text, INSIDE))
    assert check.passed
    assert check.text == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("text", "position", "name"),
    [
        ("ab\ncd", 2, "U+000A"),
        ("\x00", 0, "U+0000"),
        ("a\u200bb", 1, "ZERO WIDTH SPACE"),
        ("a\u200db", 1, "ZERO WIDTH JOINER"),
        ("\u202eabc", 0, "RIGHT-TO-LEFT OVERRIDE"),
        ("abc\u2066", 3, "LEFT-TO-RIGHT ISOLATE"),
        ("love 😀", 5, "GRINNING FACE"),
        ("♥\ufe0f", 1, "VARIATION SELECTOR-16"),
        ("q\u0303", 1, "COMBINING TILDE"),
        ("e\u0301x\u0303", 2, "COMBINING TILDE"),  # counted in NFC, where é is one
        ("愛", 0, "CJK UNIFIED IDEOGRAPH-611B"),
        ("\uff21", 0, "FULLWIDTH LATIN CAPITAL LETTER A"),
        ("٣", 0, "ARABIC-INDIC DIGIT THREE"),
        ("a\xa0b", 1, "NO-BREAK SPACE"),
        ("a<b", 1, "LESS-THAN SIGN"),
    ],
)
def test_an_offence_is_named_with_its_position(text: str, position: int, name: str) -> None:
    check = check_engraving(Engraving(text, INSIDE))
    assert [(it.position, it.name) for it in check.offences] == [(position, name)]
    assert not check.passed


@pytest.mark.parametrize("place", EngravingPlace)
def test_the_limit_of_each_place(place: EngravingPlace) -> None:
    assert check_engraving(Engraving("é" * LIMITS[place], place)).passed
    decomposed = Engraving("e\u0301" * (LIMITS[place] + 2), place)
    assert check_engraving(decomposed).excess == 2
    assert not check_engraving(decomposed).passed
    assert check_engraving(decomposed, dict.fromkeys(EngravingPlace, 60)).passed


@pytest.mark.parametrize("text", ["", "   "])
def test_nothing_is_no_engraving(text: str) -> None:
    assert not check_engraving(Engraving(text, INSIDE)).passed


def test_a_book_is_not_even_read() -> None:
    with pytest.raises(ValueError, match="200"):
        Engraving("x" * 201, INSIDE)


@given(text=st.text(max_size=200))
def test_every_character_is_either_cut_or_named(text: str) -> None:
    check = check_engraving(Engraving(text, INSIDE))
    bad = {offence.position: offence.character for offence in check.offences}
    for position, character in enumerate(check.text):
        assert engravable(character) != (position in bad)
        assert bad.get(position, character) == character
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me"):
            assert position in bad
