"""Amounts of money as the payment provider counts them: whole minor units.

Source: Stripe's "Supported currencies" (zero-decimal, three-decimal and special cases). The table
differs from ISO 4217 on purpose and is right only for amounts that cross to the provider.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from babel.numbers import get_currency_precision

from saleor_bespoke.errors import BespokeError, ErrorCode

MAX_DIGITS = 15


class Unit(NamedTuple):
    """`places` decimals are sent, and the sent number must be a multiple of `step`."""

    places: int
    step: int


_ORDINARY = Unit(2, 1)
_ZERO_DECIMAL = Unit(0, 1)
_THREE_DECIMAL = Unit(3, 10)  # card networks need the last digit to be 0
_WHOLE_WITH_TWO_ZEROS = Unit(2, 100)  # whole since 2023, still written with two decimals

UNITS: dict[str, Unit] = {
    **dict.fromkeys(["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA"], _ZERO_DECIMAL),
    **dict.fromkeys(["PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"], _ZERO_DECIMAL),
    **dict.fromkeys(["BHD", "JOD", "KWD", "OMR", "TND"], _THREE_DECIMAL),
    # UGX also stands in the provider's zero-decimal list; its special case is about charges.
    **dict.fromkeys(["ISK", "UGX"], _WHOLE_WITH_TWO_ZEROS),
    # HUF and TWD are whole for payouts only: charges and refunds have two decimals.
    **dict.fromkeys(["HUF", "TWD"], _ORDINARY),
}


def unit(currency: str) -> Unit:
    """How the provider counts this currency; two decimals unless the table says otherwise."""
    code = currency.upper()
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise BespokeError(
            ErrorCode.INVALID, f"{currency!r} is not a currency code.", field="currency"
        )
    return UNITS.get(code, _ORDINARY)


def quantum(currency: str) -> Decimal:
    """The smallest sum that host and provider both can count: 0.01 for USD and KWD, 1 for JPY.

    The host rounds prices to the currency's own digits: dinars in three, Serbian dinars in none.
    """
    places, step = unit(currency)
    zeros = len(str(step)) - 1
    return max(_exact(1, places - zeros), host_unit(currency))


def host_unit(currency: str) -> Decimal:
    """The smallest sum that the host counts: 0.01 for USD, 1 for JPY, 0.001 for KWD."""
    return _exact(1, get_currency_precision(currency.upper()))


def to_minor(amount: Decimal, currency: str) -> int:
    """Whole minor units; an amount finer than the currency's quantum is refused, never rounded."""
    if not isinstance(amount, Decimal):
        raise TypeError(f"Money is a Decimal, not {type(amount).__name__}.")
    places, step = unit(currency)
    if not amount.is_finite() or amount.adjusted() >= MAX_DIGITS:
        raise BespokeError(ErrorCode.INVALID, "This is not an amount of money.", field="amount")
    if amount.as_tuple().exponent < -100:  # type: ignore[operator]  # finite: an integer
        raise _too_fine(amount, currency)
    numerator, denominator = amount.as_integer_ratio()
    minor: int
    minor, rest = divmod(numerator * 10**places, denominator)
    if rest or minor % step:
        raise _too_fine(amount, currency)
    return minor


def from_minor(minor: int, currency: str) -> Decimal:
    """The exact amount in major units, with as many decimals as the provider sends."""
    if isinstance(minor, bool) or not isinstance(minor, int):
        raise TypeError(f"Minor units are an int, not {type(minor).__name__}.")
    return _exact(minor, unit(currency).places)


def _exact(number: int, places: int) -> Decimal:
    """`number` · 10^-`places` without the rounding of a decimal context."""
    sign, digits, _ = Decimal(number).as_tuple()
    return Decimal((sign, digits, -places))


def _too_fine(amount: Decimal, currency: str) -> BespokeError:
    return BespokeError(
        ErrorCode.INVALID,
        f"{amount} {currency.upper()} is finer than {quantum(currency)}, the least that can be "
        "charged.",
        field="amount",
    )


def as_written(amount: Decimal, currency: str) -> Decimal:
    """An amount with its currency's digits, and with more only where it has more."""
    unit_there = host_unit(currency)
    return amount.normalize() if amount % unit_there else amount.quantize(unit_there)


def amount_text(amount: Decimal, currency: str) -> str:
    """An amount for a person, never rounded: `7480.00 USD`, `748000 JPY`, `2310.500 KWD`."""
    return f"{as_written(amount, currency):f} {currency}"
