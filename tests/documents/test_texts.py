"""The words of the templates: the same keys in every language, each of them used, all printable."""

from __future__ import annotations

import re
import string
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfoNotFoundError

import pytest

from saleor_bespoke.craft.engraving import EngravingPlace
from saleor_bespoke.craft.hallmarks import AssayOffice
from saleor_bespoke.craft.metals import AlloyCode, Finish
from saleor_bespoke.craft.money import Amount
from saleor_bespoke.craft.resizability import ResizeCode
from saleor_bespoke.craft.ring_sizes import SizeSource
from saleor_bespoke.craft.stones import (
    GrownAssessment,
    Origin,
    SettingRisk,
    StoneKind,
    StoneRole,
    StoneShape,
    Treatment,
)
from saleor_bespoke.craft.styles import OldMetalForm, PieceType, SettingType, StyleFeature
from saleor_bespoke.documents.extra import ExtraMissing, needed
from saleor_bespoke.documents.glyphs import BREAK, printable
from saleor_bespoke.documents.parts import House, Reader
from saleor_bespoke.documents.render import TEMPLATES, render
from saleor_bespoke.documents.wording import Wording, languages, texts
from saleor_bespoke.steps.cad.rules import CONFIRMED_FIELDS
from tests.documents.reading import read
from tests.documents.samples import MAKERS, sample

ENGLISH = texts("en")
VOCABULARY: dict[str, type[StrEnum]] = {
    "alloy": AlloyCode,
    "assessment": GrownAssessment,
    "feature": StyleFeature,
    "finish": Finish,
    "office": AssayOffice,
    "old_form": OldMetalForm,
    "piece": PieceType,
    "place": EngravingPlace,
    "risk": SettingRisk,
    "role_in_design": StoneRole,
    "setting": SettingType,
    "shape": StoneShape,
    "size_source": SizeSource,
    "stone": StoneKind,
    "stone_name": Origin,
    "treatment": Treatment,
}
#: Groups whose keys are made of codes that rows of other rooms hold.
CODED = {
    "check", "confirmed", "duties", "incoterm", "pack", "reason", "resize", "resize_reason", "role",
    "service", "stage", "step", "unit", "verdict", "view", "way", "work",
}  # fmt: skip


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def sources() -> str:
    folder = TEMPLATES.parent
    files = [*folder.glob("*.py"), *TEMPLATES.glob("*.typ")]
    return "\n".join(path.read_text() for path in files)


def test_languages_have_the_same_keys_and_places() -> None:
    assert set(languages()) >= {"en", "de"}
    for language in languages():
        other = texts(language)
        assert other.keys() == ENGLISH.keys()
        for key, text in other.items():
            assert placeholders(text) == placeholders(ENGLISH[key]), key
            assert text.strip(), key
            assert printable(text).replace(BREAK, "") == text, key


def test_every_key_is_used() -> None:
    written = sources()
    vocabulary = {f"{group}.{it.value}" for group, kinds in VOCABULARY.items() for it in kinds}
    made = [
        re.compile(re.sub(r"\\\{.*?\\\}", "[^.]+", re.escape(pattern)))
        for pattern in re.findall(r'f"([a-z_.]+\.\{[^"]+)"', written)
    ]
    unused = {
        key
        for key in ENGLISH
        if f'"{key}"' not in written
        and key not in vocabulary
        and key.partition(".")[0] not in CODED
        and not any(pattern.fullmatch(key) for pattern in made)
        and key not in {f"{kind}.title" for kind in MAKERS}
    }
    assert unused == set()


def test_every_word_of_the_craft_has_a_text() -> None:
    missing = {
        f"{group}.{it.value}"
        for group, kinds in VOCABULARY.items()
        for it in kinds
        if f"{group}.{it.value}" not in ENGLISH
    }
    assert missing == set()
    prospects = set(ResizeCode) - {
        ResizeCode.WITHIN_PROMISE,
        ResizeCode.ALREADY_USED,
        ResizeCode.WINDOW_CLOSED,
        ResizeCode.BEYOND_FREE_LIMIT,
        ResizeCode.NOT_DELIVERED,
        ResizeCode.SAME_SIZE,
        ResizeCode.NO_SUCH_SIZE,
        ResizeCode.BEYOND_WORKSHOP_LIMIT,
    }
    assert {f"resize_reason.{it.value}" for it in prospects} <= ENGLISH.keys()
    assert {f"confirmed.{it}" for it in CONFIRMED_FIELDS} <= ENGLISH.keys()


def test_every_document_has_a_template_and_no_template_is_left_over() -> None:
    names = {path.stem for path in TEMPLATES.glob("*.typ")}
    assert names == {*MAKERS, "house", "parts"}


@pytest.mark.parametrize(
    ("locale", "house", "language", "territory"),
    [
        ("de_DE", ("en", "de"), "de", "DE"),
        ("de-CH", ("en", "de"), "de", "CH"),
        ("fr_FR", ("de", "en"), "de", None),
        ("fr_CH", ("de", "en"), "de", "CH"),
        ("de_DE", ("en",), "en", "DE"),
        ("fr_FR", ("fr",), "en", None),
        ("he_IL", ("en",), "en", "IL"),
        ("nonsense", ("de", "en"), "en", "US"),
    ],
)
def test_the_reader_is_addressed_in_a_language_the_house_writes(
    locale: str, house: tuple[str, ...], language: str, territory: str | None
) -> None:
    words = Wording.of(House(name="A", languages=house), Reader(locale, "Europe/Paris"))
    assert words.language == language
    if territory is not None:
        assert words.locale.territory == territory
    assert words.locale.language == language


def test_numbers_money_and_times_are_the_readers() -> None:
    german = Wording.of(House(name="A", languages=("de",)), Reader("de_DE", "Europe/Berlin"))
    english = Wording.of(House(name="A"), Reader("en_GB", "Europe/London"))
    price = Amount.parse("12345.50", "EUR")
    at = datetime(2026, 7, 31, 22, 30, tzinfo=UTC)

    assert german.money(price) == "12.345,50\u00a0€"
    assert english.money(price) == "€12,345.50"
    assert german.carat("0.30") == "0,30\u00a0ct"
    assert english.measure(Decimal("1234.500"), "g") == "1,234.500\u00a0g"
    assert german.share(Decimal("0.9")) == "90\u00a0%"
    assert english.share(Decimal("0.125")) == "12.5%"
    assert german.moment(at) == "1. August 2026, 00:30 MESZ"
    assert english.moment(at) == "31 July 2026, 23:30 BST"
    assert german.country("GB") == "Vereinigtes Königreich"
    assert english.country("XX") == "XX"
    assert english.span(date(2026, 1, 2), date(2026, 1, 2)) == "2 January 2026"


def test_a_code_without_words_is_shown_as_it_is() -> None:
    words = Wording.of(House(name="A"), Reader())
    assert words.coded("way", "gift_voucher") == "Gift voucher"


def test_a_zone_that_is_none_is_an_error() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        Wording.of(House(name="A"), Reader("en_US", "Mars/Olympus"))


def test_the_house_writes_on_its_own_paper() -> None:
    house = House(name="Atelier Ωmega & Сын", paper="us-letter", accent="#226644")
    found = read(render(sample("receipt", house=house)))
    assert found.sizes[0] == (612, 792)
    assert "Atelier Ωmega & Сын" in found.text


@pytest.mark.parametrize("wrong", [{"ink": "red"}, {"accent": "#12345"}, {"paper": "a9"}])
def test_a_house_without_such_colours_or_paper_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="is"):
        House(name="A", **wrong)


def test_without_the_extra_one_sentence_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "typst", None)
    with pytest.raises(ExtraMissing, match=r"extra `pdf`: install saleor-bespoke\[pdf\]"):
        render(sample("receipt"))
    assert needed("segno").__name__ == "segno"


def test_the_templates_reach_for_nothing_outside() -> None:
    for path in Path(TEMPLATES).glob("*.typ"):
        text = path.read_text()
        assert set(re.findall(r'#import "([^"]+)"', text)) <= {"house.typ", "parts.typ"}
        assert "@preview" not in text
        assert "eval(" not in text
