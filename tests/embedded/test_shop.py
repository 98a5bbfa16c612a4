"""The seeded shop, its movable clock, and the check that keeps that clock from real money."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import sleep
from typing import Any

import pytest
import time_machine
from django.core import checks
from django.db import IntegrityError, connection, transaction

from saleor_bespoke import clock
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.plugins.embedded.checks import movable_clock_is_for_play_money
from saleor_bespoke.plugins.embedded.seed import CHANNELS, LOGINS, PEOPLE, seed
from saleor_bespoke.shop.embedded import moving
from saleor_bespoke.shop.embedded.models import Channel, ClockOffset, ShippingMethod, User
from tests.support import nothing_changes


def test_seeding_again_changes_nothing(api: Any) -> None:
    User.objects.filter(email="ada@example.com").update(first_name="Adele")

    with nothing_changes():
        seed()
    assert set(Channel.objects.values_list("slug", flat=True)) == set(CHANNELS)
    assert ShippingMethod.objects.count() == 6


def test_everybody_printed_can_log_in(api: Any) -> None:
    printed = {who: shown.split()[0] for who, shown in LOGINS}
    for email, password, *_ in PEOPLE:
        assert api.run("tokenCreate", email=email, password=password)["token"]
        assert printed.pop(email) == password
    (token,) = printed.values()
    api.headers = lambda _: {"authorization": f"Bearer {token}"}
    query = "{ bespokeProjects(first: 1) { edges { node { number } } } }"
    assert "errors" not in api.post({"query": query}).json()


@pytest.fixture
def movable(db: None, settings: Any) -> Iterator[None]:
    """The shop's clock as the demo has it."""
    settings.BESPOKE = settings.BESPOKE | {"CLOCK_MOVABLE": True}
    moving.connect()
    moving.forget()
    yield
    moving.forget()
    clock.use_offset(timedelta)


def test_the_clock_moves_for_good(movable: None) -> None:
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False):
        assert clock.now() == datetime(2026, 3, 2, 12, tzinfo=UTC)
        assert moving.move(timedelta(days=31)) == timedelta(days=31)
        moving.move(timedelta(hours=1))

        assert clock.now() == datetime(2026, 4, 2, 13, tzinfo=UTC)
        moving.forget()
        assert clock.now() == datetime(2026, 4, 2, 13, tzinfo=UTC)


def test_another_process_notices_within_a_second(movable: None) -> None:
    before = clock.now()
    ClockOffset.objects.create(pk=1, offset=timedelta(days=1))
    assert clock.now() - before < timedelta(hours=1)
    sleep(moving.FRESH + 0.1)
    assert clock.now() - before > timedelta(hours=23)


def test_asking_for_the_time_does_not_break_a_broken_transaction_further(movable: None) -> None:
    moving.move(timedelta(days=1))
    moving.forget()

    def break_and_ask() -> None:
        with transaction.atomic():
            try:
                ClockOffset.objects.create(pk=2, offset=timedelta())
            finally:
                assert clock.now()

    with pytest.raises(IntegrityError):
        break_and_ask()
    assert connection.is_usable()
    assert ClockOffset.objects.count() == 1


def test_the_clock_of_a_real_shop_does_not_move(db: None, settings: Any) -> None:
    settings.BESPOKE = settings.BESPOKE | {"CLOCK_MOVABLE": False}

    with pytest.raises(BespokeError, match="does not move"):
        moving.move(timedelta(days=1))
    moving.connect()
    ClockOffset.objects.create(pk=1, offset=timedelta(days=1))
    assert clock.now() - datetime.now(UTC) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("movable", "key", "refused"),
    [
        (True, "sk_live_1", True),
        (True, "rk_live_1", True),
        (True, "sk_test_1", False),
        (False, "sk_live_1", False),
    ],
)
def test_no_movable_clock_beside_real_money(
    settings: Any, movable: bool, key: str, refused: bool
) -> None:
    settings.BESPOKE = {"CLOCK_MOVABLE": movable, "STRIPE": {"SECRET_KEY": key}}

    found = movable_clock_is_for_play_money()
    assert [problem.id for problem in found] == (["bespoke_embedded.E001"] if refused else [])
    assert movable_clock_is_for_play_money in checks.registry.registry.get_checks()
