"""Places in the workshop's weeks: finite, booked by payment, given back by leaving.

Each channel has its own allotment of places (`slots_per_week`). Weeks come to be when somebody
looks for a place in them; they are locked one after the other in the order of time.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction

from saleor_bespoke import clock, conf
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import SYSTEM
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.workshop.calendars import calendar_of
from saleor_bespoke.workshop.events import SlotBooked, SlotReleased
from saleor_bespoke.workshop.models import ProductionWeek, SlotBooking

FARTHEST_WEEKS = 104
_WEEK = timedelta(weeks=1)
_WORKDAYS = 7


def monday_of(day: date) -> date:
    """The Monday that begins this day's week."""
    return day - timedelta(days=day.weekday())


@transaction.atomic
def slot_book(*, project: BespokeProject, not_before: date) -> SlotBooking:
    """Book the locked project a place in the earliest week with room.

    The week of `not_before` counts if the workshop still works in it from that day on. A project
    that has a place keeps it. SLOT_UNAVAILABLE when two years are full.
    """
    booked = SlotBooking.objects.filter(project=project, state="BOOKED").first()
    if booked is not None:
        return booked
    calendar = calendar_of(project.channel)
    monday = monday_of(not_before)
    for week in range(FARTHEST_WEEKS):
        start = max(monday + _WEEK * week, not_before)
        days = (start + timedelta(days=step) for step in range(_WORKDAYS - start.weekday()))
        if not any(calendar.is_business_day(day) for day in days):
            continue
        found = _place(project, monday_of(start))
        if found is not None:
            event = SlotBooked(week=str(found.week.monday))
            journal.record(project, event, actor=SYSTEM)
            return found
    raise BespokeError(ErrorCode.SLOT_UNAVAILABLE, "The workshop is booked out for two years.")


def _place(project: BespokeProject, monday: date) -> SlotBooking | None:
    """A place in this week, or None when it is full."""
    week = _lock_week(project.channel, monday)
    if week.taken >= week.capacity:
        return None
    return SlotBooking.objects.create(
        week=week, project=project, state="BOOKED", booked_at=clock.now()
    )


def _lock_week(channel: str, monday: date) -> ProductionWeek:
    """The week's locked row, made on first use and following the setting where it can."""
    capacity = conf.policy(channel).slots_per_week
    fresh = ProductionWeek(workshop=channel, monday=monday, capacity=capacity)
    ProductionWeek.objects.bulk_create([fresh], ignore_conflicts=True)
    week = ProductionWeek.objects.select_for_update().get(workshop=channel, monday=monday)
    wanted = max(capacity, week.taken)
    if week.capacity != wanted:
        week.capacity = wanted
        week.save(update_fields=["capacity"])
    return week


@transaction.atomic
def slot_release(*, project: BespokeProject) -> SlotBooking | None:
    """Give up the locked project's place, so that another may book it; None if it has none."""
    booking = _end(project, "RELEASED")
    if booking is not None:
        event = SlotReleased(week=str(booking.week.monday))
        journal.record(project, event, actor=SYSTEM)
    return booking


@transaction.atomic
def slot_finish(*, project: BespokeProject) -> SlotBooking | None:
    """The locked project's work in its week is done; the place stays used."""
    return _end(project, "DONE")


def _end(project: BespokeProject, state: str) -> SlotBooking | None:
    booking = SlotBooking.objects.filter(project=project, state="BOOKED").first()
    if booking is None:
        return None
    booking.week = ProductionWeek.objects.select_for_update().get(pk=booking.week_id)
    booking.state, booking.ended_at = state, clock.now()
    booking.save(update_fields=["state", "ended_at"])
    return booking
