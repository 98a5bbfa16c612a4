"""What the host did while nobody listened is found out, once, however often one looks."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from saleor_bespoke import tasks
from saleor_bespoke.flows import provider as provider_flow
from saleor_bespoke.flows import reconciling
from saleor_bespoke.money.models import Attempt, LedgerEntry, Payable
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.shop import port
from saleor_bespoke.shop.embedded import checkouts, orders, refunds
from saleor_bespoke.shop.embedded.models import TransactionItem
from saleor_bespoke.shop.port import shop
from tests.delivering import dispatch, host_order, pack
from tests.fixtures import make_customer, make_quoted, make_staff
from tests.paying import begin, confirm, fill_in, go_on, make_paid, pay
from tests.support import nothing_changes

pytestmark = pytest.mark.django_db

HINTS = (
    "order_paid",
    "order_cancelled",
    "order_refunded",
    "order_fulfilled",
    "fulfillment_cancelled",
    "tracking_updated",
    "checkout_gone",
    "user_deleted",
)


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """A while in which no hint of the host arrives."""

    @contextmanager
    def nobody_listens() -> Iterator[None]:
        with monkeypatch.context() as patch:
            for word in HINTS:
                patch.setitem(port._entries, word, lambda **_: None)
            yield

    return nobody_listens


def reasons(project: BespokeProject) -> set[str]:
    return set(project.attentions.filter(resolved_at=None).values_list("reason", flat=True))


def found_out_once() -> None:
    """One look repairs, the second finds nothing to do."""
    assert reconciling.reconcile() > 0
    with nothing_changes():
        assert reconciling.reconcile() == 0


def test_where_all_was_heard_nothing_is_said(
    provider: FakeStripe, customer: Actor, staff: Actor, ready_project: BespokeProject
) -> None:
    dispatch(pack(ready_project, staff), staff)
    deliveries.drain()

    with nothing_changes():
        assert reconciling.reconcile() == 0


def test_an_order_nobody_heard_of_starts_the_work(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject, deaf: Any
) -> None:
    with deaf():
        order = pay(provider, accepted.attempt.checkout_id)
    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.CHECKOUT

    found_out_once()

    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.DESIGN
    assert Payable.objects.get(pk=accepted.payable.pk).order_id == str(order.pk)


def test_a_checkout_that_vanished_ends_its_attempt(
    accepted: Any, quoted_project: BespokeProject, deaf: Any
) -> None:
    with deaf():
        assert checkouts.checkout_expire(accepted.attempt.checkout_id)

    found_out_once()

    attempt = Attempt.objects.get(pk=accepted.attempt.pk)
    assert (attempt.state, attempt.outcome) == ("ENDED", "GONE")
    assert Payable.objects.get(pk=accepted.payable.pk).status == "OPEN"


def test_a_live_checkout_is_left_alone(accepted: Any) -> None:
    with nothing_changes():
        assert reconciling.reconcile() == 0


def test_an_order_cancelled_unheard_asks_for_a_decision(
    paid_project: BespokeProject, deaf: Any
) -> None:
    with deaf():
        orders.order_cancel(host_order(paid_project))

    found_out_once()

    assert reasons(paid_project) == {"ORDER_CANCELLED"}


def test_a_refund_made_unheard_reaches_the_ledger(paid_project: BespokeProject, deaf: Any) -> None:
    with deaf():
        (item,) = TransactionItem.objects.filter(order=host_order(paid_project))
        refunds.refund(item, amount=Decimal(100), key="by staff")

    found_out_once()

    payable = paid_project.payables.get()
    assert payable.refund_committed == 100
    assert LedgerEntry.objects.get(payable=payable, kind="REFUNDED").amount == 100
    assert reasons(paid_project) == {"REFUNDED_IN_HOST"}


def test_a_parcel_sent_cancelled_and_renumbered_unheard_is_followed(
    ready_project: BespokeProject, staff: Actor, deaf: Any
) -> None:
    shipment = pack(ready_project, staff)
    with deaf():
        parcel = orders.order_fulfill(host_order(ready_project), quantity=1, tracking_number="H-1")
    found_out_once()
    shipment.refresh_from_db()
    assert (shipment.status, shipment.tracking_number) == ("DISPATCHED", "H-1")
    deliveries.drain()

    with deaf():
        orders.tracking_update(parcel, "H-2")
    found_out_once()
    shipment.refresh_from_db()
    assert shipment.tracking_number == "H-2"

    with deaf():
        orders.fulfillment_cancel(parcel)
    found_out_once()
    shipment.refresh_from_db()
    assert shipment.status == "PACKED"
    assert reasons(ready_project) == {"FULFILLMENT_CANCELLED"}


def test_a_parcel_before_its_time_is_shown_once(paid_project: BespokeProject, deaf: Any) -> None:
    with deaf():
        orders.order_fulfill(host_order(paid_project), quantity=1, tracking_number="")

    found_out_once()

    assert reasons(paid_project) == {"FULFILLED_BEFORE_QC"}


def test_a_stylist_whose_account_is_gone_is_missed_once(intake_project: BespokeProject) -> None:
    stylist = make_staff("stylist@example.com")
    BespokeProject.objects.filter(pk=intake_project.pk).update(
        stylist=stylist.user_pk, stylist_name="Sasha"
    )
    get_user_model().objects.get(pk=stylist.user_pk).delete()

    found_out_once()

    intake_project.refresh_from_db()
    assert intake_project.stylist_name == ""
    assert reasons(intake_project) == {"STYLIST_GONE"}


def test_one_row_that_fails_holds_up_no_other(
    provider: FakeStripe,
    customer: Actor,
    staff: Actor,
    deaf: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    projects = [
        make_paid(provider, make_customer(f"{n}@example.com"), staff) for n in ("one", "two")
    ]
    with deaf():
        for project in projects:
            orders.order_cancel(host_order(project))
    broken = min(str(project.payables.get().pk) for project in projects)
    real = port._entries["order_cancelled"]

    def stumble(*, order_id: str) -> None:
        if str(Payable.objects.get(order_id=order_id).pk) == broken:
            raise RuntimeError("out of order")
        real(order_id=order_id)

    with monkeypatch.context() as patch:
        patch.setitem(port._entries, "order_cancelled", stumble)
        reconciling.reconcile()
    told = [project for project in projects if reasons(project)]
    assert len(told) == 1
    assert "out of order" in caplog.text

    reconciling.reconcile()
    assert all(reasons(project) == {"ORDER_CANCELLED"} for project in projects)


def test_each_look_takes_its_share_and_all_have_their_turn(
    monkeypatch: pytest.MonkeyPatch, customer: Actor, staff: Actor, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(reconciling, "ORDERS_UNDER_WAY", 2)
    rows = Payable.objects.all()
    for n in range(5):
        project = make_quoted(make_customer(f"{n}@example.com"), staff)
        Payable.objects.create(
            project=project,
            kind="EXTRA",
            subject_pk=project.pk,
            title="Engraving",
            amount=Decimal(10),
            currency="USD",
            created_at=project.created_at,
        )
    seen = []
    for minute in range(3):
        monkeypatch.setattr(reconciling.clock, "now", lambda m=minute: _at(m))
        with django_assert_num_queries(2):
            seen.append([row.pk for row in reconciling._share(rows, 2)])
    assert [len(share) for share in seen] == [2, 2, 1]
    assert {pk for share in seen for pk in share} == set(rows.values_list("pk", flat=True))


def _at(minute: int) -> Any:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(3 * 60 * 1_000_000 + 60 * minute, UTC)


def test_it_is_on_the_schedule(paid_project: BespokeProject, deaf: Any) -> None:
    with deaf():
        orders.order_cancel(host_order(paid_project))

    assert tasks.SCHEDULE["saleor_bespoke.reconciling"] == 60
    assert tasks.reconcile() == 1

    assert reasons(paid_project) == {"ORDER_CANCELLED"}


# refunds, as the provider reports them ----------------------------------------------------------


def report(provider: FakeStripe, kind: str, refund: dict[str, Any]) -> None:
    """The provider's signed report of a refund."""
    event = {"id": f"evt_{kind}_{refund['status']}", "type": kind, "data": {"object": refund}}
    payload = json.dumps(event).encode()
    stamp = int(time.time())
    signed = f"{stamp}.".encode() + payload
    digest = hmac.new(provider.webhook_secret.encode(), signed, hashlib.sha256).hexdigest()
    assert port.tell("provider_event", payload=payload, signature=f"t={stamp},v1={digest}")
    provider_flow.provider_events_process()


def refund_of(item: TransactionItem, status: str, **facts: Any) -> dict[str, Any]:
    return {
        "id": "re_1",
        "object": "refund",
        "payment_intent": item.psp_reference,
        "amount": 10_000,
        "currency": "usd",
        "status": status,
        "metadata": {},
        **facts,
    }


def test_a_refund_made_at_the_provider_itself_reaches_host_and_ledger(
    provider: FakeStripe, paid_project: BespokeProject
) -> None:
    (item,) = TransactionItem.objects.filter(order=host_order(paid_project))
    charged = item.charged

    report(provider, "refund.created", refund_of(item, "pending"))
    item.refresh_from_db()
    assert (item.charged, item.refund_pending, item.refunded) == (charged - 100, 100, 0)

    report(provider, "refund.updated", refund_of(item, "succeeded"))
    item.refresh_from_db()
    assert (item.charged, item.refund_pending, item.refunded) == (charged - 100, 0, 100)
    assert paid_project.payables.get().refund_committed == 100
    assert reasons(paid_project) == {"REFUNDED_IN_HOST"}


def test_a_refund_that_fails_in_the_end_is_undone_at_the_host_and_shown(
    provider: FakeStripe, paid_project: BespokeProject
) -> None:
    (item,) = TransactionItem.objects.filter(order=host_order(paid_project))
    charged = item.charged
    report(provider, "refund.created", refund_of(item, "succeeded"))

    failed = refund_of(item, "failed", failure_reason="lost_or_stolen_card")
    report(provider, "refund.failed", failed)

    item.refresh_from_db()
    assert (item.charged, item.refunded) == (charged, 0)
    assert LedgerEntry.objects.get(kind="REFUND_FAILED").amount == 100
    assert reasons(paid_project) == {"REFUNDED_IN_HOST", "HOST_REFUND_FAILED"}
    assert reconciling.reconcile() == 0

    # Older news that comes late changes nothing: a failure is the last word.
    late = refund_of(item, "succeeded")
    report(provider, "refund.updated", late)
    item.refresh_from_db()
    assert (item.charged, item.refunded) == (charged, 0)


def test_a_refund_staff_asked_for_is_one_with_its_report(
    provider: FakeStripe, paid_project: BespokeProject
) -> None:
    (item,) = TransactionItem.objects.filter(order=host_order(paid_project))
    event = refunds.refund(item, amount=Decimal(100), key="by staff, reported")

    report(
        provider,
        "refund.created",
        refund_of(
            item, "succeeded", id=event.psp_reference, metadata={"refund": "by staff, reported"}
        ),
    )

    item.refresh_from_db()
    assert item.refunded == 100
    assert item.events.filter(type="REFUND_SUCCESS").count() == 1
    assert item.events.filter(type="REFUND_REQUEST").count() == 1


def test_a_report_of_an_unknown_payment_changes_nothing_at_the_host(accepted: Any) -> None:
    fill_in(accepted.attempt.checkout_id)
    effect = shop().refund_report(
        checkout_id=accepted.attempt.checkout_id,
        payment="pi_unknown",
        reference="re_1",
        amount=Decimal(1),
        currency="USD",
        outcome=port.Outcome.SUCCEEDED,
        reason="",
        key="",
    )
    assert effect.outcome is port.Outcome.FAILED
    assert not TransactionItem.objects.exists()


def test_a_checkout_that_is_paid_and_open_is_no_order_yet(
    provider: FakeStripe, accepted: Any
) -> None:
    fill_in(accepted.attempt.checkout_id)
    transaction, _, _ = begin(accepted.attempt.checkout_id)
    confirm(provider, transaction.psp_reference)
    go_on(transaction)

    assert shop().checkouts_ended([accepted.attempt.checkout_id]) == {}
