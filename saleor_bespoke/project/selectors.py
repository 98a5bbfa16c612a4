"""Reads of the project, each scoped by who asks."""

from __future__ import annotations

from uuid import UUID

from saleor_bespoke.errors import NotFound
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


def specification_agreed(project: BespokeProject) -> dict[str, object]:
    """The specification that binds now: the last settled change order's, else the quote's.

    JSON as `craft.specification.Specification.to_json` writes it; NotFound before acceptance.
    """
    change = project.change_orders.filter(status="SETTLED").order_by("number").last()
    if change is not None:
        settled: dict[str, object] = change.specification
        return settled
    quote = project.quotes.filter(status="ACCEPTED").select_related("accepted_alternative").first()
    if quote is None:
        raise NotFound("accepted quote", field=None)
    quoted: dict[str, object] = quote.accepted_alternative.specification
    return quoted
