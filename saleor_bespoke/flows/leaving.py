"""Leaving with a payment under way: it is stopped at the provider before anything is decided."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from saleor_bespoke import clock
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.flows.cancelling import project_cancel, reason_check, terms_of
from saleor_bespoke.flows.withdrawal import live_payments
from saleor_bespoke.money import gateway, stripe
from saleor_bespoke.money.models import Attempt, Payment
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import command_check
from saleor_bespoke.shop.port import shop

TAKEN = "A payment is in progress; try again when it ended."


def payments_end(payments: Iterable[Payment]) -> None:
    """Stop these payments outside a transaction; if one has taken money, none is stopped."""
    payments = list(payments)
    if any(payment.status != "OPEN" for payment in payments):
        raise BespokeError(ErrorCode.PAYMENT_IN_PROGRESS, TAKEN)
    for payment in payments:
        try:
            stopped = gateway.payment_stop(payment)
        except stripe.StripeError:
            stopped = False
        if not stopped:
            raise BespokeError(ErrorCode.PAYMENT_IN_PROGRESS, TAKEN)
        Payment.objects.filter(pk=payment.pk, status="OPEN").update(
            status="CANCELLED", ended_at=clock.now()
        )


def _money_check(project: BespokeProject) -> None:
    """Refuse before any payment is stopped what would be refused after it."""
    live = Attempt.objects.filter(payable__project=project, payable__status="OPEN", state="LIVE")
    standing = shop().transactions_of(list(live.values_list("checkout_id", flat=True)))
    if any(item.charged or item.authorized for items in standing.values() for item in items):
        raise BespokeError(
            ErrorCode.PAYMENT_IN_PROGRESS, "Money is on the checkout of an open offer."
        )


def project_leave(
    *, actor: Actor, project_pk: UUID, reason: str, expected_refund: Decimal
) -> BespokeProject:
    """Cancel a commission, ending at the provider what was begun there."""
    project = command_check(project_pk, actor=actor, command="project_cancel")
    reason_check(project, actor, reason)
    if terms_of(project, project.payables.all(), reason=reason).refund == expected_refund:
        _money_check(project)
        payments_end(live_payments(project))
    return project_cancel(
        actor=actor, project_pk=project_pk, reason=reason, expected_refund=expected_refund
    )
