"""One payment in three books: what the provider took, what the host counts, what we wrote."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from saleor_bespoke import clock
from saleor_bespoke.flows.payment import payment_succeeded
from saleor_bespoke.flows.provider import payment_finish
from saleor_bespoke.flows.reconciling_findings import Report
from saleor_bespoke.money import stripe
from saleor_bespoke.money.minor_units import amount_text, from_minor
from saleor_bespoke.money.models import Attempt, LedgerEntry, Payment
from saleor_bespoke.shop.port import GATEWAY, Transaction, shop

ZERO = Decimal(0)


def host_transactions(attempt: Attempt) -> tuple[Transaction, ...]:
    """The money the host counts for this checkout, or the order it became."""
    order = shop().order_of_checkout(attempt.checkout_id)
    if order is not None:
        return order.transactions
    checkout = shop().checkout(attempt.checkout_id)
    return checkout.transactions if checkout is not None else ()


def host_item(payment: Payment) -> Transaction | None:
    """What the host counts for this payment."""
    reference = payment.provider_reference
    return next(
        (item for item in host_transactions(payment.attempt) if item.reference == reference), None
    )


def payment_compare(
    report: Report,
    owner: stripe.StripeAccount,
    payment: Payment,
    intent: stripe.PaymentIntent | None,
) -> None:
    """Repair what a lost report would have told of this payment, and flag what none explains."""
    if intent is not None and intent.status == "succeeded":
        _charged_compare(report, owner, payment, intent)
        return
    _uncharged_compare(report, payment, intent)


def _uncharged_compare(
    report: Report, payment: Payment, intent: stripe.PaymentIntent | None
) -> None:
    project, reference = payment.attempt.payable.project, str(payment.provider_reference)
    item = host_item(payment)
    counted = item is not None and item.charged + item.refunded > 0
    noted = LedgerEntry.objects.filter(kind="CHARGED", reference=reference).exists()
    if counted or noted or payment.status in ("SUCCEEDED", "RETURNED"):
        where = "the shop" if counted else "the ledger"
        said = "does not know it" if intent is None else f"calls it {intent.status}"
        detail = f"For the payment {reference} {where} counts a charge, but the provider {said}."
        report.flag("NOT_AT_PROVIDER", reference, project, detail)
    elif intent is not None and intent.status == "canceled" and payment.status == "OPEN":
        report.repair(
            "CANCELLATION_UNREPORTED",
            reference,
            project,
            "The payment is ended here, too.",
            lambda: Payment.objects.filter(pk=payment.pk, status="OPEN").update(
                status="CANCELLED", ended_at=clock.now()
            ),
        )


def _charged_compare(
    report: Report, owner: stripe.StripeAccount, payment: Payment, intent: stripe.PaymentIntent
) -> None:
    project, reference = payment.attempt.payable.project, str(payment.provider_reference)
    currency = intent.currency.upper()
    amount = from_minor(intent.amount_received, currency)
    entry = LedgerEntry.objects.filter(kind="CHARGED", reference=reference).first()
    item = host_item(payment)
    if entry is not None and (entry.amount, entry.currency) != (amount, currency):
        there, here = amount_text(amount, currency), amount_text(entry.amount, entry.currency)
        detail = f"The provider charged {there} by {reference}, the ledger says {here}."
        report.flag("AMOUNT_DIFFERS", reference, project, detail)
        return
    unheard = item is None and payment.status != "RETURNED"
    if entry is None or payment.status in ("OPEN", "CANCELLED") or unheard or _empty(item):

        def catch_up() -> None:
            payment_succeeded(payment, amount, currency)
            payment_finish(payment, amount, currency)

        done = f"{amount_text(amount, currency)} were charged; it is as if it had been reported."
        report.repair("CHARGE_UNREPORTED", reference, project, done, catch_up)
    elif item is not None and not _agrees(owner, payment, item, amount):
        told = amount_text(item.charged + item.refunded, item.currency)
        there = amount_text(amount, currency)
        detail = f"The provider charged {there} by {reference}, the shop counts {told}."
        report.flag("HOST_DIFFERS", reference, project, detail)


def _empty(item: Transaction | None) -> bool:
    return item is not None and not (item.charged or item.refunded or item.pending)


def _agrees(
    owner: stripe.StripeAccount, payment: Payment, item: Transaction, amount: Decimal
) -> bool:
    """Whether the host counts the whole charge; what is on its way back it counts for neither."""
    counted = item.charged + item.refunded
    if counted == amount:
        return True
    if counted > amount:
        return False
    waiting = payment.attempt.payable.refunds.filter(status__in=("REQUESTED", "PENDING"))
    under_way = sum(waiting.values_list("amount", flat=True), ZERO)
    made = stripe.refunds_list(owner, payment_intent=str(payment.provider_reference))
    pending = (row for row in made if row.status in ("pending", "requires_action"))
    under_way += sum((from_minor(row.amount, row.currency.upper()) for row in pending), ZERO)
    return counted + under_way >= amount


def strangers_compare(report: Report, attempts: Iterable[Attempt]) -> None:
    """Flag money that the host says our gateway took, of which no payment of ours tells."""
    for attempt in attempts:
        for item in host_transactions(attempt):
            if item.gateway != GATEWAY or not (item.charged or item.refunded):
                continue
            if Payment.objects.filter(provider_reference=item.reference).exists():
                continue
            counted = amount_text(item.charged + item.refunded, item.currency)
            subject = item.reference or item.transaction_id
            detail = f"The shop counts {counted} as {subject}, which no payment here explains."
            report.flag("NOT_AT_PROVIDER", subject, attempt.payable.project, detail)
