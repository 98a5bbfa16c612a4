"""Hints and the guard inside Saleor: what reaches the product, what does not, what never fails."""

from __future__ import annotations

import logging
from typing import Any
from uuid import uuid4

import graphene
import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from saleor.account.models import User
from saleor.app.models import App
from saleor.channel.models import Channel
from saleor.checkout.fetch import fetch_checkout_info, fetch_checkout_lines
from saleor.checkout.models import Checkout, CheckoutLine
from saleor.core.jwt import create_access_token
from saleor.order.models import Order
from saleor.plugins.manager import get_plugins_manager
from saleor.product.models import ProductVariant
from saleor.tax.models import TaxClass
from saleor.warehouse.models import Warehouse

from saleor_bespoke.flows import reconciling
from saleor_bespoke.money.models import Attempt, Payable
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.plugins.saleor.hooks import LEGACY, NOT_FOR_SALE
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.shop import port
from saleor_bespoke.shop.port import GATEWAY
from saleor_bespoke.shop.saleor.installed import MARK
from tests.fixtures import make_staff
from tests.hosts import saleor as host
from tests.paying import begin, confirm, fill_in, go_on, make_paid
from tests.saleor import other_gateway
from tests.saleor.shopping import TOTAL, mutate, reasons, ref

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words that reach the product, in their order; what they say is done as ever."""
    words: list[str] = []

    def listening(word: str, entry: Any) -> Any:
        def entered(**values: Any) -> Any:
            words.append(word)
            return entry(**values)

        return entered

    for word, entry in list(port._entries.items()):
        monkeypatch.setitem(port._entries, word, listening(word, entry))
    return words


@pytest.fixture
def boss(db: None) -> str:
    """The access token of staff who may do everything here."""
    permissions = ("MANAGE_ORDERS", "HANDLE_PAYMENTS", "MANAGE_STAFF", "MANAGE_USERS")
    who = make_staff("boss@example.com", permissions=permissions)
    return str(create_access_token(get_user_model().objects.get(pk=who.user_pk)))


def pay_by_ours(provider: FakeStripe, checkout_id: str) -> Order:
    """The way of a storefront whose addresses are filled in."""
    begun, _, _ = begin(checkout_id)
    confirm(provider, begun.psp_reference)
    go_on(begun)
    order: Order = host.complete(checkout_id)
    return order


def buy_box() -> Order:
    """An ordinary order of the shop's own catalogue, paid by another gateway."""
    other_gateway.app_make()
    checkout_id = host.checkout_of(host.ordinary_variant(), channel="us")
    fill_in(checkout_id)
    host.done("transactionInitialize", id=ref(checkout_id), gateway=other_gateway.GATEWAY, data={})
    order: Order = host.complete(checkout_id)
    return order


# hints --------------------------------------------------------------------------------------------


def test_paying_says_what_must_be_known(
    provider: FakeStripe, heard: list[str], checkout_id: str
) -> None:
    pay_by_ours(provider, checkout_id)

    assert heard[:3] == ["payment_initialize", "payment_process", "checkout_completing"]
    assert set(heard[3:]) == {"order_paid"}


def test_orders_of_others_say_nothing_and_cost_nothing(shop: None, heard: list[str]) -> None:
    order = buy_box()
    manager = get_plugins_manager(allow_replica=False)
    plugins = [
        plugin
        for plugin in manager.get_plugins(channel_slug="us")
        if plugin.PLUGIN_ID.startswith("saleor.bespoke")
    ]
    assert len(plugins) == 2
    order = Order.objects.get(pk=order.pk)
    hints = ("order_paid", "order_fully_paid", "order_cancelled", "order_refunded")
    with CaptureQueriesContext(connection) as asked:
        for plugin in plugins:
            for hint in (*hints, "order_fully_refunded", "order_fulfilled"):
                if hasattr(plugin, hint):
                    getattr(plugin, hint)(order, previous_value=None, webhooks=None)

    assert len(asked.captured_queries) == 0
    assert heard == []


def test_a_hint_that_fails_does_not_fail_the_shop(
    provider: FakeStripe,
    checkout_id: str,
    quoted_project: BespokeProject,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("out of order")

    with monkeypatch.context() as patch:
        patch.setitem(port._entries, "order_paid", broken)
        with caplog.at_level(logging.ERROR):
            order = pay_by_ours(provider, checkout_id)

    assert order.total_charged_amount == TOTAL
    assert "out of order" in caplog.text
    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.CHECKOUT
    assert reconciling.reconcile() > 0
    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.DESIGN


def test_a_hint_within_a_transaction_waits_for_its_end(
    provider: FakeStripe, customer: Actor, staff: Actor, heard: list[str]
) -> None:
    project = make_paid(provider, customer, staff)
    order = Order.objects.get(pk=project.payables.get().order_id)
    manager = get_plugins_manager(allow_replica=False)
    heard.clear()

    with TestCase.captureOnCommitCallbacks(execute=True):
        with transaction.atomic():
            manager.order_cancelled(order)
        assert heard == []

    assert heard == ["order_cancelled"]


def test_hints_use_no_network(provider: FakeStripe, checkout_id: str) -> None:
    project = BespokeProject.objects.get(payables__attempts__checkout_id=checkout_id)
    pay_by_ours(provider, checkout_id)
    order = Order.objects.get(pk=Payable.objects.get(project=project).order_id)
    manager = get_plugins_manager(allow_replica=False)
    provider.control("faults", {"kind": "reset", "times": 99})
    try:
        with TestCase.captureOnCommitCallbacks(execute=True):
            for hint in ("order_paid", "order_fully_paid", "order_cancelled", "order_refunded"):
                getattr(manager, hint)(order)
        left = list(provider.state.data["faults"])
    finally:
        provider.control("faults", {}, method="DELETE")

    assert sum(fault["left"] for fault in left) == 99


def test_a_deleted_stylist_is_told_of(
    checkout_id: str, quoted_project: BespokeProject, boss: str
) -> None:
    stylist = make_staff("stylist@example.com", permissions=("MANAGE_ORDERS",))
    BespokeProject.objects.filter(pk=quoted_project.pk).update(
        stylist=stylist.user_pk, stylist_name="Sasha"
    )
    superuser = User.objects.get(email="boss@example.com")
    superuser.is_superuser = True
    superuser.save(update_fields=["is_superuser"])

    payload = mutate(
        "staffDelete",
        "id: $id",
        "$id: ID!",
        who=boss,
        id=graphene.Node.to_global_id("User", stylist.user_pk),
    )

    assert payload["errors"] == []
    assert "STYLIST_GONE" in reasons(quoted_project)


def test_our_deleted_app_is_in_the_log(shop: None, caplog: pytest.LogCaptureFixture) -> None:
    manager = get_plugins_manager(allow_replica=False)

    with caplog.at_level(logging.ERROR):
        manager.app_deleted(App(identifier="other"))
        assert "bespoke_setup" not in caplog.text
        manager.app_deleted(App(identifier=GATEWAY))

    assert "bespoke_setup" in caplog.text


# the guard ----------------------------------------------------------------------------------------


def test_a_piece_in_a_shoppers_own_checkout_is_vetoed(checkout_id: str) -> None:
    variant = CheckoutLine.objects.get(checkout=checkout_id).variant
    manager = get_plugins_manager(allow_replica=False)
    mine = Checkout.objects.create(
        channel=Channel.objects.get(slug="us"), currency="USD", email="buyer@example.com"
    )
    mine.lines.create(variant=variant, quantity=1, currency="USD")
    lines, _ = fetch_checkout_lines(mine)

    with pytest.raises(ValidationError, match=NOT_FOR_SALE):
        manager.preprocess_order_creation(fetch_checkout_info(mine, lines, manager), lines)


def test_a_checkout_with_our_mark_and_no_attempt_is_vetoed(shop: None) -> None:
    host.ordinary_variant()
    manager = get_plugins_manager(allow_replica=False)
    forged = Checkout.objects.create(
        channel=Channel.objects.get(slug="us"), currency="USD", tracking_code=MARK
    )
    forged.lines.create(variant=ProductVariant.objects.get(name="Box"), quantity=1, currency="USD")
    lines, _ = fetch_checkout_lines(forged)

    with pytest.raises(ValidationError, match=NOT_FOR_SALE):
        manager.preprocess_order_creation(fetch_checkout_info(forged, lines, manager), lines)


def test_the_older_flow_is_refused_with_a_reason(
    checkout_id: str, quoted_project: BespokeProject
) -> None:
    other_gateway.OtherGateway.taken.clear()
    mutate(
        "checkoutPaymentCreate",
        "id: $id, input: $input",
        "$id: ID!, $input: PaymentInput!",
        id=ref(checkout_id),
        input={"gateway": "tests.other_gateway", "token": "paid", "amount": str(TOTAL)},
    )

    (error,) = host.api("checkoutComplete", id=ref(checkout_id))["errors"]

    assert (error["code"], error["message"]) == ("INVALID", LEGACY)
    assert other_gateway.OtherGateway.taken == []
    assert not Order.objects.exists()


def test_an_app_gets_a_clean_refusal_too(checkout_id: str) -> None:
    token = host.app_token("handle_checkouts", "impersonate_user")

    payload = mutate(
        "orderCreateFromCheckout", "id: $id", "$id: ID!", who=token, id=ref(checkout_id)
    )

    (error,) = payload["errors"]
    assert error["code"] == "GRAPHQL_ERROR"
    assert "7480.00 USD" in error["message"]
    assert not Order.objects.exists()


def test_saleors_automatic_completion_asks_the_guard(
    checkout_id: str, quoted_project: BespokeProject
) -> None:
    from saleor.checkout.tasks import automatic_checkout_completion_task

    channel = Channel.objects.get(slug="us")
    channel.automatically_complete_fully_paid_checkouts = True
    channel.allow_unpaid_orders = True
    channel.save()

    automatic_checkout_completion_task(checkout_id, None, None)

    assert not Order.objects.exists()
    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.CHECKOUT


# orders that never were checkouts of ours ---------------------------------------------------------


def bulk_order(who: str, variant: ProductVariant, **given: Any) -> Any:
    """An order written straight into the shop by an app."""
    query = """mutation m($orders: [OrderBulkCreateInput!]!) {
      orderBulkCreate(orders: $orders, stockUpdatePolicy: SKIP) {
        results { order { id } errors { message code } } } }"""
    address = {"firstName": "A", "lastName": "B", "country": "US", "countryArea": "NY"}
    address |= {"streetAddress1": "1 Fifth Avenue", "city": "New York", "postalCode": "10003"}
    tax_class = TaxClass.objects.create(name="None")
    line = {
        "warehouse": graphene.Node.to_global_id(
            "Warehouse", Warehouse.objects.get(slug="workshop").pk
        ),
        "variantId": graphene.Node.to_global_id("ProductVariant", variant.pk),
        "createdAt": "2026-01-01T00:00:00Z",
        "isShippingRequired": False,
        "isGiftCard": False,
        "quantity": 1,
        "totalPrice": {"gross": "7480", "net": "7480"},
        "undiscountedTotalPrice": {"gross": "7480", "net": "7480"},
        "taxRate": "0",
        "taxClassId": graphene.Node.to_global_id("TaxClass", tax_class.pk),
    }
    order = {
        "channel": "us",
        "createdAt": "2026-01-01T00:00:00Z",
        "status": "UNFULFILLED",
        "user": {"email": "buyer@example.com"},
        "billingAddress": address,
        "currency": "USD",
        "languageCode": "EN",
        "lines": [line],
        "transactions": [{"amountCharged": {"amount": "7480", "currency": "USD"}}],
        **given,
    }
    answer = host.ask(query, {"orders": [order]}, bearer=who)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]["orderBulkCreate"]["results"][0]


def test_an_order_written_into_the_shop_starts_nothing(
    checkout_id: str, quoted_project: BespokeProject, heard: list[str]
) -> None:
    token = host.app_token("manage_orders_import", "manage_orders")
    variant = CheckoutLine.objects.get(checkout=checkout_id).variant
    mark = [{"key": MARK, "value": checkout_id}]

    result = bulk_order(token, variant, privateMetadata=mark)
    assert result["errors"] in (None, [])
    order = Order.objects.get()
    with TestCase.captureOnCommitCallbacks(execute=True):
        get_plugins_manager(allow_replica=False).order_paid(order)

    assert order.checkout_token in ("", None)
    assert "order_paid" in heard  # the forged mark makes us look; there is nothing to find
    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.CHECKOUT
    assert Attempt.objects.get().state == "LIVE"
    assert reconciling.reconcile() == 0


def test_an_order_without_its_money_is_put_before_staff(
    provider: FakeStripe, quoted_project: BespokeProject, checkout_id: str, settings: Any
) -> None:
    """The plugin was off while the shop made an order of an unpaid checkout."""
    from saleor.plugins.models import PluginConfiguration

    Channel.objects.update(allow_unpaid_orders=True)
    switch = PluginConfiguration.objects.filter(identifier="saleor.bespoke")
    switch.update(active=False)
    host.complete(checkout_id)
    switch.update(active=True)

    reconciling.reconcile()
    reconciling.reconcile()

    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.CHECKOUT
    assert reasons(quoted_project) == {"ORDER_UNPAID"}


def test_unknown_checkouts_are_gone() -> None:
    unknown = str(uuid4())
    assert port.shop().checkouts_ended([unknown]) == {unknown: ""}
