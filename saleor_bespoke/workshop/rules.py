"""What may be said of a material and how much of it a piece may use. Pure decisions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from saleor_bespoke.craft.codec import InvalidSpecification
from saleor_bespoke.craft.metals import CASTING_ALLOWANCE_RANGE, AlloyCode
from saleor_bespoke.craft.money import Amount, InvalidAmount
from saleor_bespoke.craft.stone_codec import stone_from_json, stone_json
from saleor_bespoke.errors import BespokeError, ErrorCode

UNITS = {"UNIQUE_STONE": "PIECE", "STONE_PARCEL": "PIECE", "METAL": "GRAM", "FINDING": "PIECE"}
STONES = ("UNIQUE_STONE", "STONE_PARCEL")
MOST = Decimal("999999.999")
MILLI = Decimal("0.001")
NONE_LEFT = Decimal(0)
#: The longest texts of a material, by field.
LONGEST = {
    "name": 256,
    "provenance": 2000,
    "laboratory": 16,
    "certificate_number": 64,
    "supplier": 256,
}


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A material's facts that depend on one another, checked together.

    A material to be sourced is one ordered from a supplier: its `on_hand` counts what the supplier
    committed to, so that it can be held like any other, but it cannot be worked before it arrives.
    """

    kind: str
    on_hand: Decimal
    stone: object = None
    alloy: str = ""
    price: Decimal | None = None
    currency: str = ""
    to_be_sourced: bool = False
    supplier: str = ""
    expected_on: date | None = None

    @property
    def unit(self) -> str:
        """What quantities of it count."""
        return UNITS[self.kind]

    @property
    def unique(self) -> bool:
        """Whether it exists once."""
        return self.kind == "UNIQUE_STONE"


def _invalid(message: str, field: str) -> BespokeError:
    return BespokeError(ErrorCode.INVALID, message, field=field)


def _required(message: str, field: str) -> BespokeError:
    return BespokeError(ErrorCode.REQUIRED, message, field=field)


def lengths_check(texts: Mapping[str, str]) -> None:
    """Refuse a text that is too long for its field."""
    for name, text in texts.items():
        if len(text) > LONGEST[name]:
            field = re.sub("_(.)", lambda found: found[1].upper(), name)
            raise _invalid(f"At most {LONGEST[name]} letters fit.", field)


def material_check(facts: Facts) -> None:
    """Refuse facts that do not fit together; the error names the field."""
    if facts.kind not in UNITS:
        raise _invalid("This kind of material is not known.", "kind")
    quantity_check(facts.on_hand, unit=facts.unit, field="onHand", least=Decimal(0))
    if facts.unique and facts.on_hand > 1:
        raise _invalid("A unique stone exists at most once.", "onHand")
    if (facts.kind in STONES) != (facts.stone is not None):
        raise _invalid("Stones, and only stones, carry a stone's facts.", "stone")
    if (facts.kind == "METAL") != bool(facts.alloy):
        raise _invalid("Metals, and only metals, name their alloy.", "alloy")
    if facts.alloy and facts.alloy not in set(AlloyCode):
        raise _invalid("This alloy is not known.", "alloy")
    _price_check(facts)
    _sourcing_check(facts)


def _price_check(facts: Facts) -> None:
    if (facts.price is None) != (not facts.currency):
        raise _required("A price comes with its currency.", "currency")
    if facts.price is None:
        return
    if not (facts.price.is_finite() and 0 <= facts.price <= MOST):
        raise _invalid(f"A price lies between 0 and {MOST}.", "price")
    try:
        Amount(facts.price, facts.currency)
    except InvalidAmount as refusal:
        raise _invalid(str(refusal), "price") from refusal


def _sourcing_check(facts: Facts) -> None:
    if not facts.to_be_sourced:
        return
    if not facts.supplier:
        raise _required("A material to be sourced names its supplier.", "supplier")
    if facts.expected_on is None:
        raise _required("A material to be sourced has the day it is expected.", "expectedOn")
    if facts.price is None:
        raise _required("A material to be sourced has a committed price.", "price")


def own_check(
    *, on_hand: Decimal, before: Decimal, price: Decimal | None, to_be_sourced: bool
) -> None:
    """Refuse to price, to order or to bring back a customer's own stone: it is no stock of ours."""
    if price is not None:
        raise _invalid("A customer's own stone has no price.", "price")
    if to_be_sourced:
        raise _invalid("A customer's own stone is not to be sourced.", "toBeSourced")
    if on_hand > before:
        raise _invalid("A customer's own stone enters the books once.", "onHand")


def stone_facts(data: object) -> dict[str, object] | None:
    """A stone's facts in their canonical JSON, or a refusal naming the field below `stone`."""
    if data is None:
        return None
    try:
        return dict(stone_json(stone_from_json(data)))
    except InvalidSpecification as refusal:
        raise _invalid(refusal.message, refusal.field) from refusal


def quantity_check(value: Decimal, *, unit: str, field: str, least: Decimal = MILLI) -> Decimal:
    """Pieces are whole, grams have three decimals; less than `least` or too much is refused."""
    if not value.is_finite() or not least <= value <= MOST:
        raise _invalid(f"A quantity lies between {least} and {MOST}.", field)
    step = Decimal(1) if unit == "PIECE" else MILLI
    if value % step:
        raise _invalid(
            "Pieces are counted whole." if unit == "PIECE" else "Grams have at most 3 decimals.",
            field,
        )
    return value


def usable(*, kind: str, held: Decimal) -> Decimal:
    """The most a piece may use of what is locked for it.

    Metal is weighed after casting, when sprue and button have taken up to half as much again as the
    piece; stones and findings are counted.
    """
    if kind != "METAL":
        return held
    return (held * (1 + CASTING_ALLOWANCE_RANGE[1])).quantize(MILLI, ROUND_HALF_UP)


def consumption_check(*, kind: str, unit: str, held: Decimal, used: Decimal) -> None:
    """Refuse a use that is no quantity of this unit or exceeds what may be used."""
    quantity_check(used, unit=unit, field="quantity")
    most = usable(kind=kind, held=held)
    if used > most:
        raise BespokeError(
            ErrorCode.QUANTITY_EXCEEDED,
            f"At most {most.normalize():f} may be used of what is locked; lock more first.",
            field="quantity",
        )
