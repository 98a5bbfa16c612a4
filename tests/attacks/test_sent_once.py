"""Refunds that are asked for again much later, sums nobody can charge, rows that are broken."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine

from saleor_bespoke import clock, tasks
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.flows.stranded import stranded_money_judge
from saleor_bespoke.money import gateway, minor_units
from saleor_bespoke.money.models import Attempt, Payment
from saleor_bespoke.money.payables import payable_open
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.port import shop
from tests.attacks.test_released_money import at_provider, charged, refunds_sent
from tests.attacks.test_stray_money import by_other_gateway
from tests.paying import begin, fill_in

pytestmark = pytest.mark.django_db


def test_a_refund_repeated_after_the_provider_forgot_its_key_is_the_same_one(
    provider: FakeStripe, accepted: Any
) -> None:
    item = charged(provider, accepted.attempt.checkout_id)
    asked = {
        "reference": item.psp_reference,
        "amount": Decimal(100),
        "currency": "USD",
        "key": str(uuid4()),
    }
    first = gateway.refund_send(**asked)
    provider.state.data["idempotency"].clear()

    again = gateway.refund_send(**asked)

    assert again == first
    assert refunds_sent(provider) == 1
    assert at_provider(provider) == Decimal(7380)


def test_another_refund_of_the_same_payment_is_another_one(
    provider: FakeStripe, accepted: Any
) -> None:
    item = charged(provider, accepted.attempt.checkout_id)
    for key in ("one", "two"):
        gateway.refund_send(
            reference=item.psp_reference, amount=Decimal(100), currency="USD", key=key
        )

    assert refunds_sent(provider) == 2


def test_a_refund_finer_than_the_currency_is_refused(provider: FakeStripe, accepted: Any) -> None:
    item = charged(provider, accepted.attempt.checkout_id)

    answer = gateway.refund_send(
        reference=item.psp_reference, amount=Decimal("1.005"), currency="USD", key="fine"
    )

    assert answer.result == "REFUND_FAILURE"
    assert "finer" in answer.message


def test_a_sum_that_the_provider_cannot_charge_begins_no_payment(
    provider: FakeStripe,
    accepted: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill_in(accepted.attempt.checkout_id)
    # As with Kuwaiti dinars: the shop reckons finer than the provider.
    monkeypatch.setitem(minor_units.UNITS, "USD", minor_units.Unit(2, 1000000))

    _, event, _ = begin(accepted.attempt.checkout_id)

    assert event.type == "CHARGE_FAILURE"
    assert "finer" in event.message
    assert not Payment.objects.exclude(status="CANCELLED").exists()


@pytest.fixture
def broken(accepted: Any, quoted_project: BespokeProject) -> Attempt:
    """Another attempt, whose turn is first."""
    payable = payable_open(
        project=quoted_project,
        kind="EXTRA",
        subject_pk=uuid4(),
        title="Engraving",
        amount=Decimal(10),
        currency="USD",
        valid_until=None,
    )
    return Attempt.objects.create(
        pk=UUID(int=0),
        payable=payable,
        checkout_id=str(uuid4()),
        state="LIVE",
        opened_at=clock.now(),
        money_seen_at=clock.now(),
    )


def test_money_that_cannot_be_judged_keeps_no_other_from_going_back(
    provider: FakeStripe, accepted: Any, broken: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_other_gateway(fill_in(accepted.attempt.checkout_id), Decimal(7481))
    read = type(shop()).checkout

    def unreadable(self: Any, checkout_id: str) -> Any:
        if checkout_id == broken.checkout_id:
            raise RuntimeError("The tax app cannot be reached.")
        return read(self, checkout_id)

    monkeypatch.setattr(type(shop()), "checkout", unreadable)
    for minutes in (0, 61):
        with (
            time_machine.travel(clock.now() + timedelta(minutes=minutes)),
            pytest.raises(RuntimeError),
        ):
            stranded_money_judge()

    accepted.attempt.refresh_from_db()
    assert accepted.attempt.outcome == "RELEASED"


def test_a_payment_that_cannot_be_stopped_keeps_no_other_going(
    provider: FakeStripe, accepted: Any, broken: Attempt
) -> None:
    Payment.objects.create(
        attempt=broken,
        host_transaction=str(uuid4()),
        amount=Decimal("1.005"),
        currency="USD",
        created_at=clock.now() - timedelta(hours=1),
    )
    fill_in(accepted.attempt.checkout_id)
    begin(accepted.attempt.checkout_id)

    with (
        time_machine.travel(clock.now() + timedelta(hours=25)),
        pytest.raises(BespokeError, match="finer"),
    ):
        tasks.expiries()

    assert Payment.objects.get(attempt=accepted.attempt).status == "CANCELLED"
