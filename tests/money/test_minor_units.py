"""Minor units: exact both ways, or refused."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.money.minor_units import (
    UNITS,
    amount_text,
    from_minor,
    quantum,
    to_minor,
    unit,
)

CURRENCIES = st.sampled_from(sorted({*UNITS, "USD", "EUR", "GBP", "CHF"}))


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("10.50", "USD", 1050),
        ("10.5", "eur", 1050),
        ("500", "JPY", 500),
        ("500.00", "KRW", 500),
        ("5.12", "KWD", 5120),
        ("5.120", "BHD", 5120),
        ("5", "ISK", 500),
        ("5", "UGX", 500),
        ("10.45", "HUF", 1045),
        ("800.45", "TWD", 80045),
        ("7", "MGA", 7),
        ("-3.20", "USD", -320),
        ("0", "USD", 0),
        ("0E+5", "USD", 0),
        ("123456789012.34", "USD", 12345678901234),
    ],
)
def test_amounts_as_the_provider_documents_them(amount: str, currency: str, minor: int) -> None:
    assert to_minor(Decimal(amount), currency) == minor
    assert from_minor(minor, currency) == Decimal(amount)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("10.505", "USD"),
        ("0.001", "EUR"),
        ("500.5", "JPY"),
        ("5.124", "KWD"),
        ("5.50", "ISK"),
        ("5.01", "UGX"),
        ("10.455", "HUF"),
        ("12345678901234.123456789012345678901234567890", "USD"),
        ("1E-400", "USD"),
        ("NaN", "USD"),
        ("Infinity", "USD"),
        ("1E+999999", "USD"),
    ],
)
def test_a_fraction_of_a_minor_unit_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(BespokeError) as caught:
        to_minor(Decimal(amount), currency)
    assert (caught.value.code, caught.value.field) == (ErrorCode.INVALID, "amount")


@pytest.mark.parametrize("currency", ["", "US", "USDT", "U$D", "ÄÖÜ", "US\n"])
def test_what_is_no_currency_code_is_refused(currency: str) -> None:
    with pytest.raises(BespokeError) as caught:
        quantum(currency)
    assert caught.value.field == "currency"


def test_floats_and_booleans_are_no_money() -> None:
    with pytest.raises(TypeError):
        to_minor(10.5, "USD")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        from_minor(True, "USD")


@pytest.mark.parametrize(
    ("currency", "expected"),
    [("USD", "0.01"), ("JPY", "1"), ("KWD", "0.01"), ("ISK", "1"), ("UGX", "1"), ("HUF", "0.01")],
)
def test_the_quantum_is_the_least_that_can_be_charged(currency: str, expected: str) -> None:
    assert str(quantum(currency)) == expected
    assert to_minor(quantum(currency), currency) == unit(currency).step


@pytest.mark.parametrize("currency", ["RSD", "ALL", "LAK", "IQD"])
def test_what_the_host_counts_whole_is_quoted_whole(currency: str) -> None:
    """The provider would take hundredths of them, but the host rounds its prices."""
    assert quantum(currency) == 1
    assert to_minor(Decimal(1), currency) == 100


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("7480.000", "USD", "7480.00 USD"),
        ("7480.000", "JPY", "7480 JPY"),
        ("7480.000", "KRW", "7480 KRW"),
        ("7480.000", "ISK", "7480 ISK"),
        ("7480.000", "UGX", "7480 UGX"),
        ("7480.5", "KWD", "7480.500 KWD"),
        ("110.055", "BHD", "110.055 BHD"),
        ("10.505", "USD", "10.505 USD"),
        ("0.5", "JPY", "0.5 JPY"),
        ("1200", "USD", "1200.00 USD"),
    ],
)
def test_an_amount_is_written_with_its_digits_and_never_rounded(
    amount: str, currency: str, text: str
) -> None:
    assert amount_text(Decimal(amount), currency) == text


@given(steps=st.integers(-(10**12), 10**12), currency=CURRENCIES)
def test_there_and_back(steps: int, currency: str) -> None:
    minor = steps * unit(currency).step
    assert to_minor(from_minor(minor, currency), currency) == minor


@given(steps=st.integers(-(10**10), 10**10), currency=CURRENCIES)
def test_back_and_there(steps: int, currency: str) -> None:
    amount = steps * quantum(currency)
    assert from_minor(to_minor(amount, currency), currency) == amount


@given(
    amount=st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9),
    currency=CURRENCIES,
)
def test_nothing_is_ever_rounded(amount: Decimal, currency: str) -> None:
    try:
        minor = to_minor(amount, currency)
    except BespokeError:
        assert (Fraction(amount) / Fraction(quantum(currency))).denominator > 1
    else:
        assert from_minor(minor, currency) == amount


@given(minor=st.integers(), currency=CURRENCIES)
def test_every_answer_of_the_provider_can_be_read_exactly(minor: int, currency: str) -> None:
    assert Fraction(from_minor(minor, currency)) * 10 ** unit(currency).places == minor
