"""Paid → lock → start, and every way in which it must not start."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from saleor_bespoke import clock
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.flows import expiry, settlement
from saleor_bespoke.flows import provider as provider_flow
from saleor_bespoke.flows.acceptance import payable_checkout_open
from saleor_bespoke.flows.cancelling import terms_of
from saleor_bespoke.flows.leaving import project_leave
from saleor_bespoke.money import gateway
from saleor_bespoke.money.models import LedgerEntry, Payable, Payment, Refund
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import deliveries, journal
from saleor_bespoke.project.access import Actor, ActorKind
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.shop.embedded.models import Checkout, Order
from saleor_bespoke.shop.embedded.refusals import HostRefusal
from saleor_bespoke.shop.port import tell
from saleor_bespoke.steps.aftercare.services import extra_service_price
from saleor_bespoke.workshop.holdings import holdings_expire
from tests.fixtures import accept_quote, make_customer, make_quoted
from tests.paying import begin, complete, confirm, fill_in, go_on, pay
from tests.support import nothing_changes, race

pytestmark = pytest.mark.django_db


def intents(checkout_id: str) -> list[dict[str, Any]]:
    """What the provider knows of payments for this checkout."""
    found = Payment.objects.filter(attempt__checkout_id=checkout_id)
    return [
        {"status": gateway.payment_read(row.provider_reference).status}
        for row in found
        if row.provider_reference
    ]


def test_the_exact_charge_locks_and_starts(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject
) -> None:
    order = pay(provider, accepted.attempt.checkout_id)

    project = BespokeProject.objects.get(pk=quoted_project.pk)
    payable = Payable.objects.get(pk=accepted.payable.pk)
    assert project.stage == Stage.DESIGN
    assert (payable.status, payable.order_id) == ("PAID", str(order.pk))
    assert payable.charged == payable.locked_total == Decimal(order.total_gross)
    assert set(project.holdings.values_list("state", flat=True)) == {"LOCKED"}
    assert project.slots.filter(state="BOOKED").count() == 1
    assert project.promises.filter(step="CAD", ended_at=None).count() == 1
    assert LedgerEntry.objects.get(payable=payable, kind="CHARGED").amount == payable.charged
    assert project.events.filter(kind="PayablePaid").count() == 1
    assert journal.chain_breaks(project) == []


def test_being_told_again_has_the_effect_of_once(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject
) -> None:
    order = pay(provider, accepted.attempt.checkout_id)

    with nothing_changes():
        tell("order_paid", order_id=str(order.pk))
        assert complete(accepted.attempt.checkout_id).pk == order.pk


@pytest.mark.django_db(transaction=True)
def test_told_by_many_at_once_it_starts_once(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject
) -> None:
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    transaction, _, _ = begin(checkout_id)
    confirm(provider, transaction.psp_reference)
    go_on(transaction)

    orders = race(*[lambda: complete(checkout_id) for _ in range(6)])

    assert len({getattr(order, "pk", order) for order in orders}) == 1
    assert quoted_project.events.filter(kind="PayablePaid").count() == 1
    assert quoted_project.slots.count() == 1


@pytest.mark.parametrize("amount", ["0", "0.01", "100.00", "99999.00"])
def test_other_than_the_whole_sum_is_refused_before_money_moves(
    provider: FakeStripe, accepted: Any, amount: str
) -> None:
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)

    _, event, _ = begin(checkout_id, amount=Decimal(amount))

    assert event.type == "CHARGE_FAILURE"
    assert "paid in full" in event.message
    assert not Payment.objects.exclude(status="CANCELLED").exists()
    accepted.attempt.refresh_from_db()
    assert accepted.attempt.locked_total is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"quantity": 2}, "exactly one piece"),
        ({"price": Decimal("1.00")}, "price"),
        ({"metadata": {}}, "another offer"),
    ],
)
def test_a_changed_checkout_is_refused_before_money_moves(
    provider: FakeStripe, accepted: Any, change: dict[str, Any], words: str
) -> None:
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    Checkout.objects.filter(pk=checkout_id).update(**change)

    _, event, _ = begin(checkout_id)

    assert event.type == "CHARGE_FAILURE"
    assert words in event.message
    assert not Payment.objects.exclude(status="CANCELLED").exists()


def test_a_declined_card_is_followed_by_a_new_payment(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject
) -> None:
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    first, _, _ = begin(checkout_id)
    confirm(provider, first.psp_reference, "pm_card_chargeDeclined")
    assert go_on(first)[1].type == "CHARGE_FAILURE"

    second, _, _ = begin(checkout_id)
    confirm(provider, second.psp_reference)
    go_on(second)
    complete(checkout_id)

    assert second.psp_reference != first.psp_reference
    assert gateway.payment_read(first.psp_reference).status == "canceled"
    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.DESIGN


def test_one_sum_is_paid_once(provider: FakeStripe, accepted: Any) -> None:
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    first, _, _ = begin(checkout_id)
    confirm(provider, first.psp_reference)

    _, event, _ = begin(checkout_id)

    assert event.type == "CHARGE_FAILURE"
    assert "already paid" in event.message


@pytest.mark.django_db(transaction=True)
def test_clicks_on_pay_open_one_live_payment(provider: FakeStripe, accepted: Any) -> None:
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)

    race(*[lambda: begin(checkout_id) for _ in range(6)])

    assert Payment.objects.exclude(status="CANCELLED").count() <= 1
    live = [row for row in intents(checkout_id) if row["status"] != "canceled"]
    assert len(live) <= 1


def test_pending_money_is_not_paid(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject
) -> None:
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    transaction, _, _ = begin(checkout_id)
    confirm(provider, transaction.psp_reference, "pm_usBankAccount_processing")
    go_on(transaction)

    with nothing_changes(), pytest.raises((HostRefusal, BespokeError)):
        complete(checkout_id)

    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.CHECKOUT


def test_who_pays_for_a_stone_that_is_gone_gets_everything_back(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject, staff: Actor
) -> None:
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    transaction, _, _ = begin(checkout_id)
    confirm(provider, transaction.psp_reference)
    go_on(transaction)
    stone = quoted_project.holdings.get(material__unique=True)
    stone.state = "EXPIRED"
    stone.save()
    rival = make_quoted(make_customer("rival@example.com"), staff, stone=stone.material)
    accept_quote(rival, owner_of(rival))

    order = complete(checkout_id)
    deliveries.drain()

    quoted_project.refresh_from_db()
    payable = Payable.objects.get(pk=accepted.payable.pk)
    assert quoted_project.stage == Stage.INTAKE
    assert payable.status == "CANCELLED"
    assert payable.charged == payable.refund_committed == order.total_gross
    assert Refund.objects.get(payable=payable).status == "SUCCEEDED"
    assert quoted_project.attentions.filter(reason="PAYMENT_RETURNED").count() == 1
    assert not quoted_project.holdings.filter(state__in=("HELD", "LOCKED")).exists()
    assert journal.chain_breaks(quoted_project) == []


def owner_of(project: BespokeProject) -> Actor:
    """The owner of a project as a caller."""
    return Actor(ActorKind.CUSTOMER, f"user:{project.owner_id}", project.owner_id)


# the provider's word ------------------------------------------------------


def signed(provider: FakeStripe, event: dict[str, Any]) -> tuple[bytes, str]:
    """An event as the provider signs it."""
    payload = json.dumps(event).encode()
    stamp = int(time.time())
    mac = hmac.new(provider.webhook_secret.encode(), f"{stamp}.".encode() + payload, hashlib.sha256)
    return payload, f"t={stamp},v1={mac.hexdigest()}"


def succeeded(reference: str, number: str = "evt_1") -> dict[str, Any]:
    """The provider's event for a payment it took, with the amount it took."""
    amount = gateway.payment_read(reference).amount_received if reference != "pi_x" else 1
    return {
        "id": number,
        "object": "event",
        "type": "payment_intent.succeeded",
        "data": {
            "object": {
                "id": reference,
                "object": "payment_intent",
                "amount_received": amount,
                "currency": "usd",
            }
        },
    }


def test_a_dead_browser_is_finished_for_by_the_webhook(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject, settings: Any
) -> None:
    settings.BESPOKE = {**settings.BESPOKE, "WEBHOOK_GRACE_SECONDS": 0}
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    transaction, _, _ = begin(checkout_id)
    confirm(provider, transaction.psp_reference)
    event = succeeded(transaction.psp_reference)

    for _ in range(3):
        payload, signature = signed(provider, event)
        assert tell("provider_event", payload=payload, signature=signature) is True
        provider_flow.provider_events_process()

    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.DESIGN
    assert Order.objects.count() == 1
    assert quoted_project.events.filter(kind="PayablePaid").count() == 1


def test_a_forged_event_is_not_stored(provider: FakeStripe, accepted: Any) -> None:
    payload, signature = signed(provider, succeeded("pi_x"))

    with nothing_changes():
        assert tell("provider_event", payload=payload + b" ", signature=signature) is False
        assert tell("provider_event", payload=payload, signature="t=1,v1=00") is False


def test_the_browser_has_its_time_before_the_webhook_acts(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject
) -> None:
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    transaction, _, _ = begin(checkout_id)
    confirm(provider, transaction.psp_reference)
    payload, signature = signed(provider, succeeded(transaction.psp_reference))
    tell("provider_event", payload=payload, signature=signature)

    provider_flow.provider_events_process()

    assert not Order.objects.exists()
    go_on(transaction)
    complete(checkout_id)
    assert provider_flow.provider_events_process() == 1
    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.DESIGN


# leaving and time ------------------------------------------------------


def test_leaving_in_design_gives_back_what_was_shown(
    provider: FakeStripe, paid_project: BespokeProject, customer: Actor
) -> None:
    payable = paid_project.payables.get()
    shown = terms_of(paid_project, paid_project.payables.all()).refund
    assert shown == (payable.charged * Decimal("0.9")).quantize(Decimal("0.01"))

    project_leave(
        actor=customer,
        project_pk=paid_project.pk,
        reason="CUSTOMER_WISH",
        expected_refund=shown,
    )
    deliveries.drain()

    paid_project.refresh_from_db()
    payable.refresh_from_db()
    assert paid_project.stage == Stage.CANCELLED
    assert payable.refund_committed == shown
    assert Refund.objects.get(payable=payable).status == "SUCCEEDED"
    assert not paid_project.holdings.filter(state__in=("HELD", "LOCKED")).exists()
    assert not paid_project.slots.filter(state="BOOKED").exists()
    assert not paid_project.promises.filter(ended_at=None).exists()
    assert Order.objects.get().status == "CANCELED"


def test_leaving_for_another_refund_than_shown_changes_nothing(
    provider: FakeStripe, paid_project: BespokeProject, customer: Actor
) -> None:
    with nothing_changes(), pytest.raises(BespokeError) as refusal:
        project_leave(
            actor=customer,
            project_pk=paid_project.pk,
            reason="CUSTOMER_WISH",
            expected_refund=Decimal("1.00"),
        )
    assert refusal.value.code == "REFUND_CHANGED"


def test_only_the_workshop_may_blame_itself(
    provider: FakeStripe, paid_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    whole = terms_of(paid_project, paid_project.payables.all(), reason="UNABLE_TO_DELIVER").refund
    wish = {"project_pk": paid_project.pk, "reason": "UNABLE_TO_DELIVER", "expected_refund": whole}

    with nothing_changes(), pytest.raises(BespokeError):
        project_leave(actor=customer, **wish)
    project_leave(actor=staff, **wish)

    assert paid_project.payables.get().refund_committed == paid_project.payables.get().charged


def test_leaving_during_a_payment_stops_it_first(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject, customer: Actor
) -> None:
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    transaction, _, _ = begin(checkout_id)

    project_leave(
        actor=customer,
        project_pk=quoted_project.pk,
        reason="CUSTOMER_WISH",
        expected_refund=Decimal(0),
    )

    assert gateway.payment_read(transaction.psp_reference).status == "canceled"
    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.CANCELLED
    assert not quoted_project.holdings.filter(state__in=("HELD", "LOCKED")).exists()


def test_an_expired_offer_is_stopped_at_the_provider_first(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject
) -> None:
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    transaction, _, _ = begin(checkout_id)
    clock.use_offset(lambda: timedelta(days=30))
    try:
        expiry.payments_stop()
        expiry.payables_expire()
        holdings_expire()
    finally:
        clock.use_offset(timedelta)

    assert gateway.payment_read(transaction.psp_reference).status == "canceled"
    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.INTAKE
    assert Payable.objects.get(pk=accepted.payable.pk).status == "EXPIRED"
    assert quoted_project.quotes.get().status == "EXPIRED"
    assert not quoted_project.holdings.filter(state="HELD").exists()


@pytest.mark.django_db(transaction=True)
def test_the_checkout_of_a_payable_is_opened_once(
    provider: FakeStripe, accepted: Any, customer: Actor
) -> None:
    opened = race(
        *[
            lambda: payable_checkout_open(actor=customer, payable_pk=accepted.payable.pk)
            for _ in range(5)
        ]
    )

    assert {item.attempt.pk for item in opened} == {accepted.attempt.pk}


def test_every_kind_of_payable_has_its_settlement() -> None:
    """Every kind of payable knows what its payment starts."""
    kinds = {value for value, _ in Payable._meta.get_field("kind").choices or ()}

    assert set(settlement.SETTLEMENTS) == kinds


def test_an_offer_whose_checkout_vanished_can_still_be_left(
    accepted: Any, quoted_project: BespokeProject, customer: Actor
) -> None:
    Checkout.objects.filter(pk=accepted.attempt.checkout_id).delete()

    project_leave(
        actor=customer,
        project_pk=quoted_project.pk,
        reason="CUSTOMER_WISH",
        expected_refund=Decimal(0),
    )

    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.CANCELLED


def test_work_on_a_piece_is_paid_without_a_parcel(
    provider: FakeStripe, paid_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    service, _ = extra_service_price(
        actor=staff, project_pk=paid_project.pk, title="Appraisal", amount=Decimal("80.00")
    )
    opened = payable_checkout_open(actor=customer, payable_pk=service.payable_pk)

    order = pay(provider, opened.attempt.checkout_id)

    assert order.total_gross == Decimal("80.00")
    assert Payable.objects.get(pk=service.payable_pk).status == "PAID"
