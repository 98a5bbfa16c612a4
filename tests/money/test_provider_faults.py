"""Whatever the payment provider does to a call or a report, the money ends where it should.

Every fault strikes at the provider's socket, for as long as it lasts; then it is over, the sweeps
run, and there is one end: one charge, one order or one refund, and nothing left to look at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import transaction as database
from django.test import Client
from stripe.http_client import HTTPClient

from saleor_bespoke import clock, tasks
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.flows import expiry
from saleor_bespoke.flows.cancelling import terms_of
from saleor_bespoke.flows.leaving import project_leave
from saleor_bespoke.flows.payment import ENDED, UNAVAILABLE
from saleor_bespoke.money.models import Attempt, Payment, Refund
from saleor_bespoke.money.stripe import StripeAccount
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.embedded.models import Checkout
from tests.listening import Listener, listening
from tests.money.endings import attentions, ending, plain, provider_rows
from tests.paying import begin, complete, confirm, fill_in, go_on
from tests.torture.provider import KEYS, WEBHOOK_PATH

pytestmark = pytest.mark.django_db

#: What strikes before anything happened at the provider, and what strikes after it.
BEFORE = (
    "rate_limit",
    "conflict",
    "server_error",
    "bad_gateway",
    "key_expired",
    "reset",
    "timeout",
    "refused",
)
AFTER = (
    "timeout_after_effect",
    "reset_after_effect",
    "server_error_after_effect",
    "cut_off_after_effect",
)
FAULTS = (*BEFORE, *AFTER)
#: A reading has no effect: what strikes after it is a loss of the answer like any other.
READING = (*BEFORE, "cut_off_after_effect")
SOME = ("server_error", "timeout", "refused")


def calls(read: tuple[str, ...], written: tuple[str, ...]) -> list[tuple[str, str]]:
    """Pairs of method and fault."""
    return [*(("GET", kind) for kind in read), *(("POST", kind) for kind in written)]


INTENTS, REFUNDS = "/v1/payment_intents", "/v1/refunds"
MINUTE = timedelta(minutes=1)
SECONDS = 0.3  # how long our client waits in these tests


class World:
    """The provider, the post between it and the shop, and time."""

    def __init__(self, folder: Path, listener: Listener) -> None:
        self._file, self._listener = folder / "stripe.json", listener
        self.ahead = timedelta()
        self.answers: list[int] = []
        self.struck = 0  # how many calls met the last fault
        self.provider = self._start(0)
        clock.use_offset(lambda: self.ahead)

    def _start(self, port: int) -> FakeStripe:
        url = self._listener.url
        return FakeStripe.start(port, url, self._file, keys=KEYS if port == 0 else None)

    @contextmanager
    def trouble(self, kind: str, method: str, path: str) -> Iterator[None]:
        """Every such call meets the fault until the block ends."""
        if kind == "refused":
            self.provider.stop()
            yield
            self.provider = self._start(urlsplit(self.provider.url).port or 0)
            return
        fault = {"kind": kind, "method": method, "path": path, "times": 1000}
        self.provider.control("faults", fault | {"seconds": SECONDS * 2})
        yield
        self.struck = 1000 - self.provider.state.data["faults"][0]["left"]
        self.provider.control("faults", method="DELETE")

    def post(self) -> None:
        """Carry what the provider sent to the shop's door."""
        assert self.provider.webhooks_settled()
        arrived = self._listener.got[:]
        self._listener.got.clear()
        for headers, body in arrived:
            self.answers.append(self.carry(body, headers["Stripe-Signature"]))

    @staticmethod
    def carry(body: bytes, signature: str) -> int:
        """One report, through the shop's real door; the status it was answered with."""
        sent = Client().post(
            WEBHOOK_PATH, body, "application/json", headers={"Stripe-Signature": signature}
        )
        return int(sent.status_code)

    def rest(self, *steps: timedelta) -> None:
        """Let time pass in these steps, with the post and all sweeps after each."""
        for step in steps or (MINUTE, MINUTE, 10 * MINUTE):
            self.ahead += step
            self.provider.control("clock", {"offset_seconds": self.ahead.total_seconds()})
            self.post()
            tasks.provider_events_process.run()
            tasks.expiries.run()
            tasks.deliveries_drain.run()
            tasks.reconcile.run()

    def end(self, project: BespokeProject) -> dict[str, Any]:
        """How it ended, here, at the host and at the provider."""
        url = self.provider.url
        books = (provider_rows(url, "payment_intents"), provider_rows(url, "refunds"))
        found = ending(project.pk, books=books)
        moved = ("CHARGED", "REFUNDED", "REFUND_FAILED")
        found["ledger"] = [row for row in found["ledger"] if row[0] in moved]
        found["payments"].pop("CANCELLED", None)
        open_ones = {row["status"] for row in books[0]} - {"succeeded", "canceled"}
        assert open_ones == set(), "a payment at the provider could still be confirmed"
        return found


@pytest.fixture
def world(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(HTTPClient, "INITIAL_DELAY", 0.005)  # the library's pause between tries
    with listening() as listener:
        made = World(tmp_path, listener)
        stripe = settings.BESPOKE["STRIPE"]
        stripe = stripe | {"API_BASE": made.provider.url, "TIMEOUT_SECONDS": SECONDS}
        settings.BESPOKE = settings.BESPOKE | {"STRIPE": stripe, "WEBHOOK_GRACE_SECONDS": 0}
        yield made
        made.provider.stop()


@pytest.fixture
def provider(world: World) -> FakeStripe:
    """What the shared fixtures pay at."""
    return world.provider


PAID = {
    "stage": "DESIGN",
    "payables": [("QUOTE", "PAID", "7480.00", "0.00")],
    "payments": {"SUCCEEDED": 1},
    "ledger": [("CHARGED", "7480.00")],
    "refunds": [],
    "attention": [],
    "owed": [],
    "orders": ["UNFULFILLED"],
    "host": ("7480.00", "0.00"),
    "materials": {"LOCKED": 2},
    "slots": 1,
    "provider": {"charges": [748_000], "refunds": []},
}
#: Left before anything was paid.
LEFT = {
    **PAID,
    "stage": "CANCELLED",
    "payables": [("QUOTE", "CANCELLED", "0.00", "0.00")],
    "payments": {},
    "ledger": [],
    "orders": [],
    "host": ("0.00", "0.00"),
    "materials": {},
    "slots": 0,
    "provider": {"charges": [], "refunds": []},
}


def refunded(amount: Decimal, cause: str) -> dict[str, Any]:
    """Cancelled after payment, with this much sent back once."""
    kept = Decimal("7480.00") - amount
    return {
        **LEFT,
        "payables": [("QUOTE", "PAID", "7480.00", plain(amount))],
        "payments": {"SUCCEEDED": 1},
        "ledger": [("CHARGED", "7480.00"), ("REFUNDED", plain(amount))],
        "refunds": [(cause, "SUCCEEDED", plain(amount))],
        "orders": ["CANCELED"],
        "host": (plain(kept), plain(amount)),
        "provider": {"charges": [748_000], "refunds": [("succeeded", int(amount * 100))]},
    }


def leave(project: BespokeProject, customer: Actor) -> Decimal:
    """The customer cancels for what is shown, which is answered."""
    shown = terms_of(project, project.payables.all()).refund
    project_leave(
        actor=customer, project_pk=project.pk, reason="CUSTOMER_WISH", expected_refund=shown
    )
    return shown


# each call × each fault -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        *((kind, None) for kind in (*FAULTS, "declined")),
        *((kind, "the same click") for kind in (*SOME, "key_expired", "reset_after_effect")),
    ],
)
def test_a_payment_is_created(
    world: World, accepted: Any, quoted_project: BespokeProject, kind: str, key: str | None
) -> None:
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    with world.trouble(kind, "POST", INTENTS):
        _, event, data = begin(checkout_id, key=key)
        tasks.expiries.run()
    ended = event.type == "CHARGE_FAILURE"  # that click, for good
    assert ended == (kind in ("declined", "key_expired"))
    assert data["errors"]

    transaction, event, _ = begin(checkout_id, key=key)
    if ended and key is not None:
        assert (event.type, event.message) == ("CHARGE_FAILURE", ENDED)
        transaction, event, _ = begin(checkout_id)
    assert event.type == "CHARGE_ACTION_REQUIRED"
    confirm(world.provider, transaction.psp_reference)
    _, event, _ = go_on(transaction)
    assert event.type == "CHARGE_SUCCESS"
    complete(checkout_id)

    world.rest()
    assert world.end(quoted_project) == PAID


@pytest.mark.parametrize("kind", SOME)
def test_a_payment_that_could_not_be_begun_is_begun_by_going_on(
    world: World, accepted: Any, quoted_project: BespokeProject, kind: str
) -> None:
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    with world.trouble(kind, "POST", INTENTS):
        transaction, _, _ = begin(checkout_id)
    _, event, data = go_on(transaction)
    assert event.type == "CHARGE_ACTION_REQUIRED"
    assert data["paymentIntent"]["stripeClientSecret"]
    transaction.refresh_from_db()
    confirm(world.provider, transaction.psp_reference)
    _, event, _ = go_on(transaction)
    assert event.type == "CHARGE_SUCCESS"
    complete(checkout_id)

    world.rest()
    assert world.end(quoted_project) == PAID


@pytest.mark.parametrize("kind", [*READING, "declined"])
def test_a_payment_is_read(
    world: World, accepted: Any, quoted_project: BespokeProject, kind: str
) -> None:
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    transaction, _, _ = begin(checkout_id)
    confirm(world.provider, transaction.psp_reference)
    with world.trouble(kind, "GET", INTENTS):
        _, event, _ = go_on(transaction)
        assert event.type == "CHARGE_ACTION_REQUIRED"
        tasks.expiries.run()

    world.rest()  # the browser was closed
    assert world.end(quoted_project) == PAID


@pytest.mark.parametrize(("method", "kind"), calls(SOME, (*FAULTS, "declined")))
def test_a_payment_is_cancelled_by_who_leaves(
    world: World,
    accepted: Any,
    quoted_project: BespokeProject,
    customer: Actor,
    kind: str,
    method: str,
) -> None:
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    begin(checkout_id)
    with world.trouble(kind, method, INTENTS), database.atomic():
        before = Payment.objects.get().status
        with pytest.raises(BespokeError) as refusal:
            leave(quoted_project, customer)
        assert refusal.value.code == "PAYMENT_IN_PROGRESS"
        assert Payment.objects.get().status == before

    leave(quoted_project, customer)
    world.rest()
    assert world.end(quoted_project) == LEFT


@pytest.mark.parametrize(("method", "kind"), calls(SOME, (*FAULTS, "declined")))
def test_a_payment_is_cancelled_by_the_sweep(
    world: World, accepted: Any, quoted_project: BespokeProject, kind: str, method: str
) -> None:
    fill_in(accepted.attempt.checkout_id)
    begin(accepted.attempt.checkout_id)
    with world.trouble(kind, method, INTENTS):
        world.ahead = timedelta(days=8)
        tasks.expiries.run()
        assert quoted_project.holdings.filter(state="HELD").count() == 2

    world.rest()
    found = world.end(quoted_project)
    assert found == LEFT | {
        "stage": "INTAKE",
        "payables": [("QUOTE", "EXPIRED", "0.00", "0.00")],
    }


@pytest.mark.parametrize("kind", [*SOME, *AFTER])
def test_a_payment_is_cancelled_for_the_next_one(
    world: World, accepted: Any, quoted_project: BespokeProject, kind: str
) -> None:
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    first, _, _ = begin(checkout_id)
    with world.trouble(kind, "POST", f"{first.psp_reference}/cancel"):
        _, event, data = begin(checkout_id)
    assert (event.type, list(data)) == ("CHARGE_ACTION_REQUIRED", ["errors"])

    second, _, _ = begin(checkout_id)
    confirm(world.provider, second.psp_reference)
    go_on(second)
    complete(checkout_id)

    world.rest()
    assert world.end(quoted_project) == PAID


@pytest.mark.parametrize(("method", "kind"), calls(READING, FAULTS))
def test_a_refund_is_sent(
    world: World, paid_project: BespokeProject, customer: Actor, kind: str, method: str
) -> None:
    with world.trouble(kind, method, REFUNDS):
        shown = leave(paid_project, customer)
        tasks.deliveries_drain.run()
        assert attentions(paid_project) == ["REFUND_WAITING"]
        assert Refund.objects.get().status == "REQUESTED"

    world.rest()
    assert world.end(paid_project) == refunded(shown, "CUSTOMER_WISH")


def lose_the_order(checkout_id: str) -> str:
    """The checkout vanishes with its charge on it: the money is at the provider alone."""
    Checkout.objects.filter(pk=checkout_id).delete()
    return "lost"


def spoil_the_order(checkout_id: str) -> str:
    """The storefront changes what was agreed: no order is made of it."""
    Checkout.objects.filter(pk=checkout_id).update(quantity=2)
    return "spoilt"


@pytest.mark.parametrize(("method", "kind"), calls(SOME, ("key_expired", *SOME, *AFTER)))
@pytest.mark.parametrize("mishap", [lose_the_order, spoil_the_order])
def test_money_without_an_order_is_sent_back(
    world: World,
    accepted: Any,
    quoted_project: BespokeProject,
    mishap: Callable[[str], str],
    kind: str,
    method: str,
) -> None:
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    transaction, _, _ = begin(checkout_id)
    confirm(world.provider, transaction.psp_reference)
    go_on(transaction)
    happened = mishap(checkout_id)
    with world.trouble(kind, method, REFUNDS):
        for _ in range(3):
            world.ahead += timedelta(hours=1)
            tasks.expiries.run()
            tasks.deliveries_drain.run()
        if kind not in AFTER:  # else the refund was found at the second asking
            assert "REFUND_WAITING" in attentions(quoted_project)

    world.rest()
    found = world.end(quoted_project)
    assert found["provider"] == {"charges": [748_000], "refunds": [("succeeded", 748_000)]}
    assert found["ledger"] == [("CHARGED", "7480.00"), ("REFUNDED", "7480.00")]
    assert found["refunds"] == [("NO_ORDER", "SUCCEEDED", "7480.00")]
    assert (found["attention"], found["owed"], found["orders"]) == ([], [], []), happened
    assert found["payments"] == {"RETURNED": 1}


def test_a_refund_that_the_provider_refuses_is_shown_and_not_asked_again(
    world: World, paid_project: BespokeProject, customer: Actor
) -> None:
    with world.trouble("declined", "POST", REFUNDS):
        shown = leave(paid_project, customer)
        world.rest()

    world.rest()
    found = world.end(paid_project)
    assert found["attention"] == ["REFUND_FAILED"]
    assert found["refunds"] == [("CUSTOMER_WISH", "FAILED", plain(shown))]
    assert found["provider"]["refunds"] == []
    assert found["owed"] == []


# how long anybody waits -------------------------------------------------------------------------


def test_a_customer_waits_seconds_not_minutes() -> None:
    """A call that hangs is not tried again, and its time is bounded by the account's."""
    assert StripeAccount(secret_key="", publishable_key="").timeout_seconds <= 10


@pytest.mark.parametrize("kind", ["timeout", "timeout_after_effect"])
def test_a_provider_that_hangs_costs_a_customer_one_time_out(
    world: World, accepted: Any, kind: str
) -> None:
    fill_in(accepted.attempt.checkout_id)
    with world.trouble(kind, "POST", INTENTS):
        _, event, _ = begin(accepted.attempt.checkout_id)
    assert event.message == UNAVAILABLE
    assert world.struck == 1


def test_a_provider_that_hangs_holds_a_sweep_up_briefly_not_for_every_payment(
    world: World, accepted: Any
) -> None:
    fill_in(accepted.attempt.checkout_id)
    begun = clock.now() - timedelta(days=2)
    for number in range(20):
        attempt = Attempt.objects.create(
            payable=accepted.payable, checkout_id=f"gone {number}", state="ENDED", opened_at=begun
        )
        Payment.objects.create(
            attempt=attempt,
            host_transaction=f"begun {number}",
            provider_reference=f"pi_{number}",
            amount=Decimal(7480),
            currency="USD",
            created_at=begun,
        )
    with world.trouble("timeout", "GET", INTENTS):
        expiry.payments_stop()
    assert world.struck == expiry.SILENT_MAX < 20
