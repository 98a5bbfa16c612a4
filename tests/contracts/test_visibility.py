"""What of a commission its customer never sees, asked for by a query that selects everything."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLNonNull, GraphQLObjectType

from saleor_bespoke import conf
from saleor_bespoke.graphql.base import global_id
from saleor_bespoke.project.models import TimelineEvent
from tests.contracts.conftest import CUSTOMERS, World
from tests.contracts.operations import bare
from tests.contracts.rich import KINDS, triggers_off
from tests.hosts import host

pytestmark = pytest.mark.django_db

schema = host().schema()

#: What only staff may read, as the rich commission says it.
WORDS = (
    "A secret of the workshop",
    "A note among staff",
    "A draft nobody shows",
    "Only staff may read this",
    "A crack, among ourselves",
    "A house nobody names",
    "A wall that we answer for",
)
#: Rows that do not exist for a customer, by their names in `rich`.
ROWS = ("attention", "draft", "warning")


def everything(kind: Any, seen: frozenset[str] = frozenset()) -> str:
    """A selection of all that a type tells, to the leaves; a type within itself is left out."""
    parts = []
    for name, field in kind.fields.items():
        if any(isinstance(argument.type, GraphQLNonNull) for argument in field.args.values()):
            continue
        below = bare(field.type)
        if not isinstance(below, GraphQLObjectType | GraphQLInterfaceType):
            parts.append(name)
        elif below.name not in seen:
            parts.append(f"{name} {everything(below, seen | {below.name})}")
    return "{ __typename " + " ".join(parts) + " }"


def seen_by(world: World, name: str) -> dict[str, Any]:
    """All that this caller can read of the commission."""
    kind = schema.get_type("BespokeProject")
    selected = everything(kind, frozenset({"BespokeProject"}))
    query = (
        f"query Q($id: ID, $token: String) {{ bespokeProject(id: $id, token: $token) {selected} }}"
    )
    actor, token = world.callers[name]
    context = SimpleNamespace(
        FILES={}, META={}, headers={}, method="POST", build_absolute_uri=lambda path: path
    )
    context._bespoke_actor = actor
    variables = {"id": global_id("BespokeProject", world.rich.project.pk), "token": token}
    result = schema.execute(query, context_value=context, variable_values=variables)
    assert not result.errors, result.errors
    found: dict[str, Any] = json.loads(json.dumps(result.data["bespokeProject"], default=str))
    return found


@pytest.fixture
def staff_sees(world: World) -> dict[str, Any]:
    """The control: what is hidden from customers is there, and staff see it."""
    return seen_by(world, "staff")


@pytest.mark.parametrize("name", CUSTOMERS)
def test_nothing_of_the_workshops_own_reaches_a_customer(
    world: World, staff_sees: dict[str, Any], name: str
) -> None:
    shown = json.dumps(seen_by(world, name))
    control = json.dumps(staff_sees)
    for word in WORDS:
        assert word in control, word
        assert word not in shown, word
    for row in ROWS:
        pk = global_id(KINDS[row], world.rich.rows[row])
        assert pk in control, row
        assert pk not in shown, row


@pytest.mark.parametrize("name", CUSTOMERS)
def test_a_drafted_revision_does_not_exist_for_a_customer(world: World, name: str) -> None:
    revision = global_id("BespokeCadRevision", world.rich.rows["revision"])
    assert revision in json.dumps(seen_by(world, name))
    with triggers_off():
        world.rich.project.revisions.filter(status="PUBLISHED").update(status="DRAFT")
    assert revision in json.dumps(seen_by(world, "staff"))
    assert revision not in json.dumps(seen_by(world, name))


@pytest.mark.parametrize("name", CUSTOMERS)
def test_a_customer_sees_the_shared_part_of_the_timeline(
    world: World, staff_sees: dict[str, Any], name: str
) -> None:
    events = TimelineEvent.objects.filter(project=world.rich.project).order_by("sequence")
    shared = [event.sequence for event in events if event.shared]
    assert 0 < len(shared) < len(events)
    seen = seen_by(world, name)
    assert [event["sequence"] for event in seen["timeline"]] == shared
    assert len(staff_sees["timeline"]) == len(events)


@pytest.mark.parametrize("name", CUSTOMERS)
def test_a_customer_sees_a_breakdown_where_the_channel_shows_it(
    world: World, staff_sees: dict[str, Any], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lines(seen: dict[str, Any]) -> list[Any]:
        return [
            alternative["lines"]
            for quote in seen["quotes"]
            for alternative in quote["alternatives"]
        ]

    assert all(lines(staff_sees))
    assert lines(seen_by(world, name)) == [None]
    visible = replace(conf.policy("us"), breakdown_visible=True)
    monkeypatch.setattr(conf, "_policy", lambda channel: visible)
    assert all(lines(seen_by(world, name)))


@pytest.mark.parametrize("name", CUSTOMERS)
def test_a_customer_sees_everything_else(
    world: World, staff_sees: dict[str, Any], name: str
) -> None:
    """The same fields hold something for both, so that hiding is not emptiness."""
    seen = seen_by(world, name)
    hidden = {field for field, value in staff_sees.items() if value and not seen[field]}
    assert hidden == {"attention", "feasibilityWarnings"}
