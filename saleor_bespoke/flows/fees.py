"""What the provider keeps of each charge, asked for after commit and written to the ledger."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from saleor_bespoke.money import accounts, gateway, stripe
from saleor_bespoke.money.events import MoneyReleased, PayablePaid, PaymentReturned
from saleor_bespoke.money.minor_units import from_minor
from saleor_bespoke.money.models import LedgerEntry, Payment
from saleor_bespoke.money.payables import ledger_add
from saleor_bespoke.money.stripe_lists import Charge, charges_of_payment
from saleor_bespoke.project.deliveries import RetryLater, handles
from saleor_bespoke.project.models import Delivery

#: How long to wait where the provider does not answer, or has not booked the charge yet.
PROVIDER_SECONDS = 60
BOOKING_SECONDS = 3600


def fees_missing(payments: QuerySet[Payment]) -> QuerySet[Payment]:
    """Which of these payments were charged without the ledger knowing what that cost."""
    known = LedgerEntry.objects.filter(kind="FEE", reference=OuterRef("provider_reference"))
    charged = payments.filter(
        status__in=("SUCCEEDED", "RETURNED"), provider_reference__isnull=False
    )
    return charged.filter(~Exists(known)).select_related("attempt__payable__project")


@handles(PayablePaid, PaymentReturned, MoneyReleased)
def fees_note(delivery: Delivery) -> None:
    """Ask what was kept of this sum's charges; a charge that goes back has cost it, too."""
    payable_pk = UUID(delivery.event.payload["payable"])
    waiting = False
    for payment in fees_missing(Payment.objects.filter(attempt__payable=payable_pk)):
        owner = accounts.account(gateway.channel_of(payment))
        try:
            found = charges_of_payment(owner, str(payment.provider_reference))
        except stripe.StripeUnavailable:
            raise RetryLater(PROVIDER_SECONDS) from None
        waiting |= not any(fee_note(payment, charge) for charge in found)
    if waiting:
        raise RetryLater(BOOKING_SECONDS)


def fee_note(payment: Payment, charge: Charge) -> bool:
    """Write what the provider keeps of a charge, once; False while it has not booked it."""
    if not charge.paid or charge.balance is None:
        return False
    currency = charge.balance.currency.upper()
    fee = from_minor(charge.balance.fee, currency)
    reference = str(payment.provider_reference)
    ledger_add(payment.attempt.payable, "FEE", fee, reference, currency=currency)
    return True
