"""What leaving gives back: now, and after each click that changes it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from saleor_bespoke import conf
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.flows.cancelling import refund_at
from saleor_bespoke.money.minor_units import amount_text
from saleor_bespoke.money.models import Payable
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import DELIVERED, Stage
from saleor_bespoke.steps.cad import services as cad
from saleor_bespoke.steps.cad.models import CadApproval

#: The command whose click leads into a stage; of paying, which the host does, its name there.
CLICKS: Mapping[Stage, str] = {
    Stage.QUOTED: "quote_send",
    Stage.CHECKOUT: "quote_accept",
    Stage.DESIGN: "transaction_initialize",
    Stage.PRODUCTION: "production_start",
    Stage.QUALITY: "production_finish",
    Stage.SHIPPING: "quality_pass",
    Stage.AFTERCARE: "shipment_deliver",
}


@dataclass(frozen=True)
class Rung:
    """A stage still to come: the share and the sum that leaving gives back from its click on."""

    stage: Stage
    share: Decimal
    refund: Decimal
    click: str


def share_at(project: BespokeProject, stage: Stage) -> Decimal:
    """The part of what was paid that leaving at this stage gives back; none once delivered."""
    if stage in DELIVERED:
        return Decimal(0)
    return conf.policy(project.channel).refund_ladder[stage]


def rungs_ahead(project: BespokeProject, payables: Iterable[Payable]) -> list[Rung]:
    """The stages after the furthest that was reached, each with what leaving gives back then.

    Of what is paid now: before the piece is paid, only the shares tell.
    """
    if project.stage == Stage.CANCELLED:
        return []
    way = list(CLICKS)
    reached = Stage(project.furthest_stage)
    if reached == Stage.CLOSED:
        return []
    ahead = way[way.index(reached) + 1 :] if reached in way else way
    paid = [item for item in payables if item.status == "PAID"]
    return [
        Rung(
            stage,
            share_at(project, stage),
            Decimal(0) if stage in DELIVERED else refund_at(project, paid, stage),
            CLICKS[stage],
        )
        for stage in ahead
    ]


@transaction.atomic
def cad_revision_approve(
    *,
    actor: Actor,
    revision_pk: UUID,
    confirmed: Collection[str],
    returns_notice_version: str,
    expected_refund_after: Decimal | None = None,
) -> CadApproval:
    """The customer approves, knowing what leaving gives back once the bench has begun.

    Refusals: those of `steps.cad`, and REFUND_CHANGED if another sum than this was shown.
    """
    approval: CadApproval = cad.cad_revision_approve(
        actor=actor,
        revision_pk=revision_pk,
        confirmed=confirmed,
        returns_notice_version=returns_notice_version,
    )
    project = approval.revision.project
    if expected_refund_after is not None:
        paid = list(project.payables.filter(status="PAID"))
        after = refund_at(project, paid, Stage.PRODUCTION)
        if after != expected_refund_after:
            raise BespokeError(
                ErrorCode.REFUND_CHANGED,
                "Once the bench has begun, leaving gives back "
                f"{amount_text(after, project.currency)}.",
                field="expectedRefundAfter",
            )
    return approval


def now_share(project: BespokeProject) -> Decimal:
    """The part of what was paid that leaving gives back now."""
    return share_at(project, Stage(project.furthest_stage))
