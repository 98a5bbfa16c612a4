"""Pure facts about papers: which kinds there are, who may have them, and how they are numbered."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from saleor_bespoke.errors import BespokeError, ErrorCode


class Kind(StrEnum):
    """What sort of paper it is."""

    BRIEF = "BRIEF"
    QUOTE = "QUOTE"
    CONTRACT = "CONTRACT"
    RECEIPT = "RECEIPT"
    APPROVAL = "APPROVAL"
    CAD_SHEET = "CAD_SHEET"
    PRODUCTION_CARD = "PRODUCTION_CARD"
    QUALITY_SHEET = "QUALITY_SHEET"
    CERTIFICATE = "CERTIFICATE"
    APPRAISAL = "APPRAISAL"
    CARE_CARD = "CARE_CARD"
    PACKING_SLIP = "PACKING_SLIP"
    CUSTOMS_INVOICE = "CUSTOMS_INVOICE"

    @property
    def internal(self) -> bool:
        """Whether it stays in the workshop."""
        return self in (Kind.PRODUCTION_CARD, Kind.QUALITY_SHEET)

    @property
    def called(self) -> str:
        """What people call it."""
        return _TITLES[self]


_TITLES: Final[dict[Kind, str]] = {
    Kind.BRIEF: "Bespoke brochure",
    Kind.QUOTE: "Quote",
    Kind.CONTRACT: "Contract",
    Kind.RECEIPT: "Receipt",
    Kind.APPROVAL: "CAD approval receipt",
    Kind.CAD_SHEET: "True-scale sheet",
    Kind.PRODUCTION_CARD: "Production card",
    Kind.QUALITY_SHEET: "Quality sheet",
    Kind.CERTIFICATE: "Certificate of authenticity",
    Kind.APPRAISAL: "Appraisal for insurance",
    Kind.CARE_CARD: "Care card",
    Kind.PACKING_SLIP: "Packing slip",
    Kind.CUSTOMS_INVOICE: "Commercial invoice",
}

#: The letters in a paper's number: `B-01042-Q2` is the second quote of commission B-01042.
_LETTERS: Final[dict[Kind, str]] = {
    Kind.BRIEF: "B",
    Kind.QUOTE: "Q",
    Kind.CONTRACT: "K",
    Kind.RECEIPT: "R",
    Kind.APPROVAL: "A",
    Kind.CAD_SHEET: "S",
    Kind.PRODUCTION_CARD: "W",
    Kind.QUALITY_SHEET: "QC",
    Kind.CERTIFICATE: "C",
    Kind.APPRAISAL: "V",
    Kind.CARE_CARD: "L",
    Kind.PACKING_SLIP: "P",
    Kind.CUSTOMS_INVOICE: "X",
}


def number_of(project: str, kind: Kind, place: int) -> str:
    """The number of a paper's first version."""
    return f"{project}-{_LETTERS[kind]}{place}"


def later_number(first: str, version: int) -> str:
    """The number of a version of the paper with this first number: it counts on behind a dot."""
    return f"{first}.{version}" if version > 1 else first


def sign_check(*, confirmed: bool, shown: str, latest: str, current: bool) -> None:
    """Refuse a signature that was not meant, or under a paper that is not the present one.

    `shown` and `latest` are SHA-256; `current` tells whether the latest still says what holds now.
    """
    if not confirmed:
        raise BespokeError(
            ErrorCode.CONFIRMATION_INCOMPLETE,
            "Confirm that you agree to the contract as shown.",
            field="confirmed",
        )
    if shown.strip().lower() != latest or not latest or not current:
        raise BespokeError(
            ErrorCode.DOCUMENT_OUTDATED,
            "Read the contract in its present version before you sign it.",
            field="documentSha256",
        )
