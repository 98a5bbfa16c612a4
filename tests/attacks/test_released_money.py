"""Money that cannot become an order goes back by itself, once, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from saleor_bespoke import clock, tasks
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.flows.acceptance import payable_checkout_open
from saleor_bespoke.flows.payment import payment_succeeded
from saleor_bespoke.money import gateway
from saleor_bespoke.money.models import LedgerEntry, Payable, Payment, Refund
from saleor_bespoke.money.payables import ledger_sum
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import deliveries, journal
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.shop.embedded import checkouts, ledger, payments
from saleor_bespoke.shop.embedded.models import Checkout, Mail, Order, TransactionItem
from saleor_bespoke.shop.embedded.refusals import HostRefusal
from saleor_bespoke.shop.port import shop, tell
from tests.attacks.test_stray_money import by_other_gateway, hasty, paid_intent, reasons, report
from tests.paying import begin, complete, confirm, fill_in, go_on, pay, stray_charge
from tests.support import nothing_changes, race

pytestmark = pytest.mark.django_db

__all__ = ["hasty"]
TOTAL = Decimal(7480)


def charged(provider: FakeStripe, checkout_id: str) -> TransactionItem:
    """The whole sum charged by card, and no order made yet."""
    fill_in(checkout_id)
    item, _, _ = begin(checkout_id)
    confirm(provider, item.psp_reference)
    go_on(item)
    return TransactionItem.objects.get(pk=item.pk)


def our_money(
    checkout: Any, amount: Decimal, kind: str = "CHARGE_SUCCESS", *, told: Decimal | None = None
) -> TransactionItem:
    """Money at our gateway that it never meant to take: an intent of this sum, charged or not.

    The shop was `told` of so much of it.
    """
    payment = Payment.objects.create(
        attempt=Payable.objects.get().attempts.get(checkout_id=str(checkout.pk)),
        host_transaction=str(uuid4()),
        amount=amount,
        currency=checkout.currency,
        status="CANCELLED",
        created_at=clock.now(),
    )
    intent = gateway.payment_begin(payment)
    Payment.objects.filter(pk=payment.pk).update(provider_reference=intent.pk)
    item = TransactionItem.objects.create(
        checkout=checkout,
        gateway=payments.GATEWAY,
        idempotency_key=str(uuid4()),
        psp_reference=intent.pk,
        currency=checkout.currency,
    )
    ledger.event_add(item, kind, told or amount, reference=intent.pk)
    return item


def held() -> Decimal:
    """All money the shop holds or may take."""
    rows = TransactionItem.objects.all()
    return sum((row.charged + row.authorized + row.charge_pending for row in rows), Decimal(0))


def refunds_of(provider: FakeStripe) -> list[dict[str, Any]]:
    """The refunds that the provider made of this test's payments."""
    ours = set(Payment.objects.values_list("provider_reference", flat=True))
    return [row for row in provider.state.table("refund").values() if row["payment_intent"] in ours]


def at_provider(provider: FakeStripe) -> Decimal:
    """What the provider took of this test's payments and has not given back, in dollars."""
    ours = Payment.objects.exclude(provider_reference=None)
    taken = sum(
        provider.state.find("payment_intent", reference)["amount_received"]
        for reference in ours.values_list("provider_reference", flat=True)
    )
    back = sum(row["amount"] for row in refunds_of(provider) if row["status"] == "succeeded")
    return Decimal(taken - back) / 100


def refunds_sent(provider: FakeStripe) -> int:
    """How many refunds the provider made of this test's payments."""
    return len(refunds_of(provider))


def vetoed(checkout_id: str) -> str:
    """The shopper asks for the order and is refused: what they are told."""
    with pytest.raises((BespokeError, HostRefusal)) as refusal:
        complete(checkout_id)
    return str(refusal.value)


def later(minutes: float, *, sweeps: int = 1) -> None:
    """What the shop does by itself after so many minutes."""
    with time_machine.travel(clock.now() + timedelta(minutes=minutes)):
        for _ in range(sweeps):
            tasks.expiries()
            deliveries.drain()


def can_still_pay(provider: FakeStripe, project: BespokeProject, customer: Actor) -> None:
    """The customer pays the ordinary way after all, and work starts."""
    payable = project.payables.get()
    assert payable.status == "OPEN"
    opened = payable_checkout_open(actor=customer, payable_pk=payable.pk)
    order = pay(provider, opened.attempt.checkout_id)
    project.refresh_from_db()
    assert project.stage == Stage.DESIGN
    assert ledger.charged_of(order.transactions.all()) == TOTAL
    assert journal.chain_breaks(project) == []


# one rule for each case -------------------------------------------------------------------------


@pytest.mark.parametrize("amount", [TOTAL + 1, 2 * TOTAL])
def test_an_overpaid_checkout_goes_back_at_once(
    provider: FakeStripe, accepted: Any, quoted_project: Any, customer: Actor, amount: Decimal
) -> None:
    checkout_id = accepted.attempt.checkout_id
    charged(provider, checkout_id)
    extra = our_money(checkouts.checkout_find(checkout_id), amount - TOTAL)
    confirm(provider, extra.psp_reference)
    assert at_provider(provider) >= amount - TOTAL

    said = vetoed(checkout_id)
    deliveries.drain()

    assert said.endswith("What was paid goes back.")
    assert held() == 0
    refund = Refund.objects.get()
    assert (refund.amount, refund.cause, refund.status) == (amount, "NO_ORDER", "SUCCEEDED")
    assert not reasons(quoted_project)
    assert Mail.objects.filter(subject__contains="did not become an order").count() == 1
    can_still_pay(provider, quoted_project, customer)


def test_an_authorisation_is_cancelled_at_once(
    provider: FakeStripe, accepted: Any, quoted_project: Any, customer: Actor
) -> None:
    checkout = fill_in(accepted.attempt.checkout_id)
    item = our_money(checkout, TOTAL, "AUTHORIZATION_SUCCESS")

    assert vetoed(str(checkout.pk)).endswith("What was paid goes back.")
    assert held() == TOTAL
    deliveries.drain()

    assert held() == 0
    assert gateway.payment_read(item.psp_reference).status == "canceled"
    assert not Refund.objects.exists()
    assert not reasons(quoted_project)
    can_still_pay(provider, quoted_project, customer)


def test_a_reservation_that_no_gateway_can_lift_is_shown(
    provider: FakeStripe, accepted: Any, quoted_project: Any
) -> None:
    checkout = fill_in(accepted.attempt.checkout_id)
    by_other_gateway(checkout, TOTAL, "AUTHORIZATION_SUCCESS")  # an app that nobody answers for
    vetoed(str(checkout.pk))
    for _ in range(3):
        later(1)

    assert "RELEASE_FAILED" in reasons(quoted_project)
    assert quoted_project.events.filter(kind="MoneyReleased").count() == 1


def test_a_part_of_the_sum_waits_an_hour_for_the_rest(
    provider: FakeStripe, accepted: Any, quoted_project: Any, customer: Actor
) -> None:
    checkout = fill_in(accepted.attempt.checkout_id)
    our_money(checkout, Decimal(100))
    confirm(provider, TransactionItem.objects.get().psp_reference)

    later(0)
    later(59)
    assert held() == 100
    later(61)

    assert held() == 0
    assert Refund.objects.get().status == "SUCCEEDED"
    can_still_pay(provider, quoted_project, customer)


def test_the_rest_may_come_in_time(
    provider: FakeStripe, accepted: Any, quoted_project: Any
) -> None:
    checkout = fill_in(accepted.attempt.checkout_id)
    by_other_gateway(checkout, Decimal(100))
    later(0)
    by_other_gateway(checkout, TOTAL - 100)

    later(30)

    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.DESIGN
    assert held() == TOTAL
    assert not Refund.objects.exists()


def test_our_gateway_charges_nothing_beside_other_money(
    provider: FakeStripe, accepted: Any
) -> None:
    checkout = fill_in(accepted.attempt.checkout_id)
    by_other_gateway(checkout, Decimal(100))

    _, event, _ = begin(str(checkout.pk), amount=TOTAL)

    assert event.type == "CHARGE_FAILURE"
    assert "Other money" in event.message


def test_a_pending_charge_is_waited_for_and_then_becomes_the_order(
    accepted: Any, quoted_project: Any
) -> None:
    checkout = fill_in(accepted.attempt.checkout_id)
    item = by_other_gateway(checkout, TOTAL, "CHARGE_REQUEST")
    assert "within 60 minutes" in vetoed(str(checkout.pk))
    later(120)
    assert (held(), Order.objects.count()) == (TOTAL, 0)

    ledger.event_add(item, "CHARGE_SUCCESS", TOTAL, reference=item.psp_reference)
    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.CHECKOUT
    complete(str(checkout.pk))

    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.DESIGN


def test_a_pending_charge_that_comes_too_late_goes_back(
    provider: FakeStripe, accepted: Any, quoted_project: Any, settings: Any
) -> None:
    checkout = fill_in(accepted.attempt.checkout_id)
    item = our_money(checkout, TOTAL, "CHARGE_REQUEST")
    vetoed(str(checkout.pk))
    later(24 * 60 + 1)
    assert accepted.payable.attempts.get().outcome == "RELEASED"

    confirm(provider, item.psp_reference)
    ledger.event_add(item, "CHARGE_SUCCESS", TOTAL, reference=item.psp_reference)
    later(25 * 60)

    assert held() == at_provider(provider) == 0
    assert not Order.objects.exists()


def more_pieces(checkout: Any) -> None:
    Checkout.objects.filter(pk=checkout.pk).update(quantity=2)


def another_price(checkout: Any) -> None:
    Checkout.objects.filter(pk=checkout.pk).update(price=Decimal(1))


def another_country(checkout: Any) -> None:
    fill_in(str(checkout.pk), country="DE")


def another_offer(checkout: Any) -> None:
    Checkout.objects.filter(pk=checkout.pk).update(metadata={})


def no_address(checkout: Any) -> None:
    Checkout.objects.filter(pk=checkout.pk).update(billing_address=None)


CHANGES = [more_pieces, another_price, another_country, another_offer, no_address]


@pytest.mark.parametrize("change", CHANGES)
def test_a_checkout_changed_after_payment_may_be_put_right_for_an_hour(
    provider: FakeStripe,
    accepted: Any,
    quoted_project: Any,
    customer: Actor,
    change: Callable[[Any], None],
) -> None:
    checkout_id = accepted.attempt.checkout_id
    charged(provider, checkout_id)
    change(checkouts.checkout_find(checkout_id))
    vetoed(checkout_id)
    later(1)
    later(59)
    assert held() == TOTAL

    later(62)

    assert held() == at_provider(provider) == 0
    assert not reasons(quoted_project)
    can_still_pay(provider, quoted_project, customer)


def test_a_checkout_that_was_put_right_becomes_the_order_by_itself(
    provider: FakeStripe, accepted: Any, quoted_project: Any
) -> None:
    checkout_id = accepted.attempt.checkout_id
    charged(provider, checkout_id)
    more_pieces(checkouts.checkout_find(checkout_id))
    vetoed(checkout_id)
    Checkout.objects.filter(pk=checkout_id).update(quantity=1)

    later(0)
    later(30)

    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.DESIGN
    assert not reasons(quoted_project)


def test_money_for_an_offer_that_is_over_goes_back_and_the_offer_ends(
    provider: FakeStripe, accepted: Any, quoted_project: Any
) -> None:
    our_money(fill_in(accepted.attempt.checkout_id), Decimal(100))
    confirm(provider, TransactionItem.objects.get().psp_reference)

    with time_machine.travel(accepted.payable.valid_until + timedelta(minutes=1)):
        later(0, sweeps=3)

    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.INTAKE
    assert Payable.objects.get().status == "EXPIRED"
    assert held() == 0
    assert not quoted_project.holdings.filter(state__in=("HELD", "LOCKED")).exists()


def test_money_on_a_checkout_whose_offer_was_superseded_goes_back(
    provider: FakeStripe, accepted: Any, quoted_project: Any
) -> None:
    checkout_id = accepted.attempt.checkout_id
    charged(provider, checkout_id)
    Payable.objects.update(status="CANCELLED")

    vetoed(checkout_id)
    deliveries.drain()

    assert held() == at_provider(provider) == 0
    assert not Order.objects.exists()


def test_what_was_written_by_hand_is_never_sent_anywhere(
    provider: FakeStripe, accepted: Any, quoted_project: Any
) -> None:
    checkout = fill_in(accepted.attempt.checkout_id)
    payments.transaction_create(
        checkout, name="Cash", reference="1", actions=[], charged=(TOTAL, "USD"), note=None
    )
    vetoed(str(checkout.pk))
    later(120)

    assert held() == TOTAL
    assert "MONEY_ON_CHECKOUT" in reasons(quoted_project)
    assert accepted.payable.attempts.get().state == "LIVE"
    assert not Refund.objects.exists()


# the provider's word ----------------------------------------------------------------------------


def test_a_charge_without_a_checkout_goes_back_from_the_provider(
    provider: FakeStripe, accepted: Any, quoted_project: Any, hasty: None
) -> None:
    fill_in(accepted.attempt.checkout_id)
    item, _, _ = begin(accepted.attempt.checkout_id)
    Checkout.objects.all().delete()
    confirm(provider, item.psp_reference)

    for number in ("evt_1", "evt_2"):
        report(provider, "payment_intent.succeeded", number, **paid_intent(item.psp_reference))
        deliveries.drain()

    assert at_provider(provider) == 0
    assert refunds_sent(provider) == 1
    assert Payment.objects.get().status == "RETURNED"
    refund = Refund.objects.get()
    assert (refund.amount, refund.status) == (TOTAL, "SUCCEEDED")
    assert not reasons(quoted_project)


def test_a_second_charge_of_a_paid_order_goes_back_alone(
    provider: FakeStripe, accepted: Any, quoted_project: Any, hasty: None
) -> None:
    order = pay(provider, accepted.attempt.checkout_id)
    stray = Payment.objects.create(
        attempt=accepted.attempt,
        host_transaction="elsewhere",
        amount=TOTAL,
        currency="USD",
        status="CANCELLED",
        created_at=clock.now(),
    )
    intent = gateway.payment_begin(stray)
    Payment.objects.filter(pk=stray.pk).update(provider_reference=intent.pk)
    confirm(provider, intent.pk)

    for number in ("evt_1", "evt_2"):
        report(provider, "payment_intent.succeeded", number, **paid_intent(intent.pk))
        deliveries.drain()

    assert ledger.charged_of(order.transactions.all()) == at_provider(provider) == TOTAL
    refund = Refund.objects.get()
    assert (refund.amount, refund.cause, refund.status) == (TOTAL, "OVERPAID", "SUCCEEDED")
    payable = Payable.objects.get()
    assert (payable.status, payable.refund_committed) == ("PAID", 0)


def test_a_charge_the_shop_had_not_heard_of_goes_back_as_well(
    provider: FakeStripe, accepted: Any, quoted_project: Any, hasty: None
) -> None:
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    card, _, _ = begin(checkout_id)
    confirm(provider, card.psp_reference)
    payment = Payment.objects.get()
    payment_succeeded(payment, TOTAL, "USD")  # the report came; the shop is told a moment later
    stray_charge(provider, checkout_id, TOTAL + 1)
    vetoed(checkout_id)
    deliveries.drain()
    assert at_provider(provider) == TOTAL

    event = paid_intent(card.psp_reference)
    report(provider, "payment_intent.succeeded", "evt_1", **event)
    deliveries.drain()

    assert held() == at_provider(provider) == 0
    assert Payment.objects.get(pk=payment.pk).status == "RETURNED"
    assert not reasons(quoted_project)


def test_a_charge_without_a_checkout_is_found_without_a_report(
    provider: FakeStripe, accepted: Any, quoted_project: Any
) -> None:
    fill_in(accepted.attempt.checkout_id)
    card, _, _ = begin(accepted.attempt.checkout_id)
    confirm(provider, card.psp_reference)
    payment_succeeded(Payment.objects.get(), TOTAL, "USD")
    Checkout.objects.all().delete()

    for _ in range(2):
        later(1)

    assert at_provider(provider) == 0
    assert refunds_sent(provider) == 1


# once ------------------------------------------------------------------------------------------


@pytest.fixture
def stranded(provider: FakeStripe, accepted: Any) -> str:
    """A checkout that was charged by card, then changed: its money is to go back."""
    checkout_id = str(accepted.attempt.checkout_id)
    charged(provider, checkout_id)
    Payable.objects.update(status="CANCELLED")
    return checkout_id


def test_asking_again_and_again_sends_it_back_once(provider: FakeStripe, stranded: str) -> None:
    for _ in range(3):
        vetoed(stranded)
    deliveries.drain()
    for _ in range(3):
        vetoed(stranded)
        later(1)

    assert refunds_sent(provider) == Refund.objects.count() == 1
    assert at_provider(provider) == 0


def again(delivery: Any) -> None:
    """Deliver as if the first time had been forgotten in a crash."""
    deliveries.Delivery.objects.filter(pk=delivery.pk).update(
        done_at=None, leased_until=None, due_at=clock.now()
    )
    Refund.objects.update(status="REQUESTED", settled_at=None, provider_reference=None)
    deliveries.drain()


@pytest.mark.parametrize("host_forgets", [False, True])
def test_a_crash_after_the_refund_was_sent_sends_no_second_one(
    provider: FakeStripe, accepted: Any, host_forgets: bool
) -> None:
    item = our_money(fill_in(accepted.attempt.checkout_id), TOTAL, told=TOTAL / 2)
    confirm(provider, item.psp_reference)
    later(0)
    later(61)
    (delivery,) = deliveries.Delivery.objects.filter(handler="money_send_back")
    if host_forgets:
        forget(item)

    again(delivery)

    assert refunds_sent(provider) == 1
    assert TransactionItem.objects.get().refunded == TOTAL / 2
    assert Refund.objects.get().status == "SUCCEEDED"


def forget(item: TransactionItem) -> None:
    """The host's own record of a refund is lost with the crash."""
    item.events.filter(type__startswith="REFUND").delete()
    ledger.recompute(TransactionItem.objects.get(pk=item.pk))


def test_control_without_one_key_it_would_be_sent_twice(
    provider: FakeStripe, accepted: Any, monkeypatch: Any
) -> None:
    """The control of the test above: with a new key for every run the money goes out twice."""
    checkout = fill_in(accepted.attempt.checkout_id)
    item = our_money(checkout, TOTAL, told=TOTAL / 2)  # what is left could be refunded again
    confirm(provider, item.psp_reference)
    release = type(shop()).money_release

    def keyless(self: Any, *, checkout_id: str, key: str) -> Any:
        forget(item)
        return release(self, checkout_id=checkout_id, key=str(uuid4()))

    monkeypatch.setattr(type(shop()), "money_release", keyless)
    later(0)
    later(61)
    (delivery,) = deliveries.Delivery.objects.filter(handler="money_send_back")
    assert refunds_sent(provider) == 1

    again(delivery)

    assert refunds_sent(provider) == 2


def test_a_provider_that_is_away_is_asked_until_it_answers(
    provider: FakeStripe, accepted: Any, quoted_project: Any, stranded: str
) -> None:
    vetoed(stranded)
    provider.control("faults", {"kind": "server_error", "times": 500, "method": "POST"})
    try:
        deliveries.drain()
    finally:
        provider.control("faults", method="DELETE")
    assert "REFUND_WAITING" in reasons(quoted_project)

    later(3)

    assert at_provider(provider) == 0
    assert refunds_sent(provider) == 1
    assert "REFUND_WAITING" not in reasons(quoted_project)


def test_what_no_gateway_sends_back_is_shown_once(accepted: Any, quoted_project: Any) -> None:
    checkout = fill_in(accepted.attempt.checkout_id)
    by_other_gateway(checkout, TOTAL + 1)
    vetoed(str(checkout.pk))
    for _ in range(3):
        later(1)

    assert Refund.objects.get().status == "FAILED"
    assert "REFUND_FAILED" in reasons(quoted_project)
    assert quoted_project.events.filter(kind="MoneyReleased").count() == 1


def test_a_released_checkout_makes_no_order_any_more(
    provider: FakeStripe, accepted: Any, quoted_project: Any, customer: Actor
) -> None:
    checkout = fill_in(accepted.attempt.checkout_id)
    our_money(checkout, TOTAL + 1)
    confirm(provider, TransactionItem.objects.get().psp_reference)
    vetoed(str(checkout.pk))
    by_other_gateway(checkout, TOTAL)

    assert "has ended" in vetoed(str(checkout.pk))
    _, event, _ = begin(str(checkout.pk))
    assert event.type == "CHARGE_FAILURE"
    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.CHECKOUT


def test_an_order_that_slipped_through_while_its_money_goes_back_starts_nothing(
    provider: FakeStripe, accepted: Any, quoted_project: Any
) -> None:
    checkout_id = accepted.attempt.checkout_id
    charged(provider, checkout_id)
    item = our_money(checkouts.checkout_find(checkout_id), Decimal(1))
    confirm(provider, item.psp_reference)
    vetoed(checkout_id)
    item.events.all().delete()
    item.delete()
    order = checkouts._order_create(checkouts.checkout_find(checkout_id))

    for _ in range(2):
        tell("order_paid", order_id=str(order.pk))
        deliveries.drain()

    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.INTAKE
    assert order.transactions.get().refunded == TOTAL
    payable = Payable.objects.get()
    assert (payable.status, payable.refund_committed) == ("CANCELLED", payable.charged)
    assert Refund.objects.count() == 1


@pytest.mark.parametrize("settled", [True, False])
def test_what_went_back_before_an_order_slipped_through_is_counted_once(
    provider: FakeStripe, accepted: Any, settled: bool
) -> None:
    """The host sent the money back; whether we had heard of it before its order came or not."""
    checkout_id = accepted.attempt.checkout_id
    charged(provider, checkout_id)
    item = our_money(checkouts.checkout_find(checkout_id), Decimal(1))
    confirm(provider, item.psp_reference)
    vetoed(checkout_id)
    if settled:
        deliveries.drain()
    else:
        shop().money_release(checkout_id=checkout_id, key=str(Refund.objects.get().pk))
    order = checkouts._order_create(checkouts.checkout_find(checkout_id))

    for _ in range(2):
        tell("order_paid", order_id=str(order.pk))
        deliveries.drain()

    assert held() == 0
    payable = Payable.objects.get()
    sums = {kind: ledger_sum(payable, kind) for kind in ("CHARGED", "REFUNDED")}
    assert sums == {"CHARGED": TOTAL + 1, "REFUNDED": TOTAL + 1}
    assert payable.refund_committed == payable.charged == TOTAL + 1


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_release_once(
    provider: FakeStripe, customer: Actor, staff: Actor
) -> None:
    from tests.fixtures import accept_quote, make_quoted

    opened = accept_quote(make_quoted(customer, staff), customer)
    charged(provider, opened.attempt.checkout_id)
    extra = our_money(checkouts.checkout_find(opened.attempt.checkout_id), Decimal(1))
    confirm(provider, extra.psp_reference)

    answers = race(*[lambda: complete(opened.attempt.checkout_id)] * 2)
    race(deliveries.drain, deliveries.drain)
    deliveries.drain()

    assert all(isinstance(answer, Exception) for answer in answers)
    assert Refund.objects.count() == 1
    assert refunds_sent(provider) == 2  # one for each of the two charges
    assert at_provider(provider) == 0


# nothing to release ----------------------------------------------------------------------------


def test_a_refused_order_without_money_changes_nothing(
    provider: FakeStripe, accepted: Any, settings: Any
) -> None:
    fill_in(accepted.attempt.checkout_id)

    with nothing_changes(), pytest.raises(BespokeError) as refusal:
        tell("checkout_completing", checkout_id=accepted.attempt.checkout_id)

    assert "goes back" not in refusal.value.message


def test_ordinary_payments_leave_no_trace_of_the_sweep(
    provider: FakeStripe, accepted: Any, quoted_project: Any
) -> None:
    charged(provider, accepted.attempt.checkout_id)
    tasks.expiries()
    complete(accepted.attempt.checkout_id)
    later(5)

    assert not quoted_project.events.filter(kind__startswith="Money").exists()
    assert not reasons(quoted_project)
    assert LedgerEntry.objects.filter(kind="REFUNDED").count() == 0


def test_the_sweep_asks_the_host_once_for_all_checkouts(
    accepted: Any, django_assert_max_num_queries: Any
) -> None:
    attempt = accepted.attempt
    for number in range(20):
        attempt.payable.attempts.create(
            checkout_id=str(uuid4()), state="ENDED", opened_at=clock.now(), ended_at=clock.now(),
            outcome=f"GONE {number}"[:16],
        )  # fmt: skip
    from saleor_bespoke.flows.stranded import stranded_money_judge

    with django_assert_max_num_queries(2):
        stranded_money_judge()


# an offer that is over ---------------------------------------------------------------------------


def test_another_gateways_money_after_the_offers_end_makes_no_order(
    accepted: Any, quoted_project: BespokeProject
) -> None:
    """Its guard is asked last: nobody refused before the money moved, as our gateway does."""
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    ended = accepted.payable.valid_until + timedelta(seconds=1)

    with time_machine.travel(ended):
        by_other_gateway(checkouts.checkout_find(checkout_id), TOTAL)
        told = vetoed(checkout_id)

    assert "expired" in told
    assert not Order.objects.exists()
    assert accepted.payable.attempts.get().outcome == "RELEASED"


def test_money_that_was_seen_in_time_still_makes_the_order(
    accepted: Any, quoted_project: BespokeProject
) -> None:
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    end = accepted.payable.valid_until

    with time_machine.travel(end - timedelta(minutes=1)):
        by_other_gateway(checkouts.checkout_find(checkout_id), TOTAL)
        tasks.expiries()
    with time_machine.travel(end + timedelta(minutes=1)):
        complete(checkout_id)

    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.DESIGN
