"""Which range each step promises, and which moves of a promised date are possible. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from saleor_bespoke.conf import ChannelPolicy
from saleor_bespoke.craft.promises import PromiseUnit, Span
from saleor_bespoke.errors import BespokeError, ErrorCode

STEPS = ("QUOTE", "CAD", "TWEAK", "PRODUCTION", "QUALITY", "SHIPPING", "RESIZE")
#: Why a promised date may move; the first belongs to a pause that ends.
CAUSES = (
    "WAITED_FOR_CUSTOMER",
    "CHANGE_ORDER",
    "TWEAK",
    "MATERIAL_LATE",
    "REWORK",
    "HANDWORK",
    "WORKSHOP",
    "CARRIER",
    "CUSTOMS",
    "OTHER",
)
#: The causes that lie with the workshop and its suppliers, not with the customer or a carrier.
SHOP_CAUSES = frozenset({"MATERIAL_LATE", "REWORK", "HANDWORK", "WORKSHOP", "OTHER"})
#: The steps by whose dates the customer waits for the piece.
DELIVERY_STEPS = frozenset({"PRODUCTION", "QUALITY", "SHIPPING"})
LONGEST_EXPLANATION = 2000
FARTHEST = timedelta(days=730)


def promised(step: str, policy: ChannelPolicy) -> tuple[PromiseUnit, Span]:
    """What the channel promises for a step: the unit it counts and the range."""
    hours, days = PromiseUnit.HOURS, PromiseUnit.BUSINESS_DAYS
    quote = (policy.quote_business_hours, policy.quote_business_hours)
    table = {
        "QUOTE": (PromiseUnit.BUSINESS_HOURS, quote),
        "CAD": (hours, policy.cad_hours),
        "TWEAK": (hours, policy.tweak_hours),
        "PRODUCTION": (days, policy.production_business_days),
        "QUALITY": (days, policy.quality_business_days),
        "SHIPPING": (days, policy.shipping_business_days),
        "RESIZE": (days, policy.resize_business_days),
    }
    unit, (low, high) = table[step]
    return unit, Span(Decimal(low), Decimal(high))


def move_check(
    *, old: datetime, new: datetime, now: datetime, cause: str, explanation: str
) -> None:
    """Refuse a move that says no reason, moves nothing, or leads into the past or nowhere near."""
    if cause not in CAUSES:
        raise BespokeError(ErrorCode.INVALID, "This cause is not known.", field="cause")
    if not explanation.strip():
        raise BespokeError(
            ErrorCode.REQUIRED, "Explain the move to the customer.", field="explanation"
        )
    if len(explanation) > LONGEST_EXPLANATION:
        raise BespokeError(
            ErrorCode.INVALID, f"At most {LONGEST_EXPLANATION} letters fit.", field="explanation"
        )
    if new.tzinfo is None:
        raise BespokeError(ErrorCode.INVALID, "The new time needs its zone.", field="dueAt")
    if new == old:
        raise BespokeError(ErrorCode.ALREADY_DONE, "It is promised for then.", field="dueAt")
    if not now < new <= now + FARTHEST:
        raise BespokeError(
            ErrorCode.INVALID, "A promise moves to a time within the next two years.", field="dueAt"
        )


def delayed(
    *,
    step: str,
    due: datetime,
    running: bool,
    now: datetime,
    shifts: Iterable[tuple[str, timedelta]],
    modifiers: Collection[str],
) -> bool:
    """Whether an open promise shows a delay that the law lets the customer refuse.

    It is late, or the workshop's own causes moved it later altogether, or it was given because
    work is done again. What waits for the customer, whose clock stands still, is not late.
    """
    if step not in DELIVERY_STEPS:
        return False
    moved = sum((shift for cause, shift in shifts if cause in SHOP_CAUSES), timedelta())
    return (running and due < now) or moved > timedelta() or "rework" in modifiers
