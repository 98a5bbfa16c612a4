"""The embedded shop behind the product's port: truthful reads, effects that happen once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import RequestFactory

from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.shop.embedded.adapter import Adapter
from saleor_bespoke.shop.embedded.models import (
    App,
    Checkout,
    Fulfillment,
    Mail,
    Order,
    TransactionItem,
    User,
)
from saleor_bespoke.shop.port import Caller, CheckoutRequest, Effect, Outcome
from saleor_bespoke.shop.port import Mail as Letter
from tests.embedded.conftest import ADDRESS, GATEWAY, checkout_make, global_id, pay, walk
from tests.posting import post_office

SHOP = Adapter()
TOTAL = Decimal("1259.500")


def request(**headers: str) -> Any:
    return RequestFactory().post("/graphql/", headers=headers)


def test_channel(api: Any) -> None:
    seen = SHOP.channel("eu")

    assert seen is not None
    assert (seen.currency, seen.country, seen.prices_with_tax, seen.active) == (
        "EUR",
        "DE",
        True,
        True,
    )
    assert SHOP.channel("nowhere") is None


def test_caller(api: Any) -> None:
    User.objects.filter(email="stella@example.com").update(channels=["eu"])
    ada, stella, app = (
        SHOP.caller(request(**api.headers(who))) for who in ("ada", "stella", "app")
    )

    assert SHOP.caller(request()) == Caller()
    assert ada.person is not None
    assert (ada.person.name, ada.person.is_staff, ada.permissions, ada.channels) == (
        "Ada Shopper",
        False,
        frozenset(),
        None,
    )
    assert stella.permissions == {"MANAGE_ORDERS", "HANDLE_PAYMENTS", "MANAGE_USERS"}
    assert stella.channels == {"eu"}
    assert (app.person, app.app_name, app.app_pk) == (
        None,
        "Workshop app",
        str(App.objects.get().pk),
    )


def test_staff(api: Any) -> None:
    stella, ada = (User.objects.get(email=f"{who}@example.com") for who in ("stella", "ada"))
    found = SHOP.staff(global_id("User", stella.pk))

    assert found is not None
    assert found.email == "stella@example.com"
    for absent in (global_id("User", ada.pk), global_id("Order", stella.pk), "garbage", ""):
        assert SHOP.staff(absent) is None


def test_checkout_open(api: Any) -> None:
    ada = User.objects.get(email="ada@example.com")
    checkout_id = SHOP.checkout_open(
        CheckoutRequest(
            channel="us",
            currency="USD",
            price=Decimal("1234.50"),
            title="Solitaire ring",
            email="ada@example.com",
            user_pk=ada.pk,
            country="US",
            metadata={"bespoke.payable": "1"},
        )
    )
    seen = SHOP.checkout(checkout_id)

    assert seen is not None
    assert (seen.total, seen.line_total, seen.shipping) == (
        Decimal("1234.50"),
        Decimal("1234.50"),
        Decimal(0),
    )
    assert (seen.quantities, seen.unit_prices, seen.discount) == (
        (1,),
        (Decimal("1234.50"),),
        Decimal(0),
    )
    assert (seen.destination, seen.has_billing, seen.has_delivery) == ("", False, False)
    assert seen.metadata == {"bespoke.payable": "1"}
    assert api.run("checkout", id=SHOP.checkout_global_id(checkout_id))["email"] == ada.email


def test_checkout_as_it_is_now(api: Any, product: Any, ready: str) -> None:
    pay(api, ready)
    row = Checkout.objects.get()
    seen = SHOP.checkout(str(row.pk))

    assert seen is not None
    assert (seen.total, seen.shipping, seen.destination) == (
        Decimal("1259.50"),
        Decimal("25.00"),
        "US",
    )
    assert (seen.has_billing, seen.has_delivery) == (True, True)
    (money,) = seen.transactions
    assert (money.charged, money.pending, money.gateway) == (TOTAL, Decimal(0), GATEWAY)


@pytest.mark.parametrize("absent", ["", "garbage", "8d8db762-6dab-4097-b602-fea94c356eff"])
def test_what_is_absent(api: Any, absent: str) -> None:
    assert SHOP.checkout(absent) is None
    assert SHOP.order(absent) is None
    assert SHOP.order_of_checkout(absent) is None
    assert SHOP.checkout_drop(absent) is False


def test_checkout_drop_keeps_what_carries_money(api: Any, product: Any, ready: str) -> None:
    empty = checkout_make()
    assert SHOP.checkout_drop(str(empty.pk)) is True
    assert SHOP.checkout_drop(str(empty.pk)) is False

    begun = api.run("transactionInitialize", id=ready, gateway=GATEWAY)
    assert begun["transactionEvent"]["type"] == "CHARGE_ACTION_REQUIRED"
    paid = checkout_make()
    walk(api, global_id("Checkout", paid.pk))
    product.result = "CHARGE_REQUEST"
    pay(api, global_id("Checkout", paid.pk))
    assert SHOP.checkout_drop(str(paid.pk)) is False
    assert SHOP.checkout_drop(str(Checkout.objects.exclude(pk=paid.pk).get().pk)) is True
    assert list(Checkout.objects.values_list("pk", flat=True)) == [paid.pk]
    assert "checkout_gone" not in product.names()


def test_charge_record(api: Any, product: Any, ready: str) -> None:
    checkout_id = str(Checkout.objects.get().pk)
    begun = api.run("transactionInitialize", id=ready, gateway=GATEWAY)
    reference = begun["transactionEvent"]["pspReference"]
    values = {"checkout_id": checkout_id, "amount": Decimal("1259.50"), "currency": "USD"}

    def record(reference: str, key: str) -> Effect:
        return SHOP.charge_record(**values, reference=reference, key=key)

    assert record(reference, "a").outcome is Outcome.SUCCEEDED
    assert record(reference, "a") == record(reference, "b")
    (money,) = SHOP.checkout(checkout_id).transactions  # type: ignore[union-attr]
    assert (money.charged, money.reference) == (TOTAL, reference)

    api.run("transactionProcess", id=begun["transaction"]["id"])
    assert TransactionItem.objects.get().charged == TOTAL


def test_charge_record_of_a_payment_no_storefront_began(api: Any, product: Any, ready: str) -> None:
    checkout_id = str(Checkout.objects.get().pk)
    values = {"checkout_id": checkout_id, "reference": "pi_1", "key": "k"}

    def record(**changes: Any) -> Effect:
        return SHOP.charge_record(
            **{"amount": Decimal("1259.50"), "currency": "USD", **values, **changes}
        )

    assert record(currency="EUR").outcome is Outcome.FAILED
    assert record(checkout_id=str(uuid4())).outcome is Outcome.FAILED
    assert TransactionItem.objects.count() == 0
    assert record() == record()
    assert TransactionItem.objects.get().charged == TOTAL
    assert SHOP.checkout_complete(checkout_id=checkout_id, key="c").outcome is Outcome.SUCCEEDED
    assert record().outcome is Outcome.SUCCEEDED
    assert Order.objects.get().transactions.get().charged == TOTAL
    assert product.names().count("order_paid") == 1


def test_checkout_complete(api: Any, product: Any, ready: str) -> None:
    checkout_id = str(Checkout.objects.get().pk)
    unpaid = SHOP.checkout_complete(checkout_id=checkout_id, key="c")
    pay(api, ready)
    product.veto = BespokeError(ErrorCode.CHECKOUT_CHANGED, "Not like this.")
    vetoed = SHOP.checkout_complete(checkout_id=checkout_id, key="c")
    product.veto = None
    done = SHOP.checkout_complete(checkout_id=checkout_id, key="c")
    order = Order.objects.get()

    assert (unpaid.outcome, vetoed.outcome) == (Outcome.FAILED, Outcome.FAILED)
    assert vetoed.reason == "Not like this."
    assert done == Effect(Outcome.SUCCEEDED, str(order.pk))
    assert SHOP.checkout_complete(checkout_id=checkout_id, key="c") == done
    seen = SHOP.order_of_checkout(checkout_id)
    assert seen == SHOP.order(str(order.pk))
    assert seen is not None
    assert (seen.total, seen.charged, seen.status) == (TOTAL, TOTAL, "UNFULFILLED")
    assert seen.metadata == order.metadata
    assert api.run("order", id=SHOP.order_global_id(seen.order_id))["number"] == seen.number


def give_back(amount: str, key: str, **changes: Any) -> Effect:
    """Refund this much of the only order."""
    order = Order.objects.get()
    values: dict[str, Any] = {
        "order_id": str(order.pk),
        "checkout_id": str(order.checkout_token),
        "currency": "USD",
    }
    return SHOP.refund(**{**values, **changes}, amount=Decimal(amount), key=key)


def test_refund_once_for_a_key(api: Any, product: Any, ordered: str) -> None:
    first = give_back("100.00", "r1")

    assert first.outcome is Outcome.SUCCEEDED
    assert give_back("100.00", "r1") == first
    assert product.names().count("payment_refund") == 1
    assert SHOP.order(str(Order.objects.get().pk)).charged == Decimal("1159.500")  # type: ignore[union-attr]
    assert give_back("1159.50", "r2").outcome is Outcome.SUCCEEDED
    assert Order.objects.get().transactions.get().refunded == TOTAL


def test_refund_refuses(api: Any, product: Any, ordered: str) -> None:
    assert give_back("1259.51", "r").outcome is Outcome.FAILED
    assert give_back("1.00", "r", currency="EUR").outcome is Outcome.FAILED
    assert give_back("1.00", "r", order_id="", checkout_id="").outcome is Outcome.FAILED
    assert "payment_refund" not in product.names()


def test_refund_that_waits_is_asked_again_until_it_is_known(
    api: Any, product: Any, ordered: str
) -> None:
    product.refund_result = "REFUND_REQUEST"
    assert give_back("100.00", "r").outcome is Outcome.PENDING
    assert give_back("100.00", "r").outcome is Outcome.PENDING
    product.refund_result = "REFUND_SUCCESS"
    assert give_back("100.00", "r").outcome is Outcome.SUCCEEDED

    keys = {values["key"] for name, values in product.told if name == "payment_refund"}
    assert len(keys) == 1
    item = Order.objects.get().transactions.get()
    assert (item.refunded, item.refund_pending) == (Decimal("100.000"), Decimal(0))


def test_refund_that_failed_stays_failed(api: Any, product: Any, ordered: str) -> None:
    product.refund_result = "REFUND_FAILURE"

    assert give_back("100.00", "r").outcome is Outcome.FAILED
    product.refund_result = "REFUND_SUCCESS"
    assert give_back("100.00", "r").outcome is Outcome.FAILED
    assert Order.objects.get().transactions.get().charged == TOTAL
    assert give_back("100.00", "another").outcome is Outcome.SUCCEEDED


def test_refund_of_a_checkout_and_over_two_transactions(api: Any, product: Any, ready: str) -> None:
    pay(api, ready, amount="1000.00")
    pay(api, ready)
    checkout_id = str(Checkout.objects.get().pk)
    done = SHOP.refund(order_id="", checkout_id=checkout_id, amount=TOTAL, currency="USD", key="r")

    assert done.outcome is Outcome.SUCCEEDED
    assert product.names().count("payment_refund") == 2
    assert {item.charged for item in TransactionItem.objects.all()} == {Decimal(0)}
    assert "order_refunded" not in product.names()


def test_order_fulfill_adopts_the_parcel_that_is_there(
    api: Any, product: Any, ordered: str
) -> None:
    order_id = str(Order.objects.get().pk)

    def fulfill(key: str) -> Effect:
        return SHOP.order_fulfill(order_id=order_id, tracking_number="TRACK-1", key=key)

    first = fulfill("f")
    assert first.outcome is Outcome.SUCCEEDED
    assert fulfill("f") == fulfill("g") == first
    (parcel,) = SHOP.order(order_id).fulfillments  # type: ignore[union-attr]
    assert (parcel.fulfillment_id, parcel.status, parcel.tracking_number) == (
        first.reference,
        "FULFILLED",
        "TRACK-1",
    )
    assert product.names().count("order_fulfilled") == 1


def test_tracking_update(api: Any, product: Any, ordered: str) -> None:
    order_id = str(Order.objects.get().pk)
    parcel = SHOP.order_fulfill(order_id=order_id, tracking_number="A", key="f").reference
    values = {"fulfillment_id": parcel, "tracking_number": "B", "key": "t"}

    assert SHOP.tracking_update(**values) == SHOP.tracking_update(**values)
    assert Fulfillment.objects.get().tracking_number == "B"
    assert product.names().count("tracking_updated") == 1
    too_long = SHOP.tracking_update(**{**values, "tracking_number": "x" * 256})
    assert too_long.outcome is Outcome.FAILED


def test_order_cancel(api: Any, product: Any, ordered: str) -> None:
    order_id = str(Order.objects.get().pk)

    assert SHOP.order_cancel(order_id=order_id, key="c").outcome is Outcome.SUCCEEDED
    assert SHOP.order_cancel(order_id=order_id, key="c").outcome is Outcome.SUCCEEDED
    assert SHOP.order(order_id).status == "CANCELED"  # type: ignore[union-attr]
    assert product.names().count("order_cancelled") == 1


def test_effects_on_what_is_absent_fail(api: Any, product: Any) -> None:
    absent = str(uuid4())
    answers = (
        SHOP.order_fulfill(order_id=absent, tracking_number="", key="k"),
        SHOP.order_cancel(order_id=absent, key="k"),
        SHOP.tracking_update(fulfillment_id="99999", tracking_number="", key="k"),
        SHOP.checkout_complete(checkout_id=absent, key="k"),
    )

    assert {answer.outcome for answer in answers} == {Outcome.FAILED}
    assert product.names() == []


def test_a_parcel_that_left_cannot_be_cancelled(api: Any, product: Any, ordered: str) -> None:
    order_id = str(Order.objects.get().pk)
    SHOP.order_fulfill(order_id=order_id, tracking_number="", key="f")

    answer = SHOP.order_cancel(order_id=order_id, key="c")
    assert (answer.outcome, answer.reason) == (Outcome.FAILED, "This order can't be canceled.")


def test_mail_is_sent_once(api: Any) -> None:
    letter = Letter(to="ada@example.com", subject="Your quote", body="Dear Ada", key="quote-1")

    assert SHOP.mail_send(letter) == SHOP.mail_send(letter)
    assert Mail.objects.get().body == "Dear Ada"


def test_a_price_with_an_address_abroad_is_shipped_by_its_own_zone(api: Any) -> None:
    checkout = checkout_make()
    id = global_id("Checkout", checkout.pk)
    walk(api, id, ADDRESS | {"country": "CA", "postalCode": "K1A 0B1", "countryArea": "Ontario"})
    seen = SHOP.checkout(str(checkout.pk))

    assert seen is not None
    assert (seen.destination, seen.shipping) == ("CA", Decimal("75.00"))


def test_a_mail_server_gets_each_copy_of_a_letter_under_one_id(api: Any, settings: Any) -> None:
    """A process that died before it marked a letter makes another send it: readers see one."""
    letter = Letter(to="ada@example.com", subject="Your\nquote", body="Dear Ada", key="quote-1")
    with post_office() as office:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", office.port
        assert SHOP.mail_send(letter) == SHOP.mail_send(letter)

    first, again = (message for _, message in office.letters)
    assert first["Message-ID"] == again["Message-ID"] == letter.message_id("localhost")
    assert first["Subject"] == "Your quote"
    assert Mail.objects.count() == 1


def test_a_mail_server_that_is_away_is_said(api: Any, settings: Any) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    effect = SHOP.mail_send(Letter(to="ada@example.com", subject="A", body="B", key="k"))
    assert effect.outcome is Outcome.FAILED
    assert "refused" in effect.reason
