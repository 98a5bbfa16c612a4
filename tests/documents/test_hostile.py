"""What a person types is printed as text; what cannot be printed is seen to be missing."""

from __future__ import annotations

import random
import time
import unicodedata
from dataclasses import replace
from decimal import Decimal
from zlib import crc32

import pytest

from saleor_bespoke.craft.engraving import PUNCTUATION, SYMBOLS
from saleor_bespoke.documents.certifying import Appraisal
from saleor_bespoke.documents.glyphs import (
    BREAK,
    PIECE,
    REPLACEMENT,
    families,
    font_files,
    printable,
)
from saleor_bespoke.documents.limits import MOST_PICTURES
from saleor_bespoke.documents.making import ProductionCard
from saleor_bespoke.documents.parts import LONGEST_PROSE, MOST_ITEMS, Picture
from saleor_bespoke.documents.payments import Receipt
from saleor_bespoke.documents.render import FAMILIES, render
from saleor_bespoke.errors import BespokeError, ErrorCode
from tests.documents.reading import dense, poisoned, printed_facts, read
from tests.documents.samples import MAKERS, PHOTO, drawing, sample
from tests.documents.test_documents import everything_on_paper

POISONS = {
    "markup": '#panic("x") = *b* _i_ `r` $x^2$ @ref <lab> [c] \\u{41} // c /* d */ "q" #e',
    "braces": '{} {0} {version} %s %(x)s "}]} </svg> <script>alert(1)</script> ../../etc/passwd',
    "right to left": "שלום עולם مرحبا بالعالم \u202egnp.exe\u202c \u2066x\u2069",
    "pictures": "👩‍👩‍👧 💍✨ 🏳️‍🌈 漢字 ไทย ♥ ★ ½ ﬁ ① 𝔅 \ufffd \ue000 \x00\x07\x1b",
    "one word": "W" * 4000,
    "many lines": "line\r\n\r\nline\u2028line\n" * 300,
}


@pytest.mark.parametrize("poison", POISONS.values(), ids=POISONS)
@pytest.mark.parametrize("kind", MAKERS)
def test_a_hostile_text_is_only_text(kind: str, poison: str) -> None:
    document = poisoned(sample(kind), poison)

    found = read(render(document))

    everything_on_paper(found)
    if poison == POISONS["one word"]:
        printed = sum(text.count("W") for text in printed_facts(document))
        assert found.text.count("W") >= printed
    if poison in (POISONS["markup"], POISONS["braces"]):
        lost = [text for text in printed_facts(document) if dense(text) not in found.dense]
        assert lost == []


def test_every_character_that_can_be_engraved_can_be_printed() -> None:
    letters = "ÀàÇçĐđĞğİıŁłŒœŘřŞşȘșŸÿẞßÞþÆæØøÅå ΑΩαωΆώ ЀЯаяЁёЇїҐґЏџ"
    for character in {*SYMBOLS, *PUNCTUATION, *letters}:
        assert printable(character) == character


def test_an_engraving_is_printed_to_the_letter() -> None:
    document = sample("production_card")
    assert isinstance(document, ProductionCard)
    assert document.piece.specification.engraving
    assert document.piece.specification.engraving.text in read(render(document)).text


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("café", "café"),
        ("cafe\u0301", "café"),
        ("漢", REPLACEMENT),
        ("👩\u200d👧", REPLACEMENT * 2),
        ("a\u202eb", "ab"),
        ("a\x00b\tc", "a b c"),
        ("１２", "12"),
        ("one\r\ntwo\u2028three", "one\ntwo\nthree"),
        ("\ue000", REPLACEMENT),
        ("\U0010ffff", REPLACEMENT),
        ("\ud800", REPLACEMENT),
        ("Ж\u0591", "Ж" + REPLACEMENT),
        ("א\u0591", "א\u0591"),
        ("o\u0323\u0302\u0301", "ộ\u0301"),
        ("z" + "\u0301" * 50, "ź\u0301\u0301\u0301" + REPLACEMENT),
        ("", ""),
    ],
)
def test_what_no_font_has_is_seen_to_be_missing(given: str, shown: str) -> None:
    assert printable(given) == shown
    assert printable(shown) == shown


def test_long_words_may_break_and_short_ones_may_not() -> None:
    assert BREAK not in printable("Kunstgewerbemuseum 2026-03-09")
    assert printable("x" * 100).replace(BREAK, "") == "x" * 100
    assert max(len(part) for part in printable("x" * 100).split(BREAK)) == PIECE
    assert printable("x" * 100, exact=True) == "x" * 100


def test_the_replacement_is_in_the_fonts_and_all_families_are_shipped() -> None:
    assert any(ord(REPLACEMENT) in family for family in families())
    names = {path.stem.partition("-")[0] for path in font_files()}
    assert names == {family.replace(" ", "") for family in FAMILIES}
    for name in names:
        licence = (font_files()[0].parent / f"{name}-OFL.txt").read_text()
        assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert sum(path.stat().st_size for path in font_files()) < 3 * 1024 * 1024


def test_no_mixture_of_characters_fails() -> None:
    document = sample("production_card")
    assert isinstance(document, ProductionCard)
    known = [chr(code) for code in sorted(frozenset[int]().union(*families())) if code >= 32]
    marks = [character for character in known if unicodedata.category(character)[0] == "M"]
    letters = "xЖωאب★1 □"
    draw = random.Random(20260309)
    texts = (
        " ".join(known),
        " ".join(letter + mark for mark in marks for letter in letters),
        "".join(draw.choice(known) for _ in range(8000)),
        "".join(chr(draw.randrange(draw.choice((0x600, 0x3000, 0x20000)))) for _ in range(8000)),
    )
    for text in texts:
        for start in range(0, len(text), LONGEST_PROSE):
            part = text[start : start + LONGEST_PROSE]
            piece = replace(document.piece, title=part[:250])
            assert render(replace(document, note=part, piece=piece))


def refused(document: Receipt | Appraisal) -> tuple[ErrorCode, str | None]:
    with pytest.raises(BespokeError) as error:
        render(document)
    return error.value.code, error.value.field


def test_too_much_is_refused() -> None:
    document = sample("receipt")
    assert isinstance(document, Receipt)
    invalid = ErrorCode.INVALID

    assert refused(replace(document, note="x" * (LONGEST_PROSE + 1))) == (invalid, "note")
    assert refused(replace(document, number="x" * 41)) == (invalid, "number")
    assert refused(replace(document, title="x" * 257)) == (invalid, "title")
    nobody = replace(document.customer, name="x" * 257)
    assert refused(replace(document, customer=nobody)) == (invalid, "customer.name")
    many = document.received * MOST_ITEMS
    assert refused(replace(document, received=many)) == (invalid, "received")


def test_pictures_that_cannot_be_set_are_refused() -> None:
    document = sample("appraisal")
    assert isinstance(document, Appraisal)
    png = drawing("TOP")

    def answer(data: bytes) -> tuple[ErrorCode, str | None]:
        return refused(replace(document, photo=Picture(data, "A ring")))

    unreadable = (ErrorCode.FILE_UNREADABLE, "photo")
    assert answer(b"") == unreadable
    assert answer(b"GIF89a" + bytes(100)) == unreadable
    assert answer(png[:20]) == unreadable
    assert answer(b"\xff\xd8\xff\xe0") == unreadable
    assert answer(b"<svg><script>x</script></svg>") == unreadable
    assert answer(b'<!DOCTYPE x [<!ENTITY a "b">]><svg/>') == unreadable
    assert answer(b"<svg>\xff\xfe</svg>") == unreadable
    too_large = (ErrorCode.FILE_TOO_LARGE, "photo")
    for side in (5_100, 11_000, 60_000):
        head = b"IHDR" + side.to_bytes(4, "big") * 2 + png[24:29]
        bomb = png[:12] + head + crc32(head).to_bytes(4, "big") + png[33:]
        assert answer(bomb) == too_large
    assert answer(PHOTO.data + bytes(4 * 1024 * 1024)) == too_large
    assert answer(png[: len(png) // 2]) == unreadable
    assert answer(PHOTO.data[: len(PHOTO.data) // 2]) == unreadable
    assert answer(b"<svg xmlns='x'><path d='M0'") == (ErrorCode.FILE_UNREADABLE, None)


def test_too_many_pictures_are_refused() -> None:
    document = sample("production_card")
    assert isinstance(document, ProductionCard)

    with pytest.raises(BespokeError) as error:
        render(replace(document, pictures=document.pictures[:1] * (MOST_PICTURES + 1)))

    assert error.value.code is ErrorCode.FILE_TOO_LARGE


def test_a_page_of_a_long_document_costs_no_more_than_a_short_one() -> None:
    document = sample("appraisal")
    assert isinstance(document, Appraisal)
    long = replace(document, stones=document.stones * 60)

    def per_page(made: Appraisal) -> float:
        times = []
        for number in range(3):  # another number each time: nothing is remembered from before
            fresh = replace(made, number=f"{made.number}-{number}", photo=None)
            start = time.process_time()
            pages = len(read(render(fresh)).pages)
            times.append((time.process_time() - start) / pages)
        return min(times)

    assert per_page(long) <= 2 * per_page(document)
    assert Decimal(len(long.stones)) == 180
