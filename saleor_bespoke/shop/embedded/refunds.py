"""Giving money back by the way it came."""

from __future__ import annotations

from decimal import Decimal

from saleor_bespoke.shop import port
from saleor_bespoke.shop.embedded import ledger
from saleor_bespoke.shop.embedded.models import TransactionEvent, TransactionItem
from saleor_bespoke.shop.embedded.payments import GATEWAY, ZERO
from saleor_bespoke.shop.embedded.refusals import refuse

NO_APP = "Transaction request skipped. Missing relation to PaymentApp."


def action_request(item: TransactionItem, *, action: str, amount: Decimal | None, key: str) -> None:
    """Do what staff ask for; as in the real shop, no amount, none at all or too much means all."""
    if action != "REFUND":
        raise refuse(
            "MISSING_TRANSACTION_ACTION_REQUEST_WEBHOOK",
            "No app or plugin is configured to handle payment action requests.",
        )
    if item.charged > ZERO:
        refund(item, amount=min(amount or item.charged, item.charged), key=key)


def refund(item: TransactionItem, *, amount: Decimal, key: str) -> TransactionEvent:
    """Give this much of a transaction back; the same key again asks how the first one went.

    The answer is the last event: REFUND_SUCCESS, REFUND_FAILURE, or REFUND_REQUEST while it waits.
    """
    request = ledger.event_add(item, "REFUND_REQUEST", amount, key=key)
    settled = _settled(item, request)
    if settled is not None:
        return settled
    if item.gateway != GATEWAY:
        ledger.request_answered(request, reference="", counted=False)
        return ledger.event_add(item, "REFUND_FAILURE", amount, message=NO_APP, key=key)
    answer = port.tell(
        "payment_refund",
        reference=item.psp_reference,
        amount=amount,
        currency=item.currency,
        key=key,
    )
    return _noted(item, request, answer)


def _settled(item: TransactionItem, request: TransactionEvent) -> TransactionEvent | None:
    """The outcome of a refund asked for before, if it is known."""
    outcomes = item.events.filter(type__in=("REFUND_SUCCESS", "REFUND_FAILURE"))
    by_key = outcomes.filter(key=request.key).first()
    if by_key is not None or not request.psp_reference:
        return by_key
    return outcomes.filter(psp_reference=request.psp_reference).first()


def _noted(
    item: TransactionItem, request: TransactionEvent, answer: port.PaymentAnswer
) -> TransactionEvent:
    """Write the gateway's answer down and tell the product what became of the order."""
    waiting = answer.result == "REFUND_REQUEST"
    failed = answer.result == "REFUND_FAILURE"
    ledger.request_answered(request, reference=answer.reference, counted=not failed)
    event = request
    if not waiting:
        event = ledger.event_add(
            item,
            answer.result,
            answer.amount,
            reference=answer.reference,
            message=answer.message,
            counted=not failed,
            key=request.key,
        )
    item.refresh_from_db()
    if not waiting and not failed and item.order_id is not None:
        port.tell("order_refunded", order_id=str(item.order_id))
    return event


def refund_spread(
    items: list[TransactionItem], *, amount: Decimal, key: str
) -> list[TransactionEvent]:
    """Give a sum back over several transactions; raises `HostRefusal` where it is not there.

    What a gateway took goes first: it can send it back.
    """
    shares: list[tuple[TransactionItem, Decimal]] = []
    left = amount
    for item in sorted(items, key=lambda item: item.gateway != GATEWAY):
        begun = item.events.filter(type="REFUND_REQUEST", key=f"{key}:{item.token}").first()
        share = begun.amount if begun else min(left, item.charged)
        if share > ZERO:
            shares.append((item, share))
            left -= share
    if left > ZERO:
        raise refuse("INVALID", "The refund exceeds what was charged.")
    return [refund(item, amount=share, key=f"{key}:{item.token}") for item, share in shares]
