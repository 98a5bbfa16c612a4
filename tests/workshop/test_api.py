"""The workshop over GraphQL: who may, what is answered, how pages and statements count."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_bespoke import conf
from saleor_bespoke.graphql.base import global_id
from saleor_bespoke.plugins.embedded.schema import schema
from saleor_bespoke.project.access import ANONYMOUS, Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.workshop.materials import holdings_lock
from saleor_bespoke.workshop.models import Material
from saleor_bespoke.workshop.promises import promise_start
from saleor_bespoke.workshop.slots import slot_book
from tests.fixtures import (
    make_app,
    make_metal,
    make_project,
    make_shop,
    make_sourced_stone,
    make_staff,
    make_stone,
)
from tests.support import nothing_changes
from tests.workshop.claims import fresh, hold

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)
DENIED = {"code": "PermissionDenied"}


def ask(actor: Actor, document: str, **variables: Any) -> Any:
    """Run a document as this caller, as the host authenticated them."""
    context = SimpleNamespace(_bespoke_actor=actor)
    return schema.execute(document, context_value=context, variable_values=variables)


def data(actor: Actor, document: str, **variables: Any) -> Any:
    result = ask(actor, document, **variables)
    assert not result.errors, result.errors
    return result.data


def denied(actor: Actor, document: str, **variables: Any) -> None:
    result = ask(actor, document, **variables)
    (error,) = result.errors
    assert error.original_error.extensions["exception"] == DENIED


MATERIALS = """
query ($filter: BespokeMaterialFilterInput, $sortBy: BespokeMaterialSortingInput,
       $first: Int, $last: Int, $after: String, $before: String) {
  bespokeMaterials(filter: $filter, sortBy: $sortBy,
                   first: $first, last: $last, after: $after, before: $before) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges {
      cursor
      node {
        id code kind unit onHand held available supplier customerOwned owner
        stone { kind carat description } alloy price { amount currency } expectedOn
      }
    }
  }
}"""

CREATE = """
mutation ($input: BespokeMaterialInput!) {
  bespokeMaterialCreate(input: $input) {
    material { id code kind unit unique onHand stone { kind carat } price { amount currency } }
    errors { field code message }
  }
}"""

UPDATE = """
mutation ($id: ID!, $input: BespokeMaterialUpdateInput!) {
  bespokeMaterialUpdate(id: $id, input: $input) {
    material { onHand price { amount } supplier expectedOn toBeSourced }
    errors { field code }
  }
}"""

MOVE = """
mutation ($id: ID!, $input: BespokePromiseMoveInput!) {
  bespokePromiseMove(id: $id, input: $input) {
    project { id currentPromise { id } }
    promise { dueAt firstDueAt step moves { cause explanation oldDueAt newDueAt } }
    errors { field code message }
  }
}"""

WEEKS = """
query ($channel: String!, $since: Date, $count: Int) {
  bespokeProductionWeeks(channel: $channel, since: $since, count: $count) {
    channel workshop monday capacity taken free skills { skill capacity taken free }
    bookings { project week state skills }
  }
}"""

PROJECT = """
query ($id: ID, $token: String) {
  bespokeProject(id: $id, token: $token) {
    promises { step trace moves { cause } }
    currentPromise { step dueAt outcome }
    slot { week state project }
    holdings {
      state quantity consumed expiresAt
      material { name onHand held available supplier owner price { amount } }
    }
  }
}"""

RUBY = {"kind": "RUBY", "origin": "NATURAL", "carat": "1.2"}
INPUT = {"code": "R-1", "kind": "UNIQUE_STONE", "name": "Ruby", "onHand": "1", "stone": RUBY}


# callers ----------------------------------------------------------------------------------------


@pytest.fixture
def callers(
    customer: Actor, other_customer: Actor, guest: Actor, staff_without_permission: Actor
) -> dict[str, Actor]:
    return {
        "anonymous": ANONYMOUS,
        "other customer": other_customer,
        "owner": customer,
        "guest": guest,
        "staff without permission": staff_without_permission,
        "app without permission": make_app(()),
    }


def test_nobody_but_staff_and_apps_with_the_permission(
    callers: dict[str, Actor], staff: Actor, project: BespokeProject
) -> None:
    stone = make_stone(staff)
    promise = promise_start(project=fresh(project), step="CAD")
    id = global_id("BespokeMaterial", stone.pk)
    move = {"dueAt": "2026-06-01T10:00:00Z", "cause": "OTHER", "explanation": "Why not."}
    for actor in callers.values():
        with nothing_changes():
            denied(actor, MATERIALS, first=1)
            denied(actor, "query ($id: ID!) { bespokeMaterial(id: $id) { code } }", id=id)
            denied(
                actor, "query ($id: ID!) { bespokeMaterialAlternatives(id: $id) { code } }", id=id
            )
            denied(actor, WEEKS, channel="us")
            denied(actor, CREATE, input=INPUT)
            denied(actor, UPDATE, id=id, input={"onHand": "0"})
            denied(actor, MOVE, id=global_id("BespokePromise", promise.pk), input=move)


def test_an_app_with_the_permission_may(db: None) -> None:
    app = make_app()

    assert data(app, CREATE, input=INPUT)["bespokeMaterialCreate"]["errors"] == []
    assert data(app, MATERIALS, first=1)["bespokeMaterials"]["totalCount"] == 1


# materials --------------------------------------------------------------------------------------


def test_bespoke_material_create(staff: Actor) -> None:
    answer = data(staff, CREATE, input=INPUT | {"price": "4100.00", "currency": "USD"})

    created = answer["bespokeMaterialCreate"]
    assert created["errors"] == []
    row = Material.objects.get()
    assert created["material"] == {
        "id": global_id("BespokeMaterial", row.pk),
        "code": "R-1",
        "kind": "UNIQUE_STONE",
        "unit": "PIECE",
        "unique": True,
        "onHand": 1.0,
        "stone": {"kind": "RUBY", "carat": 1.2},
        "price": {"amount": 4100.0, "currency": "USD"},
    }


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        (
            {"onHand": "2"},
            {
                "field": "onHand",
                "code": "INVALID",
                "message": "A unique stone exists at most once.",
            },
        ),
        (
            {"stone": RUBY | {"carat": "-1"}},
            {
                "field": "stone",
                "code": "INVALID",
                "message": "A stone weighs more than 0 and at most 1000 ct.",
            },
        ),
        (
            {"price": "10"},
            {
                "field": "currency",
                "code": "REQUIRED",
                "message": "A price comes with its currency.",
            },
        ),
    ],
)
def test_refused_facts_name_their_field(
    staff: Actor, changes: dict[str, Any], error: dict[str, str]
) -> None:
    with nothing_changes():
        answer = data(staff, CREATE, input=INPUT | changes)["bespokeMaterialCreate"]

    assert answer == {"material": None, "errors": [error]}


def test_bespoke_material_update(staff: Actor, project: BespokeProject) -> None:
    gold = make_metal(staff)
    hold(project, uuid4(), {gold: 40})
    id = global_id("BespokeMaterial", gold.pk)

    with nothing_changes():
        refused = data(staff, UPDATE, id=id, input={"onHand": "39"})["bespokeMaterialUpdate"]
    assert refused == {"material": None, "errors": [{"field": "onHand", "code": "MATERIAL_HELD"}]}

    updated = data(staff, UPDATE, id=id, input={"onHand": "41.5", "price": None, "currency": None})[
        "bespokeMaterialUpdate"
    ]
    assert updated["errors"] == []
    assert updated["material"]["onHand"] == 41.5
    assert updated["material"]["price"] is None


@pytest.mark.parametrize("kind", ["BespokeMaterial", "BespokeHolding"])
def test_an_absent_material_and_a_wrong_id_answer_alike(staff: Actor, kind: str) -> None:
    answer = data(staff, UPDATE, id=global_id(kind, uuid4()), input={"name": "Nothing"})

    assert answer["bespokeMaterialUpdate"]["errors"] == [{"field": "id", "code": "NOT_FOUND"}]


def _codes(staff: Actor, **arguments: Any) -> list[str]:
    page = data(staff, MATERIALS, **{"first": 50} | arguments)["bespokeMaterials"]
    return [edge["node"]["code"] for edge in page["edges"]]


@pytest.mark.parametrize(
    ("filter", "codes"),
    [
        ({"search": "diamond d-2"}, ["D-2"]),
        ({"search": "report-7"}, ["D-1"]),
        ({"search": "\x00"}, ["AU-18Y", "D-1", "D-2", "S-1"]),
        ({"kinds": ["METAL"]}, ["AU-18Y"]),
        ({"available": True}, ["AU-18Y", "D-1", "S-1"]),
        ({"available": False}, ["D-2"]),
        ({"toBeSourced": True}, ["S-1"]),
        ({"customerOwned": True}, []),
        ({"active": False}, []),
        ({"alloy": "GOLD_18K_YELLOW"}, ["AU-18Y"]),
        ({"stoneKind": "SAPPHIRE"}, ["S-1"]),
        ({"origin": "LABORATORY_GROWN"}, ["D-2"]),
        ({"carat": {"gte": "1.01", "lte": "1.50"}}, ["D-1"]),
        ({"carat": {"gte": "1E+999999"}}, []),
        ({"kinds": ["UNIQUE_STONE"], "stoneKind": "DIAMOND", "available": True}, ["D-1"]),
        ({"ids": ["nonsense"]}, []),
        ({"ids": []}, []),
    ],
)
def test_filter(
    staff: Actor, project: BespokeProject, filter: dict[str, Any], codes: list[str]
) -> None:
    make_stone(staff, certificate_number="REPORT-7")
    grown = make_stone(staff, "D-2", stone={"origin": "laboratory_grown", "carat": "1.9"})
    hold(project, uuid4(), {grown: 1})
    make_metal(staff)
    make_sourced_stone(staff)

    assert _codes(staff, filter=filter) == codes


@pytest.mark.parametrize(
    ("field", "ascending"),
    [
        ("CODE", ["AU-18Y", "D-1", "D-2", "S-1"]),
        ("NAME", ["AU-18Y", "D-1", "D-2", "S-1"]),
        ("PRICE", ["AU-18Y", None, None, "D-2"]),
        ("CARAT", ["D-2", "D-1", "S-1", "AU-18Y"]),
        ("EXPECTED_ON", ["S-1", None, None, None]),
        ("CREATED_AT", ["S-1", "D-2", "AU-18Y", "D-1"]),
    ],
)
def test_every_sorting_pages_completely_in_both_directions(
    staff: Actor, field: str, ascending: list[str | None]
) -> None:
    with time_machine.travel(NOON) as traveller:
        makes = (make_sourced_stone, lambda by: _unpriced(by), make_metal, make_stone)
        for make in makes:
            make(staff)
            traveller.shift(timedelta(minutes=1))

    for direction, expected in (("ASC", ascending), ("DESC", ascending[::-1])):
        sort = {"field": field, "direction": direction}
        whole = _codes(staff, sortBy=sort)
        assert len(whole) == len(set(whole)) == 4
        assert all(want in (None, got) for want, got in zip(expected, whole, strict=True))
        assert _walk(staff, sort, forward=True) == whole
        assert _walk(staff, sort, forward=False) == whole


def _unpriced(staff: Actor) -> Material:
    return make_stone(staff, "D-2", stone={"carat": "0.30"}, price=None, currency="")


def _walk(staff: Actor, sort: dict[str, str], *, forward: bool) -> list[str]:
    """All codes, page by page of one or two rows."""
    found: list[str] = []
    cursor, more = None, True
    while more:
        assert len(found) <= 4
        where: dict[str, Any] = (
            {"first": 1, "after": cursor} if forward else {"last": 2, "before": cursor}
        )
        page = data(staff, MATERIALS, sortBy=sort, **where)["bespokeMaterials"]
        codes = [edge["node"]["code"] for edge in page["edges"]]
        info = page["pageInfo"]
        found = found + codes if forward else codes + found
        more = info["hasNextPage"] if forward else info["hasPreviousPage"]
        cursor = info["endCursor"] if forward else info["startCursor"]
        assert page["totalCount"] == 4
    return found


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "You must provide a `first` or `last` value to page through `bespokeMaterials`."),
        ({"first": 0}, "Argument `first` of `bespokeMaterials` must lie between 1 and 100."),
        ({"first": 101}, "Argument `first` of `bespokeMaterials` must lie between 1 and 100."),
        ({"last": -1}, "Argument `last` of `bespokeMaterials` must lie between 1 and 100."),
        ({"first": 1, "last": 1}, "Argument `last` cannot be combined with `first`."),
        ({"first": 1, "before": "x"}, "Argument `first` cannot be combined with `before`."),
        ({"last": 1, "after": "x"}, "Argument `last` cannot be combined with `after`."),
        ({"first": 1, "after": "x"}, "Received cursor is invalid."),
        ({"first": 1, "after": "W10="}, "Received cursor is invalid."),
        ({"first": 1, "after": "WyJhIiwgImIiXQ=="}, "Received cursor is invalid."),
        ({"first": 1, "after": "WyJcdTAwMDAiLCAiYiJd"}, "Received cursor is invalid."),
    ],
)
def test_impossible_pages_are_refused(
    staff: Actor, arguments: dict[str, Any], message: str
) -> None:
    result = ask(staff, MATERIALS, **arguments)

    assert next(error.message for error in result.errors) == message


def test_the_total_alone_needs_no_page(staff: Actor) -> None:
    make_stone(staff)

    assert data(staff, "{ bespokeMaterials { totalCount } }") == {
        "bespokeMaterials": {"totalCount": 1}
    }


def test_the_number_of_statements_does_not_grow_with_the_page(
    staff: Actor, project: BespokeProject
) -> None:
    counts = {}
    for size in (1, 20, 100):
        for number in range(Material.objects.count(), size):
            make = make_stone if number % 2 else make_metal
            make(staff, f"M-{number}")
        with CaptureQueriesContext(connection) as captured:
            page = data(staff, MATERIALS, first=100)["bespokeMaterials"]
        assert len(page["edges"]) == size
        counts[size] = len(captured)

    assert counts == {1: 2, 20: 2, 100: 2}


def test_bespoke_material_and_its_alternatives(staff: Actor) -> None:
    lost, near = make_stone(staff), make_stone(staff, "D-2")
    document = """query ($id: ID!) {
      bespokeMaterial(id: $id) { code active createdAt provenance laboratory }
      bespokeMaterialAlternatives(id: $id, limit: 1) { code }
    }"""

    found = data(staff, document, id=global_id("BespokeMaterial", lost.pk))
    assert found["bespokeMaterial"]["code"] == lost.code
    assert found["bespokeMaterialAlternatives"] == [{"code": near.code}]

    absent = data(staff, document, id=global_id("BespokeMaterial", uuid4()))
    assert absent == {"bespokeMaterial": None, "bespokeMaterialAlternatives": []}


# weeks ------------------------------------------------------------------------------------------


def test_bespoke_production_weeks(staff: Actor, project: BespokeProject) -> None:
    make_shop()
    slot_book(project=project, not_before=date(2026, 3, 2))

    weeks = data(staff, WEEKS, channel="us", since="2026-03-04", count=2)["bespokeProductionWeeks"]

    id = global_id("BespokeProject", project.pk)
    assert weeks == [
        {
            "channel": "us",
            "workshop": "us",
            "skills": [],
            "monday": "2026-03-02",
            "capacity": 4,
            "taken": 1,
            "free": 3,
            "bookings": [{"project": id, "week": "2026-03-02", "state": "BOOKED", "skills": []}],
        },
        {
            "channel": "us",
            "workshop": "us",
            "skills": [],
            "monday": "2026-03-09",
            "capacity": 4,
            "taken": 0,
            "free": 4,
            "bookings": [],
        },
    ]
    assert data(staff, WEEKS, channel="mars")["bespokeProductionWeeks"] == []
    denied(make_staff("berlin@example.com", channels=("eu",)), WEEKS, channel="us")


@pytest.fixture
def atelier(settings: Any) -> Iterator[None]:
    """Both channels share a workshop with two places for pavé setting a week."""
    known = settings.BESPOKE["CHANNELS"]
    shared = {slug: known.get(slug, {}) | {"workshop": "atelier"} for slug in ("us", "eu")}
    settings.BESPOKE = settings.BESPOKE | {
        "CHANNELS": known | shared,
        "WORKSHOPS": {"atelier": {"slots_per_week": 5, "skills": {"pave_setting": 2}}},
    }
    conf.policies_forget()
    yield
    conf.policies_forget()


def test_a_shared_workshops_weeks_show_skills_and_only_the_bookings_one_serves(
    atelier: None, staff: Actor
) -> None:
    make_shop()
    ours, theirs = (make_project(channel=slug)[0] for slug in ("us", "eu"))
    for project in (ours, theirs):
        slot_book(project=project, not_before=date(2026, 3, 2), skills=["pave_setting"])

    def week(actor: Actor) -> Any:
        (row,) = data(actor, WEEKS, channel="us", since="2026-03-02", count=1)[
            "bespokeProductionWeeks"
        ]
        return row

    everything = week(staff)
    assert (everything["workshop"], everything["taken"], everything["free"]) == ("atelier", 2, 3)
    assert everything["skills"] == [{"skill": "pave_setting", "capacity": 2, "taken": 2, "free": 0}]
    assert [row["skills"] for row in everything["bookings"]] == [["pave_setting"]] * 2
    local = week(make_staff("local@example.com", channels=("us",)))
    assert [row["project"] for row in local["bookings"]] == [global_id("BespokeProject", ours.pk)]
    assert local["taken"] == 2


@pytest.mark.parametrize("arguments", [{"count": 0}, {"count": 53}, {"since": "9999-12-31"}])
def test_impossible_weeks_are_refused(staff: Actor, arguments: dict[str, Any]) -> None:
    make_shop()

    result = ask(staff, WEEKS, channel="us", **arguments)

    assert result.errors[0].message == "Ask for 1 to 52 weeks between 2000 and 2200."


# promises and the project -----------------------------------------------------------------------


def test_bespoke_promise_move(staff: Actor, project: BespokeProject) -> None:
    with time_machine.travel(NOON, tick=False):
        promise = promise_start(project=fresh(project), step="CAD")
        id = global_id("BespokePromise", promise.pk)
        given = {"dueAt": "2026-03-09T18:00:00+01:00", "cause": "HANDWORK", "explanation": "Pavé."}

        moved = data(staff, MOVE, id=id, input=given)["bespokePromiseMove"]

        assert moved["errors"] == []
        assert moved["project"]["currentPromise"] == {"id": id}
        assert datetime.fromisoformat(moved["promise"]["dueAt"]) == datetime(
            2026, 3, 9, 17, tzinfo=UTC
        )
        assert moved["promise"]["moves"][0]["explanation"] == "Pavé."
        with nothing_changes():
            again = data(staff, MOVE, id=id, input=given)["bespokePromiseMove"]
            past = given | {"dueAt": "2026-01-01T00:00:00Z"}
            refused = data(staff, MOVE, id=id, input=past)["bespokePromiseMove"]
    assert again["errors"] == [
        {"field": "dueAt", "code": "ALREADY_DONE", "message": "It is promised for then."}
    ]
    assert refused["errors"][0]["code"] == "INVALID"


def test_staff_of_another_channel_find_no_promise(project: BespokeProject) -> None:
    promise = promise_start(project=fresh(project), step="CAD")
    berlin = make_staff("berlin@example.com", channels=("eu",))
    given = {"dueAt": "2026-03-09T18:00:00Z", "cause": "OTHER", "explanation": "Why not."}

    with nothing_changes():
        answer = data(berlin, MOVE, id=global_id("BespokePromise", promise.pk), input=given)[
            "bespokePromiseMove"
        ]

    assert answer["errors"] == [{"field": "id", "code": "NOT_FOUND", "message": "No such promise."}]


def test_the_project_shows_its_customer_all_but_the_workshops_figures(
    staff: Actor, customer: Actor, opened: tuple[BespokeProject, str]
) -> None:
    project, token = opened
    gold, key = make_metal(staff), uuid4()
    with time_machine.travel(NOON, tick=False):
        hold(project, key, {gold: 6})
        holdings_lock(project=fresh(project), payable_pk=key)
        promise_start(project=fresh(project), step="PRODUCTION")
        promise_start(project=fresh(project), step="CAD")
        slot_book(project=fresh(project), not_before=date(2026, 3, 2))
    id = global_id("BespokeProject", project.pk)

    theirs = data(customer, PROJECT, id=id)["bespokeProject"]
    ours = data(staff, PROJECT, id=id)["bespokeProject"]
    guests = data(ANONYMOUS.with_token(token), PROJECT, token=token)["bespokeProject"]

    assert theirs == guests
    assert theirs["currentPromise"] == {
        "step": "CAD",
        "dueAt": "2026-03-04T17:00:00+00:00",
        "outcome": None,
    }
    assert {promise["step"]: promise["trace"]["unit"] for promise in theirs["promises"]} == {
        "PRODUCTION": "business_days",
        "CAD": "hours",
    }
    assert theirs["slot"] == {"week": "2026-03-02", "state": "BOOKED", "project": id}
    (claim,) = theirs["holdings"]
    assert claim == {
        "state": "LOCKED",
        "quantity": None,
        "consumed": None,
        "expiresAt": None,
        "material": {
            "name": gold.name,
            "onHand": None,
            "held": None,
            "available": None,
            "supplier": None,
            "owner": None,
            "price": None,
        },
    }
    (claim,) = ours["holdings"]
    assert claim["quantity"] == 6.0
    assert (claim["material"]["onHand"], claim["material"]["held"]) == (100.0, 6.0)
    assert (claim["material"]["available"], claim["material"]["price"]) == (94.0, {"amount": 95.0})
