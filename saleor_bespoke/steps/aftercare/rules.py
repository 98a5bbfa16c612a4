"""Pure decisions after delivery: returns by stage, claims by who measured, dates of care."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from saleor_bespoke.craft.ring_sizes import (
    RingSize,
    RingSizeSystem,
    SizeSource,
)
from saleor_bespoke.errors import BespokeError, ErrorCode

LONGEST_TEXT = 4000
LONGEST_NOTE = 1000
LONGEST_TITLE = 256
MOST_FILES = 5
LARGEST_AMOUNT = Decimal(100_000_000)
LARGEST_SIZE_MM = Decimal(100)
CARE_AHEAD = timedelta(days=366)
REMEDIES = ("REPAIR", "REDO", "EXCHANGE", "REFUND")

#: Stages in which nothing was bought yet, and those after the piece was handed over.
_UNBOUGHT = frozenset({"INTAKE", "QUOTED", "CHECKOUT"})
_DELIVERED = frozenset({"AFTERCARE", "CLOSED"})
_EU = frozenset(
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES",
        "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU",
        "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    }
)  # fmt: skip


class ReturnReason(StrEnum):
    """How the wish to return a piece is answered. A published code never changes its meaning."""

    NOTHING_BOUGHT = "NOTHING_BOUGHT"
    CANCEL_INSTEAD = "CANCEL_INSTEAD"
    PERSONALISED = "PERSONALISED"
    CLAIM_INSTEAD = "CLAIM_INSTEAD"


@dataclass(frozen=True, slots=True)
class ReturnAnswer:
    """The answer; `possible` tells whether the money can still come back by cancelling."""

    possible: bool
    reason: ReturnReason
    explanation: str
    legal_basis: str


def legal_basis(destination: str) -> str:
    """Why a personalised piece is excepted from withdrawal where it is delivered."""
    if destination in _EU:
        return (
            "Directive 2011/83/EU, Article 16(c): goods made to the consumer's specifications or "
            "clearly personalised are excepted from the right of withdrawal."
        )
    if destination == "GB":
        return (
            "Consumer Contracts Regulations 2013, regulation 28(1)(b): goods made to the "
            "consumer's specifications or clearly personalised cannot be returned at will."
        )
    return "The terms accepted with the quote: a piece made to specification is not returned."


def return_answer(*, stage: str, approved: bool, faulty: bool, destination: str) -> ReturnAnswer:
    """Answer the wish to return by where the commission stands.

    `approved` tells whether the customer approved the CAD; rights about faults always stay.
    """
    if stage in _UNBOUGHT:
        return ReturnAnswer(
            True,
            ReturnReason.NOTHING_BOUGHT,
            "Nothing was bought yet; you may cancel the commission at no cost.",
            "",
        )
    if faulty and stage in _DELIVERED:
        return ReturnAnswer(
            False,
            ReturnReason.CLAIM_INSTEAD,
            "A faulty piece is not returned but made good: open a quality claim with photographs. "
            "Your statutory rights stay yours.",
            "",
        )
    if not approved:
        return ReturnAnswer(
            True,
            ReturnReason.CANCEL_INSTEAD,
            "You have not approved the design yet; you may cancel for the refund shown.",
            "",
        )
    return ReturnAnswer(
        False,
        ReturnReason.PERSONALISED,
        "You approved the design, so the piece is made for you personally and is not taken back. "
        "If it is faulty or not as agreed, your rights stay yours.",
        legal_basis(destination),
    )


def size_liable(
    *,
    source: SizeSource,
    ordered_mm: Decimal,
    measured_mm: Decimal | None,
    tolerance_mm: Decimal,
) -> str:
    """Who answers for a ring that does not fit: STUDIO or CUSTOMER.

    The studio does for a finger it measured itself, and for a ring that is not as ordered;
    `measured_mm` is what the ring measures, if anybody measured it.
    """
    if source.studio_answers:
        return "STUDIO"
    if measured_mm is not None and abs(measured_mm - ordered_mm) > tolerance_mm:
        return "STUDIO"
    return "CUSTOMER"


def ring_size(system: str, label: str) -> RingSize:
    """The size that was asked for; a label of no such size is refused."""
    try:
        return RingSize(RingSizeSystem(system), label)
    except ValueError as error:
        raise BespokeError(ErrorCode.INVALID, str(error), field="label") from None


def size_check(value: Decimal, field: str) -> Decimal:
    """A measured inner circumference in mm that a ring can have."""
    if not (value.is_finite() and 0 < value <= LARGEST_SIZE_MM):
        raise BespokeError(ErrorCode.INVALID, "A ring measures up to 100 mm around.", field=field)
    return value.quantize(Decimal("0.001"))


def amount_check(amount: Decimal, *, quantum: Decimal, field: str) -> Decimal:
    """A positive sum the currency can pay."""
    sane = amount.is_finite() and 0 < amount < LARGEST_AMOUNT
    if not sane or amount != amount.quantize(quantum):
        raise BespokeError(ErrorCode.INVALID, "A sum is positive and in whole cents.", field=field)
    return amount


def files_check(kind: str, count: int) -> None:
    """A quality claim brings one to five files, a size claim at most five."""
    if count > MOST_FILES:
        raise BespokeError(
            ErrorCode.FILE_LIMIT_REACHED, f"At most {MOST_FILES} files fit.", field="files"
        )
    if kind == "QUALITY" and count == 0:
        raise BespokeError(
            ErrorCode.REQUIRED, "Show the fault in at least one picture.", field="files"
        )


def care_day_check(wished_for: date, *, today: date) -> None:
    """Care is booked from today (the customer's) to a year ahead."""
    if not today <= wished_for <= today + CARE_AHEAD:
        raise BespokeError(
            ErrorCode.INVALID, "Choose a day from today to a year ahead.", field="wishedFor"
        )


def remedy_check(*, accepted: bool, remedy: str, amount: Decimal | None) -> None:
    """An accepted claim has one remedy, and a sum exactly where the remedy is a refund."""
    if not accepted:
        if remedy or amount is not None:
            raise BespokeError(ErrorCode.INVALID, "A refused claim has no remedy.", field="remedy")
        return
    if remedy not in REMEDIES:
        raise BespokeError(ErrorCode.REQUIRED, "Name the remedy.", field="remedy")
    if remedy == "REFUND" and amount is None:
        raise BespokeError(ErrorCode.REQUIRED, "Name the sum.", field="refundAmount")
    if remedy != "REFUND" and amount is not None:
        raise BespokeError(ErrorCode.INVALID, "Only a refund has a sum.", field="refundAmount")
