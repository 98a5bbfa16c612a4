"""What time ends: holds, offers, unfinished payments. Each sweep may run twice, anywhere."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Q

from saleor_bespoke import clock
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.flows.cases import PAYMENT_TIME
from saleor_bespoke.flows.provider import payment_caught_up
from saleor_bespoke.flows.stranded import hand_written_leave
from saleor_bespoke.flows.sweeping import each
from saleor_bespoke.flows.withdrawal import payable_end
from saleor_bespoke.money import gateway, stripe
from saleor_bespoke.money.minor_units import amount_text
from saleor_bespoke.money.models import Payable, Payment
from saleor_bespoke.project import attention
from saleor_bespoke.project.access import SYSTEM
from saleor_bespoke.project.models import Attention
from saleor_bespoke.project.services import lock_for_system
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.steps.cad.models import ChangeOrder
from saleor_bespoke.steps.cad.services import change_order_closed_mark
from saleor_bespoke.steps.quoting.services import quote_expired_mark

UNSTOPPABLE = "PAYMENT_UNSTOPPABLE"
#: After so many silent answers a sweep leaves the rest to the next one: others wait behind it.
SILENT_MAX = 3


def payments_stop() -> int:
    """Cancel at the provider what was begun and not finished in time; how many were ended.

    In no order, so that a payment the provider never answers for holds up no other for long.
    """
    now = clock.now()
    stale = Payment.objects.select_related("attempt__payable__project").filter(
        Q(created_at__lte=now - PAYMENT_TIME)
        | Q(attempt__payable__valid_until__lte=now)
        | ~Q(attempt__payable__status="OPEN"),
        status="OPEN",
    )
    silent: list[Payment] = []
    return each(stale.order_by("?"), lambda payment: _payment_stop(payment, silent))


def _payment_stop(payment: Payment, silent: list[Payment]) -> int:
    if len(silent) >= SILENT_MAX:
        return 0
    try:
        stopped = gateway.payment_stop(payment)
    except stripe.StripeUnavailable:
        silent.append(payment)
        return 0  # asked again at the next sweep; the hold lasts as long
    except stripe.StripeError as problem:
        _unstoppable_show(payment, problem)
        return 0
    _stoppable_note(payment)
    if not stopped:
        return payment_caught_up(payment)
    return Payment.objects.filter(pk=payment.pk, status="OPEN").update(
        status="CANCELLED", ended_at=clock.now()
    )


def _unstoppable_show(payment: Payment, problem: stripe.StripeError) -> None:
    with transaction.atomic():
        attention.raise_for(
            lock_for_system(payment.attempt.payable.project_id),
            UNSTOPPABLE,
            f"A payment of {amount_text(payment.amount, payment.currency)} could not be cancelled: "
            f"{problem.message}",
        )


def _stoppable_note(payment: Payment) -> None:
    """The provider answered again: nothing is left to look at."""
    project_pk = payment.attempt.payable.project_id
    if not Attention.objects.filter(
        project_id=project_pk, reason=UNSTOPPABLE, resolved_at=None
    ).exists():
        return
    with transaction.atomic():
        project = lock_for_system(project_pk)
        attention.resolve(project, UNSTOPPABLE, "The provider answered.", actor=SYSTEM)


def payables_expire() -> int:
    """End offers whose last day is over; one with money on the way waits for its end."""
    due = Payable.objects.filter(status="OPEN", valid_until__lte=clock.now())
    return each(due.values_list("pk", flat=True), _payable_expire)


def _payable_expire(pk: UUID) -> bool:
    with transaction.atomic():
        found = Payable.objects.get(pk=pk)
        project = lock_for_system(found.project_id)
        payable = Payable.objects.get(pk=pk)
        if payable.status != "OPEN":
            return False
        try:
            with transaction.atomic():
                hand_written_leave(project, payable)
                payable_end(project=project, payable=payable, outcome="EXPIRED", actor=SYSTEM)
        except BespokeError:
            return False  # money that is there, or on its way, is judged first: `flows.stranded`
        if payable.kind == "QUOTE" and project.stage == Stage.CHECKOUT:
            quote_expired_mark(quote=project.quotes.get(pk=payable.subject_pk))
        if payable.kind == "CHANGE_ORDER":
            change = project.change_orders.get(pk=payable.subject_pk)
            change_order_closed_mark(
                project=project, change=change, status="WITHDRAWN", actor=SYSTEM
            )
    return True


def changes_expire() -> int:
    """End changes nobody decided about in time, so that what was agreed can go on."""
    due = ChangeOrder.objects.filter(status="PROPOSED", valid_until__lte=clock.now())
    return each(due.values_list("pk", flat=True), _change_expire)


@transaction.atomic
def _change_expire(pk: UUID) -> bool:
    project = lock_for_system(ChangeOrder.objects.get(pk=pk).project_id)
    change = ChangeOrder.objects.get(pk=pk)
    if change.status != "PROPOSED":
        return False
    change_order_closed_mark(project=project, change=change, status="WITHDRAWN", actor=SYSTEM)
    return True
