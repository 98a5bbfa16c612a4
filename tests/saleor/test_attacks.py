"""Money that goes back through apps which answer late, or not at all, is asked for once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import TestCase
from saleor.payment import TransactionEventType
from saleor.payment.models import TransactionEvent
from saleor.payment.utils import (
    create_failed_transaction_event,
    create_transaction_event_from_request_and_webhook_response,
)
from saleor.permission.models import Permission
from saleor.webhook.event_types import WebhookEventSyncType
from saleor.webhook.transport.synchronous import transport

from saleor_bespoke import clock
from saleor_bespoke.flows.stranded import stranded_money_judge
from saleor_bespoke.money.refunds import refund_request
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.port import Outcome
from saleor_bespoke.shop.saleor import returning
from saleor_bespoke.shop.saleor.checkouts import checkout_find
from saleor_bespoke.shop.saleor.orders import order_find
from tests.hosts import saleor as host
from tests.saleor import other_gateway
from tests.saleor.other_gateway import OtherGateway
from tests.saleor.shopping import (
    TOTAL,
    by_other_gateway,
    complete,
    held,
    reasons,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The shop's worker has not sent the other app its requests yet: which ones."""
    waiting: list[Any] = []
    app = other_gateway.app_make()
    app.permissions.add(Permission.objects.get(codename="handle_payments"))
    hook = app.webhooks.create(
        name="Refunds", target_url="https://other.example/refunds", is_active=True
    )
    hook.events.create(event_type=WebhookEventSyncType.TRANSACTION_REFUND_REQUESTED)
    monkeypatch.setattr(OtherGateway, "_answer", lambda *_: None)
    monkeypatch.setattr(
        transport.handle_transaction_request_task,
        "delay",
        lambda _delivery, request: waiting.append(request),
    )
    return waiting


def requests() -> int:
    """How often the shop asked for money to go back."""
    return TransactionEvent.objects.filter(type=TransactionEventType.REFUND_REQUEST).count()


def later(**delta: float) -> None:
    with time_machine.travel(clock.now() + timedelta(**delta)):
        for task in (stranded_money_judge, deliveries.drain):
            with TestCase.captureOnCommitCallbacks(execute=True):
                task()


def answered(waiting: list[Any]) -> None:
    """The worker comes to them, and the app sends the money back."""
    for pk in waiting:
        request = TransactionEvent.objects.get(pk=pk)
        response = {"pspReference": f"refund-{pk}", "result": "REFUND_SUCCESS"}
        create_transaction_event_from_request_and_webhook_response(
            request, other_gateway.app_make(), response | {"amount": str(request.amount_value)}
        )


def test_a_release_that_an_app_has_not_answered_is_not_asked_for_again(
    quoted_project: BespokeProject,
    checkout_id: str,
    silent: list[Any],
) -> None:
    by_other_gateway(checkout_id, pretend="CHARGE_SUCCESS", amount=str(TOTAL + 1))
    complete(checkout_id)
    later(minutes=0)
    assert requests() == 1

    for minutes in (1, 2, 30):
        later(minutes=minutes)

    assert requests() == len(silent) == 1
    assert quoted_project.payables.get().refunds.get().status == "PENDING"
    answered(silent)
    later(minutes=45)
    assert held() == 0
    assert quoted_project.payables.get().refunds.get().status == "SUCCEEDED"
    assert "MONEY_ON_CHECKOUT" not in reasons(quoted_project)


@pytest.fixture
def paid(quoted_project: BespokeProject, checkout_id: str) -> BespokeProject:
    """A commission that was paid by the other app."""
    by_other_gateway(checkout_id)
    host.complete(checkout_id)
    quoted_project.refresh_from_db()
    return quoted_project


def owe(project: BespokeProject) -> Any:
    """A part of the sum is owed back, and the shop asked the app for it."""
    payable = project.payables.get()
    refund = refund_request(project=project, payable=payable, amount=Decimal(100), cause="OTHER")
    later(minutes=0)
    refund.refresh_from_db()
    return refund


def test_a_refund_that_an_app_confirms_later_is_settled(
    paid: BespokeProject, silent: list[Any]
) -> None:
    refund = owe(paid)
    assert refund.status == "PENDING"
    answered(silent)

    later(minutes=20)

    refund.refresh_from_db()
    assert refund.status == "SUCCEEDED"
    assert requests() == 1


def test_a_refund_that_an_app_refuses_later_is_put_before_staff(
    paid: BespokeProject, silent: list[Any]
) -> None:
    refund = owe(paid)
    (pk,) = silent
    create_failed_transaction_event(
        TransactionEvent.objects.get(pk=pk), cause="No such card any more."
    )

    later(minutes=20)

    refund.refresh_from_db()
    assert (refund.status, refund.failure) == ("FAILED", "No such card any more.")
    assert "REFUND_FAILED" in reasons(paid)


def test_a_refund_that_an_app_never_answers_is_put_before_staff(
    paid: BespokeProject, silent: list[Any]
) -> None:
    refund = owe(paid)

    later(days=1)
    assert "REFUND_WAITING" not in reasons(paid)
    later(days=31)

    refund.refresh_from_db()
    assert refund.status == "PENDING"
    assert "REFUND_WAITING" in reasons(paid)
    assert requests() == len(silent) == 1


def test_money_whose_checkout_becomes_an_order_at_that_moment_goes_back_all_the_same(
    quoted_project: BespokeProject, checkout_id: str
) -> None:
    by_other_gateway(checkout_id)
    read_before = checkout_find(checkout_id)
    host.complete(checkout_id)

    effect = returning.release(read_before, key="just now")

    assert effect.outcome is Outcome.SUCCEEDED
    assert requests() == 1
    assert held() == 0


def test_a_refund_asked_for_again_takes_from_the_same_money(
    paid: BespokeProject, silent: list[Any]
) -> None:
    order = order_find(paid.payables.get().order_id)
    by_hand_later = order.payment_transactions.get()
    order.payment_transactions.create(
        name="More",
        currency="USD",
        charged_value=Decimal(50),
        app_identifier="x",
        idempotency_key="x",
    )
    returning.refund(order, amount=Decimal(100), key="a")
    by_hand_later.app = None
    by_hand_later.idempotency_key = None  # now it looks as if somebody had written it down
    by_hand_later.save()

    effect = returning.refund(order, amount=Decimal(100), key="a")

    assert effect.outcome is Outcome.PENDING
    assert requests() == 1
