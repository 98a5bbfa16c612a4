"""The payment provider as this shop uses it: a thin client over the `stripe` library.

The library's module globals (`stripe.api_key`, `api_base`, `api_version`, `default_http_client`)
belong to the host shop, so every call carries its own key, address, version and HTTP client.
Amounts are whole minor units (see `minor_units`); currencies are lower case, as the provider
writes them. Every failure is one of the `StripeError`s of `stripe_errors`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from stripe.error import SignatureVerificationError
from stripe.webhook import WebhookSignature

from saleor_bespoke import clock

from .stripe_answers import PaymentFailure, PaymentIntent, Refund
from .stripe_errors import (
    StripeDeclined,
    StripeError,
    StripeKeyRefused,
    StripeRefused,
    StripeSignatureInvalid,
    StripeUnavailable,
)
from .stripe_http import DEFAULT_API_VERSION, StripeAccount, send

__all__ = [
    "DEFAULT_API_VERSION",
    "PaymentFailure",
    "PaymentIntent",
    "Refund",
    "StripeAccount",
    "StripeDeclined",
    "StripeError",
    "StripeKeyRefused",
    "StripeRefused",
    "StripeSignatureInvalid",
    "StripeUnavailable",
    "construct_event",
    "payment_intent_cancel",
    "payment_intent_confirm",
    "payment_intent_create",
    "payment_intent_retrieve",
    "refund_create",
    "refund_retrieve",
    "refunds_list",
]

PAGE = 100
MAX_PAGES = 20
TOLERANCE_SECONDS = 300

T = TypeVar("T")


def payment_intent_create(
    account: StripeAccount,
    *,
    amount: int,
    currency: str,
    idempotency_key: str,
    payment_method_types: Sequence[str] = ("card",),
    metadata: Mapping[str, str] | None = None,
    description: str | None = None,
) -> PaymentIntent:
    """Ask for `amount` minor units, captured at once; the browser confirms by client secret."""
    params = {
        "amount": amount,
        "currency": currency.lower(),
        "payment_method_types": list(payment_method_types),
        "metadata": dict(metadata or {}),
        "description": description,
    }
    answer = send(account, "post", "/v1/payment_intents", params, idempotency_key=idempotency_key)
    return _read(PaymentIntent.from_stripe, answer)


def payment_intent_retrieve(account: StripeAccount, pk: str) -> PaymentIntent:
    """The payment as the provider knows it now."""
    return _read(PaymentIntent.from_stripe, send(account, "get", _intent_path(pk)))


def payment_intent_confirm(
    account: StripeAccount,
    pk: str,
    *,
    payment_method: str,
    idempotency_key: str,
    return_url: str | None = None,
) -> PaymentIntent:
    """Charge this payment method from the server; a declined card raises StripeDeclined."""
    params = {"payment_method": payment_method, "return_url": return_url}
    path = f"{_intent_path(pk)}/confirm"
    answer = send(account, "post", path, params, idempotency_key=idempotency_key)
    return _read(PaymentIntent.from_stripe, answer)


def payment_intent_cancel(
    account: StripeAccount, pk: str, *, idempotency_key: str, reason: str | None = None
) -> PaymentIntent:
    """Make sure this payment can never succeed; refused with `payment_intent_unexpected_state`
    if it already has."""
    path = f"{_intent_path(pk)}/cancel"
    params = {"cancellation_reason": reason}
    answer = send(account, "post", path, params, idempotency_key=idempotency_key)
    return _read(PaymentIntent.from_stripe, answer)


def refund_create(
    account: StripeAccount,
    *,
    payment_intent: str,
    idempotency_key: str,
    amount: int | None = None,
    metadata: Mapping[str, str] | None = None,
    reason: str | None = None,
) -> Refund:
    """Send back `amount` minor units, or all that is left; the provider refuses more."""
    params = {
        "payment_intent": payment_intent,
        "amount": amount,
        "metadata": dict(metadata or {}),
        "reason": reason,
    }
    answer = send(account, "post", "/v1/refunds", params, idempotency_key=idempotency_key)
    return _read(Refund.from_stripe, answer)


def refund_retrieve(account: StripeAccount, pk: str) -> Refund:
    """The refund as the provider knows it now; it may fail days after it succeeded."""
    return _read(Refund.from_stripe, send(account, "get", f"/v1/refunds/{_checked(pk, 're')}"))


def refunds_list(account: StripeAccount, *, payment_intent: str) -> tuple[Refund, ...]:
    """All refunds of a payment, newest first."""
    found: list[Refund] = []
    for _ in range(MAX_PAGES):
        params = {
            "payment_intent": payment_intent,
            "limit": PAGE,
            "starting_after": found[-1].pk if found else None,
        }
        answer = send(account, "get", "/v1/refunds", params)
        found += _read(lambda page: [Refund.from_stripe(row) for row in page["data"]], answer)
        if not answer.get("has_more"):
            return tuple(found)
    raise StripeRefused(f"{payment_intent} has more than {PAGE * MAX_PAGES} refunds.")


def construct_event(account: StripeAccount, payload: bytes, signature: str) -> dict[str, Any]:
    """The event of a webhook, if one of the account's secrets signed it in the last 5 minutes.

    `signature` is the `Stripe-Signature` header. Raises StripeSignatureInvalid.
    """
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        raise StripeSignatureInvalid("The webhook's body is not UTF-8.") from None
    if not any(_signed(text, signature, secret) for secret in account.webhook_secrets):
        raise StripeSignatureInvalid("The webhook is not signed with a secret of this shop.")
    # The library takes the first `t`, too, and has just read it.
    stamp = next(part for part in signature.split(",") if part.startswith("t=")).split("=")[1]
    if int(stamp) < clock.now().timestamp() - TOLERANCE_SECONDS:
        raise StripeSignatureInvalid("The webhook was signed too long ago.")
    event = json.loads(text)
    if not isinstance(event, dict):
        raise StripeSignatureInvalid("The webhook's body is not an event.")
    return event


def _signed(text: str, signature: str, secret: str) -> bool:
    # The library compares signatures in a way that fails on other than ASCII text.
    if not secret or not signature.isascii():
        return False
    try:
        # Its own age check asks the machine's clock, not the shop's.
        WebhookSignature.verify_header(text, signature, secret, tolerance=None)
    except SignatureVerificationError:
        return False
    return True


def _read(convert: Callable[[Any], T], answer: Any) -> T:
    try:
        return convert(answer)
    except (KeyError, TypeError, AttributeError):
        raise StripeUnavailable("The payment provider's answer has an unknown shape.") from None


def _intent_path(pk: str) -> str:
    return f"/v1/payment_intents/{_checked(pk, 'pi')}"


def _checked(pk: str, prefix: str) -> str:
    """An id that cannot lead to another address of the API."""
    if not re.fullmatch(rf"{prefix}_[A-Za-z0-9_]{{1,100}}", pk):
        raise StripeRefused(f"This is not an id that begins with {prefix}_.")
    return pk
