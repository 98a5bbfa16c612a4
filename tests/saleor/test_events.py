"""In a real shop: the provider's reports in random order, each one to five times, between the
storefront's own calls and the worker's sweeps; however they came, a story has one end.

The stories are those of `make torture`. `BESPOKE_PERMUTATIONS` says how often each is told in an
order of its own, `BESPOKE_SEED` which orders these are.
"""

from __future__ import annotations

import json
import logging
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test import Client, TestCase

from saleor_bespoke import clock, conf
from saleor_bespoke.audit import audit
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project.access import Actor
from saleor_bespoke.shop.port import shop as the_shop
from tests.fixtures import accept_quote, make_customer, make_quoted
from tests.hosts import saleor as host
from tests.money.endings import GONE, ending, provider_rows
from tests.paying import fill_in
from tests.torture import commissions, stories
from tests.torture.events import UNGUARD, News, Teller
from tests.torture.provider import KEYS, WEBHOOK_PATH, Books
from tests.torture.stories import STORIES, Begun

pytestmark = pytest.mark.django_db
logger = logging.getLogger(__name__)

PERMUTATIONS = int(os.environ.get("BESPOKE_PERMUTATIONS", "2"))
SEED = int(os.environ.get("BESPOKE_SEED", "20"))


@pytest.fixture
def provider(settings: Any) -> Iterator[FakeStripe]:
    """A provider whose books hold only what this test writes; nobody waits for a browser."""
    running = FakeStripe.start(port=0, keys=KEYS)
    bespoke = deepcopy(settings.BESPOKE)
    bespoke["STRIPE"]["API_BASE"] = running.url
    bespoke["WEBHOOK_GRACE_SECONDS"] = 0
    bespoke["CHANNELS"]["us"] |= commissions.QUICK
    settings.BESPOKE = bespoke
    conf.policies_forget()
    yield running
    conf.policies_forget()
    running.stop()


class Here:
    """The desk and the worker: what they are asked happens in this process, and is committed."""

    def ask(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call and answer."""
        with TestCase.captureOnCommitCallbacks(execute=True):
            return function(*args)

    def sweep(self, chance: random.Random) -> None:
        """One of the worker's tasks."""
        self.ask(commissions.sweep, chance.choice(commissions.SWEEPS[:3]))


class Telling(Teller):
    """Reports come to the plugin's address, the browser's calls to Saleor's endpoint."""

    def deliver(self, payload: bytes, signature: str) -> int:
        """Bring a signed report to the plugin's door."""
        with TestCase.captureOnCommitCallbacks(execute=True):
            answer = Client().post(
                WEBHOOK_PATH,
                payload,
                content_type="application/json",
                headers={"Stripe-Signature": signature},
            )
        return int(answer.status_code)

    def call(self, query: str, pk: str) -> None:
        """One call of the browser; it may be refused, but nothing breaks."""
        answer = host.ask(query, {"id": pk})
        assert "errors" not in answer, answer


class Told:
    """A story told again and again, each time of another commission: the ends it had."""

    def __init__(self, provider: FakeStripe, staff: Actor, story: str) -> None:
        self._books, self._staff, self._story = Books(provider.url), staff, story
        self._here = Here()
        self.ends: Counter[str] = Counter()
        self.sent, self.refused = 0, Counter[int]()

    def tell(self, number: int) -> dict[str, Any]:
        """Once, in the order of this number; how it ended."""
        one = self._begun(number)
        chance = random.Random(f"{SEED} {self._story} {number}")
        news: Any = News(self._books)  # type: ignore[arg-type]  # it reads the books only
        here: Any = self._here
        teller = Telling(self._books, "", here, here, news, chance)  # type: ignore[arg-type]
        teller.tell(one, STORIES[self._story])
        self.sent += teller.sent
        self.refused += teller.refused
        for _ in range(3):
            here.ask(commissions.settle)
        connection.check_constraints()
        url = self._books.url
        books = (provider_rows(url, "payment_intents"), provider_rows(url, "refunds"))
        found = ending(one.project, books=books)
        self.ends[json.dumps(found, sort_keys=True, default=str)] += 1
        return found

    def _begun(self, number: int) -> Begun:
        customer = make_customer(f"customer-{number}@example.com")
        project = make_quoted(customer, self._staff)
        checkout_id = accept_quote(project, customer).attempt.checkout_id
        fill_in(checkout_id)
        transaction, reference = stories.begin_again(str(project.pk))
        checkout = the_shop().checkout_global_id(checkout_id)
        return Begun(self._story, str(project.pk), checkout, transaction, [reference])


def kept(sums: dict[str, Any]) -> int:
    """Minor units of the one charge that the provider did not give back."""
    (charge,) = sums["charges"]
    return int(charge - sum(amount for status, amount in sums["refunds"] if status in GONE))


@pytest.mark.parametrize("story", STORIES)
def test_reports_in_any_order_and_number_have_one_end(
    shop: None, provider: FakeStripe, staff: Actor, story: str
) -> None:
    told = Told(provider, staff, story)
    for number in range(PERMUTATIONS):
        found = told.tell(number)
        assert found["owed"] == []
        (order,) = found["orders"]
        assert order.startswith("canceled") == (found["stage"] == "CANCELLED")
        assert Decimal(found["host"][0]) * 100 == kept(found["provider"])
    logger.info("%s: seed %s, %s reports, ends %s", story, SEED, told.sent, dict(told.ends))

    assert len(told.ends) == 1, told.ends
    assert told.refused == {}
    assert audit() == []
    assert audit(now=clock.now() + timedelta(minutes=10)) == []


def test_without_memory_of_reports_and_movements_the_ends_differ(
    shop: None, provider: FakeStripe, staff: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connection.cursor() as cursor:
        for statement in UNGUARD:
            cursor.execute(statement)
    monkeypatch.setattr(QuerySet, "get_or_create", QuerySet.get_or_create)  # put back afterwards
    stories.without_memory()
    told = Told(provider, staff, "refunded in part at the provider")
    for number in range(4):
        told.tell(number)

    assert len(told.ends) > 1
