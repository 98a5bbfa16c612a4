"""Which of our payments a report of the provider is about: by the provider's own id, or proven.

The key of ours in a payment's metadata is a claim that anybody with access to the account can
write. It counts only if the provider, asked with the channel's own key, has the payment that we
asked for: this metadata, this sum, this currency. What is no such payment starts nothing and stands
before staff.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from saleor_bespoke.money import accounts, gateway, stripe
from saleor_bespoke.money.minor_units import amount_text, from_minor, to_minor
from saleor_bespoke.money.models import Payable, Payment, Refund
from saleor_bespoke.project import attention
from saleor_bespoke.project.services import lock_for_system

logger = logging.getLogger(__name__)

FOREIGN = "FOREIGN_PAYMENT"
#: How a secret key begins, and whether it moves real money.
KEYS_LIVE = {"sk_live": True, "rk_live": True, "sk_test": False, "rk_test": False}


def payment_known(reference: str) -> Payment | None:
    """The payment with this id at the provider."""
    payments = Payment.objects.select_related("attempt__payable__project")
    return payments.filter(provider_reference=reference).first()


def payment_named(metadata: Mapping[str, Any] | None) -> Payment | None:
    """The payment of ours that metadata names; a claim, and no proof."""
    key = _key((metadata or {}).get("payment"))
    payments = Payment.objects.select_related("attempt__payable__project")
    return payments.filter(pk=key).first() if key else None


def payable_named(metadata: Mapping[str, Any]) -> Payable | None:
    """The sum of ours that metadata names; a claim, and no proof."""
    key = _key(metadata.get("payable"))
    return Payable.objects.select_related("project").filter(pk=key).first() if key else None


def payment_claimed(reported: Mapping[str, Any]) -> Payment | None:
    """The payment that a reported object is about, by its id or by what it claims."""
    return payment_known(_reference(reported)) or payment_named(reported.get("metadata"))


def _reference(reported: Mapping[str, Any]) -> str:
    return str(reported.get("payment_intent") or reported.get("id"))


def _key(text: object) -> UUID | None:
    try:
        return UUID(str(text)) if text else None
    except ValueError:
        return None


def payment_of(intent: Mapping[str, Any]) -> Payment | None:
    """The payment behind the provider's one; one that falsely names ours is shown to staff."""
    reference = str(intent["id"])
    known = payment_known(reference)
    if known is not None:
        return known
    named = payment_named(intent.get("metadata"))
    if named is None:
        return None
    found = payment_asked(named, reference)
    if found is not None and named.provider_reference is None and _genuine(named, found):
        # The answer that told its id never reached us.
        Payment.objects.filter(pk=named.pk, provider_reference=None).update(
            provider_reference=reference
        )
        return payment_known(reference)
    if found is None or found.status == "succeeded":
        foreign_show(named, reference)
    return None


def payment_asked(payment: Payment, reference: str) -> stripe.PaymentIntent | None:
    """The provider's payment in the account of this payment's channel, if it is there."""
    try:
        return gateway.payment_read(reference, gateway.channel_of(payment))
    except stripe.StripeRefused as refused:
        if refused.code == "resource_missing":
            return None
        raise


def _genuine(payment: Payment, intent: stripe.PaymentIntent) -> bool:
    return (
        dict(intent.metadata) == gateway.metadata_of(payment)
        and intent.currency.upper() == payment.currency
        and intent.amount == to_minor(payment.amount, payment.currency)
    )


def foreign_show(payment: Payment, reference: str) -> None:
    """Put money before staff that names a commission and is not its payment."""
    payable = payment.attempt.payable
    with transaction.atomic():
        attention.raise_for(
            lock_for_system(payable.project_id),
            FOREIGN,
            f"The provider's payment {reference} names this commission, but is not the payment of "
            f"{amount_text(payment.amount, payment.currency)} that was asked for. It starts "
            "nothing; if it is money, send it back at the provider.",
        )


# reports ----------------------------------------------------------------------------------------


def report_misdirected(event: Mapping[str, Any]) -> bool:
    """Whether a signed report is of another account or mode than the channel's: it changes nothing.

    Reports of connected accounts name them; ours never do. One that names a payment of ours is
    shown to staff.
    """
    reported = event["data"]["object"]
    payment = payment_claimed(reported)
    if not event.get("account") and (payment is None or _same_mode(event, payment)):
        return False
    logger.error("The report %s is of another account or mode.", event.get("id"))
    if payment is not None:
        foreign_show(payment, _reference(reported))
    return True


def _same_mode(event: Mapping[str, Any], payment: Payment) -> bool:
    key = accounts.account(gateway.channel_of(payment)).secret_key
    live = KEYS_LIVE.get(key[:7])
    return live is None or event.get("livemode") in (None, live)


def refund_of(report: Mapping[str, Any]) -> Refund | None:
    """Our refund behind the provider's one: by its id, or by our key on money of the same sum."""
    refunds = Refund.objects.select_related("payable")
    found = refunds.filter(provider_reference=str(report["id"])).first()
    # Behind our key the host writes which of its transactions this is a part of.
    key = _key(str((report.get("metadata") or {}).get("refund", ""))[:36])
    if found is not None or key is None:
        return found
    claimed = refunds.filter(pk=key).first()
    if claimed is None:
        return None
    paid = Payment.objects.filter(
        provider_reference=str(report.get("payment_intent")), attempt__payable=claimed.payable_id
    )
    currency = str(report["currency"]).upper()
    same = (from_minor(int(report["amount"]), currency), currency)
    return claimed if paid.exists() and same == (claimed.amount, claimed.currency) else None
