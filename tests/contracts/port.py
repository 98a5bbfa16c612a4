"""What every host owes the product: the port's promises, tried through the port alone.

Run on the embedded shop by `tests/contracts/test_port.py` and inside Saleor by
`tests/saleor/test_port.py`; each gives `request_by`, a request as its own API would receive it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from graphql_relay import to_global_id

from saleor_bespoke import clock
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.money.models import Attempt, Payable
from saleor_bespoke.shop import port
from saleor_bespoke.shop.port import Caller, CheckoutRequest, Effect, Outcome, shop
from tests.fixtures import make_project
from tests.hosts import host
from tests.paying import ADDRESSES

PRICE = Decimal("1234.50")
SHIPPING = Decimal(40)
TOTAL = PRICE + SHIPPING
METADATA = {"bespoke.payable": "7c3f"}
STREET = {"firstName": "Ada", "lastName": "Shopper", "country": "US", **ADDRESSES["US"]}
ABSENT = ["", "garbage", "8d8db762-6dab-4097-b602-fea94c356eff"]


class Provider:
    """Stands where the product answers a host's questions, and notes them."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.result = "SUCCESS"
        self.referring = True
        self.veto: Exception | None = None

    def answer(self, name: str, **values: Any) -> Any:
        """Note the question and answer it."""
        self.asked.append((name, values))
        if name in ("payment_refund", "payment_cancel"):
            return port.PaymentAnswer(
                result=f"{name.removeprefix('payment_').upper()}_{self.result}",
                amount=values["amount"],
                reference=f"re_{values['key']}" if self.referring else "",
                message="No funds." if self.result == "FAILURE" else "",
            )
        if name == "checkout_completing" and self.veto:
            raise self.veto
        return None

    def keys(self, name: str) -> list[str]:
        """The keys under which something was asked, in order."""
        return [values["key"] for asked, values in self.asked if asked == name]


@pytest.fixture
def provider_asked(monkeypatch: pytest.MonkeyPatch) -> Provider:
    """The product's place in the port's registry; its real answers come back after a test."""
    there = Provider()

    def entry(name: str) -> port.Entry:
        return lambda *args, **values: there.answer(name, **values)

    monkeypatch.setattr(port, "_entries", {name: entry(name) for name in port.INBOUND})
    return there


@pytest.fixture(autouse=True)
def furnished(db: None, provider_asked: Provider) -> None:
    """The two channels of every test shop."""
    host().shop_make()


@pytest.fixture
def ada() -> Any:
    """A customer."""
    return host().user_create("ada@example.com", "x", first_name="Ada", last_name="Shopper")


def wanted(**values: Any) -> CheckoutRequest:
    """What the product asks a host to open."""
    request = CheckoutRequest(
        channel="us",
        currency="USD",
        price=PRICE,
        title="Solitaire ring",
        email="ada@example.com",
        user_pk=None,
        country="US",
        metadata=METADATA,
        language="en",
    )
    return replace(request, **values)


def open_(**values: Any) -> str:
    """A checkout opened as the product opens it: to pay a sum of a commission."""
    request = wanted(**values)
    project, _ = make_project()
    payable = Payable.objects.create(
        project=project,
        kind="EXTRA",
        subject_pk=uuid4(),
        title=request.title,
        amount=request.price,
        currency=request.currency,
        created_at=clock.now(),
    )
    checkout_id = shop().checkout_open(request)
    Attempt.objects.create(
        payable=payable, checkout_id=checkout_id, state="LIVE", opened_at=clock.now()
    )
    return checkout_id


@pytest.fixture
def opened(ada: Any) -> str:
    """Ada's checkout, as it is opened."""
    return open_(user_pk=ada.pk)


@pytest.fixture
def ready(opened: str) -> str:
    """Ada's checkout with addresses and the delivery of 40."""
    host().fill_in(opened, STREET)
    return opened


def charge(checkout_id: str, reference: str = "pi_1", amount: Decimal = TOTAL) -> Effect:
    return shop().charge_record(
        checkout_id=checkout_id,
        reference=reference,
        amount=amount,
        currency="USD",
        key=f"key-{reference}",
    )


@pytest.fixture
def paid(ready: str) -> str:
    """Ada's checkout with its whole total charged."""
    assert charge(ready).outcome is Outcome.SUCCEEDED
    return ready


@pytest.fixture
def ordered(paid: str) -> str:
    """The id of the order that Ada's checkout became."""
    made = shop().checkout_complete(checkout_id=paid, key="complete")
    assert made.outcome is Outcome.SUCCEEDED, made
    return made.reference


def give_back(order_id: str, amount: Decimal | str, key: str, checkout_id: str = "") -> Effect:
    return shop().refund(
        order_id=order_id,
        checkout_id=checkout_id,
        amount=Decimal(amount),
        currency="USD",
        key=key,
    )


def order(order_id: str) -> port.OrderState:
    found = shop().order(order_id)
    assert found is not None
    return found


# channels and people ----------------------------------------------------------------------------


def test_channel() -> None:
    us, eu = shop().channel("us"), shop().channel("eu")
    assert us is not None
    assert eu is not None
    assert (us.currency, us.country, us.prices_with_tax, us.active) == ("USD", "US", False, True)
    assert (eu.currency, eu.country, eu.prices_with_tax) == ("EUR", "DE", True)
    assert shop().channel("nowhere") is None


def test_caller_nobody(request_by: Callable[..., Any]) -> None:
    assert shop().caller(request_by(None)) == Caller()


def test_caller_customer(request_by: Callable[..., Any], ada: Any) -> None:
    caller = shop().caller(request_by(ada))
    assert caller.person is not None
    assert (caller.person.pk, caller.person.name) == (ada.pk, "Ada Shopper")
    assert (caller.person.is_staff, caller.permissions, caller.app_pk) == (False, frozenset(), "")


@pytest.mark.parametrize("channels", [("eu",), ("eu", "us"), ()])
def test_caller_staff_of_some_channels(
    request_by: Callable[..., Any], channels: tuple[str, ...]
) -> None:
    stella = host().user_create(
        "stella@example.com",
        "x",
        is_staff=True,
        permissions=("MANAGE_ORDERS", "HANDLE_PAYMENTS"),
        channels=channels,
    )
    caller = shop().caller(request_by(stella))
    assert caller.person is not None
    assert caller.person.is_staff
    assert caller.permissions == {"MANAGE_ORDERS", "HANDLE_PAYMENTS"}
    assert caller.channels == frozenset(channels)


def test_caller_staff_of_all_channels(request_by: Callable[..., Any]) -> None:
    mia = host().user_create("mia@example.com", "x", is_staff=True, permissions=("MANAGE_ORDERS",))
    caller = shop().caller(request_by(mia))
    assert (caller.permissions, caller.channels) == ({"MANAGE_ORDERS"}, None)


def test_staff(ada: Any) -> None:
    stella = host().user_create("stella@example.com", "x", is_staff=True)
    found = shop().staff(to_global_id("User", stella.pk))
    assert found is not None
    assert found.email == "stella@example.com"
    for absent in (to_global_id("User", ada.pk), to_global_id("Order", stella.pk), "garbage", ""):
        assert shop().staff(absent) is None


# checkouts ------------------------------------------------------------------------------------


def test_checkout_open(opened: str) -> None:
    seen = shop().checkout(opened)
    assert seen is not None
    assert (seen.checkout_id, seen.channel, seen.currency) == (opened, "us", "USD")
    assert (seen.total, seen.line_total, seen.shipping, seen.tax) == (PRICE, PRICE, 0, 0)
    assert (seen.quantities, seen.unit_prices) == ((1,), (PRICE,))
    assert (seen.discount, seen.voucher) == (0, "")
    assert (seen.destination, seen.has_billing, seen.has_delivery) == ("", False, False)
    assert (seen.metadata, seen.transactions) == (METADATA, ())


def test_checkout_open_goes_with_its_transaction() -> None:
    with transaction.atomic():
        checkout_id = shop().checkout_open(wanted())
        assert shop().checkout(checkout_id) is not None
        transaction.set_rollback(True)
    assert shop().checkout(checkout_id) is None


def test_checkouts_do_not_share_anything() -> None:
    first = shop().checkout_open(wanted())
    second = shop().checkout_open(wanted(price=Decimal("99.00"), title="Wedding band"))
    assert shop().checkout_drop(first)
    seen = shop().checkout(second)
    assert seen is not None
    assert (seen.unit_prices, seen.quantities) == ((Decimal("99.00"),), (1,))


def test_checkout_with_its_taxes() -> None:
    checkout_id = shop().checkout_open(wanted(channel="eu", currency="EUR", country="DE"))
    host().fill_in(checkout_id, {**STREET, "country": "DE", **ADDRESSES["DE"], "countryArea": ""})
    seen = shop().checkout(checkout_id)
    assert seen is not None
    assert (seen.line_total, seen.shipping, seen.total) == (PRICE, SHIPPING, TOTAL)
    assert seen.tax == Decimal("197.11") + Decimal("6.39")
    assert seen.destination == "DE"


def test_checkout_ready(ready: str) -> None:
    seen = shop().checkout(ready)
    assert seen is not None
    assert (seen.total, seen.line_total, seen.shipping) == (TOTAL, PRICE, SHIPPING)
    assert (seen.destination, seen.has_billing, seen.has_delivery) == ("US", True, True)


def test_work_has_no_parcel_to_wait_for() -> None:
    checkout_id = shop().checkout_open(wanted(shipped=False))
    host().fill_in(checkout_id, STREET)
    seen = shop().checkout(checkout_id)
    assert seen is not None
    assert (seen.has_delivery, seen.has_billing, seen.total) == (True, True, PRICE)


def test_checkout_drop(opened: str, provider_asked: Provider) -> None:
    assert shop().checkout_drop(opened) is True
    assert shop().checkout(opened) is None
    assert shop().checkout_drop(opened) is False


def test_checkout_drop_keeps_what_carries_money(paid: str) -> None:
    assert shop().checkout_drop(paid) is False
    assert shop().checkout(paid) is not None


@pytest.mark.parametrize("absent", ABSENT)
def test_what_is_absent(absent: str) -> None:
    assert shop().checkout(absent) is None
    assert shop().order(absent) is None
    assert shop().order_of_checkout(absent) is None
    assert shop().checkout_drop(absent) is False
    assert shop().transactions_of([absent]) == {}


def test_global_ids(opened: str) -> None:
    assert shop().checkout_global_id(opened) == to_global_id("Checkout", opened)
    assert shop().order_global_id(opened) == to_global_id("Order", opened)


# money ------------------------------------------------------------------------------------------


def test_charge_record_twice(ready: str) -> None:
    first = charge(ready)
    assert first.outcome is Outcome.SUCCEEDED
    assert charge(ready) == first
    seen = shop().checkout(ready)
    assert seen is not None
    (money,) = seen.transactions
    assert (money.charged, money.reference, money.gateway) == (TOTAL, "pi_1", port.GATEWAY)
    assert (money.authorized, money.pending, money.refunded, money.by_hand) == (0, 0, 0, False)
    assert shop().transactions_of([ready, str(uuid4())]) == {ready: seen.transactions}


def test_charge_record_of_two_references(ready: str) -> None:
    charge(ready, "pi_1", Decimal(1000))
    charge(ready, "pi_2", TOTAL - 1000)
    seen = shop().checkout(ready)
    assert seen is not None
    assert sorted(item.charged for item in seen.transactions) == [TOTAL - 1000, Decimal(1000)]


def test_charge_record_on_the_order_it_became(ordered: str) -> None:
    checkout_id = order(ordered).checkout_id
    assert charge(checkout_id).outcome is Outcome.SUCCEEDED
    assert order(ordered).charged == TOTAL
    assert charge(checkout_id, "pi_late", Decimal(5)).outcome is Outcome.SUCCEEDED
    assert order(ordered).charged == TOTAL + 5


def test_charge_record_refused(ready: str) -> None:
    values: dict[str, Any] = {"reference": "pi_1", "amount": TOTAL, "key": "k"}
    for absent in ABSENT:
        answer = shop().charge_record(checkout_id=absent, currency="USD", **values)
        assert answer.outcome is Outcome.FAILED
    answer = shop().charge_record(checkout_id=ready, currency="EUR", **values)
    assert answer.outcome is Outcome.FAILED
    assert shop().transactions_of([ready]) == {}


def test_complete_twice(paid: str, ada: Any) -> None:
    first = shop().checkout_complete(checkout_id=paid, key="a")
    assert first.outcome is Outcome.SUCCEEDED, first
    assert shop().checkout_complete(checkout_id=paid, key="a") == first
    assert shop().checkout_complete(checkout_id=paid, key="b") == first
    made = order(first.reference)
    assert shop().order_of_checkout(paid) == made
    assert shop().checkout(paid) is None
    assert (made.checkout_id, made.channel, made.total) == (paid, "us", TOTAL)
    assert (made.charged, made.status, made.metadata) == (TOTAL, "UNFULFILLED", METADATA)
    assert (made.fulfillments, made.number.isdigit()) == ((), True)


def test_complete_work(ada: Any) -> None:
    checkout_id = open_(shipped=False, user_pk=ada.pk)
    host().fill_in(checkout_id, STREET)
    charge(checkout_id, amount=PRICE)
    made = shop().checkout_complete(checkout_id=checkout_id, key="a")
    assert made.outcome is Outcome.SUCCEEDED, made
    assert order(made.reference).total == PRICE


def test_complete_unpaid(ready: str) -> None:
    answer = shop().checkout_complete(checkout_id=ready, key="a")
    assert answer.outcome is Outcome.FAILED
    assert answer.reason
    assert shop().checkout(ready) is not None


def test_complete_vetoed(paid: str, provider_asked: Provider) -> None:
    provider_asked.veto = BespokeError(ErrorCode.CHECKOUT_CHANGED, "Not like this.")
    answer = shop().checkout_complete(checkout_id=paid, key="a")
    assert (answer.outcome, answer.reason) == (Outcome.FAILED, "Not like this.")
    assert shop().order_of_checkout(paid) is None
    assert shop().checkout(paid) is not None


def test_complete_without_delivery(opened: str) -> None:
    charge(opened, amount=PRICE)
    answer = shop().checkout_complete(checkout_id=opened, key="a")
    assert answer.outcome is Outcome.FAILED
    assert answer.reason


def test_refund_twice_under_one_key(ordered: str, provider_asked: Provider) -> None:
    first = give_back(ordered, "100.00", "r")
    assert first.outcome is Outcome.SUCCEEDED
    assert first.reference
    assert give_back(ordered, "100.00", "r") == first
    assert (order(ordered).charged, order(ordered).refunded) == (TOTAL - 100, Decimal(100))
    assert len(provider_asked.keys("payment_refund")) == 1
    assert give_back(ordered, TOTAL - 100, "rest").outcome is Outcome.SUCCEEDED
    assert order(ordered).charged == 0


def test_refund_of_more_than_there_is(ordered: str, provider_asked: Provider) -> None:
    assert give_back(ordered, TOTAL + 1, "r").outcome is Outcome.FAILED
    assert order(ordered).charged == TOTAL
    assert provider_asked.keys("payment_refund") == []


def test_refund_that_waits(ordered: str, provider_asked: Provider) -> None:
    provider_asked.result = "REQUEST"
    first = give_back(ordered, "100.00", "r")
    assert first.outcome is Outcome.PENDING
    assert first.reference
    assert give_back(ordered, "100.00", "r") == first
    assert len(set(provider_asked.keys("payment_refund"))) == 1
    assert (order(ordered).charged, order(ordered).refunded) == (TOTAL - 100, Decimal(0))


def test_refund_that_fails(ordered: str, provider_asked: Provider) -> None:
    provider_asked.result = "FAILURE"
    first = give_back(ordered, "100.00", "r")
    assert (first.outcome, first.reason) == (Outcome.FAILED, "No funds.")
    assert give_back(ordered, "100.00", "r").outcome is Outcome.FAILED
    assert len(provider_asked.keys("payment_refund")) == 1
    assert order(ordered).charged == TOTAL
    provider_asked.result = "SUCCESS"
    assert give_back(ordered, "100.00", "another").outcome is Outcome.SUCCEEDED


def test_refund_that_is_refused_twice(ordered: str, provider_asked: Provider) -> None:
    provider_asked.result, provider_asked.referring = "FAILURE", False
    for key in ("r", "s"):
        answer = give_back(ordered, "100.00", key)
        assert (answer.outcome, answer.reason) == (Outcome.FAILED, "No funds.")
    assert order(ordered).charged == TOTAL


def test_refund_of_a_provider_that_is_away(
    ordered: str, provider_asked: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_: Any) -> None:
        raise ConnectionError("away")

    with monkeypatch.context() as broken:
        broken.setitem(port._entries, "payment_refund", away)
        with pytest.raises(ConnectionError):
            give_back(ordered, "100.00", "r")
    assert order(ordered).refunded == 0
    assert give_back(ordered, "100.00", "r").outcome is Outcome.SUCCEEDED
    assert order(ordered).refunded == 100


def test_refund_over_two_transactions_of_a_checkout(ready: str, provider_asked: Provider) -> None:
    charge(ready, "pi_1", Decimal(1000))
    charge(ready, "pi_2", TOTAL - 1000)
    done = give_back("", TOTAL, "r", checkout_id=ready)
    assert done.outcome is Outcome.SUCCEEDED
    assert len(set(provider_asked.keys("payment_refund"))) == 2
    seen = shop().checkout(ready)
    assert seen is not None
    assert [item.charged for item in seen.transactions] == [0, 0]


def test_refund_finds_the_order_by_its_checkout(ordered: str) -> None:
    done = give_back("", "50.00", "r", checkout_id=order(ordered).checkout_id)
    assert done.outcome is Outcome.SUCCEEDED
    assert order(ordered).refunded == 50


def report(order_id: str, outcome: Outcome, key: str = "", reference: str = "re_9") -> Effect:
    return shop().refund_report(
        checkout_id=order(order_id).checkout_id,
        payment="pi_1",
        reference=reference,
        amount=Decimal(50),
        currency="USD",
        outcome=outcome,
        reason="expired_card" if outcome is Outcome.FAILED else "",
        key=key,
    )


def money(order_id: str) -> tuple[Decimal, Decimal]:
    """What is charged and what went back."""
    seen = order(order_id)
    return seen.charged, seen.refunded


def test_refund_report_from_beginning_to_end(ordered: str, provider_asked: Provider) -> None:
    steps = [
        (Outcome.PENDING, (TOTAL - 50, 0)),
        (Outcome.SUCCEEDED, (TOTAL - 50, 50)),
        (Outcome.SUCCEEDED, (TOTAL - 50, 50)),
        (Outcome.FAILED, (TOTAL, 0)),
        (Outcome.SUCCEEDED, (TOTAL, 0)),  # a failure is the last word
    ]
    for outcome, stands in steps:
        assert report(ordered, outcome).outcome is Outcome.SUCCEEDED
        assert money(ordered) == stands
    assert provider_asked.keys("payment_refund") == []


def test_refund_report_of_what_was_asked_for_here(ordered: str, provider_asked: Provider) -> None:
    provider_asked.result = "REQUEST"
    assert give_back(ordered, 50, "r").outcome is Outcome.PENDING
    (key,) = provider_asked.keys("payment_refund")

    report(ordered, Outcome.SUCCEEDED, key, reference=f"re_{key}")

    assert money(ordered) == (TOTAL - 50, 50)
    assert give_back(ordered, 50, "r").outcome is Outcome.SUCCEEDED
    assert len(provider_asked.keys("payment_refund")) == 1


def test_refund_report_of_an_unknown_payment(ready: str) -> None:
    said = shop().refund_report(
        checkout_id=ready,
        payment="pi_unknown",
        reference="re_9",
        amount=Decimal(50),
        currency="USD",
        outcome=Outcome.SUCCEEDED,
        reason="",
        key="",
    )
    assert said.outcome is Outcome.FAILED
    assert not shop().transactions_of([ready])


def test_checkouts_ended(ordered: str, ada: Any) -> None:
    became, there, dropped = order(ordered).checkout_id, open_(user_pk=ada.pk), open_()
    assert shop().checkout_drop(dropped)
    ids = [became, there, dropped, *ABSENT[2:]]
    assert shop().checkouts_ended(ids) == {became: ordered, dropped: "", ABSENT[2]: ""}


def test_transfer_record_twice(ready: str) -> None:
    values: dict[str, Any] = {"checkout_id": ready, "reference": "BANK-1", "currency": "USD"}
    first = shop().transfer_record(amount=TOTAL, key="t", **values)
    assert first.outcome is Outcome.SUCCEEDED, first
    assert shop().transfer_record(amount=TOTAL, key="t", **values) == first
    (money,) = shop().transactions_of([ready])[ready]
    assert (money.charged, money.reference, money.by_hand) == (TOTAL, "BANK-1", True)
    assert shop().transfer_record(amount=Decimal(1), key="u", **values).outcome is Outcome.FAILED
    made = shop().checkout_complete(checkout_id=ready, key="c")
    assert made.outcome is Outcome.SUCCEEDED, made
    assert order(made.reference).charged == TOTAL


def test_transfer_record_refused(ready: str) -> None:
    values: dict[str, Any] = {"reference": "BANK-1", "amount": TOTAL, "key": "t"}
    for checkout_id, currency in ((ready, "EUR"), *((absent, "USD") for absent in ABSENT)):
        answer = shop().transfer_record(checkout_id=checkout_id, currency=currency, **values)
        assert answer.outcome is Outcome.FAILED
    assert shop().transactions_of([ready]) == {}


def test_money_release(paid: str, provider_asked: Provider) -> None:
    first = shop().money_release(checkout_id=paid, key="m")
    assert first.outcome is Outcome.SUCCEEDED
    assert shop().money_release(checkout_id=paid, key="m").outcome is Outcome.SUCCEEDED
    assert len(provider_asked.keys("payment_refund")) == 1
    (money,) = shop().transactions_of([paid])[paid]
    assert (money.charged, money.refunded) == (0, TOTAL)
    assert shop().checkout_drop(paid) is True


def test_money_release_keeps_what_was_written_by_hand(ready: str) -> None:
    shop().transfer_record(
        checkout_id=ready, reference="BANK-1", amount=TOTAL, currency="USD", key="t"
    )
    assert shop().money_release(checkout_id=ready, key="m").outcome is Outcome.SUCCEEDED
    (money,) = shop().transactions_of([ready])[ready]
    assert money.charged == TOTAL


# after payment ----------------------------------------------------------------------------------


def fulfill(order_id: str, key: str, tracking: str = "TRACK-1") -> Effect:
    return shop().order_fulfill(order_id=order_id, tracking_number=tracking, key=key)


def test_order_fulfill_twice(ordered: str) -> None:
    first = fulfill(ordered, "f")
    assert first.outcome is Outcome.SUCCEEDED, first
    assert fulfill(ordered, "f") == fulfill(ordered, "g") == first
    (parcel,) = order(ordered).fulfillments
    assert (parcel.fulfillment_id, parcel.status, parcel.tracking_number) == (
        first.reference,
        "FULFILLED",
        "TRACK-1",
    )
    assert order(ordered).status == "FULFILLED"


def test_order_fulfill_work(ada: Any) -> None:
    checkout_id = open_(shipped=False, user_pk=ada.pk)
    host().fill_in(checkout_id, STREET)
    charge(checkout_id, amount=PRICE)
    made = shop().checkout_complete(checkout_id=checkout_id, key="a")
    assert fulfill(made.reference, "f").outcome is Outcome.SUCCEEDED


def test_tracking_update(ordered: str) -> None:
    parcel = fulfill(ordered, "f").reference
    values: dict[str, Any] = {"fulfillment_id": parcel, "key": "t"}
    done = shop().tracking_update(tracking_number="B", **values)
    assert done == Effect(Outcome.SUCCEEDED, parcel)
    assert shop().tracking_update(tracking_number="B", **values) == done
    assert order(ordered).fulfillments[0].tracking_number == "B"
    assert shop().tracking_update(tracking_number="x" * 256, **values).outcome is Outcome.FAILED
    assert order(ordered).fulfillments[0].tracking_number == "B"


def test_order_cancel_twice(ordered: str) -> None:
    first = shop().order_cancel(order_id=ordered, key="c")
    assert first == Effect(Outcome.SUCCEEDED, ordered)
    assert shop().order_cancel(order_id=ordered, key="c") == first
    assert (order(ordered).status, order(ordered).charged) == ("CANCELED", TOTAL)


def test_what_has_left_is_not_cancelled(ordered: str) -> None:
    fulfill(ordered, "f")
    answer = shop().order_cancel(order_id=ordered, key="c")
    assert answer.outcome is Outcome.FAILED
    assert answer.reason
    assert order(ordered).status == "FULFILLED"


def test_order_note(ordered: str) -> None:
    note = {"bespoke.stage": "DESIGN"}
    for _ in range(2):
        done = shop().order_note(order_id=ordered, metadata=note, key="n")
        assert done.outcome is Outcome.SUCCEEDED
    assert order(ordered).metadata == METADATA | note


def test_effects_on_what_is_absent() -> None:
    for absent in ABSENT:
        answers = (
            fulfill(absent, "k"),
            shop().order_cancel(order_id=absent, key="k"),
            shop().order_note(order_id=absent, metadata={}, key="k"),
            shop().tracking_update(fulfillment_id="99999", tracking_number="", key="k"),
            shop().checkout_complete(checkout_id=absent, key="k"),
            shop().money_release(checkout_id=absent, key="k"),
            give_back(absent, 1, "k", checkout_id=absent),
        )
        assert {answer.outcome for answer in answers} == {Outcome.FAILED}


def test_clock_stands_still_in_a_shop_that_does_business(settings: Any) -> None:
    from datetime import timedelta

    settings.BESPOKE = {**settings.BESPOKE, "CLOCK_MOVABLE": False}
    with pytest.raises(BespokeError):
        shop().clock_move(timedelta(days=1))
