"""Reference files and messages: what customer and workshop show and tell each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from saleor_bespoke import clock, conf
from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound
from saleor_bespoke.media.services import PreparedFile, file_attach, file_erase
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import Actor, parse_pk, roles_on
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import lock_project
from saleor_bespoke.project.stages import Role
from saleor_bespoke.steps.intake import rules
from saleor_bespoke.steps.intake.events import (
    InternalNoteWritten,
    MessageSent,
    ReferenceFileAdded,
    ReferenceFileRemoved,
)
from saleor_bespoke.steps.intake.models import Message, ReferenceFile

#: The same words from the same person within this time are one message, sent twice.
ECHO = timedelta(seconds=30)


@transaction.atomic
def reference_file_add(
    *, actor: Actor, project_pk: str | UUID, prepared: PreparedFile, caption: str = ""
) -> ReferenceFile:
    """Put a cleaned file into the first free place of the form; the same file is kept once."""
    project, actor = lock_project(project_pk, actor=actor, command="reference_file_add")
    caption = rules.text_line(caption, "caption", longest=rules.LONGEST_CAPTION, required=False)
    rows = list(ReferenceFile.objects.filter(project=project).select_related("file"))
    for row in rows:
        if row.file.sha256 == prepared.facts.sha256:
            return row
    most = min(conf.policy(project.channel).reference_files_max, rules.MOST_REFERENCE_FILES)
    place = rules.free_place({row.position for row in rows}, most=most)
    if place is None:
        raise BespokeError(
            ErrorCode.FILE_LIMIT_REACHED,
            f"A commission can have at most {most} reference files.",
            field="file",
        )
    file = file_attach(project=project, prepared=prepared, actor_ref=actor.ref, shared=True)
    row = ReferenceFile.objects.create(project=project, file=file, position=place, caption=caption)
    event = ReferenceFileAdded(reference=row.pk, file=file.pk, position=place, sha256=file.sha256)
    journal.record(project, event, actor=actor)
    return row


@transaction.atomic
def reference_file_remove(*, actor: Actor, reference_pk: str | UUID) -> BespokeProject:
    """Take a reference file back; its place is free again and its bytes are erased."""
    pk = parse_pk(reference_pk, "reference file")
    found = ReferenceFile.objects.filter(pk=pk).values_list("project_id", flat=True).first()
    if found is None:
        raise NotFound("reference file")
    try:
        project, actor = lock_project(found, actor=actor, command="reference_file_remove")
    except NotFound:
        raise NotFound("reference file") from None
    row = ReferenceFile.objects.filter(pk=pk).select_related("file").first()
    if row is None:
        raise NotFound("reference file")
    file, position = row.file, row.position
    row.delete()
    file_erase(file=file)
    journal.record(project, ReferenceFileRemoved(file=file.pk, position=position), actor=actor)
    return project


@transaction.atomic
def message_send(
    *,
    actor: Actor,
    project_pk: str | UUID,
    text: str = "",
    prepared: Sequence[PreparedFile] = (),
    internal: bool = False,
) -> Message:
    """Say something to the other side, or keep a note among the staff."""
    project, acting = lock_project(project_pk, actor=actor, command="message_send")
    if internal and Role.STAFF not in roles_on(project, actor):
        raise BespokeError(
            ErrorCode.INVALID, "Internal notes are for the workshop alone.", field="internal"
        )
    if len(prepared) > rules.MOST_ATTACHMENTS:
        raise BespokeError(
            ErrorCode.FILE_LIMIT_REACHED,
            f"A message carries at most {rules.MOST_ATTACHMENTS} files.",
            field="attachments",
        )
    text = rules.text_block(text, "text", longest=rules.LONGEST_MESSAGE, required=not prepared)
    echo = _echo(project, acting, text, prepared, internal)
    if echo is not None:
        return echo
    row = Message.objects.create(
        project=project,
        text=text,
        author_kind=acting.kind,
        author_ref=acting.ref,
        author_name=acting.name or project.contact_name,
        shared=not internal,
        at=clock.now(),
    )
    files = [
        file_attach(project=project, prepared=each, actor_ref=acting.ref, shared=not internal)
        for each in prepared
    ]
    row.files.set(files)
    kind = InternalNoteWritten if internal else MessageSent
    journal.record(
        project, kind(message=row.pk, files=tuple(file.pk for file in files)), actor=acting
    )
    return row


def _echo(
    project: BespokeProject,
    actor: Actor,
    text: str,
    prepared: Sequence[PreparedFile],
    internal: bool,
) -> Message | None:
    last = Message.objects.filter(project=project).order_by("at").last()
    if last is None or (last.author_kind, last.author_ref) != (actor.kind, actor.ref):
        return None
    if last.text != text or last.shared == internal or clock.now() - last.at > ECHO:
        return None
    digests = sorted(each.facts.sha256 for each in prepared)
    return last if digests == sorted(last.files.values_list("sha256", flat=True)) else None
