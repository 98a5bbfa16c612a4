"""Made → checked → out: between the bench, quality control and the parcel."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from django.db import transaction

from saleor_bespoke import conf
from saleor_bespoke.craft.promises import Modifier
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.flows.cancelling import ProjectCancelled
from saleor_bespoke.flows.leaving import payments_end
from saleor_bespoke.flows.withdrawal import live_payments, payable_end
from saleor_bespoke.project.access import SYSTEM, Actor
from saleor_bespoke.project.children import lock_child
from saleor_bespoke.project.deliveries import RetryLater, handles
from saleor_bespoke.project.models import BespokeProject, Delivery
from saleor_bespoke.project.services import lock_for_system, lock_project, stage_move
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.steps.production import services as production
from saleor_bespoke.steps.production.events import ProductionStarted
from saleor_bespoke.steps.production.rules import rework_modifier
from saleor_bespoke.steps.production.selectors import steps_latest
from saleor_bespoke.steps.quality import certificates
from saleor_bespoke.steps.quality import services as quality
from saleor_bespoke.steps.quality.models import QualityCheck
from saleor_bespoke.workshop.promises import promise_drop, promise_meet, promise_start

#: How long to wait before a sum is looked at again whose payment is under way.
PAYMENT_SECONDS = 600


@transaction.atomic
def production_finish(*, actor: Actor, project_pk: UUID) -> QualityCheck:
    """The piece is made: its promise is kept, and a round of quality control opens.

    Refusals: STEPS_UNFINISHED, MATERIAL_NOT_CONSUMED.
    """
    project, actor = lock_project(project_pk, actor=actor, command="production_finish")
    production.production_finished_mark(project=project, actor=actor)
    promise_meet(project=project, step="PRODUCTION")
    stage_move(project, Stage.QUALITY, actor=actor)
    check = quality.round_open(project=project, actor=actor)
    promise_start(project=project, step="QUALITY")
    return check


@transaction.atomic
def quality_pass(*, actor: Actor, check_pk: UUID) -> QualityCheck:
    """The piece is as ordered and goes to the parcel; the delivery's promise begins.

    Refusals: CHECK_NOT_OPEN, QUALITY_INCOMPLETE, SIZE_OUT_OF_TOLERANCE, CERTIFICATE_MISSING,
    CERTIFICATE_UNVERIFIED, CERTIFICATE_CONTRADICTS, HALLMARK_MISSING, EVIDENCE_MISSING.
    """
    check: QualityCheck
    check, project, actor = lock_child(
        QualityCheck, check_pk, "quality check", actor=actor, command="quality_pass"
    )
    quality.round_pass(project=project, check=check, actor=actor)
    promise_meet(project=project, step="QUALITY")
    stage_move(project, Stage.SHIPPING, actor=actor)
    promise_start(project=project, step="SHIPPING", modifiers=_transit(project))
    return check


@transaction.atomic
def quality_fail(*, actor: Actor, check_pk: UUID, reason: str, redo_from: str) -> QualityCheck:
    """The piece goes back to the bench, where this step and the later ones are done again.

    Refusals: CHECK_NOT_OPEN, REQUIRED (`reason`), NOT_FOUND (`redoFrom`).
    """
    check: QualityCheck
    check, project, actor = lock_child(
        QualityCheck, check_pk, "quality check", actor=actor, command="quality_fail"
    )
    quality.round_fail(
        project=project, check=check, reason=reason, redo_from=redo_from, actor=actor
    )
    again = production.work_redo(project=project, kind=redo_from, reason=reason, actor=actor)
    promise_drop(project=project, step="QUALITY")
    stage_move(project, Stage.PRODUCTION, actor=actor)
    rework = rework_modifier(
        again=len(again),
        altogether=len(steps_latest(project)),
        low_days=conf.policy(project.channel).production_business_days[0],
    )
    promise_start(project=project, step="PRODUCTION", modifiers=[rework])
    return check


@handles(ProductionStarted)
def tweak_sums_close(delivery: Delivery) -> None:
    """A round of tweaks that was ordered and not paid ends with the design: it is of no use now.

    Money that is on its way for it decides first; it goes back when it arrives.
    """
    project = delivery.event.project
    for payable in project.payables.filter(kind="TWEAK", status="OPEN"):
        try:
            payments_end(live_payments(project).filter(attempt__payable=payable))
            with transaction.atomic():
                locked = lock_for_system(project.pk)
                payable_end(project=locked, payable=payable, outcome="CANCELLED", actor=SYSTEM)
        except BespokeError as refusal:
            if refusal.code != ErrorCode.PAYMENT_IN_PROGRESS:
                raise
            raise RetryLater(PAYMENT_SECONDS) from None


def _transit(project: BespokeProject) -> list[Modifier]:
    """What the destination adds to the delivery, in business days."""
    policy = conf.policy(project.channel)
    country = project.quotes.get(status="ACCEPTED").destination_country
    abroad = 0 if country == policy.origin_country else policy.abroad_business_days
    days = policy.destination_business_days.get(country, abroad)
    if not days:
        return []
    return [
        Modifier("transit", f"The way from {policy.origin_country} to {country}.", Decimal(days))
    ]


@handles(ProjectCancelled)
def certificates_drop(delivery: Delivery) -> None:
    """Free the reports of a cancelled commission's stones, so that they can serve another."""
    with transaction.atomic():
        project = lock_for_system(delivery.event.project_id)
        certificates.certificates_drop(project=project)
