"""The pure judgement of a mesh, and its plain words."""

from __future__ import annotations

from decimal import Decimal

import pytest

from saleor_bespoke.steps.cad import findings
from saleor_bespoke.steps.cad.findings import Finding, Limits, Measures, Metal
from saleor_bespoke.steps.cad.rules import views_missing
from saleor_bespoke.steps.cad.words import TEXTS, report_words

LIMITS = Limits(
    size_tolerance=Decimal("0.10"),
    wall_min=Decimal("0.70"),
    casting_allowance=Decimal("0.35"),
    metal_tolerance=Decimal("0.05"),
)
NO_METAL = Metal(needed=None, quoted=None, locked=Decimal(0), difference=None)
GOOD = {
    "state": "DONE",
    "unit_confirmed": True,
    "watertight": True,
    "inner_diameter": Decimal("16.51"),
    "wall": Decimal("0.9"),
    "volume": Decimal(300),
}


def found(
    *, ordered: str | None = "16.51", metal: Metal = NO_METAL, **changes: object
) -> list[str]:
    measures = Measures(**GOOD | changes)
    size = None if ordered is None else Decimal(ordered)
    return [
        it.code.value
        for it in findings.findings(measures, ordered=size, limits=LIMITS, metal=metal)
    ]


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"watertight": False}, ["NOT_WATERTIGHT"]),
        ({"unit_confirmed": False}, ["UNIT_UNCONFIRMED"]),
        ({"inner_diameter": Decimal("16.61")}, []),
        ({"inner_diameter": Decimal("16.62")}, ["WRONG_SIZE"]),
        ({"inner_diameter": Decimal("16.41")}, []),
        ({"inner_diameter": Decimal("16.40")}, ["WRONG_SIZE"]),
        ({"inner_diameter": None}, ["NO_FINGER_HOLE"]),
        ({"inner_diameter": None, "ordered": None}, []),
        ({"wall": Decimal("0.699")}, []),
        ({"wall": Decimal("0.69")}, ["WALL_TOO_THIN"]),
        ({"wall": None}, []),
        ({"state": "WAITING"}, ["REPORT_WAITING"]),
        ({"state": "UNREADABLE", "reason": "It is damaged."}, ["NOT_MEASURED"]),
    ],
)
def test_a_mesh_is_judged(changes: dict[str, object], codes: list[str]) -> None:
    assert found(**changes) == codes  # type: ignore[arg-type]


def test_metal_beyond_the_quote() -> None:
    metal = findings.metal_of(
        Decimal("6.9"), [(Decimal("6.5"), Decimal(640))], Decimal("6.5"), Decimal("0.01")
    )
    assert metal.difference == Decimal("39.38")
    assert found(metal=metal) == ["METAL_ABOVE_QUOTE"]
    enough = findings.metal_of(
        Decimal("6.8"), [(Decimal("6.5"), Decimal(640))], Decimal("6.5"), Decimal("0.01")
    )
    assert found(metal=enough) == []
    unknown = findings.metal_of(Decimal("6.8"), [], Decimal(0), Decimal("0.01"))
    assert (unknown.quoted, unknown.difference) == (None, None)


def test_what_stops_and_what_can_be_answered_for() -> None:
    assert {it for it in Finding if it.stops} == {
        Finding.NOT_WATERTIGHT,
        Finding.WRONG_SIZE,
        Finding.UNIT_UNCONFIRMED,
        Finding.REPORT_WAITING,
    }


@pytest.mark.parametrize(
    ("present", "measured", "missing"),
    [
        ({"TOP", "SIDE"}, False, ("FRONT",)),
        ({"TOP", "SIDE", "FRONT"}, False, ()),
        ({"SHEET"}, False, ()),
        ({"MESH"}, False, ("TOP", "SIDE", "FRONT")),
        ({"MESH"}, True, ()),
    ],
)
def test_a_sheet_or_a_measured_mesh_stands_for_the_drawings(
    present: set[str], measured: bool, missing: tuple[str, ...]
) -> None:
    assert views_missing(("TOP", "SIDE", "FRONT"), present, measured=measured) == missing


def test_every_language_says_the_same_things() -> None:
    assert {frozenset(texts) for texts in TEXTS.values()} == {frozenset(TEXTS["en"])}


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The inside measures 16.55 mm across, as your size asks for (16.51 mm)."),
        ("de", "Innen misst es 16,55 mm, wie Ihre Größe es verlangt (16,51 mm)."),
        ("de-AT", "Innen misst es 16,55 mm, wie Ihre Größe es verlangt (16,51 mm)."),
        ("xx", "The inside measures 16.55 mm across, as your size asks for (16.51 mm)."),
    ],
)
def test_plain_words_in_the_customers_language(language: str, sentence: str) -> None:
    said = report_words(
        Measures(**GOOD | {"inner_diameter": Decimal("16.55")}),
        language=language,
        ordered=Decimal("16.51"),
        tolerance=Decimal("0.10"),
    )
    assert sentence in said


def test_words_before_and_without_a_report() -> None:
    waiting = report_words(Measures(state="WAITING"), language="en")
    assert waiting == ["Our computer is still measuring the model."]
    (said,) = report_words(Measures(state="UNREADABLE", reason="x"), language="de")
    assert "von Hand" in said
