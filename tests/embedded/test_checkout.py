"""A checkout's steps: their good cases and refusals, as a real Saleor 3.23 answered them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.shop.embedded import checkouts
from saleor_bespoke.shop.embedded.models import Channel, Checkout, Order, ShippingMethod
from tests.embedded.conftest import (
    ADDRESS,
    BERLIN,
    EVERYBODY,
    checkout_make,
    global_id,
    pay,
    walk,
)


def usd(amount: float) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD"}


def eur(amount: float) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


def test_checkout_just_opened(api: Any) -> None:
    checkout = checkout_make()
    seen = api.run("checkout", "ada", id=global_id("Checkout", checkout.pk))

    assert seen == {
        "id": global_id("Checkout", checkout.pk),
        "email": "ada@example.com",
        "channel": {"slug": "us"},
        "lines": [
            {
                "id": global_id("CheckoutLine", checkout.line),
                "quantity": 1,
                "unitPrice": {"gross": usd(1234.5)},
                "variant": {"id": global_id("ProductVariant", 1), "name": "Bespoke piece"},
            }
        ],
        "shippingAddress": None,
        "billingAddress": None,
        "isShippingRequired": True,
        "shippingMethods": [],
        "deliveryMethod": None,
        "shippingPrice": {"gross": usd(0.0)},
        "totalPrice": {"net": usd(1234.5), "tax": usd(0.0), "gross": usd(1234.5)},
        "chargeStatus": "NONE",
    }


@pytest.mark.parametrize("caller", EVERYBODY)
def test_who_knows_a_checkouts_id_may_read_it(api: Any, ready: str, caller: str | None) -> None:
    assert api.run("checkout", caller, id=ready)["email"] == "ada@example.com"


@pytest.mark.parametrize(
    ("channel", "address", "price", "rate", "total", "shipping"),
    [
        # Prices entered without tax, 8 %: each part is rounded half up, then summed.
        ("us", ADDRESS, "1234.55", "0.08", ("1259.55", "100.76", "1360.31"), "27.00"),
        # Prices entered with tax, 19 %.
        ("eu", BERLIN, "1234.55", "0.19", ("1058.45", "201.10", "1259.55"), "25.00"),
    ],
)
def test_totals_as_the_real_shop_computes_them(
    api: Any,
    channel: str,
    address: Any,
    price: str,
    rate: str,
    total: tuple[str, str, str],
    shipping: str,
) -> None:
    Channel.objects.filter(slug=channel).update(
        tax_rate=Decimal(rate), prices_with_tax=channel == "eu"
    )
    id = global_id("Checkout", checkout_make(channel, price=Decimal(price)).pk)
    walk(api, id, address)
    seen = api.run("checkout", id=id)

    found = tuple(seen["totalPrice"][part]["amount"] for part in ("net", "tax", "gross"))
    assert found == tuple(float(amount) for amount in total)
    assert seen["shippingPrice"]["gross"]["amount"] == float(shipping)
    assert [method["price"]["amount"] for method in seen["shippingMethods"]] == [25.0, 60.0]


def test_a_country_the_channel_does_not_serve_has_no_tax_and_no_delivery(
    api: Any, product: Any
) -> None:
    id = global_id("Checkout", checkout_make("eu", price=Decimal("119.00")).pk)
    walk(api, id, BERLIN)
    shipped = api.run(
        "checkoutShippingAddressUpdate", id=id, address=BERLIN | {"country": "JP", "city": "Kobe"}
    )
    seen = api.run("checkout", id=id)

    assert shipped["checkout"]["shippingMethods"] == []
    assert seen["deliveryMethod"] is None
    assert seen["shippingPrice"]["gross"] == eur(25.0)
    assert seen["totalPrice"] == {"net": eur(144.0), "tax": eur(0.0), "gross": eur(144.0)}
    assert api.errors("checkoutComplete", id=id) == [
        (
            "shippingMethod",
            "INVALID_SHIPPING_METHOD",
            "Delivery method is not valid for your shipping address",
        )
    ]


def test_checkout_shipping_address_update(api: Any) -> None:
    id = global_id("Checkout", checkout_make().pk)
    answer = api.run("checkoutShippingAddressUpdate", "ada", id=id, address=ADDRESS)

    kept = {key: value for key, value in ADDRESS.items() if key not in ("country", "phone")}
    assert answer["checkout"]["shippingAddress"] == kept | {
        "city": "NEW YORK",
        "country": {"code": "US"},
    }
    assert [method["name"] for method in answer["checkout"]["shippingMethods"]] == [
        "Insured courier",
        "Express",
    ]
    assert answer["errors"] == []


REQUIRED = "This field is required."
NOT_VALID = "This value is not valid for the address."
BAD_ADDRESSES = [
    ({"country": None}, [("country", "REQUIRED", REQUIRED)]),
    ({"streetAddress1": ""}, [("streetAddress1", "REQUIRED", REQUIRED)]),
    ({"city": " "}, [("city", "REQUIRED", REQUIRED)]),
    ({"postalCode": ""}, [("postalCode", "REQUIRED", REQUIRED)]),
    ({"countryArea": None}, [("countryArea", "REQUIRED", REQUIRED)]),
    ({"postalCode": "ABC"}, [("postalCode", "INVALID", NOT_VALID)]),
    ({"countryArea": "Narnia"}, [("countryArea", "INVALID", NOT_VALID)]),
    ({"phone": "12"}, [("phone", "INVALID", "'12' is not a valid phone number.")]),
    (
        {"city": "", "postalCode": "1"},
        [("city", "REQUIRED", REQUIRED), ("postalCode", "INVALID", NOT_VALID)],
    ),
]


@pytest.mark.parametrize(
    "document", ["checkoutShippingAddressUpdate", "checkoutBillingAddressUpdate"]
)
@pytest.mark.parametrize(("change", "expected"), BAD_ADDRESSES)
def test_a_bad_address_is_refused(
    api: Any, document: str, change: dict[str, Any], expected: Any
) -> None:
    checkout = checkout_make()
    id = global_id("Checkout", checkout.pk)

    assert api.errors(document, id=id, address=ADDRESS | change) == expected
    checkout.refresh_from_db()
    assert (checkout.shipping_address, checkout.billing_address) == (None, None)


def test_an_area_may_be_named_in_full_and_names_may_be_missing(api: Any) -> None:
    id = global_id("Checkout", checkout_make().pk)
    address = ADDRESS | {"countryArea": "new york", "firstName": "", "lastName": None}
    answer = api.run("checkoutBillingAddressUpdate", id=id, address=address)

    assert answer["checkout"]["billingAddress"] == {
        "firstName": "",
        "lastName": "",
        "streetAddress1": "3 Elm Street",
        "city": "NEW YORK",
        "postalCode": "10001",
        "countryArea": "NY",
        "country": {"code": "US"},
    }


@pytest.mark.parametrize("change", [{"country": "XX"}, {"nonsense": 1}])
def test_an_address_of_the_wrong_shape_does_not_begin(api: Any, change: Any) -> None:
    id = global_id("Checkout", checkout_make().pk)
    answer = api.body("checkoutShippingAddressUpdate", {"id": id, "address": ADDRESS | change})

    assert "data" not in answer
    assert answer["errors"][0]["message"].startswith('Variable "$address" got invalid value')


NOT_APPLICABLE = [
    (
        "deliveryMethodId",
        "DELIVERY_METHOD_NOT_APPLICABLE",
        "This shipping method is not applicable.",
    )
]


def test_checkout_delivery_method_update(api: Any, ready: str) -> None:
    express = ShippingMethod.objects.get(zone__channel__slug="us", name="Express")
    method = global_id("ShippingMethod", express.pk)
    answer = api.run("checkoutDeliveryMethodUpdate", id=ready, deliveryMethodId=method)

    assert answer["checkout"] == {
        "id": ready,
        "deliveryMethod": {"id": method, "name": "Express"},
        "shippingPrice": {"gross": usd(60.0)},
        "totalPrice": {"net": usd(1294.5), "tax": usd(0.0), "gross": usd(1294.5)},
    }


def test_delivery_cannot_be_chosen_before_the_address(api: Any) -> None:
    id = global_id("Checkout", checkout_make().pk)
    method = global_id("ShippingMethod", ShippingMethod.objects.first().pk)

    assert (
        api.errors("checkoutDeliveryMethodUpdate", id=id, deliveryMethodId=method) == NOT_APPLICABLE
    )


def test_only_a_method_for_the_address_can_be_chosen(api: Any, ready: str) -> None:
    other = ShippingMethod.objects.filter(zone__channel__slug="eu").first()
    off = ShippingMethod.objects.get(zone__channel__slug="us", name="Express")
    ShippingMethod.objects.filter(pk=off.pk).update(is_active=False)
    before = api.run("checkout", id=ready)["deliveryMethod"]
    for pk in (other.pk, off.pk, 99999, "x"):
        method = global_id("ShippingMethod", pk)
        found = api.errors("checkoutDeliveryMethodUpdate", id=ready, deliveryMethodId=method)
        assert found == NOT_APPLICABLE
    assert api.run("checkout", id=ready)["deliveryMethod"] == before


def test_what_is_no_delivery_method_is_refused(api: Any, ready: str) -> None:
    wrong = api.errors(
        "checkoutDeliveryMethodUpdate", id=ready, deliveryMethodId=global_id("Order", 1)
    )
    garbage = api.refused("checkoutDeliveryMethodUpdate", id=ready, deliveryMethodId="garbage")

    assert wrong == [
        (
            "deliveryMethodId",
            "INVALID",
            "ID does not belong to Warehouse, ShippingMethod, or CheckoutDelivery",
        )
    ]
    assert garbage == ("GraphQLError", "Invalid ID: garbage.")


UNKNOWN = global_id("Checkout", "6a8c53a6-3978-4a0a-9ae6-e2d903ad831d")
ORDER = global_id("Order", "6c3e147e-7027-428e-b71a-46209830e24b")
BAD_IDS = [
    ("garbage", "GRAPHQL_ERROR", "Invalid ID: garbage. Expected: Checkout."),
    (ORDER, "GRAPHQL_ERROR", f"Invalid ID: {ORDER}. Expected: Checkout, received: Order."),
    (UNKNOWN, "NOT_FOUND", f"Couldn't resolve to a node: {UNKNOWN}"),
]


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ("checkoutShippingAddressUpdate", {"address": ADDRESS}),
        ("checkoutBillingAddressUpdate", {"address": ADDRESS}),
        ("checkoutDeliveryMethodUpdate", {"deliveryMethodId": global_id("ShippingMethod", 1)}),
        ("checkoutComplete", {}),
    ],
)
@pytest.mark.parametrize(("id", "code", "message"), BAD_IDS)
def test_a_checkout_that_is_none_is_refused(
    api: Any, document: str, variables: Any, id: str, code: str, message: str
) -> None:
    assert api.errors(document, id=id, **variables) == [("id", code, message)]


@pytest.mark.parametrize(
    ("id", "message"),
    [
        ("", "At least one of arguments is required: 'id', 'token'."),
        ("garbage", "Invalid ID: garbage. Expected: Checkout."),
        (ORDER, f"Invalid ID: {ORDER}. Expected: Checkout, received: Order."),
    ],
)
def test_reading_what_is_no_checkout(api: Any, id: str, message: str) -> None:
    answer = api.body("checkout", {"id": id})

    assert answer["data"] == {"checkout": None}
    assert answer["errors"] == [
        {
            "message": message,
            "locations": [{"line": 2, "column": 3}],
            "path": ["checkout"],
            "extensions": {"exception": {"code": "GraphQLError"}},
        }
    ]
    assert api.run("checkout", id=UNKNOWN) is None


def test_checkout_complete(api: Any, product: Any, ready: str) -> None:
    pay(api, ready)
    answer = api.run("checkoutComplete", "ada", id=ready)
    order = Order.objects.get()

    assert answer == {
        "order": {
            "id": global_id("Order", order.pk),
            "number": str(order.number),
            "status": "UNFULFILLED",
            "chargeStatus": "FULL",
            "total": {"gross": usd(1259.5)},
        },
        "errors": [],
    }
    assert order.metadata["bespoke.payable"]
    assert api.run("checkout", id=ready) is None
    assert product.names()[-2:] == ["checkout_completing", "order_paid"]
    assert product.told[-1][1] == {"order_id": str(order.pk)}


def test_completing_again_answers_the_same_order(api: Any, product: Any, ready: str) -> None:
    pay(api, ready)
    first = api.run("checkoutComplete", id=ready)
    told = len(product.told)

    assert api.run("checkoutComplete", "ben", id=ready) == first
    assert Order.objects.count() == 1
    assert len(product.told) == told


def test_the_order_belongs_to_the_checkouts_user_whoever_completes(
    api: Any, product: Any, ready: str
) -> None:
    pay(api, ready)
    api.run("checkoutComplete", "ben", id=ready)

    assert Order.objects.get().user.email == "ada@example.com"


def test_what_is_missing_is_named_in_order(api: Any, product: Any) -> None:
    checkout = checkout_make(email="")
    id = global_id("Checkout", checkout.pk)

    def problem() -> Any:
        return api.errors("checkoutComplete", id=id)

    assert problem() == [(None, "EMAIL_NOT_SET", "Checkout email must be set.")]
    Checkout.objects.update(email="guest@example.com")
    assert problem() == [
        ("shippingMethod", "SHIPPING_METHOD_NOT_SET", "Shipping method is not set")
    ]
    shipped = api.run("checkoutShippingAddressUpdate", id=id, address=ADDRESS)
    method = shipped["checkout"]["shippingMethods"][0]["id"]
    api.run("checkoutDeliveryMethodUpdate", id=id, deliveryMethodId=method)
    assert problem() == [
        ("billingAddress", "BILLING_ADDRESS_NOT_SET", "Billing address is not set")
    ]
    api.run("checkoutBillingAddressUpdate", id=id, address=ADDRESS)
    assert problem() == [
        (
            None,
            "CHECKOUT_NOT_FULLY_PAID",
            "Provided payment methods can not cover the checkout's total amount",
        )
    ]
    pay(api, id, amount="10.00")
    assert problem() == [
        (
            "id",
            "CHECKOUT_NOT_FULLY_PAID",
            "The authorized amount doesn't cover the checkout's total amount.",
        )
    ]
    assert "checkout_completing" not in product.names()
    assert Order.objects.count() == 0


def test_a_pending_charge_completes_here_as_in_the_real_shop(
    api: Any, product: Any, ready: str
) -> None:
    product.result = "CHARGE_REQUEST"
    pay(api, ready)

    assert api.run("checkout", id=ready)["chargeStatus"] == "FULL"
    assert api.run("checkoutComplete", id=ready)["order"]["chargeStatus"] == "NONE"
    assert "order_paid" not in product.names()


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        (ErrorCode.CHECKOUT_CHANGED, "INVALID"),
        (ErrorCode.PAYMENT_NOT_FULL, "CHECKOUT_NOT_FULLY_PAID"),
    ],
)
def test_the_products_veto_keeps_the_checkout(
    api: Any, product: Any, ready: str, code: ErrorCode, shown: str
) -> None:
    pay(api, ready)
    product.veto = BespokeError(code, "Not like this.")

    assert api.errors("checkoutComplete", id=ready) == [(None, shown, "Not like this.")]
    assert Order.objects.count() == 0
    assert api.run("checkout", id=ready)["chargeStatus"] == "FULL"


def test_an_abandoned_checkout_is_told_and_a_paid_one_is_kept(
    api: Any, product: Any, ready: str
) -> None:
    empty = checkout_make()
    assert checkouts.checkout_expire(empty.pk)
    assert product.told[-1] == ("checkout_gone", {"checkout_id": str(empty.pk)})

    pay(api, ready)
    paid = Checkout.objects.get()
    assert not checkouts.checkout_expire(paid.pk)
    assert product.names()[-1] != "checkout_gone"
    assert Checkout.objects.filter(pk=paid.pk).exists()
