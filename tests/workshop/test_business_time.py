"""Working time between two moments, and a clock that stood still."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleor_bespoke.craft.business_time import (
    business_days_after,
    business_days_between,
    business_time_between,
    resumed_due,
)
from saleor_bespoke.craft.calendar import BusinessCalendar
from saleor_bespoke.craft.promises import PromiseUnit

NEW_YORK = BusinessCalendar("US", "NY", timezone="America/New_York")
NY = ZoneInfo("America/New_York")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NY)


START = datetime(2025, 1, 1, tzinfo=UTC)
moments = st.integers(0, 3 * 365 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-03-02T10:00", "2026-03-02T12:30", 2.5),
        ("2026-03-02T17:00", "2026-03-03T10:00", 2),
        ("2026-03-06T17:00", "2026-03-09T10:00", 2),  # over a weekend and a change of clock
        ("2026-07-02T17:00", "2026-07-06T10:00", 2),  # the holiday observed on the 3rd
        ("2026-03-07T08:00", "2026-03-08T20:00", 0),
        ("2026-03-02T12:00", "2026-03-02T10:00", 0),
        ("2026-03-03T12:00", "2026-03-02T10:00", 0),
    ],
)
def test_business_time_between(start: str, end: str, hours: float) -> None:
    assert business_time_between(NEW_YORK, at(start), at(end)) == timedelta(hours=hours)


@settings(deadline=None)
@given(moments, st.integers(0, 60))
def test_business_time_between_undoes_the_calendars_sum(start: datetime, half_hours: int) -> None:
    hours = Decimal(half_hours) / 2

    end = NEW_YORK.add_business_hours(start, hours)

    assert business_time_between(NEW_YORK, start, end) == timedelta(hours=float(hours))


@settings(deadline=None)
@given(st.dates(date(2025, 1, 1), date(2027, 6, 1)), st.integers(1, 60))
def test_business_days_after_lies_as_many_days_after(day: date, days: int) -> None:
    later = business_days_after(NEW_YORK, day, days)

    assert NEW_YORK.is_business_day(later)
    assert business_days_between(NEW_YORK, day, later) == days


@pytest.mark.parametrize(
    ("unit", "due", "paused", "now", "expected"),
    [
        ("hours", "2026-03-04T10:00", "2026-03-03T10:00", "2026-03-03T15:00", "2026-03-04T15:00"),
        # thirty minutes were left on Friday: thirty minutes are left on Monday
        ("business_hours", "2026-03-06T17:30", "2026-03-06T17:00", "2026-03-08T12:00",
         "2026-03-09T09:30"),
        # asked and answered within one night: nothing was lost
        ("business_hours", "2026-03-06T10:00", "2026-03-05T20:00", "2026-03-06T01:00",
         "2026-03-06T10:00"),
        ("business_days", "2026-03-06T23:59:59.999999", "2026-03-04T10:00", "2026-03-06T10:00",
         "2026-03-10T23:59:59.999999"),
        # missed before it was paused: missed it stays
        ("hours", "2026-03-02T10:00", "2026-03-03T10:00", "2026-03-04T10:00", "2026-03-02T10:00"),
    ],
)  # fmt: skip
def test_resumed_due(unit: str, due: str, paused: str, now: str, expected: str) -> None:
    found = resumed_due(NEW_YORK, PromiseUnit(unit), due=at(due), paused=at(paused), now=at(now))

    assert found == at(expected)


@given(
    moments,
    st.integers(1, 200),
    st.integers(0, 300),
    st.integers(0, 300),
    st.sampled_from(PromiseUnit),
)
def test_waiting_for_the_customer_never_takes_time_away(
    start: datetime, due: int, paused: int, waited: int, unit: PromiseUnit
) -> None:
    due_at = start + timedelta(hours=due)
    pause = start + timedelta(hours=paused)

    moved = resumed_due(
        NEW_YORK, unit, due=due_at, paused=pause, now=pause + timedelta(hours=waited)
    )

    assert moved >= due_at
