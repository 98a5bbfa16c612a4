"""What the customer lets the house do with the design, and the archive copy it allows."""

from __future__ import annotations

import hashlib
from typing import Final
from uuid import UUID

from django.db import transaction

from saleor_bespoke import clock, conf
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.project import attention, journal
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import lock_project
from saleor_bespoke.project.texts import line
from saleor_bespoke.steps.cad.events import (
    ArchiveCopyRecorded,
    DesignPermissionGranted,
    DesignPermissionRevoked,
)
from saleor_bespoke.steps.cad.report_models import ArchiveCopy, DesignPermission

KINDS: Final = ("ARCHIVE_COPY", "PHOTOGRAPHS")


def permission_text(channel: str, kind: str) -> conf.Text:
    """What the customer agrees to."""
    policy = conf.policy(channel)
    return policy.archive_permission if kind == "ARCHIVE_COPY" else policy.photographs_permission


def permission_in_force(project: BespokeProject, kind: str) -> DesignPermission | None:
    """The permission that was given and not taken back."""
    found: DesignPermission | None = project.permissions.filter(kind=kind, revoked_at=None).first()
    return found


@transaction.atomic
def design_permission_grant(
    *, actor: Actor, project_pk: UUID, kind: str, version: str
) -> DesignPermission:
    """The customer agrees to the text of this version; twice is once."""
    project, actor = lock_project(project_pk, actor=actor, command="design_permission_grant")
    text = permission_text(project.channel, kind)
    if version != text.version:
        raise BespokeError(
            ErrorCode.NOTICE_OUTDATED, "Read the text in its present version.", field="version"
        )
    given = permission_in_force(project, kind)
    if given is not None:
        raise BespokeError(ErrorCode.ALREADY_DONE, "This permission is given already.")
    row = DesignPermission.objects.create(
        project=project,
        kind=kind,
        version=text.version,
        text_hash=hashlib.sha256(text.body.encode()).hexdigest(),
        granted_at=clock.now(),
        actor_kind=actor.kind,
        actor_ref=actor.ref,
    )
    event = DesignPermissionGranted(kind=kind, version=row.version, sha256=row.text_hash)
    journal.record(project, event, actor=actor)
    return row


@transaction.atomic
def design_permission_revoke(*, actor: Actor, project_pk: UUID, kind: str) -> DesignPermission:
    """The customer takes a permission back; staff are told of an archive copy to destroy."""
    project, actor = lock_project(project_pk, actor=actor, command="design_permission_revoke")
    given = permission_in_force(project, kind)
    if given is None:
        raise BespokeError(ErrorCode.PERMISSION_MISSING, "This permission is not given.")
    given.revoked_at = clock.now()
    given.save(update_fields=["revoked_at"])
    journal.record(project, DesignPermissionRevoked(kind=kind), actor=actor)
    if given.copies.exists():
        attention.raise_for(
            project,
            "ARCHIVE_COPY_REVOKED",
            "The customer took the permission for the archive copy back: destroy it.",
        )
    return given


@transaction.atomic
def archive_copy_record(*, actor: Actor, project_pk: UUID, metal: str, kept_at: str) -> ArchiveCopy:
    """Staff keep a copy in base metal of what was approved, as far as the customer allows it."""
    project, actor = lock_project(project_pk, actor=actor, command="archive_copy_record")
    permission = permission_in_force(project, "ARCHIVE_COPY")
    if permission is None:
        raise BespokeError(
            ErrorCode.PERMISSION_MISSING, "The customer has not allowed an archive copy."
        )
    revision = project.revisions.filter(status="APPROVED").first()
    if revision is None:
        raise BespokeError(ErrorCode.APPROVAL_MISSING, "No design is approved.")
    copy = ArchiveCopy.objects.create(
        project=project,
        revision=revision,
        permission=permission,
        metal=metal,
        kept_at=line(kept_at, "keptAt", longest=256),
        made_by=actor.ref,
        made_at=clock.now(),
    )
    event = ArchiveCopyRecorded(copy=copy.pk, revision=revision.pk, metal=metal)
    journal.record(project, event, actor=actor)
    return copy
