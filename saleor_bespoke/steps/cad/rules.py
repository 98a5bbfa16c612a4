"""Pure decisions about the design."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal

from saleor_bespoke.craft.pieces import Change, difference, is_tweak
from saleor_bespoke.craft.specification import Specification
from saleor_bespoke.errors import BespokeError, ErrorCode

#: Fields of a specification that a customer confirms one by one, as far as they are filled in.
CONFIRMED_FIELDS = (
    "pieceType",
    "alloy",
    "finish",
    "setting",
    "stones",
    "ringSize",
    "bandWidthMm",
    "lengthMm",
    "engraving",
    "features",
)


def lines_to_confirm(specification: Mapping[str, object]) -> tuple[str, ...]:
    """The lines an approval must name: every filled-in field of the specification."""
    return tuple(field for field in CONFIRMED_FIELDS if specification.get(field))


def confirmation_check(specification: Mapping[str, object], confirmed: Collection[str]) -> None:
    """Refuse an approval that leaves a line out."""
    missing = [line for line in lines_to_confirm(specification) if line not in confirmed]
    if missing:
        raise BespokeError(
            ErrorCode.CONFIRMATION_INCOMPLETE,
            f"Confirm every line of the specification; missing: {', '.join(missing)}.",
            field="confirmed",
        )


#: What a true-scale sheet shows, whether it was uploaded or is drawn from a measured mesh.
ON_SHEET = frozenset({"TOP", "SIDE", "FRONT"})


def views_missing(
    required: Iterable[str], present: Collection[str], *, measured: bool = False
) -> tuple[str, ...]:
    """The views a revision cannot be published without.

    A sheet, or a `measured` mesh from which one is drawn, stands for the three drawings of it.
    """
    shown = {*present, *(ON_SHEET if measured or "SHEET" in present else ())}
    if measured:
        shown.add("SHEET")
    return tuple(view for view in required if view not in shown)


def changes_between(
    agreed: Mapping[str, object], wished: Mapping[str, object]
) -> tuple[Change, ...]:
    """How a wished specification differs from the agreed one."""
    return difference(Specification.from_json(dict(agreed)), Specification.from_json(dict(wished)))


def tweak_check(agreed: Mapping[str, object], wished: Mapping[str, object]) -> None:
    """Refuse a revision that changes metal, stone, size or head without a change order."""
    changes = changes_between(agreed, wished)
    if not is_tweak(changes):
        fields = ", ".join(change.field for change in changes if not is_tweak([change]))
        raise BespokeError(
            ErrorCode.CHANGE_NEEDS_ORDER,
            f"This changes what was agreed ({fields}) and needs a change order.",
            field="specification",
        )


def change_check(agreed: Mapping[str, object], wished: Mapping[str, object]) -> tuple[Change, ...]:
    """The changes of a change order; refused when they are no more than a tweak."""
    changes = changes_between(agreed, wished)
    if is_tweak(changes):
        raise BespokeError(
            ErrorCode.CHANGE_IS_TWEAK,
            "This changes no more than a detail: it is a tweak, not a change order.",
            field="specification",
        )
    return changes


def saving_refund(saving: Decimal, *, untaxed: Decimal, tax: Decimal, quantum: Decimal) -> Decimal:
    """What a saving on the line price gives back: itself and its part of the tax, half up.

    `tax` was paid on the sum `untaxed`; that is 0 where prices contain their tax.
    """
    if not untaxed:
        return saving
    return saving + (saving * tax / untaxed).quantize(quantum, rounding=ROUND_HALF_UP)


def round_of(*, used: int, allowance: int, bought: int) -> bool | None:
    """Whether the next round is free (True), bought (False), or not to be had (None)."""
    if used < allowance:
        return True
    return False if bought else None
