"""Places in the workshops' weeks: finite, booked by payment, given back by leaving.

A place takes its week's scarce skills with it, all that the piece needs or none. Weeks come to be
when somebody looks for a place in them; they are locked one after the other in the order of time,
and a week's lock stands for all its skills.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta

from django.db import transaction

from saleor_bespoke import clock, conf
from saleor_bespoke.craft.skills import skills_of
from saleor_bespoke.craft.specification import Specification
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import SYSTEM
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.selectors import specification_agreed
from saleor_bespoke.workshop.calendars import calendar_of
from saleor_bespoke.workshop.events import SlotBooked, SlotReleased
from saleor_bespoke.workshop.models import ProductionWeek, SlotBooking, SlotSkill, WeekSkill

FARTHEST_WEEKS = 104
_WEEK = timedelta(weeks=1)
_WORKDAYS = 7
NO_PLACE = "The workshop is booked out for two years."


def monday_of(day: date) -> date:
    """The Monday that begins this day's week."""
    return day - timedelta(days=day.weekday())


def skills_needed(project: BespokeProject) -> frozenset[str]:
    """The scarce skills of its workshop that the piece, as agreed now, takes of a week."""
    if not conf.workshop(project.channel).skills:
        return frozenset()
    return scarce_of(project.channel, specification_agreed(project))


def scarce_of(channel: str, specification: Mapping[str, object]) -> frozenset[str]:
    """Those skills that this specification asks for and the channel's workshop counts."""
    needed = skills_of(Specification.from_json(dict(specification)))
    return frozenset(skill.value for skill in needed if skill in conf.workshop(channel).skills)


@transaction.atomic
def slot_book(
    *, project: BespokeProject, not_before: date, skills: Collection[str] = ()
) -> SlotBooking:
    """Book the locked project a place in the earliest week with room and all these skills.

    The week of `not_before` counts if the workshop still works in it from that day on. A project
    that has a place keeps it. SLOT_UNAVAILABLE when two years are full.
    """
    booked = SlotBooking.objects.filter(project=project, state="BOOKED").first()
    if booked is not None:
        return booked
    for monday, _ in _weeks(project.channel, not_before, skills):
        week = _lock_week(project.channel, monday)
        if _has_room(week, skills):
            return _place(project, week, skills)
    raise BespokeError(ErrorCode.SLOT_UNAVAILABLE, NO_PLACE)


@transaction.atomic
def slot_rebook(
    *, project: BespokeProject, not_before: date, skills: Collection[str]
) -> SlotBooking | None:
    """Fit the locked project's place to what the piece needs now; None if it has none.

    It keeps its week if that has the skills, else it moves to the next later one that has them
    all, not before this day. SLOT_UNAVAILABLE when two years are full.
    """
    booked = SlotBooking.objects.filter(project=project, state="BOOKED").first()
    if booked is None:
        return None
    own = _lock_week(project.channel, booked.week.monday, booked.week.workshop)
    held = {row.week_skill.skill for row in booked.skills.select_related("week_skill")}
    if held == set(skills):
        return booked
    if _has_skills(own, set(skills) - held):
        booked.skills.exclude(week_skill__skill__in=list(skills)).delete()
        _skills_take(booked, own, set(skills) - held)
        return _told(project, booked, skills)
    later = max(not_before, own.monday + _WEEK)
    for monday, _ in _weeks(project.channel, later, skills):
        week = _lock_week(project.channel, monday)
        if _has_room(week, skills):
            slot_release(project=project)
            return _place(project, week, skills)
    raise BespokeError(ErrorCode.SLOT_UNAVAILABLE, NO_PLACE)


def slot_possible(
    *, project: BespokeProject, specification: Mapping[str, object], not_before: date
) -> None:
    """Refuse a design for which two years have no week with all its skills; books nothing.

    A project without a place, and one whose place has the skills already, needs no other.
    Refusal: SLOT_UNAVAILABLE.
    """
    booked = SlotBooking.objects.filter(project=project, state="BOOKED").first()
    skills = scarce_of(project.channel, specification)
    if booked is None:
        return
    held = set(booked.skills.values_list("week_skill__skill", flat=True))
    if skills <= held or _has_skills(booked.week, skills - held):
        return
    later = max(not_before, booked.week.monday + _WEEK)
    if not any(room for _, room in _weeks(project.channel, later, skills)):
        raise BespokeError(ErrorCode.SLOT_UNAVAILABLE, NO_PLACE)


def _weeks(channel: str, not_before: date, skills: Collection[str]) -> Iterator[tuple[date, bool]]:
    """The Mondays of weeks that seem to have room and the skills; their lock decides.

    Also, without room, those whose row does not follow the settings yet.
    """
    workshop = conf.workshop(channel)
    places = {skill: workshop.skills.get(skill, 0) for skill in skills}
    weeks = ProductionWeek.objects.filter(workshop=workshop.name, monday__gte=monday_of(not_before))
    known = {week.monday: week for week in weeks.prefetch_related(*(["skills"] if skills else []))}
    for monday in _working_weeks(channel, not_before):
        week = known.get(monday)
        taken = {row.skill: row.taken for row in week.skills.all()} if week and skills else {}
        room = workshop.slots_per_week > (week.taken if week else 0)
        room = room and all(taken.get(skill, 0) < most for skill, most in places.items())
        stale = week and week.capacity != max(workshop.slots_per_week, week.taken)
        if room or stale:
            yield monday, room


def _working_weeks(channel: str, not_before: date) -> Iterator[date]:
    """The Mondays of the weeks, for two years, in which the workshop works from this day on."""
    calendar = calendar_of(channel)
    monday = monday_of(not_before)
    for week in range(FARTHEST_WEEKS):
        start = max(monday + _WEEK * week, not_before)
        days = (start + timedelta(days=step) for step in range(_WORKDAYS - start.weekday()))
        if any(calendar.is_business_day(day) for day in days):
            yield monday_of(start)


def _lock_week(channel: str, monday: date, name: str | None = None) -> ProductionWeek:
    """The week's locked row, made on first use and following the settings where it can."""
    workshop = conf.workshop(channel)
    name = name or workshop.name
    rows = ProductionWeek.objects.select_for_update().filter(workshop=name, monday=monday)
    week = rows.first()
    if week is None:
        fresh = ProductionWeek(workshop=name, monday=monday, capacity=workshop.slots_per_week)
        ProductionWeek.objects.bulk_create([fresh], ignore_conflicts=True)
        week = rows.get()
    if name != workshop.name:  # booked before the channel changed to another workshop
        return week
    wanted = max(workshop.slots_per_week, week.taken)
    if week.capacity != wanted:
        week.capacity = wanted
        week.save(update_fields=["capacity"])
    if workshop.skills:
        _skills_follow(week, workshop.skills)
    return week


def _skills_follow(week: ProductionWeek, skills: Mapping[str, int]) -> None:
    """Let the locked week have each scarce skill as often as the settings say, where it can."""
    known = {row.skill: row for row in week.skills.all()}
    WeekSkill.objects.bulk_create(
        WeekSkill(week=week, skill=skill, capacity=places)
        for skill, places in sorted(skills.items())
        if skill not in known
    )
    for row in known.values():
        wanted = max(skills.get(row.skill, row.capacity), row.taken)
        if row.capacity != wanted:
            row.capacity = wanted
            row.save(update_fields=["capacity"])


def _has_room(week: ProductionWeek, skills: Collection[str]) -> bool:
    return week.taken < week.capacity and _has_skills(week, skills)


def _has_skills(week: ProductionWeek, skills: Collection[str]) -> bool:
    """Whether each of these skills has a place left in this week."""
    if not skills:
        return True
    free = {row.skill for row in week.skills.all() if row.taken < row.capacity}
    return set(skills) <= free


def _place(project: BespokeProject, week: ProductionWeek, skills: Collection[str]) -> SlotBooking:
    """A place in this locked week, with the skills."""
    booking = SlotBooking.objects.create(
        week=week, project=project, state="BOOKED", booked_at=clock.now()
    )
    _skills_take(booking, week, skills)
    return _told(project, booking, skills)


def _skills_take(booking: SlotBooking, week: ProductionWeek, skills: Collection[str]) -> None:
    if not skills:
        return
    rows = WeekSkill.objects.filter(week=week, skill__in=list(skills)).order_by("skill")
    SlotSkill.objects.bulk_create(SlotSkill(booking=booking, week_skill=row) for row in rows)


def _told(project: BespokeProject, booking: SlotBooking, skills: Collection[str]) -> SlotBooking:
    event = SlotBooked(week=str(booking.week.monday), skills=tuple(sorted(skills)))
    journal.record(project, event, actor=SYSTEM)
    return booking


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
