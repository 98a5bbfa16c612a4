"""The fake provider, driven over HTTP by the real `stripe` library."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import stripe
from stripe.http_client import RequestsClient

from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe

VERSION = "2022-11-15"


class Endpoint:
    """A webhook endpoint that keeps what it receives and answers what it is told."""

    def __init__(self) -> None:
        self.received: queue.Queue[tuple[dict[str, Any], bytes, str]] = queue.Queue()
        self.statuses: list[int] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                signature = self.headers["Stripe-Signature"]
                endpoint.received.put((json.loads(body), body, signature))
                self.send_response(endpoint.statuses.pop(0) if endpoint.statuses else 200)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook?x=1"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    def events(self, fake: FakeStripe) -> list[dict[str, Any]]:
        """All that arrived until now."""
        assert fake.webhooks_settled()
        found = []
        while not self.received.empty():
            found.append(self.received.get()[0])
        return found

    def types(self, fake: FakeStripe) -> list[str]:
        return [event["type"] for event in self.events(fake)]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    found = Endpoint()
    yield found
    found.close()


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeStripe]:
    found = FakeStripe.start()
    client = RequestsClient(timeout=10)
    monkeypatch.setattr(stripe, "api_base", found.url)
    monkeypatch.setattr(stripe, "api_key", found.api_key)
    monkeypatch.setattr(stripe, "api_version", VERSION)
    monkeypatch.setattr(stripe, "default_http_client", client)
    yield found
    client.close()
    found.stop()


@pytest.fixture
def hooked(fake: FakeStripe, endpoint: Endpoint) -> FakeStripe:
    fake.control("webhooks", {"url": endpoint.url, "retry_delays": [0.05, 0.05]})
    return fake


def created(amount: int = 125_000, **fields: Any) -> Any:
    return stripe.PaymentIntent.create(**({"amount": amount, "currency": "usd"} | fields))


def paid(amount: int = 125_000, method: str = "pm_card_visa", **fields: Any) -> Any:
    return created(amount, confirm=True, payment_method=method, **fields)


def browser(
    fake: FakeStripe, path: str, fields: dict[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    """What a customer's browser sends: form fields, no secret key."""
    method = "GET" if fields is None else "POST"
    answer = requests.request(method, fake.url + path, data=fields, timeout=5)
    return answer.status_code, answer.json()


def confirm_in_browser(fake: FakeStripe, intent: Any, **fields: str) -> tuple[int, dict[str, Any]]:
    secrets = {"key": fake.publishable_key, "client_secret": intent.client_secret}
    return browser(fake, f"/v1/payment_intents/{intent.id}/confirm", secrets | fields)


def balance(side: str = "pending") -> int:
    return int(sum(held.amount for held in stripe.Balance.retrieve()[side]))


# Payment intents


def test_a_card_is_charged_in_full(fake: FakeStripe) -> None:
    intent = created(metadata={"payable": "p-1"})
    assert intent.status == "requires_payment_method"

    status, seen = confirm_in_browser(fake, intent, payment_method="pm_card_visa")

    assert (status, seen["status"]) == (200, "succeeded")
    assert "metadata" not in seen
    assert "latest_charge" not in seen
    intent = stripe.PaymentIntent.retrieve(intent.id, expand=["latest_charge.balance_transaction"])
    assert (intent.amount_received, intent.metadata["payable"]) == (125_000, "p-1")
    charge = intent.latest_charge
    assert (charge.paid, charge.captured, charge.amount_captured) == (True, True, 125_000)
    assert charge.payment_method_details.card.last4 == "4242"
    assert (charge.balance_transaction.fee, charge.balance_transaction.net) == (3_655, 121_345)
    assert balance() == 121_345


def test_a_declined_card_takes_nothing_and_another_may_pay(fake: FakeStripe) -> None:
    intent = created()
    with pytest.raises(stripe.error.CardError) as caught:
        stripe.PaymentIntent.confirm(intent.id, payment_method="pm_card_chargeDeclined")
    assert (caught.value.http_status, caught.value.code) == (402, "card_declined")
    assert caught.value.error.decline_code == "generic_decline"
    assert caught.value.error.payment_intent.id == intent.id

    intent = stripe.PaymentIntent.retrieve(intent.id)
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error.decline_code == "generic_decline"
    assert stripe.Charge.retrieve(intent.latest_charge).status == "failed"
    assert balance() == 0

    intent = stripe.PaymentIntent.confirm(intent.id, payment_method="pm_card_visa")
    assert (intent.status, intent.last_payment_error) == ("succeeded", None)


@pytest.mark.parametrize(
    ("outcome", "status", "received"),
    [("succeed", "succeeded", 125_000), ("fail", "requires_payment_method", 0)],
)
def test_three_d_secure_asks_the_customer(
    fake: FakeStripe, outcome: str, status: str, received: int
) -> None:
    intent = created()
    code, seen = confirm_in_browser(
        fake,
        intent,
        payment_method="pm_card_threeDSecure2Required",
        use_stripe_sdk="true",
        return_url="http://shop.test/back",
    )
    assert (code, seen["status"], seen["next_action"]["type"]) == (
        200,
        "requires_action",
        "use_stripe_sdk",
    )
    assert balance() == 0

    fake.control(f"payment_intents/{intent.id}/authenticate", {"outcome": outcome})

    intent = stripe.PaymentIntent.retrieve(intent.id)
    assert (intent.status, intent.amount_received) == (status, received)
    if outcome == "fail":
        assert intent.last_payment_error.code == "payment_intent_authentication_failure"
    with pytest.raises(ValueError, match="cannot authenticate"):
        fake.control(f"payment_intents/{intent.id}/authenticate", {"outcome": "succeed"})


def test_instalments_redirect_and_credit_the_whole_sum(fake: FakeStripe) -> None:
    intent = created(payment_method_types=["card", "klarna"])
    klarna = {"payment_method_data[type]": "klarna"}
    code, refused = confirm_in_browser(fake, intent, **klarna)
    assert (code, refused["error"]["param"]) == (400, "return_url")

    code, seen = confirm_in_browser(
        fake, intent, return_url="http://shop.test/back?order=7", **klarna
    )
    assert (code, seen["status"]) == (200, "requires_action")
    page = seen["next_action"]["redirect_to_url"]["url"]
    assert "1250.00 USD" in requests.get(page, timeout=5).text
    assert stripe.PaymentIntent.retrieve(intent.id).status == "requires_action"

    location = _redirected("GET", page + "?outcome=succeed")

    told = parse_qs(urlsplit(location).query)
    assert told["order"] == ["7"]
    assert told["redirect_status"] == ["succeeded"]
    assert told["payment_intent_client_secret"] == [intent.client_secret]
    intent = stripe.PaymentIntent.retrieve(intent.id)
    assert (intent.status, intent.amount_received) == ("succeeded", 125_000)
    assert requests.get(page + "?outcome=fail", timeout=5).status_code == 409


def test_instalments_refused_by_the_customer(fake: FakeStripe) -> None:
    intent = created(payment_method_types=["klarna"])
    _, seen = confirm_in_browser(
        fake,
        intent,
        return_url="http://shop.test/back",
        **{"payment_method_data[type]": "klarna"},
    )
    page = seen["next_action"]["redirect_to_url"]["url"]
    assert "redirect_status=failed" in _redirected("POST", page, {"outcome": "fail"})
    intent = stripe.PaymentIntent.retrieve(intent.id)
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error.code == "payment_method_customer_decline"


def _redirected(method: str, url: str, fields: dict[str, str] | None = None) -> str:
    answer = requests.request(method, url, data=fields, timeout=5, allow_redirects=False)
    assert answer.status_code == 303
    return answer.headers["Location"]


@pytest.mark.parametrize(
    ("outcome", "status", "received"),
    [("succeed", "succeeded", 125_000), ("fail", "requires_payment_method", 0)],
)
def test_a_bank_debit_stays_in_processing_until_told(
    fake: FakeStripe, outcome: str, status: str, received: int
) -> None:
    method = "pm_usBankAccount_processing"
    intent = paid(method=method, payment_method_types=["us_bank_account"])
    assert (intent.status, intent.amount_received, balance()) == ("processing", 0, 0)
    with pytest.raises(stripe.error.InvalidRequestError, match="cannot confirm"):
        stripe.PaymentIntent.confirm(intent.id, payment_method=method)

    fake.control(f"payment_intents/{intent.id}/settle", {"outcome": outcome})

    intent = stripe.PaymentIntent.retrieve(intent.id)
    assert (intent.status, intent.amount_received) == (status, received)


def test_manual_capture_holds_first(fake: FakeStripe) -> None:
    intent = paid(capture_method="manual")
    assert (intent.status, intent.amount_capturable, balance()) == ("requires_capture", 125_000, 0)
    with pytest.raises(stripe.error.InvalidRequestError) as caught:
        stripe.PaymentIntent.capture(intent.id, amount_to_capture=125_001)
    assert caught.value.param == "amount_to_capture"
    intent = stripe.PaymentIntent.capture(intent.id, amount_to_capture=100_000)
    assert (intent.status, intent.amount_received) == ("succeeded", 100_000)

    other = paid(capture_method="manual")
    assert stripe.PaymentIntent.cancel(other.id).status == "canceled"
    assert stripe.Balance.retrieve().pending[0].amount == 100_000 - 2_930


def test_what_is_cancelled_cannot_be_paid_nor_the_paid_cancelled(fake: FakeStripe) -> None:
    intent = created()
    cancelled = stripe.PaymentIntent.cancel(intent.id, cancellation_reason="abandoned")
    assert (cancelled.status, cancelled.cancellation_reason) == ("canceled", "abandoned")
    code, refused = confirm_in_browser(fake, intent, payment_method="pm_card_visa")
    assert (code, refused["error"]["code"]) == (400, "payment_intent_unexpected_state")
    with pytest.raises(stripe.error.InvalidRequestError) as caught:
        stripe.PaymentIntent.cancel(paid().id)
    assert caught.value.code == "payment_intent_unexpected_state"


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({"amount": None}, "amount", "parameter_missing"),
        ({"amount": 0}, "amount", "parameter_invalid_integer"),
        ({"amount": "12.5"}, "amount", "parameter_invalid_integer"),
        ({"amount": 49}, "amount", "amount_too_small"),
        ({"amount": 100_000_000}, "amount", "amount_too_large"),
        ({"currency": "USD"}, "currency", None),
        (
            {"currency": "isk", "amount": 5_050},
            "amount",
            "invalid_charge_amount_no_decimal_compatible",
        ),
        (
            {"currency": "kwd", "amount": 5_124},
            "amount",
            "invalid_charge_amount_no_decimal_compatible",
        ),
        ({"surprise": "1"}, "surprise", "parameter_unknown"),
        ({"payment_method": "pm_nobody"}, "payment_method", "resource_missing"),
        (
            {"payment_method_types": ["gold"]},
            "payment_method_types",
            "payment_intent_invalid_parameter",
        ),
        ({"metadata": {"k" * 41: "v"}}, f"metadata[{'k' * 41}]", None),
        ({"confirm": True}, "payment_method", "parameter_missing"),
        ({"expand": ["secrets"]}, "expand", None),
        (
            {"confirm": True, "payment_method": "pm_usBankAccount_processing"},
            "payment_method",
            "payment_intent_invalid_parameter",
        ),
    ],
)
def test_bad_parameters_create_nothing(
    fake: FakeStripe, fields: dict[str, Any], param: str, code: str | None
) -> None:
    with pytest.raises(stripe.error.InvalidRequestError) as caught:
        created(**fields)
    assert (caught.value.http_status, caught.value.param, caught.value.code) == (400, param, code)
    assert list(stripe.PaymentIntent.list()) == []
    assert list(stripe.Event.list()) == []


def test_zero_decimal_amounts_are_whole_units(fake: FakeStripe) -> None:
    intent = paid(180_000, currency="jpy")
    assert (intent.amount_received, intent.currency) == (180_000, "jpy")


def test_older_versions_see_charges_instead_of_the_latest_charge(fake: FakeStripe) -> None:
    intent = paid(stripe_version="2020-08-27")
    assert "latest_charge" not in intent
    assert intent.charges.data[0].amount_captured == 125_000
    with pytest.raises(stripe.error.InvalidRequestError, match="version"):
        created(stripe_version="yesterday")


# Who may call


def test_keys(fake: FakeStripe) -> None:
    intent = created()
    with pytest.raises(stripe.error.AuthenticationError) as caught:
        stripe.PaymentIntent.retrieve(intent.id, api_key="sk_test_somebodyelse0000")
    assert "somebodyelse" not in str(caught.value)
    with pytest.raises(stripe.error.AuthenticationError, match="publishable"):
        stripe.Refund.create(payment_intent=intent.id, api_key=fake.publishable_key)
    path = f"/v1/payment_intents/{intent.id}"
    assert browser(fake, path)[0] == 401
    assert browser(fake, f"{path}?key={fake.publishable_key}")[0] == 400
    other = created()
    code, refused = browser(
        fake, f"{path}?key={fake.publishable_key}&client_secret={other.client_secret}"
    )
    assert (code, refused["error"]["param"]) == (400, "client_secret")
    code, seen = browser(
        fake, f"{path}?key={fake.publishable_key}&client_secret={intent.client_secret}"
    )
    assert (code, seen["id"]) == (200, intent.id)


def test_absent_objects_and_addresses(fake: FakeStripe) -> None:
    with pytest.raises(stripe.error.InvalidRequestError) as caught:
        stripe.PaymentIntent.retrieve("pi_nothing")
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.error.InvalidRequestError) as caught:
        stripe.Customer.list()
    assert caught.value.http_status == 404


# Idempotency


def test_the_same_key_has_one_effect_and_the_same_answer(fake: FakeStripe) -> None:
    first = created(idempotency_key="k1", metadata={"a": "1"})
    stripe.PaymentIntent.cancel(first.id)
    again = created(idempotency_key="k1", metadata={"a": "1"})
    assert (again.id, again.status) == (first.id, "requires_payment_method")
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    original = again.last_response.headers["Original-Request"]
    assert original == first.last_response.request_id != again.last_response.request_id
    assert len(list(stripe.PaymentIntent.list())) == 1


def test_a_key_with_other_parameters_is_refused(fake: FakeStripe) -> None:
    created(idempotency_key="k1")
    with pytest.raises(stripe.error.IdempotencyError) as caught:
        created(99_999, idempotency_key="k1")
    assert caught.value.http_status == 400
    with pytest.raises(stripe.error.IdempotencyError):
        stripe.Refund.create(payment_intent="pi_x", idempotency_key="k1")
    assert len(list(stripe.PaymentIntent.list())) == 1


def test_a_decline_is_replayed_but_a_bad_parameter_is_not(fake: FakeStripe) -> None:
    intent = created()
    for _ in range(2):
        with pytest.raises(stripe.error.CardError):
            stripe.PaymentIntent.confirm(
                intent.id, payment_method="pm_card_chargeDeclined", idempotency_key="k2"
            )
    assert len(list(stripe.Charge.list())) == 1
    with pytest.raises(stripe.error.InvalidRequestError):
        created(0, idempotency_key="k3")
    assert created(500, idempotency_key="k3").amount == 500


def test_a_key_is_forgotten_after_a_day(fake: FakeStripe) -> None:
    first = created(idempotency_key="k1")
    fake.control("clock", {"offset_seconds": 24 * 3600 + 1})
    second = created(idempotency_key="k1")
    assert second.id != first.id
    assert second.created - first.created >= 24 * 3600


def test_simultaneous_calls_with_one_key_charge_once(fake: FakeStripe) -> None:
    with ThreadPoolExecutor(8) as pool:
        intents = list(pool.map(lambda _: paid(idempotency_key="k1"), range(16)))
    assert len({intent.id for intent in intents}) == 1
    assert len(list(stripe.Charge.list())) == 1


# Refunds and disputes


def test_refunds_partial_full_and_never_more(fake: FakeStripe) -> None:
    intent = paid()
    first = stripe.Refund.create(payment_intent=intent.id, amount=25_000, metadata={"r": "1"})
    assert (first.status, first.amount, first.metadata["r"]) == ("succeeded", 25_000, "1")
    with pytest.raises(stripe.error.InvalidRequestError, match="greater than") as caught:
        stripe.Refund.create(payment_intent=intent.id, amount=100_001)
    assert (caught.value.http_status, caught.value.param) == (400, "amount")
    rest = stripe.Refund.create(charge=intent.latest_charge)
    assert rest.amount == 100_000
    with pytest.raises(stripe.error.InvalidRequestError) as caught:
        stripe.Refund.create(payment_intent=intent.id)
    assert caught.value.code == "charge_already_refunded"
    charge = stripe.Charge.retrieve(intent.latest_charge)
    assert (charge.refunded, charge.amount_refunded) == (True, 125_000)
    assert [refund.id for refund in stripe.Refund.list(payment_intent=intent.id)] == [
        rest.id,
        first.id,
    ]
    assert balance() + balance("available") == -3_655


def test_simultaneous_refunds_never_exceed_the_capture(fake: FakeStripe) -> None:
    intent = paid(100_000)

    def refund(_: int) -> int:
        try:
            return int(stripe.Refund.create(payment_intent=intent.id, amount=30_000).amount)
        except stripe.error.InvalidRequestError:
            return 0

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(refund, range(8))) == 90_000


def test_nothing_paid_nothing_refunded(fake: FakeStripe) -> None:
    with pytest.raises(stripe.error.InvalidRequestError) as caught:
        stripe.Refund.create(payment_intent=created().id)
    assert caught.value.code == "payment_intent_unexpected_state"


def test_a_refund_fails_later_and_the_money_returns(fake: FakeStripe) -> None:
    intent = paid(method="pm_card_pendingRefund")
    refund = stripe.Refund.create(payment_intent=intent.id)
    assert refund.status == "pending"
    sent_away = balance() + balance("available")

    fake.control(f"refunds/{refund.id}/fail", {"reason": "lost_or_stolen_card"})

    refund = stripe.Refund.retrieve(refund.id, expand=["failure_balance_transaction"])
    assert (refund.status, refund.failure_reason) == ("failed", "lost_or_stolen_card")
    assert refund.failure_balance_transaction.amount == 125_000
    assert balance() + balance("available") == sent_away + 125_000
    charge = stripe.Charge.retrieve(intent.latest_charge)
    assert (charge.refunded, charge.amount_refunded) == (False, 0)
    assert stripe.Refund.create(payment_intent=intent.id).amount == 125_000


def test_a_pending_refund_succeeds_later(fake: FakeStripe) -> None:
    fake.control("settings", {"refund_status": "pending"})
    refund = stripe.Refund.create(payment_intent=paid().id)
    assert refund.status == "pending"
    fake.control(f"refunds/{refund.id}/succeed")
    assert stripe.Refund.retrieve(refund.id).status == "succeeded"
    with pytest.raises(ValueError, match="not pending"):
        fake.control(f"refunds/{refund.id}/succeed")


@pytest.mark.parametrize(("outcome", "kept"), [("won", 121_345), ("lost", -3_655 - 1_500)])
def test_a_dispute_takes_the_money_until_it_is_decided(
    fake: FakeStripe, outcome: str, kept: int
) -> None:
    intent = paid()
    found = fake.control(f"charges/{intent.latest_charge}/dispute", {"reason": "fraudulent"})
    assert (found["status"], found["payment_intent"]) == ("needs_response", intent.id)
    with pytest.raises(stripe.error.InvalidRequestError) as caught:
        stripe.Refund.create(payment_intent=intent.id)
    assert caught.value.code == "charge_disputed"
    fake.control(f"disputes/{found['id']}/close", {"outcome": outcome})
    assert stripe.Dispute.retrieve(found["id"]).status == outcome
    assert balance() + balance("available") == kept


# Lists and events


def test_lists_page_by_cursor_both_ways(fake: FakeStripe) -> None:
    pks = [created(1_000 + number).id for number in range(7)][::-1]
    page = stripe.PaymentIntent.list(limit=3)
    assert ([row.id for row in page.data], page.has_more) == (pks[:3], True)
    page = stripe.PaymentIntent.list(limit=3, starting_after=pks[4])
    assert ([row.id for row in page.data], page.has_more) == (pks[5:], False)
    page = stripe.PaymentIntent.list(limit=2, ending_before=pks[4])
    assert ([row.id for row in page.data], page.has_more) == (pks[2:4], True)
    found = [row.id for row in stripe.PaymentIntent.list(limit=2).auto_paging_iter()]
    assert found == pks
    assert len(stripe.Event.list(types=["payment_intent.created"], limit=100).data) == 7
    assert stripe.PaymentIntent.list(created={"gt": int(time.time()) + 60}).data == []


def test_events_keep_the_object_as_it_was(fake: FakeStripe) -> None:
    intent = paid(idempotency_key="k9")
    events = {event.type: event for event in stripe.Event.list()}
    assert list(events) == [
        "payment_intent.succeeded",
        "charge.succeeded",
        "payment_intent.created",
    ]
    first = stripe.Event.retrieve(events["payment_intent.created"].id)
    assert first.data.object.status == "requires_payment_method"
    assert first["request"]["idempotency_key"] == "k9"
    assert events["payment_intent.succeeded"].data.object.amount_received == intent.amount
    assert stripe.Account.retrieve().id.startswith("acct_")


# Webhooks


def test_webhooks_are_signed_and_tried_again(hooked: FakeStripe, endpoint: Endpoint) -> None:
    endpoint.statuses = [500, 302]
    intent = created()
    for _ in range(3):
        event, body, signature = endpoint.received.get(timeout=5)
        verified = stripe.Webhook.construct_event(body, signature, hooked.webhook_secret)
        assert verified.data.object.id == intent.id
    assert hooked.webhooks_settled()
    log = hooked.control("webhooks", method="GET")["log"]
    assert [entry["result"] for entry in log] == ["will retry", "will retry", "delivered"]
    assert stripe.Event.retrieve(event["id"]).pending_webhooks == 0


def test_an_endpoint_that_never_accepts_is_given_up(hooked: FakeStripe, endpoint: Endpoint) -> None:
    endpoint.statuses = [500] * 3
    created()
    for _ in range(3):
        endpoint.received.get(timeout=5)
    assert hooked.webhooks_settled()
    log = hooked.control("webhooks", method="GET")
    assert (log["log"][-1]["result"], log["queue"]) == ("given up", [])


def test_webhooks_twice_never_late_and_out_of_order(hooked: FakeStripe, endpoint: Endpoint) -> None:
    hooked.control("webhooks", {"mode": "twice"})
    created()
    pair = endpoint.events(hooked)
    assert len(pair) == 2
    assert pair[0] == pair[1]

    hooked.control("webhooks", {"mode": "never"})
    lost = created()
    assert endpoint.events(hooked) == []
    event = stripe.Event.list(limit=1).data[0]
    assert event.data.object.id == lost.id
    hooked.control(f"events/{event.id}/resend")
    assert [found["id"] for found in endpoint.events(hooked)] == [event.id]

    hooked.control("webhooks", {"mode": "late", "delay": 3600})
    created()
    assert endpoint.events(hooked) == []
    hooked.control("clock", {"offset_seconds": 3601})
    assert endpoint.types(hooked) == ["payment_intent.created"]

    hooked.control("webhooks", {"mode": "hold"})
    paid()
    assert endpoint.events(hooked) == []
    hooked.control("webhooks/release", {"order": "reverse"})
    assert endpoint.types(hooked) == [
        "payment_intent.succeeded",
        "charge.succeeded",
        "payment_intent.created",
    ]


@pytest.mark.parametrize("kind", ["wrong", "stale"])
def test_a_bad_signature(hooked: FakeStripe, endpoint: Endpoint, kind: str) -> None:
    hooked.control("webhooks", {"signature": kind})
    created()
    _, body, signature = endpoint.received.get(timeout=5)
    with pytest.raises(stripe.error.SignatureVerificationError):
        stripe.Webhook.construct_event(body, signature, hooked.webhook_secret)


def test_secrets_rotate_with_and_without_overlap(hooked: FakeStripe, endpoint: Endpoint) -> None:
    old = hooked.webhook_secret
    hooked.control("webhooks/rotate", {"overlap": True})
    assert hooked.webhook_secret != old
    created()
    _, body, signature = endpoint.received.get(timeout=5)
    for secret in (old, hooked.webhook_secret):
        stripe.Webhook.construct_event(body, signature, secret)
    hooked.control("webhooks/rotate")
    created()
    _, body, signature = endpoint.received.get(timeout=5)
    stripe.Webhook.construct_event(body, signature, hooked.webhook_secret)
    with pytest.raises(stripe.error.SignatureVerificationError):
        stripe.Webhook.construct_event(body, signature, old)


def test_refund_and_dispute_events(hooked: FakeStripe, endpoint: Endpoint) -> None:
    intent = paid()
    refund = stripe.Refund.create(payment_intent=intent.id, amount=1_000)
    hooked.control(f"refunds/{refund.id}/fail")
    hooked.control(f"charges/{intent.latest_charge}/dispute")
    assert endpoint.types(hooked)[3:] == [
        "refund.created",
        "charge.refunded",
        "refund.updated",
        "charge.refund.updated",
        "refund.failed",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
    ]


# Faults


@pytest.mark.parametrize(
    ("kind", "error", "happened"),
    [
        ("rate_limit", stripe.error.RateLimitError, 0),
        ("server_error", stripe.error.APIError, 0),
        ("reset", stripe.error.APIConnectionError, 0),
        ("reset_after_effect", stripe.error.APIConnectionError, 1),
        ("server_error_after_effect", stripe.error.APIError, 1),
        ("timeout_after_effect", stripe.error.APIConnectionError, 1),
    ],
)
def test_faults_strike_before_or_after_the_effect(
    fake: FakeStripe,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    error: type[Exception],
    happened: int,
) -> None:
    hasty = RequestsClient(timeout=0.5)
    fake.control("faults", {"kind": kind, "times": 1, "method": "POST"})
    assert list(stripe.PaymentIntent.list()) == []
    with monkeypatch.context() as patch:
        patch.setattr(stripe, "default_http_client", hasty)
        with pytest.raises(error):
            created(idempotency_key="k1")
    hasty.close()
    assert len(list(stripe.PaymentIntent.list())) == happened
    created(idempotency_key="k1")
    assert len(list(stripe.PaymentIntent.list())) == 1


def test_unknown_levers_are_refused(fake: FakeStripe) -> None:
    for path, body in (
        ("faults", {"kind": "earthquake"}),
        ("webhooks", {"mode": "sometimes"}),
        ("webhooks", {"colour": "red"}),
        ("clock", {"offset_seconds": "soon"}),
        ("nothing", {}),
    ):
        with pytest.raises(ValueError, match=r"."):
            fake.control(path, body)
    assert fake.control("clock", method="GET")["offset_seconds"] == 0


# A restart


def test_a_restart_keeps_everything(
    tmp_path: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "deep" / "state.json"
    first = FakeStripe.start(state_file=file)
    client = RequestsClient(timeout=10)
    monkeypatch.setattr(stripe, "default_http_client", client)
    monkeypatch.setattr(stripe, "api_base", first.url)
    monkeypatch.setattr(stripe, "api_key", first.api_key)
    first.control("webhooks", {"url": endpoint.url, "mode": "hold"})
    intent = paid(idempotency_key="k1", stripe_version=VERSION)
    first.stop()
    with pytest.raises(stripe.error.APIConnectionError):
        stripe.PaymentIntent.retrieve(intent.id)

    second = FakeStripe.start(state_file=file)
    monkeypatch.setattr(stripe, "api_base", second.url)
    assert (second.api_key, second.webhook_secret) == (first.api_key, first.webhook_secret)
    assert stripe.PaymentIntent.retrieve(intent.id).status == "succeeded"
    assert paid(idempotency_key="k1", stripe_version=VERSION).id == intent.id
    second.control("webhooks/release")
    assert endpoint.types(second)[-1] == "payment_intent.succeeded"
    client.close()
    second.stop()
    assert [path.name for path in file.parent.iterdir()] == ["state.json"]


def test_a_foreign_state_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_text('{"mine": true}')
    with pytest.raises(ValueError, match="not a state file"):
        FakeStripe.start(state_file=file)
    assert file.read_text() == '{"mine": true}'


def test_the_command_serves_until_told_and_names_a_busy_port(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "saleor_bespoke.plugins.embedded.fake_stripe"]
    command += ["--api-key", "sk_test_fixed", "--state-file", str(tmp_path / "s.json"), "--port"]
    with subprocess.Popen([*command, "0"], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().split()[-1]
        answer = requests.get(f"{url}/v1/account", auth=("sk_test_fixed", ""), timeout=10)
        busy = subprocess.run(
            [*command, str(urlsplit(url).port)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0
    assert answer.json()["object"] == "account"
    assert (busy.returncode, busy.stdout, len(busy.stderr.splitlines())) == (1, "", 1)
    assert "port" in busy.stderr
