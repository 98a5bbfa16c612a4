"""A seeded shop behind Django's test client, asked with the journey's own host documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client

from saleor_bespoke.plugins.embedded.seed import APP_TOKEN, PEOPLE, seed
from saleor_bespoke.shop import port
from saleor_bespoke.shop.embedded import accounts, checkouts
from saleor_bespoke.shop.embedded.models import Checkout, User

HOST_DOCUMENTS = Path(__file__).parents[1] / "journey" / "documents" / "host"
GATEWAY = port.GATEWAY
ADDRESS = {
    "firstName": "Ada",
    "lastName": "Shopper",
    "streetAddress1": "3 Elm Street",
    "city": "New York",
    "postalCode": "10001",
    "country": "US",
    "countryArea": "NY",
    "phone": "+12125550100",
}
BERLIN = ADDRESS | {
    "streetAddress1": "Hauptstraße 3",
    "city": "Berlin",
    "postalCode": "10115",
    "country": "DE",
    "countryArea": None,
}


class Product:
    """Stands where the product answers the host, so that the host is tested by itself.

    Registered through the port's own registry; the product's real answers come back after a test.
    """

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.result = "CHARGE_SUCCESS"
        self.refund_result = "REFUND_SUCCESS"
        self.message = ""
        self.veto: Exception | None = None

    def answer(self, name: str, **values: Any) -> Any:
        """Note the call and answer it."""
        self.told.append((name, values))
        if name == "gateway_initialize":
            return {"stripePublishableKey": "pk_test"}
        if name in ("payment_initialize", "payment_process"):
            return self._payment(name, values["session"])
        if name == "payment_refund":
            reference = f"re_{values['key']}"
            return port.PaymentAnswer(
                result=self.refund_result, amount=values["amount"], reference=reference
            )
        if name == "checkout_completing" and self.veto:
            raise self.veto
        return None

    def _payment(self, name: str, session: port.PaymentSession) -> port.PaymentAnswer:
        begun = name == "payment_initialize" and self.result == "CHARGE_SUCCESS"
        reference = f"pi_{session.transaction_id[:8]}"
        return port.PaymentAnswer(
            result="CHARGE_ACTION_REQUIRED" if begun else self.result,
            amount=session.amount,
            reference=reference,
            message=self.message,
            actions=("REFUND",),
            data={"paymentIntent": {"stripeClientSecret": f"{reference}_secret"}},
        )

    def names(self) -> list[str]:
        """What was told or asked, in order."""
        return [name for name, _ in self.told]


@pytest.fixture
def product(monkeypatch: pytest.MonkeyPatch) -> Product:
    """The product's place in the port's registry."""
    there = Product()

    def entry(name: str) -> port.Entry:
        return lambda *args, **values: there.answer(name, **values)

    monkeypatch.setattr(port, "_entries", {name: entry(name) for name in port.INBOUND})
    return there


class Api:
    """The endpoint, asked with a document by name as somebody by first name."""

    def __init__(self) -> None:
        self.client = Client()

    def headers(self, caller: str | None) -> dict[str, str]:
        """The authorization of `ada`, `stella`, … , of the `app`, or of nobody."""
        if caller is None:
            return {}
        if caller == "app":
            return {"authorization": f"Bearer {APP_TOKEN}"}
        user = User.objects.get(email=f"{caller}@example.com")
        return {"authorization": f"Bearer {accounts.token_create(user, issuer='test')}"}

    def post(self, body: Any, caller: str | None = None) -> Any:
        """The response to any JSON body."""
        return self.client.post(
            "/graphql/", body, content_type="application/json", headers=self.headers(caller)
        )

    def body(self, document: str, variables: Mapping[str, Any], caller: str | None = None) -> Any:
        """The whole answer to a host document."""
        query = (HOST_DOCUMENTS / f"{document}.graphql").read_text()
        return self.post({"query": query, "variables": dict(variables)}, caller).json()

    def run(self, document: str, caller: str | None = None, **variables: Any) -> Any:
        """The document's one field, which must not raise a top-level error."""
        answer = self.body(document, variables, caller)
        assert "errors" not in answer, answer
        (payload,) = answer["data"].values()
        return payload

    def errors(self, document: str, caller: str | None = None, **variables: Any) -> Any:
        """The payload's errors as (field, code, message); nothing else may be answered."""
        payload = self.run(document, caller, **variables)
        found = payload.pop("errors")
        assert not any(payload.values()), payload
        return [(error["field"], error["code"], error["message"]) for error in found]

    def refused(self, document: str, caller: str | None = None, **variables: Any) -> Any:
        """The first top-level error as (code, message)."""
        error = self.body(document, variables, caller)["errors"][0]
        return error["extensions"]["exception"]["code"], error["message"]


@pytest.fixture
def api(db: None, settings: Any) -> Iterator[Api]:
    """A seeded shop with quickly hashed passwords; one test's failed log-ins delay no other's."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    seed()
    cache.clear()
    yield Api()
    cache.clear()


def checkout_make(channel: str = "us", email: str = "ada@example.com", **values: Any) -> Checkout:
    """A checkout as the product opens it, of Ada's unless another address is given."""
    user = User.objects.filter(email=email).first()
    return checkouts.checkout_open(
        channel=channel,
        price=values.pop("price", Decimal("1234.50")),
        title="Solitaire ring",
        email=email,
        user_pk=user.pk if user else None,
        country="DE" if channel == "eu" else "US",
        metadata={"bespoke.payable": str(uuid4())},
    )


def global_id(kind: str, pk: Any) -> str:
    """A global id as API clients hold it."""
    from graphql_relay import to_global_id

    return str(to_global_id(kind, pk))


@pytest.fixture
def ready(api: Api, product: Product) -> str:
    """The global id of a checkout of 1234.50 + 25.00 USD with addresses and delivery, unpaid."""
    id = global_id("Checkout", checkout_make().pk)
    walk(api, id)
    return id


def walk(api: Api, id: str, address: Mapping[str, Any] = ADDRESS) -> None:
    """Give a checkout its addresses and the cheapest delivery."""
    shipped = api.run("checkoutShippingAddressUpdate", id=id, address=address)
    api.run("checkoutBillingAddressUpdate", id=id, address=address)
    method = shipped["checkout"]["shippingMethods"][0]["id"]
    api.run("checkoutDeliveryMethodUpdate", id=id, deliveryMethodId=method)


def pay(api: Api, id: str, **variables: Any) -> str:
    """Pay a checkout through the gateway; answers the transaction's id."""
    begun = api.run("transactionInitialize", id=id, gateway=GATEWAY, **variables)
    transaction: str = begun["transaction"]["id"]
    api.run("transactionProcess", id=transaction)
    return transaction


@pytest.fixture
def ordered(api: Api, ready: str) -> str:
    """The global id of Ada's paid order of 1259.50 USD."""
    pay(api, ready)
    order_id: str = api.run("checkoutComplete", id=ready)["order"]["id"]
    return order_id


def transactions(api: Api, order: str) -> Any:
    """An order's transactions as staff see them."""
    return api.run("orderAsStaff", "stella", id=order)["transactions"]


EVERYBODY = (None, *(email.split("@")[0] for email, *_ in PEOPLE), "app")
