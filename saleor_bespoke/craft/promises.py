"""When something promised is due, with the whole computation kept as its trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from saleor_bespoke.craft.calendar import BusinessCalendar, InvalidCalendar
from saleor_bespoke.craft.codec import decimal_text

LONGEST: Final = Decimal(10_000)
"""No promise counts more units than this."""


class PromiseUnit(StrEnum):
    """What a promise counts. HOURS elapse on the clock, weekends included."""

    HOURS = "hours"
    BUSINESS_HOURS = "business_hours"
    BUSINESS_DAYS = "business_days"


@dataclass(frozen=True, slots=True)
class Span:
    """From `low` to `high` units, both included: "10–14 business days". Raises InvalidCalendar."""

    low: Decimal
    high: Decimal

    def __post_init__(self) -> None:
        finite = self.low.is_finite() and self.high.is_finite()
        if not finite or not 0 <= self.low <= self.high <= LONGEST:
            raise InvalidCalendar(f"A promise spans 0 to {LONGEST}, the low before the high.")


@dataclass(frozen=True, slots=True)
class Modifier:
    """An explained addition in the promise's own unit, such as a rare size or the transit."""

    code: str
    reason: str
    extra: Decimal


@dataclass(frozen=True, slots=True)
class Due:
    """The answer in UTC: the promise is kept until `at`; `earliest` is its optimistic end.

    `trace` is JSON-able and says how `at` came about.
    """

    earliest: datetime
    at: datetime
    trace: dict[str, Any]


def _reach(
    base: datetime, unit: PromiseUnit, quantity: Decimal, calendar: BusinessCalendar
) -> datetime:
    if unit is PromiseUnit.HOURS:
        return base + timedelta(seconds=round(quantity * 3600))
    if unit is PromiseUnit.BUSINESS_HOURS:
        return calendar.add_business_hours(base, quantity)
    if quantity != int(quantity):
        raise InvalidCalendar("Business days are counted whole.")
    return calendar.end_of_local_day(calendar.add_business_days(base, int(quantity)))


def promise_due(
    base: datetime,
    *,
    unit: PromiseUnit,
    quantity: Span,
    calendar: BusinessCalendar,
    modifiers: Sequence[Modifier] = (),
) -> Due:
    """When a promise made at `base` (aware) is due; days end with the shop's local day.

    Modifiers shift both ends. Raises InvalidCalendar for a naive base or impossible quantities.
    """
    first = calendar.local_day(base)
    extra = sum((modifier.extra for modifier in modifiers), Decimal(0))
    total = Span(quantity.low + extra, quantity.high + extra)
    base = base.astimezone(UTC)
    earliest = _reach(base, unit, total.low, calendar)
    at = _reach(base, unit, total.high, calendar)
    elapsed = unit is PromiseUnit.HOURS
    met = () if elapsed else calendar.holidays_met(first, calendar.local_day(at))
    trace = {
        "base": base.isoformat(),
        "unit": unit.value,
        "range": [decimal_text(quantity.low), decimal_text(quantity.high)],
        "total": [decimal_text(total.low), decimal_text(total.high)],
        "modifiers": [
            {"code": it.code, "reason": it.reason, "extra": decimal_text(it.extra)}
            for it in modifiers
        ],
        "calendar": calendar.version,
        "timezone": calendar.timezone,
        "holidays": [{"date": day.isoformat(), "name": name} for day, name in met],
        "startsOn": str(first if elapsed else calendar.first_business_day(base)),
        "earliest": earliest.isoformat(),
        "due": at.isoformat(),
    }
    return Due(earliest, at, trace)
