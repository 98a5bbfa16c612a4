"""`bespokeProject` on Saleor's own orders and checkouts: for its people, free for all others."""

from __future__ import annotations

import json
from functools import partial
from inspect import signature
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from graphql_relay import to_global_id as ref
from saleor.app.models import App
from saleor.core.db.connection import allow_writer, restrict_writer
from saleor.core.models import EventDelivery
from saleor.graphql.api import schema
from saleor.graphql.webhook.subscription_payload import (
    generate_payload_from_subscription,
    initialize_request,
)
from saleor.graphql.webhook.subscription_query import SubscriptionQuery
from saleor.order.models import Order
from saleor.permission.models import Permission
from saleor.plugins.manager import get_plugins_manager
from saleor.webhook.models import Webhook

from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project.access import Actor, ActorKind
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import guest_token_rotate
from tests.fixtures import accept_quote, make_customer, make_quoted, make_staff
from tests.hosts import saleor as host
from tests.paying import pay
from tests.saleor.people import Caller, post, program, user

pytestmark = pytest.mark.django_db

CHECKOUT = """query($id: ID!, $token: String) {
  checkout(id: $id) { id bespokeProject(token: $token) { number } }
}"""
ORDER = CHECKOUT.replace("checkout(", "order(")
ORDERS = "{ orders(first: 50) { edges { node { number bespokeProject { number } } } } }"


@pytest.fixture
def quoted(provider: FakeStripe, shop: None) -> tuple[BespokeProject, str]:
    """Customer's commission with an accepted quote, and its checkout."""
    owner = make_customer()
    project = make_quoted(owner, make_staff())
    return project, str(accept_quote(project, owner).attempt.checkout_id)


def callers(project: BespokeProject) -> dict[str, Caller]:
    owner = Actor(ActorKind.CUSTOMER, f"user:{project.owner_id}", project.owner_id)
    _, token = guest_token_rotate(actor=owner, project_pk=project.pk)
    make_customer("other@example.com")
    make_staff("clerk@example.com", permissions=())
    make_staff("elsewhere@example.com", channels=("eu",))
    return {
        "anonymous": Caller(),
        "owner": user("customer@example.com"),
        "guest": Caller(token=token),
        "other customer": user("other@example.com"),
        "other customer with the token": user("other@example.com", token),
        "guest with a wrong token": Caller(token=token[::-1]),
        "staff": user("staff@example.com"),
        "staff without permission": user("clerk@example.com"),
        "staff of another channel": user("elsewhere@example.com"),
        "app": program("MANAGE_ORDERS"),
        "app without permission": program("MANAGE_PRODUCTS"),
    }


PEOPLE = {"owner", "guest", "other customer with the token", "staff", "app"}


def who_sees(query: str, id: str, everybody: dict[str, Caller]) -> set[str]:
    """Everybody reads the checkout or order, as Saleor has it; who is told the commission."""
    told = set()
    for name, caller in everybody.items():
        answer = post(query, caller, id=id, token=caller.token)
        assert "errors" not in answer, (name, answer)
        ((holder),) = answer["data"].values()
        assert holder["id"] == id, name
        if holder["bespokeProject"]:
            told.add(name)
    return told


def test_only_its_people_are_told_the_commission(
    quoted: tuple[BespokeProject, str], provider: FakeStripe
) -> None:
    """Saleor shows orders and checkouts to whoever knows their id; we do not."""
    project, checkout_id = quoted
    everybody = callers(project)
    assert who_sees(CHECKOUT, ref("Checkout", checkout_id), everybody) == PEOPLE
    order = pay(provider, checkout_id)
    order_id = ref("Order", order.pk)
    assert who_sees(ORDER, order_id, everybody) == PEOPLE


def statements(query: str, caller: Caller, **variables: Any) -> tuple[list[str], Any]:
    """The SQL of a request, and its answer."""
    post(query, caller, **variables)  # Saleor keeps the site's settings from now on
    with CaptureQueriesContext(connection) as seen:
        answer = post(query, caller, **variables)
    assert "errors" not in answer, answer
    return [item["sql"] for item in seen.captured_queries], answer["data"]


@pytest.mark.parametrize("caller", ["anonymous", "staff"])
def test_what_is_not_ours_costs_no_statement(shop: None, caller: str) -> None:
    make_staff()
    who = Caller() if caller == "anonymous" else user("staff@example.com")
    id = ref("Checkout", host.checkout_of(host.ordinary_variant(), channel="us"))
    with_us, data = statements(CHECKOUT, who, id=id, token=None)
    without, _ = statements("query($id: ID!) { checkout(id: $id) { id } }", who, id=id)
    assert data["checkout"]["bespokeProject"] is None
    assert len(with_us) == len(without)


def copies(order: Order, count: int) -> None:
    """More orders of the same commission's kind, as far as a list of orders sees them."""
    for _ in range(count):
        order.pk, order.number, order._state.adding = None, None, True
        order.number = Order.objects.count() + 1000
        order.checkout_token = ""
        order.save(force_insert=True)


def test_a_page_of_orders_costs_as_much_as_one(
    quoted: tuple[BespokeProject, str], provider: FakeStripe
) -> None:
    """The commissions of a whole page are read together."""
    project, checkout_id = quoted
    order = pay(provider, checkout_id)
    who = user("staff@example.com")
    one, data = statements(ORDERS, who)
    assert [edge["node"]["bespokeProject"] for edge in data["orders"]["edges"]] == [
        {"number": project.number}
    ]
    copies(order, 4)
    many, data = statements(ORDERS, who)
    assert len(data["orders"]["edges"]) == 5
    assert len(many) == len(one)


def test_a_federation_is_told_too(quoted: tuple[BespokeProject, str], provider: FakeStripe) -> None:
    project, checkout_id = quoted
    order = pay(provider, checkout_id)
    query = """query($of: [_Any]) {
      _entities(representations: $of) { ... on Order { bespokeProject { number } } } }"""
    if str(schema.get_query_type().fields["_entities"].args["representations"].type) != "[_Any]":
        query = query.replace("[_Any]", "[_Any!]!")  # 3.23 and later
    of = [{"__typename": "Order", "id": ref("Order", order.pk)}]
    told = {"bespokeProject": {"number": project.number}}
    assert post(query, program("MANAGE_ORDERS"), of=of)["data"] == {"_entities": [told]}


# webhooks ---------------------------------------------------------------------------------------

EVENT = """subscription { event { ... on OrderMetadataUpdated {
  order { id bespokeProject { number stage contactEmail } } } } }"""


def listener(*permissions: str) -> App:
    """An app with these permissions, by their code names."""
    app = App.objects.create(name="Listener", is_active=True)
    app.permissions.set(Permission.objects.filter(codename__in=permissions))
    return app


def payloads_for(order: Order, *apps: App) -> list[Any]:
    """What Saleor would send these apps, with one context; it reads from the replica here."""
    named = signature(initialize_request).parameters
    request = initialize_request(**({"app": None} if "app" in named else {}), allow_replica=True)
    told = []
    for app in apps:
        request.app = app
        write = partial(generate_payload_from_subscription, request=request)
        if "app" in signature(generate_payload_from_subscription).parameters:
            write = partial(write, app=app)  # 3.21
        with connection.execute_wrapper(restrict_writer):
            found = write("order_metadata_updated", order, EVENT)
        assert found
        assert "errors" not in found, found
        told.append(found["order"]["bespokeProject"])
    return told


def test_a_webhook_tells_the_commission_by_its_apps_permission(
    quoted: tuple[BespokeProject, str], provider: FakeStripe
) -> None:
    """Nobody is logged in where payloads are written: each receiving app's rights decide."""
    project, checkout_id = quoted
    order = pay(provider, checkout_id)
    project.refresh_from_db()
    whole = {
        "number": project.number,
        "stage": project.stage,
        "contactEmail": project.contact_email,
    }
    may, may_not = listener("manage_orders"), listener("manage_products")
    assert payloads_for(order, may, may_not, may) == [whole, None, whole]


def test_saleor_accepts_and_sends_such_a_webhook(
    quoted: tuple[BespokeProject, str], provider: FakeStripe, settings: Any
) -> None:
    """Its own validation of subscriptions knows our field, and its delivery holds it."""
    project, checkout_id = quoted
    order = pay(provider, checkout_id)
    app = listener("manage_orders")
    query = SubscriptionQuery(EVENT)
    assert query.is_valid, query.error_message
    hook = Webhook.objects.create(app=app, target_url="http://127.0.0.1:9/", is_active=True)
    hook.subscription_query = EVENT
    hook.save()
    hook.events.create(event_type="order_metadata_updated")
    settings.PLUGINS = ["saleor.plugins.webhook.plugin.WebhookPlugin", *settings.PLUGINS]
    with allow_writer():
        get_plugins_manager(allow_replica=False).order_metadata_updated(order)
    deliveries = EventDelivery.objects.filter(webhook=hook)
    assert deliveries
    for delivery in deliveries:
        told = json.loads(delivery.payload.get_payload())
        assert told["order"]["bespokeProject"]["number"] == project.number
