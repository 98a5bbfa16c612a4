"""Ending what is payable but unpaid: first at the provider, then here."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.money.models import Payable, Payment
from saleor_bespoke.money.payables import attempt_end, attempt_live, payable_close, payable_lock
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.port import shop
from saleor_bespoke.steps.checkout.services import order_stands
from saleor_bespoke.workshop.materials import holdings_release


def payable_end(*, project: BespokeProject, payable: Payable, outcome: str, actor: Actor) -> None:
    """Close an open payable of the locked project with its checkout and holds.

    Refused while money is on its way: a payment begun at the provider is first stopped there
    (`flows.expiry.payments_stop`), never from inside a transaction.
    """
    payable = payable_lock(payable.pk)
    attempt = attempt_live(payable)
    if live_payments(payable.project).filter(attempt__payable=payable).exists():
        raise BespokeError(
            ErrorCode.PAYMENT_IN_PROGRESS, "A payment is in progress for this offer."
        )
    if attempt is not None:
        gone = shop().checkout(attempt.checkout_id) is None
        completed = gone and order_stands(attempt.checkout_id)
        if completed or not (gone or shop().checkout_drop(attempt.checkout_id)):
            raise BespokeError(
                ErrorCode.PAYMENT_IN_PROGRESS, "Money is on the checkout of this offer."
            )
        attempt_end(attempt, outcome)
    payable_close(project=project, payable=payable, outcome=outcome, actor=actor)
    holdings_release(project=project, payable_pk=payable.pk)


def open_payables_end(*, project: BespokeProject, actor: Actor) -> None:
    """Close everything the locked project still owes."""
    for payable in project.payables.filter(status="OPEN"):
        payable_end(project=project, payable=payable, outcome="CANCELLED", actor=actor)


def live_payments(project: BespokeProject) -> QuerySet[Payment]:
    """Payments of this project that took money for an open checkout or may still take some.

    One begun on a checkout that is gone can still be confirmed in a browser.
    """
    return Payment.objects.select_related("attempt").filter(
        Q(status="OPEN") | Q(status="SUCCEEDED", attempt__state="LIVE"),
        attempt__payable__project=project,
    )
