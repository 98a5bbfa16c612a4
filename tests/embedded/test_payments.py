"""Paying through the gateway, by hand, and giving back, as a real Saleor 3.23 answered."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.shop.embedded.models import TransactionEvent, TransactionItem
from tests.embedded.conftest import GATEWAY, checkout_make, global_id, pay, transactions

USD = "USD"


def kinds(api: Any, order: str) -> list[str]:
    """An order's first transaction's events, newest first."""
    return [event["type"] for event in transactions(api, order)[0]["events"]]


def test_payment_gateway_initialize(api: Any, product: Any, ready: str) -> None:
    assert api.run("paymentGatewayInitialize", id=ready, gateway=GATEWAY) == {
        "gatewayConfigs": [
            {"id": GATEWAY, "data": {"stripePublishableKey": "pk_test"}, "errors": []}
        ],
        "errors": [],
    }


def test_an_unknown_gateway_has_no_configuration(api: Any, product: Any, ready: str) -> None:
    answer = api.run("paymentGatewayInitialize", id=ready, gateway="nobody")

    (config,) = answer["gatewayConfigs"]
    assert (config["id"], config["data"]) == ("nobody", None)
    assert [(error["field"], error["code"]) for error in config["errors"]] == [("id", "NOT_FOUND")]
    assert answer["errors"] == []
    assert product.told == []


def test_transaction_initialize_and_process(api: Any, product: Any, ready: str) -> None:
    begun = api.run(
        "transactionInitialize",
        id=ready,
        gateway=GATEWAY,
        data={"paymentIntent": {"paymentMethod": "card"}},
    )
    reference = begun["transactionEvent"]["pspReference"]
    assert begun["transactionEvent"] == {
        "type": "CHARGE_ACTION_REQUIRED",
        "pspReference": reference,
        "message": "",
        "amount": {"amount": 1259.5, "currency": USD},
    }
    assert begun["data"] == {"paymentIntent": {"stripeClientSecret": f"{reference}_secret"}}
    session = product.told[-1][1]["session"]
    assert (session.amount, session.currency, session.action) == (Decimal("1259.50"), USD, "CHARGE")
    assert session.data == {"paymentIntent": {"paymentMethod": "card"}}
    assert api.run("checkout", id=ready)["chargeStatus"] == "NONE"

    ended = api.run("transactionProcess", id=begun["transaction"]["id"])
    assert ended["transactionEvent"]["type"] == "CHARGE_SUCCESS"
    assert product.told[-1][1]["session"].reference == reference
    assert api.run("checkout", id=ready)["chargeStatus"] == "FULL"


def test_an_ended_payment_is_not_asked_about_again(api: Any, product: Any, ready: str) -> None:
    transaction = pay(api, ready)
    asked = len(product.told)
    again = api.run("transactionProcess", id=transaction)
    order = api.run("checkoutComplete", id=ready)["order"]["id"]
    later = api.run("transactionProcess", id=transaction)

    assert again["transactionEvent"]["type"] == "CHARGE_SUCCESS"
    assert again["data"] is None
    assert later == again
    assert "payment_process" not in product.names()[asked:]
    assert kinds(api, order) == ["CHARGE_SUCCESS", "CHARGE_ACTION_REQUIRED", "CHARGE_REQUEST"]


def test_a_declined_payment_says_so_without_errors(api: Any, product: Any, ready: str) -> None:
    product.result, product.message = "CHARGE_FAILURE", "Your card was declined."
    begun = api.run("transactionInitialize", id=ready, gateway=GATEWAY)

    assert begun["errors"] == []
    assert begun["transactionEvent"]["type"] == "CHARGE_FAILURE"
    assert begun["transactionEvent"]["message"] == "Your card was declined."
    product.result = "CHARGE_SUCCESS"
    again = api.run("transactionProcess", id=begun["transaction"]["id"])
    assert (again["transactionEvent"]["type"], again["data"]) == ("CHARGE_FAILURE", None)
    assert api.run("checkout", id=ready)["chargeStatus"] == "NONE"


def test_the_gateways_refusal_is_a_failed_charge(
    api: Any, product: Any, ready: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> Any:
        raise BespokeError(ErrorCode.PAYMENT_NOT_FULL, "Pay it all.")

    monkeypatch.setattr(product, "_payment", refuse)
    begun = api.run("transactionInitialize", id=ready, gateway=GATEWAY, amount="10.00")

    assert begun["transactionEvent"]["type"] == "CHARGE_FAILURE"
    assert begun["transactionEvent"]["message"] == "Pay it all."


def test_without_an_amount_the_rest_is_asked(api: Any, product: Any, ready: str) -> None:
    pay(api, ready, amount=10)
    assert api.run("checkout", id=ready)["chargeStatus"] == "PARTIAL"
    begun = api.run("transactionInitialize", id=ready, gateway=GATEWAY)

    assert begun["transactionEvent"]["amount"]["amount"] == 1249.5


def test_one_idempotency_key_begins_one_payment(api: Any, product: Any, ready: str) -> None:
    wanted = {"id": ready, "gateway": GATEWAY, "idempotencyKey": "key-1"}
    first = api.run("transactionInitialize", **wanted)

    assert api.run("transactionInitialize", **wanted) == first
    assert TransactionItem.objects.count() == 1
    assert TransactionEvent.objects.count() == 2
    assert {values["session"].key for _, values in product.told} == {"key-1"}
    assert api.errors("transactionInitialize", **wanted, amount=5) == [
        (
            "idempotencyKey",
            "UNIQUE",
            "Different transaction with provided idempotency key already exists.",
        )
    ]


@pytest.mark.parametrize("amount", ["-1", "abc", "NaN", "Infinity", True])
def test_a_sum_that_is_none_does_not_begin(api: Any, product: Any, ready: str, amount: Any) -> None:
    answer = api.body("transactionInitialize", {"id": ready, "gateway": GATEWAY, "amount": amount})

    assert "data" not in answer
    assert 'Expected type "PositiveDecimal"' in answer["errors"][0]["message"]
    assert TransactionItem.objects.count() == 0


def test_initializing_what_cannot_be_paid(api: Any, product: Any, ready: str) -> None:
    def errors(id: str, gateway: str = GATEWAY) -> Any:
        return api.errors("transactionInitialize", id=id, gateway=gateway)

    user = global_id("User", 1)
    missing = [("id", "NOT_FOUND", "`Order` or `Checkout` not found.")]
    assert errors(ready, "nobody") == [
        ("paymentGateway", "NOT_FOUND", "App with provided identifier not found.")
    ]
    assert errors(global_id("Checkout", uuid4())) == missing
    assert errors(user) == [
        ("id", "INVALID", f"Invalid ID: {user}. Expected one of: Checkout, Order, received: User.")
    ]
    assert api.refused("transactionInitialize", id="garbage", gateway=GATEWAY) == (
        "GraphQLError",
        "Invalid ID: garbage.",
    )
    pay(api, ready)
    api.run("checkoutComplete", id=ready)
    assert errors(ready) == missing


def test_processing_what_is_no_transaction(api: Any) -> None:
    unknown = global_id("TransactionItem", uuid4())

    assert api.errors("transactionProcess", id=unknown) == [
        ("id", "NOT_FOUND", f"Couldn't resolve to a node: {unknown}")
    ]
    assert api.refused("transactionProcess", id="garbage") == (
        "GraphQLError",
        "Invalid ID: garbage. Expected: TransactionItem.",
    )


# by hand ------------------------------------------------------------------------------------

TRANSFER = {
    "name": "Bank transfer",
    "pspReference": "SEPA-1",
    "availableActions": ["REFUND"],
    "amountCharged": {"currency": USD, "amount": 1259.5},
}
DENIED = "To access this path, you need one of the following permissions: "


@pytest.mark.parametrize("caller", [None, "ada", "nora"])
def test_only_who_handles_payments_records_or_refunds(
    api: Any, product: Any, ready: str, ordered: str, caller: str | None
) -> None:
    transaction = transactions(api, ordered)[0]["id"]
    fresh = global_id("Checkout", checkout_make().pk)
    before = TransactionEvent.objects.count()
    expected = ("PermissionDenied", f"{DENIED}HANDLE_PAYMENTS")

    assert api.refused("transactionCreate", caller, id=fresh, transaction=TRANSFER) == expected
    assert (
        api.refused("transactionRequestAction", caller, id=transaction, actionType="REFUND")
        == expected
    )
    assert TransactionEvent.objects.count() == before


@pytest.mark.parametrize("caller", ["stella", "app"])
def test_transaction_create(api: Any, product: Any, ready: str, caller: str) -> None:
    answer = api.run(
        "transactionCreate",
        caller,
        id=ready,
        transaction=TRANSFER,
        event={"pspReference": "SEPA-1", "message": "value date 2026-11-20"},
    )
    order = api.run("checkoutComplete", id=ready)["order"]
    (seen,) = transactions(api, order["id"])

    assert answer["transaction"] | {"id": ""} == {
        "id": "",
        "name": "Bank transfer",
        "pspReference": "SEPA-1",
        "chargedAmount": {"amount": 1259.5, "currency": USD},
    }
    assert order["chargeStatus"] == "FULL"
    assert seen["actions"] == ["REFUND"]
    assert [
        (event["type"], event["pspReference"], event["message"]) for event in seen["events"]
    ] == [
        ("INFO", "SEPA-1", "value date 2026-11-20"),
        ("CHARGE_SUCCESS", "", "Manual adjustment of the transaction."),
    ]


def test_a_reference_twice_is_charged_twice_as_in_the_real_shop(
    api: Any, product: Any, ready: str
) -> None:
    for _ in range(2):
        api.run("transactionCreate", "stella", id=ready, transaction=TRANSFER)

    assert api.run("checkout", id=ready)["chargeStatus"] == "OVERCHARGED"
    order = api.run("checkoutComplete", id=ready)["order"]
    assert order["chargeStatus"] == "OVERCHARGED"
    assert product.names()[-1] == "order_paid"


def test_transaction_create_refuses(api: Any, product: Any, ready: str) -> None:
    def errors(id: str, **changes: Any) -> Any:
        return api.errors("transactionCreate", "stella", id=id, transaction=TRANSFER | changes)

    unknown = global_id("Checkout", uuid4())
    assert errors(ready, amountCharged={"currency": "EUR", "amount": 1}) == [
        (
            "amountCharged",
            "INCORRECT_CURRENCY",
            "Currency needs to be the same as for order: USD",
        )
    ]
    assert errors("garbage") == [("id", "GRAPHQL_ERROR", "Invalid ID: garbage.")]
    assert errors(unknown) == [("id", "NOT_FOUND", f"Couldn't resolve to a node: {unknown}")]
    assert TransactionItem.objects.count() == 0


def test_money_on_an_unpaid_order_is_told_once_it_is_enough(
    api: Any, product: Any, ready: str
) -> None:
    product.result = "CHARGE_REQUEST"
    pay(api, ready)
    order = api.run("checkoutComplete", id=ready)["order"]["id"]
    for amount, paid in ((1000, False), (259.5, True)):
        money = {"currency": USD, "amount": amount}
        api.run(
            "transactionCreate", "stella", id=order, transaction=TRANSFER | {"amountCharged": money}
        )
        assert ("order_paid" in product.names()) is paid


# giving back --------------------------------------------------------------------------------


def refund(api: Any, transaction: str, **variables: Any) -> tuple[float, float]:
    """What is charged and refunded afterwards."""
    wanted = {"id": transaction, "actionType": "REFUND", **variables}
    seen = api.run("transactionRequestAction", "stella", **wanted)["transaction"]
    return seen["chargedAmount"]["amount"], seen["refundedAmount"]["amount"]


def test_transaction_request_action(api: Any, product: Any, ordered: str) -> None:
    transaction = transactions(api, ordered)[0]["id"]

    assert refund(api, transaction, amount="100.00") == (1159.5, 100.0)
    asked = dict(product.told)["payment_refund"]
    assert (asked["amount"], asked["currency"]) == (Decimal("100.00"), USD)
    assert asked["reference"] == transactions(api, ordered)[0]["pspReference"]
    assert api.run("order", id=ordered)["chargeStatus"] == "PARTIAL"
    assert product.names()[-1] == "order_refunded"

    assert refund(api, transaction) == (0.0, 1259.5)
    seen = api.run("order", id=ordered)
    assert (seen["chargeStatus"], seen["status"]) == ("NONE", "UNFULFILLED")
    assert kinds(api, ordered)[:2] == ["REFUND_SUCCESS", "REFUND_REQUEST"]

    told = len(product.told)
    assert refund(api, transaction) == (0.0, 1259.5)
    assert len(product.told) == told


@pytest.mark.parametrize("amount", ["999999", 0])
def test_too_much_or_zero_means_all_as_in_the_real_shop(
    api: Any, product: Any, ordered: str, amount: Any
) -> None:
    assert refund(api, transactions(api, ordered)[0]["id"], amount=amount) == (0.0, 1259.5)


@pytest.mark.parametrize(
    ("result", "sums"),
    [("REFUND_FAILURE", (1259.5, 0.0)), ("REFUND_REQUEST", (1159.5, 0.0))],
)
def test_a_refund_that_fails_or_waits_gave_nothing_back(
    api: Any, product: Any, ordered: str, result: str, sums: tuple[float, float]
) -> None:
    product.refund_result = result

    assert refund(api, transactions(api, ordered)[0]["id"], amount="100.00") == sums
    assert "order_refunded" not in product.names()


def test_money_that_came_by_hand_does_not_go_back_by_itself(
    api: Any, product: Any, ready: str
) -> None:
    api.run("transactionCreate", "stella", id=ready, transaction=TRANSFER)
    order = api.run("checkoutComplete", id=ready)["order"]["id"]
    transaction = transactions(api, order)[0]["id"]

    assert refund(api, transaction) == (1259.5, 0.0)
    assert kinds(api, order)[:2] == ["REFUND_FAILURE", "REFUND_REQUEST"]
    assert "payment_refund" not in product.names()


def test_other_actions_have_nobody_to_do_them(api: Any, product: Any, ordered: str) -> None:
    transaction = transactions(api, ordered)[0]["id"]
    unknown = global_id("TransactionItem", uuid4())
    for action in ("CHARGE", "CANCEL"):
        assert api.errors(
            "transactionRequestAction", "stella", id=transaction, actionType=action
        ) == [
            (
                None,
                "MISSING_TRANSACTION_ACTION_REQUEST_WEBHOOK",
                "No app or plugin is configured to handle payment action requests.",
            )
        ]
    assert api.errors("transactionRequestAction", "app", id=unknown, actionType="REFUND") == [
        ("id", "NOT_FOUND", f"Couldn't resolve to a node: {unknown}")
    ]
