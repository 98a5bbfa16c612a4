"""Three books compared: the provider's, the host's and ours.

What a lost report would have done is done through the same entry points, which answer the second
telling by changing nothing. What no report explains is put before staff and changed by nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from saleor_bespoke import clock
from saleor_bespoke.flows.disputes import dispute_note
from saleor_bespoke.flows.fees import fee_note, fees_missing
from saleor_bespoke.flows.provider_gate import (
    payable_named,
    payment_asked,
    payment_known,
    payment_named,
    payment_of,
)
from saleor_bespoke.flows.reconciling_findings import Finding, Report
from saleor_bespoke.flows.reconciling_payments import payment_compare, strangers_compare
from saleor_bespoke.flows.reconciling_refunds import refund_compare
from saleor_bespoke.money import accounts, stripe, stripe_lists
from saleor_bespoke.money.models import Attempt, Payment
from saleor_bespoke.money.stripe_lists import Charge, Dispute, Window

#: How far the daily comparison looks back, and how long reports may take to arrive by themselves.
DAYS = 7
PATIENCE = timedelta(minutes=10)


@dataclass(frozen=True)
class _Books:
    """One account of the provider, the channels whose money it takes, and the time compared."""

    owner: stripe.StripeAccount
    channels: tuple[str, ...]
    window: Window


def provider_reconcile(
    *, days: int = DAYS, patience: timedelta = PATIENCE, dry_run: bool = False
) -> list[Finding]:
    """Compare every account; raises StripeUnavailable where the provider does not answer."""
    now = clock.now()
    window = Window(now - timedelta(days=days), now - patience)
    report = Report(dry_run)
    for owner, channels in _accounts(report, window).items():
        _compare(_Books(owner, tuple(channels), window), report)
    return report.findings


def provider_reconcile_daily() -> int:
    """The comparison of a day; how much was found that staff were not told of before."""
    return sum(finding.fresh for finding in provider_reconcile())


def _accounts(report: Report, window: Window) -> dict[stripe.StripeAccount, list[str]]:
    """The accounts of all channels that ever took a payment, each with its channels."""
    found: dict[stripe.StripeAccount, list[str]] = {}
    channels = Payment.objects.order_by("attempt__payable__project__channel")
    for channel in channels.values_list("attempt__payable__project__channel", flat=True).distinct():
        try:
            found.setdefault(accounts.account(channel), []).append(channel)
        except accounts.AccountMissing:
            recent = Payment.objects.filter(
                attempt__payable__project__channel=channel, created_at__gte=window.since
            )
            if recent.exists():
                report.leave("ACCOUNT_MISSING", channel, "The channel's keys are not there.")
    return found


def _compare(books: _Books, report: Report) -> None:
    intents = {row.pk: row for row in stripe_lists.payment_intents(books.owner, books.window)}
    charges = list(stripe_lists.charges(books.owner, books.window))
    for intent in intents.values():
        if payment_known(intent.pk) is None:
            _unknown(intent, report)
    for payment in _payments(books, {*intents, *(str(row.payment_intent) for row in charges)}):
        reference = str(payment.provider_reference)
        found = intents.get(reference) or payment_asked(payment, reference)
        payment_compare(report, books.owner, payment, found)
    strangers_compare(report, _attempts(books))
    for refund in stripe_lists.refunds(books.owner, books.window):
        refund_compare(report, books.owner, refund)
    for dispute in stripe_lists.disputes(books.owner, books.window):
        _dispute(dispute, report)
    _fees(books, charges, report)


def _payments(books: _Books, references: Iterable[str]) -> list[Payment]:
    """Our payments that were seen there, or began or ended in this time."""
    since = books.window.since
    recent = Q(created_at__gte=since) | Q(ended_at__gte=since)
    payments = Payment.objects.select_related("attempt__payable__project").filter(
        recent | Q(provider_reference__in=list(references)),
        attempt__payable__project__channel__in=books.channels,
        created_at__lte=books.window.until,
        provider_reference__isnull=False,
    )
    return list(payments)


def _attempts(books: _Books) -> list[Attempt]:
    """Our checkouts that were opened or ended in this time."""
    recent = Q(opened_at__gte=books.window.since) | Q(ended_at__gte=books.window.since)
    attempts = Attempt.objects.select_related("payable__project").filter(
        recent,
        payable__project__channel__in=books.channels,
        opened_at__lte=books.window.until,
    )
    return list(attempts)


def _unknown(intent: stripe.PaymentIntent, report: Report) -> None:
    """A payment that is none of ours by its id; only one that names us concerns us."""
    metadata = intent.metadata
    named = payment_named(metadata)
    if named is not None and named.provider_reference is None and not report.dry_run:
        facts: Mapping[str, Any] = {"id": intent.pk, "metadata": metadata}
        if payment_of(facts) is not None:
            return  # the answer that told its id was lost; it is compared with the others
    if intent.status != "succeeded" or "payable" not in metadata:
        return
    detail = f"The charge {intent.pk} at the provider names a commission's sum and is unknown here."
    payable = named.attempt.payable if named else payable_named(metadata)
    if payable is None:
        report.leave("CHARGE_UNKNOWN", intent.pk, "It names a sum that does not exist here.")
    else:
        report.flag("CHARGE_UNKNOWN", intent.pk, payable.project, detail)


def _dispute(dispute: Dispute, report: Report) -> None:
    payment = payment_known(str(dispute.payment_intent))
    if payment is None:
        return
    with transaction.atomic():
        new = dispute_note(dispute)
        transaction.set_rollback(report.dry_run)
    if new:
        project = payment.attempt.payable.project
        done = f"The dispute is written down as {dispute.status}."
        lost = dispute.status != "won"
        report.repair("DISPUTE_UNREPORTED", dispute.pk, project, done, lambda: None, left=lost)


def _fees(books: _Books, charges: Iterable[Charge], report: Report) -> None:
    booked = {row.payment_intent: row for row in charges if row.paid and row.balance is not None}
    for payment in fees_missing(Payment.objects.filter(provider_reference__in=list(booked))):
        reference = str(payment.provider_reference)
        charge = booked[reference]
        project = payment.attempt.payable.project
        report.repair(
            "FEE_MISSING",
            reference,
            project,
            "What the provider keeps of it is written down.",
            lambda payment=payment, charge=charge: fee_note(payment, charge),  # type: ignore[misc]
        )
