"""The shop's working days and hours.

Days are the shop's local days: public holidays of its country and subdivision, its own closures
and the weekend do not count. All sums are made in UTC, so that a change of clock moves no date.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from importlib import metadata
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from saleor_bespoke.craft.codec import digest

_MOMENT: Final = timedelta(microseconds=1)
_DAY: Final = timedelta(days=1)
_FARTHEST: Final = 3660
MOST_BUSINESS_DAYS: Final = 1000
MOST_BUSINESS_HOURS: Final = 5000


class InvalidCalendar(ValueError):
    """A calendar that cannot be, or a sum it cannot answer."""


@dataclass(frozen=True, slots=True)
class _Year:
    """One year of a country: its holidays by name, its weekend, weekend days worked instead."""

    names: Mapping[date, str]
    closed: frozenset[date]
    weekend: frozenset[int]
    worked: frozenset[date]


@cache
def _holidays_release() -> str:
    # Read from a file, which takes longer than to compute a date.
    return metadata.version("holidays")


@lru_cache(maxsize=256)
def _year(country: str, subdivision: str | None, year: int) -> _Year:
    # Half a second, which processes that promise nothing need not spend.
    import holidays

    try:
        table = holidays.country_holidays(country, subdiv=subdivision, years=year)
    except NotImplementedError as unknown:
        raise InvalidCalendar(str(unknown)) from unknown
    names = {day: name for day, name in table.items() if day.year == year}
    return _Year(
        names=MappingProxyType(names),
        closed=frozenset(names),
        weekend=frozenset(table.weekend),
        worked=frozenset(getattr(table, "weekend_workdays", ())),
    )


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """When a shop works: country (ISO 3166 alpha-2), subdivision, own closures, IANA zone, hours.

    An order at or after `cutoff_hour` counts from the next business day. Raises InvalidCalendar.
    """

    country: str
    subdivision: str | None = None
    closures: frozenset[date] = frozenset()
    timezone: str = "UTC"
    opens_hour: int = 9
    closes_hour: int = 18
    cutoff_hour: int = 16

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
            raise InvalidCalendar(f"No time zone is called {self.timezone!r}.") from unknown
        if not 0 <= self.opens_hour < self.closes_hour <= 24:
            raise InvalidCalendar("A day opens before it closes, between 0 and 24 o'clock.")
        if not 0 <= self.cutoff_hour <= 24:
            raise InvalidCalendar("The cut-off hour lies between 0 and 24 o'clock.")
        _year(self.country, self.subdivision, 2026)

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def version(self) -> str:
        """A short hash of all that moves a date: settings and the holiday tables' release."""
        facts = {
            "country": self.country,
            "subdivision": self.subdivision,
            "closures": sorted(day.isoformat() for day in self.closures),
            "timezone": self.timezone,
            "hours": [self.opens_hour, self.closes_hour, self.cutoff_hour],
            "holidays": _holidays_release(),
        }
        return digest(facts)[:16]

    def is_business_day(self, day: date) -> bool:
        """Whether the shop works on that local day."""
        return self._usual(day) and self.holiday_name(day) is None

    def _usual(self, day: date) -> bool:
        year = _year(self.country, self.subdivision, day.year)
        return day.weekday() not in year.weekend or day in year.worked

    def holiday_name(self, day: date) -> str | None:
        """Why the shop rests on a day that is no weekend: the holiday, or its own closure."""
        if day in self.closures:
            return "Closed"
        return _year(self.country, self.subdivision, day.year).names.get(day)

    def holidays_met(self, first: date, last: date) -> tuple[tuple[date, str], ...]:
        """Holidays and closures from `first` to `last` that cost a working day."""
        span = (first + _DAY * step for step in range((last - first).days + 1))
        named = ((day, self.holiday_name(day)) for day in span if self._usual(day))
        return tuple((day, name) for day, name in named if name is not None)

    def local_day(self, moment: datetime) -> date:
        """The shop's local day of an aware time; raises InvalidCalendar for a naive one."""
        return self._local(moment).date()

    def _local(self, moment: datetime) -> datetime:
        if moment.tzinfo is None:
            raise InvalidCalendar("A time needs its zone.")
        return moment.astimezone(self.zone)

    def _business_days(self, start: date) -> Iterator[date]:
        """Business days from `start` on, itself included."""
        for step in range(_FARTHEST):
            day = start + _DAY * step
            if self.is_business_day(day):
                yield day
        raise InvalidCalendar("The shop has too few open days.")

    def first_business_day(self, start: datetime) -> date:
        """The day work on a request begins: today before the cut-off hour, else the next one."""
        local = self._local(start)
        late = local.hour >= self.cutoff_hour
        return next(self._business_days(local.date() + (_DAY if late else _DAY * 0)))

    def add_business_days(self, start: datetime, days: int) -> date:
        """The local day that lies `days` business days after the one on which work begins."""
        if not 0 <= days <= MOST_BUSINESS_DAYS:
            raise InvalidCalendar(f"Between 0 and {MOST_BUSINESS_DAYS} business days are counted.")
        coming = self._business_days(self.first_business_day(start))
        return next(day for step, day in enumerate(coming) if step == days)

    def add_business_hours(self, start: datetime, hours: Decimal) -> datetime:
        """The UTC time at which so many opening hours have passed since `start`."""
        if not hours.is_finite() or not 0 <= hours <= MOST_BUSINESS_HOURS:
            raise InvalidCalendar(f"0 to {MOST_BUSINESS_HOURS} business hours are counted.")
        remaining = timedelta(seconds=round(hours * 3600))
        begin = start.astimezone(UTC)
        for day in self._business_days(self.local_day(start)):
            opening = max(begin, self._at(day, self.opens_hour))
            available = self._at(day, self.closes_hour) - opening
            if available > remaining or remaining == available > timedelta(0):
                return opening + remaining
            remaining -= max(available, timedelta(0))
        raise InvalidCalendar("The shop has too few open hours.")

    def _at(self, day: date, hour: int) -> datetime:
        day, hour = (day + _DAY, 0) if hour == 24 else (day, hour)
        return datetime.combine(day, time(hour), self.zone).astimezone(UTC)

    def start_of_local_day(self, day: date) -> datetime:
        """The first instant of a local day, in UTC."""
        return self._at(day, 0)

    def end_of_local_day(self, day: date) -> datetime:
        """The last microsecond of a local day, in UTC: `now <= end` holds all day long."""
        return self._at(day, 24) - _MOMENT
