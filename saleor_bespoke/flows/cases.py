"""Money on a checkout of which no order was made, with everything that decides about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from saleor_bespoke import clock, conf
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.money.minor_units import amount_text
from saleor_bespoke.money.models import Attempt, BankTransfer, LedgerEntry, Payable, Payment
from saleor_bespoke.money.payables import payable_lock
from saleor_bespoke.money.rules import Charge, Fate, Standing, fate
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import lock_for_system
from saleor_bespoke.shop.port import CheckoutState, Transaction, shop
from saleor_bespoke.steps.checkout.services import checkout_check

#: How long a payment that has begun keeps its materials before we cancel it at the provider.
PAYMENT_TIME = timedelta(hours=24)


@dataclass
class Case:
    """Money on one attempt's checkout, with the rows that decide about it locked."""

    project: BespokeProject
    payable: Payable
    attempt: Attempt
    transactions: tuple[Transaction, ...]
    seen: Standing

    @property
    def sums(self) -> str:
        """What stands there, in words."""
        parts = {
            "charged": self.seen.charged,
            "authorised": self.seen.authorized,
            "pending": self.seen.pending,
            "written by hand": self.seen.noted,
        }
        return ", ".join(
            f"{amount_text(amount, self.seen.currency)} {what}"
            for what, amount in parts.items()
            if amount
        )


def charges_of(payable: Payable, transactions: Iterable[Transaction]) -> tuple[Charge, ...]:
    """The host's transactions as proof of payment; by hand counts what staff recorded here."""
    found = tuple(transactions)
    known: set[str] = set()
    if any(item.by_hand for item in found):
        recorded = BankTransfer.objects.filter(payable=payable)
        known = set(recorded.values_list("reference", flat=True))
    return tuple(
        Charge(
            item.currency,
            item.charged,
            item.authorized,
            item.pending,
            by_hand=item.by_hand,
            known=item.by_hand and item.reference in known,
        )
        for item in found
    )


def case_of(attempt_pk: UUID, *, asked: bool) -> Case | None:
    """The money on this attempt's checkout now, everything locked; None if it is an order."""
    found = Attempt.objects.select_related("payable").get(pk=attempt_pk)
    project = lock_for_system(found.payable.project_id)
    payable = payable_lock(found.payable_id)
    attempt = Attempt.objects.get(pk=attempt_pk)
    state = shop().checkout(attempt.checkout_id)
    if state is None:
        return None
    now = clock.now()
    ended = attempt.state != "LIVE" or payable.status != "OPEN"
    seen = Standing(
        charges=charges_of(payable, state.transactions),
        total=state.total if attempt.locked_total is None else attempt.locked_total,
        currency=payable.currency,
        sound=not ended and _sound(project, payable, attempt, state),
        ended=ended,
        over=payable.valid_until is not None and payable.valid_until <= now,
        asked=asked,
        waited=now - (attempt.money_seen_at or now),
    )
    return Case(project, payable, attempt, state.transactions, seen)


def _sound(
    project: BespokeProject, payable: Payable, attempt: Attempt, state: CheckoutState
) -> bool:
    try:
        checkout_check(project=project, payable=payable, attempt=attempt)
    except BespokeError:
        return False
    return begun_in_time(payable, attempt) and not references_used(payable, state.transactions)


def begun_in_time(payable: Payable, attempt: Attempt) -> bool:
    """Whether this money was on its way before its offer ended: at our gateway, or as we saw it."""
    end = payable.valid_until
    if end is None or clock.now() < end:
        return True
    if attempt.money_seen_at is not None and attempt.money_seen_at < end:
        return True
    begun = Payment.objects.filter(attempt=attempt, created_at__lt=end)
    return begun.exclude(status="CANCELLED").exists() or payable.transfers.exists()


def references_used(payable: Payable, transactions: Iterable[Transaction]) -> bool:
    """Whether money here cannot be told from other money: each reference pays one sum."""
    references = [item.reference for item in transactions if item.charged]
    counted = LedgerEntry.objects.filter(kind="CHARGED", reference__in=references)
    return not all(references) or counted.exclude(payable=payable).exists()


def fate_of(case: Case) -> Fate:
    """What becomes of it, by the channel's patience."""
    policy = conf.policy(case.project.channel)
    return fate(
        case.seen,
        patience=timedelta(minutes=policy.release_minutes),
        pending_patience=PAYMENT_TIME,
    )
