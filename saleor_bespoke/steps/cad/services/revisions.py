"""Revisions: drafted, and published once nothing is missing, open or undecided."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from saleor_bespoke import clock, conf
from saleor_bespoke.craft.specification import Specification, canonical_hash
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.children import lock_child
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.selectors import specification_agreed
from saleor_bespoke.project.services import lock_project
from saleor_bespoke.project.texts import block
from saleor_bespoke.steps.cad import rules
from saleor_bespoke.steps.cad.events import CadRevisionDrafted, CadRevisionPublished
from saleor_bespoke.steps.cad.models import CadPin, CadRevision
from saleor_bespoke.steps.cad.services import carrying, decisions, marks, reports
from saleor_bespoke.workshop.promises import promise_meet

LONGEST = 4000


@transaction.atomic
def cad_revision_draft(
    *,
    actor: Actor,
    project_pk: UUID,
    specification: Mapping[str, object] | None = None,
    note: str = "",
) -> CadRevision:
    """Begin the next revision; without a specification it shows the one that was agreed."""
    project, actor = lock_project(project_pk, actor=actor, command="cad_revision_draft")
    if project.revisions.filter(status__in=("DRAFT", "PUBLISHED", "APPROVED")).exists():
        raise BespokeError(
            ErrorCode.REVISION_OPEN, "A revision is being drafted, reviewed, or approved already."
        )
    note = block(note, "note", longest=LONGEST, required=False)
    agreed = specification_agreed(project)
    wished = dict(specification) if specification is not None else agreed
    rules.tweak_check(agreed, wished)
    spec = Specification.from_json(wished)
    last = project.revisions.order_by("number").last()
    revision = CadRevision.objects.create(
        project=project,
        number=last.number + 1 if last else 1,
        status="DRAFT",
        specification=spec.to_json(),
        specification_hash=canonical_hash(spec),
        note=note,
        drafted_at=clock.now(),
    )
    event = CadRevisionDrafted(revision=revision.pk, number=revision.number)
    journal.record(project, event, actor=actor)
    return revision


def draft_only(revision: CadRevision) -> None:
    """Refuse to change what the customer has seen."""
    if revision.status != "DRAFT":
        raise BespokeError(
            ErrorCode.REVISION_NOT_DRAFT, "Only a draft can be changed; publish a new revision."
        )


def cad_revision_publish(*, actor: Actor, revision_pk: UUID) -> CadRevision:
    """Show a draft to the customer; the promised date is kept by it.

    All required views are there, the customer's earlier remarks answered, its meshes measured and
    fit to be cast, and what was found besides decided by somebody. Pictures that nobody has looked
    at yet are, before anything is locked.
    """
    examined = reports.pictures_examined(actor, revision_pk, command="cad_revision_publish")
    return _published(actor, revision_pk, examined)


@transaction.atomic
def _published(actor: Actor, revision_pk: UUID, examined: list[reports.Examined]) -> CadRevision:
    revision: CadRevision
    revision, project, actor = lock_child(
        CadRevision, revision_pk, "revision", actor=actor, command="cad_revision_publish"
    )
    draft_only(revision)
    revision.project = project
    rules.tweak_check(specification_agreed(project), revision.specification)
    _views_check(revision)
    _remarks_check(project)
    reports.examined_keep(project, examined)
    decisions.publish_check(revision)
    project.revisions.filter(status="TWEAK_REQUESTED").update(status="SUPERSEDED")
    carrying.pins_carry(project, revision, actor=actor)
    revision.status, revision.published_at = "PUBLISHED", clock.now()
    revision.save(update_fields=["status", "published_at"])
    marks.marks_show(revision)
    event = CadRevisionPublished(
        revision=revision.pk,
        number=revision.number,
        specification=revision.specification_hash,
    )
    journal.record(project, event, actor=actor)
    for step in ("CAD", "TWEAK"):
        if project.promises.filter(step=step, ended_at=None).exists():
            promise_meet(project=project, step=step)
    return revision


def _views_check(revision: CadRevision) -> None:
    missing = rules.views_missing(
        conf.policy(revision.project.channel).required_views,
        set(revision.views.values_list("view", flat=True)),
        measured=revision.views.filter(view="MESH", report__state="DONE").exists(),
    )
    if missing:
        raise BespokeError(
            ErrorCode.VIEWS_MISSING, f"These views are missing: {', '.join(missing)}."
        )


def _remarks_check(project: BespokeProject) -> None:
    """A round is answered by the next revision and by an answer to every remark of the last."""
    waiting = CadPin.objects.filter(revision__project=project, answered_at=None).count()
    if waiting:
        raise BespokeError(
            ErrorCode.PINS_OPEN, f"Answer the customer's open remarks first: {waiting} of them."
        )
