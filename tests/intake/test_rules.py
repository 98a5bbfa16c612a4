"""What a brief may say."""

from __future__ import annotations

import unicodedata
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_bespoke import conf
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.steps.intake import rules
from tests.fixtures import ring_specification

TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
METALS = conf.ChannelPolicy().metals


def refusal(call: object) -> tuple[str, str | None]:
    with pytest.raises(BespokeError) as caught:
        call()  # type: ignore[operator]
    return str(caught.value.code), caught.value.field


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"alloy": "titanium"}, "METAL_NOT_OFFERED", "alloy"),
        ({"finish": "rhodium_plated"}, "INVALID", "finish"),
        ({"ringSize": None, "sizeSource": None}, "REQUIRED", "ringSize"),
        (
            {"engraving": {"text": "x" * 31, "place": "inside_band"}},
            "ENGRAVING_NOT_POSSIBLE",
            "engraving.text",
        ),
        (
            {"engraving": {"text": "love 💍", "place": "inside_band"}},
            "ENGRAVING_NOT_POSSIBLE",
            "engraving.text",
        ),
        (
            {"engraving": {"text": "   ", "place": "inside_band"}},
            "ENGRAVING_NOT_POSSIBLE",
            "engraving.text",
        ),
        *[
            (
                {"oldJewellery": [{"description": "some", "form": form}]},
                "OLD_METAL_NOT_ACCEPTED",
                "oldJewellery",
            )
            for form in ("grain", "sheet", "wire")
        ],
    ],
)
def test_specification_refused(changes: dict[str, object], code: str, field: str) -> None:
    spec = ring_specification(**changes)
    assert refusal(lambda: rules.check_specification(spec, metals=METALS)) == (code, field)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"engraving": {"text": "Für immer ♥", "place": "inside_band"}},
        {"oldJewellery": [{"description": "a coin", "form": "coin"}]},
        {"alloy": "gold_18k_white", "finish": "rhodium_plated"},
    ],
)
def test_specification_passes(changes: dict[str, object]) -> None:
    rules.check_specification(ring_specification(**changes), metals=METALS)


def test_a_pendant_needs_no_size() -> None:
    spec = ring_specification(
        pieceType="pendant", ringSize=None, sizeSource=None, bandWidthMm=None, features=[]
    )
    rules.check_specification(spec, metals=METALS)


@pytest.mark.parametrize(
    ("low", "stretch", "expected"),
    [
        (100, 499, ("BUDGET_BELOW_MINIMUM", "budget.stretch")),
        (600, 599, ("INVALID", "budget.stretch")),
    ],
)
def test_budget_refused(low: int, stretch: int, expected: tuple[str, str]) -> None:
    def check() -> None:
        rules.check_budget(Decimal(low), Decimal(stretch), least=Decimal(500))

    assert refusal(check) == expected


def test_budget_may_equal_the_least_price() -> None:
    rules.check_budget(Decimal(500), Decimal(500), least=Decimal(500))


@pytest.mark.parametrize(
    ("value", "currency"),
    [
        ("0", "USD"),
        ("-5", "USD"),
        ("1.005", "USD"),
        ("1.5", "JPY"),
        ("1E+9", "USD"),
        ("NaN", "USD"),
        ("Infinity", "EUR"),
        ("1E-400", "USD"),
        ("1E+999999", "USD"),
    ],
)
def test_impossible_sums(value: str, currency: str) -> None:
    assert refusal(lambda: rules.check_money(Decimal(value), currency, "budget.min")) == (
        "INVALID",
        "budget.min",
    )


@given(st.decimals(min_value="0.01", max_value=100_000_000, places=2))
def test_every_sum_of_cents_is_kept_exactly(value: Decimal) -> None:
    kept = rules.check_money(value, "USD", "budget.min")
    assert kept == value
    assert kept.as_tuple().exponent == -2


@pytest.mark.parametrize(
    "text",
    ["nul\x00", "bell\x07", "turned \u202e around", "\ud800", "two\nlines", "tab\there"],
)
def test_hostile_lines(text: str) -> None:
    assert refusal(lambda: rules.text_line(text, "title", longest=100)) == ("INVALID", "title")


def test_a_block_keeps_its_lines_in_nfc() -> None:
    assert rules.text_block(" one\r\ntwo e\u0301 ", "story", longest=20) == "one\ntwo é"


@pytest.mark.parametrize(
    ("text", "code"), [("", "REQUIRED"), (" \n", "REQUIRED"), ("x" * 6, "INVALID")]
)
def test_absent_and_too_long_texts(text: str, code: str) -> None:
    assert refusal(lambda: rules.text_block(text, "text", longest=5)) == (code, "text")


@given(st.text(max_size=50))
def test_no_kept_text_holds_a_control_character(text: str) -> None:
    def kept(value: str) -> str | None:
        try:
            return rules.text_line(value, "title", longest=200, required=False)
        except BespokeError:
            return None

    found = kept(text)
    hostile = any(unicodedata.category(each) in ("Cc", "Cs") for each in text.strip())
    assert (found is None) == (hostile or bool(TURNING & set(text)))
    assert found is None or kept(found) == found


@pytest.mark.parametrize(
    ("check", "field"),
    [
        (lambda: rules.check_phone("call me"), "contact.phone"),
        (lambda: rules.check_phone("1" * 40), "contact.phone"),
        (lambda: rules.check_language("english!"), "contact.language"),
        (lambda: rules.check_time_zone("Mars/Olympus", default="UTC"), "contact.timeZone"),
        (lambda: rules.check_time_zone("../../etc/passwd", default="UTC"), "contact.timeZone"),
        (
            lambda: rules.check_date_needed(date(2026, 1, 2), today=date(2026, 1, 2)),
            "dateNeeded",
        ),
    ],
)
def test_contact_and_date_refused(check: object, field: str) -> None:
    assert refusal(check) == ("INVALID", field)


def test_contact_defaults() -> None:
    assert rules.check_phone(" +49 (30) 1234-56 ") == "+49 (30) 1234-56"
    assert rules.check_phone(None) == ""
    assert rules.check_language("") == "en"
    assert rules.check_time_zone("", default="Europe/Berlin") == "Europe/Berlin"
    assert rules.check_destination(" us ", served=("US",)) == "US"


@pytest.mark.parametrize(
    ("given_version", "code"),
    [("", "CONSENT_REQUIRED"), (None, "CONSENT_REQUIRED"), ("old", "CONSENT_OUTDATED")],
)
def test_consent_refused(given_version: str | None, code: str) -> None:
    def check() -> None:
        rules.check_consent(given_version, current="new", field="contactConsentVersion")

    assert refusal(check) == (code, "contactConsentVersion")


@pytest.mark.parametrize(
    ("changes", "warnings", "expected"),
    [
        ({"bandWidthMm": None}, (), ("BRIEF_INCOMPLETE", "bandWidthMm")),
        ({"setting": None}, (), ("BRIEF_INCOMPLETE", "setting")),
        ({}, ("BAND_TOO_THIN",), ("FEASIBILITY_OPEN", "id")),
    ],
)
def test_not_confirmable(
    changes: dict[str, object], warnings: tuple[str, ...], expected: tuple[str, str]
) -> None:
    spec = ring_specification(**changes)
    assert refusal(lambda: rules.check_confirmable(spec, warnings)) == expected


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"alloy": ""}, "alloy"),
        ({"alloy": "steel_316l"}, "alloy"),
        ({"grams": None}, "weightGrams"),
        ({"grams": Decimal(0)}, "weightGrams"),
        ({"grams": Decimal("0.0001")}, "weightGrams"),
        ({"grams": Decimal("NaN")}, "weightGrams"),
        ({"credit": None}, "credit"),
        ({"credit": Decimal("-1")}, "credit"),
        ({"credit": Decimal("1.001")}, "credit"),
    ],
)
def test_valuation_refused(values: dict[str, object], field: str) -> None:
    whole: dict[str, object] = {
        "stone": None,
        "alloy": "gold_14k_yellow",
        "grams": Decimal("4.1"),
        "credit": Decimal(120),
        "currency": "USD",
    }
    code, at = refusal(lambda: rules.check_valuation(**whole | values))  # type: ignore[arg-type]
    assert at == field
    assert code in ("REQUIRED", "INVALID")


@pytest.mark.parametrize("stage", ["QUOTED", "CHECKOUT", "DESIGN", "AFTERCARE"])
def test_credited_metal_stays(stage: str) -> None:
    code = refusal(lambda: rules.check_returnable("CREDITED", stage=stage))[0]
    assert code == "OWN_MATERIAL_NOT_OPEN"


@given(st.sets(st.integers(1, 10)), st.integers(0, 12))
def test_free_place_is_the_lowest_free_one(taken: set[int], most: int) -> None:
    place = rules.free_place(taken, most=most)
    allowed = set(range(1, min(most, 10) + 1))
    assert place == min(allowed - taken, default=None)
