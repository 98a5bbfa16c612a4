"""Words of the templates in the reader's language; money, numbers, dates in the reader's locale."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_timezone_name
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, format_percent

from saleor_bespoke.craft.money import Amount
from saleor_bespoke.documents.parts import House, Reader

TEXTS: Final = Path(__file__).parent / "texts"
FALLBACK: Final = "en"


@cache
def languages() -> tuple[str, ...]:
    """The languages that texts exist for."""
    return tuple(sorted(path.stem for path in TEXTS.glob("*.json")))


@cache
def texts(language: str) -> Mapping[str, str]:
    """All words of one language by their keys."""
    found: dict[str, str] = json.loads((TEXTS / f"{language}.json").read_text("utf-8"))
    return found


def _locale(name: str) -> Locale:
    try:
        return Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_US")


@dataclass(frozen=True, slots=True)
class Wording:
    """One reader's words. Where the language has no texts, language and locale are English."""

    language: str
    locale: Locale
    zone: ZoneInfo

    @classmethod
    def of(cls, house: House, reader: Reader) -> Wording:
        """The reader's language if the house writes it, else the house's first, else English.

        Raises zoneinfo.ZoneInfoNotFoundError for a zone that is none.
        """
        wished = _locale(reader.locale)
        offered = [it for it in house.languages if it in languages()]
        language = next(
            (it for it in (wished.language, *offered) if it in offered),
            FALLBACK,
        )
        if language != wished.language:
            own = f"{language}_{wished.territory}" if wished.territory else language
            wished = _locale(own) if _known(own) else _locale(language)
        return cls(language, wished, ZoneInfo(reader.time_zone))

    def say(self, key: str, **values: str) -> str:
        """The words of a key, with its places filled; a missing key is a KeyError."""
        return texts(self.language)[key].format(**values) if values else texts(self.language)[key]

    def term(self, value: StrEnum, group: str) -> str:
        """The word for a value of craft's vocabulary, e.g. ("alloy", "gold_18k_yellow")."""
        return self.say(f"{group}.{value.value}")

    def coded(self, group: str, code: str) -> str:
        """The word for a code; a code that no text knows is shown with its own letters."""
        return texts(self.language).get(f"{group}.{code}") or code.replace("_", " ").capitalize()

    def money(self, amount: Amount) -> str:
        """An amount with its currency."""
        return format_currency(amount.value, amount.currency, locale=self.locale)

    def number(self, value: Decimal | int, places: int | None = None) -> str:
        """A number, with as many decimals as it has or as asked for."""
        exact = Decimal(value)
        exponent = exact.as_tuple().exponent
        shown = max(-exponent, 0) if isinstance(exponent, int) else 0
        count = shown if places is None else places
        return format_decimal(exact, format="#,##0." + "0" * count, locale=self.locale)

    def share(self, value: Decimal) -> str:
        """A fraction of one as percent."""
        return format_percent(value, locale=self.locale, decimal_quantization=False)

    def measure(self, value: Decimal | int, unit: str, places: int | None = None) -> str:
        """A number with its unit, kept on one line."""
        return f"{self.number(value, places)}\N{NO-BREAK SPACE}{unit}"

    def carat(self, stated: str) -> str:
        """A stated weight in ct with exactly its decimals, which mean something by law."""
        return self.measure(Decimal(stated), "ct")

    def quoted(self, text: str) -> str:
        """A text between the language's quotation marks."""
        return self.say("quotation", text=text)

    def on(self, day: date) -> str:
        """A day in full."""
        return format_date(day, "long", locale=self.locale)

    def day(self, moment: datetime) -> str:
        """The day of a moment in the reader's zone."""
        return self.on(moment.astimezone(self.zone).date())

    def moment(self, moment: datetime) -> str:
        """Day, time and zone of a moment as the reader's clock shows it."""
        local = moment.astimezone(self.zone)
        clock = format_time(local, "short", locale=self.locale)
        name = get_timezone_name(local, width="short", locale=self.locale)
        return f"{self.on(local.date())}, {clock} {name}"

    def span(self, first: date | None, last: date) -> str:
        """One day, or from one to another."""
        if first is None or first == last:
            return self.on(last)
        return f"{self.on(first)} – {self.on(last)}"

    def country(self, code: str) -> str:
        """A country's name; a code that no table knows stays as it is."""
        return str(self.locale.territories.get(code.upper(), code))

    def several(self, items: Iterable[str]) -> str:
        """Items as a sentence lists them."""
        return format_list(list(items), locale=self.locale)


def _known(name: str) -> bool:
    try:
        Locale.parse(name)
    except (UnknownLocaleError, ValueError):
        return False
    return True
