"""Paid → lock → start: what happens when the host says that an order was paid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from saleor_bespoke import clock, conf
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.flows.cases import charges_of
from saleor_bespoke.flows.releasing import release, release_unsettled
from saleor_bespoke.flows.returning import charges_note, money_return
from saleor_bespoke.money.events import PayablePaid
from saleor_bespoke.money.minor_units import amount_text
from saleor_bespoke.money.models import Attempt, Payable
from saleor_bespoke.money.payables import attempt_end, ledger_add, payable_lock
from saleor_bespoke.money.refunds import surplus_return
from saleor_bespoke.money.rules import paid_exactly
from saleor_bespoke.project import attention, journal
from saleor_bespoke.project.access import SYSTEM
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import lock_for_system, stage_move
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.shop.port import OrderState, answers, shop
from saleor_bespoke.steps.aftercare import services as aftercare
from saleor_bespoke.steps.cad import services as cad
from saleor_bespoke.workshop.materials import holdings_lock
from saleor_bespoke.workshop.promises import promise_start
from saleor_bespoke.workshop.slots import skills_needed, slot_book


@answers("order_paid")
def order_paid(*, order_id: str) -> None:
    """An order of ours was paid, or may have been: settle it once, or give the money back."""
    order = shop().order(order_id)
    if order is None:
        return
    attempts = Attempt.objects.select_related("payable")
    attempt = attempts.filter(checkout_id=order.checkout_id).first()
    if attempt is None:
        return
    payable_settle(attempt, order)


def payable_settle(attempt: Attempt, order: OrderState) -> Payable:
    """Settle the attempt's payable by this order, in one transaction with all that starts."""
    with transaction.atomic():
        project = lock_for_system(attempt.payable.project_id)
        payable = payable_lock(attempt.payable_id)
        attempt = Attempt.objects.get(pk=attempt.pk)
        attempt.payable = payable
        if payable.order_id is not None:
            _surplus_show(project, payable, attempt, order)
            return payable
        if any(charge.loose for charge in charges_of(payable, order.transactions)):
            _unproven_show(project, order)
            return payable
        if not order.charged and not order.refunded:
            if not any(item.pending for item in order.transactions):
                _unproven_show(project, order)
            return payable
        cause = _obstacle(payable, attempt, order)
        if cause is None:
            try:
                with transaction.atomic(), journal.together(project):
                    _start(project, payable, attempt, order)
                return payable
            except BespokeError as problem:
                cause = problem.code.value
                for row in (project, payable, attempt):
                    row.refresh_from_db()  # what was begun was rolled back
        money_return(project, payable, attempt, order, cause)
        return payable


def _obstacle(payable: Payable, attempt: Attempt, order: OrderState) -> str | None:
    if payable.status != "OPEN":
        return "OFFER_ENDED"
    if attempt.locked_total is None or order.currency != payable.currency:
        return "PAYMENT_NOT_EXACT"
    if order.total != attempt.locked_total:
        return "PAYMENT_NOT_EXACT"
    proof = charges_of(payable, order.transactions)
    if attempt.outcome == "RELEASED" or not paid_exactly(
        proof, attempt.locked_total, payable.currency
    ):
        return "PAYMENT_NOT_EXACT"
    if order.status == "CANCELED":
        return "ORDER_CANCELLED"
    return None


#: What a settlement writes to its payable.
SETTLED = ("status", "paid_at", "locked_total", "charged", "order_id", "order_number")


def _start(project: BespokeProject, payable: Payable, attempt: Attempt, order: OrderState) -> None:
    now = clock.now()
    payable.status, payable.paid_at = "PAID", now
    payable.locked_total = payable.charged = order.total
    payable.order_id, payable.order_number = order.order_id, order.number
    payable.save(update_fields=SETTLED)
    attempt_end(attempt, "PAID")
    charges_note(payable, attempt, order)
    waiting = ("MONEY_ON_CHECKOUT", "PAID_WITHOUT_ORDER")
    attention.resolve_all(project, waiting, "The order was made.", actor=SYSTEM)
    event = PayablePaid(
        payable=payable.pk,
        kind=payable.kind,
        subject=payable.subject_pk,
        amount=order.total,
        currency=order.currency,
        order=order.number,
    )
    journal.record(project, event, actor=SYSTEM)
    SETTLEMENTS[payable.kind](project=project, payable=payable)


def _quote_settle(*, project: BespokeProject, payable: Payable) -> None:
    """Design begins, holds become locks, a place in the workshop is booked.

    What commissions compete for comes last, so that it is locked for the shortest time.
    """
    skills = skills_needed(project)
    _old_gold_note(project, payable)
    stage_move(project, Stage.DESIGN, actor=SYSTEM)
    promise_start(project=project, step="CAD")
    journal.write(project)
    holdings_lock(project=project, payable_pk=payable.pk)
    policy = conf.policy(project.channel)
    design_days = timedelta(hours=policy.cad_hours[1])
    slot_book(project=project, not_before=(clock.now() + design_days).date(), skills=skills)


def _old_gold_note(project: BespokeProject, payable: Payable) -> None:
    """The customer's old metal is taken in payment, as the accepted offer subtracts it."""
    lines = project.quotes.filter(pk=payable.subject_pk).values_list(
        "accepted_alternative__lines__amount", flat=True
    )
    claimed = Counter(
        -amount for amount in lines.filter(accepted_alternative__lines__kind="CREDIT")
    )
    if not claimed:
        return
    brought = project.brought_materials.filter(status="CREDITED", currency=payable.currency)
    for pk, credit in brought.order_by("pk").values_list("pk", "credit"):
        if credit is not None and claimed[credit]:
            claimed[credit] -= 1
            ledger_add(payable, "OLD_GOLD_CREDIT", credit, str(pk))


def _change_order_settle(*, project: BespokeProject, payable: Payable) -> None:
    cad.change_order_settle(project=project, payable=payable)


def _tweak_settle(*, project: BespokeProject, payable: Payable) -> None:
    if project.stage != Stage.DESIGN:
        raise BespokeError(ErrorCode.STAGE_FORBIDS, "The design is not open to tweaks any more.")
    cad.tweak_settle(project=project, payable=payable)


def _resize_settle(*, project: BespokeProject, payable: Payable) -> None:
    aftercare.resize_settle(project=project, payable=payable)


def _extra_settle(*, project: BespokeProject, payable: Payable) -> None:
    aftercare.extra_service_settle(project=project, payable=payable)


SETTLEMENTS: dict[str, Callable[..., Any]] = {
    "QUOTE": _quote_settle,
    "CHANGE_ORDER": _change_order_settle,
    "TWEAK": _tweak_settle,
    "RESIZE": _resize_settle,
    "EXTRA": _extra_settle,
}


def _unproven_show(project: BespokeProject, order: OrderState) -> None:
    """Put an order before staff that is said to be paid, and nothing proves it."""
    if order.status == "CANCELED":
        return
    attention.raise_for(
        project,
        "MARKED_AS_PAID",
        f"Order {order.number} stands in the shop without a charge that is proven: marked as paid "
        "by hand, perhaps. That starts nothing. Cancel it; a bank transfer is recorded here, for "
        "the checkout of the sum.",
    )


def _surplus_show(
    project: BespokeProject, payable: Payable, attempt: Attempt, order: OrderState
) -> None:
    """Send money back that came for a sum which was settled already, and put it before staff.

    What somebody wrote down by hand may be no money at all: that is for staff alone.
    """
    taken = order.charged + order.refunded
    loose = sum(
        (item.charged for item in charges_of(payable, order.transactions) if item.loose), Decimal(0)
    )
    if payable.order_id != order.order_id:
        reason, surplus, proven = "SECOND_ORDER", taken, taken - loose - order.refunded
    else:
        reason, surplus = "OVERPAID", taken - payable.charged
        proven = surplus - loose
    if surplus <= 0:
        return
    charges_note(payable, attempt, order)
    back = "They go back." if proven > 0 else "Send them back if they are money."
    attention.raise_for(
        project,
        reason,
        f"{amount_text(surplus, order.currency)} more than agreed came by "
        f"order {order.number}; order {payable.order_number} had settled the sum. {back}",
    )
    if proven <= 0:
        return
    if reason == "OVERPAID":
        surplus_return(project=project, payable=payable, amount=proven)
    elif not release_unsettled(attempt):
        release(project, payable, attempt, order.transactions, cause=reason)
