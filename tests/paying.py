"""Paying in tests: the provider's stand-in over HTTP, and a storefront's way to pay."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import requests

from saleor_bespoke.money import gateway
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from tests.hosts import host

ADDRESSES = {
    "US": {
        "streetAddress1": "1 Fifth Avenue",
        "city": "New York",
        "countryArea": "NY",
        "postalCode": "10003",
    },
    "DE": {"streetAddress1": "Torstraße 1", "city": "Berlin", "postalCode": "10119"},
}


@pytest.fixture(scope="session")
def _stripe() -> Iterator[FakeStripe]:
    running = FakeStripe.start(
        port=0,
        keys={
            "api_key": "sk_test_embedded",
            "publishable_key": "pk_test_embedded",
            "webhook_secret": "whsec_embedded",
        },
    )
    yield running
    running.stop()


@pytest.fixture
def provider(_stripe: FakeStripe, settings: Any) -> FakeStripe:
    """The payment provider's stand-in, and a shop that is connected to it."""
    bespoke = deepcopy(settings.BESPOKE)
    bespoke["STRIPE"]["API_BASE"] = _stripe.url
    settings.BESPOKE = bespoke
    return _stripe


def fill_in(checkout_id: str, *, country: str = "US") -> Any:
    """Addresses and a delivery method, as a storefront sets them; the host's checkout."""
    address = {"firstName": "A", "lastName": "B", "country": country, **ADDRESSES[country]}
    return host().fill_in(checkout_id, address)


def begin(checkout_id: str, *, amount: Decimal | None = None, key: str | None = None) -> Any:
    """Initialise a transaction with the gateway: (transaction, event, data)."""
    return host().begin(checkout_id, amount=amount, key=key)


def confirm(provider: FakeStripe, reference: str, method: str = "pm_card_visa") -> Any:
    """What Stripe.js does with the client secret."""
    intent = gateway.payment_read(reference)
    return requests.post(
        f"{provider.url}/v1/payment_intents/{reference}/confirm",
        data={
            "key": provider.publishable_key,
            "client_secret": intent.client_secret,
            "payment_method": method,
        },
        timeout=30,
    ).json()


def go_on(transaction: Any) -> Any:
    """Process the transaction after the browser's confirmation."""
    return host().go_on(transaction)


def complete(checkout_id: str) -> Any:
    """Complete the checkout: the host's order."""
    return host().complete(checkout_id)


def stray_charge(provider: FakeStripe, checkout_id: str, amount: Decimal) -> Any:
    """Charge our gateway behind its back, and tell the embedded shop: its transaction."""
    from saleor_bespoke import clock
    from saleor_bespoke.money.models import Attempt, Payment
    from saleor_bespoke.shop.embedded import checkouts, payments

    checkout = checkouts.checkout_find(checkout_id)
    payment = Payment.objects.create(
        attempt=Attempt.objects.get(checkout_id=checkout_id),
        host_transaction=str(uuid4()),
        amount=amount,
        currency=checkout.currency,
        status="CANCELLED",
        created_at=clock.now(),
    )
    reference = gateway.payment_begin(payment).pk
    Payment.objects.filter(pk=payment.pk).update(provider_reference=reference)
    confirm(provider, reference)
    return payments.charge_record(
        checkout_id, reference=reference, amount=amount, currency=checkout.currency, key=reference
    )


def pay(provider: FakeStripe, checkout_id: str, *, country: str = "US") -> Any:
    """The whole way of a storefront: the host's order."""
    fill_in(checkout_id, country=country)
    transaction, _, _ = begin(checkout_id)
    confirm(provider, transaction.psp_reference)
    go_on(transaction)
    return complete(checkout_id)


def make_paid(provider: FakeStripe, customer: Actor, staff: Actor, **changes: Any) -> Any:
    """A commission at stage DESIGN, paid in full, its stone and gold locked."""
    from tests.fixtures import accept_quote, make_quoted

    project: BespokeProject = make_quoted(customer, staff, **changes)
    opened = accept_quote(project, customer)
    pay(provider, opened.attempt.checkout_id)
    project.refresh_from_db()
    return project


@pytest.fixture
def paid_project(
    provider: FakeStripe, customer: Actor, staff: Actor, django_capture_on_commit_callbacks: Any
) -> BespokeProject:
    """The customer's commission at stage DESIGN."""
    with django_capture_on_commit_callbacks(execute=True):
        project: BespokeProject = make_paid(provider, customer, staff)
    return project
