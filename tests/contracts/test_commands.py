"""Every command has everything that bears its name, and every name of the schema is explained."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
)

import saleor_bespoke
from saleor_bespoke import flows, steps
from saleor_bespoke.graphql.sdl import product_sdl
from saleor_bespoke.plugins.embedded.schema import schema
from saleor_bespoke.project import services as project_services
from saleor_bespoke.project.journal import Event
from saleor_bespoke.project.stages import COMMANDS, Role
from saleor_bespoke.workshop import promises
from tests.contracts.operations import Operation, bare, event_of, operations
from tests.contracts.test_stage_matrix import UNTOLD

OPERATIONS = operations()
BY_COMMAND = {item.command: item for item in OPERATIONS if item.mutation}
TYPES = {name: kind for name, kind in schema.get_type_map().items() if name.startswith("Bespoke")}

#: Types that belong to the host and are used under its names.
HOSTS = {"Date", "DateTime", "Decimal", "JSON", "Money", "Node", "PageInfo", "UUID", "Upload"} | {
    "Boolean",
    "Float",
    "ID",
    "Int",
    "String",
}


def services() -> set[str]:
    """The names of all functions that write."""
    found = {*vars(project_services), *vars(promises)}
    for package in (flows, steps):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            found |= set(vars(import_module(module.name)))
    return found


SERVICES = services()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_has_its_operation_service_and_event(command: str) -> None:
    assert command in BY_COMMAND, "no mutation"
    assert command in SERVICES, "no service"
    assert command in UNTOLD or event_of(command) in Event.kinds, "no event"


@pytest.mark.parametrize("name", UNTOLD)
def test_what_is_excused_from_an_event_needs_the_excuse(name: str) -> None:
    assert event_of(name) not in Event.kinds


@pytest.mark.parametrize("kind", sorted(Event.kinds.values(), key=lambda kind: kind.__name__))
def test_an_event_has_a_title_for_people(kind: type[Event]) -> None:
    assert kind.title
    assert kind.title[0].isupper()
    assert not kind.title.endswith(".")


@pytest.mark.parametrize("operation", BY_COMMAND.values(), ids=str)
def test_a_mutation_answers_its_errors_and_takes_a_token_where_customers_may(
    operation: Operation,
) -> None:
    errors = bare(operation.field.type).fields["errors"].type
    assert str(errors) == "[BespokeError!]!"
    if operation.rule is None:
        return
    assert operation.guests == (Role.CUSTOMER in operation.rule.roles)
    needs = "Requires one of the permissions: MANAGE_ORDERS"
    assert (needs in operation.field.description) == operation.staff_only


def described() -> Iterator[tuple[str, Any]]:
    """Everything of ours that a client can read of: types, fields, arguments, values."""
    for operation in OPERATIONS:
        yield operation.name, operation.field
        for name, argument in operation.field.args.items():
            yield f"{operation.name}({name})", argument
    for name, kind in TYPES.items():
        yield name, kind
        if isinstance(kind, GraphQLEnumType):
            yield from ((f"{name}.{value.name}", value) for value in kind.values)
            continue
        for key, field in kind.fields.items():
            yield f"{name}.{key}", field
            for argument, value in getattr(field, "args", {}).items():
                yield f"{name}.{key}({argument})", value


def test_everything_is_described() -> None:
    missing = [name for name, thing in described() if not (thing.description or "").strip()]
    assert missing == []


def reached(kind: Any, seen: set[str]) -> None:
    """Collect the names of all types that hang on this one."""
    inner = bare(kind)
    if inner.name in seen:
        return
    seen.add(inner.name)
    if isinstance(inner, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        for field in inner.fields.values():
            reached(field.type, seen)
            for argument in getattr(field, "args", {}).values():
                reached(argument.type, seen)


def test_every_name_of_ours_is_prefixed() -> None:
    """Ours beside Saleor's in one schema: nothing collides, and no host's Order or User shows."""
    seen: set[str] = set()
    for operation in OPERATIONS:
        reached(operation.field.type, seen)
        for argument in operation.field.args.values():
            reached(argument.type, seen)
    assert {name for name in seen if not name.startswith("Bespoke")} <= HOSTS
    assert set(TYPES) <= seen, "a type of ours that no operation reaches"


def test_python_names_carry_no_prefix() -> None:
    """`BespokeX` is a name of the API; operations are called like their commands."""
    for operation in BY_COMMAND.values():
        payload = bare(operation.field.type)
        assert payload.graphene_type.__name__ == operation.name.removeprefix("bespoke")
        assert isinstance(operation.field.type, GraphQLObjectType | GraphQLNonNull)


def test_the_committed_schema_is_the_codes() -> None:
    committed = Path(saleor_bespoke.__file__).parents[1] / "schema.graphql"
    assert committed.read_text(encoding="utf-8") == product_sdl(schema), "Run: make schema"
