"""Whether the ledger adds up: its balances against the rows of the host and of our own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import F, Sum

from saleor_bespoke.money.balances import Balance, balances, impossible
from saleor_bespoke.money.models import Attempt, LedgerEntry, Payable
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.embedded.models import TransactionItem
from saleor_bespoke.steps.cad.models import ChangeOrder

ZERO = Decimal(0)


def ledger_faults() -> list[Any]:
    """What does not add up at this moment; a sound shop answers nothing."""
    faults: list[Any] = []
    for project in BespokeProject.objects.filter(payables__isnull=False).distinct():
        found = balances(LedgerEntry.objects.filter(payable__project=project))
        faults += [
            (project.number, row.currency, *impossible(row)) for row in found if impossible(row)
        ]
        own = next((row for row in found if row.currency == project.currency), None)
        if own is None:
            faults.append((project.number, "nothing was quoted"))
        elif (own.quoted, own.held) != (_quoted(project), _held(project)):
            faults.append((project.number, own, _quoted(project), _held(project)))
    return faults + _host_faults()


def _quoted(project: BespokeProject) -> Decimal:
    """Line prices that are payable or paid, less what accepted changes saved."""
    live = project.payables.filter(status__in=("OPEN", "PAID"))
    saved = ChangeOrder.objects.filter(project=project, status="SETTLED", price_difference__lt=0)
    return _sum(live, "amount") + _sum(saved, "price_difference")


def _held(project: BespokeProject) -> Decimal:
    """Totals frozen for checkouts that are open."""
    live = Attempt.objects.filter(payable__project=project, state="LIVE")
    return _sum(live, "locked_total")


def _sum(rows: Any, of: Any) -> Decimal:
    total: Decimal | None = rows.aggregate(total=Sum(of))["total"]
    return total or ZERO


def _host_faults() -> list[Any]:
    """Sums of which the ledger keeps another part than the host, where all came by their order."""
    plain = Payable.objects.exclude(order_id=None).exclude(refunds__attempt__isnull=False)
    faults = []
    for payable in plain.exclude(refunds__cause="OVERPAID"):
        (balance,) = _money(payable)
        items = TransactionItem.objects.filter(order__pk=payable.order_id)
        there = _sum(items, F("charged") + F("refund_pending"))
        if balance.kept != there:
            faults.append((payable.pk, balance.kept, there))
    return faults


def _money(payable: Payable) -> tuple[Balance, ...]:
    """The sum's balance in its own currency."""
    entries = payable.ledger.filter(currency=payable.currency)
    return balances(entries)
