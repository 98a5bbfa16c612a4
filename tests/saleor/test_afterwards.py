"""What staff and the shop itself do after payment: the commission follows or asks for attention."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import graphene
import pytest
from django.contrib.auth import get_user_model
from saleor.checkout.models import Checkout
from saleor.core.jwt import create_access_token
from saleor.order.models import Order

from saleor_bespoke.flows import reconciling
from saleor_bespoke.money.models import Attempt, LedgerEntry, Payment
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import Stage
from tests.fixtures import accept_quote, make_quoted, make_staff
from tests.hosts import saleor as host
from tests.paying import fill_in, make_paid
from tests.saleor.shopping import mutate, reasons, ref

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(db: None) -> str:
    """The access token of staff who manage orders and payments."""
    who = make_staff("boss@example.com", permissions=("MANAGE_ORDERS", "HANDLE_PAYMENTS"))
    return str(create_access_token(get_user_model().objects.get(pk=who.user_pk)))


@pytest.fixture
def paid(provider: FakeStripe, customer: Actor, staff: Actor) -> BespokeProject:
    """The customer's commission at stage DESIGN."""
    project: BespokeProject = make_paid(provider, customer, staff)
    assert project.stage == Stage.DESIGN
    return project


def order_of(project: BespokeProject) -> str:
    """The order's global id."""
    return str(graphene.Node.to_global_id("Order", project.payables.get(kind="QUOTE").order_id))


def seen(project: BespokeProject, boss: str) -> Any:
    """The order as staff see it."""
    answer = host.ask(host.document("orderAsStaff"), {"id": order_of(project)}, bearer=boss)
    assert "errors" not in answer, answer
    return answer["data"]["order"]


def refunded(provider: FakeStripe, project: BespokeProject) -> Decimal:
    """What the provider itself sent back of the commission's payments."""
    payments = Payment.objects.filter(attempt__payable__project=project)
    paid_by = set(payments.values_list("provider_reference", flat=True))
    rows = provider.state.table("refund").values()
    cents = sum(row["amount"] for row in rows if row["payment_intent"] in paid_by)
    return Decimal(cents) / 100


def fulfil(project: BespokeProject, boss: str) -> str:
    """Staff record the parcel in the Dashboard: the fulfilment's global id."""
    (line,) = seen(project, boss)["lines"]
    (stock,) = line["variant"]["stocks"]
    stocks = [{"quantity": 1, "warehouse": stock["warehouse"]["id"]}]
    payload = host.done(
        "orderFulfill",
        bearer=boss,
        order=order_of(project),
        input={"lines": [{"orderLineId": line["id"], "stocks": stocks}]},
    )
    return str(payload["fulfillments"][0]["id"])


def test_an_order_cancelled_in_the_dashboard_asks_for_a_decision(
    paid: BespokeProject, boss: str
) -> None:
    host.done("orderCancel", bearer=boss, id=order_of(paid))

    paid.refresh_from_db()
    assert paid.stage == Stage.DESIGN
    assert reasons(paid) == {"ORDER_CANCELLED"}


def test_a_refund_in_the_dashboard_reaches_the_provider_and_the_ledger(
    provider: FakeStripe, paid: BespokeProject, boss: str
) -> None:
    (transaction,) = seen(paid, boss)["transactions"]

    host.done(
        "transactionRequestAction",
        bearer=boss,
        id=transaction["id"],
        actionType="REFUND",
        amount="100.00",
    )

    assert refunded(provider, paid) == Decimal(100)
    assert seen(paid, boss)["totalRefunded"]["amount"] == 100
    payable = paid.payables.get()
    assert payable.refund_committed == Decimal(100)
    assert LedgerEntry.objects.get(payable=payable, kind="REFUNDED").amount == Decimal(100)
    assert "REFUNDED_IN_HOST" in reasons(paid)


def test_our_own_refund_goes_through_the_shop(
    provider: FakeStripe, paid: BespokeProject, boss: str, customer: Actor
) -> None:
    from saleor_bespoke.flows.cancelling import terms_of
    from saleor_bespoke.flows.leaving import project_leave

    terms = terms_of(paid, paid.payables.all(), reason="CUSTOMER_WISH")
    project_leave(
        actor=customer, project_pk=paid.pk, reason="CUSTOMER_WISH", expected_refund=terms.refund
    )
    deliveries.drain()
    deliveries.drain()

    assert seen(paid, boss)["totalRefunded"]["amount"] == terms.refund
    assert refunded(provider, paid) == terms.refund
    assert not reasons(paid)
    assert paid.payables.get().refunds.get().status == "SUCCEEDED"


def test_a_parcel_before_quality_control_is_put_before_staff(
    paid: BespokeProject, boss: str
) -> None:
    fulfil(paid, boss)

    paid.refresh_from_db()
    assert paid.stage == Stage.DESIGN
    assert reasons(paid) == {"FULFILLED_BEFORE_QC"}


def test_a_parcel_recorded_cancelled_and_renumbered_in_the_dashboard_is_followed(
    ready_in_saleor: BespokeProject, boss: str
) -> None:
    project = ready_in_saleor
    parcel = fulfil(project, boss)
    shipment = project.shipments.get(purpose="ORDER")
    assert shipment.status == "DISPATCHED"

    host.done("orderFulfillmentUpdateTracking", bearer=boss, id=parcel, trackingNumber="1Z-NEW")
    shipment.refresh_from_db()
    assert shipment.tracking_number == "1Z-NEW"

    warehouse = seen(project, boss)["lines"][0]["variant"]["stocks"][0]["warehouse"]["id"]
    mutate(
        "orderFulfillmentCancel",
        "id: $id, input: {warehouseId: $warehouse}",
        "$id: ID!, $warehouse: ID!",
        who=boss,
        id=parcel,
        warehouse=warehouse,
    )
    shipment.refresh_from_db()
    assert shipment.status == "PACKED"
    assert "FULFILLMENT_CANCELLED" in reasons(project)


@pytest.fixture
def ready_in_saleor(
    paid: BespokeProject, customer: Actor, staff: Actor, settings: Any
) -> BespokeProject:
    """The customer's commission at stage SHIPPING."""
    from tests.delivering import make_ready

    ready = make_ready(paid, customer, staff)
    assert ready.stage == Stage.SHIPPING
    return ready


def test_our_parcel_is_fulfilled_in_the_shop(
    ready_in_saleor: BespokeProject, staff: Actor, boss: str
) -> None:
    from tests.delivering import dispatch, pack

    dispatch(pack(ready_in_saleor, staff), staff)
    deliveries.drain()

    order = seen(ready_in_saleor, boss)
    assert order["status"] == "FULFILLED"
    (parcel,) = order["fulfillments"]
    shipment = ready_in_saleor.shipments.get(purpose="ORDER")
    assert shipment.host_fulfillment_id is not None
    assert parcel["trackingNumber"] == shipment.tracking_number


def test_a_deleted_customer_leaves_the_commission_to_its_token(
    paid: BespokeProject, customer: Actor
) -> None:
    get_user_model().objects.get(pk=customer.user_pk).delete()

    paid.refresh_from_db()
    assert paid.owner_id is None
    assert paid.stage == Stage.DESIGN


def test_a_checkout_that_the_shop_deletes_ends_its_attempt(
    customer: Actor, staff: Actor, provider: FakeStripe
) -> None:
    project = make_quoted(customer, staff)
    opened = accept_quote(project, customer)
    fill_in(opened.attempt.checkout_id)
    Checkout.objects.filter(pk=opened.attempt.checkout_id).delete()

    reconciling.reconcile()

    assert Attempt.objects.get(pk=opened.attempt.pk).outcome == "GONE"
    assert project.payables.get().status == "OPEN"


def test_what_a_lost_hint_would_have_told_is_found_out(
    customer: Actor, staff: Actor, provider: FakeStripe, settings: Any
) -> None:
    """The plugin was off while the order was paid."""
    project = make_quoted(customer, staff)
    opened = accept_quote(project, customer)
    checkout_id = opened.attempt.checkout_id
    fill_in(checkout_id)
    from tests.saleor.shopping import charged_by_card

    charged_by_card(provider, checkout_id)
    settings.PLUGINS = []
    host.complete(checkout_id)
    project.refresh_from_db()
    assert project.stage == Stage.CHECKOUT

    reconciling.reconcile()

    project.refresh_from_db()
    assert project.stage == Stage.DESIGN
    assert project.payables.get().order_id == str(Order.objects.get().pk)
    assert ref(checkout_id)
