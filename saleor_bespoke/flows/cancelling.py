"""Cancel → refund → release: leaving a commission, with the refund its ladder allows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from saleor_bespoke import clock, conf
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.flows.withdrawal import open_payables_end
from saleor_bespoke.money.minor_units import quantum
from saleor_bespoke.money.models import Payable
from saleor_bespoke.money.refunds import refund_request
from saleor_bespoke.money.rules import refundable
from saleor_bespoke.project import attention, journal
from saleor_bespoke.project.access import Actor, roles_on
from saleor_bespoke.project.deliveries import handles
from saleor_bespoke.project.journal import Event
from saleor_bespoke.project.models import BespokeProject, Delivery
from saleor_bespoke.project.services import lock_for_system, lock_project, stage_move
from saleor_bespoke.project.stages import COMMANDS, Role, Stage
from saleor_bespoke.shop.port import Outcome, shop
from saleor_bespoke.steps.cad.services import change_order_closed_mark
from saleor_bespoke.workshop import promise_rules
from saleor_bespoke.workshop.materials import holdings_release
from saleor_bespoke.workshop.models import Promise, PromiseMove
from saleor_bespoke.workshop.promises import promise_drop
from saleor_bespoke.workshop.slots import slot_release

#: Reasons that lie with the workshop: everything goes back, whatever the stage.
SHOP_REASONS = frozenset({"UNABLE_TO_DELIVER", "DELAY_REFUSED"})
REASONS = SHOP_REASONS | {"CUSTOMER_WISH", "NO_ANSWER", "OTHER"}


@dataclass(frozen=True, kw_only=True)
class ProjectCancelled(Event):
    """`share` is the part of what was captured that this reason and stage give back."""

    title = "Commission cancelled"
    reason: str
    share: Decimal
    refund: Decimal
    currency: str


@dataclass(frozen=True)
class Terms:
    """What a cancellation gives back now."""

    refund: Decimal
    paid: Decimal
    currency: str


def _back(project: BespokeProject, payable: Payable, *, whole: bool) -> Decimal:
    """What goes back of a paid sum: all that is left, or the ladder's part for how far it came."""
    reached = Stage(project.furthest_stage)
    return _part(payable, reached, {reached: _share(project, whole=whole)})


def _share(project: BespokeProject, *, whole: bool) -> Decimal:
    ladder = conf.policy(project.channel).refund_ladder
    return Decimal(1) if whole else ladder.get(project.furthest_stage, Decimal(0))


def _part(payable: Payable, stage: Stage, ladder: Mapping[str, Decimal]) -> Decimal:
    return refundable(
        stage,
        payable.charged - payable.reduced,
        payable.refund_committed - payable.reduced,
        ladder,
        quantum(payable.currency),
    )


def refund_at(project: BespokeProject, paid: Iterable[Payable], stage: Stage) -> Decimal:
    """What leaving by the customer's wish gives back of these paid sums once it came so far."""
    ladder = conf.policy(project.channel).refund_ladder
    return sum((_part(item, stage, ladder) for item in paid), Decimal(0))


def cancellable(project: BespokeProject) -> bool:
    """Whether a commission in this stage can still be left."""
    return Stage(project.stage) in COMMANDS["project_cancel"].stages


def terms_of(
    project: BespokeProject, payables: Iterable[Payable], *, reason: str = "CUSTOMER_WISH"
) -> Terms:
    """What cancelling would give back, shown before anybody clicks."""
    paid = [item for item in payables if item.status == "PAID"]
    whole = reason in SHOP_REASONS
    return Terms(
        refund=sum((_back(project, item, whole=whole) for item in paid), Decimal(0)),
        paid=sum((item.charged - item.refund_committed for item in paid), Decimal(0)),
        currency=project.currency,
    )


def reason_check(project: BespokeProject, actor: Actor, reason: str) -> None:
    """Refuse a reason that is not known, or not for this caller to give.

    The customer refuses a delay where a promise shows one and the piece has not left.
    """
    if reason not in REASONS:
        raise BespokeError(ErrorCode.INVALID, "This is not a known reason.", field="reason")
    if reason not in SHOP_REASONS or Role.STAFF in roles_on(project, actor):
        return
    if reason == "UNABLE_TO_DELIVER":
        raise BespokeError(
            ErrorCode.PERMISSION_DENIED, "Only the workshop can give this reason.", field="reason"
        )
    promises = project.promises.filter(ended_at=None).prefetch_related("moves")
    sent = project.shipments.filter(purpose="ORDER").exclude(status="PACKED").exists()
    if sent or not any(delay_shown(promise, promise.moves.all()) for promise in promises):
        raise BespokeError(
            ErrorCode.PERMISSION_DENIED,
            "The piece has left the workshop."
            if sent
            else "No promised date shows a delay of the workshop's.",
            field="reason",
        )


def delay_shown(promise: Promise, moves: Iterable[PromiseMove]) -> bool:
    """Whether this open promise shows a delay that the customer may refuse."""
    return promise_rules.delayed(
        step=promise.step,
        due=promise.due_at,
        running=promise.paused_at is None,
        now=clock.now(),
        shifts=[(move.cause, move.new_due_at - move.old_due_at) for move in moves],
        modifiers=[row["code"] for row in promise.trace.get("modifiers", [])],
    )


@transaction.atomic
def project_cancel(
    *, actor: Actor, project_pk: Any, reason: str, expected_refund: Decimal
) -> BespokeProject:
    """Cancel: the refund must be the one that was shown; materials and place become free."""
    project, acting = lock_project(project_pk, actor=actor, command="project_cancel")
    reason_check(project, actor, reason)
    actor = acting
    payables = list(project.payables.all())
    terms = terms_of(project, payables, reason=reason)
    if expected_refund != terms.refund:
        raise BespokeError(
            ErrorCode.REFUND_CHANGED,
            f"Cancelling now gives back {terms.refund} {terms.currency}.",
            field="expectedRefund",
        )
    open_payables_end(project=project, actor=actor)
    for payable in payables:
        if payable.status != "PAID":
            continue
        amount = _back(project, payable, whole=reason in SHOP_REASONS)
        if amount > 0:
            refund_request(
                project=project, payable=payable, amount=amount, cause=reason, actor=actor
            )
    holdings_release(project=project)
    slot_release(project=project)
    for promise in project.promises.filter(ended_at=None):
        promise_drop(project=project, step=promise.step)
    project.quotes.filter(status="SENT").update(status="WITHDRAWN", closed_at=clock.now())
    for change in project.change_orders.filter(status__in=("PROPOSED", "ACCEPTED")):
        change_order_closed_mark(project=project, change=change, status="WITHDRAWN", actor=actor)
    project.cancel_reason = reason
    project.save(update_fields=["cancel_reason"])
    stage_move(project, Stage.CANCELLED, actor=actor)
    event = ProjectCancelled(
        reason=reason,
        share=_share(project, whole=reason in SHOP_REASONS),
        refund=terms.refund,
        currency=terms.currency,
    )
    journal.record(project, event, actor=actor)
    return project


@handles(ProjectCancelled)
def host_orders_cancel(delivery: Delivery) -> None:
    """Cancel the host's orders of a cancelled commission; one it has cancelled stays so.

    One that the host does not let go, because a parcel of it was recorded there, is for staff.
    """
    for payable in delivery.event.project.payables.filter(status="PAID"):
        effect = shop().order_cancel(order_id=str(payable.order_id), key=str(payable.pk))
        if effect.outcome is Outcome.FAILED:
            with transaction.atomic():
                attention.raise_for(
                    lock_for_system(payable.project_id),
                    "ORDER_NOT_CANCELLED",
                    f"Order {payable.order_number} stands in the shop: {effect.reason}",
                )
