"""Several at once, with real connections: one order, one parcel, one charge."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from saleor_bespoke.shop.embedded import checkouts, ledger, orders, payments
from saleor_bespoke.shop.embedded.adapter import Adapter
from saleor_bespoke.shop.embedded.models import (
    Checkout,
    Fulfillment,
    Order,
    TransactionEvent,
    TransactionItem,
)
from saleor_bespoke.shop.embedded.refusals import HostRefusal
from saleor_bespoke.shop.port import Effect, Outcome
from tests.embedded.conftest import GATEWAY, Api, checkout_make, global_id, pay, walk
from tests.support import SECONDS_TO_MEET, race, wait_until_blocking

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def api(transactional_db: None, settings: Any) -> Api:
    """A seeded shop whose rows other connections see."""
    from saleor_bespoke.plugins.embedded.seed import seed

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    seed()
    return Api()


@pytest.fixture
def checkout(api: Api, product: Any) -> Checkout:
    """A paid checkout, ready to be completed."""
    made = checkout_make()
    id = global_id("Checkout", made.pk)
    walk(api, id)
    pay(api, id)
    return made


def test_four_completions_make_one_order(checkout: Checkout, product: Any) -> None:
    made = race(*[lambda: checkouts.checkout_complete(checkout.pk)] * 4)

    assert {order.pk for order in made} == {Order.objects.get().pk}
    assert product.names().count("order_paid") == 1


def test_two_parcels_at_once_are_one(checkout: Checkout) -> None:
    order = checkouts.checkout_complete(checkout.pk)
    results = race(*[lambda: orders.order_fulfill(order, quantity=1, tracking_number="")] * 3)

    assert sum(isinstance(result, Fulfillment) for result in results) == 1
    assert sum(isinstance(result, HostRefusal) for result in results) == 2
    assert Fulfillment.objects.count() == 1


def test_one_key_begins_one_payment(api: Api, product: Any) -> None:
    made = checkout_make()

    def begin() -> Any:
        return payments.payment_begin(made, gateway=GATEWAY, data=None, amount=None, key="k")

    results = race(*[begin] * 4)

    assert {item.pk for item, _, _ in results} == {TransactionItem.objects.get().pk}
    assert TransactionEvent.objects.count() == 2


def test_browser_and_provider_report_one_charge(api: Api, product: Any) -> None:
    made = checkout_make()
    item, event, _ = payments.payment_begin(made, gateway=GATEWAY, data=None, amount=None, key="k")
    results = race(
        lambda: payments.payment_go_on(item, data=None),
        lambda: Adapter().charge_record(
            checkout_id=str(made.pk),
            reference=event.psp_reference,
            amount=event.amount,
            currency="USD",
            key="webhook",
        ),
    )

    assert not [result for result in results if isinstance(result, Exception)]
    item.refresh_from_db()
    assert item.charged == event.amount
    assert TransactionEvent.objects.filter(type="CHARGE_SUCCESS").count() == 1


def money_of(checkout: Checkout, reference: str, *, by_hand: bool) -> Effect:
    """Write money on a checkout as the sweep does (a charge), or as staff do (a bank transfer)."""
    write = Adapter().transfer_record if by_hand else Adapter().charge_record
    return write(
        checkout_id=str(checkout.pk),
        reference=reference,
        amount=Decimal(10),
        currency="USD",
        key=reference,
    )


@pytest.mark.parametrize("by_hand", [False, True])
def test_money_noted_while_the_checkout_becomes_an_order_is_the_order_s(
    checkout: Checkout, by_hand: bool
) -> None:
    ended = threading.Event()

    def complete() -> Order:
        with transaction.atomic():
            order = checkouts.checkout_complete(checkout.pk)
            ended.set()
            wait_until_blocking()
        return order

    def note() -> Effect:
        assert ended.wait(SECONDS_TO_MEET)
        return money_of(checkout, "pi_late", by_hand=by_hand)

    order, noted = race(complete, note)

    item = TransactionItem.objects.get(psp_reference="pi_late")
    assert noted == Effect(Outcome.SUCCEEDED, str(item.token))
    assert (item.checkout, item.order, item.charged) == (None, order, 10)


@pytest.mark.parametrize("by_hand", [False, True])
def test_money_noted_while_the_checkout_is_dropped_is_refused(
    api: Api, product: Any, by_hand: bool
) -> None:
    made, ended = checkout_make(), threading.Event()

    def drop() -> bool:
        with transaction.atomic():
            dropped = Adapter().checkout_drop(str(made.pk))
            ended.set()
            wait_until_blocking()
        return dropped

    def note() -> Effect:
        assert ended.wait(SECONDS_TO_MEET)
        return money_of(made, "pi_late", by_hand=by_hand)

    dropped, noted = race(drop, note)

    assert dropped
    assert noted == Effect(Outcome.FAILED, reason="The shop has no such checkout any more.")
    assert not TransactionItem.objects.exists()


def test_a_refund_asked_for_twice_is_given_once(checkout: Checkout, product: Any) -> None:
    order = checkouts.checkout_complete(checkout.pk)

    def refund() -> Any:
        return Adapter().refund(
            order_id=str(order.pk),
            checkout_id="",
            amount=order.total_gross,
            currency="USD",
            key="r",
        )

    results = race(*[refund] * 3)

    assert len(set(results)) == 1, results
    item = TransactionItem.objects.get()
    assert (item.charged, item.refunded) == (0, order.total_gross)


def test_an_abandoned_checkout_is_not_dropped_while_it_is_completed(checkout: Checkout) -> None:
    dropped, order = race(
        lambda: Adapter().checkout_drop(str(checkout.pk)),
        lambda: checkouts.checkout_complete(checkout.pk),
    )

    assert dropped is False
    assert order == Order.objects.get()


def test_events_written_at_once_are_all_counted_and_none_twice(api: Api, product: Any) -> None:
    made = checkout_make()
    item = TransactionItem.objects.create(checkout=made, currency="USD", gateway=GATEWAY)

    def charge(reference: str) -> Any:
        mine = TransactionItem.objects.get(pk=item.pk)
        return lambda: ledger.event_add(mine, "CHARGE_SUCCESS", Decimal(10), reference=reference)

    results = race(*[charge(f"pi_{number // 2}") for number in range(12)])

    assert not [result for result in results if isinstance(result, Exception)]
    item.refresh_from_db()
    assert TransactionEvent.objects.count() == 6
    assert item.charged == 60
