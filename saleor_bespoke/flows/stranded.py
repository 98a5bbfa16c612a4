"""Money that was paid and made no order: put before staff, waited for, ended by itself."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from saleor_bespoke import clock, conf
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.flows.cases import Case, case_of, fate_of
from saleor_bespoke.flows.releasing import release, release_unsettled
from saleor_bespoke.flows.sweeping import each
from saleor_bespoke.money.events import MoneyStranded
from saleor_bespoke.money.models import Attempt, Payable
from saleor_bespoke.money.payables import attempt_end
from saleor_bespoke.money.rules import Fate
from saleor_bespoke.project import attention, journal
from saleor_bespoke.project.access import SYSTEM
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.port import Outcome, shop

#: How long checkouts that have ended are looked after: money may still come to them.
AFTERWARDS = timedelta(days=90)
#: How many checkouts the host is asked about at once.
AT_ONCE = 500

BY_HAND = (
    "It was written down by hand, which starts nothing: record it here as a bank transfer, or take "
    "it back in the shop."
)


def order_refused(checkout_id: str, refusal: BespokeError) -> BespokeError:
    """Judge the money on a checkout whose order was refused; the refusal as the shopper reads it.

    It is put before staff, and goes back at once if nothing can make an order of it.
    """
    attempt = Attempt.objects.get(checkout_id=checkout_id)
    with transaction.atomic():
        case = case_of(attempt.pk, asked=True)
        verdict = fate_of(case) if case else Fate.NONE
        if case is None or verdict is Fate.NONE:
            return refusal
        _note(case, refusal.message, cause=refusal.code.value)
        if verdict is Fate.BACK:
            _back(case, refusal.code.value)
        minutes = conf.policy(case.project.channel).release_minutes
    after = {
        Fate.BACK: " What was paid goes back.",
        Fate.WAIT: f" What was paid goes back unless this is put right within {minutes} minutes.",
    }.get(verdict, "")
    return BespokeError(refusal.code, refusal.message + after, field=refusal.field)


def _note(case: Case, why: str, *, cause: str) -> None:
    """Since when it stands there, in the timeline and on the attention list."""
    if case.attempt.money_seen_at is None:
        case.attempt.money_seen_at = clock.now()
        case.attempt.save(update_fields=["money_seen_at"])
        event = MoneyStranded(
            payable=case.payable.pk,
            attempt=case.attempt.pk,
            charged=case.seen.charged + case.seen.noted,
            authorized=case.seen.authorized,
            pending=case.seen.pending,
            currency=case.seen.currency,
            cause=cause,
        )
        journal.record(case.project, event, actor=SYSTEM)
    told = f" {BY_HAND}" if any(charge.loose for charge in case.seen.charges) else ""
    attention.raise_for(
        case.project,
        "MONEY_ON_CHECKOUT",
        f"On the checkout stand: {case.sums}. No order is made: {why}{told}",
    )


def _owed(case: Case) -> bool:
    """Whether something is to be sent back that is not on its way, and did not fail, already."""
    if release_unsettled(case.attempt):
        return False
    return bool(case.seen.charged) or case.attempt.outcome != "RELEASED"


def _back(case: Case, cause: str) -> None:
    if _owed(case):
        release(case.project, case.payable, case.attempt, case.transactions, cause=cause)


# the sweep --------------------------------------------------------------------------------------


def stranded_money_judge() -> int:
    """Judge what stands on checkouts that made no order; how many orders were made after all."""
    watched = (
        Attempt.objects.filter(
            Q(state="LIVE") | Q(state="ENDED", ended_at__gt=clock.now() - AFTERWARDS)
        )
        .exclude(outcome="PAID")
        .exclude(releases__status__in=("REQUESTED", "PENDING", "FAILED"))
        .order_by("pk")
    )
    rows = list(watched.values_list("pk", "checkout_id", "money_seen_at"))
    due = []
    for start in range(0, len(rows), AT_ONCE):
        part = rows[start : start + AT_ONCE]
        standing = shop().transactions_of([checkout_id for _, checkout_id, _ in part])
        for pk, checkout_id, seen_at in part:
            money = standing.get(checkout_id, ())
            if seen_at or any(item.charged or item.authorized for item in money):
                due.append(pk)
    return each(due, _judge)


def _judge(attempt_pk: UUID) -> bool:
    checkout_id = money_judge(attempt_pk)
    if checkout_id is None:
        return False
    effect = shop().checkout_complete(checkout_id=checkout_id, key=str(attempt_pk))
    if effect.outcome is Outcome.FAILED:
        with transaction.atomic():
            case = case_of(attempt_pk, asked=False)
            if case is not None and fate_of(case) is Fate.ORDER:  # else the guard has told
                _note(case, effect.reason, cause="HOST_REFUSED")
    return effect.outcome is not Outcome.FAILED


def money_judge(attempt_pk: UUID) -> str | None:
    """Judge money that was found; answers the checkout of which the order can be made now."""
    with transaction.atomic():
        case = case_of(attempt_pk, asked=False)
        if case is None:
            return None
        verdict = fate_of(case)
        if verdict is Fate.NONE:
            _gone(case)
        elif verdict is Fate.BACK and _owed(case):
            _note(case, "It came to nothing in time.", cause="FOUND")
            _back(case, "FOUND")
        elif verdict is Fate.STAFF and case.attempt.money_seen_at is None:
            _note(case, "No gateway took it.", cause="BY_HAND")
        else:
            _seen_note(case)
            if verdict is Fate.ORDER and case.seen.waited >= _browser_time():
                return case.attempt.checkout_id
    return None


def _seen_note(case: Case) -> None:
    """Since when it stands there."""
    if case.attempt.money_seen_at is None:
        case.attempt.money_seen_at = clock.now()
        case.attempt.save(update_fields=["money_seen_at"])


def _browser_time() -> timedelta:
    """How long the customer's browser may finish the order before we do it for them."""
    return timedelta(seconds=conf.option("WEBHOOK_GRACE_SECONDS", 20))


def _gone(case: Case) -> None:
    """Nothing stands there any more: what staff were asked to look at is over."""
    if case.attempt.money_seen_at is None:
        return
    case.attempt.money_seen_at = None
    case.attempt.save(update_fields=["money_seen_at"])
    attention.resolve(case.project, "MONEY_ON_CHECKOUT", "The money is gone.", actor=SYSTEM)


def hand_written_leave(project: BespokeProject, payable: Payable) -> bool:
    """End the attempt of an offer that is over where only staff's own notes stand on its checkout.

    The notes stay in the shop, and before staff: only they know whether there is money to send.
    """
    attempt = Attempt.objects.filter(payable=payable, state="LIVE").first()
    case = case_of(attempt.pk, asked=False) if attempt else None
    if attempt is None or case is None or fate_of(case) is not Fate.STAFF:
        return False
    _note(case, "The offer has ended.", cause="BY_HAND")
    attempt_end(case.attempt, "EXPIRED")
    return True
