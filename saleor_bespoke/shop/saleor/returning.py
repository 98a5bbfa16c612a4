"""Money going back by the way it came: each transaction through the app that took it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.db import transaction
from saleor.checkout.models import Checkout
from saleor.order.events import event_transaction_refund_requested
from saleor.payment import PaymentError, TransactionAction, TransactionEventType
from saleor.payment.gateway import request_cancelation_action, request_refund_action
from saleor.payment.models import TransactionItem
from saleor.payment.utils import (
    create_failed_transaction_event,
    create_transaction_event_from_request_and_webhook_response,
    recalculate_refundable_for_checkout,
)
from saleor.plugins.manager import get_plugins_manager

from saleor_bespoke.shop import port
from saleor_bespoke.shop.port import GATEWAY, Effect, Outcome
from saleor_bespoke.shop.saleor.installed import app_find
from saleor_bespoke.shop.saleor.payments import Refused, by_hand, quantized, source_locked

ZERO = Decimal(0)


@dataclass(frozen=True)
class Way:
    """One way back: Saleor's names of its events, ours of the question to our gateway."""

    request: str
    success: str
    failure: str
    question: str


REFUND = Way(
    TransactionEventType.REFUND_REQUEST,
    TransactionEventType.REFUND_SUCCESS,
    TransactionEventType.REFUND_FAILURE,
    "payment_refund",
)
CANCEL = Way(
    TransactionEventType.CANCEL_REQUEST,
    TransactionEventType.CANCEL_SUCCESS,
    TransactionEventType.CANCEL_FAILURE,
    "payment_cancel",
)
WAYS = {way.request: way for way in (REFUND, CANCEL)}


def refund(source: Any, *, amount: Decimal, key: str) -> Effect:
    """Give this much of a checkout's or order's money back; the same key asks only once.

    What a gateway took goes first: it can send it back. Raises `Refused` where the money is not
    there, and passes on that our provider cannot be reached.
    """
    with transaction.atomic():
        left, wanted = amount, []
        known = [(item, _begun(item, REFUND, key)) for item in _items_locked(source)]
        for item, begun in sorted(known, key=lambda pair: (pair[1] is None, by_hand(pair[0]))):
            share = begun.amount_value if begun else min(left, item.charged_value)
            if share > ZERO:
                wanted.append((item, begun, share))
                left -= share
        if left > ZERO or not wanted:
            raise Refused("The refund exceeds what was charged.")
        requests = [
            (begun or _request(item, REFUND, share, key), begun is not None)
            for item, begun, share in wanted
        ]
    return together([_sent(request, begun=begun) for request, begun in requests])


def release(source: Any, *, key: str) -> Effect:
    """Send all back that gateways hold: authorisations cancelled, charges refunded; once a key.

    Raises `Refused` where neither checkout nor order is there any more.
    """
    requests: list[tuple[Any, bool]] = []
    with transaction.atomic():
        # A checkout may have become an order since it was read, and its money that order's.
        here = source_locked(source.pk) if isinstance(source, Checkout) else source
        for item in _items_locked(here):
            if by_hand(item):
                continue
            for way, there in ((CANCEL, item.authorized_value), (REFUND, item.charged_value)):
                begun = _begun(item, way, key)
                if begun is not None:
                    requests.append((begun, True))
                elif there > ZERO:
                    requests.append((_request(item, way, there, key), False))
    return together([_sent(request, begun=begun) for request, begun in requests])


def together(parts: list[Effect]) -> Effect:
    """One answer for money that goes back in several parts: it succeeds when all of them have."""
    for wanted in (Outcome.FAILED, Outcome.PENDING):
        for part in parts:
            if part.outcome is wanted:
                return part
    return parts[0] if parts else Effect(Outcome.SUCCEEDED)


def _items_locked(source: Any) -> list[Any]:
    items = TransactionItem.objects.filter(pk__in=source.payment_transactions.values("pk"))
    return list(items.select_for_update(of=("self",)).order_by("pk"))


def _key(item: Any, way: Way, key: str) -> str:
    return f"{key}:{item.token}" if way is REFUND else f"{key}:{item.token}:cancel"


def _begun(item: Any, way: Way, key: str) -> Any:
    name = _key(item, way, key)
    return item.events.filter(type=way.request, idempotency_key=name).first()


def _request(item: Any, way: Way, amount: Decimal, key: str) -> Any:
    app = app_find()
    return item.events.create(
        type=way.request,
        amount_value=amount,
        currency=item.currency,
        idempotency_key=_key(item, way, key),
        app=app,
        app_identifier=app.identifier if app else None,
        include_in_calculations=False,
    )


def _sent(request: Any, *, begun: bool) -> Effect:
    """Ask the transaction's own app for it, and say how it stands.

    Our own provider is asked again where it did not answer: its key makes that one refund. Another
    app is never asked twice.
    """
    stands = outcome(request)
    if stands.outcome is not Outcome.PENDING or request.psp_reference:
        return stands
    if request.transaction.app_identifier == GATEWAY:
        answer_note(request, answer_ask(request))
    elif not begun:
        _ask_host(request)
    request.refresh_from_db()
    return outcome(request)


def answer_ask(request: Any) -> port.PaymentAnswer:
    """Ask our gateway for what this request event of one of its transactions wants."""
    answer: port.PaymentAnswer = port.tell(
        WAYS[request.type].question,
        reference=request.transaction.psp_reference or "",
        amount=quantized(request.amount_value, request.currency),
        currency=request.currency,
        key=request.idempotency_key or f"event-{request.pk}",
    )
    return answer


def answer_note(request: Any, answer: port.PaymentAnswer) -> Any:
    """Write our gateway's answer to a request event down, as Saleor does with any app's."""
    item, app = request.transaction, app_find()
    if item.order_id and request.type == REFUND.request:
        event_transaction_refund_requested(
            order_id=item.order_id,
            reference=item.psp_reference or "",
            amount=request.amount_value,
            user=None,
            app=app,
        )
    if answer.result.endswith("_FAILURE") and not answer.reference:
        # Without a reference, Saleor would take it for the last failure that had none.
        recalculate_refundable_for_checkout(item, request)
        return create_failed_transaction_event(request, cause=answer.message[:512])
    response: dict[str, Any] = {"amount": str(answer.amount), "message": answer.message}
    if answer.reference:
        response["pspReference"] = answer.reference
    if answer.result.lower() != request.type:  # else the outcome is reported later
        response["result"] = answer.result
    return create_transaction_event_from_request_and_webhook_response(request, app, response)


def _ask_host(request: Any) -> None:
    """Have Saleor ask the app that took the money; the app may answer much later."""
    item = request.transaction
    common: dict[str, Any] = {
        "transaction": item,
        "manager": get_plugins_manager(allow_replica=False),
        "request_event": request,
        "channel_slug": (item.order or item.checkout).channel.slug,
        "user": None,
        "app": app_find(),
    }
    if _gift_card(request):
        return
    # Where nobody answers for the app, Saleor notes a failure before it raises.
    with suppress(PaymentError):
        if request.type == CANCEL.request:
            request_cancelation_action(
                **common, cancel_value=request.amount_value, action=TransactionAction.CANCEL
            )
        else:
            request_refund_action(**common, refund_value=request.amount_value)


def _gift_card(request: Any) -> bool:
    """Put money back on the gift card it came from: a gateway of Saleor's own, from 3.23 on."""
    if find_spec("saleor.giftcard.gateway") is None:
        return False
    item = request.transaction
    if item.app_identifier != import_module("saleor.giftcard.const").GIFT_CARD_PAYMENT_GATEWAY_ID:
        return False
    gateway = import_module("saleor.giftcard.gateway")
    if request.type == CANCEL.request:
        gateway.cancel_gift_card_transaction(item, request)
    else:
        gateway.refund_gift_card_transaction(item, request)
    return True


def outcome(request: Any) -> Effect:
    """How a request stands, by what was reported for it."""
    way, events = WAYS[request.type], request.transaction.events
    reference = request.psp_reference or ""
    if reference:
        reports = events.filter(psp_reference=reference)
    else:
        # An app that answered without a reference did so before anything else was asked of it.
        later = events.filter(type=way.request, pk__gt=request.pk).order_by("pk").first()
        reports = events.filter(pk__gt=request.pk)
        reports = reports.filter(pk__lt=later.pk) if later else reports
    last = reports.filter(type__in=(way.success, way.failure)).order_by("created_at", "pk").last()
    if last is None:
        return Effect(Outcome.PENDING, reference)
    reference = last.psp_reference or reference
    if last.type == way.failure:
        return Effect(Outcome.FAILED, reference, last.message or "It could not be sent back.")
    return Effect(Outcome.SUCCEEDED, reference)
