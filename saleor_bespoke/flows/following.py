"""Payments whose reports are lost: asked after, so that a charge nobody told us of is found."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q

from saleor_bespoke import clock
from saleor_bespoke.flows.provider import grace, payment_caught_up, payment_finish
from saleor_bespoke.flows.sweeping import each
from saleor_bespoke.money import stripe
from saleor_bespoke.money.models import Payment

#: How many payments one sweep asks about, and how many silent answers it bears.
AT_ONCE = 20
SILENT_MAX = 2
#: Pauses between two questions: at first, in the first hour, and the longest.
PAUSES = (timedelta(seconds=10), timedelta(seconds=30), timedelta(hours=1))
HOUR = timedelta(hours=1)


def payments_follow() -> int:
    """Ask how begun payments stand, and finish what was charged; how many were finished.

    The customer's browser and the provider's report come first: both may be lost, the one with
    the phone's battery, the other with a web process that died while it was received. Whoever
    paid is served within a minute all the same.
    """
    silent: list[UUID] = []
    return each(_due(), lambda pk: _asked(pk, silent))


def _asked(pk: UUID, silent: list[UUID]) -> int:
    if len(silent) >= SILENT_MAX:
        return 0  # its turn comes again
    Payment.objects.filter(pk=pk).update(asked_at=clock.now())
    try:
        return _follow(pk)
    except stripe.StripeUnavailable:
        silent.append(pk)
    except stripe.StripeRefused:
        pass  # `expiry.payments_stop` puts it before staff when its time is over
    return 0


def _due() -> list[UUID]:
    """Live attempts' payments whose turn it is, those first that waited longest.

    What was charged and is seen on its checkout is judged by `flows.stranded`.
    """
    now = clock.now()
    begun = Q(status="OPEN", created_at__lte=now - grace())
    charged = Q(status="SUCCEEDED", ended_at__lte=now - grace(), attempt__money_seen_at=None)
    live = Payment.objects.filter(begun | charged, attempt__state="LIVE")
    longest_ago = live.order_by(F("asked_at").asc(nulls_first=True), "created_at")
    rows = longest_ago.values_list("pk", "created_at", "asked_at")
    due = [pk for pk, created_at, asked_at in rows if _turn(created_at, asked_at, now)]
    return due[:AT_ONCE]


def _turn(created_at: datetime, asked_at: datetime | None, now: datetime) -> bool:
    if asked_at is None:
        return True
    age = asked_at - created_at
    first, early, longest = PAUSES
    pause = min(max(first, age / 2), early if age < HOUR else longest)
    return now >= asked_at + pause


def _follow(pk: UUID) -> bool:
    payment = Payment.objects.select_related("attempt__payable__project").get(pk=pk)
    if payment.status == "SUCCEEDED":
        payment_finish(payment, payment.amount, payment.currency)
        return True
    return payment.status == "OPEN" and payment_caught_up(payment)
