"""Changing and confirming the brief, with the questions and warnings on the way."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from saleor_bespoke import clock, conf
from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import Actor, parse_pk
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.selectors import redo_check
from saleor_bespoke.project.services import lock_project
from saleor_bespoke.shop.port import shop
from saleor_bespoke.steps.intake import rules
from saleor_bespoke.steps.intake.events import (
    BriefConfirmed,
    BriefRevised,
    FeasibilityAnswered,
    InformationAnswered,
    InformationRequested,
    StylistAssigned,
)
from saleor_bespoke.steps.intake.models import Brief, FeasibilityWarning, InformationRequest
from saleor_bespoke.steps.intake.selectors import (
    brief_current,
    specification_of,
    warnings_blocking,
)
from saleor_bespoke.steps.intake.services.drafts import BriefDraft, brief_checked, brief_write
from saleor_bespoke.workshop.promises import promise_pause, promise_resume, promise_start


@transaction.atomic
def brief_revise(*, actor: Actor, project_pk: str | UUID, draft: BriefDraft) -> Brief:
    """Record a new version of the brief, to be confirmed anew; an unchanged one stays as it is.

    What becomes of a quote that answered the old version is for `flows.revision`.
    """
    project, actor = lock_project(project_pk, actor=actor, command="brief_revise")
    redo_check(project)
    draft = brief_checked(draft, policy=conf.policy(project.channel), currency=project.currency)
    current = brief_current(project)
    current.project = project
    if _same(current, draft):
        return current
    asked = InformationRequest.objects.filter(project=project, answered_at=None).exists()
    brief = brief_write(
        project,
        draft,
        version=current.version + 1,
        status="NEEDS_INFORMATION" if asked else "SUBMITTED",
    )
    event = BriefRevised(
        brief=brief.pk, version=brief.version, specification_hash=brief.specification_hash
    )
    journal.record(project, event, actor=actor)
    promise_start(project=project, step="QUOTE")
    return brief


def _same(brief: Brief, draft: BriefDraft) -> bool:
    return (
        brief.specification == draft.specification.to_json()
        and brief.story == draft.story
        and brief.budget_min == draft.budget_min
        and brief.budget_stretch == draft.budget_stretch
        and brief.destination_country == draft.destination_country
        and brief.date_needed == draft.date_needed
    )


@transaction.atomic
def brief_confirm(*, actor: Actor, brief_pk: str | UUID) -> Brief:
    """Staff confirm that this version of the brief is complete and can be made."""
    project, actor = _locked(Brief, brief_pk, actor, "brief_confirm", "brief")
    brief = brief_current(project)
    if brief.pk != parse_pk(brief_pk, "brief"):
        raise BespokeError(
            ErrorCode.BRIEF_OUTDATED, "The customer has changed the brief since.", field="id"
        )
    if brief.status == "CONFIRMED":
        return brief
    if brief.status == "NEEDS_INFORMATION":
        raise BespokeError(
            ErrorCode.QUESTION_OPEN, "The customer has not answered yet.", field="id"
        )
    open_codes = [warning.code for warning in warnings_blocking(brief)]
    rules.check_confirmable(specification_of(brief), open_codes)
    brief.status, brief.confirmed_at, brief.confirmed_by = "CONFIRMED", clock.now(), actor.ref
    brief.save(update_fields=["status", "confirmed_at", "confirmed_by"])
    event = BriefConfirmed(
        brief=brief.pk, version=brief.version, specification_hash=brief.specification_hash
    )
    journal.record(project, event, actor=actor)
    return brief


@transaction.atomic
def information_request(
    *, actor: Actor, project_pk: str | UUID, question: str
) -> InformationRequest:
    """Ask the customer for what is missing; the quote's clock stands until the answer."""
    project, actor = lock_project(project_pk, actor=actor, command="information_request")
    text = rules.text_block(question, "question", longest=rules.LONGEST_MESSAGE)
    asked = InformationRequest.objects.filter(project=project, answered_at=None).first()
    if asked is not None:
        if asked.question == text:
            return asked
        raise BespokeError(
            ErrorCode.QUESTION_OPEN, "The customer has not answered the last question yet."
        )
    row = InformationRequest.objects.create(
        project=project, question=text, asked_at=clock.now(), asked_by=actor.ref
    )
    _brief_status(project, "NEEDS_INFORMATION")
    journal.record(project, InformationRequested(question=row.pk), actor=actor)
    promise_pause(project=project, step="QUOTE")
    return row


@transaction.atomic
def information_answer(*, actor: Actor, question_pk: str | UUID, answer: str) -> InformationRequest:
    """The customer answers; the quote's clock runs on with the time that was left."""
    project, actor = _locked(
        InformationRequest, question_pk, actor, "information_answer", "question"
    )
    row = InformationRequest.objects.get(pk=parse_pk(question_pk, "question"))
    text = rules.text_block(answer, "answer", longest=rules.LONGEST_MESSAGE)
    if row.answered_at is not None:
        if row.answer == text:
            return row
        raise BespokeError(ErrorCode.ALREADY_DONE, "This was answered before.", field="id")
    row.answer, row.answered_at = text, clock.now()
    row.save(update_fields=["answer", "answered_at"])
    _brief_status(project, "SUBMITTED")
    journal.record(project, InformationAnswered(question=row.pk), actor=actor)
    promise_resume(project=project, step="QUOTE")
    return row


def _brief_status(project: BespokeProject, status: str) -> None:
    """A question withdraws a confirmation; an answer leaves the brief to be confirmed."""
    brief = brief_current(project)
    brief.status, brief.confirmed_at, brief.confirmed_by = status, None, ""
    brief.save(update_fields=["status", "confirmed_at", "confirmed_by"])


@transaction.atomic
def feasibility_answer(
    *, actor: Actor, warning_pk: str | UUID, answer: str, note: str = ""
) -> FeasibilityWarning:
    """Staff say what becomes of a warning: accepted as it is, or adjusted with the customer.

    What the rules call impossible is answered with a note, so that somebody vouches for it.
    """
    found = FeasibilityWarning.objects.filter(pk=parse_pk(warning_pk, "warning"))
    brief_pk = found.values_list("brief_id", flat=True).first()
    if brief_pk is None:
        raise NotFound("warning")
    project, actor = _locked(Brief, brief_pk, actor, "feasibility_answer", "warning")
    row = FeasibilityWarning.objects.get(pk=parse_pk(warning_pk, "warning"))
    if row.brief_id != brief_current(project).pk:
        raise BespokeError(
            ErrorCode.BRIEF_OUTDATED, "This is about an older version of the brief.", field="id"
        )
    text = rules.text_block(
        note, "note", longest=rules.LONGEST_MESSAGE, required=row.severity == "IMPOSSIBLE"
    )
    if answer not in ("ACCEPTED", "ADJUSTED"):
        raise BespokeError(ErrorCode.INVALID, "Accept or adjust.", field="answer")
    if (row.answer, row.note) == (answer, text):
        return row
    row.answer, row.note = answer, text
    row.answered_at, row.answered_by = clock.now(), actor.ref
    row.save(update_fields=["answer", "note", "answered_at", "answered_by"])
    event = FeasibilityAnswered(warning=row.pk, code=row.code, answer=answer)
    journal.record(project, event, actor=actor)
    return row


@transaction.atomic
def stylist_assign(*, actor: Actor, project_pk: str | UUID, staff: str) -> BespokeProject:
    """Name the member of staff who looks after this customer."""
    project, actor = lock_project(project_pk, actor=actor, command="stylist_assign")
    person = shop().staff(staff)
    if person is None or not person.is_staff or not person.active:
        raise NotFound("member of staff", field="staff")
    if project.stylist_id == person.pk and project.stylist_name == person.name:
        return project
    project.stylist_id, project.stylist_name = person.pk, person.name
    project.save(update_fields=["stylist", "stylist_name"])
    journal.record(project, StylistAssigned(stylist=str(person.pk)), actor=actor)
    return project


def _locked(
    model: type[Brief] | type[InformationRequest],
    pk: str | UUID,
    actor: Actor,
    command: str,
    what: str,
) -> tuple[BespokeProject, Actor]:
    """The locked project of a row; a stranger's row is answered like an absent one."""
    rows = model._default_manager.filter(pk=parse_pk(pk, what))
    project_pk = rows.values_list("project_id", flat=True).first()
    if project_pk is None:
        raise NotFound(what)
    try:
        return lock_project(project_pk, actor=actor, command=command)
    except NotFound:
        raise NotFound(what) from None
