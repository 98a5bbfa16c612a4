"""The list of what staff must look at: raised once a reason, resolved with a sentence."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from saleor_bespoke import clock
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import SYSTEM, Actor
from saleor_bespoke.project.journal import Event
from saleor_bespoke.project.models import Attention, BespokeProject


@dataclass(frozen=True, kw_only=True)
class AttentionRaised(Event):
    title = "Needs attention"
    shared = False
    reason: str
    attention: UUID


@dataclass(frozen=True, kw_only=True)
class AttentionResolved(Event):
    title = "Attention resolved"
    shared = False
    reason: str
    attention: UUID


def raise_for(project: BespokeProject, reason: str, detail: str) -> Attention:
    """Put the locked project on the list; a reason already open keeps its first date.

    What is new about an open reason is added to its detail: two sums out of place are both named.
    """
    found = Attention.objects.filter(project=project, reason=reason, resolved_at=None).first()
    if found:
        if detail not in found.detail.split("\n"):
            found.detail = f"{found.detail}\n{detail}"
            found.save(update_fields=["detail"])
        return found
    row = Attention.objects.create(
        project=project, reason=reason, detail=detail, raised_at=clock.now()
    )
    journal.record(project, AttentionRaised(reason=reason, attention=row.pk), actor=SYSTEM)
    return row


def resolve(project: BespokeProject, reason: str, resolution: str, *, actor: Actor) -> None:
    """Take a reason off the locked project's list, if it is open."""
    resolve_all(project, (reason,), resolution, actor=actor)


def resolve_all(
    project: BespokeProject, reasons: Collection[str], resolution: str, *, actor: Actor
) -> None:
    """Take those of these reasons that are open off the locked project's list."""
    for row in Attention.objects.filter(project=project, reason__in=reasons, resolved_at=None):
        row.resolved_at, row.resolved_by, row.resolution = (
            clock.now(),
            actor.ref,
            resolution,
        )
        row.save(update_fields=["resolved_at", "resolved_by", "resolution"])
        event = AttentionResolved(reason=row.reason, attention=row.pk)
        journal.record(project, event, actor=actor)
