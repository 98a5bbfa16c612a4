"""The exact-money gate: only the agreed sum, in its currency, account and mode, starts work.

All attacks come by the provider's socket and the shop's real door; nothing of ours is replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests
from django.test import Client

from saleor_bespoke import clock, tasks
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.flows import provider as provider_flow
from saleor_bespoke.flows.cancelling import project_cancel, terms_of
from saleor_bespoke.flows.payment import ENDED
from saleor_bespoke.money.balances import balances
from saleor_bespoke.money.models import LedgerEntry, Payment, Refund
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.embedded import checkouts, payments
from saleor_bespoke.shop.embedded.refusals import HostRefusal
from tests.fixtures import accept_quote, make_customer, make_quoted
from tests.listening import Listener, listening
from tests.paying import begin, complete, confirm, fill_in, go_on, pay
from tests.torture.provider import KEYS, WEBHOOK_PATH, Books

pytestmark = pytest.mark.django_db

TOTAL = Decimal("7480.00")
VISA = {"confirm": "true", "payment_method": "pm_card_visa"}


@dataclass
class Gate:
    """The provider, its books, and the post between it and the shop."""

    provider: FakeStripe
    books: Books
    listener: Listener

    def post(self, path: str, **values: Any) -> Any:
        """A call at the provider by somebody else who has the secret key."""
        answer = requests.post(
            f"{self.provider.url}/v1/{path}", values, auth=(KEYS["api_key"], ""), timeout=30
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def carry(self) -> None:
        """Bring the provider's reports to the shop's door, and do what follows."""
        assert self.provider.webhooks_settled()
        arrived = self.listener.got[:]
        self.listener.got.clear()
        for headers, body in arrived:
            sent = Client().post(
                WEBHOOK_PATH,
                body,
                "application/json",
                headers={"Stripe-Signature": headers["Stripe-Signature"]},
            )
            assert sent.status_code == 200
        provider_flow.provider_events_process()
        deliveries.drain()

    def event(self, kind: str) -> str:
        """The newest event of a kind."""
        return str(next(row["id"] for row in self.books.all("events") if row["type"] == kind))

    def hours_later(self, hours: int) -> None:
        """What the sweeps do when patience is over."""
        clock.use_offset(lambda: timedelta(hours=hours))
        for _ in range(2):
            tasks.expiries.run()
            deliveries.drain()
            clock.use_offset(lambda: timedelta(hours=hours * 2))


@pytest.fixture
def gate(settings: Any) -> Iterator[Gate]:
    with listening() as listener:
        running = FakeStripe.start(0, listener.url, keys=KEYS)
        bespoke = deepcopy(settings.BESPOKE)
        bespoke["STRIPE"]["API_BASE"] = running.url
        settings.BESPOKE = bespoke | {"WEBHOOK_GRACE_SECONDS": 0}
        yield Gate(running, Books(running.url), listener)
        clock.use_offset(timedelta)
        running.stop()


@pytest.fixture
def provider(gate: Gate) -> FakeStripe:
    """What the shared fixtures pay at."""
    return gate.provider


@pytest.fixture
def begun(gate: Gate, accepted: Any) -> Payment:
    """A payment begun and not confirmed."""
    fill_in(accepted.attempt.checkout_id)
    begin(accepted.attempt.checkout_id)
    return Payment.objects.get()


def project_of(payment: Payment) -> BespokeProject:
    return BespokeProject.objects.get(pk=payment.attempt.payable.project_id)


def reasons(project: BespokeProject) -> set[str]:
    return set(project.attentions.filter(resolved_at=None).values_list("reason", flat=True))


def nothing_started(payment: Payment) -> None:
    project = project_of(payment)
    assert project.stage in ("CHECKOUT", "QUOTED", "INTAKE")
    assert not project.payables.exclude(order_id=None).exists()
    assert not project.holdings.filter(state="LOCKED").exists()


def test_a_refused_click_opens_nothing_any_more_and_another_pays(gate: Gate, accepted: Any) -> None:
    checkout_id, key = accepted.attempt.checkout_id, "a click"
    _, event, _ = begin(checkout_id, amount=TOTAL, key=key)
    assert event.type == "CHARGE_FAILURE"  # no address is known yet
    fill_in(checkout_id)

    for _ in range(2):
        item, event, data = begin(checkout_id, amount=TOTAL, key=key)
        assert (event.type, event.message) == ("CHARGE_FAILURE", ENDED)
        assert data == {"errors": [{"message": ENDED}]}
    assert not gate.provider.state.table("payment_intent")
    _, event, _ = go_on(item)
    assert event.type == "CHARGE_FAILURE"

    pay(gate.provider, checkout_id)
    project = accepted.project
    project.refresh_from_db()
    assert project.stage == "DESIGN"
    assert Payment.objects.filter(status="SUCCEEDED").count() == 1


def test_the_agreed_sum_starts(gate: Gate, begun: Payment) -> None:
    """The control of all that follows: this way, and only so, work begins."""
    confirm(gate.provider, begun.provider_reference)
    gate.carry()
    assert project_of(begun).stage == "DESIGN"
    assert reasons(project_of(begun)) == set()


@pytest.mark.parametrize("amount", [747_999, 748_001, 100])
def test_a_wrong_amount(gate: Gate, begun: Payment, amount: int) -> None:
    gate.post(f"payment_intents/{begun.provider_reference}", amount=amount)
    confirm(gate.provider, begun.provider_reference)
    gate.carry()
    nothing_started(begun)
    flagged = reasons(project_of(begun))
    assert flagged or gate.books.received() == {begun.provider_reference: 0}
    gate.hours_later(3)
    nothing_started(begun)
    assert gate.books.received() == {begun.provider_reference: 0}


@pytest.mark.parametrize("by", ["report", "browser"])
def test_a_wrong_currency(gate: Gate, begun: Payment, accepted: Any, by: str) -> None:
    """As many euros as dollars were agreed on: the number alone proves nothing."""
    reference = begun.provider_reference
    gate.provider.control("webhooks", {"mode": "normal" if by == "report" else "never"})
    gate.post(f"payment_intents/{reference}", amount=748_000, currency="eur")
    confirm(gate.provider, reference)
    if by == "browser":
        item = checkouts.checkout_find(accepted.attempt.checkout_id).transactions.get()
        _, told, _ = go_on(item)
        assert told.type == "CHARGE_FAILURE"
        with pytest.raises((BespokeError, HostRefusal)):
            complete(accepted.attempt.checkout_id)
    gate.carry()
    nothing_started(begun)
    assert gate.books.received() == {reference: 0}
    euros, dollars = balances(LedgerEntry.objects.all())
    assert (euros.currency, euros.charged, euros.refunded) == ("EUR", TOTAL, TOTAL)
    assert (dollars.currency, dollars.charged) == ("USD", 0)


@pytest.mark.parametrize("changes", [{"account": "acct_1Connected"}, {"livemode": True}])
def test_a_report_of_another_account_or_mode(
    gate: Gate, begun: Payment, changes: dict[str, Any]
) -> None:
    gate.provider.control("webhooks", {"mode": "never"})
    confirm(gate.provider, begun.provider_reference)
    event = gate.event("payment_intent.succeeded")
    gate.provider.control(f"events/{event}/resend", {"changes": changes})
    gate.carry()
    nothing_started(begun)
    assert reasons(project_of(begun)) == {"FOREIGN_PAYMENT"}
    assert not LedgerEntry.objects.filter(kind="CHARGED").exists()
    gate.provider.control(f"events/{event}/resend")  # the same as it was: the control
    gate.carry()
    assert project_of(begun).stage == "DESIGN"


def test_a_replayed_report_counts_once(gate: Gate, begun: Payment) -> None:
    confirm(gate.provider, begun.provider_reference)
    gate.carry()
    before = list(LedgerEntry.objects.order_by("pk").values_list("pk", flat=True))
    event = gate.event("payment_intent.succeeded")
    for body in ({}, {}, {"changes": {}}):  # the last one under an id of its own
        gate.provider.control(f"events/{event}/resend", body)
        gate.carry()
    assert list(LedgerEntry.objects.order_by("pk").values_list("pk", flat=True)) == before
    assert gate.books.received() == {begun.provider_reference: 748_000}


def test_one_payment_for_two_sums(gate: Gate, accepted: Any, staff: Actor) -> None:
    """What paid one commission is written to the checkout of another of the same price."""
    pay(gate.provider, accepted.attempt.checkout_id)
    used = Payment.objects.get().provider_reference
    other = make_customer("other@example.com")
    second = accept_quote(make_quoted(other, staff), other)
    checkout_id = second.attempt.checkout_id
    fill_in(checkout_id)
    payments.charge_record(
        checkout_id, reference=str(used), amount=TOTAL, currency="USD", key="a forged one"
    )
    with pytest.raises((BespokeError, HostRefusal)):
        complete(checkout_id)
    second.project.refresh_from_db()
    assert second.project.stage == "CHECKOUT"
    assert reasons(second.project) == {"MONEY_ON_CHECKOUT"}
    assert gate.books.received() == {used: 748_000}


# money that only claims to be ours --------------------------------------------------------------


FORGERIES: dict[str, dict[str, Any]] = {
    "a small sum": {"amount": 100, "currency": "usd"},
    "another currency": {"amount": 748_000, "currency": "eur"},
    "as many yen": {"amount": 7_480, "currency": "jpy"},
    "of another sum": {"amount": 748_000, "currency": "usd", "metadata[payable]": "x"},
    "of another checkout": {"amount": 748_000, "currency": "usd", "metadata[checkout]": "x"},
}


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_charge_that_bears_our_key(gate: Gate, begun: Payment, forgery: str, known: bool) -> None:
    if not known:
        Payment.objects.update(provider_reference=None)
    claims = {
        "metadata[payment]": str(begun.pk),
        "metadata[checkout]": begun.attempt.checkout_id,
        "metadata[payable]": str(begun.attempt.payable_id),
    }
    gate.post("payment_intents", **VISA, **(claims | FORGERIES[forgery]))
    gate.carry()
    nothing_started(begun)
    assert reasons(project_of(begun)) == {"FOREIGN_PAYMENT"}
    assert not LedgerEntry.objects.filter(kind="CHARGED").exists()
    now = Payment.objects.get()
    assert now.status == "OPEN"
    assert now.provider_reference == (begun.provider_reference if known else None)


def test_a_charge_whose_id_never_reached_us_is_ours(gate: Gate, begun: Payment) -> None:
    """The control: the provider confirms that it is the payment that was asked for."""
    reference = begun.provider_reference
    confirm(gate.provider, reference)
    Payment.objects.update(provider_reference=None)
    gate.carry()
    begun.refresh_from_db()
    assert begun.provider_reference == reference
    assert project_of(begun).stage == "DESIGN"


def test_a_refund_of_other_money_settles_nothing(
    gate: Gate, paid_project: BespokeProject, customer: Actor
) -> None:
    gate.provider.control("settings", {"refund_status": "pending"})
    shown = terms_of(paid_project, paid_project.payables.all()).refund
    project_cancel(
        actor=customer, project_pk=paid_project.pk, reason="CUSTOMER_WISH", expected_refund=shown
    )
    gate.carry()
    owed = Refund.objects.get()
    assert owed.status == "PENDING"
    gate.provider.control("settings", {"refund_status": "succeeded"})
    Refund.objects.update(provider_reference=None)
    other = gate.post("payment_intents", amount=5000, currency="usd", **VISA)
    gate.post("refunds", payment_intent=other["id"], **{"metadata[refund]": str(owed.pk)})
    gate.carry()
    assert Refund.objects.get().status == "PENDING"
    ours = next(row for row in gate.books.all("refunds") if row["amount"] != 5000)
    Refund.objects.update(provider_reference=ours["id"])
    gate.provider.control(f"refunds/{ours['id']}/succeed")  # the control: the money itself
    gate.carry()
    assert Refund.objects.get().status == "SUCCEEDED"


# disputes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["won", "lost"])
@pytest.mark.parametrize("order", ["forward", "reverse", "shuffle"])
def test_a_dispute_in_any_order(
    gate: Gate, paid_project: BespokeProject, order: str, outcome: str
) -> None:
    gate.carry()
    gate.provider.control("webhooks", {"mode": "hold"})
    charge = gate.books.all("charges")[0]
    dispute = gate.provider.control(f"charges/{charge['id']}/dispute")
    gate.provider.control(f"disputes/{dispute['id']}/close", {"outcome": outcome})
    gate.provider.control("webhooks/release", {"order": order, "seed": 1})
    gate.carry()
    (balance,) = balances(LedgerEntry.objects.all())
    lost = TOTAL if outcome == "lost" else Decimal(0)
    fee = Decimal("217.22") + (Decimal(15) if outcome == "lost" else 0)
    assert (balance.kept, balance.disputed, balance.fees) == (TOTAL, lost, fee)
    assert balance.net == TOTAL - lost - fee
    assert reasons(paid_project) == ({"DISPUTE_LOST"} if outcome == "lost" else set())


def test_an_open_dispute_stands_before_staff(gate: Gate, paid_project: BespokeProject) -> None:
    charge = gate.books.all("charges")[0]
    gate.provider.control(f"charges/{charge['id']}/dispute")
    gate.carry()
    assert reasons(paid_project) == {"CHARGE_DISPUTED"}
    (balance,) = balances(LedgerEntry.objects.all())
    assert (balance.disputed, balance.kept) == (TOTAL, TOTAL)
