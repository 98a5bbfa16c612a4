"""Bank transfers on a real Saleor: recorded by staff, the order made; no other note counts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import get_user_model
from django.test import TestCase
from saleor.core.jwt import create_access_token
from saleor.order.models import Order
from saleor.payment.models import TransactionItem

from saleor_bespoke import clock
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.flows.transfer_notice import bank_transfer_expect
from saleor_bespoke.flows.transfers import Found, bank_transfer_record
from saleor_bespoke.project.access import HANDLE_PAYMENTS, MANAGE_ORDERS, Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import Stage
from tests.fixtures import make_staff
from tests.hosts import saleor as host
from tests.paying import fill_in
from tests.saleor.shopping import TOTAL

pytestmark = pytest.mark.django_db


@pytest.fixture
def treasurer(staff: Actor) -> Actor:
    """A member of staff who handles money."""
    return make_staff("money@example.com", permissions=(MANAGE_ORDERS, HANDLE_PAYMENTS))


def found(**changes: Any) -> Found:
    """The whole sum, arrived today."""
    today = clock.now().astimezone(ZoneInfo("America/New_York")).date()
    values = {"amount": TOTAL, "currency": "USD", "reference": "RF18 5390", "value_date": today}
    return Found(**values | changes)


def record(actor: Actor, payable: Any, **changes: Any) -> Any:
    """What the mutation does, with what follows its commit."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        return bank_transfer_record(actor=actor, payable_pk=payable.pk, found=found(**changes))


def noted(checkout_id: str, actor: Actor, *, reference: str) -> None:
    """Staff write money down in the Dashboard."""
    user = get_user_model().objects.get(pk=actor.user_pk)
    host.done(
        "transactionCreate",
        bearer=create_access_token(user),
        id=host.checkout_ref(checkout_id),
        transaction={
            "name": "Bank transfer",
            "pspReference": reference,
            "amountCharged": {"amount": str(TOTAL), "currency": "USD"},
        },
    )


def test_the_exact_transfer_becomes_a_paid_order_and_starts(
    accepted: Any, quoted_project: BespokeProject, customer: Actor, treasurer: Actor
) -> None:
    due = bank_transfer_expect(actor=customer, payable_pk=accepted.payable.pk)
    assert due.payable.transfer_due_at == due.payable.valid_until
    fill_in(accepted.attempt.checkout_id)

    record(treasurer, accepted.payable)

    order = Order.objects.get()
    quoted_project.refresh_from_db()
    payable = quoted_project.payables.get()
    assert quoted_project.stage == Stage.DESIGN
    assert (payable.status, payable.order_id) == ("PAID", str(order.pk))
    assert order.total_charged_amount == order.total_gross_amount == TOTAL
    assert order.charge_status == "full"
    item = order.payment_transactions.get()
    assert (item.psp_reference, item.app_identifier, item.charged_value) == (
        "RF18 5390",
        None,
        TOTAL,
    )


def test_what_the_checkout_lacks_is_named_and_nothing_is_written(
    accepted: Any, treasurer: Actor
) -> None:
    with pytest.raises(BespokeError, match="address"):
        record(treasurer, accepted.payable)

    assert not TransactionItem.objects.exists()
    assert not accepted.payable.transfers.exists()


def test_a_cent_less_is_no_transfer(accepted: Any, treasurer: Actor) -> None:
    fill_in(accepted.attempt.checkout_id)

    with pytest.raises(BespokeError) as refusal:
        record(treasurer, accepted.payable, amount=TOTAL - Decimal("0.01"))

    assert refusal.value.code == "PAYMENT_NOT_FULL"
    assert not TransactionItem.objects.exists()


def test_a_note_in_the_dashboard_starts_nothing_until_it_is_recorded(
    accepted: Any, quoted_project: BespokeProject, treasurer: Actor
) -> None:
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    noted(checkout_id, treasurer, reference="RF18 5390")
    payload = host.api("checkoutComplete", id=host.checkout_ref(checkout_id))
    assert "record a bank transfer" in payload["errors"][0]["message"]

    record(treasurer, accepted.payable)

    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.DESIGN
    assert TransactionItem.objects.get().charged_value == TOTAL
    assert not quoted_project.attentions.filter(resolved_at=None).exists()


def test_the_same_transfer_recorded_twice_is_one(accepted: Any, treasurer: Actor) -> None:
    fill_in(accepted.attempt.checkout_id)

    first, second = (record(treasurer, accepted.payable) for _ in range(2))

    assert first == second
    assert TransactionItem.objects.count() == Order.objects.count() == 1
