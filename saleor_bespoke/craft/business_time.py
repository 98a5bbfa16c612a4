"""How much working time lies between two moments, and the same amount again from another one."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from saleor_bespoke.craft.calendar import BusinessCalendar
from saleor_bespoke.craft.promises import PromiseUnit

_DAY = timedelta(days=1)


def business_time_between(calendar: BusinessCalendar, start: datetime, end: datetime) -> timedelta:
    """The opening hours that pass between two aware moments; nothing if `end` is not later."""
    passed = timedelta(0)
    day, last = calendar.local_day(start), calendar.local_day(end)
    while day <= last:
        if calendar.is_business_day(day):
            opening = max(start, _at(calendar, day, calendar.opens_hour))
            closing = min(end, _at(calendar, day, calendar.closes_hour))
            passed += max(closing - opening, timedelta(0))
        day += _DAY
    return passed


def business_days_between(calendar: BusinessCalendar, start: date, end: date) -> int:
    """How many business days come after `start`, up to and including `end`."""
    days = (start + _DAY * step for step in range(1, (end - start).days + 1))
    return sum(calendar.is_business_day(day) for day in days)


def business_days_after(calendar: BusinessCalendar, start: date, days: int) -> date:
    """The business day that lies so many business days after `start`; with 0 the next from it."""
    day = start
    while days > 0 or not calendar.is_business_day(day):
        day += _DAY
        days -= calendar.is_business_day(day)
    return day


def resumed_due(
    calendar: BusinessCalendar, unit: PromiseUnit, *, due: datetime, paused: datetime, now: datetime
) -> datetime:
    """When a promise is due whose clock stood still from `paused` to `now`.

    What was left at the pause is left at the resumption. A promise already missed stays missed.
    """
    if paused >= due or now <= paused:
        return due
    if unit is PromiseUnit.HOURS:
        return due + (now - paused)
    if unit is PromiseUnit.BUSINESS_HOURS:
        left = business_time_between(calendar, paused, due)
        seconds = Decimal(left.days * 86400 + left.seconds)
        return max(due, calendar.add_business_hours(now, seconds / 3600))
    days = business_days_between(calendar, calendar.local_day(paused), calendar.local_day(due))
    return calendar.end_of_local_day(business_days_after(calendar, calendar.local_day(now), days))


def _at(calendar: BusinessCalendar, day: date, hour: int) -> datetime:
    day, hour = (day + _DAY, 0) if hour == 24 else (day, hour)
    return datetime.combine(day, time(hour), calendar.zone).astimezone(UTC)
