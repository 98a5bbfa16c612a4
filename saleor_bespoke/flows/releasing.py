"""What stands on a checkout without an order is owed back, and sent by the way it came."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from saleor_bespoke import clock
from saleor_bespoke.flows.losing import loss_of
from saleor_bespoke.flows.refunding import decision_await, waiting_show
from saleor_bespoke.flows.sweeping import each
from saleor_bespoke.money import gateway, stripe
from saleor_bespoke.money.events import MoneyReleased
from saleor_bespoke.money.models import Attempt, LedgerEntry, Payable, Payment, Refund
from saleor_bespoke.money.payables import (
    attempt_end,
    ledger_add,
    payable_lock,
    payments_returned_mark,
)
from saleor_bespoke.money.refunds import (
    refund_fail,
    refund_pending,
    refund_settle,
    release_request,
)
from saleor_bespoke.project import attention, journal
from saleor_bespoke.project.access import SYSTEM
from saleor_bespoke.project.deliveries import RetryLater, handles
from saleor_bespoke.project.models import BespokeProject, Delivery
from saleor_bespoke.project.services import lock_for_system
from saleor_bespoke.shop.port import (
    Effect,
    Outcome,
    PaymentAnswer,
    Transaction,
    answers,
    shop,
)

#: How long to wait before a gateway is asked again that did not answer.
GATEWAY_SECONDS = 60


def release(
    project: BespokeProject,
    payable: Payable,
    attempt: Attempt,
    transactions: Iterable[Transaction],
    *,
    reference: str = "",
    cause: str = "",
) -> None:
    """End the locked attempt and owe back what gateways took for it.

    The attempt's end keeps every order from being made of it; another checkout can be opened.
    """
    taken = [item for item in transactions if not item.by_hand]
    charged = [item for item in taken if item.charged]
    currency = charged[0].currency if charged else payable.currency
    amount = sum((item.charged for item in charged if item.currency == currency), Decimal(0))
    refund = None
    if amount:
        refund = release_request(payable=payable, attempt=attempt, amount=amount, currency=currency)
        for item in charged:
            _charge_note(payable, item)
    if attempt.state == "LIVE":
        attempt_end(attempt, "RELEASED")
    payments_returned_mark(attempt, [item.reference for item in charged])
    attempt.money_seen_at = None
    attempt.save(update_fields=["money_seen_at"])
    loss = loss_of(project, payable)
    event = MoneyReleased(
        payable=payable.pk,
        attempt=attempt.pk,
        refund=refund.pk if refund else None,
        charged=amount,
        authorized=sum((item.authorized for item in taken), Decimal(0)),
        currency=currency,
        reference=reference,
        cause=cause,
        lost=loss.lost,
        alternatives=loss.alternatives,
    )
    journal.record(project, event, actor=SYSTEM)


def release_unsettled(attempt: Attempt) -> bool:
    """Whether a release of this attempt is on its way, or failed and is for staff.

    Until a gateway has decided, what it shall send back still counts as charged.
    """
    return bool(attempt.releases.exclude(status="SUCCEEDED").exists())


def _charge_note(payable: Payable, item: Transaction) -> None:
    """Write what goes back to the ledger first, under a reference that is this sum's own."""
    counted = LedgerEntry.objects.filter(kind="CHARGED", reference=item.reference)
    foreign = counted.exclude(payable=payable).exists()
    own = item.transaction_id if foreign or not item.reference else item.reference
    ledger_add(payable, "CHARGED", item.charged, own, currency=item.currency)


def charge_release(payment: Payment, amount: Decimal, currency: str) -> None:
    """Owe back a charge at our provider that the shop has no checkout for."""
    with transaction.atomic():
        project = lock_for_system(payment.attempt.payable.project_id)
        payable = payable_lock(payment.attempt.payable_id)
        attempt = Attempt.objects.get(pk=payment.attempt_id)
        fresh = Payment.objects.get(pk=payment.pk)
        if fresh.status == "RETURNED" or attempt.releases.filter(status="REQUESTED").exists():
            return
        Payment.objects.filter(pk=payment.pk).update(status="RETURNED")
        reference = str(payment.provider_reference)
        charge = Transaction(
            transaction_id=payment.host_transaction,
            reference=reference,
            currency=currency,
            charged=amount,
            authorized=Decimal(0),
            pending=Decimal(0),
            refunded=Decimal(0),
            gateway="",
        )
        release(
            project,
            payable,
            attempt,
            (charge,),
            reference=reference,
            cause="CHECKOUT_GONE",
        )


def charges_lost_release() -> int:
    """Owe back what our provider charged for checkouts that are gone without an order."""
    payments = Payment.objects.filter(status="SUCCEEDED").exclude(
        attempt__outcome__in=("PAID", "RETURNED")
    )
    return each(payments.select_related("attempt__payable"), _charge_lost_release)


def _charge_lost_release(payment: Payment) -> bool:
    checkout_id = payment.attempt.checkout_id
    if shop().checkout(checkout_id) or shop().order_of_checkout(checkout_id):
        return False  # its money is judged where it stands
    charge_release(payment, payment.amount, payment.currency)
    return True


# sent after commit ------------------------------------------------------------------------------


@handles(MoneyReleased, first=True)
def money_send_back(delivery: Delivery) -> None:
    """Let the host send everything on the checkout back; repeated, it sends nothing twice."""
    payload = delivery.event.payload
    refund = Refund.objects.filter(pk=payload["refund"]).first() if payload["refund"] else None
    if refund is not None and refund.status not in ("REQUESTED", "PENDING"):
        return
    attempt = Attempt.objects.get(pk=UUID(payload["attempt"]))
    key = str(refund.pk if refund else delivery.event_id)
    try:
        effect = _sent(attempt, payload, key)
    except stripe.StripeUnavailable:
        waiting_show(delivery, Decimal(payload["charged"]), payload["currency"])
        raise RetryLater(GATEWAY_SECONDS) from None
    with transaction.atomic():
        _outcome_note(delivery, refund, effect)
    if effect.outcome is Outcome.PENDING:
        decision_await(delivery, Decimal(payload["charged"]), payload["currency"])


def _sent(attempt: Attempt, payload: dict[str, str], key: str) -> Effect:
    if not payload["reference"]:
        return shop().money_release(checkout_id=attempt.checkout_id, key=key)
    said = gateway.refund_send(
        reference=payload["reference"],
        amount=Decimal(payload["charged"]),
        currency=payload["currency"],
        key=key,
    )
    outcome = {"REFUND_SUCCESS": Outcome.SUCCEEDED, "REFUND_REQUEST": Outcome.PENDING}
    return Effect(outcome.get(said.result, Outcome.FAILED), said.reference, said.message)


def _outcome_note(delivery: Delivery, refund: Refund | None, effect: Effect) -> None:
    project = lock_for_system(delivery.event.project_id)
    if effect.outcome is Outcome.FAILED:
        if refund is not None:
            refund_fail(project, refund.pk, effect.reason, effect.reference)
        else:
            attention.raise_for(
                project,
                "RELEASE_FAILED",
                f"A reservation on the customer's card could not be cancelled: {effect.reason} "
                "It lapses at the bank by itself.",
            )
        return
    if effect.outcome is Outcome.PENDING:
        if refund is not None:
            refund_pending(refund.pk, effect.reference)
        return
    if refund is not None:
        refund_settle(project, refund.pk, effect.reference)
    for reason in ("MONEY_ON_CHECKOUT", "PAID_WITHOUT_ORDER"):
        attention.resolve(project, reason, "The money went back.", actor=SYSTEM)


@answers("payment_cancel")
def payment_cancel(*, reference: str, amount: Decimal, currency: str, key: str) -> PaymentAnswer:
    """Give up a payment at our provider for the host, whoever asked for it there."""
    payment = Payment.objects.select_related("attempt__payable__project").filter(
        provider_reference=reference
    )
    found = payment.first()
    if found is None:
        return PaymentAnswer(
            result="CANCEL_FAILURE", amount=amount, message="This payment is not one of ours."
        )
    if not gateway.payment_stop(found):
        return PaymentAnswer(
            result="CANCEL_FAILURE", amount=amount, message="It is charged, or being charged."
        )
    payment.filter(status="OPEN").update(status="CANCELLED", ended_at=clock.now())
    return PaymentAnswer(result="CANCEL_SUCCESS", amount=amount, reference=reference)
