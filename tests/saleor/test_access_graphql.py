"""Who reaches a commission through Saleor's endpoint, and what is said at its closed doors."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from saleor.account.models import Group
from saleor.app.models import App

from saleor_bespoke.graphql.base import global_id
from saleor_bespoke.project.models import BespokeProject
from tests.fixtures import make_commission, make_customer, make_staff
from tests.saleor.people import Caller, photo, post, program, rows_stay, user

pytestmark = pytest.mark.django_db

PROJECT = """query($id: ID, $token: String) {
  bespokeProject(id: $id, token: $token) { number contactEmail timeline { title } }
}"""
LIST = "{ bespokeProjects(first: 10) { totalCount edges { node { number } } } }"
MESSAGE = """mutation($project: ID!, $token: String) {
  bespokeMessageSend(project: $project, text: "When?", token: $token) {
    project { number } errors { field message code }
  }
}"""
ATTENTION = "{ bespokeAttention(first: 10) { totalCount } }"
DENIED = "To access this path, you need one of the following permissions: MANAGE_ORDERS"


@pytest.fixture
def commission(shop: None) -> tuple[BespokeProject, str]:
    """A customer's commission in `us`, with its secret token."""
    return make_commission(make_customer())


@pytest.fixture
def project(commission: tuple[BespokeProject, str]) -> BespokeProject:
    return commission[0]


def ref(project: BespokeProject) -> str:
    return global_id("BespokeProject", project.pk)


def callers(token: str) -> dict[str, Caller]:
    """One of each kind."""
    make_customer("other@example.com")
    make_staff()
    make_staff("clerk@example.com", permissions=())
    make_staff("elsewhere@example.com", channels=("eu",))
    return {
        "anonymous": Caller(),
        "owner": user("customer@example.com"),
        "guest": Caller(token=token),
        "other customer": user("other@example.com"),
        "guest with a wrong token": Caller(token=token[::-1]),
        "staff": user("staff@example.com"),
        "staff without permission": user("clerk@example.com"),
        "staff of another channel": user("elsewhere@example.com"),
        "app": program("MANAGE_ORDERS"),
        "app without permission": program("MANAGE_PRODUCTS"),
    }


def test_saleors_own_log_ins_decide_who_sees_a_commission(
    commission: tuple[BespokeProject, str],
) -> None:
    project, token = commission
    seen, listed = set(), set()
    for name, caller in callers(token).items():
        answer = post(PROJECT, caller, id=ref(project), token=caller.token)
        assert "errors" not in answer, name
        if answer["data"]["bespokeProject"]:
            assert answer["data"]["bespokeProject"]["number"] == project.number
            seen.add(name)
        if post(LIST, caller)["data"]["bespokeProjects"]["edges"]:
            listed.add(name)
    assert seen == {"owner", "guest", "staff", "app"}
    assert listed == {"owner", "staff", "app"}


def test_a_missing_permission_is_told_as_saleor_tells_it(
    commission: tuple[BespokeProject, str],
) -> None:
    """At the top, with the exception's name, and before anything of ours is read."""
    everybody = callers(commission[1])
    permitted = {"staff", "staff of another channel", "app"}
    assert permitted < set(everybody)
    native = post("{ orders(first: 1) { totalCount } }")["errors"][0]
    for name, caller in everybody.items():
        answer = post(ATTENTION, caller)
        if name in permitted:
            assert "errors" not in answer, name
            continue
        (error,) = answer["errors"]
        assert error["message"] == DENIED, name
        assert (
            error["extensions"]
            == native["extensions"]
            == {"exception": {"code": "PermissionDenied"}}
        )
        assert set(error) == set(native)


def test_a_refused_operation_changes_nothing(commission: tuple[BespokeProject, str]) -> None:
    """Neither in our tables nor in Saleor's, and absent and foreign answer alike."""
    project, token = commission
    everybody = callers(token)
    strangers = set(everybody) - {"owner", "guest", "staff", "app"}
    absent_ref = global_id("BespokeProject", uuid4())
    for name in strangers:
        with rows_stay():
            answer = post(
                MESSAGE, everybody[name], project=ref(project), token=everybody[name].token
            )
        (error,) = answer["data"]["bespokeMessageSend"]["errors"]
        assert (error["code"], error["message"]) == ("NOT_FOUND", "No such project."), name
        assert answer == post(
            MESSAGE, everybody[name], project=absent_ref, token=everybody[name].token
        )
    for name in ("owner", "guest", "staff"):
        answer = post(MESSAGE, everybody[name], project=ref(project), token=everybody[name].token)
        assert answer["data"]["bespokeMessageSend"]["errors"] == [], (name, answer)


def test_nothing_of_an_unexpected_failure_gets_out(
    project: BespokeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Saleor masks what nobody meant to say; so are our failures, in fields and at the root."""
    from saleor_bespoke.project import selectors

    def fail(**_: Any) -> None:
        raise LookupError("the secret of the workshop")

    monkeypatch.setattr(selectors, "project_visible", fail)
    answer = post(PROJECT, user("customer@example.com"), id=ref(project))
    (error,) = answer["errors"]
    assert error["message"] == "Internal Server Error"
    assert error["extensions"] == {"exception": {"code": "LookupError"}}
    assert answer["data"] == {"bespokeProject": None}


@pytest.mark.parametrize(
    "query",
    [
        "{ bespokeProjects(first: 101) { edges { cursor } } }",
        '{ bespokeProjects(first: 1, after: "%%") { edges { cursor } } }',
        '{ bespokeProjects(first: 1, filter: {search: "a\\u0000b"}) { totalCount } }',
        '{ bespokeProductionWeeks(channel: "us", count: 99) { monday } }',
        '{ bespokeMaterialAlternatives(id: "garbage") { id } }',
    ],
)
def test_a_refused_query_says_why(project: BespokeProject, query: str) -> None:
    """A wrong argument is no internal error."""
    make_staff()
    answer = post(query, user("staff@example.com"))
    if answer["data"] and "errors" not in answer:
        assert answer["data"] == {"bespokeMaterialAlternatives": []}
        return
    (error,) = answer["errors"]
    assert error["message"] != "Internal Server Error"
    assert error["extensions"]["exception"]["code"] in ("GraphQLError", "NotFound", "BespokeError")


def test_a_token_that_saleor_refuses_opens_nothing(project: BespokeProject) -> None:
    """A log-in ended by a new password is refused by operations and by queries that ask who."""
    caller = user("customer@example.com")
    person = get_user_model().objects.get(email="customer@example.com")
    person.jwt_token_key = "another"
    person.save(update_fields=["jwt_token_key"])
    for query, variables in ((PROJECT, {"id": ref(project)}), (MESSAGE, {"project": ref(project)})):
        with rows_stay():
            answer = post(query, caller, **variables)
        (error,) = answer["errors"]
        assert error["extensions"]["exception"]["code"] == "InvalidTokenError"
        assert set(answer["data"].values()) == {None}


def test_a_deactivated_person_or_app_is_nobody(project: BespokeProject) -> None:
    make_staff()
    person, machine = user("staff@example.com"), program("MANAGE_ORDERS")
    for caller in (person, machine):
        assert "errors" not in post(ATTENTION, caller)
    get_user_model().objects.filter(email="staff@example.com").update(is_active=False)
    App.objects.update(is_active=False)
    cache.clear()
    assert post(ATTENTION, machine)["errors"][0]["message"] == DENIED
    assert "errors" in post(ATTENTION, person)


def test_an_app_gets_what_its_permissions_say_now(project: BespokeProject) -> None:
    machine = program("MANAGE_ORDERS")
    assert post(PROJECT, machine, id=ref(project))["data"]["bespokeProject"]
    App.objects.get(name="An app").permissions.clear()
    cache.clear()
    assert post(PROJECT, machine, id=ref(project))["data"]["bespokeProject"] is None


def test_the_channels_of_all_of_somebodys_groups_count(project: BespokeProject) -> None:
    """As in Saleor: groups add up, and one that is not restricted opens every channel."""
    make_staff("elsewhere@example.com", channels=("eu",))
    caller = user("elsewhere@example.com")
    assert post(PROJECT, caller, id=ref(project))["data"]["bespokeProject"] is None
    person = get_user_model().objects.get(email="elsewhere@example.com")
    Group.objects.create(name="All", restricted_access_to_channels=False).user_set.add(person)
    assert post(PROJECT, caller, id=ref(project))["data"]["bespokeProject"]


def test_a_guest_joins_an_account_by_the_token_alone(shop: None) -> None:
    """The same verified e-mail proves nothing; the secret link does."""
    from saleor_bespoke.project.access import ANONYMOUS

    project, token = make_commission(ANONYMOUS)
    make_customer("guest@example.com")
    caller = user("guest@example.com")
    assert post(LIST, caller)["data"]["bespokeProjects"]["totalCount"] == 0
    claim = """mutation($id: ID!, $token: String!) {
      bespokeProjectClaim(id: $id, token: $token) { errors { code } } }"""
    with rows_stay():
        wrong = post(claim, caller, id=ref(project), token="not the token")
    assert wrong["data"]["bespokeProjectClaim"]["errors"] == [{"code": "NOT_FOUND"}]
    right = post(claim, caller, id=ref(project), token=token)
    assert right["data"]["bespokeProjectClaim"]["errors"] == []
    assert post(LIST, caller)["data"]["bespokeProjects"]["totalCount"] == 1


def test_two_operations_of_one_request_each_tell_what_is(project: BespokeProject) -> None:
    """The second one's answer holds what the second one did."""
    query = """mutation($id: ID!) {
      a: bespokeMessageSend(project: $id, text: "One") { project { timeline { title } } }
      b: bespokeMessageSend(project: $id, text: "Two") { project { timeline { title } } }
    }"""
    data = post(query, user("customer@example.com"), id=ref(project))["data"]
    first, second = (len(data[name]["project"]["timeline"]) for name in "ab")
    assert second == first + 1


def test_files_come_as_saleors_own_do(project: BespokeProject) -> None:
    """A multipart request as the GraphQL multipart specification has it."""
    query = """mutation($project: ID!, $file: Upload!) {
      bespokeReferenceFileAdd(project: $project, file: $file, caption: "Like this") {
        project { referenceFiles { id } } errors { field message code }
      }
    }"""
    files = {"0": ("variables.file", photo())}
    caller = user("customer@example.com")
    answer = post(query, caller, files=files, project=ref(project), file=None)
    payload = answer["data"]["bespokeReferenceFileAdd"]
    assert payload["errors"] == []
    assert len(payload["project"]["referenceFiles"]) == 1
    with rows_stay():
        without = post(query, caller, project=ref(project), file="0")
    (error,) = without["data"]["bespokeReferenceFileAdd"]["errors"]
    assert (error["field"], error["code"]) == ("file", "INVALID")


def test_a_list_costs_the_same_statements_however_long(shop: None) -> None:
    """Also with what Saleor itself asks for a request of staff."""
    make_staff()
    caller = user("staff@example.com")
    query = """{ bespokeProjects(first: 50) { edges { node {
      number timeline { title } quotes { id } attention { reason } } } } }"""

    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert "errors" not in post(query, caller)
        return len(seen.captured_queries)

    make_commission(make_customer())
    statements()  # Saleor keeps the site's settings from now on
    one = statements()
    for n in range(4):
        make_commission(make_customer(f"c{n}@example.com"))
    assert statements() == one
