"""Working days and hours, promises and their traces, over weekends, holidays and clock changes."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_bespoke.craft.calendar import BusinessCalendar, InvalidCalendar
from saleor_bespoke.craft.promises import Modifier, PromiseUnit, Span, promise_due

NY = BusinessCalendar("US", "NY", timezone="America/New_York")
LONDON = BusinessCalendar("GB", "ENG", timezone="Europe/London")
BEIRUT = BusinessCalendar("LB", timezone="Asia/Beirut")
EASTERN = ZoneInfo("America/New_York")


def ny(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=EASTERN)


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        ("2026-06-18", True),
        ("2026-06-19", False),  # Juneteenth
        ("2026-06-20", False),  # Saturday
        ("2026-07-03", False),  # Independence Day, observed
        ("2026-12-25", False),
    ],
)
def test_business_days_of_new_york(day: str, open_: bool) -> None:
    assert NY.is_business_day(date.fromisoformat(day)) is open_


def test_subdivisions_and_closures_matter() -> None:
    easter_monday = date(2026, 4, 6)
    scotland = BusinessCalendar("GB", "SCT", timezone="Europe/London")
    assert not LONDON.is_business_day(easter_monday)
    assert scotland.is_business_day(easter_monday)
    inventory = date(2026, 4, 7)
    closed = BusinessCalendar("GB", "SCT", frozenset({inventory}), "Europe/London")
    assert closed.holiday_name(inventory) == "Closed"
    assert not closed.is_business_day(inventory)


def test_a_weekend_is_the_countrys_own() -> None:
    kuwait = BusinessCalendar("KW", timezone="Asia/Kuwait")
    assert not kuwait.is_business_day(date(2026, 5, 8))  # Friday
    assert kuwait.is_business_day(date(2026, 5, 10))  # Sunday


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-06-15T10:00", 1, "2026-06-16"),
        ("2026-06-15T15:59", 1, "2026-06-16"),
        ("2026-06-15T16:00", 1, "2026-06-17"),  # after the cut-off: starts Tuesday
        ("2026-06-13T10:00", 1, "2026-06-16"),  # Saturday: starts Monday
        ("2026-06-15T10:00", 4, "2026-06-22"),  # over Juneteenth and a weekend
        ("2026-06-18T17:00", 0, "2026-06-22"),
        ("2026-12-18T10:00", 10, "2027-01-05"),  # Christmas and New Year, over the turn
    ],
)
def test_adding_business_days(start: str, days: int, due: str) -> None:
    assert NY.add_business_days(ny(start), days) == date.fromisoformat(due)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-06-15T10:00", "2", "2026-06-15T12:00"),
        ("2026-06-15T16:00", "2", "2026-06-15T18:00"),
        ("2026-06-15T17:00", "2", "2026-06-16T10:00"),
        ("2026-06-15T18:00", "2", "2026-06-16T11:00"),
        ("2026-06-15T03:00", "2", "2026-06-15T11:00"),
        ("2026-06-18T17:30", "2", "2026-06-22T10:30"),  # Juneteenth and a weekend between
        ("2026-06-15T17:00", "1.5", "2026-06-16T09:30"),
        ("2026-06-20T12:00", "0", "2026-06-22T09:00"),
        ("2026-03-06T17:00", "2", "2026-03-09T10:00"),  # clocks go forward on the 8th
        ("2026-10-30T17:00", "2", "2026-11-02T10:00"),  # and back on 1 November
    ],
)
def test_adding_business_hours(start: str, hours: str, due: str) -> None:
    assert NY.add_business_hours(ny(start), Decimal(hours)) == ny(due)


def test_a_working_day_of_25_hours_is_counted_as_25() -> None:
    """Egypt's clocks go back at the end of a Thursday, which is a working day there."""
    cairo = BusinessCalendar("EG", timezone="Africa/Cairo", opens_hour=0, closes_hour=24)
    start = datetime(2026, 10, 29, tzinfo=ZoneInfo("Africa/Cairo"))
    due = cairo.add_business_hours(start, Decimal("24.5"))
    assert due - start.astimezone(UTC) == timedelta(hours=24, minutes=30)
    assert due.tzinfo is UTC
    assert cairo.local_day(due) == date(2026, 10, 29)


@pytest.mark.parametrize(
    ("calendar", "day", "hours"),
    [
        (NY, "2026-06-15", 24),
        (NY, "2026-03-08", 23),
        (NY, "2026-11-01", 25),
        (BEIRUT, "2026-03-29", 23),  # midnight itself does not exist
        (BEIRUT, "2026-10-24", 25),  # the hour before midnight comes twice
    ],
)
def test_a_local_day_lasts_from_its_first_to_its_last_moment(
    calendar: BusinessCalendar, day: str, hours: int
) -> None:
    local = date.fromisoformat(day)
    start, end = calendar.start_of_local_day(local), calendar.end_of_local_day(local)
    moment = timedelta(microseconds=1)
    assert end + moment - start == timedelta(hours=hours)
    assert calendar.local_day(start) == local == calendar.local_day(end)
    assert calendar.local_day(start - moment) == local - timedelta(days=1)
    assert calendar.local_day(end + moment) == local + timedelta(days=1)


moments = st.integers(0, 10 * 365 * 86_400).map(
    lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
calendars = st.sampled_from([NY, LONDON, BEIRUT])


@given(calendar=calendars, start=moments, later=st.timedeltas(timedelta(0), timedelta(days=9)))
def test_a_later_start_is_never_due_earlier(
    calendar: BusinessCalendar, start: datetime, later: timedelta
) -> None:
    for quantity in (0, 1, 14):
        early = calendar.add_business_days(start, quantity)
        assert early <= calendar.add_business_days(start + later, quantity)
        soon = calendar.add_business_hours(start, Decimal(quantity))
        assert soon <= calendar.add_business_hours(start + later, Decimal(quantity))


@given(calendar=calendars, start=moments, days=st.integers(0, 40))
def test_exactly_so_many_business_days_lie_between(
    calendar: BusinessCalendar, start: datetime, days: int
) -> None:
    first, due = calendar.first_business_day(start), calendar.add_business_days(start, days)
    span = [first + timedelta(days=n) for n in range((due - first).days + 1)]
    assert sum(calendar.is_business_day(day) for day in span) == days + 1
    assert calendar.is_business_day(due)


@given(calendar=calendars, start=moments, one=st.integers(0, 600), other=st.integers(1, 600))
def test_hours_add_up(calendar: BusinessCalendar, start: datetime, one: int, other: int) -> None:
    minutes = [Decimal(n) / 60 for n in (one, other)]
    there = calendar.add_business_hours(start, minutes[0])
    together = calendar.add_business_hours(start, Decimal(one + other) / 60)
    assert calendar.add_business_hours(there, minutes[1]) == together


def test_the_version_names_all_that_moves_a_date() -> None:
    others = [
        LONDON,
        BusinessCalendar("US", timezone="America/New_York"),
        BusinessCalendar("US", "NY", frozenset({date(2026, 8, 3)}), "America/New_York"),
        BusinessCalendar("US", "NY", timezone="America/Chicago"),
        BusinessCalendar("US", "NY", timezone="America/New_York", cutoff_hour=12),
        BusinessCalendar("US", "NY", timezone="America/New_York", closes_hour=17),
    ]
    assert NY.version == BusinessCalendar("US", "NY", timezone="America/New_York").version
    assert len({NY.version, *(other.version for other in others)}) == len(others) + 1


@pytest.mark.parametrize(
    "facts",
    [
        {"country": "ZZ"},
        {"country": "US", "subdivision": "QQ"},
        {"country": "US", "timezone": "Mars/Olympus"},
        {"country": "US", "timezone": "../etc"},
        {"country": "US", "timezone": ""},
        {"country": "US", "opens_hour": 18, "closes_hour": 9},
        {"country": "US", "closes_hour": 25},
        {"country": "US", "cutoff_hour": 25},
    ],
)
def test_a_calendar_that_cannot_be(facts: dict[str, object]) -> None:
    with pytest.raises(InvalidCalendar):
        BusinessCalendar(**facts)  # type: ignore[arg-type]


def test_sums_that_cannot_be() -> None:
    with pytest.raises(InvalidCalendar):
        NY.add_business_days(ny("2026-06-15T10:00"), -1)
    with pytest.raises(InvalidCalendar):
        NY.add_business_hours(ny("2026-06-15T10:00"), Decimal("NaN"))
    with pytest.raises(InvalidCalendar):
        NY.add_business_days(datetime(2026, 6, 15), 1)  # noqa: DTZ001 - naive on purpose
    with pytest.raises(InvalidCalendar):
        Span(Decimal(14), Decimal(10))
    with pytest.raises(InvalidCalendar):
        promise_due(
            ny("2026-06-15T10:00"),
            unit=PromiseUnit.BUSINESS_DAYS,
            quantity=Span(Decimal("1.5"), Decimal(2)),
            calendar=NY,
        )


def test_a_shop_that_never_opens_is_told_so() -> None:
    always = frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(4000))
    shut = BusinessCalendar("US", closures=always)
    with pytest.raises(InvalidCalendar):
        shut.add_business_days(ny("2026-06-15T10:00"), 1)
    with pytest.raises(InvalidCalendar):
        shut.add_business_hours(ny("2026-06-15T10:00"), Decimal(1))


def test_production_is_promised_with_its_trace() -> None:
    due = promise_due(
        ny("2026-06-15T10:00"),
        unit=PromiseUnit.BUSINESS_DAYS,
        quantity=Span(Decimal(10), Decimal(14)),
        modifiers=[Modifier("rare_size", "US 13 takes longer.", Decimal(2))],
        calendar=NY,
    )
    assert NY.local_day(due.earliest) == date(2026, 7, 2)
    assert due.at == NY.end_of_local_day(date(2026, 7, 9))
    assert json.loads(json.dumps(due.trace)) == {
        "base": "2026-06-15T14:00:00+00:00",
        "unit": "business_days",
        "range": ["10", "14"],
        "total": ["12", "16"],
        "modifiers": [{"code": "rare_size", "reason": "US 13 takes longer.", "extra": "2"}],
        "calendar": NY.version,
        "timezone": "America/New_York",
        "holidays": [
            {"date": "2026-06-19", "name": "Juneteenth National Independence Day"},
            {"date": "2026-07-03", "name": "Independence Day (observed)"},
        ],
        "startsOn": "2026-06-15",
        "earliest": due.earliest.isoformat(),
        "due": due.at.isoformat(),
    }


def test_the_first_cad_is_promised_in_elapsed_hours() -> None:
    due = promise_due(
        ny("2026-03-07T12:00"),
        unit=PromiseUnit.HOURS,
        quantity=Span(Decimal(24), Decimal(48)),
        calendar=NY,
    )
    assert due.at - ny("2026-03-07T12:00").astimezone(UTC) == timedelta(hours=48)
    assert due.at.astimezone(EASTERN).hour == 13  # the clock moved meanwhile, the hours did not
    assert due.trace["holidays"] == []


def test_the_quote_is_promised_in_business_hours() -> None:
    due = promise_due(
        ny("2026-06-18T17:00"),
        unit=PromiseUnit.BUSINESS_HOURS,
        quantity=Span(Decimal(0), Decimal(2)),
        calendar=NY,
    )
    assert due.at == ny("2026-06-22T10:00")
    assert [met["date"] for met in due.trace["holidays"]] == ["2026-06-19"]


@given(
    start=moments,
    unit=st.sampled_from(PromiseUnit),
    low=st.integers(0, 20),
    more=st.integers(0, 20),
    extra=st.integers(0, 5),
)
def test_a_modifier_never_makes_a_promise_earlier(
    start: datetime, unit: PromiseUnit, low: int, more: int, extra: int
) -> None:
    span = Span(Decimal(low), Decimal(low + more))
    plain = promise_due(start, unit=unit, quantity=span, calendar=LONDON)
    modified = promise_due(
        start,
        unit=unit,
        quantity=span,
        calendar=LONDON,
        modifiers=[Modifier("handwork", "Complex handwork.", Decimal(extra))],
    )
    assert start <= plain.earliest <= plain.at <= modified.at
