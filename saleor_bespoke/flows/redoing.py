"""A piece made anew for nothing: its commission, what was agreed, and the start of its work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from saleor_bespoke import clock, conf
from saleor_bespoke.craft.specification import Specification
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.flows.acceptance import hold_until
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.selectors import specification_agreed
from saleor_bespoke.project.services import lock_project, project_open, stage_move
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.steps.aftercare.events import RedoStarted
from saleor_bespoke.steps.aftercare.models import Claim
from saleor_bespoke.steps.intake.services.drafts import BriefDraft, brief_write
from saleor_bespoke.steps.quoting.taking_over import quote_take_over
from saleor_bespoke.workshop.materials import holdings_lock, materials_hold
from saleor_bespoke.workshop.promises import promise_start
from saleor_bespoke.workshop.slots import skills_needed, slot_book


def redo_open(project: BespokeProject, actor: Actor) -> tuple[BespokeProject, str]:
    """The same piece once more, as a commission linked to the first one, briefed and agreed."""
    redo, token = project_open(
        actor=replace(actor, user_pk=project.owner_id),
        channel=project.channel,
        currency=project.currency,
        contact_name=project.contact_name,
        contact_email=project.contact_email,
        contact_phone=project.contact_phone,
        language=project.language,
        time_zone=project.time_zone,
        stylist_id=project.stylist_id,
        stylist_name=project.stylist_name,
        title=project.title,
        linked_to=project,
    )
    source = project.quotes.get(status="ACCEPTED")
    first = source.brief
    agreed = specification_agreed(project)
    draft = BriefDraft(
        specification=Specification.from_json(agreed),
        budget_min=first.budget_min,
        budget_stretch=first.budget_stretch,
        destination_country=first.destination_country,
        story=first.story,
    )
    brief = brief_write(redo, draft, version=1, status="CONFIRMED")
    brief.confirmed_at, brief.confirmed_by = clock.now(), actor.ref
    brief.save(update_fields=["confirmed_at", "confirmed_by"])
    quote_take_over(
        project=redo,
        source=source,
        brief_pk=brief.pk,
        specification=agreed,
        note=f"Made anew for commission {project.number}: nothing is to be paid.",
        actor=actor,
    )
    return redo, token


@transaction.atomic
def redo_start(
    *, actor: Actor, project_pk: str | UUID, materials: Mapping[UUID, Decimal]
) -> BespokeProject:
    """Staff begin a redo: its materials (pieces or grams) are locked and a place is booked.

    Refusals: NOT_A_REDO, REQUIRED, MATERIAL_UNAVAILABLE, INVALID, NOT_FOUND of a material.
    """
    project, actor = lock_project(project_pk, actor=actor, command="redo_start")
    claim = Claim.objects.filter(redo_project=project, status="ACCEPTED", remedy="REDO").first()
    if claim is None:
        raise BespokeError(
            ErrorCode.NOT_A_REDO, "No accepted claim owes this piece: it begins when it is paid."
        )
    if not materials:
        raise BespokeError(ErrorCode.REQUIRED, "Name what the piece is made of.", field="materials")
    until = hold_until(project, None)
    materials_hold(project=project, payable_pk=claim.pk, wanted=materials, until=until)
    holdings_lock(project=project, payable_pk=claim.pk)
    design = timedelta(hours=conf.policy(project.channel).cad_hours[1])
    slot_book(
        project=project, not_before=(clock.now() + design).date(), skills=skills_needed(project)
    )
    stage_move(project, Stage.DESIGN, actor=actor)
    promise_start(project=project, step="CAD")
    event = RedoStarted(claim=claim.pk, materials=tuple(sorted(materials)))
    journal.record(project, event, actor=actor)
    return project
