"""Our gateway in Saleor's Transactions API: the shop asks, the product answers.

Shapes of data are those of Saleor's own Stripe App. The whole sum is always charged at once, so
every answer is a CHARGE_ one, whatever the channel's default is. A refusal is an answer too, given
before any money moved: CHARGE_FAILURE with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from saleor.order.models import Order
from saleor.payment.interface import PaymentGatewayData, TransactionSessionResult
from saleor.payment.utils import (
    create_failed_transaction_event,
    create_transaction_event_from_request_and_webhook_response,
    recalculate_refundable_for_checkout,
)

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.money.stripe import StripeUnavailable
from saleor_bespoke.plugins.saleor.active import is_active
from saleor_bespoke.shop import port
from saleor_bespoke.shop.port import GATEWAY, PaymentAnswer, shop
from saleor_bespoke.shop.saleor import installed

NOT_OURS = "This gateway takes payments for bespoke pieces only."
CHARGED_AT_ONCE = "Bespoke pieces are charged at once: there is nothing to capture."
UNCERTAIN = (
    "The payment provider did not answer. Look there whether it was done before you ask for it "
    "again."
)

Source = Any  # a checkout or an order of Saleor


def is_ours(source: Source) -> bool:
    """Whether a loaded checkout or order belongs to a commission."""
    if isinstance(source, Order):
        return installed.order_is_ours(source)
    return installed.checkout_is_ours(source)


def is_on(source: Source) -> bool:
    """Whether the plugin is on in the channel of a checkout or order."""
    return is_active(source.channel.slug)


def checkout_id_of(source: Source) -> str:
    """The id by which the product knows what is paid: the checkout's, even once it is an order."""
    return str(source.checkout_token if isinstance(source, Order) else source.pk)


def gateways_add(asked: list[Any] | None, source: Source, others: Any) -> Any:
    """Our gateway's configuration for a storefront, beside that of the shop's other gateways.

    Asked for all gateways, ours answers for bespoke checkouts only; asked for by name, it says why
    it cannot be used.
    """
    mine = [gateway for gateway in asked or () if gateway.app_identifier == GATEWAY]
    if not (mine if asked else is_ours(source)) or not is_on(source):
        return others
    data = mine[0].data if mine else None
    rest = [gateway for gateway in others or () if gateway.app_identifier != GATEWAY]
    return [*rest, _configuration(source, data)]


def _configuration(source: Source, data: Any) -> PaymentGatewayData:
    if not is_ours(source):
        return PaymentGatewayData(app_identifier=GATEWAY, error=NOT_OURS)
    try:
        with shop().writer():
            answer = port.tell(
                "gateway_initialize",
                checkout_id=checkout_id_of(source),
                data=data if isinstance(data, Mapping) else {},
            )
    except BespokeError as refusal:
        return PaymentGatewayData(app_identifier=GATEWAY, error=refusal.message)
    return PaymentGatewayData(app_identifier=GATEWAY, data=answer)


def session_answer(question: str, data: Any, previous: Any) -> Any:
    """Our answer to a payment session that names our gateway; others pass unchanged."""
    if data.payment_gateway_data.app_identifier != GATEWAY or not is_on(data.source_object):
        return previous
    return TransactionSessionResult(
        app_identifier=GATEWAY, response=_response(_session_ask(question, data))
    )


def _session_ask(question: str, data: Any) -> PaymentAnswer:
    source, transaction = data.source_object, data.transaction
    amount = Decimal(data.action.amount)
    if not is_ours(source):
        return PaymentAnswer(result="CHARGE_FAILURE", amount=amount, message=NOT_OURS)
    sent = data.payment_gateway_data.data
    session = port.PaymentSession(
        checkout_id=checkout_id_of(source),
        transaction_id=str(transaction.token),
        amount=amount,
        currency=data.action.currency,
        action="CHARGE",
        data=sent if isinstance(sent, Mapping) else {},
        reference=transaction.psp_reference or "",
        key=transaction.idempotency_key or str(transaction.token),
    )
    try:
        with shop().writer():
            answer: PaymentAnswer = port.tell(question, session=session)
    except BespokeError as refusal:
        return PaymentAnswer(result="CHARGE_FAILURE", amount=amount, message=refusal.message)
    return answer


def _response(answer: PaymentAnswer) -> dict[str, Any]:
    """An answer as Saleor reads it from a payment app."""
    response = {
        "result": answer.result,
        "amount": str(answer.amount),
        "message": answer.message,
        "actions": list(answer.actions),
        "data": dict(answer.data) or None,
    }
    return response | ({"pspReference": answer.reference} if answer.reference else {})


def refund(data: Any) -> None:
    """Send money back that somebody asked for in the shop; other gateways' money is not ours."""
    _act("payment_refund", data)


def cancel(data: Any) -> None:
    """Give up a payment of ours that was not finished; one that was charged is refunded instead."""
    _act("payment_cancel", data)


def charge(data: Any) -> None:
    """Say that there is nothing to capture."""
    if not _to_answer(data):
        return
    _forget(data, _stray_failures(data))
    _fail(data, CHARGED_AT_ONCE)


def _act(question: str, data: Any) -> None:
    if not _to_answer(data):
        return
    stray = _stray_failures(data)
    event, transaction = data.event, data.transaction
    try:
        with shop().writer():
            answer: PaymentAnswer = port.tell(
                question,
                reference=transaction.psp_reference or "",
                amount=Decimal(data.action_value),
                currency=transaction.currency,
                key=event.idempotency_key or f"event-{event.pk}",
            )
    except StripeUnavailable:
        _forget(data, stray)
        _fail(data, UNCERTAIN)
    else:
        _forget(data, stray)
        _record(data, answer)


def _to_answer(data: Any) -> bool:
    """Whether this is our money and the shop still has our app; without it Saleor has refused.

    Money goes back also where the plugin is switched off.
    """
    ours = data.transaction.app_identifier == GATEWAY
    return bool(ours and data.transaction_app_owner and data.event)


def _record(data: Any, answer: PaymentAnswer) -> None:
    """Write the answer to the transaction as Saleor writes a payment app's.

    One that is still pending names the provider's reference alone, so that its end is found by it.
    """
    if answer.result.endswith("_FAILURE") and not answer.reference:
        _fail(data, answer.message)
        return
    response = _response(answer)
    del response["actions"]  # what can be done stays as it was
    if answer.result == "REFUND_REQUEST":
        response = {"pspReference": answer.reference}
    with shop().writer():
        create_transaction_event_from_request_and_webhook_response(
            data.event, data.transaction_app_owner, response
        )


def _fail(data: Any, reason: str) -> None:
    """Write down that nothing came of it.

    Saleor takes a failure without a provider's reference for the last one of its kind.
    """
    with shop().writer():
        create_failed_transaction_event(data.event, cause=reason[:512])
        recalculate_refundable_for_checkout(data.transaction, data.event)


def _stray_failures(data: Any) -> list[int]:
    """What Saleor wrote a moment ago: that no app answers. It looks for webhooks, not for plugins.

    Such a row belongs to no app, counts for nothing and was written after the request. Only those
    that are there before our own answer are meant.
    """
    event = data.event
    rows = data.transaction.events.filter(
        pk__gt=event.pk,
        type=event.type.replace("_request", "_failure"),
        amount_value=event.amount_value,
        include_in_calculations=False,
        app=None,
        user=None,
    )
    with shop().writer():
        return list(rows.values_list("pk", flat=True))


def _forget(data: Any, stray: list[int]) -> None:
    with shop().writer():
        data.transaction.events.filter(pk__in=stray).delete()
