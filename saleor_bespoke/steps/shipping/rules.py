"""Pure decisions about the way to the customer: packing, customs, insurance, identity."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.project import texts

LONGEST_CARRIER = 64
LONGEST_TRACKING = 128
LONGEST_NAME = 256
LARGEST_VALUE = Decimal(100_000_000)
IDENTITY_DOCUMENTS = ("PASSPORT", "IDENTITY_CARD", "DRIVING_LICENCE")

#: Duties as the quote names them → the incoterm that says the same, and who pays them.
_TERMS = {"INCLUDED": ("DDP", "SHOP"), "UNPAID": ("DAP", "CUSTOMER")}
_HS_CODE = re.compile(r"[0-9]{4}(?:[0-9]{2}){0,3}")
_COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, kw_only=True)
class Packing:
    """What staff write on a parcel. Values are the whole piece's, in `currency`.

    Left out, the HS code and the origin are the channel's own.
    """

    ticked: tuple[str, ...]
    declared_value: Decimal
    insured_value: Decimal
    currency: str
    incoterm: str = ""
    hs_code: str = ""
    origin_country: str = ""
    signature_required: bool = True


@dataclass(frozen=True, kw_only=True)
class Customs:
    """The checked declaration; `duties_payer` is empty where no border is crossed."""

    incoterm: str
    hs_code: str
    origin_country: str
    duties_payer: str


def checklist_check(ticked: Collection[str], wanted: Iterable[str]) -> list[str]:
    """The ticked items in the checklist's order; refused while one is missing or unknown."""
    wanted = list(wanted)
    unknown = sorted(set(ticked) - set(wanted))
    if unknown:
        raise BespokeError(
            ErrorCode.INVALID, f"The checklist has no {', '.join(unknown)}.", field="packing"
        )
    missing = [item for item in wanted if item not in ticked]
    if missing:
        raise BespokeError(
            ErrorCode.PACKING_INCOMPLETE,
            f"Still missing in the parcel: {', '.join(missing)}.",
            field="packing",
        )
    return wanted


def customs_check(packing: Packing, *, duties: str, hs_code: str, origin: str) -> Customs:
    """The declaration, which must say what the quote said of duties.

    `duties` is the quote's INCLUDED, UNPAID or NONE; `hs_code` and `origin` are the defaults.
    """
    expected, payer = _TERMS.get(duties, ("", ""))
    if packing.incoterm != expected and (expected or packing.incoterm):
        wanted = f"{expected}" if expected else "no incoterm, as no duties arise"
        raise BespokeError(
            ErrorCode.CUSTOMS_INCONSISTENT,
            f"The quote promised {wanted}.",
            field="incoterm",
        )
    code = (packing.hs_code or hs_code).replace(".", "").replace(" ", "")
    if not _HS_CODE.fullmatch(code):
        raise BespokeError(
            ErrorCode.INVALID, "An HS code has 4, 6, 8 or 10 digits, e.g. 7113.19.", field="hsCode"
        )
    country = (packing.origin_country or origin).strip().upper()
    if not _COUNTRY.fullmatch(country):
        raise BespokeError(
            ErrorCode.INVALID, "A country has a code of two letters.", field="originCountry"
        )
    return Customs(incoterm=expected, hs_code=code, origin_country=country, duties_payer=payer)


def values_check(packing: Packing, *, currency: str, quantum: Decimal) -> None:
    """Refuse values the currency cannot pay, and a parcel insured for less than it is worth."""
    if packing.currency != currency:
        raise BespokeError(
            ErrorCode.CURRENCY_MISMATCH, f"This commission is in {currency}.", field="currency"
        )
    _amount(packing.declared_value, quantum, "declaredValue")
    _amount(packing.insured_value, quantum, "insuredValue")
    if packing.insured_value < packing.declared_value:
        raise BespokeError(
            ErrorCode.INSURANCE_TOO_LOW,
            f"Insure the parcel for at least {packing.declared_value} {currency}.",
            field="insuredValue",
        )


def _amount(value: Decimal, quantum: Decimal, field: str) -> None:
    sane = value.is_finite() and 0 < value < LARGEST_VALUE
    if not sane or value != value.quantize(quantum):
        raise BespokeError(
            ErrorCode.INVALID, "A value is a positive sum in whole cents.", field=field
        )


def carrier_check(carrier: str, tracking_number: str) -> tuple[str, str]:
    """The carrier's name and the parcel's number, short enough for every shop and carrier."""
    return (
        texts.line(carrier, "carrier", longest=LONGEST_CARRIER),
        texts.line(tracking_number, "trackingNumber", longest=LONGEST_TRACKING),
    )


def receiver_check(*, received_by: str, identity_document: str, signed: bool) -> str:
    """The name of who collects the piece; only against an identity document and a signature."""
    name = texts.line(received_by, "receivedBy", longest=LONGEST_NAME)
    if identity_document not in IDENTITY_DOCUMENTS:
        raise BespokeError(
            ErrorCode.IDENTITY_MISSING, "Ask for an identity document.", field="identityDocument"
        )
    if not signed:
        raise BespokeError(
            ErrorCode.SIGNATURE_MISSING, "Take the receiver's signature.", field="signed"
        )
    return name
