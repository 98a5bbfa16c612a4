"""A mesh's report in plain words for the customer, in the languages that papers are written in."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.numbers import format_decimal

from saleor_bespoke.steps.cad.findings import Measures, Weights, size_difference

FALLBACK: Final = "en"
TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "waiting": "Our computer is still measuring the model.",
        "unreadable": "This model is for looking at; we measure your piece by hand.",
        "closed": "The model is whole and can be made as it is drawn.",
        "open": "The model still has gaps that we close before it is made.",
        "fits": "The inside measures {inner} mm across, as your size asks for ({ordered} mm).",
        "apart": "The inside measures {inner} mm across; your size asks for {ordered} mm.",
        "inner": "The inside measures {inner} mm across.",
        "wall": "At its thinnest the metal is {wall} mm thick.",
        "weight": "Finished, it will weigh about {grams} g.",
        "outside": "It is {width} × {height} × {depth} mm large.",
    },
    "de": {
        "waiting": "Unser Rechner misst das Modell noch.",
        "unreadable": "Dieses Modell ist zum Ansehen; wir messen Ihr Stück von Hand.",
        "closed": "Das Modell ist vollständig und kann so angefertigt werden.",
        "open": "Das Modell hat noch Lücken, die wir vor der Anfertigung schließen.",
        "fits": "Innen misst es {inner} mm, wie Ihre Größe es verlangt ({ordered} mm).",
        "apart": "Innen misst es {inner} mm; Ihre Größe verlangt {ordered} mm.",
        "inner": "Innen misst es {inner} mm.",
        "wall": "An der dünnsten Stelle ist das Metall {wall} mm stark.",
        "weight": "Fertig wird es etwa {grams} g wiegen.",
        "outside": "Es ist {width} × {height} × {depth} mm groß.",
    },
}


def language_of(wished: str) -> tuple[str, Locale]:
    """The language of the texts for a reader, and the locale of the numbers."""
    try:
        locale = Locale.parse(wished.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        locale = Locale.parse(FALLBACK)
    if locale.language not in TEXTS:
        locale = Locale.parse(FALLBACK)
    return locale.language, locale


def report_words(
    measures: Measures,
    *,
    language: str,
    ordered: Decimal | None = None,
    tolerance: Decimal = Decimal(0),
    weight: Weights | None = None,
    size: tuple[float, float, float] | None = None,
) -> list[str]:
    """The report in sentences: form, size, wall, weight and outside; no costs and no blame."""
    spoken, locale = language_of(language)
    say = TEXTS[spoken]
    if measures.state != "DONE":
        return [say["waiting" if measures.state == "WAITING" else "unreadable"]]

    def number(value: Decimal | float, places: int = 2) -> str:
        return str(format_decimal(value, format="#,##0." + "0" * places, locale=locale))

    said = [say["closed" if measures.watertight else "open"]]
    if measures.inner_diameter is not None:
        apart = size_difference(measures.inner_diameter, ordered)
        key = "inner" if apart is None else "fits" if abs(apart) <= tolerance else "apart"
        inner, wanted = number(measures.inner_diameter), number(ordered or 0)
        said.append(say[key].format(inner=inner, ordered=wanted))
    if measures.wall is not None:
        said.append(say["wall"].format(wall=number(measures.wall)))
    if weight is not None:
        said.append(say["weight"].format(grams=number(weight.finished, 1)))
    if size is not None:
        width, height, depth = (number(it, 1) for it in size)
        said.append(say["outside"].format(width=width, height=height, depth=depth))
    return said
