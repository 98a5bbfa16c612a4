"""Revising and confirming the brief, questions and warnings on the way, the stylist."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from saleor_bespoke.flows import revision
from saleor_bespoke.graphql.base import global_id
from saleor_bespoke.project.access import ANONYMOUS, Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.intake.services import (
    brief_confirm,
    brief_revise,
    feasibility_answer,
    information_answer,
    information_request,
    project_create,
    stylist_assign,
)
from saleor_bespoke.workshop.models import Promise
from tests.fixtures import make_quoted, make_staff, ring_specification
from tests.intake.conftest import OLD_RING, OWN_STONE, draft, form
from tests.support import nothing_changes, race, refuses

THIN = {"bandWidthMm": "0.8"}


def brief_of(project: BespokeProject) -> Any:
    return project.briefs.latest("version")


def revised(project: BespokeProject, actor: Actor, **changes: Any) -> Any:
    budget = {key: changes.pop(key) for key in ("budget_stretch", "story") if key in changes}
    facts = {"ownStones": [OWN_STONE], "oldJewellery": [OLD_RING]} | changes
    return brief_revise(
        actor=actor, project_pk=project.pk, draft=draft(ring_specification(**facts), **budget)
    )


# revising -----------------------------------------------------------------------------------------


def test_brief_revise(project: BespokeProject, customer: Actor, staff: Actor) -> None:
    brief_confirm(actor=staff, brief_pk=brief_of(project).pk)
    brief = revised(project, customer, budget_stretch=Decimal(12000))
    assert (brief.version, brief.status, brief.budget_stretch) == (2, "SUBMITTED", 12000)
    first = project.briefs.get(version=1)
    assert (first.status, first.budget_stretch) == ("CONFIRMED", 9000)
    assert project.events.filter(kind="BriefRevised", payload__version=2).exists()


def test_an_unchanged_brief_stays_as_it_is(project: BespokeProject, customer: Actor) -> None:
    with nothing_changes():
        assert revised(project, customer).version == 1


def test_a_double_click_on_a_change_makes_one_version(
    project: BespokeProject, customer: Actor
) -> None:
    revised(project, customer, story="Hers.")
    with nothing_changes():
        assert revised(project, customer, story="Hers.").version == 2


def test_undeclared_materials_go_unless_they_are_here(
    project: BespokeProject, customer: Actor
) -> None:
    project.brought_materials.filter(kind="OWN_STONE").update(status="RECEIVED")
    revised(project, customer, ownStones=[], oldJewellery=[])
    assert list(project.brought_materials.values_list("kind", "status")) == [
        ("OWN_STONE", "RECEIVED")
    ]


def test_newly_declared_materials_are_added_once(project: BespokeProject, customer: Actor) -> None:
    sapphire = {"description": "A blue one", "stone": {"kind": "sapphire"}}
    revised(project, customer, ownStones=[OWN_STONE, sapphire])
    stones = project.brought_materials.filter(kind="OWN_STONE").values_list("description")
    assert sorted(stones) == [("A blue one",), (OWN_STONE["description"],)]


def test_what_staff_accepted_stays_accepted(
    project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    brief = revised(project, customer, **THIN)
    warning = brief.warnings.get(code="BAND_TOO_THIN")
    feasibility_answer(actor=staff, warning_pk=warning.pk, answer="ACCEPTED", note="We can.")
    again = revised(project, customer, story="Please.", **THIN)
    assert again.warnings.get(code="BAND_TOO_THIN").note == "We can."
    thinner = revised(project, customer, story="Please.", bandWidthMm="0.7")
    assert thinner.warnings.get(code="BAND_TOO_THIN").answer == ""


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"budget_stretch": Decimal(10)}, "INVALID", "budget.stretch"),
        ({"alloy": "titanium"}, "METAL_NOT_OFFERED", "alloy"),
        ({"story": "\x00"}, "INVALID", "story"),
    ],
)
def test_brief_revise_refused(
    project: BespokeProject, customer: Actor, changes: dict[str, Any], code: str, field: str
) -> None:
    with refuses(code, field=field):
        revised(project, customer, **changes)


def test_brief_revise_is_for_the_customer(
    project: BespokeProject, other_customer: Actor, staff: Actor, guest: Actor
) -> None:
    for stranger in (ANONYMOUS, other_customer):
        with refuses("NOT_FOUND"):
            revised(project, stranger, story="Mine.")
    with refuses("CUSTOMER_ONLY"):
        revised(project, staff, story="Mine.")
    assert revised(project, guest, story="Mine.").version == 2


@pytest.mark.usefixtures("shop")
def test_a_new_brief_closes_the_quote_on_offer(customer: Actor, staff: Actor) -> None:
    project = make_quoted(customer, staff)
    changed = draft(budget_stretch=Decimal(12000))
    brief = revision.brief_revise(actor=customer, project_pk=project.pk, draft=changed)
    project.refresh_from_db()
    assert (brief.version, brief.status, project.stage) == (2, "SUBMITTED", "INTAKE")
    assert project.quotes.get().status == "SUPERSEDED"
    assert Promise.objects.filter(project=project, step="QUOTE", ended_at=None).count() == 1


@pytest.mark.usefixtures("shop")
def test_an_unchanged_brief_keeps_the_quote_on_offer(customer: Actor, staff: Actor) -> None:
    project = make_quoted(customer, staff)
    with nothing_changes():
        revision.brief_revise(actor=customer, project_pk=project.pk, draft=draft())


@pytest.mark.django_db(transaction=True)
def test_parallel_revisions_get_versions_of_their_own(
    project: BespokeProject, customer: Actor
) -> None:
    answers = race(
        *[lambda each=each: revised(project, customer, story=f"{each}") for each in range(5)]
    )
    assert sorted(brief.version for brief in answers) == [2, 3, 4, 5, 6]


# confirming ---------------------------------------------------------------------------------------


def test_brief_confirm(project: BespokeProject, staff: Actor) -> None:
    brief = brief_confirm(actor=staff, brief_pk=brief_of(project).pk)
    assert (brief.status, brief.confirmed_by) == ("CONFIRMED", staff.ref)
    assert brief.confirmed_at is not None
    with nothing_changes():
        brief_confirm(actor=staff, brief_pk=brief.pk)


def test_an_impossible_warning_blocks_until_somebody_vouches(
    project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    brief = revised(project, customer, **THIN)
    with refuses("FEASIBILITY_OPEN", field="id"):
        brief_confirm(actor=staff, brief_pk=brief.pk)
    warning = brief.warnings.get(code="BAND_TOO_THIN")
    with refuses("REQUIRED", field="note"):
        feasibility_answer(actor=staff, warning_pk=warning.pk, answer="ACCEPTED")
    with refuses("INVALID", field="answer"):
        feasibility_answer(actor=staff, warning_pk=warning.pk, answer="PERHAPS", note="No.")
    feasibility_answer(actor=staff, warning_pk=warning.pk, answer="ACCEPTED", note="Forged.")
    assert brief_confirm(actor=staff, brief_pk=brief.pk).status == "CONFIRMED"


def test_an_incomplete_brief_is_not_confirmed(
    project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    brief = revised(project, customer, bandWidthMm=None)
    with refuses("BRIEF_INCOMPLETE", field="bandWidthMm"):
        brief_confirm(actor=staff, brief_pk=brief.pk)


def test_an_old_version_is_not_confirmed(
    project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    old = brief_of(project)
    warning = revised(project, customer, **THIN).warnings.get(code="BAND_TOO_THIN")
    revised(project, customer, story="Again.")
    with refuses("BRIEF_OUTDATED", field="id"):
        brief_confirm(actor=staff, brief_pk=old.pk)
    with refuses("BRIEF_OUTDATED", field="id"):
        feasibility_answer(actor=staff, warning_pk=warning.pk, answer="ACCEPTED", note="x")


def test_brief_confirm_is_for_staff(
    project: BespokeProject, customer: Actor, other_customer: Actor
) -> None:
    pk = brief_of(project).pk
    with refuses("NOT_FOUND"):
        brief_confirm(actor=other_customer, brief_pk=pk)
    with refuses("PERMISSION_DENIED"):
        brief_confirm(actor=customer, brief_pk=pk)
    for absent in (uuid4(), "x"):
        with refuses("NOT_FOUND"):
            brief_confirm(actor=customer, brief_pk=absent)


def test_staff_of_another_channel_see_nothing(project: BespokeProject) -> None:
    elsewhere = make_staff("eu@example.com", channels=("eu",))
    with refuses("NOT_FOUND"):
        brief_confirm(actor=elsewhere, brief_pk=brief_of(project).pk)


# questions ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("shop")
def test_a_question_stops_the_clock_until_its_answer(staff: Actor) -> None:
    start = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)  # 10:00 in New York
    with time_machine.travel(start, tick=False) as moment:
        project, token, promise = project_create(actor=ANONYMOUS, submission=form())
        guest = ANONYMOUS.with_token(token or "")
        # when staff ask after half an hour and the answer takes three
        moment.shift(timedelta(minutes=30))
        row = information_request(actor=staff, project_pk=project.pk, question="Which finger?")
        assert brief_of(project).status == "NEEDS_INFORMATION"
        with refuses("QUESTION_OPEN", field="id"):
            brief_confirm(actor=staff, brief_pk=brief_of(project).pk)
        moment.shift(timedelta(hours=3))
        information_answer(actor=guest, question_pk=row.pk, answer="The left ring finger.")
    # then the quote is promised three hours later
    promise.refresh_from_db()
    assert promise.first_due_at == start + timedelta(hours=2)
    assert promise.due_at == start + timedelta(hours=5)
    assert promise.paused_at is None
    assert brief_of(project).status == "SUBMITTED"


def test_a_question_is_asked_and_answered_once(
    project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    row = information_request(actor=staff, project_pk=project.pk, question="Why?")
    with nothing_changes():
        assert row == information_request(actor=staff, project_pk=project.pk, question="Why?")
    with refuses("QUESTION_OPEN"):
        information_request(actor=staff, project_pk=project.pk, question="And when?")
    with refuses("REQUIRED", field="answer"):
        information_answer(actor=customer, question_pk=row.pk, answer=" ")
    information_answer(actor=customer, question_pk=row.pk, answer="Because.")
    with nothing_changes():
        information_answer(actor=customer, question_pk=row.pk, answer="Because.")
    with refuses("ALREADY_DONE", field="id"):
        information_answer(actor=customer, question_pk=row.pk, answer="No, wait.")


def test_a_question_withdraws_the_confirmation(project: BespokeProject, staff: Actor) -> None:
    brief_confirm(actor=staff, brief_pk=brief_of(project).pk)
    information_request(actor=staff, project_pk=project.pk, question="Really?")
    brief = brief_of(project)
    assert (brief.status, brief.confirmed_at, brief.confirmed_by) == ("NEEDS_INFORMATION", None, "")


def test_a_revision_while_asked_still_waits_for_the_answer(
    project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    information_request(actor=staff, project_pk=project.pk, question="Really?")
    assert revised(project, customer, story="Yes.").status == "NEEDS_INFORMATION"


def test_questions_of_strangers_do_not_exist(
    project: BespokeProject, other_customer: Actor, staff: Actor
) -> None:
    row = information_request(actor=staff, project_pk=project.pk, question="Why?")
    for pk in (row.pk, uuid4(), "x"):
        with refuses("NOT_FOUND"):
            information_answer(actor=other_customer, question_pk=pk, answer="Mine.")
    with refuses("REQUIRED", field="question"):
        information_request(actor=staff, project_pk=project.pk, question="")


# the stylist --------------------------------------------------------------------------------------


def test_stylist_assign(project: BespokeProject, staff: Actor, customer: Actor) -> None:
    reference = global_id("User", staff.user_pk)
    found = stylist_assign(actor=staff, project_pk=project.pk, staff=reference)
    assert (found.stylist_id, found.stylist_name) == (staff.user_pk, staff.name)
    with nothing_changes():
        stylist_assign(actor=staff, project_pk=project.pk, staff=reference)
    for nobody in (global_id("User", customer.user_pk), global_id("User", 10**9), "x"):
        with refuses("NOT_FOUND", field="staff"):
            stylist_assign(actor=staff, project_pk=project.pk, staff=nobody)


def test_a_stylist_who_left_is_not_assigned(project: BespokeProject, staff: Actor) -> None:
    from saleor_bespoke.shop.embedded.models import User

    gone = make_staff("gone@example.com")
    User.objects.filter(pk=gone.user_pk).update(is_active=False)
    with refuses("NOT_FOUND", field="staff"):
        stylist_assign(actor=staff, project_pk=project.pk, staff=global_id("User", gone.user_pk))
