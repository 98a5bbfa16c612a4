"""Reads of the project, each scoped by who asks."""

from __future__ import annotations

from uuid import UUID

from saleor_bespoke.project.access import Actor, token_digest, visible_to
from saleor_bespoke.project.models import BespokeProject


def project_visible(*, actor: Actor, pk: UUID | None) -> BespokeProject | None:
    """One project by id, or by the presented token alone; None for strangers and absent ones."""
    projects = visible_to(actor, BespokeProject.objects.all())
    if pk is not None:
        return projects.filter(pk=pk).first()
    if actor.token:
        return projects.filter(token_digest=token_digest(actor.token)).first()
    return None
