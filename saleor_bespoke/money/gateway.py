"""Our payment gateway's half at the provider. Nothing here runs inside a transaction."""

from __future__ import annotations

from decimal import Decimal

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.money import stripe
from saleor_bespoke.money.accounts import account
from saleor_bespoke.money.minor_units import from_minor, to_minor
from saleor_bespoke.money.models import Payment
from saleor_bespoke.shop.port import PaymentAnswer

#: Which ways to pay the shop offers; an instalment method credits the whole sum at once.
PAYMENT_METHODS = ("card", "klarna")
PAYMENT_METHODS_BY_CURRENCY = {
    "USD": PAYMENT_METHODS,
    "EUR": PAYMENT_METHODS,
    "GBP": PAYMENT_METHODS,
}


def payment_begin(payment: Payment) -> stripe.PaymentIntent:
    """Open the payment at the provider; repeating it answers the same one."""
    return stripe.payment_intent_create(
        account(channel_of(payment)),
        amount=to_minor(payment.amount, payment.currency),
        currency=payment.currency,
        payment_method_types=PAYMENT_METHODS_BY_CURRENCY.get(payment.currency, ("card",)),
        metadata=metadata_of(payment),
        idempotency_key=f"payment-{payment.pk}",
    )


def metadata_of(payment: Payment) -> dict[str, str]:
    """What a payment carries at the provider: whose it is."""
    return {
        "payment": str(payment.pk),
        "checkout": payment.attempt.checkout_id,
        "payable": str(payment.attempt.payable_id),
    }


def channel_of(payment: Payment) -> str:
    """The sales channel whose account the payment belongs to."""
    channel: str = payment.attempt.payable.project.channel
    return channel


def _channel_by(reference: str) -> str:
    """The channel of a payment by the provider's id; an unknown one belongs to none."""
    found = Payment.objects.filter(provider_reference=reference)
    return found.values_list("attempt__payable__project__channel", flat=True).first() or ""


def payment_read(reference: str, channel: str | None = None) -> stripe.PaymentIntent:
    """The payment as the provider knows it now."""
    owner = account(_channel_by(reference) if channel is None else channel)
    return stripe.payment_intent_retrieve(owner, reference)


def payment_stop(payment: Payment) -> bool:
    """Make sure a payment can never succeed; False if it already has or may still."""
    channel = channel_of(payment)
    if payment.provider_reference is None:
        intent = payment_begin(payment)  # it may exist: the same key answers the same payment
        reference = intent.pk
    else:
        reference = payment.provider_reference
    try:
        intent = payment_read(reference, channel)
    except stripe.StripeRefused as refused:
        if refused.code == "resource_missing":
            return True
        raise
    if intent.status == "canceled":
        return True
    if intent.status in ("succeeded", "processing"):
        return False
    try:
        stripe.payment_intent_cancel(
            account(channel),
            reference,
            idempotency_key=f"cancel-{payment.pk}",
            reason="abandoned",
        )
    except stripe.StripeRefused:
        return payment_read(reference, channel).status == "canceled"
    return True


def answer(intent: stripe.PaymentIntent) -> PaymentAnswer:
    """What the host is told about a payment, in Saleor's words."""
    currency = intent.currency.upper()
    result, message = {
        "succeeded": ("CHARGE_SUCCESS", ""),
        "processing": ("CHARGE_REQUEST", "The payment is being processed."),
        "requires_payment_method": ("CHARGE_ACTION_REQUIRED", "Choose a way to pay."),
        "requires_confirmation": ("CHARGE_ACTION_REQUIRED", "Confirm the payment."),
        "requires_action": ("CHARGE_ACTION_REQUIRED", "Authenticate the payment."),
        "canceled": ("CHARGE_FAILURE", "The payment was cancelled."),
    }.get(intent.status, ("CHARGE_FAILURE", "The payment is in an unknown state."))
    if intent.status == "requires_payment_method" and intent.last_error is not None:
        result = "CHARGE_FAILURE"
        message = intent.last_error.message or "The payment was declined."
    minor = intent.amount_received if result == "CHARGE_SUCCESS" else intent.amount
    return PaymentAnswer(
        result=result,
        amount=from_minor(minor, currency),
        reference=intent.pk,
        message=message,
        actions=("REFUND",) if result == "CHARGE_SUCCESS" else (),
        data={"paymentIntent": {"stripeClientSecret": intent.client_secret}},
    )


def failure(amount: Decimal, message: str) -> PaymentAnswer:
    """A refusal before any money moved."""
    return _without_payment("CHARGE_FAILURE", amount, message)


def unanswered(amount: Decimal, message: str, reference: str = "") -> PaymentAnswer:
    """The provider said nothing, so nothing is decided: ask again."""
    return _without_payment("CHARGE_ACTION_REQUIRED", amount, message, reference)


def _without_payment(
    result: str, amount: Decimal, message: str, reference: str = ""
) -> PaymentAnswer:
    return PaymentAnswer(
        result=result,
        amount=amount,
        reference=reference,
        message=message,
        data={"errors": [{"message": message}]},
    )


def refund_send(*, reference: str, amount: Decimal, currency: str, key: str) -> PaymentAnswer:
    """Send money back at the provider; repeating the key repeats nothing, however late.

    The provider forgets idempotency keys after a day, but not what its refunds were made for.
    """
    try:
        owner = account(_channel_by(reference))
        made = stripe.refunds_list(owner, payment_intent=reference)
        known = (refund for refund in made if refund.metadata.get("refund") == key)
        refund = next(known, None) or stripe.refund_create(
            owner,
            payment_intent=reference,
            amount=to_minor(amount, currency),
            metadata={"refund": key},
            idempotency_key=f"refund-{key}",
        )
    except stripe.StripeKeyRefused as problem:  # no word on this refund: it stays owed
        raise stripe.StripeUnavailable(problem.message) from None
    except (stripe.StripeRefused, stripe.StripeDeclined, BespokeError) as refused:
        return PaymentAnswer(result="REFUND_FAILURE", amount=amount, message=refused.message)
    result = {"succeeded": "REFUND_SUCCESS", "pending": "REFUND_REQUEST"}.get(
        refund.status, "REFUND_FAILURE"
    )
    return PaymentAnswer(
        result=result,
        amount=amount,
        reference=refund.pk,
        message=refund.failure_reason or "",
    )
