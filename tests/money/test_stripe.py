"""Our client against the fake provider over HTTP: values, errors, webhooks, no globals."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import stripe as library

from saleor_bespoke import clock
from saleor_bespoke.money import stripe
from saleor_bespoke.money.stripe import (
    PaymentFailure,
    PaymentIntent,
    StripeAccount,
    StripeDeclined,
    StripeError,
    StripeRefused,
    StripeSignatureInvalid,
    StripeUnavailable,
)
from saleor_bespoke.money.stripe_http import send
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.plugins.embedded.fake_stripe.webhooks import signature_header

GLOBALS = ("api_key", "api_base", "api_version", "default_http_client", "max_network_retries")


@pytest.fixture
def fake() -> Iterator[FakeStripe]:
    before = {name: getattr(library, name) for name in GLOBALS}
    found = FakeStripe.start()
    yield found
    found.stop()
    assert {name: getattr(library, name) for name in GLOBALS} == before


@pytest.fixture
def account(fake: FakeStripe) -> StripeAccount:
    return StripeAccount(
        secret_key=fake.api_key,
        publishable_key=fake.publishable_key,
        webhook_secrets=(fake.webhook_secret,),
        api_base=fake.url,
        timeout_seconds=10,
        retries=0,
    )


@pytest.fixture(autouse=True)
def _shop_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that no host moves and a test may move; whatever was installed comes back."""
    monkeypatch.setattr(clock, "_offset", timedelta)


def created(account: StripeAccount, key: str = "create", **fields: Any) -> PaymentIntent:
    values: dict[str, Any] = {"amount": 125_000, "currency": "USD"} | fields
    return stripe.payment_intent_create(account, idempotency_key=key, **values)


def paid(account: StripeAccount, key: str = "pay", method: str = "pm_card_visa") -> PaymentIntent:
    intent = created(account, key)
    return stripe.payment_intent_confirm(
        account, intent.pk, payment_method=method, idempotency_key=f"{key}:confirm"
    )


# Payments


def test_a_payment_from_creation_to_success(account: StripeAccount) -> None:
    intent = created(
        account,
        payment_method_types=("card", "klarna"),
        metadata={"payable": "p-1"},
        description="Ring",
    )
    assert (intent.status, intent.amount, intent.amount_received, intent.currency) == (
        "requires_payment_method",
        125_000,
        0,
        "usd",
    )
    assert intent.metadata == {"payable": "p-1"}
    assert intent.client_secret is not None
    assert intent.client_secret not in repr(intent)

    stripe.payment_intent_confirm(
        account, intent.pk, payment_method="pm_card_visa", idempotency_key="c"
    )

    after = stripe.payment_intent_retrieve(account, intent.pk)
    assert (after.status, after.amount_received, after.last_error) == ("succeeded", 125_000, None)
    assert after.latest_charge is not None
    assert after.latest_charge.startswith("ch_")


def test_a_declined_card(account: StripeAccount) -> None:
    intent = created(account)
    with pytest.raises(StripeDeclined) as caught:
        stripe.payment_intent_confirm(
            account,
            intent.pk,
            payment_method="pm_card_visa_chargeDeclinedInsufficientFunds",
            idempotency_key="c",
        )
    assert (caught.value.code, caught.value.decline_code, caught.value.message) == (
        "card_declined",
        "insufficient_funds",
        "Your card has insufficient funds.",
    )
    after = stripe.payment_intent_retrieve(account, intent.pk)
    assert (after.status, after.amount_received) == ("requires_payment_method", 0)
    assert after.last_error == PaymentFailure(
        "card_declined", "insufficient_funds", "Your card has insufficient funds."
    )


def test_a_cancelled_payment_can_never_succeed(account: StripeAccount) -> None:
    intent = created(account)
    cancelled = stripe.payment_intent_cancel(
        account, intent.pk, reason="abandoned", idempotency_key="x"
    )
    assert cancelled.status == "canceled"
    with pytest.raises(StripeRefused) as caught:
        stripe.payment_intent_confirm(
            account, intent.pk, payment_method="pm_card_visa", idempotency_key="c"
        )
    assert caught.value.code == "payment_intent_unexpected_state"
    with pytest.raises(StripeRefused) as caught:
        stripe.payment_intent_cancel(account, paid(account).pk, idempotency_key="x2")
    assert caught.value.code == "payment_intent_unexpected_state"


def test_the_same_key_is_the_same_payment(account: StripeAccount) -> None:
    assert created(account).pk == created(account).pk
    with pytest.raises(StripeRefused) as caught:
        created(account, amount=99_000)
    assert caught.value.code == "idempotency_error"


# Refunds


def test_refunds(account: StripeAccount, fake: FakeStripe) -> None:
    intent = paid(account)
    first = stripe.refund_create(
        account,
        payment_intent=intent.pk,
        amount=25_000,
        metadata={"r": "1"},
        idempotency_key="r1",
    )
    assert (first.status, first.amount, first.currency, first.payment_intent) == (
        "succeeded",
        25_000,
        "usd",
        intent.pk,
    )
    with pytest.raises(StripeRefused, match="greater than"):
        stripe.refund_create(
            account, payment_intent=intent.pk, amount=100_001, idempotency_key="r2"
        )
    rest = stripe.refund_create(account, payment_intent=intent.pk, idempotency_key="r3")
    assert rest.amount == 100_000
    fake.control(f"refunds/{rest.pk}/fail", {"reason": "expired_or_canceled_card"})
    failed = stripe.refund_retrieve(account, rest.pk)
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert stripe.refunds_list(account, payment_intent=intent.pk) == (failed, first)
    assert stripe.refunds_list(account, payment_intent=created(account, "other").pk) == ()


def test_a_long_list_of_refunds_is_read_whole(
    account: StripeAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent = paid(account)
    pks = [
        stripe.refund_create(
            account, payment_intent=intent.pk, amount=1_000, idempotency_key=f"r{number}"
        ).pk
        for number in range(5)
    ]
    monkeypatch.setattr(stripe, "PAGE", 2)
    found = stripe.refunds_list(account, payment_intent=intent.pk)
    assert [refund.pk for refund in found] == pks[::-1]
    monkeypatch.setattr(stripe, "MAX_PAGES", 2)
    with pytest.raises(StripeRefused, match="more than 4 refunds"):
        stripe.refunds_list(account, payment_intent=intent.pk)


# Errors


@pytest.mark.parametrize(
    "kind",
    [
        "rate_limit",
        "server_error",
        "reset",
        "reset_after_effect",
        "server_error_after_effect",
        "timeout_after_effect",
    ],
)
def test_trouble_is_retryable_and_the_key_makes_it_safe(
    account: StripeAccount, fake: FakeStripe, kind: str
) -> None:
    intent = created(account)
    fake.control("faults", {"kind": kind, "method": "POST"})
    hasty = replace(account, timeout_seconds=0.5)
    with pytest.raises(StripeUnavailable):
        stripe.payment_intent_confirm(
            hasty, intent.pk, payment_method="pm_card_visa", idempotency_key="c"
        )
    again = stripe.payment_intent_confirm(
        account, intent.pk, payment_method="pm_card_visa", idempotency_key="c"
    )
    assert (again.status, again.amount_received) == ("succeeded", 125_000)


def test_tries_are_bounded_and_keep_one_key(account: StripeAccount, fake: FakeStripe) -> None:
    patient = replace(account, retries=1)
    fake.control("faults", {"kind": "reset_after_effect", "method": "POST", "times": 1})
    intent = created(patient)
    assert intent.status == "requires_payment_method"
    assert len(fake.state.table("payment_intent")) == 1

    fake.control("faults", {"kind": "server_error", "method": "POST", "times": 2})
    with pytest.raises(StripeUnavailable, match="HTTP 500"):
        created(patient, "second")
    assert fake.state.data["faults"] == []
    assert len(fake.state.table("payment_intent")) == 1


def test_a_provider_that_hangs_costs_only_the_timeout(
    account: StripeAccount, fake: FakeStripe
) -> None:
    fake.control("faults", {"kind": "timeout_after_effect", "seconds": 30})
    start = time.monotonic()
    with pytest.raises(StripeUnavailable):
        created(replace(account, timeout_seconds=0.5))
    assert 0.5 <= time.monotonic() - start < 10


def test_nobody_listens(account: StripeAccount, fake: FakeStripe) -> None:
    fake.stop()
    with pytest.raises(StripeUnavailable):
        created(account)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, "<html>log in to the network</html>", StripeUnavailable),
        (200, '{"object": "payment_intent"}', StripeUnavailable),
        (200, "[]", StripeUnavailable),
        (400, '{"error": "bad_gateway"}', StripeUnavailable),
        (409, '{"error": {"type": "invalid_request_error"}}', StripeUnavailable),
        (503, "busy", StripeUnavailable),
        (403, '{"error": {"type": "invalid_request_error", "message": "No."}}', StripeRefused),
        (404, "<html>whsec_abc sk_live_abc pi_1_secret_2</html>", StripeRefused),
        (418, '{"error": {"message": "teapot"}}', StripeRefused),
        (402, '{"error": {"message": "pi_1_secret_2 declined"}}', StripeDeclined),
    ],
)
def test_strange_answers_are_classified_and_leak_nothing(
    account: StripeAccount, status: int, body: str, expected: type[StripeError]
) -> None:
    with answering(status, body) as url, pytest.raises(StripeError) as caught:
        stripe.payment_intent_retrieve(replace(account, api_base=url), "pi_1")
    assert type(caught.value) is expected
    assert "_secret_" not in str(caught.value)
    assert "html" not in str(caught.value)


class answering:  # noqa: N801  # reads as a phrase in `with`
    """A server that gives one and the same answer."""

    def __init__(self, status: int, body: str) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))

    def __enter__(self) -> str:
        self.thread.start()
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def test_a_wrong_key_is_refused_and_not_repeated(account: StripeAccount) -> None:
    wrong = replace(account, secret_key="sk_test_" + "somebodyelse")
    with pytest.raises(StripeRefused) as caught:
        created(wrong)
    error = caught.value
    assert "somebody" not in f"{error} {error!r} {wrong!r}"
    assert "else" not in str(error)
    assert (error.__suppress_context__, error.__cause__) == (True, None)
    assert account.webhook_secrets[0] not in repr(account)


@pytest.mark.parametrize("pk", ["", "pi_", "re_1", "pi_1/cancel", "pi_1?x", "pi_é", "pi_1\n"])
def test_only_ids_reach_the_address(account: StripeAccount, pk: str) -> None:
    with pytest.raises(StripeRefused, match="not an id"):
        stripe.payment_intent_retrieve(account, pk)


def test_an_absent_payment(account: StripeAccount) -> None:
    with pytest.raises(StripeRefused) as caught:
        stripe.payment_intent_retrieve(account, "pi_nothing")
    assert caught.value.code == "resource_missing"
    assert caught.value.request_id is not None


def test_a_proxy_of_the_machine_is_not_asked(
    account: StripeAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert created(account).status == "requires_payment_method"


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_worker_calls_on_a_connection_of_its_own(account: StripeAccount) -> None:
    from saleor_bespoke.money.stripe_http import _client

    created(account)
    assert _client.cache_info().currsize > 0
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, str(_client.cache_info().currsize).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        assert answer.read() == "0"


# Webhooks

PAYLOAD = b'{"id": "evt_1", "type": "payment_intent.succeeded"}'


def signed(
    account: StripeAccount, payload: bytes = PAYLOAD, *, age: float = 0, secret: str | None = None
) -> str:
    at = int(clock.now().timestamp() - age)
    return signature_header([secret or account.webhook_secrets[0]], payload, at)


def test_a_signed_event_is_read(account: StripeAccount) -> None:
    event = stripe.construct_event(account, PAYLOAD, signed(account))
    assert event == {"id": "evt_1", "type": "payment_intent.succeeded"}


def test_either_secret_is_good_while_they_rotate(account: StripeAccount) -> None:
    both = replace(account, webhook_secrets=("whsec_new", "whsec_old"))
    for secret in both.webhook_secrets:
        assert stripe.construct_event(both, PAYLOAD, signed(both, secret=secret))
    with pytest.raises(StripeSignatureInvalid):
        stripe.construct_event(both, PAYLOAD, signed(both, secret="whsec_else"))


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "t=",
        "t=1",
        "v1=abc",
        "t=now,v1=abc",
        "t=1,v1=é",
        "t=\uff11,v1=abc",
        "t,v1",
        "=,=,=",
        "t=" + "9" * 5_000 + ",v1=a",
    ],
)
def test_broken_signatures_are_refused(account: StripeAccount, signature: str) -> None:
    with pytest.raises(StripeSignatureInvalid):
        stripe.construct_event(account, PAYLOAD, signature)


def test_forged_events_are_refused(account: StripeAccount) -> None:
    good = signed(account)
    stamp = good.split(",")[0]
    cases = [
        (account, PAYLOAD.replace(b"evt_1", b"evt_2"), good),
        (account, PAYLOAD, good.replace(stamp, "t=9999999999")),
        (account, PAYLOAD, f"t=9999999999,{good}"),
        (account, b"\xff", good),
        (replace(account, webhook_secrets=()), PAYLOAD, good),
        (replace(account, webhook_secrets=("",)), PAYLOAD, signed(account, secret="x")),
        (account, b"[]", signed(account, b"[]")),
    ]
    for who, payload, signature in cases:
        with pytest.raises(StripeSignatureInvalid):
            stripe.construct_event(who, payload, signature)


def test_an_empty_secret_signs_nothing(account: StripeAccount) -> None:
    nobody = replace(account, webhook_secrets=("",))
    forged = signature_header([""], PAYLOAD, int(time.time()))
    with pytest.raises(StripeSignatureInvalid):
        stripe.construct_event(nobody, PAYLOAD, forged)


def test_age_is_told_by_the_shops_clock(account: StripeAccount) -> None:
    assert stripe.construct_event(account, PAYLOAD, signed(account, age=290))
    old = signed(account, age=310)
    with pytest.raises(StripeSignatureInvalid, match="too long ago"):
        stripe.construct_event(account, PAYLOAD, old)
    with pytest.raises(StripeSignatureInvalid, match="too long ago"):
        stripe.construct_event(account, PAYLOAD, old.replace(",", "=7,", 1))
    fresh = signed(account)
    clock.use_offset(lambda: timedelta(days=31))
    with pytest.raises(StripeSignatureInvalid, match="too long ago"):
        stripe.construct_event(account, PAYLOAD, fresh)
    assert stripe.construct_event(account, PAYLOAD, signed(account))


def test_a_webhooks_object_reads_like_an_answer(account: StripeAccount, fake: FakeStripe) -> None:
    intent = paid(account)
    newest = list(fake.state.table("event").values())[-1]
    assert PaymentIntent.from_stripe(newest["data"]["object"]) == intent
    older = replace(account, api_version="2020-08-27")
    assert "charges" in send(older, "get", f"/v1/payment_intents/{intent.pk}")
    assert stripe.payment_intent_retrieve(older, intent.pk) == intent
