"""Money that made no order goes back by the way it came; a bank transfer is written by hand."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from django.db import transaction

from saleor_bespoke.shop import port
from saleor_bespoke.shop.embedded import ledger, refunds
from saleor_bespoke.shop.embedded.checkouts import source_locked, uuid_of
from saleor_bespoke.shop.embedded.models import TransactionEvent, TransactionItem
from saleor_bespoke.shop.embedded.payments import GATEWAY, ZERO, Source, transaction_create
from saleor_bespoke.shop.embedded.refusals import refuse

TRANSFER = "Bank transfer"


def by_hand(item: TransactionItem) -> bool:
    """Whether somebody wrote it down: what a gateway begins has a key of its own."""
    return item.idempotency_key is None


def transactions_on(checkout_ids: Collection[str]) -> dict[str, list[TransactionItem]]:
    """The transactions of each of these checkouts that has some, oldest first."""
    found: dict[str, list[TransactionItem]] = {}
    keys = [key for key in map(uuid_of, checkout_ids) if key is not None]
    for item in TransactionItem.objects.filter(checkout__in=keys):
        found.setdefault(str(item.checkout_id), []).append(item)
    return found


def release(source: Source, *, key: str) -> list[TransactionEvent]:
    """Cancel what is authorised and refund what is charged, once for a key; the last events."""
    events: list[TransactionEvent] = []
    for item in ledger.transactions_of(source):
        if by_hand(item):
            continue
        own = f"{key}:{item.token}"
        begun = {event.type: event.amount for event in item.events.filter(key=own)}
        authorized = begun.get("CANCEL_REQUEST", item.authorized)
        if authorized > ZERO:
            events.append(_cancel(item, amount=authorized, key=own))
        charged = begun.get("REFUND_REQUEST", item.charged)
        if charged > ZERO:
            events.append(refunds.refund(item, amount=charged, key=own))
    return events


def _cancel(item: TransactionItem, *, amount: Decimal, key: str) -> TransactionEvent:
    """Give up an authorisation; the same key again answers how the first one went."""
    request = ledger.event_add(item, "CANCEL_REQUEST", amount, key=key)
    done = item.events.filter(type__in=("CANCEL_SUCCESS", "CANCEL_FAILURE"), key=key).first()
    if done is not None:
        return done
    if item.gateway != GATEWAY:
        return ledger.event_add(item, "CANCEL_FAILURE", amount, message=refunds.NO_APP, key=key)
    answer = port.tell(
        "payment_cancel",
        reference=item.psp_reference,
        amount=amount,
        currency=item.currency,
        key=key,
    )
    if answer.result == "CANCEL_REQUEST":
        return request
    return ledger.event_add(
        item,
        answer.result,
        answer.amount,
        reference=answer.reference,
        message=answer.message,
        key=key,
    )


def transfer_record(
    checkout_id: object, *, reference: str, amount: Decimal, currency: str
) -> TransactionItem:
    """The transfer with this reference, written now unless somebody wrote it before."""
    with transaction.atomic():
        source = source_locked(checkout_id)  # two at once write one
        noted = source.transactions.filter(psp_reference=reference, idempotency_key=None).first()
        if noted is None:
            return transaction_create(
                source,
                name=TRANSFER,
                reference=reference,
                actions=[],
                charged=(amount, currency),
                note=None,
            )
    if (noted.charged, noted.currency) != (amount, currency):
        raise refuse("INVALID", "Another sum is recorded with this reference.", "reference")
    return noted
