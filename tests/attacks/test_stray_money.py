"""Money that comes late, twice, by another way or back again: always kept, returned or shown."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from saleor_bespoke import clock, tasks
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.flows import provider as provider_flow
from saleor_bespoke.flows.acceptance import payable_checkout_open
from saleor_bespoke.flows.leaving import project_leave
from saleor_bespoke.money import gateway
from saleor_bespoke.money.models import LedgerEntry, Payable, Payment, ProviderEvent, Refund
from saleor_bespoke.money.payables import payable_open
from saleor_bespoke.money.refunds import refund_fail, refund_request, refund_settle
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import attention, deliveries, journal
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.shop.embedded import checkouts, ledger, payments, refunds
from saleor_bespoke.shop.embedded.models import Checkout, Order, TransactionItem
from saleor_bespoke.shop.embedded.refusals import HostRefusal
from saleor_bespoke.shop.port import shop, tell
from saleor_bespoke.steps.cad.models import ChangeOrder, TweakRound
from saleor_bespoke.steps.checkout.services import attempt_open
from tests.fixtures import accept_quote, make_draft
from tests.paying import begin, complete, confirm, fill_in, go_on, pay, stray_charge
from tests.support import nothing_changes, refuses

pytestmark = pytest.mark.django_db


def reasons(project: BespokeProject) -> set[str]:
    """What staff are asked to look at."""
    return set(project.attentions.filter(resolved_at=None).values_list("reason", flat=True))


def signed(provider: FakeStripe, event: dict[str, Any]) -> tuple[bytes, str]:
    """An event as the provider signs it."""
    payload = json.dumps(event).encode()
    stamp = int(time.time())
    mac = hmac.new(provider.webhook_secret.encode(), f"{stamp}.".encode() + payload, hashlib.sha256)
    return payload, f"t={stamp},v1={mac.hexdigest()}"


def report(provider: FakeStripe, kind: str, number: str, /, **fields: Any) -> None:
    """The provider's word of this kind, received and processed."""
    event = {"id": number, "object": "event", "type": kind, "data": {"object": fields}}
    payload, signature = signed(provider, event)
    assert tell("provider_event", payload=payload, signature=signature) is True
    provider_flow.provider_events_process()


def paid_intent(reference: str, **fields: Any) -> dict[str, Any]:
    """What the provider tells of a payment it took."""
    amount = gateway.payment_read(reference).amount_received
    return {"id": reference, "amount_received": amount, "currency": "usd", **fields}


def charged_by_card(provider: FakeStripe, checkout_id: str) -> str:
    """Pay at the provider and let the browser die: the provider's reference."""
    fill_in(checkout_id)
    transaction, _, _ = begin(checkout_id)
    confirm(provider, transaction.psp_reference)
    return str(transaction.psp_reference)


def transferred(source: Any, amount: Decimal, reference: str = "RF18 5390 0754 7034") -> Any:
    """Staff record a bank transfer in the host."""
    return payments.transaction_create(
        source,
        name="Bank transfer",
        reference=reference,
        actions=[],
        charged=(amount, source.currency),
        note=None,
    )


def by_other_gateway(source: Any, amount: Decimal, kind: str = "CHARGE_SUCCESS") -> Any:
    """Another gateway of the shop tells of its money."""
    owner = {"order": source} if isinstance(source, Order) else {"checkout": source}
    item = TransactionItem.objects.create(
        gateway="other.gateway",
        idempotency_key=str(uuid4()),
        psp_reference=f"other-{uuid4()}",
        currency=source.currency,
        **owner,
    )
    ledger.event_add(item, kind, amount, reference=item.psp_reference)
    return item


# refunds --------------------------------------------------------------------------------------


def test_a_refund_that_arrives_does_not_hide_one_that_failed(paid_project: BespokeProject) -> None:
    payable = paid_project.payables.get()
    first, second = (
        refund_request(project=paid_project, payable=payable, amount=Decimal(100), cause="OTHER")
        for _ in range(2)
    )
    refund_fail(paid_project, first.pk, "expired_or_canceled_card")

    refund_settle(paid_project, second.pk, "re_2")

    assert "REFUND_FAILED" in reasons(paid_project)
    refund_settle(paid_project, first.pk, "re_3")
    assert "REFUND_FAILED" not in reasons(paid_project)


def test_old_news_of_a_refund_does_not_undo_its_failure(
    provider: FakeStripe, paid_project: BespokeProject
) -> None:
    payable = paid_project.payables.get()
    refund = refund_request(
        project=paid_project, payable=payable, amount=Decimal(100), cause="OTHER"
    )
    deliveries.drain()
    refund.refresh_from_db()
    known = {"id": refund.provider_reference, "metadata": {"refund": str(refund.pk)}}

    report(provider, "refund.failed", "evt_2", status="failed", **known)
    report(provider, "refund.updated", "evt_1", status="succeeded", **known)

    refund.refresh_from_db()
    assert refund.status == "FAILED"
    assert "REFUND_FAILED" in reasons(paid_project)


def test_every_sum_out_of_place_is_named(paid_project: BespokeProject) -> None:
    attention.raise_for(paid_project, "REFUND_FAILED", "100.00 USD could not be sent back.")
    attention.raise_for(paid_project, "REFUND_FAILED", "200.00 USD could not be sent back.")
    attention.raise_for(paid_project, "REFUND_FAILED", "200.00 USD could not be sent back.")

    (row,) = paid_project.attentions.filter(reason="REFUND_FAILED")
    assert row.detail.count("100.00 USD") == row.detail.count("200.00 USD") == 1


def test_a_provider_that_is_away_for_an_hour_loses_no_refund(
    provider: FakeStripe, paid_project: BespokeProject
) -> None:
    payable = paid_project.payables.get()
    refund = refund_request(
        project=paid_project, payable=payable, amount=Decimal(100), cause="OTHER"
    )
    provider.control("faults", {"kind": "server_error", "times": 500, "method": "POST"})
    # As after minutes of failures: once more, and a delivery would be given up.
    deliveries.Delivery.objects.update(attempts=deliveries.ATTEMPTS_MAX - 1)
    try:
        deliveries.drain()
    finally:
        provider.control("faults", method="DELETE")
    assert reasons(paid_project) == {"REFUND_WAITING"}

    with time_machine.travel(clock.now() + timedelta(hours=3)):
        deliveries.drain()

    refund.refresh_from_db()
    assert refund.status == "SUCCEEDED"
    assert "REFUND_WAITING" not in reasons(paid_project)


# the host's refunds and other money ------------------------------------------------------------


def test_money_paid_twice_for_an_order_is_shown(paid_project: BespokeProject) -> None:
    payable = paid_project.payables.get()
    order = Order.objects.get(pk=payable.order_id)

    transferred(order, order.total_gross)

    assert "OVERPAID" in reasons(paid_project)
    charged = LedgerEntry.objects.filter(payable=payable, kind="CHARGED")
    assert sum(entry.amount for entry in charged) == 2 * payable.charged


def test_sending_a_double_payment_back_costs_no_right_to_a_refund(
    provider: FakeStripe, paid_project: BespokeProject
) -> None:
    payable = paid_project.payables.get()
    order = Order.objects.get(pk=payable.order_id)
    transferred(order, order.total_gross)
    (card,) = order.transactions.filter(gateway=payments.GATEWAY)

    refunds.refund(card, amount=card.charged, key=str(uuid4()))

    card.refresh_from_db()
    assert card.refunded == order.total_gross
    payable.refresh_from_db()
    assert payable.refund_committed == 0


def test_a_refund_of_staff_before_the_order_was_settled_is_counted_once(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject
) -> None:
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    transaction, _, _ = begin(checkout_id)
    confirm(provider, transaction.psp_reference)
    go_on(transaction)
    order = checkouts._order_create(checkouts.checkout_find(checkout_id))
    refunds.refund(order.transactions.get(), amount=Decimal(100), key=str(uuid4()))

    tell("order_paid", order_id=str(order.pk))
    deliveries.drain()

    payable = Payable.objects.get(pk=accepted.payable.pk)
    item = order.transactions.get()
    assert item.refunded == order.total_gross
    assert item.charged == 0
    assert payable.refund_committed == payable.charged
    assert not deliveries.Delivery.objects.exclude(error="").exists()


def test_a_fully_refunded_order_ends_its_offer(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject
) -> None:
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    transaction, _, _ = begin(checkout_id)
    confirm(provider, transaction.psp_reference)
    go_on(transaction)
    order = checkouts._order_create(checkouts.checkout_find(checkout_id))
    refunds.refund(order.transactions.get(), amount=order.total_gross, key=str(uuid4()))
    tell("order_paid", order_id=str(order.pk))

    with time_machine.travel(accepted.payable.valid_until + timedelta(minutes=1)):
        tasks.expiries()

    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.INTAKE
    assert not quoted_project.holdings.filter(state__in=("HELD", "LOCKED")).exists()


def test_another_gateway_instead_of_ours_leaves_no_payment_to_confirm(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject
) -> None:
    checkout_id = accepted.attempt.checkout_id
    checkout = fill_in(checkout_id)
    transaction, _, _ = begin(checkout_id)
    by_other_gateway(checkout, payments.total_of(checkout))
    complete(checkout_id)
    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.DESIGN

    tasks.expiries()

    assert gateway.payment_read(transaction.psp_reference).status == "canceled"
    assert Payment.objects.get().status == "CANCELLED"


def test_a_transfer_that_starts_nothing_is_shown_at_once(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject
) -> None:
    checkout = fill_in(accepted.attempt.checkout_id)
    transferred(checkout, Decimal(100))
    transferred(checkout, payments.total_of(checkout))

    with pytest.raises((HostRefusal, BespokeError)):
        complete(accepted.attempt.checkout_id)

    assert "MONEY_ON_CHECKOUT" in reasons(quoted_project)


def test_an_offer_that_ends_with_money_on_its_checkout_is_shown(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject
) -> None:
    transferred(fill_in(accepted.attempt.checkout_id), Decimal(100))

    with time_machine.travel(accepted.payable.valid_until + timedelta(minutes=1)):
        tasks.expiries()

    assert "MONEY_ON_CHECKOUT" in reasons(quoted_project)


# one sum, one payment --------------------------------------------------------------------------


def test_no_second_checkout_while_the_first_ones_order_is_being_settled(
    provider: FakeStripe, accepted: Any, customer: Actor
) -> None:
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    transaction, _, _ = begin(checkout_id)
    confirm(provider, transaction.psp_reference)
    go_on(transaction)
    checkouts._order_create(checkouts.checkout_find(checkout_id))

    with pytest.raises(BespokeError) as refusal:
        payable_checkout_open(actor=customer, payable_pk=accepted.payable.pk)

    assert refusal.value.code == "PAYMENT_IN_PROGRESS"
    assert Checkout.objects.count() == 0


def lost_checkout(accepted: Any) -> str:
    """A payment begun on a checkout that the host then deleted: its reference."""
    fill_in(accepted.attempt.checkout_id)
    transaction, _, _ = begin(accepted.attempt.checkout_id)
    assert checkouts.checkout_expire(accepted.attempt.checkout_id)
    return str(transaction.psp_reference)


def test_a_new_checkout_ends_the_payment_of_a_lost_one(
    provider: FakeStripe, accepted: Any, customer: Actor
) -> None:
    lost = lost_checkout(accepted)
    opened = payable_checkout_open(actor=customer, payable_pk=accepted.payable.pk)

    pay(provider, opened.attempt.checkout_id)

    assert gateway.payment_read(lost).status == "canceled"
    assert Payable.objects.get(pk=accepted.payable.pk).status == "PAID"


def test_leaving_ends_the_payment_of_a_lost_checkout_first(
    provider: FakeStripe, accepted: Any, customer: Actor, quoted_project: BespokeProject
) -> None:
    lost = lost_checkout(accepted)

    project_leave(
        actor=customer,
        project_pk=quoted_project.pk,
        reason="CUSTOMER_WISH",
        expected_refund=Decimal(0),
    )

    assert gateway.payment_read(lost).status == "canceled"


def test_a_refused_leave_stops_no_payment(
    provider: FakeStripe, accepted: Any, customer: Actor, quoted_project: BespokeProject
) -> None:
    fill_in(accepted.attempt.checkout_id)
    transaction, _, _ = begin(accepted.attempt.checkout_id)

    with nothing_changes(), pytest.raises(BespokeError):
        project_leave(
            actor=customer,
            project_pk=quoted_project.pk,
            reason="UNABLE_TO_DELIVER",
            expected_refund=Decimal(0),
        )

    assert gateway.payment_read(transaction.psp_reference).status != "canceled"


def test_a_second_order_for_one_sum_is_shown_with_its_sum(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject
) -> None:
    order = pay(provider, accepted.attempt.checkout_id)
    other = checkouts.checkout_open(
        channel="us",
        price=Decimal(7440),
        title="Solitaire ring",
        email="customer@example.com",
        user_pk=None,
        country="US",
        metadata={},
    )
    accepted.payable.attempts.create(
        checkout_id=str(other.pk), state="ENDED", opened_at=clock.now(), outcome="GONE"
    )
    fill_in(str(other.pk))
    transferred(checkouts.checkout_find(other.pk), Decimal(7480))
    second = checkouts._order_create(checkouts.checkout_find(other.pk))

    for _ in range(2):
        tell("order_paid", order_id=str(second.pk))

    (row,) = quoted_project.attentions.filter(reason="SECOND_ORDER")
    assert "7480.00 USD" in row.detail
    assert second.transactions.get().psp_reference != order.transactions.get().psp_reference
    charged = LedgerEntry.objects.filter(payable=accepted.payable, kind="CHARGED")
    assert sum(entry.amount for entry in charged) == order.total_gross + second.total_gross


# the provider's word ---------------------------------------------------------------------------


@pytest.fixture
def hasty(settings: Any) -> None:
    """A shop that finishes orders for the browser at once."""
    settings.BESPOKE = {**settings.BESPOKE, "WEBHOOK_GRACE_SECONDS": 0}


def test_a_charge_is_found_though_its_reference_was_never_stored(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject, hasty: None
) -> None:
    reference = charged_by_card(provider, accepted.attempt.checkout_id)
    payment = Payment.objects.get()
    Payment.objects.update(provider_reference=None)

    report(
        provider,
        "payment_intent.succeeded",
        "evt_1",
        **paid_intent(reference, metadata={"payment": str(payment.pk)}),
    )

    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.DESIGN


def test_a_charge_for_a_payment_believed_cancelled_is_shown(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject, hasty: None
) -> None:
    order = pay(provider, accepted.attempt.checkout_id)
    stray = charge_elsewhere(provider, accepted)

    report(provider, "payment_intent.succeeded", "evt_9", **paid_intent(stray))

    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.DESIGN
    assert reasons(quoted_project) & {"PAID_WITHOUT_ORDER", "OVERPAID"}
    assert Order.objects.get().pk == order.pk


def charge_elsewhere(provider: FakeStripe, accepted: Any) -> str:
    """A payment that we hold for cancelled and that is charged all the same: its reference."""
    payment = Payment.objects.create(
        attempt=accepted.attempt,
        host_transaction="elsewhere",
        amount=Decimal(7480),
        currency="USD",
        status="CANCELLED",
        created_at=clock.now(),
    )
    intent = gateway.payment_begin(payment)
    Payment.objects.filter(pk=payment.pk).update(provider_reference=intent.pk)
    confirm(provider, intent.pk)
    return str(intent.pk)


def test_a_payment_that_comes_after_the_commission_was_cancelled_is_shown(
    provider: FakeStripe,
    accepted: Any,
    customer: Actor,
    quoted_project: BespokeProject,
    hasty: None,
) -> None:
    project_leave(
        actor=customer,
        project_pk=quoted_project.pk,
        reason="CUSTOMER_WISH",
        expected_refund=Decimal(0),
    )
    stray = charge_elsewhere(provider, accepted)

    report(provider, "payment_intent.succeeded", "evt_9", **paid_intent(stray))

    assert "PAID_WITHOUT_ORDER" in reasons(quoted_project)
    assert journal.chain_breaks(BespokeProject.objects.get(pk=quoted_project.pk)) == []


def test_an_event_that_cannot_be_processed_is_tried_for_an_hour_and_then_shown(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject, hasty: None
) -> None:
    reference = charged_by_card(provider, accepted.attempt.checkout_id)
    broken = paid_intent(reference) | {"amount_received": None}
    started = clock.now()

    with time_machine.travel(started, tick=False) as world:
        report(provider, "payment_intent.succeeded", "evt_1", **broken)
        for _ in range(60):
            provider_flow.provider_events_process()
            world.shift(timedelta(seconds=5))
        assert ProviderEvent.objects.get().attempts < provider_flow.ATTEMPTS_MAX
        for _ in range(24):
            provider_flow.provider_events_process()
            world.shift(timedelta(hours=1))

    assert "PROVIDER_EVENT_FAILED" in reasons(quoted_project)


def test_an_event_whose_last_try_ended_its_process_is_shown_once(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject, hasty: None
) -> None:
    """A process that dies leaves nothing but the count of its tries."""
    reference = charged_by_card(provider, accepted.attempt.checkout_id)
    started = clock.now()

    with time_machine.travel(started, tick=False) as world:
        broken = paid_intent(reference) | {"amount_received": None}
        report(provider, "payment_intent.succeeded", "evt_1", **broken)
        ProviderEvent.objects.update(attempts=provider_flow.ATTEMPTS_MAX, error="")
        for _ in range(24):
            world.shift(timedelta(hours=1))
            provider_flow.provider_events_process()

    shown = quoted_project.attentions.filter(reason="PROVIDER_EVENT_FAILED")
    assert [row.raised_at for row in shown] == [started + timedelta(hours=1)]


def test_a_failure_after_many_deaths_waits_as_a_first_one(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject, hasty: None
) -> None:
    """Processes that died are no reason to leave paid money waiting."""
    reference = charged_by_card(provider, accepted.attempt.checkout_id)
    broken = paid_intent(reference) | {"amount_received": None}
    report(provider, "payment_intent.succeeded", "evt_1", **broken)
    ProviderEvent.objects.update(attempts=provider_flow.ATTEMPTS_MAX - 2)

    provider_flow.provider_events_process()
    failed = ProviderEvent.objects.get()
    assert failed.error
    assert failed.due_at is not None
    assert failed.due_at - clock.now() <= timedelta(seconds=2)


def test_leaving_that_is_refused_for_other_money_stops_no_payment(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject, customer: Actor
) -> None:
    """A payment is under way in one tab, and another sum stands on the checkout already."""
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    transaction, _, _ = begin(checkout_id)
    stray_charge(provider, checkout_id, Decimal(100))

    with refuses("PAYMENT_IN_PROGRESS"):
        project_leave(
            actor=customer,
            project_pk=quoted_project.pk,
            reason="CUSTOMER_WISH",
            expected_refund=Decimal(0),
        )

    assert gateway.payment_read(transaction.psp_reference).status == "requires_payment_method"


# poison ----------------------------------------------------------------------------------------


def test_a_payment_the_provider_does_not_know_blocks_nothing(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject
) -> None:
    fill_in(accepted.attempt.checkout_id)
    begin(accepted.attempt.checkout_id)
    Payment.objects.update(provider_reference="pi_unknown")

    with time_machine.travel(accepted.payable.valid_until + timedelta(days=1)):
        tasks.expiries()

    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.INTAKE
    assert Payable.objects.get().status == "EXPIRED"


def test_a_key_that_no_longer_works_does_not_stop_the_sweeps(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject, settings: Any
) -> None:
    fill_in(accepted.attempt.checkout_id)
    transaction, _, _ = begin(accepted.attempt.checkout_id)
    stripe = {**settings.BESPOKE["STRIPE"], "SECRET_KEY": "sk_test_revoked"}
    settings.BESPOKE = {**settings.BESPOKE, "STRIPE": stripe}

    with time_machine.travel(accepted.payable.valid_until + timedelta(days=1)):
        tasks.expiries()
        _, event, _ = go_on(transaction)
        again, waits, _ = begin(accepted.attempt.checkout_id)

    assert event.type == "CHARGE_ACTION_REQUIRED"
    assert waits.type == "CHARGE_ACTION_REQUIRED"
    assert again.psp_reference == ""
    assert Payment.objects.get().status == "OPEN"
    assert "PAYMENT_UNSTOPPABLE" in reasons(quoted_project)


def test_trouble_with_one_offer_keeps_no_other_stone(
    accepted: Any, quoted_project: BespokeProject
) -> None:
    payable_open(
        project=quoted_project,
        kind="CHANGE_ORDER",
        subject_pk=uuid4(),
        title="A change that is gone",
        amount=Decimal(10),
        currency="USD",
        valid_until=clock.now(),
    )

    with (
        time_machine.travel(clock.now() + timedelta(hours=2)),
        pytest.raises(ChangeOrder.DoesNotExist),
    ):
        tasks.expiries()

    assert not quoted_project.holdings.filter(state="HELD").exists()


def test_a_refund_sent_before_a_crash_is_not_sent_again(
    provider: FakeStripe, paid_project: BespokeProject
) -> None:
    payable = paid_project.payables.get()
    refund = refund_request(
        project=paid_project, payable=payable, amount=Decimal(100), cause="OTHER"
    )
    shop().refund(
        order_id=str(payable.order_id),
        checkout_id="",
        amount=refund.amount,
        currency="USD",
        key=str(refund.pk),
    )

    deliveries.drain()

    refund.refresh_from_db()
    payable.refresh_from_db()
    item = Order.objects.get(pk=payable.order_id).transactions.get()
    assert refund.status == "SUCCEEDED"
    assert item.refunded == payable.refund_committed == 100


# sums that came too late to be of use ----------------------------------------------------------


def tweak_begun(project: BespokeProject) -> tuple[Payable, Any, Any]:
    """A further tweak round was ordered and its payment begun: payable, attempt, transaction."""
    tweak = TweakRound(project=project, number=1, allowance=2, free=False)
    payable = payable_open(
        project=project,
        kind="TWEAK",
        subject_pk=tweak.pk,
        title="Further tweak round",
        amount=Decimal(150),
        currency="USD",
        valid_until=None,
    )
    tweak.payable_pk = payable.pk
    tweak.save()
    attempt = attempt_open(project=project, payable=payable)
    fill_in(attempt.checkout_id)
    transaction, _, _ = begin(attempt.checkout_id)
    return payable, attempt, transaction


def test_a_tweak_round_paid_when_design_is_over_goes_back(
    provider: FakeStripe,
    paid_project: BespokeProject,
    customer: Actor,
    staff: Actor,
    files_folder: Path,
) -> None:
    from tests.making import approve, begin_making

    payable, attempt, transaction = tweak_begun(paid_project)
    approve(paid_project, customer, staff)
    begin_making(paid_project, staff)
    with pytest.raises(BespokeError):
        payable_checkout_open(actor=customer, payable_pk=payable.pk)

    confirm(provider, transaction.psp_reference)
    go_on(transaction)
    complete(attempt.checkout_id)
    deliveries.drain()

    payable.refresh_from_db()
    assert payable.status == "CANCELLED"
    assert Refund.objects.get(payable=payable).status == "SUCCEEDED"
    assert "PAYMENT_RETURNED" in reasons(paid_project)


def test_a_tweak_round_that_was_ordered_and_not_paid_ends_with_the_design(
    provider: FakeStripe,
    paid_project: BespokeProject,
    customer: Actor,
    staff: Actor,
    files_folder: Path,
) -> None:
    from tests.making import approve, begin_making

    payable, attempt, transaction = tweak_begun(paid_project)
    approve(paid_project, customer, staff)

    begin_making(paid_project, staff)
    deliveries.drain()

    payable.refresh_from_db()
    assert payable.status == "CANCELLED"
    assert gateway.payment_read(transaction.psp_reference).status == "canceled"
    assert checkouts.checkout_find(attempt.checkout_id) is None


def test_money_for_an_old_offer_does_not_end_the_new_one(
    provider: FakeStripe,
    accepted: Any,
    customer: Actor,
    staff: Actor,
    quoted_project: BespokeProject,
) -> None:
    from saleor_bespoke.flows.quote_withdrawal import quote_withdraw
    from saleor_bespoke.steps.quoting.services import quote_send
    from tests.fixtures import confirm_brief

    quote_withdraw(actor=staff, quote_pk=accepted.payable.subject_pk, reason="A better stone.")
    quoted_project.refresh_from_db()
    if quoted_project.briefs.latest("version").status != "CONFIRMED":
        confirm_brief(quoted_project, staff)
    stone = quoted_project.holdings.get(material__unique=True).material
    gold = quoted_project.holdings.get(material__unique=False).material
    draft = make_draft(quoted_project, staff, stone=stone, gold=gold)
    quote_send(actor=staff, quote_pk=draft.pk)
    accept_quote(quoted_project, customer)
    other = checkouts.checkout_open(
        channel="us",
        price=Decimal(7440),
        title="Solitaire ring",
        email="customer@example.com",
        user_pk=None,
        country="US",
        metadata={},
    )
    accepted.payable.attempts.create(
        checkout_id=str(other.pk), state="ENDED", opened_at=clock.now(), outcome="GONE"
    )
    fill_in(str(other.pk))
    by_other_gateway(checkouts.checkout_find(other.pk), Decimal(7480))
    order = checkouts._order_create(checkouts.checkout_find(other.pk))

    tell("order_paid", order_id=str(order.pk))

    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.CHECKOUT
    assert quoted_project.quotes.filter(status="ACCEPTED").count() == 1
    old = Payable.objects.get(pk=accepted.payable.pk)
    assert old.refund_committed == old.charged == Decimal("7480.00")
    assert "PAYMENT_RETURNED" in reasons(quoted_project)
