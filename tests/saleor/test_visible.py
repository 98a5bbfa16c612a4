"""Everything a commission tells, asked at Saleor's endpoint, where an unpermitted read fails."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from saleor.graphql.api import schema

from saleor_bespoke.graphql.base import global_id
from tests.contracts.conftest import World
from tests.contracts.conftest import module_shop as _module_shop
from tests.contracts.conftest import world as _world
from tests.contracts.rich import KINDS
from tests.contracts.test_visibility import ROWS, WORDS, everything
from tests.hosts.saleor import app_token
from tests.saleor.people import Caller, Json, post, user

pytestmark = pytest.mark.django_db

module_shop, world = _module_shop, _world

PEOPLE = ("owner", "guest", "staff", "app")


def caller_of(world: World, name: str) -> Caller:
    actor, token = world.callers[name]
    if name == "app":
        return Caller(app_token("manage_orders"))
    return user(actor.email, token) if actor.user_pk is not None else Caller(token=token)


def read(world: World, name: str, selected: str) -> Json:
    """The commission as this caller is told it; nothing may fail on the way."""
    caller = caller_of(world, name)
    field = f"bespokeProject(id: $id, token: $token) {selected}"
    query = f"query($id: ID, $token: String) {{ it: {field} }}"
    id = global_id("BespokeProject", world.rich.project.pk)
    answer = post(query, caller, id=id, token=caller.token)
    assert "errors" not in answer, answer["errors"][:3]
    found: Json = answer["data"]["it"]
    return found


@pytest.fixture(scope="module")
def selected() -> str:
    """All fields of a commission and of what belongs to it, to the leaves."""
    return everything(schema.get_type("BespokeProject"), frozenset({"BespokeProject"}))


@pytest.mark.parametrize("name", PEOPLE)
def test_every_field_may_be_read(world: World, selected: str, name: str) -> None:
    """No resolver reads the primary database without permission, however late it reads."""
    assert len(json.dumps(read(world, name, selected))) > 5000


@pytest.mark.parametrize("name", ["owner", "guest"])
def test_nothing_of_the_workshops_own_reaches_a_customer(
    world: World, selected: str, name: str
) -> None:
    control, shown = (json.dumps(read(world, who, selected)) for who in ("staff", name))
    for word in (*WORDS, *(global_id(KINDS[row], world.rich.rows[row]) for row in ROWS)):
        assert word in control, word
        assert word not in shown, word


def test_a_long_list_of_everything_costs_what_a_short_one_does(world: World, selected: str) -> None:
    """Two commissions in full are read by as many statements as one."""
    caller = caller_of(world, "staff")
    one, two = (
        statements(
            f"{{ bespokeProjects(first: {count}) {{ edges {{ node {selected} }} }} }}", caller
        )
        for count in (1, 2)
    )
    assert two == one


def statements(query: str, caller: Caller) -> int:
    post(query, caller)  # Saleor keeps the site's settings from now on
    with CaptureQueriesContext(connection) as seen:
        answer: Any = post(query, caller)
    assert "errors" not in answer, answer["errors"][:3]
    return len(seen.captured_queries)
