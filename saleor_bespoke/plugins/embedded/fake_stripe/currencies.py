"""What the provider accepts as an amount, and what it keeps as its fee.

Written from the provider's documentation and kept apart from `saleor_bespoke.money`, so that a
mistake there is caught here.
"""

from __future__ import annotations

import re

from .errors import Json, ParameterError

WHOLE_UNITS_ONLY = frozenset({"isk", "ugx"})
THREE_DECIMALS = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
ZERO_DECIMALS = frozenset(
    {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga"}
    | {"pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"}
)
LEAST = {"usd": 50, "eur": 50, "gbp": 30, "jpy": 50, "chf": 50, "cad": 50, "aud": 50}
MOST = 99_999_999


def check_currency(currency: str) -> str:
    """Three lower-case letters."""
    if not re.fullmatch(r"[a-z]{3}", currency):
        raise ParameterError(f"Invalid currency: {currency}", param="currency")
    return currency


def check_step(amount: int, currency: str) -> None:
    """Some currencies take only whole units or a last digit of 0."""
    step = 100 if currency in WHOLE_UNITS_ONLY else 10 if currency in THREE_DECIMALS else 1
    if amount % step:
        raise ParameterError(
            f"Invalid amount. Amounts in {currency.upper()} must be evenly divisible by {step}.",
            param="amount",
            code="invalid_charge_amount_no_decimal_compatible",
        )


def check_amount(amount: int | None, currency: str) -> int:
    """An amount to charge, in minor units."""
    if amount is None:
        raise ParameterError(
            "Missing required param: amount.", param="amount", code="parameter_missing"
        )
    if amount < 1:
        raise ParameterError(
            "This value must be greater than or equal to 1.",
            param="amount",
            code="parameter_invalid_integer",
        )
    if amount < LEAST.get(currency, 1):
        raise ParameterError(
            f"Amount must be at least {written(LEAST[currency], currency)}.",
            param="amount",
            code="amount_too_small",
        )
    if amount > MOST:
        raise ParameterError(
            f"Amount must be no more than {written(MOST, currency)}.",
            param="amount",
            code="amount_too_large",
        )
    check_step(amount, currency)
    return amount


def written(amount: int, currency: str) -> str:
    """An amount as a person reads it."""
    if currency in ZERO_DECIMALS:
        return f"{amount} {currency.upper()}"
    places = 3 if currency in THREE_DECIMALS else 2
    whole, rest = divmod(amount, 10**places)
    return f"{whole}.{rest:0{places}d} {currency.upper()}"


def fee(amount: int, method_type: str) -> Json:
    """The provider's fee for one charge: 2.9 % and 30 for cards, 5.99 % and 30 for instalments."""
    basis_points = {"klarna": 599, "us_bank_account": 80}.get(method_type, 290)
    fixed = 0 if method_type == "us_bank_account" else 30
    total = min(amount, (amount * basis_points + 5_000) // 10_000 + fixed)
    return {"fee": total, "net": amount - total}
