"""What the payment provider reports: stored before it is processed, processed once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from saleor_bespoke import clock, conf
from saleor_bespoke.flows.disputes import dispute_note
from saleor_bespoke.flows.payment import payment_succeeded
from saleor_bespoke.flows.personal_reports import reports_blank
from saleor_bespoke.flows.provider_gate import (
    payment_claimed,
    payment_of,
    refund_of,
    report_misdirected,
)
from saleor_bespoke.flows.refund_reports import OUTCOMES, refund_pass_on
from saleor_bespoke.flows.releasing import charge_release
from saleor_bespoke.money import accounts, gateway, stripe
from saleor_bespoke.money.minor_units import amount_text, from_minor
from saleor_bespoke.money.models import Payment, ProviderEvent, Refund
from saleor_bespoke.money.refunds import refund_fail, refund_pending, refund_settle
from saleor_bespoke.money.stripe_lists import Dispute
from saleor_bespoke.project import attention, leases
from saleor_bespoke.project.services import lock_for_system
from saleor_bespoke.shop.port import Outcome, answers, shop, tell

logger = logging.getLogger(__name__)

ATTEMPTS_MAX = 12
PAUSE = timedelta(seconds=2)  # after the first failure, doubled each time
LEASE = timedelta(minutes=2)


def grace() -> timedelta:
    """How long the customer's browser may finish the order before we do it for them."""
    return timedelta(seconds=conf.option("WEBHOOK_GRACE_SECONDS", 20))


@answers("provider_event")
def provider_event(*, payload: bytes, signature: str) -> bool:
    """Store a signed event, once; False if the signature is not ours. Nothing else happens here."""
    try:
        event = stripe.construct_event(accounts.receiver(), payload, signature)
    except stripe.StripeSignatureInvalid:
        return False
    ProviderEvent.objects.get_or_create(
        provider="stripe",
        event_id=str(event["id"])[:255],
        defaults={
            "kind": str(event["type"])[:64],
            "payload": event,
            "received_at": clock.now(),
        },
    )
    return True


def provider_events_process(limit: int = 100) -> int:
    """Process stored events that wait; one that fails is tried again, at last shown to staff.

    One whose process died is free at once: its lease ended with that process.
    """
    waiting = _waiting().values_list("pk", flat=True)[:limit]
    claimed = (_claimed(pk) for pk in list(waiting))
    return sum(_process(row) for row in claimed if row is not None)


def _waiting() -> QuerySet[ProviderEvent]:
    """The events to try now."""
    now = clock.now()
    return ProviderEvent.objects.filter(
        Q(due_at=None) | Q(due_at__lte=now),
        leases.free(ProviderEvent, now),
        processed_at=None,
        attempts__lte=ATTEMPTS_MAX,
    )


def _claimed(pk: UUID) -> ProviderEvent | None:
    """The event with its next try counted and leased to this process, unless others were faster."""
    with transaction.atomic():
        row = _waiting().select_for_update(skip_locked=True).filter(pk=pk).first()
        if row is not None:
            row.attempts += 1
            _update(row, attempts=row.attempts, **leases.taken(clock.now() + LEASE))
    return row


def _process(row: ProviderEvent) -> bool:
    if row.attempts > ATTEMPTS_MAX:  # the last try ended its process, without a word
        _given_up_show(row)
        return False
    handler = PROCESSORS.get(row.kind)
    try:
        ours = handler is not None and not report_misdirected(row.payload)
        finished = handler(row.payload["data"]["object"], row) if handler and ours else True
    except Exception as problem:  # stored with the event, tried again, shown to staff at last
        logger.exception("Provider event %s failed", row.event_id)
        _failed(row, f"{type(problem).__name__}: {problem}"[:2000])
        return False
    if not finished:
        _update(row, attempts=row.attempts - 1, **leases.RETURNED)
        return False
    _done(row)
    return True


def _done(row: ProviderEvent) -> None:
    """Say so; of an erased customer nothing else stays. The lock waits for one being erased."""
    payment = payment_claimed(row.payload["data"]["object"])
    with transaction.atomic():
        project = lock_for_system(payment.attempt.payable.project_id) if payment else None
        _update(row, processed_at=clock.now(), error="", **leases.RETURNED)
        if project is not None and project.erased_at is not None:
            reports_blank([row.pk])


def _failed(row: ProviderEvent, error: str) -> None:
    due_at = clock.now() + PAUSE * 2**row.failures
    over = row.attempts == ATTEMPTS_MAX
    told = {"error": error, "due_at": due_at, "failures": row.failures + 1}
    _update(row, attempts=row.attempts + over, **told, **leases.RETURNED)
    if over:
        _given_up_show(row)


def _update(row: ProviderEvent, **changes: Any) -> None:
    ProviderEvent.objects.filter(pk=row.pk).update(**changes)


def _given_up_show(row: ProviderEvent) -> None:
    """Put an event before staff that could not be processed, if it is about one of our payments."""
    payment = payment_claimed(row.payload["data"]["object"])
    if payment is None:
        return
    with transaction.atomic():
        project = lock_for_system(payment.attempt.payable.project_id)
        attention.raise_for(
            project,
            "PROVIDER_EVENT_FAILED",
            f"The payment provider's report {row.event_id} ({row.kind}) could not be processed.",
        )
        if project.erased_at is not None:
            reports_blank([row.pk])


def _succeeded(intent: Mapping[str, Any], row: ProviderEvent) -> bool:
    """The money is there: if the browser never came back, finish the order in its place."""
    payment = payment_of(intent)
    if payment is None:
        return True
    currency = str(intent["currency"]).upper()
    amount = from_minor(int(intent["amount_received"]), currency)
    payment_succeeded(payment, amount, currency)
    if not _on_order(payment) and clock.now() < row.received_at + grace():
        return False
    payment_finish(payment, amount, currency)
    return True


def payment_caught_up(payment: Payment) -> bool:
    """Finish a payment that was charged without the provider's report reaching us."""
    reference = payment.provider_reference or gateway.payment_begin(payment).pk
    intent = gateway.payment_read(reference, gateway.channel_of(payment))
    if intent.status != "succeeded":
        return False
    Payment.objects.filter(pk=payment.pk).update(provider_reference=reference)
    payment.provider_reference = reference
    currency = intent.currency.upper()
    amount = from_minor(intent.amount_received, currency)
    payment_succeeded(payment, amount, currency)
    payment_finish(payment, amount, currency)
    return True


def payment_finish(payment: Payment, amount: Decimal, currency: str) -> None:
    """Bring a charge to the host's order, making it if there is none, and settle by it.

    What can become no order goes back: `flows.stranded` where the host has it, else from here.
    """
    if Payment.objects.filter(pk=payment.pk, status="RETURNED").exists():
        return
    if not _on_order(payment):
        _finish(payment, amount, currency)
    order = shop().order_of_checkout(payment.attempt.checkout_id)
    if order is not None:
        tell("order_paid", order_id=order.order_id)


def _on_order(payment: Payment) -> bool:
    """Whether the host has an order that knows of this charge."""
    order = shop().order_of_checkout(payment.attempt.checkout_id)
    return order is not None and any(
        item.reference == payment.provider_reference and item.charged + item.refunded > 0
        for item in order.transactions
    )


def _finish(payment: Payment, amount: Decimal, currency: str) -> None:
    checkout_id = payment.attempt.checkout_id
    recorded = shop().charge_record(
        checkout_id=checkout_id,
        reference=str(payment.provider_reference),
        amount=amount,
        currency=currency,
        key=str(payment.pk),
    )
    completed = recorded
    if recorded.outcome is not Outcome.FAILED and shop().order_of_checkout(checkout_id) is None:
        completed = shop().checkout_complete(checkout_id=checkout_id, key=str(payment.pk))
    if completed.outcome is Outcome.FAILED:
        with transaction.atomic():
            project = lock_for_system(payment.attempt.payable.project_id)
            attention.raise_for(
                project,
                "PAID_WITHOUT_ORDER",
                f"{amount_text(amount, currency)} were charged, but the order "
                f"could not be made: {completed.reason}",
            )
    if recorded.outcome is Outcome.FAILED:
        charge_release(payment, amount, currency)


def _ended(intent: Mapping[str, Any], _row: ProviderEvent) -> bool:
    Payment.objects.filter(provider_reference=str(intent["id"]), status="OPEN").update(
        status="CANCELLED", ended_at=clock.now()
    )
    return True


def _refund(report: Mapping[str, Any], _row: ProviderEvent) -> bool:
    refund_reported(report)
    return True


def refund_reported(report: Mapping[str, Any]) -> None:
    """A refund's fate, by our own key if we asked for it, else by the provider's id."""
    refund = refund_of(report)
    if refund is None:
        refund_pass_on(report, None)
    elif refund.status == "FAILED":  # known first: the host's count of it is no refund by staff
        _fate_note(refund, report)
        refund_pass_on(report, refund)
    else:
        refund_pass_on(report, refund)
        _fate_note(refund, report)
        if OUTCOMES.get(str(report["status"])) is Outcome.FAILED and refund.payable.order_id:
            tell("order_refunded", order_id=refund.payable.order_id)


def _fate_note(refund: Refund, report: Mapping[str, Any]) -> None:
    with transaction.atomic():
        project = lock_for_system(refund.payable.project_id)
        if report["status"] == "succeeded":
            refund_settle(project, refund.pk, str(report["id"]))
        elif report["status"] in ("failed", "canceled"):
            reason = str(report.get("failure_reason") or "unknown")
            refund_fail(project, refund.pk, reason, str(report["id"]))
        else:
            refund_pending(refund.pk, str(report["id"]))


def _disputed(dispute: Mapping[str, Any], _row: ProviderEvent) -> bool:
    dispute_note(Dispute.from_stripe(dispute))
    return True


PROCESSORS: dict[str, Callable[[Mapping[str, Any], ProviderEvent], bool]] = {
    "payment_intent.succeeded": _succeeded,
    "payment_intent.canceled": _ended,
    "refund.created": _refund,
    "refund.updated": _refund,
    "refund.failed": _refund,
    "charge.refund.updated": _refund,
    "charge.dispute.created": _disputed,
    "charge.dispute.updated": _disputed,
    "charge.dispute.funds_withdrawn": _disputed,
    "charge.dispute.funds_reinstated": _disputed,
    "charge.dispute.closed": _disputed,
}
