"""Tax at a channel's flat rate, and whether a sum can be paid with it."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from saleor_bespoke import conf
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.money.minor_units import as_written, host_unit, quantum
from saleor_bespoke.shop.port import shop


def tax_of(amount: Decimal, *, rate: Decimal, included: bool, quantum: Decimal) -> Decimal:
    """The tax on, or in, an amount at a flat rate (0.19 is 19 %), rounded half up."""
    if included:
        return amount - (amount / (1 + rate)).quantize(quantum, ROUND_HALF_UP)
    return (amount * (1 + rate)).quantize(quantum, ROUND_HALF_UP) - amount


def tax_payable(
    *amounts: Decimal, channel: str, currency: str, included: bool, field: str | None
) -> Decimal:
    """The channel's tax on these amounts; INVALID where nobody can pay what it comes to."""
    step, unit, rate = quantum(currency), host_unit(currency), conf.policy(channel).tax_rate
    taxes = (tax_of(amount, rate=rate, included=included, quantum=unit) for amount in amounts)
    tax = sum(taxes, Decimal(0))
    if included:  # no more than named on the offer: what is paid contains it
        return tax.quantize(step, rounding=ROUND_HALF_UP)
    if tax % step:
        charged = as_written(sum(amounts, tax), currency)
        raise BespokeError(
            ErrorCode.INVALID,
            f"With its tax this comes to {charged}, but sums are paid in multiples of {step}.",
            field=field,
        )
    return tax


def taxed_check(amount: Decimal, *, channel: str, currency: str, field: str) -> None:
    """Refuse a sum beside the quote's that could not be paid with its tax."""
    if quantum(currency) == host_unit(currency):
        return  # every sum of the host can be paid
    there = shop().channel(channel)
    if there is not None and not there.prices_with_tax:
        tax_payable(amount, channel=channel, currency=currency, included=False, field=field)
