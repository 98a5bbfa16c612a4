"""What a brief may say: pure decisions, each refusal naming its field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Final
from zoneinfo import available_timezones

from saleor_bespoke.craft.engraving import EngravingCheck, check_engraving
from saleor_bespoke.craft.metals import ALLOYS, AlloyCode, finish_allowed
from saleor_bespoke.craft.money import Amount, InvalidAmount
from saleor_bespoke.craft.specification import Specification, missing_facts
from saleor_bespoke.craft.stones import Stone
from saleor_bespoke.errors import BespokeError, ErrorCode

LONGEST_TITLE: Final = 120
LONGEST_STORY: Final = 5000
LONGEST_NAME: Final = 120
LONGEST_EMAIL: Final = 254
LONGEST_MESSAGE: Final = 5000
LONGEST_CAPTION: Final = 500
MOST_ATTACHMENTS: Final = 5
MOST_REFERENCE_FILES: Final = 10
"""The form has so many places; a channel may offer fewer, never more."""
LARGEST_WEIGHT: Final = Decimal(10_000)
MILLIGRAM: Final = Decimal("0.001")
LARGEST_BUDGET: Final = Decimal(100_000_000)

_PHONE: Final = re.compile(r"\+?[0-9][0-9 ()./-]{3,30}[0-9]")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
# Marks that turn the direction of text around can make a line read as something else.
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _invalid(message: str, field: str) -> BespokeError:
    return BespokeError(ErrorCode.INVALID, message, field=field)


def text_line(value: str | None, field: str, *, longest: int, required: bool = True) -> str:
    """One line of a person's text, trimmed and in NFC; control characters are refused."""
    return _text(value, field, longest, required, allowed="")


def text_block(value: str | None, field: str, *, longest: int, required: bool = True) -> str:
    """A person's text of several lines, trimmed and in NFC."""
    return _text(value, field, longest, required, allowed="\n\t")


def _text(value: str | None, field: str, longest: int, required: bool, allowed: str) -> str:
    plain = (value or "").replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(plain) > longest:
        raise _invalid(f"At most {longest} characters fit here.", field)
    for character in plain:
        hidden = unicodedata.category(character) in ("Cc", "Cs") or character in _TURNING
        if hidden and character not in allowed:
            raise _invalid("Control characters are not allowed here.", field)
    if required and not plain:
        raise BespokeError(ErrorCode.REQUIRED, "This field is required.", field=field)
    return unicodedata.normalize("NFC", plain)


def check_specification(spec: Specification, *, metals: Collection[str]) -> None:
    """Refuse what this channel never makes; risks are for the feasibility rules."""
    if spec.alloy not in metals:
        raise BespokeError(
            ErrorCode.METAL_NOT_OFFERED, "This metal is not offered here.", field="alloy"
        )
    if not finish_allowed(spec.finish, ALLOYS[spec.alloy]):
        raise _invalid("This metal does not take this finish.", "finish")
    if spec.piece_type.has_ring_size and spec.ring_size is None:
        raise BespokeError(ErrorCode.REQUIRED, "A ring needs a ring size.", field="ringSize")
    if spec.engraving is not None:
        _refuse_engraving(check_engraving(spec.engraving))
    for old in spec.old_jewellery:
        if not old.form.acceptable:
            raise BespokeError(
                ErrorCode.OLD_METAL_NOT_ACCEPTED,
                "Grain, sheet and wire are not accepted: their purity is unproven.",
                field="oldJewellery",
            )


def _refuse_engraving(check: EngravingCheck) -> None:
    if check.passed:
        return
    if check.offences:
        first = check.offences[0]
        reason = f"Character {first.position + 1} ({first.name}) cannot be engraved."
    elif check.excess:
        reason = f"The text is {check.excess} characters too long for this place."
    else:
        reason = "There is nothing to engrave."
    raise BespokeError(ErrorCode.ENGRAVING_NOT_POSSIBLE, reason, field="engraving.text")


def check_money(value: Decimal, currency: str, field: str) -> Decimal:
    """A positive sum with the currency's own decimals."""
    try:
        amount = Amount(value, currency)
    except InvalidAmount as refusal:
        raise _invalid(str(refusal), field) from None
    if not 0 < amount.value <= LARGEST_BUDGET:
        raise _invalid("This is not a possible sum.", field)
    return amount.value


def check_budget(low: Decimal, stretch: Decimal, *, least: Decimal) -> None:
    """The stretch is the ceiling of every quote, so it must reach the channel's least price."""
    if low > stretch:
        raise _invalid("The stretch budget cannot lie below the budget.", "budget.stretch")
    if stretch < least:
        raise BespokeError(
            ErrorCode.BUDGET_BELOW_MINIMUM,
            f"Commissions start at {least}; the stretch budget lies below that.",
            field="budget.stretch",
        )


def check_destination(country: str, *, served: Collection[str]) -> str:
    """The destination as an upper-case ISO 3166 code, if the channel ships there."""
    code = country.strip().upper()
    if code not in served:
        raise BespokeError(
            ErrorCode.DESTINATION_NOT_SERVED,
            "We do not deliver to this country.",
            field="destinationCountry",
        )
    return code


def check_date_needed(wanted: date | None, *, today: date) -> None:
    """A wish for the past is a slip of the pen."""
    if wanted is not None and wanted <= today:
        raise _invalid("This date has passed.", "dateNeeded")


def check_phone(value: str | None) -> str:
    """A telephone number as people write it, or nothing."""
    number = (value or "").strip()
    if number and not _PHONE.fullmatch(number):
        raise _invalid("This is not a telephone number.", "contact.phone")
    return number


def check_language(value: str | None) -> str:
    """A language tag such as en or de-AT; English if left out."""
    tag = (value or "").strip() or "en"
    if not _LANGUAGE.fullmatch(tag):
        raise _invalid("This is not a language tag such as en or de-AT.", "contact.language")
    return tag


def check_time_zone(value: str | None, *, default: str) -> str:
    """An IANA time zone; the channel's own if left out."""
    name = (value or "").strip() or default
    if name not in available_timezones():
        raise _invalid("This time zone is not known.", "contact.timeZone")
    return name


def check_consent(given: str | None, *, current: str, field: str) -> None:
    """A text counts as agreed to only in the version that is shown today."""
    if not (given or "").strip():
        raise BespokeError(
            ErrorCode.CONSENT_REQUIRED, "This text must be agreed to first.", field=field
        )
    if given != current:
        raise BespokeError(
            ErrorCode.CONSENT_OUTDATED,
            "This text has changed; please read it again.",
            field=field,
        )


def check_confirmable(spec: Specification, open_warnings: Collection[str]) -> None:
    """Refuse to confirm what cannot be quoted or made as it stands.

    `open_warnings` are the codes of what the rules call impossible and nobody has answered.
    """
    missing = missing_facts(spec)
    if missing:
        raise BespokeError(
            ErrorCode.BRIEF_INCOMPLETE,
            f"The customer left this open: {', '.join(missing)}.",
            field=missing[0],
        )
    if open_warnings:
        raise BespokeError(
            ErrorCode.FEASIBILITY_OPEN,
            f"Answer these warnings first: {', '.join(sorted(open_warnings))}.",
            field="id",
        )


def check_nothing_weighed(alloy: str, grams: Decimal | None, credit: Decimal | None) -> None:
    """A stone to be set is neither weighed as metal nor credited."""
    for field, given in (("alloy", alloy), ("weightGrams", grams), ("credit", credit)):
        if given:
            raise _invalid("This is said of old jewellery only.", field)


def check_valuation(
    *,
    stone: Stone | None,
    alloy: str,
    grams: Decimal | None,
    credit: Decimal | None,
    currency: str,
) -> tuple[str, Decimal, Decimal]:
    """Old jewellery as valued: its precious alloy, weight in g (0.001) and the credit for it."""
    if stone is not None:
        raise _invalid("This is said of stones only.", "stone")
    if not alloy or grams is None or credit is None:
        absent = "alloy" if not alloy else "weightGrams" if grams is None else "credit"
        raise BespokeError(ErrorCode.REQUIRED, "Old jewellery is weighed and valued.", field=absent)
    if alloy not in set(AlloyCode) or not ALLOYS[AlloyCode(alloy)].family.precious:
        raise _invalid("Only precious metal is credited.", "alloy")
    if not grams.is_finite() or not 0 < grams <= LARGEST_WEIGHT or grams % MILLIGRAM:
        raise _invalid("A weight lies between 0.001 and 10000 g, in milligrams.", "weightGrams")
    return alloy, grams, check_money(credit, currency, "credit")


def check_returnable(status: str, *, stage: str) -> None:
    """Metal whose credit was accepted is given back only before a quote or after cancelling."""
    if status == "CREDITED" and stage not in ("INTAKE", "CANCELLED"):
        raise BespokeError(
            ErrorCode.OWN_MATERIAL_NOT_OPEN,
            "The credit for it is part of the quote; withdraw that first.",
            field="id",
        )


def free_place(taken: Collection[int], *, most: int) -> int | None:
    """The first free place for a reference file, counted from 1."""
    places = range(1, min(most, MOST_REFERENCE_FILES) + 1)
    return next((place for place in places if place not in taken), None)
