"""The plugin's switch, channel by channel: off, the shop's API is as if we were not there."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from graphql.type import is_leaf_type
from graphql_relay import to_global_id as ref
from saleor.graphql.api import schema
from saleor.plugins.models import PluginConfiguration

from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.plugins.saleor.active import is_active
from saleor_bespoke.plugins.saleor.guards import OFF
from saleor_bespoke.project.access import ANONYMOUS
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.saleor.installed import PLUGIN_ID
from tests.contracts.operations import operations
from tests.contracts.rich import absent_of
from tests.fixtures import accept_quote, make_commission, make_customer, make_quoted, make_staff
from tests.paying import pay
from tests.saleor.people import Caller, post, rows_stay, user

pytestmark = pytest.mark.django_db

EMPTY = {
    "bespokeAttention": {"totalCount": 0, "edges": []},
    "bespokeCadDifference": None,
    "bespokeDesignLikenesses": None,
    "bespokeIntakeForm": None,
    "bespokeMaterial": None,
    "bespokeMaterialAlternatives": [],
    "bespokeMaterials": None,
    "bespokePersonalData": None,
    "bespokeProductionWeeks": [],
    "bespokeProject": None,
    "bespokeProjects": {"totalCount": 0, "edges": []},
    "bespokeWebhooks": [],
}
ARGUMENTS = {
    "bespokeAttention": "(first: 1)",
    "bespokeCadDifference": '(before: "x", after: "y")',
    "bespokeDesignLikenesses": '(revision: "x")',
    "bespokeIntakeForm": '(channel: "us")',
    "bespokeMaterial": '(id: "x")',
    "bespokeMaterialAlternatives": '(id: "x")',
    "bespokeMaterials": "(first: 1)",
    "bespokePersonalData": '(id: "x")',
    "bespokeProductionWeeks": '(channel: "us")',
    "bespokeProject": '(id: "x")',
    "bespokeProjects": "(first: 1)",
}


def switch(*, on: bool, channel: str | None = None) -> None:
    """What staff do on the plugin's page, in one channel or in all."""
    rows = PluginConfiguration.objects.filter(identifier=PLUGIN_ID)
    if channel is not None:
        rows = rows.filter(channel__slug=channel)
    assert rows.update(active=on)


@pytest.fixture
def project(shop: None) -> BespokeProject:
    """A customer's commission in `us`."""
    make_staff()
    return make_commission(make_customer())[0]


QUERIES = [name for name in schema.get_query_type().fields if name.startswith("bespoke")]


@pytest.mark.parametrize("name", QUERIES)
def test_off_a_query_answers_empty(project: BespokeProject, name: str) -> None:
    """Also for staff; a new query must be listed here."""
    switch(on=False)
    page = "{ totalCount edges { cursor } pageInfo { hasNextPage startCursor } }"
    kind = schema.get_query_type().fields[name].type
    inner = page if "Connection" in str(kind) else None
    chosen = inner or ("" if is_leaf_type(kind) else "{ __typename }")
    query = f"{{ {name}{ARGUMENTS.get(name, '')} {chosen} }}"
    answer = post(query, user("staff@example.com"))
    assert "errors" not in answer
    data = answer["data"][name]
    if inner and data is not None:
        assert data.pop("pageInfo") == {"hasNextPage": False, "startCursor": None}
    assert data == EMPTY[name]


def test_off_every_operation_is_refused_and_changes_nothing(project: BespokeProject) -> None:
    """Before it looks at anything: the same sentence to everybody, whatever they send."""
    switch(on=False)
    everybody = (Caller(), user("customer@example.com"), user("staff@example.com"))
    asked = [item for item in operations() if item.mutation]
    assert len(asked) > 70
    refusal = {"field": None, "code": "SWITCHED_OFF", "message": OFF}
    with rows_stay():
        for operation in asked:
            variables = operation.variables(absent_of)
            for caller in everybody:
                answer = post(operation.document(variables), caller, **variables)
                assert answer["data"][operation.name]["errors"] == [refusal], operation.name


def test_off_in_its_channel_a_commission_is_out_of_reach(project: BespokeProject) -> None:
    """Where another channel goes on: for its owner and for staff, to read and to write."""
    theirs, _ = make_commission(ANONYMOUS, channel="eu")
    switch(on=False, channel="us")
    query = "query($id: ID!) { bespokeProject(id: $id) { number } }"
    message = """mutation($id: ID!) {
      bespokeMessageSend(project: $id, text: "When?") { errors { code } } }"""
    listed = "{ bespokeProjects(first: 9) { edges { node { number } } } }"
    id = ref("BespokeProject", project.pk)
    for email in ("customer@example.com", "staff@example.com"):
        assert post(query, user(email), id=id)["data"] == {"bespokeProject": None}
        with rows_stay():
            answer = post(message, user(email), id=id)
        assert answer["data"]["bespokeMessageSend"]["errors"] == [{"code": "NOT_FOUND"}]
    edges = post(listed, user("staff@example.com"))["data"]["bespokeProjects"]["edges"]
    assert edges == [{"node": {"number": theirs.number}}]
    form = "query($channel: String!) { bespokeIntakeForm(channel: $channel) { __typename } }"
    assert post(form, channel="us")["data"]["bespokeIntakeForm"] is None
    assert post(form, channel="eu")["data"]["bespokeIntakeForm"]
    switch(on=True, channel="us")
    assert post(query, user("customer@example.com"), id=id)["data"]["bespokeProject"]


def test_an_unknown_channel_is_refused_as_such(project: BespokeProject) -> None:
    """It is not switched off; it does not exist."""
    form = "query($channel: String!) { bespokeIntakeForm(channel: $channel) { __typename } }"
    assert post(form, channel="nowhere")["data"] == {"bespokeIntakeForm": None}


def test_off_an_order_tells_no_commission(provider: FakeStripe, shop: None) -> None:
    owner, staff = make_customer(), make_staff()
    project = make_quoted(owner, staff)
    order = pay(provider, accept_quote(project, owner).attempt.checkout_id)
    query = "query($id: ID!) { order(id: $id) { bespokeProject { number } } }"
    seen = post(query, user("customer@example.com"), id=ref("Order", order.pk))
    assert seen["data"]["order"]["bespokeProject"] == {"number": project.number}
    switch(on=False, channel="us")
    seen = post(query, user("customer@example.com"), id=ref("Order", order.pk))
    assert seen["data"] == {"order": {"bespokeProject": None}}


def test_a_plugin_that_the_settings_leave_out_is_off(
    project: BespokeProject, settings: Any, django_assert_num_queries: Any
) -> None:
    """Whatever its rows say, and without asking for them."""
    assert all(is_active(channel) for channel in (None, "us", "eu"))
    assert not is_active("nowhere")
    settings.PLUGINS = []
    with django_assert_num_queries(0):
        assert not is_active()
    answer = post("{ bespokeProjects(first: 1) { totalCount } }", user("staff@example.com"))
    assert answer["data"] == {"bespokeProjects": {"totalCount": 0}}


def test_the_switch_costs_one_statement_a_request(project: BespokeProject) -> None:
    field = "bespokeProjects(first: 1) { totalCount }"
    query = "{ " + " ".join(f"q{n}: {field}" for n in range(3)) + " }"
    caller = user("staff@example.com")
    post(query, caller)
    with CaptureQueriesContext(connection) as seen:
        post(query, caller)
    switches = [item for item in seen.captured_queries if "plugins_pluginconf" in item["sql"]]
    assert len(switches) == 1
