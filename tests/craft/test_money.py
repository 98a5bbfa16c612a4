"""Amounts: exact, in one currency, never mixed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_bespoke.craft.money import Amount, InvalidAmount


@pytest.mark.parametrize(
    ("text", "currency", "canonical", "minor"),
    [
        ("1234.5", "USD", "USD 1234.50", 123450),
        ("-0.00", "EUR", "EUR 0.00", 0),
        ("-12.34", "EUR", "EUR -12.34", -1234),
        ("1500", "JPY", "JPY 1500", 1500),
        ("1.234", "KWD", "KWD 1.234", 1234),
    ],
)
def test_canonical_forms(text: str, currency: str, canonical: str, minor: int) -> None:
    amount = Amount.parse(text, currency)
    assert (str(amount), amount.minor_units) == (canonical, minor)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("1.005", "USD"),
        ("1.5", "JPY"),
        ("1", "usd"),
        ("1", "ZZZ"),
        ("1", ""),
        ("NaN", "USD"),
        ("1e3", "USD"),
        ("1,000", "USD"),
        ("", "USD"),
        ("1000000000000000", "USD"),
    ],
)
def test_a_sum_that_cannot_be(text: str, currency: str) -> None:
    with pytest.raises(InvalidAmount):
        Amount.parse(text, currency)


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "1e12", "-1e12"])
def test_not_even_as_a_decimal(value: str) -> None:
    for make in (Amount, Amount.rounded):
        with pytest.raises(InvalidAmount):
            make(Decimal(value), "USD")


def test_currencies_do_not_mix() -> None:
    dollar, euro = Amount.parse("1", "USD"), Amount.parse("1", "EUR")
    assert dollar != euro
    for mix in (Amount.__add__, Amount.__sub__, Amount.__lt__, Amount.__ge__):
        with pytest.raises(InvalidAmount):
            mix(dollar, euro)


amounts = st.decimals(-1_000_000, 1_000_000, places=2).map(lambda it: Amount(it, "USD"))


@given(one=amounts, other=amounts)
def test_sums_and_comparison_agree(one: Amount, other: Amount) -> None:
    assert one + other - other == one
    assert (one < other) == (one.minor_units < other.minor_units)
    assert (one - other).minor_units == one.minor_units - other.minor_units
    assert Amount.parse(str(one).removeprefix("USD "), "USD") == one


def test_rounding_is_half_up_to_what_the_currency_can_pay() -> None:
    assert Amount.rounded(Decimal("2.345"), "USD").value == Decimal("2.35")
    assert Amount.rounded(Decimal("2.5"), "JPY").value == 3
