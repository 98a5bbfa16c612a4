"""Four buyers for one stone, all charged: one lock, three refunds; twice sold without guards."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tests.torture import stones
from tests.torture.bench import Bench
from tests.torture.stones import Stage

RIVALS = 4
#: The customer's browser has a second, and the worker never waits long.
HASTY = {"settings": {"WEBHOOK_GRACE_SECONDS": 1}, "interval_max": 0.3}


@pytest.fixture(scope="module")
def stage(bench: Bench) -> Stage:
    """Four buyers with open payments and lapsed holds on one stone."""
    return stones.furnished(bench, 1, RIVALS)


def test_one_is_locked_and_the_others_are_refunded(bench: Bench, stage: Stage) -> None:
    with stones.opened(bench, stage, 1, **HASTY) as (shop, buyers):
        found = stones.storm(bench, shop, buyers, random.Random(3))

    assert (found.locked, found.refunded, found.kept) == (1, RIVALS - 1, 1)
    assert (found.double, found.lost, found.deadlocks, found.violations) == (0, 0, 0, [])
    assert found.slowest < stones.PATIENCE
    assert set(found.answers) <= {"ORDER"}
    assert found.errors == []


def test_without_the_guards_the_stone_is_sold_more_than_once(bench: Bench, stage: Stage) -> None:
    with stones.opened(bench, stage, 2, unguarded=True, **HASTY) as (shop, buyers):
        stones.rush(shop, buyers, random.Random(3), faithful=True)
        claims = bench.rows(shop.database, stones.CLAIMS, [buyer.project_pk for buyer in buyers])

    assert Counter(count > 1 for _, count in claims) == {True: 1}
