"""What the payment provider says of a refund reaches the host too, whoever had asked for it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction

from saleor_bespoke.money import host_refunds
from saleor_bespoke.money.minor_units import amount_text, from_minor
from saleor_bespoke.money.models import LedgerEntry, Payable, Payment, Refund
from saleor_bespoke.money.payables import ledger_add, payable_lock
from saleor_bespoke.project import attention
from saleor_bespoke.project.services import lock_for_system
from saleor_bespoke.shop.port import Outcome, shop

logger = logging.getLogger(__name__)

OUTCOMES = {
    "succeeded": Outcome.SUCCEEDED,
    "failed": Outcome.FAILED,
    "canceled": Outcome.FAILED,
}


def refund_pass_on(report: Mapping[str, Any], refund: Refund | None) -> None:
    """Tell the host of the provider's report; one that nobody here asked for is told to staff."""
    payment = (
        Payment.objects.select_related("attempt")
        .filter(provider_reference=str(report.get("payment_intent")))
        .first()
    )
    if payment is None:
        return
    currency = str(report["currency"]).upper()
    amount = from_minor(int(report["amount"]), currency)
    outcome = OUTCOMES.get(str(report["status"]), Outcome.PENDING)
    reason = str(report.get("failure_reason") or "")
    effect = shop().refund_report(
        checkout_id=payment.attempt.checkout_id,
        payment=str(payment.provider_reference),
        reference=str(report["id"]),
        amount=amount,
        currency=currency,
        outcome=outcome,
        reason=reason,
        key=str((report.get("metadata") or {}).get("refund", "")),
    )
    if effect.outcome is Outcome.FAILED:
        # Money that never came to a checkout of the shop's: there is nothing to write it to.
        logger.warning("The shop cannot note refund %s: %s", report["id"], effect.reason)
    if refund is None and outcome is Outcome.FAILED:
        _failed_show(payment.attempt.payable_id, str(report["id"]), amount, reason or "unknown")


def _failed_show(payable_pk: Any, reference: str, amount: Decimal, reason: str) -> None:
    """A refund that staff made in the shop did not arrive: they must pay it by another way."""
    with transaction.atomic():
        project = lock_for_system(Payable.objects.get(pk=payable_pk).project_id)
        payable = payable_lock(payable_pk)
        key = f"failed:{reference}"
        if LedgerEntry.objects.filter(kind="REFUND_FAILED", reference=key).exists():
            return
        order = shop().order(payable.order_id or "")
        too_much = host_refunds.noted(payable, order) - order.refunded if order else Decimal(0)
        undone = min(too_much, amount)
        ledger_add(payable, "REFUND_FAILED", max(undone, Decimal(0)), key)
        attention.raise_for(
            project,
            "HOST_REFUND_FAILED",
            f"{amount_text(amount, payable.currency)}, sent back in the shop, did not reach the "
            f"customer: {reason}. Pay them by another way.",
        )
