"""The gateway's conversation with a host: guard, freeze, charge, veto.

Each entry point first decides inside a transaction, then talks to the provider outside of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from saleor_bespoke import clock
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.flows.cases import (
    PAYMENT_TIME,
    begun_in_time,
    charges_of,
    references_used,
)
from saleor_bespoke.flows.documents.contracts import contract_check
from saleor_bespoke.flows.releasing import charge_release
from saleor_bespoke.flows.stranded import order_refused
from saleor_bespoke.money import accounts, gateway, stripe
from saleor_bespoke.money.minor_units import amount_text, to_minor
from saleor_bespoke.money.models import Attempt, Payable, Payment
from saleor_bespoke.money.payables import ledger_add, payable_lock, payable_usable
from saleor_bespoke.money.rules import paid_exactly
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import lock_for_system
from saleor_bespoke.shop.port import (
    PaymentAnswer,
    PaymentSession,
    answers,
    shop,
)
from saleor_bespoke.steps.checkout.services import (
    checkout_check,
    payment_open,
    payment_refused,
    total_freeze,
)
from saleor_bespoke.workshop.materials import holdings_extend

UNAVAILABLE = "The payment provider cannot be reached; nothing was charged. Try again."
ENDED = "This payment has ended; begin another."
NO_ACCOUNT = "This shop cannot take payments for bespoke pieces yet."
NOT_OURS = "This checkout is not for a bespoke piece."


def _locked(checkout_id: str) -> tuple[BespokeProject, Payable, Attempt]:
    found = Attempt.objects.select_related("payable").filter(checkout_id=checkout_id).first()
    if found is None:
        raise BespokeError(ErrorCode.NOT_FOUND, NOT_OURS)
    project = lock_for_system(found.payable.project_id)
    payable = payable_lock(found.payable_id)
    attempt = Attempt.objects.get(pk=found.pk)
    if attempt.state != "LIVE":
        paid = payable.status == "PAID"
        raise BespokeError(
            ErrorCode.PAYABLE_NOT_OPEN,
            "This sum is paid already." if paid else "This checkout has ended.",
        )
    return project, payable, attempt


@answers("gateway_initialize")
def gateway_initialize(*, checkout_id: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """What a storefront needs before it shows the payment form."""
    found = Attempt.objects.filter(checkout_id=checkout_id)
    channel = found.values_list("payable__project__channel", flat=True).first()
    if channel is None:
        raise BespokeError(ErrorCode.NOT_FOUND, NOT_OURS)
    try:
        return {"stripePublishableKey": accounts.account(channel).publishable_key}
    except accounts.AccountMissing:
        raise BespokeError(ErrorCode.INVALID, NO_ACCOUNT) from None


@answers("payment_initialize")
def payment_initialize(session: PaymentSession) -> PaymentAnswer:
    """Begin to pay: refuse all but the whole agreed sum, then open the payment at the provider.

    A host answers for ever what it noted as failed. So a transaction that is refused opens nothing
    any more, and a provider that cannot be reached is no failure: the same transaction tries again.
    """
    try:
        _predecessor_end(session)
        payment = _payment_begin(session)
    except BespokeError as refusal:
        return gateway.failure(session.amount, refusal.message)
    except stripe.StripeError:
        return gateway.unanswered(session.amount, UNAVAILABLE)
    try:
        intent = gateway.payment_begin(payment)
    except stripe.StripeUnavailable:
        return gateway.unanswered(session.amount, UNAVAILABLE)
    except stripe.StripeError as problem:
        if problem.code != "idempotency_error":  # then there is none that could be charged
            _payment_cancelled(payment)
        return gateway.failure(session.amount, problem.message)
    Payment.objects.filter(pk=payment.pk).update(provider_reference=intent.pk)
    return gateway.answer(intent)


def _predecessor_end(session: PaymentSession) -> None:
    """A new payment ends the one begun before it at the provider, so that one sum is paid once."""
    for earlier in _others(session):
        if earlier.status == "OPEN" and gateway.payment_stop(earlier):
            _payment_cancelled(earlier)


def _others(session: PaymentSession) -> QuerySet[Payment]:
    """The sum's other payments that took money or may, on whichever of its checkouts."""
    return (
        Payment.objects.select_related("attempt__payable__project")
        .filter(attempt__payable__attempts__checkout_id=session.checkout_id)
        .filter(status__in=("OPEN", "SUCCEEDED"))
        .exclude(host_transaction=session.transaction_id)
    )


def _payment_cancelled(payment: Payment) -> None:
    Payment.objects.filter(pk=payment.pk, status="OPEN").update(
        status="CANCELLED", ended_at=clock.now()
    )


def _payment_begin(session: PaymentSession) -> Payment:
    """The transaction's one payment: as it was begun, begun now, or ended by the refusal raised."""
    refused = None
    with transaction.atomic():
        project, payable, attempt = _locked(session.checkout_id)
        payment = Payment.objects.filter(host_transaction=session.transaction_id).first()
        if payment is None:
            try:
                with transaction.atomic():
                    return _payment_checked(session, project, payable, attempt)
            except BespokeError as refusal:
                refused = refusal
                payment = payment_refused(
                    payable=payable, attempt=attempt, transaction_id=session.transaction_id
                )
    if payment.status == "CANCELLED":
        raise refused or BespokeError(ErrorCode.PAYABLE_NOT_OPEN, ENDED)
    return payment


def _payment_checked(
    session: PaymentSession, project: BespokeProject, payable: Payable, attempt: Attempt
) -> Payment:
    payable_usable(payable)
    contract_check(project, payable)
    if _others(session).exists():
        raise BespokeError(ErrorCode.PAYMENT_IN_PROGRESS, "This sum is already paid or being paid.")
    _other_money_check(session.checkout_id)
    if session.action != "CHARGE":
        raise BespokeError(ErrorCode.PAYMENT_NOT_FULL, "The whole sum is charged at once.")
    payment = payment_open(
        project=project,
        payable=payable,
        attempt=attempt,
        transaction_id=session.transaction_id,
    )
    if (session.amount, session.currency) != (payment.amount, payment.currency):
        raise BespokeError(
            ErrorCode.PAYMENT_NOT_FULL,
            f"Bespoke pieces are paid in full: {amount_text(payment.amount, payment.currency)}.",
        )
    to_minor(payment.amount, payment.currency)  # the host's sums may be finer than what is charged
    holdings_extend(payable_pk=payable.pk, until=clock.now() + PAYMENT_TIME)
    return payment


def _other_money_check(checkout_id: str) -> None:
    """Refuse to charge the whole sum beside money that stands there already."""
    seen = shop().checkout(checkout_id)
    if seen and any(item.charged or item.authorized for item in seen.transactions):
        raise BespokeError(
            ErrorCode.PAYMENT_IN_PROGRESS,
            "Other money stands on this checkout already; complete it, or wait until it went back.",
        )


@answers("payment_process")
def payment_process(session: PaymentSession) -> PaymentAnswer:
    """Go on paying: tell the host how the payment stands at the provider."""
    payment = (
        Payment.objects.select_related("attempt__payable__project")
        .filter(host_transaction=session.transaction_id)
        .first()
    )
    if payment is None or payment.provider_reference is None:
        begun: PaymentAnswer = payment_initialize(session)  # the provider could not be reached
        return begun
    try:
        intent = gateway.payment_read(payment.provider_reference, gateway.channel_of(payment))
    except stripe.StripeError:
        return gateway.unanswered(
            session.amount,
            "The payment provider cannot be reached; ask again.",
            payment.provider_reference,
        )
    said, currency = gateway.answer(intent), intent.currency.upper()
    if said.result == "CHARGE_SUCCESS":
        payment_succeeded(payment, said.amount, currency)
    if currency != payment.currency:
        if said.result == "CHARGE_SUCCESS":
            charge_release(payment, said.amount, currency)
        return gateway.failure(session.amount, f"This sum is paid in {payment.currency}.")
    return said


def payment_succeeded(payment: Payment, amount: Decimal, currency: str) -> None:
    """Remember a charge the provider reports; saying it again changes nothing."""
    with transaction.atomic():
        Payment.objects.filter(pk=payment.pk, status="OPEN").update(
            status="SUCCEEDED", ended_at=clock.now()
        )
        reference = str(payment.provider_reference)
        ledger_add(payment.attempt.payable, "CHARGED", amount, reference, currency=currency)


@answers("payment_refund")
def payment_refund(*, reference: str, amount: Decimal, currency: str, key: str) -> PaymentAnswer:
    """Send money back for the host, whoever asked for it there."""
    return gateway.refund_send(reference=reference, amount=amount, currency=currency, key=key)


@answers("checkout_completing")
def checkout_completing(*, checkout_id: str) -> None:
    """The last guard before the host makes an order: the whole agreed sum, really charged."""
    if not Attempt.objects.filter(checkout_id=checkout_id).exists():
        return
    try:
        with transaction.atomic():
            _completion_check(checkout_id)
    except BespokeError as refusal:
        if shop().order_of_checkout(checkout_id) is None:
            raise order_refused(checkout_id, refusal) from None
        # Somebody completed it meanwhile: the host answers the order it has.


def _completion_check(checkout_id: str) -> None:
    project, payable, attempt = _locked(checkout_id)
    if payable.status != "OPEN":
        raise BespokeError(ErrorCode.PAYABLE_NOT_OPEN, f"This sum is {payable.status.lower()}.")
    if not begun_in_time(payable, attempt):
        raise BespokeError(ErrorCode.QUOTE_EXPIRED, "The offer has expired.")
    contract_check(project, payable)
    seen = checkout_check(project=project, payable=payable, attempt=attempt)
    total = seen.total if attempt.locked_total is None else attempt.locked_total
    proof = charges_of(payable, seen.transactions)
    if any(charge.loose for charge in proof):
        raise BespokeError(
            ErrorCode.PAYMENT_NOT_FULL,
            "Money that was written down by hand starts nothing: staff record a bank transfer.",
        )
    if not paid_exactly(proof, total, seen.currency):
        raise BespokeError(
            ErrorCode.PAYMENT_NOT_FULL,
            f"The order starts when {amount_text(seen.total, seen.currency)} are paid in full.",
        )
    if references_used(payable, seen.transactions):
        raise BespokeError(
            ErrorCode.PAYMENT_NOT_FULL, "This payment cannot be told from that of another sum."
        )
    # A payment by another gateway was never begun at ours.
    total_freeze(project=project, payable=payable, attempt=attempt, total=total)
