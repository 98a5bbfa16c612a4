"""The host's half of the schema is Saleor's, and no more of it than the journey selects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from os import environ
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, build_ast_schema, parse
from graphql.language.visitor import TypeInfoVisitor, Visitor, visit
from graphql.type import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    get_named_type,
)
from graphql.utils.type_info import TypeInfo

from saleor_bespoke.plugins.embedded.schema import schema
from tests.embedded.conftest import HOST_DOCUMENTS

FACTS = Path(
    environ.get("BESPOKE_SALEOR_FACTS", Path(__file__).resolve().parents[3] / "shared" / "saleor")
)
KINDS = (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
)
BRANCHES = ("3.21", "3.22", "3.23", "main")
PRODUCT = re.compile(r"^bespoke", re.IGNORECASE)


def host_types() -> Iterator[Any]:
    """The types of the host's half: all that its root fields and their arguments lead to."""
    found: dict[str, Any] = {}
    waiting = [
        reached
        for root in (schema.get_query_type(), schema.get_mutation_type())
        for name, field in root.fields.items()
        if not PRODUCT.match(name)
        for reached in leads_to(field)
    ]
    while waiting:
        kind = waiting.pop()
        if kind.name in found or PRODUCT.match(kind.name):
            continue
        found[kind.name] = kind
        if isinstance(kind, GraphQLUnionType):
            waiting += kind.types
        if isinstance(kind, GraphQLInputObjectType):
            waiting += [get_named_type(field.type) for field in kind.fields.values()]
        if isinstance(kind, GraphQLObjectType):
            for name, field in kind.fields.items():
                waiting += [] if PRODUCT.match(name) else leads_to(field)
    yield from found.values()


def leads_to(field: Any) -> list[Any]:
    """The types of a field and of its arguments."""
    reached = [field.type, *(argument.type for argument in field.args.values())]
    return [get_named_type(kind) for kind in reached]


def host_fields() -> Iterator[tuple[str, str, Any]]:
    """Every field of the host's objects and roots, as type name, field name, definition."""
    roots = (schema.get_query_type(), schema.get_mutation_type())
    for kind in (*roots, *host_types()):
        if isinstance(kind, GraphQLObjectType):
            for name, field in kind.fields.items():
                if not PRODUCT.match(name):
                    yield kind.name, name, field


class Selections(Visitor):  # type: ignore[misc]
    """Collects what a document selects, as type and field, with the arguments it gives."""

    def __init__(self, info: TypeInfo) -> None:
        self.info = info
        self.fields: set[tuple[str, str]] = set()
        self.arguments: set[tuple[str, str, str]] = set()

    def enter_Field(self, node: Any, *_: Any) -> None:  # noqa: N802 - graphql-core's name
        place = (self.info.get_parent_type().name, node.name.value)
        self.fields.add(place)
        self.arguments |= {(*place, argument.name.value) for argument in node.arguments}


@cache
def selected() -> tuple[frozenset[tuple[str, str]], frozenset[tuple[str, str, str]]]:
    """All fields and arguments that some document of the journey uses."""
    fields: set[tuple[str, str]] = set()
    arguments: set[tuple[str, str, str]] = set()
    for path in HOST_DOCUMENTS.glob("*.graphql"):
        info = TypeInfo(schema)
        visitor = Selections(info)
        visit(parse(path.read_text()), TypeInfoVisitor(info, visitor))
        fields |= visitor.fields
        arguments |= visitor.arguments
    return frozenset(fields), frozenset(arguments)


@cache
def branch(name: str) -> GraphQLSchema:
    """A Saleor branch's public schema; skips where it is not at hand."""
    path = FACTS / "schema" / f"{name}.graphql"
    if not path.exists():
        pytest.skip("Saleor's public schemas are not at hand (BESPOKE_SALEOR_FACTS)")
    old = re.sub(
        r"^(type|interface) (\w+) implements [^{]+",
        lambda match: match.group().replace(" & ", ", "),
        path.read_text(),
        flags=re.MULTILINE,
    )
    return build_ast_schema(parse(old))


def test_every_host_field_is_selected_by_some_document() -> None:
    fields, _ = selected()

    assert {(kind, name) for kind, name, _ in host_fields()} - fields == set()


def test_every_host_argument_is_given_by_some_document() -> None:
    _, arguments = selected()
    offered = {(kind, name, key) for kind, name, field in host_fields() for key in field.args}

    assert offered - arguments == set()


def test_the_host_has_no_subscription_and_is_found_whole() -> None:
    assert schema.get_subscription_type() is None
    names = {kind.name for kind in host_types()}
    assert {"Checkout", "AddressInput", "CountryCode", "OrderErrorCode", "Money"} <= names
    assert len(names) > 50


@pytest.mark.parametrize("name", BRANCHES)
def test_host_types_mirror_the_branch(name: str) -> None:
    theirs = branch(name)
    differences = [
        difference
        for kind in host_types()
        for difference in unlike(kind, theirs.get_type(kind.name))
    ]
    roots = {"Query": theirs.get_query_type(), "Mutation": theirs.get_mutation_type()}
    for kind, field_name, field in host_fields():
        if kind in roots:
            differences += unlike_field(kind, field_name, field, roots[kind].fields.get(field_name))

    assert differences == []


def kind_of(of: Any) -> Any:
    """What sort of type this is."""
    return next(kind for kind in KINDS if isinstance(of, kind))


def unlike(ours: Any, theirs: Any) -> list[str]:
    """How one of our host types differs from a branch's type of that name."""
    if theirs is None or kind_of(ours) is not kind_of(theirs):
        return [f"{ours.name} is not there"]
    if isinstance(ours, GraphQLEnumType):
        known = {value.name for value in theirs.values}
        return [f"{ours.name}.{value.name}" for value in ours.values if value.name not in known]
    if isinstance(ours, GraphQLUnionType):
        known = {kind.name for kind in theirs.types}
        return [f"{ours.name} of {kind.name}" for kind in ours.types if kind.name not in known]
    if isinstance(ours, GraphQLObjectType | GraphQLInputObjectType):
        return [
            difference
            for name, field in ours.fields.items()
            if not PRODUCT.match(name)
            for difference in unlike_field(ours.name, name, field, theirs.fields.get(name))
        ]
    return []


def unlike_field(kind: str, name: str, ours: Any, theirs: Any) -> list[str]:
    """How one field differs from a branch's: absent, of another type, with other arguments."""
    if theirs is None:
        return [f"{kind}.{name} is not there"]
    if str(ours.type) != str(theirs.type):
        return [f"{kind}.{name}: {ours.type} instead of {theirs.type}"]
    return [
        f"{kind}.{name}({key})"
        for key, argument in getattr(ours, "args", {}).items()
        if str(argument.type) != str(theirs.args[key].type if key in theirs.args else None)
    ]


def test_the_mirror_notices_a_difference() -> None:
    theirs = branch("3.23")
    order, checkout = schema.get_type("Order"), theirs.get_type("Checkout")

    assert "Order.number is not there" in unlike(order, checkout)
    field = order.fields["number"]
    assert unlike_field("Order", "number", field, order.fields["created"]) == [
        "Order.number: String! instead of DateTime!"
    ]


@pytest.mark.parametrize(
    "path", sorted(HOST_DOCUMENTS.glob("*.graphql")), ids=lambda path: path.stem
)
def test_a_host_document_is_valid_here(path: Path) -> None:
    from graphql import validate

    assert validate(schema, parse(path.read_text())) == []
