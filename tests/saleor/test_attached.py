"""`bespokeProject` on Saleor's own orders and checkouts: for its people, and free for all others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from saleor.app.models import App
from saleor.core.models import EventDelivery
from saleor.order.models import Order
from saleor.webhook.models import Webhook

from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
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
    owner = make_owner(project)
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


def make_owner(project: BespokeProject) -> Any:
    from saleor_bespoke.project.access import Actor, ActorKind

    return Actor(ActorKind.CUSTOMER, f"user:{project.owner_id}", project.owner_id)


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
    assert who_sees(CHECKOUT, host.checkout_ref(checkout_id), everybody) == PEOPLE
    order = pay(provider, checkout_id)
    order_id = host.graphene.Node.to_global_id("Order", order.pk)
    assert who_sees(ORDER, order_id, everybody) == PEOPLE


def statements(query: str, caller: Caller, **variables: Any) -> tuple[list[str], Any]:
    """The SQL of a request, and its answer."""
    post(query, caller, **variables)  # Saleor keeps the site's settings from now on
    with CaptureQueriesContext(connection) as seen:
        answer = post(query, caller, **variables)
    assert "errors" not in answer, answer
    return [item["sql"] for item in seen.captured_queries], answer["data"]


def ordinary_checkout() -> str:
    return host.checkout_of(host.ordinary_variant(), channel="us")


@pytest.mark.parametrize("caller", ["anonymous", "staff"])
def test_what_is_not_ours_costs_no_statement(shop: None, caller: str) -> None:
    make_staff()
    who = Caller() if caller == "anonymous" else user("staff@example.com")
    ref = host.checkout_ref(ordinary_checkout())
    with_us, data = statements(CHECKOUT, who, id=ref, token=None)
    without, _ = statements("query($id: ID!) { checkout(id: $id) { id } }", who, id=ref)
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


def test_a_federation_is_told_too(
    quoted: tuple[BespokeProject, str], provider: FakeStripe
) -> None:
    project, checkout_id = quoted
    order = pay(provider, checkout_id)
    query = """query($of: [_Any!]!) {
      _entities(representations: $of) { ... on Order { number bespokeProject { number } } } }"""
    query = query if "entities(representations: [_Any!]!" else query
    of = [{"__typename": "Order", "id": host.graphene.Node.to_global_id("Order", order.pk)}]
    for caller, told in ((program("MANAGE_ORDERS"), {"number": project.number}),):
        (entity,) = post(query, caller, of=of)["data"]["_entities"]
        assert entity["bespokeProject"] == told


# webhooks ---------------------------------------------------------------------------------------

EVENT = """subscription { event { ... on OrderMetadataUpdated {
  order { id bespokeProject { number stage contactEmail } } } } }"""


def hooked(*permissions: str) -> App:
    """An app that wants to hear of orders' metadata with their commission."""
    app = App.objects.create(name="Listener", is_active=True)
    app.permissions.set(host.Permission.objects.filter(codename__in=permissions))
    hook = Webhook.objects.create(
        app=app, target_url="http://127.0.0.1:9/hook", is_active=True, subscription_query=EVENT
    )
    hook.events.create(event_type="order_metadata_updated")
    return app


def payload_for(app: App, order: Order) -> Any:
    """What Saleor would send this app about the order."""
    from saleor.graphql.webhook.subscription_payload import (
        generate_payload_from_subscription,
        initialize_request,
    )

    return generate_payload_from_subscription(
        "order_metadata_updated", order, EVENT, initialize_request(app)
    )


def test_a_webhook_tells_the_commission_by_its_apps_permission(
    quoted: tuple[BespokeProject, str], provider: FakeStripe, django_assert_num_queries: Any
) -> None:
    """Nobody is logged in where payloads are written: the receiving app's rights decide."""
    from saleor.core.db.connection import restrict_writer

    project, checkout_id = quoted
    order = pay(provider, checkout_id)
    writer = connections["default"]
    with writer.execute_wrapper(restrict_writer):
        may = hooked_payload(hooked("manage_orders"), order)
        may_not = hooked_payload(hooked("manage_products"), order)
    project.refresh_from_db()
    assert may["order"]["bespokeProject"] == {
        "number": project.number,
        "stage": project.stage,
        "contactEmail": project.contact_email,
    }
    assert may_not["order"]["bespokeProject"] is None


def hooked_payload(app: App, order: Order) -> Any:
    from saleor.core.db.connection import allow_writer

    with allow_writer():
        pass
    found = payload_for(app, order)
    assert "errors" not in found, found
    return found
