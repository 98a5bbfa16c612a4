"""Scarce skills: taken with the place or not at all, shared by channels, fitted to a change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from saleor_bespoke import conf
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import lock_for_system
from saleor_bespoke.workshop.models import SlotSkill, WeekSkill
from saleor_bespoke.workshop.selectors import weeks_of
from saleor_bespoke.workshop.slots import (
    scarce_of,
    slot_book,
    slot_finish,
    slot_possible,
    slot_rebook,
    slot_release,
)
from tests.fixtures import make_project, ring_specification
from tests.support import nothing_changes, race, race_processes, refuses
from tests.workshop.claims import book_in_process, fresh

MONDAY, NEXT, THIRD = date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16)
PAVE = {"features": ["pave"]}

pytestmark = pytest.mark.django_db

Shop = Callable[..., None]


@pytest.fixture
def workshops(settings: Any) -> Iterator[Shop]:
    """Let the channels `us` and `eu` share a workshop with these places and skills."""

    def given(places: int = 4, **skills: int) -> None:
        channels = {slug: {"workshop": "atelier"} for slug in ("us", "eu")}
        known = settings.BESPOKE["CHANNELS"]
        settings.BESPOKE = settings.BESPOKE | {
            "CHANNELS": known | {slug: known.get(slug, {}) | channels[slug] for slug in channels},
            "WORKSHOPS": {"atelier": {"slots_per_week": places, "skills": skills}},
        }
        conf.policies_forget()

    yield given
    conf.policies_forget()


def book(*skills: str, channel: str = "us", not_before: date = MONDAY) -> Any:
    project = make_project(channel=channel)[0]
    return slot_book(project=project, not_before=not_before, skills=skills)


def taken(monday: date = MONDAY) -> dict[str, tuple[int, int]]:
    rows = WeekSkill.objects.filter(week__monday=monday)
    return {row.skill: (row.taken, row.capacity) for row in rows}


def test_channels_share_the_places_of_a_workshop(workshops: Shop) -> None:
    workshops(places=2)

    weeks = [book(channel=channel).week for channel in ("us", "eu", "us")]

    assert [(week.workshop, week.monday) for week in weeks] == [
        ("atelier", MONDAY), ("atelier", MONDAY), ("atelier", NEXT),
    ]  # fmt: skip


def test_the_earliest_week_with_all_the_skills_is_booked(workshops: Shop) -> None:
    workshops(pave_setting=1, platinum_work=2)

    assert book("pave_setting").week.monday == MONDAY
    assert book("platinum_work").week.monday == MONDAY
    both = book("pave_setting", "platinum_work")
    assert both.week.monday == NEXT  # platinum alone would have been free in the first week
    assert book("platinum_work").week.monday == MONDAY
    assert book("platinum_work").week.monday == NEXT
    assert book().week.monday == MONDAY

    assert taken() == {"pave_setting": (1, 1), "platinum_work": (2, 2)}
    assert taken(NEXT) == {"pave_setting": (1, 1), "platinum_work": (2, 2)}
    told = both.project.events.get(kind="SlotBooked").payload
    assert told == {"week": "2026-03-09", "skills": ["pave_setting", "platinum_work"]}


def test_a_skill_nobody_has_is_refused(workshops: Shop) -> None:
    workshops(pave_setting=0)
    project = make_project()[0]

    with refuses("SLOT_UNAVAILABLE"):
        slot_book(project=project, not_before=MONDAY, skills=["pave_setting"])


def test_only_what_the_workshop_counts_is_scarce(workshops: Shop) -> None:
    workshops(pave_setting=1)
    spec = ring_specification(alloy="platinum_950_ru", **PAVE).to_json()

    assert scarce_of("us", spec) == {"pave_setting"}
    assert scarce_of("eu", ring_specification().to_json()) == frozenset()


def test_a_place_given_up_gives_its_skills_back_and_one_done_keeps_them(workshops: Shop) -> None:
    workshops(pave_setting=1)
    first = book("pave_setting")

    slot_release(project=fresh(first.project))
    assert taken() == {"pave_setting": (0, 1)}
    second = book("pave_setting")
    slot_finish(project=fresh(second.project))

    assert second.week.monday == MONDAY
    assert taken() == {"pave_setting": (1, 1)}
    assert book("pave_setting").week.monday == NEXT


def test_a_change_keeps_its_week_if_the_skills_are_there(workshops: Shop) -> None:
    workshops(pave_setting=1, milgrain=1)
    booking = book("pave_setting")

    kept = slot_rebook(
        project=fresh(booking.project), not_before=THIRD, skills={"milgrain", "pave_setting"}
    )
    assert kept == booking
    assert taken() == {"pave_setting": (1, 1), "milgrain": (1, 1)}

    slot_rebook(project=fresh(booking.project), not_before=THIRD, skills={"milgrain"})
    assert taken() == {"pave_setting": (0, 1), "milgrain": (1, 1)}
    with nothing_changes():
        slot_rebook(project=fresh(booking.project), not_before=THIRD, skills={"milgrain"})


def test_a_change_moves_to_the_next_week_with_all_the_skills(workshops: Shop) -> None:
    workshops(pave_setting=1)
    book("pave_setting")
    booking = book()
    assert booking.week.monday == MONDAY

    moved = slot_rebook(project=fresh(booking.project), not_before=MONDAY, skills={"pave_setting"})

    assert moved is not None
    assert moved.week.monday == NEXT
    booking.refresh_from_db()
    assert booking.state == "RELEASED"
    assert taken() == {"pave_setting": (1, 1)} == taken(NEXT)


def test_a_change_that_no_week_can_serve_is_refused_before_and_at_its_settling(
    workshops: Shop, project: BespokeProject
) -> None:
    workshops(pave_setting=0)
    slot_book(project=project, not_before=MONDAY)
    spec = ring_specification(**PAVE).to_json()

    with refuses("SLOT_UNAVAILABLE"):
        slot_possible(project=fresh(project), specification=spec, not_before=MONDAY)
    with refuses("SLOT_UNAVAILABLE"):
        slot_rebook(project=fresh(project), not_before=MONDAY, skills={"pave_setting"})
    with nothing_changes():
        slot_possible(
            project=fresh(project),
            specification=ring_specification().to_json(),
            not_before=MONDAY,
        )


def test_a_smaller_setting_never_falls_below_what_is_taken(workshops: Shop) -> None:
    workshops(pave_setting=2)
    book("pave_setting")
    book("pave_setting")
    workshops(pave_setting=1)

    assert book("pave_setting").week.monday == NEXT
    assert taken() == {"pave_setting": (2, 2)}


def test_the_database_refuses_a_skill_beyond_its_places_or_of_another_week(
    workshops: Shop,
) -> None:
    workshops(pave_setting=1)
    book("pave_setting")
    plain, later = book(), book("pave_setting")
    first = WeekSkill.objects.get(week=plain.week)

    with pytest.raises(IntegrityError, match="skill_not_overbooked"), transaction.atomic():
        SlotSkill.objects.create(booking=plain, week_skill=first)
    with pytest.raises(IntegrityError, match="of its own week"), transaction.atomic():
        SlotSkill.objects.create(booking=later, week_skill=first)


def test_weeks_of_shows_skills_also_of_untouched_weeks(workshops: Shop) -> None:
    workshops(places=3, pave_setting=2)
    book("pave_setting", channel="eu")

    first, second = weeks_of("us", since=MONDAY, count=2)

    assert (first.channel, first.workshop, first.taken, first.capacity) == ("us", "atelier", 1, 3)
    assert [(it.skill, it.taken, it.capacity) for it in first.skills] == [("pave_setting", 1, 2)]
    assert [(it.skill, it.taken, it.capacity) for it in second.skills] == [("pave_setting", 0, 2)]


@pytest.mark.django_db(transaction=True)
def test_a_skills_last_place_is_taken_by_one_of_several_processes(workshops: Shop) -> None:
    workshops(pave_setting=1)
    projects = [make_project()[0] for _ in range(3)]
    week = slot_book(project=make_project()[0], not_before=MONDAY).week
    setting = {"slots_per_week": 4, "skills": {"pave_setting": 1}}

    answers = race_processes(
        book_in_process,
        [{"project": str(it.pk), "workshop": setting, "skill": "pave_setting"} for it in projects],
    )

    assert sorted(answers) == [("ok", str(day)) for day in (MONDAY, NEXT, THIRD)]
    assert WeekSkill.objects.get(week=week).taken == 1


@pytest.mark.django_db(transaction=True)
def test_changes_and_bookings_at_once_never_deadlock(workshops: Shop) -> None:
    workshops(places=6, pave_setting=1, platinum_work=1)
    settled = [book("platinum_work").project for _ in range(3)]

    def change(project: BespokeProject) -> str:
        with transaction.atomic():
            found = slot_rebook(
                project=lock_for_system(project.pk), not_before=MONDAY, skills={"pave_setting"}
            )
            assert found is not None
            return str(found.week.monday)

    def arrive() -> str:
        with transaction.atomic():
            project = lock_for_system(make_project()[0].pk)
            found = slot_book(project=project, not_before=MONDAY, skills={"pave_setting"})
            return str(found.week.monday)

    answers = race(*(lambda it=it: change(it) for it in settled), arrive, arrive, arrive)

    weeks = Counter(answers)
    assert len(weeks) == 6, answers
    assert set(WeekSkill.objects.filter(skill="pave_setting").values_list("taken", flat=True)) <= {
        0, 1,
    }  # fmt: skip
