"""What a quote may say. Pure decisions; a refusal names the field at fault."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from saleor_bespoke.craft.specification import Specification, missing_facts
from saleor_bespoke.errors import BespokeError, ErrorCode

MOST_ALTERNATIVES = 6
MOST_LINES = 60
MOST_PICTURES = 10
MOST_VALID_DAYS = 90
MOST_COMPLEXITY_DAYS = 120
LARGEST_AMOUNT = Decimal(10) ** 9
KINDS = frozenset({"MATERIAL", "LABOUR", "EXTRA", "CREDIT"})
DUTIES = frozenset({"INCLUDED", "UNPAID", "NONE"})


def invalid(message: str, field: str) -> BespokeError:
    """A refusal of one value."""
    return BespokeError(ErrorCode.INVALID, message, field=field)


def required(message: str, field: str) -> BespokeError:
    """A refusal of an omission."""
    return BespokeError(ErrorCode.REQUIRED, message, field=field)


def counts_check(pictures: Sequence[int], *, lines: Sequence[int]) -> None:
    """Refuse too many or no alternatives, lines or pictures, before any picture is decoded."""
    if not 1 <= len(pictures) <= MOST_ALTERNATIVES:
        raise invalid(f"A quote has 1 to {MOST_ALTERNATIVES} alternatives.", "alternatives")
    for at, count in enumerate(pictures):
        if count > MOST_PICTURES:
            raise invalid(f"At most {MOST_PICTURES} pictures fit.", f"alternatives.{at}.pictures")
    for at, count in enumerate(lines):
        if not 1 <= count <= MOST_LINES:
            raise invalid(
                f"An alternative has 1 to {MOST_LINES} lines.", f"alternatives.{at}.lines"
            )


def text_check(text: str, *, most: int, field: str, needed: bool = True) -> str:
    """The text in NFC without surrounding space; control characters but line breaks are refused."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").strip())
    if needed and not text:
        raise required("This field is required.", field)
    if len(text) > most:
        raise invalid(f"At most {most} characters fit.", field)
    if any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t" for sign in text):
        raise invalid("Control characters are not allowed.", field)
    return text


def amount_check(amount: Decimal, *, quantum: Decimal, field: str) -> Decimal:
    """An amount the currency can pay: finite, below a thousand millions, no fractions of a cent."""
    if not amount.is_finite() or abs(amount) >= LARGEST_AMOUNT:
        raise invalid("This is not an amount of money.", field)
    if amount % quantum:
        raise invalid(f"Amounts are multiples of {quantum}.", field)
    return amount.quantize(quantum)


def sum_check(amount: Decimal, *, quantum: Decimal, field: str) -> Decimal:
    """An amount that is not negative."""
    if amount_check(amount, quantum=quantum, field=field) < 0:
        raise invalid("This amount cannot be negative.", field)
    return amount.quantize(quantum)


@dataclass(frozen=True, kw_only=True)
class Line:
    """What of a line decides whether it can stand."""

    kind: str
    amount: Decimal
    material_pk: UUID | None
    quantity: Decimal | None


def line_check(line: Line, *, quantum: Decimal, field: str) -> None:
    """Refuse a line whose sign, material or quantity does not fit its kind."""
    if line.kind not in KINDS:
        raise invalid("This kind of line is not known.", f"{field}.kind")
    amount = amount_check(line.amount, quantum=quantum, field=f"{field}.amount")
    if line.kind == "CREDIT" and amount >= 0:
        raise invalid("A credit is a negative amount.", f"{field}.amount")
    if line.kind != "CREDIT" and amount < 0:
        raise invalid("Only a credit is negative.", f"{field}.amount")
    if (line.kind == "MATERIAL") != (line.material_pk is not None):
        raise required("Material lines, and only they, name a material.", f"{field}.material")
    if (line.material_pk is None) != (line.quantity is None):
        raise required("A material comes with its quantity.", f"{field}.quantity")


def price_of(lines: Iterable[Line], *, field: str) -> Decimal:
    """The line price: the sum of all lines, which must be positive."""
    price = sum((line.amount for line in lines), Decimal(0))
    if not 0 < price < LARGEST_AMOUNT:
        raise invalid("The lines must add up to a positive price.", f"{field}.lines")
    return price


def total_of(*, price: Decimal, shipping: Decimal, tax: Decimal, tax_included: bool) -> Decimal:
    """What the customer pays altogether for an alternative."""
    return price + shipping + (Decimal(0) if tax_included else tax)


def offer_check(
    *, price: Decimal, total: Decimal, minimum: Decimal, stretch: Decimal, currency: str, field: str
) -> None:
    """Refuse a price below the channel's minimum and a total above the stretch budget."""
    if price < minimum:
        raise BespokeError(
            ErrorCode.PRICE_BELOW_MINIMUM,
            f"Bespoke pieces start at {minimum} {currency}.",
            field=field,
        )
    if total > stretch:
        raise BespokeError(
            ErrorCode.ABOVE_BUDGET,
            f"{total} {currency} is above the customer's budget of {stretch} {currency}; "
            "a higher budget is a new brief.",
            field=field,
        )


def credits_check(claimed: Sequence[Decimal], accepted: Sequence[Decimal], *, field: str) -> None:
    """Refuse a credit that the customer did not accept in exactly this sum, or that counts twice.

    `claimed` are the CREDIT lines of one alternative (negative), `accepted` the agreed credits.
    """
    left = Counter(accepted)
    for amount in claimed:
        if left[-amount] < 1:
            raise BespokeError(
                ErrorCode.CREDIT_NOT_ACCEPTED,
                f"The customer has not accepted a credit of {-amount}.",
                field=field,
            )
        left[-amount] -= 1


@dataclass(frozen=True, kw_only=True)
class Stock:
    """What of a material decides whether it can be offered."""

    name: str
    active: bool
    own_of: UUID | None
    currency: str
    available: Decimal
    whole: bool
    to_be_sourced: bool
    expected_on: date | None


def stock_offered(stock: Stock, *, project_pk: UUID, currency: str, field: str) -> None:
    """Refuse a material that is not ours to offer here: withdrawn, another customer's, foreign."""
    if not stock.active or stock.own_of not in (None, project_pk):
        raise BespokeError(ErrorCode.NOT_FOUND, "No such material.", field=field)
    if stock.currency not in ("", currency):
        raise BespokeError(
            ErrorCode.CURRENCY_MISMATCH,
            f"{stock.name} is priced in {stock.currency}, the quote in {currency}.",
            field=field,
        )


def stock_enough(stock: Stock, wanted: Decimal, *, field: str) -> None:
    """Refuse a material that is neither in stock nor on its way by a named day."""
    if stock.to_be_sourced and stock.expected_on is None:
        raise BespokeError(
            ErrorCode.MATERIAL_UNAVAILABLE,
            f"{stock.name} is to be sourced, but no day is named.",
            field=field,
        )
    if stock.available < wanted:
        raise BespokeError(
            ErrorCode.MATERIAL_UNAVAILABLE, f"{stock.name} is not available.", field=field
        )


def quantity_check(quantity: Decimal, *, whole: bool, field: str) -> Decimal:
    """A positive quantity: whole pieces, or grams to the milligram."""
    if not quantity.is_finite() or not 0 < quantity < LARGEST_AMOUNT:
        raise invalid("A quantity is positive.", field)
    step = Decimal(1) if whole else Decimal("0.001")
    if quantity % step:
        raise invalid("Pieces are counted whole, grams to 0.001.", field)
    return quantity


def specification_check(specification: Specification, *, field: str) -> None:
    """Refuse to quote a design whose size is still open."""
    for missing in missing_facts(specification):
        raise required("A quote needs this fact.", f"{field}.{missing}")


def accept_check(
    *, status: str, valid_until: datetime, now: datetime, terms: str, agreed: str
) -> None:
    """Refuse an acceptance of what is not on offer, not any more, or under other terms."""
    if status == "EXPIRED" or (status == "SENT" and now > valid_until):
        raise BespokeError(ErrorCode.QUOTE_EXPIRED, "This quote has expired.", field="id")
    if status != "SENT":
        raise BespokeError(
            ErrorCode.QUOTE_NOT_LIVE, "This quote is not on offer any more.", field="id"
        )
    if agreed != terms:
        raise BespokeError(
            ErrorCode.TERMS_OUTDATED,
            f"This quote stands on the terms {terms}; show them and ask again.",
            field="termsVersion",
        )
