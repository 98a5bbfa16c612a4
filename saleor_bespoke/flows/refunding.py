"""A refund that is owed is sent through the host, after commit, under its own key."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from saleor_bespoke import clock
from saleor_bespoke.money import host_refunds, stripe
from saleor_bespoke.money.events import RefundRequested
from saleor_bespoke.money.minor_units import amount_text
from saleor_bespoke.money.models import Payable, Refund
from saleor_bespoke.money.payables import payable_lock
from saleor_bespoke.money.refunds import refund_fail, refund_pending, refund_settle
from saleor_bespoke.project import attention
from saleor_bespoke.project.deliveries import RetryLater, handles
from saleor_bespoke.project.models import Delivery
from saleor_bespoke.project.services import lock_for_system
from saleor_bespoke.shop.port import Outcome, answers, shop

#: How long to wait before asking a provider again that did not answer.
PROVIDER_SECONDS = 60
#: How often a gateway is asked how a refund went that it has not decided, and until when.
PENDING_SECONDS = 600
PENDING_TIME = timedelta(days=30)


@handles(RefundRequested, first=True)
def refund_send(delivery: Delivery) -> None:
    """Ask the host to send the money back; repeated, it asks how the same refund went.

    Only our own provider reports to us: what another gateway decided later is found by asking.
    """
    refund = Refund.objects.select_related("payable").get(pk=UUID(delivery.event.payload["refund"]))
    if refund.status not in ("REQUESTED", "PENDING"):
        return
    payable = refund.payable
    attempt = payable.attempts.order_by("opened_at").last()
    try:
        effect = shop().refund(
            order_id=payable.order_id or "",
            checkout_id=attempt.checkout_id if attempt else "",
            amount=refund.amount,
            currency=refund.currency,
            key=str(refund.pk),
        )
    except stripe.StripeUnavailable:
        waiting_show(delivery, refund.amount, refund.currency)
        raise RetryLater(PROVIDER_SECONDS) from None
    with transaction.atomic():
        project = lock_for_system(payable.project_id)
        if effect.outcome is Outcome.SUCCEEDED:
            refund_settle(project, refund.pk, effect.reference)
        elif effect.outcome is Outcome.PENDING:
            refund_pending(refund.pk, effect.reference)
        else:
            refund_fail(project, refund.pk, effect.reason, effect.reference)
    if effect.outcome is Outcome.FAILED and payable.order_id:
        order_refunded(order_id=payable.order_id)  # what staff gave back meanwhile is none of ours
    if effect.outcome is Outcome.PENDING:
        decision_await(delivery, refund.amount, refund.currency)


def decision_await(delivery: Delivery, amount: Decimal, currency: str) -> None:
    """Ask again later how money that goes back stands; what is never decided is for staff."""
    if clock.now() < delivery.event.at + PENDING_TIME:
        raise RetryLater(PENDING_SECONDS)
    waiting_show(delivery, amount, currency)


def waiting_show(delivery: Delivery, amount: Decimal, currency: str) -> None:
    """Put money before staff that is owed back while no gateway answers."""
    with transaction.atomic():
        attention.raise_for(
            lock_for_system(delivery.event.project_id),
            "REFUND_WAITING",
            f"{amount_text(amount, currency)} wait for the payment provider to answer again.",
        )


@answers("order_refunded")
def order_refunded(*, order_id: str) -> None:
    """The host says that money went back: what we did not ask for goes into the ledger."""
    payable = Payable.objects.filter(order_id=order_id).first()
    if payable is None:
        return
    with transaction.atomic():
        project = lock_for_system(payable.project_id)
        payable = payable_lock(payable.pk)
        order = shop().order(order_id)  # under the lock: what we know of refunds stands still
        surplus = host_refunds.note(payable, order) if order else Decimal(0)
        if not surplus:
            return
        attention.raise_for(
            project,
            "REFUNDED_IN_HOST",
            f"{amount_text(surplus, payable.currency)} were sent back in the shop, "
            "not by this commission.",
        )
