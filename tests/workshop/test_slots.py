"""Places in the workshop's weeks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from saleor_bespoke import clock, conf
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.workshop.models import ProductionWeek, SlotBooking
from saleor_bespoke.workshop.selectors import weeks_of
from saleor_bespoke.workshop.slots import slot_book, slot_finish, slot_release
from tests.fixtures import make_project
from tests.support import nothing_changes, refuses
from tests.workshop.claims import fresh

MONDAY = date(2026, 3, 2)

pytestmark = pytest.mark.django_db


@dataclass
class Channels:
    """Lets a test say what a channel promises."""

    settings: Any

    def set(self, slug: str, **values: Any) -> None:
        bespoke = self.settings.BESPOKE
        channels = bespoke["CHANNELS"] | {slug: bespoke["CHANNELS"].get(slug, {}) | values}
        self.settings.BESPOKE = bespoke | {"CHANNELS": channels}
        conf.policies_forget()


@pytest.fixture
def channels(settings: Any) -> Iterator[Channels]:
    yield Channels(settings)
    conf.policies_forget()


def book(not_before: date = MONDAY, channel: str = "us") -> SlotBooking:
    return slot_book(project=make_project(channel=channel)[0], not_before=not_before)


def test_slot_book_takes_the_earliest_week_with_room(channels: Channels) -> None:
    channels.set("us", slots_per_week=2)

    mondays = [book().week.monday for _ in range(5)]

    assert mondays == [MONDAY, MONDAY, date(2026, 3, 9), date(2026, 3, 9), date(2026, 3, 16)]


@pytest.mark.parametrize(
    ("not_before", "monday"),
    [
        (date(2026, 3, 6), MONDAY),  # a Friday: there is a day left to begin
        (date(2026, 3, 7), date(2026, 3, 9)),  # a Saturday
        (date(2026, 12, 31), date(2026, 12, 28)),  # a Thursday before a holiday
        (date(2027, 1, 1), date(2027, 1, 4)),  # New Year's Day, a Friday
    ],
)
def test_the_week_of_the_day_counts_while_work_is_possible_in_it(
    not_before: date, monday: date
) -> None:
    assert book(not_before).week.monday == monday


def test_a_closed_week_is_passed_over(channels: Channels) -> None:
    channels.set("us", closures=tuple(date(2026, 3, day) for day in range(2, 7)))

    assert book().week.monday == date(2026, 3, 9)


def test_a_project_keeps_its_place(project: BespokeProject) -> None:
    first = slot_book(project=project, not_before=MONDAY)

    with nothing_changes():
        assert slot_book(project=fresh(project), not_before=date(2026, 6, 1)) == first
    assert project.events.last().payload == {"week": "2026-03-02", "skills": []}


def test_each_channel_has_its_own_places(channels: Channels) -> None:
    channels.set("us", slots_per_week=1)
    channels.set("eu", slots_per_week=1)

    assert book().week.monday == book(channel="eu").week.monday == MONDAY


def test_slot_release_gives_the_place_to_another(
    channels: Channels, project: BespokeProject
) -> None:
    channels.set("us", slots_per_week=1)
    slot_book(project=project, not_before=MONDAY)
    assert book().week.monday == date(2026, 3, 9)

    slot_release(project=fresh(project))

    assert book().week.monday == MONDAY
    with nothing_changes():
        assert slot_release(project=fresh(project)) is None


def test_slot_finish_keeps_the_place_used(channels: Channels, project: BespokeProject) -> None:
    channels.set("us", slots_per_week=1)
    slot_book(project=project, not_before=MONDAY)

    booking = slot_finish(project=fresh(project))

    assert booking is not None
    assert booking.state == "DONE"
    assert book().week.monday == date(2026, 3, 9)


def test_two_full_years_refuse(channels: Channels) -> None:
    channels.set("us", slots_per_week=0)

    project = make_project()[0]

    with refuses("SLOT_UNAVAILABLE"):
        slot_book(project=project, not_before=MONDAY)


def test_a_smaller_setting_never_falls_below_what_is_taken(channels: Channels) -> None:
    for _ in range(3):
        book()
    channels.set("us", slots_per_week=2)

    assert book().week.monday == date(2026, 3, 9)
    week = ProductionWeek.objects.get(monday=MONDAY)
    assert (week.taken, week.capacity) == (3, 3)


def test_the_database_refuses_an_overbooked_week(channels: Channels) -> None:
    channels.set("us", slots_per_week=1)
    week = book().week

    with pytest.raises(IntegrityError, match="not_overbooked"), transaction.atomic():
        SlotBooking.objects.create(
            week=week, project=make_project()[0], state="BOOKED", booked_at=clock.now()
        )


def test_weeks_of_shows_booked_and_untouched_weeks() -> None:
    book()

    weeks = weeks_of("us", since=date(2026, 3, 4), count=3)

    assert [(week.monday, week.taken, week.capacity) for week in weeks] == [
        (MONDAY, 1, 4),
        (date(2026, 3, 9), 0, 4),
        (date(2026, 3, 16), 0, 4),
    ]
    assert ProductionWeek.objects.count() == 1
