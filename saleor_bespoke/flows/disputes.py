"""A charge that the customer's bank questions: shown to staff, counted, and over when it is won.

Each report holds the whole dispute, so the same ledger follows in whichever order they come.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from saleor_bespoke.flows.provider_gate import payment_known
from saleor_bespoke.money.events import ChargeDisputed, DisputeClosed
from saleor_bespoke.money.minor_units import amount_text, from_minor
from saleor_bespoke.money.models import LedgerEntry, Payable
from saleor_bespoke.money.payables import ledger_add
from saleor_bespoke.money.stripe_lists import Dispute
from saleor_bespoke.project import attention, journal
from saleor_bespoke.project.access import SYSTEM
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import lock_for_system


def dispute_note(dispute: Dispute) -> bool:
    """Write down how a dispute of one of our charges stands; whether anything of it was new."""
    payment = payment_known(str(dispute.payment_intent))
    if payment is None:
        return False
    payable = payment.attempt.payable
    with transaction.atomic():
        project = lock_for_system(payable.project_id)
        before = _known(project, dispute)
        _money_note(payable, dispute)
        if dispute.closed:
            _close(project, payable, dispute)
        else:
            _show(project, payable, dispute)
        return _known(project, dispute) != before


def _told(project: BespokeProject, kind: str, dispute: Dispute) -> bool:
    events = project.events.filter(kind=kind, payload__reference=dispute.pk)
    return bool(events.exists())


def _known(project: BespokeProject, dispute: Dispute) -> tuple[int, bool, bool]:
    """All that is written of a dispute here."""
    return (
        LedgerEntry.objects.filter(reference=dispute.pk).count(),
        _told(project, ChargeDisputed.__name__, dispute),
        _told(project, DisputeClosed.__name__, dispute),
    )


def _money_note(payable: Payable, dispute: Dispute) -> None:
    """What the bank took and gave back, and what the provider charges for it."""
    currency = dispute.currency.upper()
    amount = from_minor(dispute.amount, currency)
    if dispute.withdrawn:
        ledger_add(payable, "DISPUTED", amount, dispute.pk, currency=currency)
    if dispute.withdrawn and dispute.reinstated:
        ledger_add(payable, "DISPUTE_WON", amount, dispute.pk, currency=currency)
    for line in dispute.movements:
        settled = line.currency.upper()
        fee = from_minor(line.fee, settled)
        kind = "FEE" if fee > 0 else "FEE_RETURNED"
        if fee:
            ledger_add(payable, kind, abs(fee), dispute.pk, currency=settled)


def _show(project: BespokeProject, payable: Payable, dispute: Dispute) -> None:
    if _told(project, DisputeClosed.__name__, dispute):
        return  # older news that came late
    _begin_note(project, payable, dispute)
    attention.raise_for(
        project, "CHARGE_DISPUTED", f"The charge of order {payable.order_number} is disputed."
    )


def _begin_note(project: BespokeProject, payable: Payable, dispute: Dispute) -> None:
    if not _told(project, ChargeDisputed.__name__, dispute):
        event = ChargeDisputed(payable=payable.pk, reference=dispute.pk)
        journal.record(project, event, actor=SYSTEM)


def _close(project: BespokeProject, payable: Payable, dispute: Dispute) -> None:
    _begin_note(project, payable, dispute)
    if _told(project, DisputeClosed.__name__, dispute):
        return
    event = DisputeClosed(payable=payable.pk, reference=dispute.pk, outcome=dispute.status)
    journal.record(project, event, actor=SYSTEM)
    if dispute.status == "lost":
        attention.raise_for(
            project,
            "DISPUTE_LOST",
            f"The bank keeps {_sum(dispute)} of order {payable.order_number}.",
        )
    if not _undecided(project):
        said = "The dispute was lost." if dispute.status == "lost" else "The dispute was won."
        attention.resolve(project, "CHARGE_DISPUTED", said, actor=SYSTEM)


def _undecided(project: BespokeProject) -> bool:
    opened = project.events.filter(kind=ChargeDisputed.__name__)
    closed = project.events.filter(kind=DisputeClosed.__name__)
    decided = set(closed.values_list("payload__reference", flat=True))
    return bool(set(opened.values_list("payload__reference", flat=True)) - decided)


def _sum(dispute: Dispute) -> str:
    currency = dispute.currency.upper()
    amount: Decimal = from_minor(dispute.amount, currency)
    return amount_text(amount, currency)
