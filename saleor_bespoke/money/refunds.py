"""Money going back: committed within what was captured, sent after commit, settled by report."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from saleor_bespoke import clock
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.money.events import RefundFailed, RefundRequested, RefundSettled
from saleor_bespoke.money.minor_units import amount_text
from saleor_bespoke.money.models import Attempt, Payable, Refund
from saleor_bespoke.money.payables import ledger_add, payable_lock
from saleor_bespoke.project import attention, journal
from saleor_bespoke.project.access import SYSTEM, Actor
from saleor_bespoke.project.models import BespokeProject

#: The cause of a refund that returns more than the sum, which is no part of what was captured.
OVERPAID = "OVERPAID"
#: The cause of a refund by which the price itself becomes less: a cheaper change.
SAVED = "CHANGE_ORDER"


def refund_request(
    *,
    project: BespokeProject,
    payable: Payable,
    amount: Decimal,
    cause: str,
    actor: Actor = SYSTEM,
) -> Refund:
    """Owe the customer `amount` back; never more than was captured. Sent after commit."""
    payable = payable_lock(payable.pk)
    if amount <= 0 or payable.refund_committed + amount > payable.charged:
        raise BespokeError(
            ErrorCode.NOT_REFUNDABLE, "This is more than what was paid and not yet given back."
        )
    payable.refund_committed += amount
    payable.reduced += amount if cause == SAVED else 0
    payable.save(update_fields=["refund_committed", "reduced"])
    return _owe(project, payable, amount, cause, actor=actor)


def _owe(
    project: BespokeProject, payable: Payable, amount: Decimal, cause: str, *, actor: Actor
) -> Refund:
    """A refund of this sum, with the event that sends it."""
    refund = Refund.objects.create(
        payable=payable,
        amount=amount,
        currency=payable.currency,
        cause=cause,
        status="REQUESTED",
        requested_at=clock.now(),
    )
    event = RefundRequested(
        refund=refund.pk,
        payable=payable.pk,
        amount=amount,
        currency=payable.currency,
        cause=cause,
    )
    journal.record(project, event, actor=actor)
    return refund


def release_request(
    *, payable: Payable, attempt: Attempt, amount: Decimal, currency: str
) -> Refund:
    """Owe back what was charged on a checkout without an order: no part of what was captured."""
    return Refund.objects.create(
        payable=payable,
        attempt=attempt,
        amount=amount,
        currency=currency,
        cause="NO_ORDER",
        status="REQUESTED",
        requested_at=clock.now(),
    )


def surplus_return(*, project: BespokeProject, payable: Payable, amount: Decimal) -> Refund | None:
    """Owe back what was charged beyond a settled sum, once however often it is said."""
    known = payable.refunds.filter(cause=OVERPAID).exclude(status="FAILED")
    due = amount - sum((refund.amount for refund in known), Decimal(0))
    if due <= 0:
        return None
    return _owe(project, payable, due, OVERPAID, actor=SYSTEM)


def refund_pending(refund_pk: UUID, reference: str) -> None:
    """The provider took the refund on and will report."""
    Refund.objects.filter(pk=refund_pk, status="REQUESTED").update(
        status="PENDING", provider_reference=reference or None
    )


def refund_settle(project: BespokeProject, refund_pk: UUID, reference: str) -> None:
    """The money is on its way to the customer; said once."""
    refund = Refund.objects.select_for_update().select_related("payable").get(pk=refund_pk)
    if refund.status == "SUCCEEDED":
        return
    if refund.status == "FAILED" and reference and reference == refund.provider_reference:
        return  # a failure is the provider's last word: this is older news that came late
    refund.status, refund.settled_at = "SUCCEEDED", clock.now()
    refund.provider_reference = reference or refund.provider_reference
    refund.failure = ""
    refund.save(update_fields=["status", "settled_at", "provider_reference", "failure"])
    said = reference or str(refund.pk)
    ledger_add(refund.payable, "REFUNDED", refund.amount, said, currency=refund.currency)
    event = RefundSettled(refund=refund.pk, amount=refund.amount, currency=refund.currency)
    journal.record(project, event, actor=SYSTEM)
    attention.resolve(project, "REFUND_WAITING", "The refund was paid out.", actor=SYSTEM)
    if not Refund.objects.filter(payable__project=project, status="FAILED").exists():
        attention.resolve(project, "REFUND_FAILED", "The refund was paid out.", actor=SYSTEM)


def refund_fail(project: BespokeProject, refund_pk: UUID, reason: str, reference: str = "") -> None:
    """The refund did not reach the customer: still owed, so staff must pay it by another way.

    One that the provider made and took back stands in the ledger twice, out and in, whichever of
    its two reports came first.
    """
    refund = Refund.objects.select_for_update().select_related("payable").get(pk=refund_pk)
    if refund.status == "FAILED":
        return
    payable, amount, currency = refund.payable, refund.amount, refund.currency
    if refund.status != "SUCCEEDED" and reference:
        ledger_add(payable, "REFUNDED", amount, reference, currency=currency)
    if refund.status == "SUCCEEDED" or reference:
        ledger_add(payable, "REFUND_FAILED", amount, f"failed:{refund.pk}", currency=currency)
    refund.status, refund.failure = "FAILED", reason[:255]
    refund.provider_reference = reference or refund.provider_reference
    refund.save(update_fields=["status", "failure", "provider_reference"])
    journal.record(project, RefundFailed(refund=refund.pk), actor=SYSTEM)
    attention.resolve(project, "REFUND_WAITING", "The provider answered.", actor=SYSTEM)
    attention.raise_for(
        project,
        "REFUND_FAILED",
        f"{amount_text(refund.amount, refund.currency)} could not be sent back: {reason}.",
    )
