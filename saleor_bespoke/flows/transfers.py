"""A bank transfer that staff found on the shop's account: judged, recorded, carried out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction

from saleor_bespoke import clock
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.flows.cases import PAYMENT_TIME
from saleor_bespoke.flows.documents.contracts import contract_check
from saleor_bespoke.flows.leaving import payments_end
from saleor_bespoke.flows.transfer_notice import no_payment_check, payments_begun
from saleor_bespoke.money.events import BankTransferRecorded
from saleor_bespoke.money.minor_units import amount_text
from saleor_bespoke.money.models import Attempt, BankTransfer, LedgerEntry, Payable
from saleor_bespoke.money.payables import payable_lock, payable_usable
from saleor_bespoke.project import attention, deliveries, journal
from saleor_bespoke.project.access import HANDLE_PAYMENTS, Actor
from saleor_bespoke.project.children import child_check, lock_child
from saleor_bespoke.project.deliveries import handles
from saleor_bespoke.project.models import BespokeProject, Delivery
from saleor_bespoke.project.services import lock_for_system
from saleor_bespoke.project.texts import block, line
from saleor_bespoke.shop.port import CheckoutState, Outcome, shop, tell
from saleor_bespoke.steps.checkout.services import attempt_open, checkout_check, total_freeze
from saleor_bespoke.workshop.calendars import calendar_of
from saleor_bespoke.workshop.materials import holdings_extend

LONGEST_REFERENCE = 140
LONGEST_NOTE = 4000


@dataclass(frozen=True, kw_only=True)
class Found:
    """What staff found on the shop's account; `value_date` is a day of the shop's."""

    amount: Decimal
    currency: str
    reference: str
    value_date: date
    note: str = ""


def bank_transfer_record(*, actor: Actor, payable_pk: UUID, found: Found) -> BankTransfer:
    """Staff found exactly the sum on the shop's account: the host gets it and makes the order.

    Needs HANDLE_PAYMENTS. The same transfer recorded twice is one. Refusals: CURRENCY_MISMATCH,
    PAYMENT_NOT_FULL, REFERENCE_USED, INVALID and REQUIRED (`reference`, `valueDate`),
    CHECKOUT_CHANGED (what the checkout lacks), PAYMENT_IN_PROGRESS, MATERIAL_UNAVAILABLE.
    """
    actor.require(HANDLE_PAYMENTS)
    child_check(Payable, payable_pk, "payable", actor=actor, command="bank_transfer_record")
    reference = line(found.reference, "reference", longest=LONGEST_REFERENCE)
    note = block(found.note, "note", longest=LONGEST_NOTE, required=False)
    found = replace(found, reference=reference, note=note)
    begun = payments_begun(payable_pk)
    if begun:
        with transaction.atomic():  # what would be refused stops no payment at the provider
            _ready(actor, payable_pk, found)
            transaction.set_rollback(True)
        payments_end(begun)
    with transaction.atomic():
        transfer = _record(actor, payable_pk, found)
    deliveries.hasten(project_pk=transfer.payable.project_id, handler=transfer_carry_out.__name__)
    return BankTransfer.objects.select_related("payable__project").get(pk=transfer.pk)


@dataclass(frozen=True)
class _Ready:
    """A sum that this transfer pays, its rows locked, and the actor as it acts."""

    project: BespokeProject
    payable: Payable
    actor: Actor
    attempt: Attempt


def _ready(actor: Actor, payable_pk: UUID, found: Found) -> _Ready | BankTransfer:
    """All that is refused is refused here; a transfer that was recorded before is answered."""
    payable, project, acting = lock_child(
        Payable, payable_pk, "payable", actor=actor, command="bank_transfer_record"
    )
    payable = payable_lock(payable.pk)
    same: BankTransfer | None = payable.transfers.filter(
        reference__iexact=found.reference,
        amount=found.amount,
        currency=found.currency,
        value_date=found.value_date,
    ).first()
    if same is not None:
        return same
    payable_usable(payable)
    contract_check(project, payable)
    _facts_check(project, payable, found)
    attempt = attempt_open(project=project, payable=payable)
    seen = checkout_check(project=project, payable=payable, attempt=attempt)
    total = seen.total if attempt.locked_total is None else attempt.locked_total
    if found.amount != total:
        raise BespokeError(
            ErrorCode.PAYMENT_NOT_FULL,
            f"Exactly {amount_text(total, payable.currency)} start the work.",
            field="amount",
        )
    _alone_check(seen, found)
    holdings_extend(payable_pk=payable.pk, until=clock.now() + PAYMENT_TIME)
    return _Ready(project, payable, acting, attempt)


def _facts_check(project: BespokeProject, payable: Payable, found: Found) -> None:
    if found.currency != payable.currency:
        raise BespokeError(
            ErrorCode.CURRENCY_MISMATCH,
            f"This sum is owed in {payable.currency}.",
            field="currency",
        )
    calendar = calendar_of(project.channel)
    if found.value_date > calendar.local_day(clock.now()):
        raise BespokeError(
            ErrorCode.INVALID, "The value date lies in the future.", field="valueDate"
        )
    if found.value_date < calendar.local_day(payable.created_at):
        raise BespokeError(
            ErrorCode.INVALID,
            "The value date lies before the customer's acceptance.",
            field="valueDate",
        )
    counted = LedgerEntry.objects.filter(kind="CHARGED", reference__iexact=found.reference)
    recorded = BankTransfer.objects.filter(reference__iexact=found.reference)
    if counted.exists() or recorded.exists():
        raise _used()


def _used() -> BespokeError:
    return BespokeError(
        ErrorCode.REFERENCE_USED,
        "This reference was counted for a payment already.",
        field="reference",
    )


def _alone_check(seen: CheckoutState, found: Found) -> None:
    """Nothing else may stand on the checkout; a note of this very transfer is taken for it."""
    for item in seen.transactions:
        noted = item.by_hand and (item.reference, item.charged) == (found.reference, found.amount)
        if not noted and (item.charged or item.authorized or item.pending):
            raise BespokeError(
                ErrorCode.PAYMENT_IN_PROGRESS,
                "Other money stands on the checkout; it goes back, or is taken back, first.",
            )


def _record(actor: Actor, payable_pk: UUID, found: Found) -> BankTransfer:
    ready = _ready(actor, payable_pk, found)
    if isinstance(ready, BankTransfer):
        return ready
    project, payable, attempt = ready.project, ready.payable, ready.attempt
    no_payment_check(payable)
    try:
        with transaction.atomic():
            transfer = BankTransfer.objects.create(
                payable=payable,
                attempt=attempt,
                amount=found.amount,
                currency=found.currency,
                reference=found.reference,
                value_date=found.value_date,
                note=found.note,
                recorded_by=ready.actor.ref,
                recorded_at=clock.now(),
            )
    except IntegrityError:  # another sum took the reference at this moment
        raise _used() from None
    total_freeze(project=project, payable=payable, attempt=attempt, total=found.amount)
    event = BankTransferRecorded(
        payable=payable.pk,
        transfer=transfer.pk,
        amount=found.amount,
        currency=found.currency,
        value_date=found.value_date.isoformat(),
    )
    journal.record(project, event, actor=ready.actor)
    return transfer


@handles(BankTransferRecorded, first=True)
def transfer_carry_out(delivery: Delivery) -> None:
    """Write the transfer to the host's checkout and let the host make the order, each once.

    What the host refuses is put before staff and tried again by `flows.stranded`.
    """
    transfer = BankTransfer.objects.select_related("attempt", "payable").get(
        pk=UUID(delivery.event.payload["transfer"])
    )
    checkout_id = transfer.attempt.checkout_id
    effect = shop().transfer_record(
        checkout_id=checkout_id,
        reference=transfer.reference,
        amount=transfer.amount,
        currency=transfer.currency,
        key=str(transfer.pk),
    )
    if effect.outcome is not Outcome.FAILED and shop().order_of_checkout(checkout_id) is None:
        effect = shop().checkout_complete(checkout_id=checkout_id, key=str(transfer.pk))
    order = shop().order_of_checkout(checkout_id)
    if order is not None:
        tell("order_paid", order_id=order.order_id)
    elif effect.outcome is Outcome.FAILED:
        with transaction.atomic():
            attention.raise_for(
                lock_for_system(transfer.payable.project_id),
                "PAID_WITHOUT_ORDER",
                f"{amount_text(transfer.amount, transfer.currency)} came by bank transfer, but the "
                f"order could not be made: {effect.reason}",
            )
