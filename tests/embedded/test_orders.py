"""Orders after their payment, as a real Saleor 3.23 answered."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from saleor_bespoke.shop.embedded import orders
from saleor_bespoke.shop.embedded.models import Fulfillment, Order
from tests.embedded.conftest import EVERYBODY, global_id

DENIED = "To access this path, you need one of the following permissions: "


def parcel(api: Any, order: str, **changes: Any) -> dict[str, Any]:
    """The input for a parcel of the whole order, changed."""
    (line,) = api.run("orderAsStaff", "stella", id=order)["lines"]
    warehouse = line["variant"]["stocks"][0]["warehouse"]["id"]
    stock = {"quantity": 1, "warehouse": warehouse} | changes.pop("stock", {})
    entry = {"orderLineId": line["id"], "stocks": [stock]} | changes.pop("line", {})
    return {"lines": [entry], "notifyCustomer": False, "allowStockToBeExceeded": True} | changes


@pytest.mark.parametrize("caller", EVERYBODY)
def test_order_is_for_who_knows_its_id(api: Any, product: Any, ordered: str, caller: Any) -> None:
    order = Order.objects.get()

    assert api.run("order", caller, id=ordered) == {
        "id": ordered,
        "number": str(order.number),
        "created": order.created_at.isoformat(),
        "status": "UNFULFILLED",
        "chargeStatus": "FULL",
        "userEmail": "ada@example.com",
        "channel": {"slug": "us"},
        "shippingMethodName": "Insured courier",
        "lines": [
            {
                "id": global_id("OrderLine", order.line),
                "productName": "Bespoke piece",
                "quantity": 1,
                "quantityFulfilled": 0,
                "unitPrice": {"gross": {"amount": 1234.5, "currency": "USD"}},
            }
        ],
        "total": {
            "net": {"amount": 1259.5, "currency": "USD"},
            "tax": {"amount": 0.0, "currency": "USD"},
            "gross": {"amount": 1259.5, "currency": "USD"},
        },
        "totalCharged": {"amount": 1259.5, "currency": "USD"},
        "fulfillments": [],
    }


@pytest.mark.parametrize("caller", [None, "ada", "ben", "nora"])
def test_order_as_staff_is_refused_to_others(
    api: Any, product: Any, ordered: str, caller: str | None
) -> None:
    answer = api.body("orderAsStaff", {"id": ordered}, caller)

    assert answer["data"] == {"order": None}
    refusals = {error["message"]: error["path"] for error in answer["errors"]}
    assert refusals == {
        f"{DENIED}MANAGE_ORDERS, HANDLE_PAYMENTS": ["order", "transactions"],
        f"{DENIED}MANAGE_PRODUCTS, MANAGE_ORDERS": ["order", "lines", 0, "variant", "stocks"],
    }
    codes = {error["extensions"]["exception"]["code"] for error in answer["errors"]}
    assert codes == {"PermissionDenied"}


@pytest.mark.parametrize("caller", ["stella", "app"])
def test_order_as_staff(api: Any, product: Any, ordered: str, caller: str) -> None:
    seen = api.run("orderAsStaff", caller, id=ordered)

    assert seen["lines"][0]["quantityToFulfill"] == 1
    assert seen["totalRefunded"] == {"amount": 0.0, "currency": "USD"}
    assert seen["transactions"][0]["actions"] == ["REFUND"]


def test_reading_what_is_no_order(api: Any) -> None:
    def message(id: str) -> str:
        return str(api.refused("order", id=id)[1])

    assert message("garbage") == "Invalid ID: garbage. Expected: Order."
    assert message("") == "At least one of arguments is required: 'id', 'external_reference'."
    for absent in (("Order", uuid4()), ("Order", 1), ("Checkout", uuid4())):
        assert api.run("order", id=global_id(*absent)) is None


@pytest.mark.parametrize("caller", [None, "ada", "nora"])
def test_handling_orders_needs_the_permission(
    api: Any, product: Any, ordered: str, caller: str | None
) -> None:
    expected = ("PermissionDenied", f"{DENIED}MANAGE_ORDERS")
    shipped = api.run("orderFulfill", "app", order=ordered, input=parcel(api, ordered))
    fulfillment = shipped["fulfillments"][0]["id"]
    told = len(product.told)

    assert api.refused("orderCancel", caller, id=ordered) == expected
    assert (
        api.refused("orderFulfill", caller, order=ordered, input=parcel(api, ordered)) == expected
    )
    assert (
        api.refused(
            "orderFulfillmentUpdateTracking", caller, id=fulfillment, trackingNumber="TRACK-2"
        )
        == expected
    )
    assert Fulfillment.objects.get().tracking_number == ""
    assert len(product.told) == told


@pytest.mark.parametrize("caller", ["stella", "app"])
def test_order_fulfill(api: Any, product: Any, ordered: str, caller: str) -> None:
    wanted = parcel(api, ordered, trackingNumber="TRACK-1")
    answer = api.run("orderFulfill", caller, order=ordered, input=wanted)
    row = Fulfillment.objects.get()

    assert answer == {
        "fulfillments": [
            {
                "id": global_id("Fulfillment", row.pk),
                "status": "FULFILLED",
                "trackingNumber": "TRACK-1",
                "lines": [{"quantity": 1, "orderLine": {"id": wanted["lines"][0]["orderLineId"]}}],
            }
        ],
        "order": {"id": ordered, "status": "FULFILLED"},
        "errors": [],
    }
    assert product.told[-1] == ("order_fulfilled", {"order_id": str(row.order_id)})
    seen = api.run("order", id=ordered)
    assert seen["fulfillments"][0]["fulfillmentOrder"] == 1
    assert seen["lines"][0]["quantityFulfilled"] == 1


def test_order_fulfill_refuses(api: Any, product: Any, ordered: str) -> None:
    def errors(order: str = ordered, **changes: Any) -> Any:
        wanted = parcel(api, ordered, **changes)
        return api.errors("orderFulfill", "stella", order=order, input=wanted)

    unknown, foreign = global_id("Order", uuid4()), global_id("OrderLine", uuid4())
    none = [("lines", "ZERO_QUANTITY", "Total quantity must be larger than 0.")]
    assert errors(stock={"quantity": 2}) == [
        ("orderLineId", "FULFILL_ORDER_LINE", "Only 1 item remaining to fulfill.")
    ]
    assert errors(stock={"quantity": 0}) == none
    assert errors(stock={"quantity": -1}) == none
    assert errors(line={"stocks": []}) == none
    assert errors(unknown) == [("order", "NOT_FOUND", f"Couldn't resolve to a node: {unknown}")]
    assert errors("garbage") == [
        ("order", "GRAPHQL_ERROR", "Invalid ID: garbage. Expected: Order.")
    ]
    nodes = "Could not resolve to a node with the global id list of"
    assert errors(line={"orderLineId": foreign}) == [
        ("lines", "GRAPHQL_ERROR", f"{nodes} '['{foreign}']'.")
    ]
    assert errors(lines=[]) == [("lines", "GRAPHQL_ERROR", f"{nodes} '[]'.")]
    assert errors(stock={"warehouse": "garbage"}) == [
        ("warehouse", "GRAPHQL_ERROR", "Invalid ID: garbage. Expected: Warehouse.")
    ]
    assert errors(trackingNumber="x" * 256) == [
        ("trackingNumber", "INVALID", "A tracking number has at most 255 characters.")
    ]
    assert Fulfillment.objects.count() == 0
    assert "order_fulfilled" not in product.names()


def test_a_piece_leaves_once(api: Any, product: Any, ordered: str) -> None:
    wanted = parcel(api, ordered)
    api.run("orderFulfill", "stella", order=ordered, input=wanted)

    assert api.errors("orderFulfill", "stella", order=ordered, input=wanted) == [
        ("orderLineId", "FULFILL_ORDER_LINE", "Only 0 items remaining to fulfill.")
    ]
    assert Fulfillment.objects.count() == 1


def test_a_parcel_taken_back_can_leave_again(api: Any, product: Any, ordered: str) -> None:
    wanted = parcel(api, ordered)
    api.run("orderFulfill", "stella", order=ordered, input=wanted)
    orders.fulfillment_cancel(Fulfillment.objects.get())

    assert product.names()[-1] == "fulfillment_cancelled"
    assert api.run("order", id=ordered)["status"] == "UNFULFILLED"
    again = api.run("orderFulfill", "stella", order=ordered, input=wanted)
    assert again["order"]["status"] == "FULFILLED"
    assert [row.fulfillment_order for row in Fulfillment.objects.all()] == [1, 2]


def test_order_fulfillment_update_tracking(api: Any, product: Any, ordered: str) -> None:
    shipped = api.run("orderFulfill", "stella", order=ordered, input=parcel(api, ordered))
    id = shipped["fulfillments"][0]["id"]

    def update(number: str) -> Any:
        return api.run("orderFulfillmentUpdateTracking", "app", id=id, trackingNumber=number)

    assert update("TRACK-2") == {
        "fulfillment": {"id": id, "status": "FULFILLED", "trackingNumber": "TRACK-2"},
        "order": {"id": ordered, "status": "FULFILLED"},
        "errors": [],
    }
    assert product.names()[-1] == "tracking_updated"
    told = len(product.told)
    update("TRACK-2")
    assert len(product.told) == told
    assert update("")["fulfillment"]["trackingNumber"] == ""


@pytest.mark.parametrize(
    ("id", "code", "message"),
    [
        ("garbage", "GRAPHQL_ERROR", "Invalid ID: garbage. Expected: Fulfillment."),
        (
            global_id("Order", 1),
            "GRAPHQL_ERROR",
            f"Invalid ID: {global_id('Order', 1)}. Expected: Fulfillment, received: Order.",
        ),
        (
            global_id("Fulfillment", 99999),
            "NOT_FOUND",
            f"Couldn't resolve to a node: {global_id('Fulfillment', 99999)}",
        ),
    ],
)
def test_tracking_of_what_is_no_parcel(api: Any, id: str, code: str, message: str) -> None:
    assert api.errors(
        "orderFulfillmentUpdateTracking", "stella", id=id, trackingNumber="TRACK-2"
    ) == [("id", code, message)]


def test_order_cancel(api: Any, product: Any, ordered: str) -> None:
    answer = api.run("orderCancel", "stella", id=ordered)

    assert answer["order"] == {"id": ordered, "status": "CANCELED", "chargeStatus": "FULL"}
    assert product.names()[-1] == "order_cancelled"


def test_what_left_or_ended_cannot_be_cancelled(api: Any, product: Any, ordered: str) -> None:
    expected = [("order", "CANNOT_CANCEL_ORDER", "This order can't be canceled.")]
    api.run("orderCancel", "app", id=ordered)
    assert api.errors("orderCancel", "stella", id=ordered) == expected

    # As in the real shop, a cancelled order can still be shipped: the product must notice.
    answer = api.run("orderFulfill", "stella", order=ordered, input=parcel(api, ordered))
    assert answer["order"]["status"] == "FULFILLED"
    assert api.errors("orderCancel", "stella", id=ordered) == expected
    assert product.names().count("order_cancelled") == 1


@pytest.mark.parametrize(
    ("id", "code", "message"),
    [
        ("garbage", "GRAPHQL_ERROR", "Invalid ID: garbage. Expected: Order."),
        (
            global_id("User", 1),
            "GRAPHQL_ERROR",
            f"Invalid ID: {global_id('User', 1)}. Expected: Order, received: User.",
        ),
    ],
)
def test_cancelling_what_is_no_order(api: Any, id: str, code: str, message: str) -> None:
    assert api.errors("orderCancel", "stella", id=id) == [("id", code, message)]
