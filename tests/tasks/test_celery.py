"""A worker and a beat in processes of their own, and one that dies in the middle of an effect."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from saleor_bespoke.flows.cancelling import terms_of
from saleor_bespoke.flows.leaving import project_leave
from saleor_bespoke.money.models import LedgerEntry, Payment, Refund
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import Delivery
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.shop.embedded import moving
from saleor_bespoke.shop.embedded.models import Mail, TransactionItem
from tests.fixtures import make_customer, make_quoted
from tests.paying import make_paid
from tests.support import database_url

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_SECONDS = 120
APP = "saleor_bespoke.plugins.embedded.worker"


class Service:
    """One of Celery's programs on this test's database, ended by its own number."""

    def __init__(self, data_dir: Path, provider: FakeStripe, *command: str) -> None:
        self._log = data_dir / f"{command[0]}-{time.monotonic_ns()}.log"
        self._environment = {
            "DATABASE_URL": database_url(),
            "BESPOKE_DATA_DIR": str(data_dir),
            "STRIPE_API_BASE": provider.url,
            "PATH": "",
        }
        self._command = [sys.executable, "-m", "celery", "--app", APP, *command]

    def __enter__(self) -> Service:
        with self._log.open("wb") as out:
            self._process = subprocess.Popen(
                self._command, env=self._environment, stdout=out, stderr=out
            )
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Without a word: nothing is finished, nothing is given back."""
        self._process.kill()
        self._process.wait(timeout=30)

    def until(self, happened: Callable[[], bool]) -> None:
        """Wait for what this program should do."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not happened():
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < end, self._log.read_text()
            time.sleep(0.2)


@pytest.fixture
def moved_clock() -> Iterator[Callable[[timedelta], Any]]:
    """Move the shop's clock for all its processes, by the row they read."""
    yield moving.move
    moving.forget()


def refunds_at(provider: FakeStripe, payment: str) -> list[Any]:
    """What the provider sent back of this payment."""
    answer = requests.get(
        f"{provider.url}/v1/refunds",
        params={"payment_intent": payment},
        auth=(provider.api_key, ""),
        timeout=10,
    ).json()
    return list(answer["data"])


@contextmanager
def slow_refunds(provider: FakeStripe) -> Iterator[None]:
    """The next refund is made, but its answer does not come for two minutes."""
    fault = {"kind": "timeout_after_effect", "method": "POST", "path": "/v1/refunds"}
    provider.control("faults", {**fault, "times": 1, "seconds": 120})
    yield
    provider.control("faults", method="DELETE")


def test_a_worker_that_dies_in_the_middle_of_a_refund_is_followed_by_one_that_ends_it(
    provider: FakeStripe,
    customer: Actor,
    staff: Actor,
    tmp_path: Path,
    moved_clock: Callable[[timedelta], Any],
) -> None:
    """The web process owes a refund, a worker sends it and is killed, the next one asks the
    provider again under the same key; meanwhile beat lets an old offer end."""
    offer = make_quoted(make_customer("late@example.com"), staff)
    project = make_paid(provider, customer, staff)
    deliveries.drain()
    shown = terms_of(project, project.payables.all()).refund
    project_leave(
        actor=customer, project_pk=project.pk, reason="CUSTOMER_WISH", expected_refund=shown
    )
    moved_clock(timedelta(days=8))
    paid = str(Payment.objects.get(attempt__payable__project=project).provider_reference)
    work = ("worker", "--pool", "solo", "--loglevel", "INFO")

    with Service(tmp_path, provider, "beat"):
        with slow_refunds(provider), Service(tmp_path, provider, *work) as worker:
            worker.until(lambda: len(refunds_at(provider, paid)) == 1)
            worker.kill()
        owed = Delivery.objects.get(event__project=project, handler="refund_send")
        assert (owed.attempts, owed.done_at) == (1, None)
        assert Refund.objects.get().status == "REQUESTED"

        moved_clock(deliveries.LEASE + timedelta(seconds=5))
        with Service(tmp_path, provider, *work) as worker:
            worker.until(lambda: Refund.objects.get().status == "SUCCEEDED")
            worker.until(lambda: offer.quotes.get().status == "EXPIRED")
            worker.until(lambda: not Delivery.objects.filter(done_at=None).exists())

    assert len(refunds_at(provider, paid)) == 1
    assert refunds_at(provider, paid)[0]["amount"] == shown * 100
    assert TransactionItem.objects.get(order__isnull=False).refunded == shown
    assert LedgerEntry.objects.get(kind="REFUNDED").amount == shown
    assert project.events.filter(kind="RefundSettled").count() == 1
    owed.refresh_from_db()
    assert (owed.attempts, owed.error) == (2, "")
    offer.refresh_from_db()
    assert offer.stage == Stage.INTAKE
    keys = list(Mail.objects.values_list("key", flat=True))
    assert len(keys) == len(set(keys)) > 0
