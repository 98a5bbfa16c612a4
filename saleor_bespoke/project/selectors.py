"""Reads of the project, each scoped by who asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from saleor_bespoke import clock
from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound
from saleor_bespoke.project.access import Actor, token_digest, visible_to
from saleor_bespoke.project.models import Attention, BespokeProject


def project_visible(*, actor: Actor, pk: UUID | None) -> BespokeProject | None:
    """One project by id, or by the presented token alone; None for strangers and absent ones."""
    projects = visible_to(actor, BespokeProject.objects.all())
    if pk is not None:
        return projects.filter(pk=pk).first()
    if actor.token:
        return projects.filter(token_digest=token_digest(actor.token)).first()
    return None


def projects_visible(
    *,
    actor: Actor,
    stages: Sequence[str] | None = None,
    channels: Sequence[str] | None = None,
    attention: bool | None = None,
    late: bool | None = None,
    search: str | None = None,
    created_at: Mapping[str, datetime] | None = None,
) -> QuerySet[BespokeProject]:
    """The projects this caller may list, each with `due_at`, its next open promise's date."""
    open_promises = BespokeProject.objects.filter(pk=OuterRef("pk"), promises__ended_at=None)
    rows = visible_to(actor, BespokeProject.objects.all()).annotate(
        due_at=Subquery(open_promises.order_by("promises__due_at").values("promises__due_at")[:1])
    )
    if stages is not None:
        rows = rows.filter(stage__in=stages)
    if channels is not None:
        rows = rows.filter(channel__in=channels)
    if attention is not None and actor.manages_orders:
        noted = Attention.objects.filter(project=OuterRef("pk"), resolved_at=None)
        rows = rows.filter(Exists(noted) if attention else ~Exists(noted))
    if late is not None:
        over = Q(due_at__lt=clock.now())
        rows = rows.filter(over if late else ~over | Q(due_at=None))
    if search:
        rows = rows.filter(
            Q(number__icontains=search)
            | Q(title__icontains=search)
            | Q(contact_email__iexact=search)
        )
    for end, value in (created_at or {}).items():
        rows = rows.filter(**{f"created_at__{end}": value})
    return rows


def attention_visible(*, actor: Actor, reasons: Sequence[str] | None) -> QuerySet[Attention]:
    """The open reasons to look, of the projects this member of staff serves."""
    projects = visible_to(actor, BespokeProject.objects.all())
    rows = Attention.objects.filter(resolved_at=None, project__in=projects)
    return rows if reasons is None else rows.filter(reason__in=reasons)


def redo_check(project: BespokeProject) -> None:
    """Refuse another brief or offer for a piece made anew: what was agreed for the first binds.

    Only a redo has an accepted quote while it can still be briefed. Refusal: QUOTE_ACCEPTED.
    """
    if project.quotes.filter(status="ACCEPTED").exists():
        raise BespokeError(
            ErrorCode.QUOTE_ACCEPTED,
            "This piece is made anew as it was agreed; propose a change order once it has begun.",
        )


def specification_agreed(project: BespokeProject) -> dict[str, object]:
    """The specification that binds now: the last settled change order's, else the quote's.

    JSON as `craft.specification.Specification.to_json` writes it; NotFound before acceptance.
    """
    change = project.change_orders.filter(status="SETTLED").order_by("number").last()
    if change is not None:
        settled: dict[str, object] = change.specification
        return settled
    quoted: dict[str, object] = _accepted(project).specification
    return quoted


def resize_promised(project: BespokeProject) -> dict[str, Any]:
    """What the accepted quote says about resizing, whatever the channel promises by now.

    JSON as `steps.quoting.content.prospect_of` writes it; NotFound before acceptance.
    """
    promised: dict[str, Any] = _accepted(project).resize
    return promised


def _accepted(project: BespokeProject) -> Any:
    """The alternative that was accepted."""
    quote = project.quotes.filter(status="ACCEPTED").select_related("accepted_alternative").first()
    if quote is None or quote.accepted_alternative is None:
        raise NotFound("accepted quote", field=None)
    return quote.accepted_alternative
