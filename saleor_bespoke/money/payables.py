"""Sums that are owed, and the host checkouts by which they are paid."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum
from django.db.models.functions import Coalesce

from saleor_bespoke import clock
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.money.events import PayableClosed, PayableOpened
from saleor_bespoke.money.minor_units import quantum
from saleor_bespoke.money.models import Attempt, LedgerEntry, Payable
from saleor_bespoke.money.taxes import taxed_check
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import SYSTEM, Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import Stage


def payable_open(
    *,
    project: BespokeProject,
    kind: str,
    subject_pk: UUID,
    title: str,
    amount: Decimal,
    currency: str,
    valid_until: datetime | None,
    actor: Actor = SYSTEM,
) -> Payable:
    """Record that the project owes a sum; one subject owes once."""
    if amount <= 0 or amount != amount.quantize(quantum(currency)):
        raise BespokeError(ErrorCode.INVALID, "A payable sum is positive and in whole cents.")
    if kind != "QUOTE":  # whose tax, with that on its shipping, stands on the offer
        taxed_check(amount, channel=project.channel, currency=currency, field="amount")
    payable = Payable.objects.create(
        project=project,
        kind=kind,
        subject_pk=subject_pk,
        title=title,
        amount=amount,
        currency=currency,
        valid_until=valid_until,
        created_at=clock.now(),
    )
    ledger_add(payable, "QUOTED", amount, str(payable.pk))
    event = PayableOpened(payable=payable.pk, kind=kind, amount=amount, currency=currency)
    journal.record(project, event, actor=actor)
    return payable


def payable_lock(pk: UUID) -> Payable:
    """Lock a payable's row; the project's row is locked before it."""
    return Payable.objects.select_for_update().get(pk=pk)


def payable_usable(payable: Payable) -> None:
    """Refuse a payable that cannot be paid any more."""
    if payable.status != "OPEN":
        raise BespokeError(ErrorCode.PAYABLE_NOT_OPEN, f"This sum is {payable.status.lower()}.")
    if payable.valid_until and payable.valid_until <= clock.now():
        raise BespokeError(ErrorCode.QUOTE_EXPIRED, "The offer has expired.")
    if payable.kind == "TWEAK" and payable.project.stage != Stage.DESIGN:
        raise BespokeError(ErrorCode.STAGE_FORBIDS, "The design is not open to tweaks any more.")


def payable_close(*, project: BespokeProject, payable: Payable, outcome: str, actor: Actor) -> None:
    """End an open payable as CANCELLED or EXPIRED; the caller has ended its attempt."""
    if payable.status != "OPEN":
        raise BespokeError(ErrorCode.PAYABLE_NOT_OPEN, f"This sum is {payable.status.lower()}.")
    payable.status = outcome
    payable.save(update_fields=["status"])
    ledger_add(payable, "DROPPED", payable.amount, str(payable.pk))
    journal.record(project, PayableClosed(payable=payable.pk, outcome=outcome), actor=actor)


def attempt_live(payable: Payable) -> Attempt | None:
    """The checkout that is open for this payable, if any."""
    return payable.attempts.filter(state="LIVE").first()


def attempt_end(attempt: Attempt, outcome: str) -> None:
    """End an attempt; another may follow."""
    attempt.state, attempt.outcome, attempt.ended_at = "ENDED", outcome, clock.now()
    attempt.save(update_fields=["state", "outcome", "ended_at"])
    if attempt.locked_total is not None:
        ledger_add(attempt.payable, "HOLD_ENDED", attempt.locked_total, str(attempt.pk))


def payments_charged_mark(attempt: Attempt, references: Collection[str]) -> None:
    """Remember which payments of the attempt were charged; others stay open and are stopped."""
    attempt.payments.filter(status="OPEN", provider_reference__in=references).update(
        status="SUCCEEDED", ended_at=clock.now()
    )


def payments_returned_mark(attempt: Attempt, references: Collection[str]) -> None:
    """These charges of the attempt go back: another payment of the sum may begin."""
    attempt.payments.filter(status="SUCCEEDED", provider_reference__in=references).update(
        status="RETURNED"
    )


def old_gold_returned_note(own_material_pk: UUID) -> None:
    """Old metal that was taken in payment goes back to its customer, once."""
    credits = LedgerEntry.objects.select_related("payable")
    taken = credits.filter(kind="OLD_GOLD_CREDIT", reference=str(own_material_pk)).first()
    if taken is not None:
        ledger_add(taken.payable, "OLD_GOLD_RETURNED", taken.amount, taken.reference)


def ledger_sum(payable: Payable, kind: str) -> Decimal:
    """What the ledger's entries of this kind add up to for a sum, in the sum's currency."""
    entries = payable.ledger.filter(kind=kind, currency=payable.currency)
    total: Decimal = entries.aggregate(total=Coalesce(Sum("amount"), Decimal(0)))["total"]
    return total


def ledger_add(
    payable: Payable, kind: str, amount: Decimal, reference: str, *, currency: str = ""
) -> None:
    """Write a movement once, in the sum's currency unless another is named.

    A repeated reference changes nothing: the entry that stands is the movement.
    """
    entry = LedgerEntry(
        payable=payable,
        kind=kind,
        amount=amount,
        currency=currency or payable.currency,
        reference=reference,
        at=clock.now(),
    )
    LedgerEntry.objects.bulk_create([entry], ignore_conflicts=True)
