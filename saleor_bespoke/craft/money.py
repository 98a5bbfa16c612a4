"""An amount with its currency, as rules about budgets need it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, total_ordering
from typing import Final

from babel.core import get_global
from babel.numbers import get_currency_precision

_LARGEST: Final = Decimal(10) ** 12
_TEXT: Final = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?")


class InvalidAmount(ValueError):
    """A sum that cannot be, or two that cannot be compared because their currencies differ."""


@cache
def _known_currencies() -> frozenset[str]:
    return frozenset(get_global("all_currencies"))


@total_ordering
@dataclass(frozen=True, slots=True)
class Amount:
    """A sum in one currency (ISO 4217), exact to its minor unit. May be negative (a difference).

    Raises InvalidAmount for unknown currencies and fractions of the minor unit.
    """

    value: Decimal
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in _known_currencies():
            raise InvalidAmount("A currency is an ISO 4217 code such as USD.")
        if not self.value.is_finite() or abs(self.value) >= _LARGEST:
            raise InvalidAmount("An amount is a finite number below 10^12.")
        places = get_currency_precision(self.currency)
        exact = self.value.quantize(Decimal(1).scaleb(-places))
        if exact != self.value:
            raise InvalidAmount(f"{self.currency} has {places} decimals.")
        object.__setattr__(self, "value", exact + 0)

    @classmethod
    def parse(cls, text: str, currency: str) -> Amount:
        """Read a decimal string such as "1234.50"; raises InvalidAmount."""
        if not _TEXT.fullmatch(text):
            raise InvalidAmount("An amount is a decimal string such as 1234.50.")
        return cls(Decimal(text), currency)

    @classmethod
    def rounded(cls, value: Decimal, currency: str) -> Amount:
        """The nearest sum the currency can pay, halves up; raises InvalidAmount."""
        unit = Decimal(1).scaleb(-get_currency_precision(currency))
        if not value.is_finite() or abs(value) >= _LARGEST:
            raise InvalidAmount("An amount is a finite number below 10^12.")
        return cls(value.quantize(unit, rounding=ROUND_HALF_UP), currency)

    @property
    def minor_units(self) -> int:
        """The sum in the currency's minor unit, e.g. cents: what hashes are made over."""
        return int(self.value.scaleb(get_currency_precision(self.currency)))

    def _same(self, other: Amount) -> Decimal:
        if self.currency != other.currency:
            raise InvalidAmount(f"{self.currency} and {other.currency} do not mix.")
        return other.value

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.value + self._same(other), self.currency)

    def __sub__(self, other: Amount) -> Amount:
        return Amount(self.value - self._same(other), self.currency)

    def __lt__(self, other: Amount) -> bool:
        return self.value < self._same(other)

    def __str__(self) -> str:
        """The canonical text, e.g. "USD 1234.50"."""
        return f"{self.currency} {self.value:f}"
