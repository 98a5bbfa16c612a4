"""A charge that nobody told us of is found by asking, within a minute."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from saleor_bespoke import clock, tasks
from saleor_bespoke.flows import following
from saleor_bespoke.money.models import Payment
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project.stages import Stage
from tests.paying import begin, confirm, fill_in, go_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def ahead() -> Iterator[list[timedelta]]:
    """How far the shop's clock is ahead: set its one item."""
    by = [timedelta()]
    clock.use_offset(lambda: by[0])
    yield by
    clock.use_offset(timedelta)


def test_a_charge_whose_report_is_lost_starts_the_work_within_a_minute(
    provider: FakeStripe, accepted: Any, ahead: list[timedelta]
) -> None:
    """The browser never came back, and the web process died while it heard the provider."""
    fill_in(accepted.attempt.checkout_id)
    transaction, _, _ = begin(accepted.attempt.checkout_id)
    confirm(provider, transaction.psp_reference)

    tasks.provider_events_process()
    accepted.project.refresh_from_db()
    assert accepted.project.stage == Stage.CHECKOUT, "the browser may finish it first"
    ahead[0] = timedelta(seconds=30)
    tasks.provider_events_process()

    accepted.project.refresh_from_db()
    assert accepted.project.stage == Stage.DESIGN
    assert not accepted.project.attentions.filter(resolved_at=None).exists()


def test_a_charge_that_the_browser_told_of_and_left_is_finished(
    provider: FakeStripe, accepted: Any, ahead: list[timedelta]
) -> None:
    fill_in(accepted.attempt.checkout_id)
    transaction, _, _ = begin(accepted.attempt.checkout_id)
    confirm(provider, transaction.psp_reference)
    go_on(transaction)

    tasks.provider_events_process()
    accepted.project.refresh_from_db()
    assert accepted.project.stage == Stage.CHECKOUT
    ahead[0] = timedelta(seconds=30)
    tasks.provider_events_process()

    accepted.project.refresh_from_db()
    assert accepted.project.stage == Stage.DESIGN


def test_where_browsers_get_no_time_the_first_sweep_makes_the_order(
    provider: FakeStripe, accepted: Any, settings: Any
) -> None:
    """A sweep that only noted the money would do something else when it runs again."""
    settings.BESPOKE = settings.BESPOKE | {"WEBHOOK_GRACE_SECONDS": 0}
    fill_in(accepted.attempt.checkout_id)
    transaction, _, _ = begin(accepted.attempt.checkout_id)
    confirm(provider, transaction.psp_reference)
    go_on(transaction)

    tasks.expiries()

    accepted.project.refresh_from_db()
    assert accepted.project.stage == Stage.DESIGN


def test_a_payment_nobody_makes_is_asked_after_less_and_less(
    provider: FakeStripe, accepted: Any, ahead: list[timedelta]
) -> None:
    """In the first minute a few times, in the first hour twice a minute, then hourly at last."""
    fill_in(accepted.attempt.checkout_id)
    begin(accepted.attempt.checkout_id)
    moments = []
    last = None
    for seconds in (*range(0, 3600, 5), *range(3600, 20 * 3600, 300)):
        ahead[0] = timedelta(seconds=seconds)
        assert following.payments_follow() == 0
        payment = Payment.objects.get()
        if payment.asked_at != last:
            last = payment.asked_at
            moments.append(seconds)

    assert moments[0] in (20, 25)
    pauses = [after - before for before, after in pairwise(moments)]
    first_hour = [pause for at, pause in zip(moments, pauses, strict=False) if at < 3500]
    assert max(first_hour) <= 35
    assert pauses == sorted(pauses)
    assert len(moments) < 150
    assert Payment.objects.get().status == "OPEN"


def test_a_silent_provider_holds_up_the_sweep_only_briefly(
    provider: FakeStripe, accepted: Any, ahead: list[timedelta], settings: Any
) -> None:
    fill_in(accepted.attempt.checkout_id)
    transaction, _, _ = begin(accepted.attempt.checkout_id)
    confirm(provider, transaction.psp_reference)
    ahead[0] = timedelta(seconds=30)
    provider.control("faults", {"kind": "server_error", "times": 20, "path": "/v1/"})
    try:
        assert following.payments_follow() == 0
    finally:
        provider.control("faults", method="DELETE")
    assert Payment.objects.get().status == "OPEN"

    ahead[0] = timedelta(seconds=60)
    assert following.payments_follow() == 1
    accepted.project.refresh_from_db()
    assert accepted.project.stage == Stage.DESIGN
