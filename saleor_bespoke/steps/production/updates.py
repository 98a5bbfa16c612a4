"""News from the bench, and the reminder when there has been none for a week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Greatest

from saleor_bespoke import clock, conf
from saleor_bespoke.media.services import PreparedFile, file_attach
from saleor_bespoke.project import attention, journal
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import Attention, BespokeProject
from saleor_bespoke.project.services import lock_for_system, lock_project
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.steps.production import rules
from saleor_bespoke.steps.production.events import ProgressNoteKept, ProgressUpdatePosted
from saleor_bespoke.steps.production.models import ProgressUpdate

UPDATE_DUE = "UPDATE_DUE"


@transaction.atomic
def progress_update_post(
    *,
    actor: Actor,
    project_pk: UUID,
    text: str,
    shared: bool,
    prepared: Sequence[PreparedFile] = (),
) -> ProgressUpdate:
    """Tell the customer, or the colleagues alone, how the piece comes along.

    Refusals: REQUIRED (`text`), INVALID (`text`, `photos`).
    """
    project, actor = lock_project(project_pk, actor=actor, command="progress_update_post")
    text = rules.update_check(text=text, photos=len(prepared))
    update = ProgressUpdate.objects.create(
        project=project,
        text=text,
        shared=shared,
        author_ref=actor.ref,
        author_name=actor.name,
        at=clock.now(),
    )
    files = [
        file_attach(project=project, prepared=item, actor_ref=actor.ref, shared=shared)
        for item in prepared
    ]
    for file in files:  # one by one, so that they keep their order
        update.files.add(file)
    told = ProgressUpdatePosted if shared else ProgressNoteKept
    digests = tuple(file.sha256 for file in files)
    journal.record(project, told(update=update.pk, files=digests), actor=actor)
    if shared:
        attention.resolve(project, UPDATE_DUE, "An update was posted.", actor=actor)
    return update


def progress_due_mark() -> int:
    """Raise attention for pieces on the bench without shared news for too long; how many."""
    making = BespokeProject.objects.filter(stage=Stage.PRODUCTION).order_by()
    channels = making.values_list("channel", flat=True).distinct()
    return sum(
        _due_mark(pk)
        for channel in channels
        for pk in _due(making.filter(channel=channel), channel).values_list("pk", flat=True)
    )


def _due(projects: QuerySet[BespokeProject], channel: str) -> QuerySet[BespokeProject]:
    days = conf.policy(channel).update_days
    told = Greatest("stage_since", Max("updates__at", filter=Q(updates__shared=True)))
    raised = Attention.objects.filter(project=OuterRef("pk"), reason=UPDATE_DUE, resolved_at=None)
    return projects.annotate(told_at=told).filter(
        ~Exists(raised), told_at__lte=clock.now() - timedelta(days=days)
    )


@transaction.atomic
def _due_mark(pk: UUID) -> int:
    project = lock_for_system(pk)
    still = BespokeProject.objects.filter(pk=pk, stage=Stage.PRODUCTION)
    if not _due(still, project.channel).exists():
        return 0
    days = conf.policy(project.channel).update_days
    detail = f"The customer has heard nothing from the bench for {days} days."
    attention.raise_for(project, UPDATE_DUE, detail)
    return 1
