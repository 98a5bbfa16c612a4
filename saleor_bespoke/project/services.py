"""Writes on the project itself: opening, locking, moving its stage, its guest token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from saleor_bespoke import clock
from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound
from saleor_bespoke.project import attention, journal
from saleor_bespoke.project.access import (
    Actor,
    ActorKind,
    check_command,
    parse_pk,
    token_digest,
    token_new,
)
from saleor_bespoke.project.journal import Event
from saleor_bespoke.project.models import Attention, BespokeProject
from saleor_bespoke.project.stages import Stage, further, move_exists
from saleor_bespoke.project.texts import block

LONGEST_RESOLUTION = 4000


@dataclass(frozen=True, kw_only=True)
class ProjectOpened(Event):
    title = "Commission opened"
    number: str


@dataclass(frozen=True, kw_only=True)
class StageMoved(Event):
    title = "Next step reached"
    source: str
    target: str


@dataclass(frozen=True, kw_only=True)
class GuestTokenRotated(Event):
    title = "Secret link renewed"
    version: int


@dataclass(frozen=True, kw_only=True)
class ProjectClaimed(Event):
    title = "Commission joined to an account"
    user: str


@dataclass(frozen=True, kw_only=True)
class ProjectClosed(Event):
    title = "Commission closed"


def project_number() -> str:
    """The next number a person can read over the telephone, e.g. `B-01042`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('saleor_bespoke_project_number')")
        return f"B-{cursor.fetchone()[0]:05d}"


def project_open(
    *, actor: Actor, token: str | None = None, **values: Any
) -> tuple[BespokeProject, str]:
    """Open a commission; answers it with its guest token, which is stored only as a digest."""
    token = token or token_new()
    now = clock.now()
    project = BespokeProject.objects.create(
        number=project_number(),
        owner_id=actor.user_pk,
        token_digest=token_digest(token),
        created_at=now,
        stage_since=now,
        **values,
    )
    if actor.kind is ActorKind.ANONYMOUS:
        actor = Actor(ActorKind.GUEST, ref=f"guest:{project.pk}")
    journal.record(project, ProjectOpened(number=project.number), actor=actor)
    return project, token


def lock_project(pk: str | UUID, *, actor: Actor, command: str) -> tuple[BespokeProject, Actor]:
    """Lock the project's row for this command, or refuse; the actor comes back as it acts.

    A stranger's project is answered like an absent one. Runs inside the caller's transaction.
    """
    project = BespokeProject.objects.select_for_update().filter(pk=parse_pk(pk)).first()
    if project is None:
        raise NotFound("project")
    return project, check_command(project, actor, command)


def lock_for_system(pk: UUID) -> BespokeProject:
    """Lock a project for a process of the shop's own (a handler, a sweeper, the host's word)."""
    return BespokeProject.objects.select_for_update().get(pk=pk)


def stage_move(project: BespokeProject, target: Stage, *, actor: Actor) -> None:
    """Move the locked project along the table of stages, with its timeline row."""
    source = Stage(project.stage)
    if not move_exists(source, target):
        raise BespokeError(
            ErrorCode.STAGE_FORBIDS,
            f"A commission cannot go from {source} to {target}.",
        )
    project.stage, project.stage_since = target, clock.now()
    project.furthest_stage = further(Stage(project.furthest_stage), target)
    project.save(update_fields=["stage", "stage_since", "furthest_stage"])
    journal.record(project, StageMoved(source=source, target=target), actor=actor)


@transaction.atomic
def attention_resolve(*, actor: Actor, attention_pk: str | UUID, resolution: str) -> Attention:
    """Staff answer an item of the attention list with what they did about it."""
    row = Attention.objects.filter(pk=parse_pk(attention_pk, "attention item")).first()
    if row is None:
        raise NotFound("attention item")
    try:
        project, actor = lock_project(row.project_id, actor=actor, command="attention_resolve")
    except NotFound:
        raise NotFound("attention item") from None
    resolution = block(resolution, "resolution", longest=LONGEST_RESOLUTION)
    row.refresh_from_db()
    if row.resolved_at is not None:
        raise BespokeError(ErrorCode.ALREADY_DONE, "This was resolved before.", field="id")
    attention.resolve(project, row.reason, resolution, actor=actor)
    row.refresh_from_db()
    return row


@transaction.atomic
def guest_token_rotate(*, actor: Actor, project_pk: str | UUID) -> tuple[BespokeProject, str]:
    """Replace the secret link; the old one and all file links made with it stop working."""
    project, actor = lock_project(project_pk, actor=actor, command="guest_token_rotate")
    token = token_new()
    project.token_digest = token_digest(token)
    project.token_version += 1
    project.save(update_fields=["token_digest", "token_version"])
    journal.record(project, GuestTokenRotated(version=project.token_version), actor=actor)
    return project, token


@transaction.atomic
def project_claim(*, actor: Actor, project_pk: str | UUID) -> BespokeProject:
    """Join a guest's project to the caller's account: the token proves it, never an e-mail."""
    project, _ = lock_project(project_pk, actor=actor, command="project_claim")
    if actor.user_pk is None:
        raise BespokeError(ErrorCode.REQUIRED, "Log in to join this commission to your account.")
    if project.owner_id == actor.user_pk:
        return project
    if project.owner_id is not None:
        raise BespokeError(ErrorCode.ALREADY_DONE, "This commission belongs to an account.")
    project.owner_id = actor.user_pk
    project.save(update_fields=["owner"])
    journal.record(project, ProjectClaimed(user=str(actor.user_pk)), actor=actor)
    return project


@transaction.atomic
def project_close(*, actor: Actor, project_pk: str | UUID) -> BespokeProject:
    """End active aftercare; lifetime care stays possible."""
    project, actor = lock_project(project_pk, actor=actor, command="project_close")
    stage_move(project, Stage.CLOSED, actor=actor)
    journal.record(project, ProjectClosed(), actor=actor)
    return project


def command_check(pk: str | UUID, *, actor: Actor, command: str) -> BespokeProject:
    """Refuse early, without a lock, what `lock_project` would refuse (before costly decoding)."""
    project = BespokeProject.objects.filter(pk=parse_pk(pk)).first()
    if project is None:
        raise NotFound("project")
    check_command(project, actor, command)
    return project
