"""A child row with its project locked, or an answer like an absent one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Model

from saleor_bespoke.errors import NotFound
from saleor_bespoke.project.access import Actor, parse_pk
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import command_check, lock_project


def lock_child(
    model: type[Model], pk: str | UUID, what: str, *, actor: Actor, command: str
) -> tuple[Any, BespokeProject, Actor]:
    """The row as it is once its project is locked for this command; strangers get NotFound."""
    manager = model._default_manager
    found: Any = manager.filter(pk=parse_pk(pk, what)).first()
    if found is None:
        raise NotFound(what)
    try:
        project, actor = lock_project(found.project_id, actor=actor, command=command)
    except NotFound:
        raise NotFound(what) from None
    return manager.get(pk=found.pk), project, actor


def child_check(
    model: type[Model], pk: str | UUID, what: str, *, actor: Actor, command: str
) -> BespokeProject:
    """Refuse early, without a lock, what `lock_child` would refuse; the project as it was."""
    found: Any = model._default_manager.filter(pk=parse_pk(pk, what)).first()
    if found is None:
        raise NotFound(what)
    try:
        return command_check(found.project_id, actor=actor, command=command)
    except NotFound:
        raise NotFound(what) from None
