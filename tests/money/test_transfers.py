"""A bank transfer: announced with a due date, recorded by staff; nothing else starts the work."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from saleor_bespoke import clock, tasks
from saleor_bespoke.errors import BespokeError, PermissionDenied
from saleor_bespoke.flows.acceptance import payable_checkout_open
from saleor_bespoke.flows.transfer_notice import bank_transfer_expect
from saleor_bespoke.flows.transfers import Found, bank_transfer_record
from saleor_bespoke.money import gateway
from saleor_bespoke.money.models import BankTransfer, Payable
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import HANDLE_PAYMENTS, MANAGE_ORDERS, Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.shop.embedded import checkouts, orders, payments
from saleor_bespoke.shop.embedded.models import Mail, Order, TransactionItem
from saleor_bespoke.shop.embedded.refusals import HostRefusal
from tests.fixtures import accept_quote, make_quoted, make_staff
from tests.paying import begin, complete, confirm, fill_in, go_on, pay
from tests.support import nothing_changes, race, refuses

pytestmark = pytest.mark.django_db

TOTAL = Decimal(7480)
CENT = Decimal("0.01")
NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
def treasurer(staff: Actor) -> Actor:
    """A member of staff who handles money."""
    return make_staff("money@example.com", permissions=(MANAGE_ORDERS, HANDLE_PAYMENTS))


def today() -> date:
    """The shop's day."""
    return clock.now().astimezone(NEW_YORK).date()


def found(**changes: Any) -> Found:
    """The whole sum, arrived today."""
    values = {"amount": TOTAL, "currency": "USD", "reference": "RF18 5390", "value_date": today()}
    return Found(**values | changes)


def noted(source: Any, amount: Decimal = TOTAL, reference: str = "RF18 5390") -> Any:
    """What staff or an app write down in the host by themselves."""
    return payments.transaction_create(
        source,
        name="Bank transfer",
        reference=reference,
        actions=[],
        charged=(amount, source.currency),
        note=None,
    )


def stage(project: BespokeProject) -> str:
    """Where the commission is now."""
    return str(BespokeProject.objects.values_list("stage", flat=True).get(pk=project.pk))


# recorded ---------------------------------------------------------------------------------------


def test_the_exact_transfer_locks_and_starts(
    accepted: Any, quoted_project: BespokeProject, treasurer: Actor
) -> None:
    fill_in(accepted.attempt.checkout_id)

    transfer = bank_transfer_record(
        actor=treasurer, payable_pk=accepted.payable.pk, found=found(note="From Mr Shopper")
    )

    order = Order.objects.get()
    payable = Payable.objects.get()
    assert (payable.status, payable.locked_total) == ("PAID", order.total_gross)
    assert payable.order_id == str(order.pk)
    assert stage(quoted_project) == Stage.DESIGN
    item = order.transactions.get()
    assert (item.psp_reference, item.charged, item.gateway) == ("RF18 5390", TOTAL, "")
    assert transfer.note == "From Mr Shopper"


def test_the_timeline_tells_of_a_transfer_without_personal_text(
    accepted: Any, quoted_project: BespokeProject, treasurer: Actor
) -> None:
    fill_in(accepted.attempt.checkout_id)
    bank_transfer_record(
        actor=treasurer,
        payable_pk=accepted.payable.pk,
        found=found(reference="RF18 Jane Shopper", note="From Jane Shopper"),
    )

    told = quoted_project.events.get(kind="BankTransferRecorded")

    assert told.actor_ref == treasurer.ref
    assert (told.payload["amount"], told.payload["currency"]) == ("7480", "USD")
    assert told.payload["value_date"] == today().isoformat()
    assert not any("Shopper" in str(value) for value in told.payload.values())


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"amount": TOTAL - CENT}, "PAYMENT_NOT_FULL", "amount"),
        ({"amount": TOTAL + CENT}, "PAYMENT_NOT_FULL", "amount"),
        ({"currency": "EUR"}, "CURRENCY_MISMATCH", "currency"),
        ({"reference": "  "}, "REQUIRED", "reference"),
        ({"reference": "x" * 141}, "INVALID", "reference"),
        ({"note": "x" * 4001}, "INVALID", "note"),
    ],
)
def test_another_sum_or_no_reference_is_refused(
    accepted: Any, treasurer: Actor, changes: Any, code: str, field: str
) -> None:
    fill_in(accepted.attempt.checkout_id)

    with refuses(code, field=field):
        bank_transfer_record(
            actor=treasurer, payable_pk=accepted.payable.pk, found=found(**changes)
        )


def test_the_value_date_lies_between_acceptance_and_today_in_the_shops_zone(
    accepted: Any, treasurer: Actor
) -> None:
    fill_in(accepted.attempt.checkout_id)
    pk = accepted.payable.pk

    for day in (today() + timedelta(days=1), today() - timedelta(days=1)):
        with refuses("INVALID", field="valueDate"):
            bank_transfer_record(actor=treasurer, payable_pk=pk, found=found(value_date=day))

    midnight = clock.now().astimezone(NEW_YORK).replace(hour=0, minute=30) + timedelta(days=1)
    with time_machine.travel(midnight):
        # In UTC the day began five hours ago; in New York half an hour ago.
        bank_transfer_record(actor=treasurer, payable_pk=pk, found=found(value_date=today()))


def test_what_the_checkout_lacks_is_named(accepted: Any, treasurer: Actor) -> None:
    with refuses("CHECKOUT_CHANGED") as refusal:
        bank_transfer_record(actor=treasurer, payable_pk=accepted.payable.pk, found=found())

    assert "address" in refusal.value.message


def test_recording_needs_both_permissions(accepted: Any, staff: Actor) -> None:
    fill_in(accepted.attempt.checkout_id)
    cashier = make_staff("cashier@example.com", permissions=(HANDLE_PAYMENTS,))

    with nothing_changes():
        with pytest.raises(PermissionDenied):
            bank_transfer_record(actor=staff, payable_pk=accepted.payable.pk, found=found())
        with pytest.raises(BespokeError, match="No such payable"):
            bank_transfer_record(actor=cashier, payable_pk=accepted.payable.pk, found=found())


def test_the_same_transfer_recorded_twice_is_one(
    accepted: Any, quoted_project: BespokeProject, treasurer: Actor
) -> None:
    fill_in(accepted.attempt.checkout_id)
    first, second = (
        bank_transfer_record(actor=treasurer, payable_pk=accepted.payable.pk, found=found())
        for _ in range(2)
    )

    assert first == second
    assert TransactionItem.objects.count() == Order.objects.count() == 1
    with refuses("PAYABLE_NOT_OPEN"):
        other = found(reference="RF18 5391")
        bank_transfer_record(actor=treasurer, payable_pk=accepted.payable.pk, found=other)


def test_one_transfer_starts_one_commission(
    accepted: Any,
    other_customer: Actor,
    staff: Actor,
    treasurer: Actor,
    quoted_project: BespokeProject,
) -> None:
    second = make_quoted(other_customer, staff)
    opened = accept_quote(second, other_customer)
    for checkout_id in (accepted.attempt.checkout_id, opened.attempt.checkout_id):
        fill_in(checkout_id)
    bank_transfer_record(actor=treasurer, payable_pk=accepted.payable.pk, found=found())

    with refuses("REFERENCE_USED", field="reference"):
        bank_transfer_record(
            actor=treasurer, payable_pk=opened.payable.pk, found=found(reference="rf18 5390")
        )

    assert (stage(quoted_project), stage(second)) == (Stage.DESIGN, Stage.CHECKOUT)


def test_a_cards_reference_is_no_transfer(
    provider: FakeStripe, accepted: Any, other_customer: Actor, staff: Actor, treasurer: Actor
) -> None:
    order = pay(provider, accepted.attempt.checkout_id)
    second = make_quoted(other_customer, staff)
    opened = accept_quote(second, other_customer)
    fill_in(opened.attempt.checkout_id)
    reference = order.transactions.get().psp_reference

    with refuses("REFERENCE_USED", field="reference"):
        bank_transfer_record(
            actor=treasurer, payable_pk=opened.payable.pk, found=found(reference=reference)
        )


def test_a_note_of_this_very_transfer_is_taken_for_it(
    accepted: Any, quoted_project: BespokeProject, treasurer: Actor
) -> None:
    noted(fill_in(accepted.attempt.checkout_id))

    bank_transfer_record(actor=treasurer, payable_pk=accepted.payable.pk, found=found())

    assert stage(quoted_project) == Stage.DESIGN
    assert TransactionItem.objects.get().charged == TOTAL


def test_nothing_is_recorded_beside_other_money(
    provider: FakeStripe, accepted: Any, treasurer: Actor
) -> None:
    checkout = fill_in(accepted.attempt.checkout_id)
    noted(checkout, Decimal(100), "Something else")

    with refuses("PAYMENT_IN_PROGRESS"):
        bank_transfer_record(actor=treasurer, payable_pk=accepted.payable.pk, found=found())


def test_a_card_payment_in_progress_is_stopped_first(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject, treasurer: Actor
) -> None:
    fill_in(accepted.attempt.checkout_id)
    card, _, _ = begin(accepted.attempt.checkout_id)
    pk = accepted.payable.pk

    with refuses("PAYMENT_NOT_FULL"):
        bank_transfer_record(actor=treasurer, payable_pk=pk, found=found(amount=Decimal(1)))
    assert gateway.payment_read(card.psp_reference).status != "canceled"
    bank_transfer_record(actor=treasurer, payable_pk=pk, found=found())

    assert gateway.payment_read(card.psp_reference).status == "canceled"
    assert stage(quoted_project) == Stage.DESIGN


def test_what_the_card_has_paid_is_not_paid_by_transfer_too(
    provider: FakeStripe, accepted: Any, treasurer: Actor
) -> None:
    fill_in(accepted.attempt.checkout_id)
    card, _, _ = begin(accepted.attempt.checkout_id)
    confirm(provider, card.psp_reference)

    with refuses("PAYMENT_IN_PROGRESS"):
        bank_transfer_record(actor=treasurer, payable_pk=accepted.payable.pk, found=found())

    go_on(card)
    complete(accepted.attempt.checkout_id)
    assert Payable.objects.get().status == "PAID"


def test_a_crash_after_recording_is_made_good(
    accepted: Any, quoted_project: BespokeProject, treasurer: Actor, monkeypatch: Any
) -> None:
    fill_in(accepted.attempt.checkout_id)
    monkeypatch.setattr(deliveries, "hasten", lambda **_: None)  # the process dies here
    bank_transfer_record(actor=treasurer, payable_pk=accepted.payable.pk, found=found())
    assert stage(quoted_project) == Stage.CHECKOUT

    deliveries.drain()

    assert stage(quoted_project) == Stage.DESIGN


def test_an_order_the_host_refuses_is_made_when_the_cause_is_gone(
    accepted: Any, quoted_project: BespokeProject, treasurer: Actor, monkeypatch: Any
) -> None:
    checkout = fill_in(accepted.attempt.checkout_id)
    with monkeypatch.context() as patch:
        patch.setattr(deliveries, "hasten", lambda **_: None)
        bank_transfer_record(actor=treasurer, payable_pk=accepted.payable.pk, found=found())
    checkouts.Checkout.objects.filter(pk=checkout.pk).update(email="")
    deliveries.drain()
    assert stage(quoted_project) == Stage.CHECKOUT
    reasons = set(quoted_project.attentions.values_list("reason", flat=True))
    assert "PAID_WITHOUT_ORDER" in reasons

    checkouts.Checkout.objects.filter(pk=checkout.pk).update(email="a@example.com")
    for minutes in (0, 2):
        with time_machine.travel(clock.now() + timedelta(minutes=minutes)):
            tasks.expiries()

    assert stage(quoted_project) == Stage.DESIGN
    assert not quoted_project.attentions.filter(resolved_at=None).exists()


# nothing else -----------------------------------------------------------------------------------


@pytest.mark.parametrize("reference", ["SEPA-1", ""])
def test_what_is_written_down_in_the_host_alone_starts_nothing(
    accepted: Any, quoted_project: BespokeProject, reference: str
) -> None:
    noted(fill_in(accepted.attempt.checkout_id), reference=reference)

    with pytest.raises(BespokeError, match="record a bank transfer"):
        complete(accepted.attempt.checkout_id)

    payable = Payable.objects.get()
    assert (payable.status, payable.order_id) == ("OPEN", None)
    assert stage(quoted_project) == Stage.CHECKOUT
    assert TransactionItem.objects.get().charged == TOTAL


def test_an_order_marked_as_paid_starts_nothing(
    accepted: Any, quoted_project: BespokeProject
) -> None:
    checkout = fill_in(accepted.attempt.checkout_id)
    order = checkouts._order_create(checkout)

    noted(order, reference="")

    assert stage(quoted_project) == Stage.CHECKOUT
    assert Payable.objects.get().status == "OPEN"
    reasons = set(quoted_project.attentions.values_list("reason", flat=True))
    assert reasons == {"MARKED_AS_PAID"}


def test_the_customer_can_pay_anew_once_a_marked_order_is_cancelled(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject, customer: Actor
) -> None:
    order = checkouts._order_create(fill_in(accepted.attempt.checkout_id))
    noted(order, reference="")
    with refuses("PAYMENT_IN_PROGRESS"):
        payable_checkout_open(actor=customer, payable_pk=accepted.payable.pk)

    orders.order_cancel(order)

    opened = payable_checkout_open(actor=customer, payable_pk=accepted.payable.pk)
    pay(provider, opened.attempt.checkout_id)
    assert stage(quoted_project) == Stage.DESIGN


def test_an_offer_ends_though_somebody_wrote_money_down(
    accepted: Any, quoted_project: BespokeProject
) -> None:
    noted(fill_in(accepted.attempt.checkout_id))

    with time_machine.travel(accepted.payable.valid_until + timedelta(minutes=1)):
        tasks.expiries()
        tasks.expiries()

    assert stage(quoted_project) == Stage.INTAKE
    (row,) = quoted_project.attentions.filter(resolved_at=None)
    assert row.reason == "MONEY_ON_CHECKOUT"
    with pytest.raises((BespokeError, HostRefusal)):
        complete(accepted.attempt.checkout_id)
    assert not Order.objects.exists()


# announced --------------------------------------------------------------------------------------


def test_an_announced_transfer_keeps_offer_and_materials_until_it_is_due(
    accepted: Any, quoted_project: BespokeProject, customer: Actor, treasurer: Actor
) -> None:
    fill_in(accepted.attempt.checkout_id)
    last_hour = accepted.payable.valid_until - timedelta(hours=1)
    with time_machine.travel(last_hour):
        opened = bank_transfer_expect(actor=customer, payable_pk=accepted.payable.pk)
        due = opened.payable.transfer_due_at
        assert due > accepted.payable.valid_until
        assert opened.payable.valid_until == due
        assert opened.payable.transfer_reference == f"{quoted_project.number}-1"
        assert opened.attempt == accepted.attempt
        deliveries.drain()
        letter = Mail.objects.get(subject__contains="bank transfer")
        assert f"{quoted_project.number}-1" in letter.body

    with time_machine.travel(due - timedelta(minutes=5)):
        tasks.expiries()
        tasks.clocks()
        assert quoted_project.holdings.filter(state="HELD").count() == 2
        assert not quoted_project.attentions.filter(resolved_at=None).exists()
        bank_transfer_record(
            actor=treasurer, payable_pk=accepted.payable.pk, found=found(value_date=today())
        )
    assert stage(quoted_project) == Stage.DESIGN


def test_five_business_days_end_with_the_shops_day(accepted: Any, customer: Actor) -> None:
    opened = bank_transfer_expect(actor=customer, payable_pk=accepted.payable.pk)

    due = opened.payable.transfer_due_at.astimezone(NEW_YORK)
    day, business = today(), 0
    while day < due.date():
        day += timedelta(days=1)
        business += day.weekday() < 5
    assert business in (5, 6, 7)  # a holiday or two lie among them
    assert (due + timedelta(seconds=1)).hour == 0


def test_an_offer_ends_when_its_transfer_does_not_come(
    accepted: Any, quoted_project: BespokeProject, customer: Actor
) -> None:
    opened = bank_transfer_expect(actor=customer, payable_pk=accepted.payable.pk)

    with time_machine.travel(opened.payable.valid_until + timedelta(minutes=1)):
        tasks.expiries()

    assert Payable.objects.get().status == "EXPIRED"
    assert stage(quoted_project) == Stage.INTAKE
    assert not quoted_project.holdings.filter(state="HELD").exists()


def test_the_customer_cannot_put_the_date_off_but_staff_can(
    accepted: Any, customer: Actor, staff: Actor
) -> None:
    pk = accepted.payable.pk
    first = bank_transfer_expect(actor=customer, payable_pk=pk).payable.transfer_due_at
    with time_machine.travel(clock.now() + timedelta(days=4)):
        with nothing_changes():
            again = bank_transfer_expect(actor=customer, payable_pk=pk)
        assert again.payable.transfer_due_at == first
        assert bank_transfer_expect(actor=staff, payable_pk=pk).payable.transfer_due_at > first


def test_announcing_a_transfer_stops_the_card_payment(
    provider: FakeStripe, accepted: Any, customer: Actor
) -> None:
    fill_in(accepted.attempt.checkout_id)
    card, _, _ = begin(accepted.attempt.checkout_id)

    bank_transfer_expect(actor=customer, payable_pk=accepted.payable.pk)

    assert gateway.payment_read(card.psp_reference).status == "canceled"


def test_what_is_paid_or_being_paid_awaits_no_transfer(
    provider: FakeStripe, accepted: Any, customer: Actor
) -> None:
    fill_in(accepted.attempt.checkout_id)
    card, _, _ = begin(accepted.attempt.checkout_id)
    confirm(provider, card.psp_reference)

    with refuses("PAYMENT_IN_PROGRESS"):
        bank_transfer_expect(actor=customer, payable_pk=accepted.payable.pk)
    go_on(card)
    complete(accepted.attempt.checkout_id)
    with refuses("PAYABLE_NOT_OPEN"):
        bank_transfer_expect(actor=customer, payable_pk=accepted.payable.pk)


def test_who_awaits_a_transfer_may_still_pay_by_card(
    provider: FakeStripe, accepted: Any, customer: Actor, quoted_project: BespokeProject
) -> None:
    bank_transfer_expect(actor=customer, payable_pk=accepted.payable.pk)
    opened = payable_checkout_open(actor=customer, payable_pk=accepted.payable.pk)

    pay(provider, opened.attempt.checkout_id)

    assert stage(quoted_project) == Stage.DESIGN


# races ------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_one_reference_recorded_for_two_sums_at_once_pays_one(
    customer: Actor, other_customer: Actor, staff: Actor, treasurer: Actor
) -> None:
    sums = []
    for owner in (customer, other_customer):
        opened = accept_quote(make_quoted(owner, staff), owner)
        fill_in(opened.attempt.checkout_id)
        sums.append(opened.payable.pk)

    said = race(
        *(
            lambda pk=pk: bank_transfer_record(actor=treasurer, payable_pk=pk, found=found())
            for pk in sums
        )
    )

    refused = [item for item in said if isinstance(item, BespokeError)]
    assert [item.code for item in refused] == ["REFERENCE_USED"], said
    assert BankTransfer.objects.count() == Order.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_double_click_records_one_transfer(
    customer: Actor, staff: Actor, treasurer: Actor
) -> None:
    opened = accept_quote(make_quoted(customer, staff), customer)
    fill_in(opened.attempt.checkout_id)
    record = lambda: bank_transfer_record(  # noqa: E731
        actor=treasurer, payable_pk=opened.payable.pk, found=replace(found())
    )

    first, second = race(record, record)

    deliveries.drain()
    assert first == second
    assert TransactionItem.objects.get().charged == TOTAL
    assert Order.objects.count() == 1
