"""Our gateway in Saleor's Transactions API: a storefront's shapes, refusals, refunds, keys."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

import graphene
import pytest
from django.contrib.auth import get_user_model
from django.test import Client, TestCase
from saleor.app.models import App
from saleor.channel.models import Channel
from saleor.checkout.models import Checkout
from saleor.core.jwt import create_access_token
from saleor.order.models import Order
from saleor.payment.models import TransactionItem
from saleor.plugins.models import PluginConfiguration

from saleor_bespoke.flows import provider as provider_flow
from saleor_bespoke.flows import reconciling
from saleor_bespoke.flows.payment import ENDED, UNAVAILABLE
from saleor_bespoke.money import accounts
from saleor_bespoke.money.models import Payment
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.plugins.saleor import configuration
from saleor_bespoke.plugins.saleor.gateway import CHARGED_AT_ONCE, NOT_OURS, UNCERTAIN
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.port import GATEWAY
from tests.fixtures import make_staff
from tests.hosts import saleor as host
from tests.paying import begin, confirm, fill_in, make_paid
from tests.saleor import other_gateway
from tests.saleor.shopping import TOTAL, mutate, reasons, ref

pytestmark = pytest.mark.django_db


@pytest.fixture
def ordinary(shop: None) -> str:
    """A checkout of the shop's own catalogue."""
    checkout_id = host.checkout_of(host.ordinary_variant(), channel="us")
    fill_in(checkout_id)
    return checkout_id


@pytest.fixture
def boss(db: None) -> str:
    """The access token of staff who manage payments and plugins."""
    who = make_staff(
        "boss@example.com", permissions=("MANAGE_ORDERS", "HANDLE_PAYMENTS", "MANAGE_PLUGINS")
    )
    return str(create_access_token(get_user_model().objects.get(pk=who.user_pk)))


@pytest.fixture
def paid(provider: FakeStripe, customer: Actor, staff: Actor) -> BespokeProject:
    """The customer's commission at stage DESIGN."""
    return make_paid(provider, customer, staff)


def initialise(source: str, **given: Any) -> Any:
    """What a storefront gets from `transactionInitialize` with our gateway."""
    return host.done("transactionInitialize", **{"id": source, "gateway": GATEWAY, **given})


def offered(source: str, gateways: list[str] | None) -> dict[str, Any]:
    """Gateway → (data, the messages of its errors), of `paymentGatewayInitialize`."""
    query = """mutation m($id: ID!, $of: [PaymentGatewayToInitialize!]) {
      paymentGatewayInitialize(id: $id, paymentGateways: $of) {
        gatewayConfigs { id data errors { message code } } errors { message } } }"""
    of = None if gateways is None else [{"id": name} for name in gateways]
    answer = host.ask(query, {"id": source, "of": of})
    assert "errors" not in answer, answer
    configs = answer["data"]["paymentGatewayInitialize"]["gatewayConfigs"]
    return {
        row["id"]: (row["data"], [error["message"] for error in row["errors"]]) for row in configs
    }


def events(item: TransactionItem) -> list[tuple[str, str]]:
    """Type and message of a transaction's events, oldest first."""
    rows = item.events.order_by("pk").values_list("type", "message")
    return [(kind, message or "") for kind, message in rows]


def act(item: TransactionItem, boss: str, action: str, amount: str | None = None) -> None:
    """Staff ask for something in the Dashboard."""
    host.done(
        "transactionRequestAction",
        bearer=boss,
        id=graphene.Node.to_global_id("TransactionItem", item.token),
        actionType=action,
        amount=amount,
    )
    item.refresh_from_db()


def reported(provider: FakeStripe, refund: dict[str, Any], kind: str = "refund.updated") -> None:
    """The provider tells the plugin's address how a refund stands."""
    event = {"id": f"evt_{time.time_ns()}", "type": kind, "data": {"object": refund}}
    payload = json.dumps(event, default=str).encode()
    stamp = int(time.time())
    signed = f"{stamp}.".encode() + payload
    mac = hmac.new(provider.webhook_secret.encode(), signed, hashlib.sha256).hexdigest()
    answer = Client().post(
        "/plugins/saleor.bespoke/stripe/webhook",
        payload,
        content_type="application/json",
        HTTP_STRIPE_SIGNATURE=f"t={stamp},v1={mac}",
    )
    assert answer.status_code == 200, answer.content
    with TestCase.captureOnCommitCallbacks(execute=True):
        provider_flow.provider_events_process()


# what a storefront sees ---------------------------------------------------------------------------


def test_a_storefront_pays_with_the_shapes_of_saleors_stripe_app(checkout_id: str) -> None:
    assert offered(ref(checkout_id), [GATEWAY]) == {
        GATEWAY: ({"stripePublishableKey": "pk_test_embedded"}, [])
    }

    begun = initialise(ref(checkout_id), data={"paymentIntent": {"paymentMethod": "card"}})

    assert begun["transactionEvent"]["type"] == "CHARGE_ACTION_REQUIRED"
    assert begun["transactionEvent"]["amount"]["amount"] == TOTAL
    secret = begun["data"]["paymentIntent"]["stripeClientSecret"]
    assert secret.startswith("pi_")
    assert "_secret_" in secret


def test_asked_for_all_gateways_it_offers_itself_for_bespoke_checkouts_alone(
    checkout_id: str, ordinary: str
) -> None:
    assert GATEWAY in offered(ref(checkout_id), None)
    assert GATEWAY not in offered(ref(ordinary), None)
    assert offered(ref(ordinary), [GATEWAY]) == {GATEWAY: (None, [NOT_OURS])}


def test_storefronts_find_it_among_the_gateways_of_a_bespoke_checkout_alone(
    checkout_id: str, ordinary: str
) -> None:
    query = "query q($id: ID!) { checkout(id: $id) { availablePaymentGateways { id name } } }"

    def found(source: str) -> set[str]:
        answer = host.ask(query, {"id": ref(source)})
        gateways = answer["data"]["checkout"]["availablePaymentGateways"]
        return {row["id"] for row in gateways}

    assert GATEWAY in found(checkout_id)
    assert GATEWAY not in found(ordinary)
    shop_wide = "{ shop { availablePaymentGateways { id } } }"
    everywhere = host.ask(shop_wide, {})["data"]["shop"]["availablePaymentGateways"]
    assert {"saleor.bespoke", GATEWAY}.isdisjoint(row["id"] for row in everywhere)


@pytest.mark.parametrize("gateway", [GATEWAY, "saleor.bespoke", "saleor.bespoke.sessions"])
def test_the_older_payment_flow_does_not_take_it(checkout_id: str, gateway: str) -> None:
    mutate(
        "checkoutPaymentCreate",
        "id: $id, input: $input",
        "$id: ID!, $input: PaymentInput!",
        id=ref(checkout_id),
        input={"gateway": gateway, "token": "paid", "amount": str(TOTAL)},
    )
    payload = host.api("checkoutComplete", id=ref(checkout_id))
    assert payload["errors"]
    assert not Order.objects.exists()


def test_it_charges_also_where_the_channel_authorises_first(checkout_id: str) -> None:
    Channel.objects.update(default_transaction_flow_strategy="authorization")

    begun = initialise(ref(checkout_id), data={})

    assert begun["transactionEvent"]["type"] == "CHARGE_ACTION_REQUIRED"


def test_a_declined_card_is_told_by_the_provider(provider: FakeStripe, checkout_id: str) -> None:
    transaction, _, _ = begin(checkout_id)
    confirm(provider, transaction.psp_reference, "pm_card_chargeDeclined")

    _, event, _ = host.go_on(transaction)

    assert event["type"] == "CHARGE_FAILURE"
    assert "declined" in event["message"]


# what it takes no money for -----------------------------------------------------------------------


def test_a_refused_click_opens_nothing_any_more_and_another_pays(
    provider: FakeStripe, checkout_id: str
) -> None:
    """Saleor answers the first failure of a transaction for ever, so nothing may follow on it."""
    click = {"amount": str(TOTAL), "idempotencyKey": "a click"}
    Checkout.objects.filter(pk=checkout_id).update(billing_address=None)
    refused = initialise(ref(checkout_id), **click)
    fill_in(checkout_id)
    opened = len(provider.state.table("payment_intent"))

    again = initialise(ref(checkout_id), **click)

    assert again["transaction"]["id"] == refused["transaction"]["id"]
    for answer in (refused, again):
        assert answer["transactionEvent"]["type"] == "CHARGE_FAILURE"
    assert again["data"] == {"errors": [{"message": ENDED}]}
    assert len(provider.state.table("payment_intent")) == opened
    went_on = host.done("transactionProcess", id=again["transaction"]["id"], data={})
    assert went_on["transactionEvent"]["type"] == "CHARGE_FAILURE"
    other = initialise(ref(checkout_id), **click | {"idempotencyKey": "another click"})
    assert other["transactionEvent"]["type"] == "CHARGE_ACTION_REQUIRED"


def test_it_takes_nothing_for_the_shops_own_catalogue(provider: FakeStripe, ordinary: str) -> None:
    before = len(provider.state.table("payment_intent"))

    begun = initialise(ref(ordinary), data={})

    assert begun["transactionEvent"]["type"] == "CHARGE_FAILURE"
    assert begun["transactionEvent"]["message"] == NOT_OURS
    assert len(provider.state.table("payment_intent")) == before


def test_an_order_is_not_paid_by_it(provider: FakeStripe, paid: BespokeProject, boss: str) -> None:
    before = len(provider.state.table("payment_intent"))
    order = graphene.Node.to_global_id("Order", paid.payables.get().order_id)

    again = initialise(order, data={}, amount="10")
    draft = host.draft_order(host.ordinary_variant(), channel="us", who=boss)
    other = initialise(draft, data={}, amount="10")

    assert (
        again["transactionEvent"]["type"] == other["transactionEvent"]["type"] == ("CHARGE_FAILURE")
    )
    assert again["transactionEvent"]["message"] == "This sum is paid already."
    assert other["transactionEvent"]["message"] == NOT_OURS
    assert len(provider.state.table("payment_intent")) == before


def test_other_gateways_answers_pass_unchanged(ordinary: str) -> None:
    other_gateway.app_make()

    payload = host.done(
        "transactionInitialize", id=ref(ordinary), gateway=other_gateway.GATEWAY, data={}
    )

    assert payload["transactionEvent"]["type"] == "CHARGE_SUCCESS"


def test_where_the_plugin_is_off_it_does_not_answer(checkout_id: str, provider: FakeStripe) -> None:
    before = len(provider.state.table("payment_intent"))
    PluginConfiguration.objects.filter(identifier="saleor.bespoke").update(active=False)

    begun = initialise(ref(checkout_id), data={})

    assert begun["transactionEvent"]["type"] == "CHARGE_FAILURE"
    assert begun["data"] is None
    assert len(provider.state.table("payment_intent")) == before


# what staff ask for in the Dashboard --------------------------------------------------------------


def item_of(project: BespokeProject) -> TransactionItem:
    return TransactionItem.objects.get(order_id=project.payables.get().order_id)


def test_a_refund_is_one_request_and_one_success(
    provider: FakeStripe, paid: BespokeProject, boss: str
) -> None:
    item = item_of(paid)

    act(item, boss, "REFUND", "100")
    act(item, boss, "REFUND")

    assert (item.charged_value, item.refunded_value) == (0, TOTAL)
    kinds = [kind for kind, _ in events(item)][-4:]
    assert kinds == ["refund_request", "refund_success"] * 2
    assert item.available_actions == ["refund"]
    assert paid.payables.get().refund_committed == TOTAL


def test_a_refund_that_waits_and_fails_in_the_end_is_undone(
    provider: FakeStripe, paid: BespokeProject, boss: str
) -> None:
    provider.control("settings", {"refund_status": "pending"})
    item = item_of(paid)
    act(item, boss, "REFUND", "100")
    provider.control("settings", {"refund_status": None})
    assert (item.refund_pending_value, item.refunded_value) == (100, 0)
    (refund,) = [
        row
        for row in provider.state.table("refund").values()
        if row["payment_intent"] == item.psp_reference
    ]

    reported(provider, {**refund, "status": "succeeded"})
    item.refresh_from_db()
    assert (item.refund_pending_value, item.refunded_value) == (0, 100)
    assert reasons(paid) == {"REFUNDED_IN_HOST"}

    reported(provider, {**refund, "status": "failed", "failure_reason": "expired_or_canceled_card"})
    item.refresh_from_db()
    assert (item.charged_value, item.refunded_value) == (TOTAL, 0)
    assert Order.objects.get(pk=item.order_id).total_charged_amount == TOTAL
    assert reasons(paid) == {"REFUNDED_IN_HOST", "HOST_REFUND_FAILED"}

    reported(provider, {**refund, "status": "succeeded"})
    item.refresh_from_db()
    assert item.refunded_value == 0
    assert reconciling.reconcile() == 0


def test_a_refund_made_at_the_provider_is_noted_here(
    provider: FakeStripe, paid: BespokeProject
) -> None:
    item = item_of(paid)
    refund = {
        "id": "re_elsewhere",
        "payment_intent": item.psp_reference,
        "amount": 5_000,
        "currency": "usd",
        "status": "succeeded",
        "metadata": {},
    }

    reported(provider, refund, "refund.created")

    item.refresh_from_db()
    assert item.refunded_value == 50
    assert paid.payables.get().refund_committed == 50


def test_a_provider_that_does_not_answer_is_said_to_be_uncertain(
    provider: FakeStripe, paid: BespokeProject, boss: str
) -> None:
    item = item_of(paid)
    provider.control(
        "faults",
        {"kind": "reset_after_effect", "times": 9, "path": "/v1/refunds", "method": "POST"},
    )
    try:
        act(item, boss, "REFUND", "100")
    finally:
        provider.control("faults", {}, method="DELETE")

    assert (item.charged_value, item.refunded_value) == (TOTAL, 0)
    assert events(item)[-1] == ("refund_failure", UNCERTAIN)
    (refund,) = [
        row
        for row in provider.state.table("refund").values()
        if row["payment_intent"] == item.psp_reference
    ]
    reported(provider, refund, "refund.created")
    item.refresh_from_db()
    assert (item.charged_value, item.refunded_value) == (TOTAL - 100, 100)


def test_what_the_provider_refuses_is_a_failure_with_its_reason(
    provider: FakeStripe, paid: BespokeProject, boss: str
) -> None:
    item = item_of(paid)
    Payment.objects.update(provider_reference="pi_lost")
    TransactionItem.objects.update(psp_reference="pi_lost")

    for _ in range(2):
        act(item, boss, "REFUND", "100")

    assert [kind for kind, _ in events(item)][-4:] == ["refund_request", "refund_failure"] * 2
    assert "pi_lost" in events(item)[-1][1]
    assert (item.charged_value, item.refunded_value) == (TOTAL, 0)


def test_there_is_nothing_to_capture(paid: BespokeProject, boss: str) -> None:
    item = item_of(paid)

    act(item, boss, "CHARGE", "10")

    assert events(item)[-1] == ("charge_failure", CHARGED_AT_ONCE)
    assert item.charged_value == TOTAL


def test_a_charged_payment_is_not_cancelled_and_an_open_one_is(
    provider: FakeStripe, checkout_id: str, boss: str
) -> None:
    transaction, _, _ = begin(checkout_id)

    act(transaction, boss, "CANCEL", "1")

    intent = provider.state.find("payment_intent", transaction.psp_reference)
    assert intent["status"] == "canceled"
    assert events(transaction)[-1][0] == "cancel_success"


def test_without_our_app_saleor_refuses_by_itself(
    provider: FakeStripe, paid: BespokeProject, boss: str
) -> None:
    App.objects.filter(identifier=GATEWAY).update(is_active=False)
    item = item_of(paid)
    before = len(provider.state.table("refund"))

    act(item, boss, "REFUND", "100")

    assert events(item)[-1][0] == "refund_failure"
    assert len(provider.state.table("refund")) == before


# keys that staff enter ----------------------------------------------------------------------------


def configure(boss: str, channel: str, **values: str) -> Any:
    """Fill in the plugin's page for a channel; its errors and the fields as shown."""
    query = """mutation m($id: ID!, $channel: ID!, $input: PluginUpdateInput!) {
      pluginUpdate(id: $id, channelId: $channel, input: $input) {
        plugin { channelConfigurations { channel { slug } configuration { name value type
          helpText } } } errors { field code message } } }"""
    place = graphene.Node.to_global_id("Channel", Channel.objects.get(slug=channel).pk)
    entered = [{"name": name, "value": value} for name, value in values.items()]
    variables = {
        "id": "saleor.bespoke",
        "channel": place,
        "input": {"active": True, "configuration": entered},
    }
    answer = host.ask(query, variables, bearer=boss)
    assert "errors" not in answer, answer
    return answer["data"]["pluginUpdate"]


KEYS = {
    configuration.PUBLISHABLE_KEY: "pk_test_page",
    configuration.SECRET_KEY: "sk_test_page",
    configuration.WEBHOOK_SECRETS: "whsec_one, whsec_two",
}


@pytest.fixture
def without_environment(settings: Any) -> None:
    """A server whose environment names no account."""
    stripe = {"API_BASE": settings.BESPOKE["STRIPE"]["API_BASE"]}
    settings.BESPOKE = {**settings.BESPOKE, "STRIPE": stripe}


def test_each_channel_has_the_account_that_staff_entered(
    shop: None, boss: str, without_environment: None
) -> None:
    assert configure(boss, "eu", **KEYS)["errors"] == []

    found = accounts.account("eu")
    assert (found.secret_key, found.publishable_key) == ("sk_test_page", "pk_test_page")
    assert accounts.receiver().webhook_secrets == ("whsec_one", "whsec_two")
    with pytest.raises(accounts.AccountMissing):
        accounts.account("us")


def test_the_environment_is_preferred(shop: None, boss: str) -> None:
    configure(boss, "us", **KEYS)

    assert accounts.account("us").secret_key == "sk_test_embedded"
    assert accounts.receiver().webhook_secrets == ("whsec_embedded", "whsec_one", "whsec_two")


def test_no_answer_and_no_log_holds_a_secret(
    shop: None, boss: str, without_environment: None, caplog: pytest.LogCaptureFixture
) -> None:
    payload = configure(boss, "eu", **KEYS)
    found = accounts.account("eu")

    shown = json.dumps(payload) + repr(found) + repr(accounts.receiver()) + caplog.text
    for secret in ("sk_test_page", "whsec_one", "whsec_two"):
        assert secret not in shown
    assert all(
        row["helpText"]
        for place in payload["plugin"]["channelConfigurations"]
        for row in place["configuration"]
    )


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({**KEYS, configuration.SECRET_KEY: "pk_test_page"}, "starts with sk_ or rk_"),
        ({**KEYS, configuration.WEBHOOK_SECRETS: "whsec_one nonsense"}, "starts with whsec_"),
        ({configuration.SECRET_KEY: "sk_test_page"}, "all three fields"),
        ({**KEYS, configuration.SECRET_KEY: "sk_live_page"}, "test mode"),
    ],
)
def test_what_cannot_be_stripes_keys_is_refused(
    shop: None, boss: str, without_environment: None, values: dict[str, str], message: str
) -> None:
    payload = configure(boss, "eu", **values)

    assert any(message in error["message"] for error in payload["errors"])
    assert not any(value in json.dumps(payload["errors"]) for value in values.values())
    with pytest.raises(accounts.AccountMissing):
        accounts.account("eu")


def test_without_an_account_nothing_is_begun(
    checkout_id: str, without_environment: None, provider: FakeStripe
) -> None:
    before = len(provider.state.table("payment_intent"))

    (shown,) = offered(ref(checkout_id), [GATEWAY]).values()
    begun = initialise(ref(checkout_id), data={})

    assert shown[1] == ["This shop cannot take payments for bespoke pieces yet."]
    assert begun["transactionEvent"]["message"] == UNAVAILABLE
    assert list(begun["data"]) == ["errors"]
    assert len(provider.state.table("payment_intent")) == before
