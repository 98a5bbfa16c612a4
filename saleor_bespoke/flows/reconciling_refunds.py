"""One refund in three books: as the provider made it, as the host counts it, as it was owed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from saleor_bespoke.flows.provider import refund_reported
from saleor_bespoke.flows.provider_gate import payment_known, refund_of
from saleor_bespoke.flows.reconciling_findings import Report
from saleor_bespoke.flows.reconciling_payments import host_item
from saleor_bespoke.money import stripe
from saleor_bespoke.money.minor_units import amount_text, from_minor
from saleor_bespoke.money.models import LedgerEntry, Payment, Refund

ENDED = {"succeeded": "SUCCEEDED", "failed": "FAILED", "canceled": "FAILED"}


def refund_compare(report: Report, owner: stripe.StripeAccount, made: stripe.Refund) -> None:
    """Repair what a lost report would have told of this refund, and flag what none explains."""
    payment = payment_known(str(made.payment_intent))
    if payment is None:
        return
    told = _as_reported(made)
    owed = refund_of(told)
    if owed is not None:
        _owed_compare(report, owed, made, told)
    else:
        _by_hand_compare(report, owner, payment, made, told)


def _as_reported(made: stripe.Refund) -> dict[str, Any]:
    """The refund as a report of the provider would hold it."""
    return {
        "id": made.pk,
        "status": made.status,
        "amount": made.amount,
        "currency": made.currency,
        "failure_reason": made.failure_reason,
        "payment_intent": made.payment_intent,
        "metadata": dict(made.metadata),
    }


def _sum(made: stripe.Refund) -> tuple[Decimal, str]:
    currency = made.currency.upper()
    return from_minor(made.amount, currency), currency


def _owed_compare(report: Report, owed: Refund, made: stripe.Refund, told: dict[str, Any]) -> None:
    project = owed.payable.project
    ended = ENDED.get(made.status)
    if _sum(made) != (owed.amount, owed.currency):
        there, here = amount_text(*_sum(made)), amount_text(owed.amount, owed.currency)
        detail = f"The provider sent {there} back by {made.pk}, but {here} were owed."
        report.flag("REFUND_DIFFERS", made.pk, project, detail)
    elif owed.status == "FAILED" and ended == "SUCCEEDED" and owed.provider_reference == made.pk:
        detail = f"The refund {made.pk} had failed here; the provider says that it succeeded."
        report.flag("REFUND_DIFFERS", made.pk, project, detail)
    elif ended not in (None, owed.status) or owed.status == "REQUESTED":
        done = f"The refund of {amount_text(*_sum(made))} is noted as {made.status}."
        failed = ended == "FAILED"
        report.repair(
            "REFUND_UNREPORTED",
            made.pk,
            project,
            done,
            lambda: refund_reported(told),
            left=failed,
        )


def _by_hand_compare(
    report: Report,
    owner: stripe.StripeAccount,
    payment: Payment,
    made: stripe.Refund,
    told: dict[str, Any],
) -> None:
    """A refund that nobody here asked for: the host learns of it, and staff look at it."""
    item = host_item(payment)
    counted = item.refunded if item is not None else Decimal(0)
    every = stripe.refunds_list(owner, payment_intent=str(made.payment_intent))
    gone = sum((_sum(row)[0] for row in every if row.status == "succeeded"), Decimal(0))
    project, amount = payment.attempt.payable.project, amount_text(*_sum(made))
    if item is None and made.status == "succeeded":
        detail = f"{amount} went back at the provider by {made.pk}; the shop has no such payment."
        report.flag("REFUND_BY_HAND", made.pk, project, detail)
    elif made.status == "succeeded" and counted < gone:
        done = f"{amount} went back at the provider by hand: noted in the shop and here."
        report.repair(
            "REFUND_BY_HAND", made.pk, project, done, lambda: refund_reported(told), left=True
        )
    elif ENDED.get(made.status) == "FAILED" and counted > gone and not _failure_known(made):
        done = f"{amount}, sent back by hand, did not arrive: noted in the shop and here."
        report.repair(
            "REFUND_UNREPORTED", made.pk, project, done, lambda: refund_reported(told), left=True
        )


def _failure_known(made: stripe.Refund) -> bool:
    key = f"failed:{made.pk}"
    return LedgerEntry.objects.filter(kind="REFUND_FAILED", reference=key).exists()
