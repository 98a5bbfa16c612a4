"""Hostile values for every argument of the schema, one at a time on top of valid ones."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLList, GraphQLNonNull
from graphql_relay.utils import base64

from tests.contracts.operations import BY_NAME, SUBJECTS, Find, Operation, bare, value_of

LONG = "x" * 200_000
#: What is sent for a scalar; every list is also sent empty and with a thousand members.
VALUES: dict[str, list[Any]] = {
    "String": ["", " ", "a\x00b", "\ud800", LONG, "\u202e\u0007", "1\u0660\u00b2"],
    "ID": ["", "a\x00b", "\ud800", LONG, "////", base64("BespokeProject:\x00"), base64(":")],
    "Decimal": [
        *("NaN", "sNaN", "-Infinity", "1e999999", "-1e999999", "1e-999999", "1e28", "-1"),
        *("0", "123456789012", "0.00000000000001", 1e308),
    ],
    "Int": [2_147_483_647, -2_147_483_648, 0],
    "Float": [1e308, -1e308, 0],
    "Date": ["0001-01-01", "9999-12-31"],
    "DateTime": [
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-11-01T01:30:00"),
    ],
    "JSON": ["\x00", [[[[]]]], {"a\x00": "\ud800"}],
    "UUID": ["00000000-0000-0000-0000-000000000000"],
    "Upload": ["", "nowhere", 7],
    "Boolean": [],
}
MANY = 1000
SPECIFICATION = "BespokeSpecificationInput"


def attacks(
    operation: Operation, find: Find, token: str | None, seen: set[str]
) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Path, value and variables of each attack; the fields of `seen` input types are left out."""
    base = operation.variables(find, token)
    for name, argument in operation.field.args.items():
        for path, kind, keys in _leaves(f"{operation.name}.{name}", argument.type, (name,), seen):
            for value in _values(kind, path, find):
                variables = deepcopy(base)
                _put(variables, operation.field.args, keys, value, find, operation.name)
                yield path, value, variables


def _leaves(
    path: str, kind: Any, keys: tuple[str | int, ...], seen: set[str]
) -> Iterator[tuple[str, Any, tuple[str | int, ...]]]:
    inner = bare(kind)
    listed = _listed(kind)
    if listed:
        yield path, kind, keys
        keys = (*keys, 0)
    if isinstance(inner, GraphQLInputObjectType):
        if inner.name in seen:
            return
        seen.add(inner.name)
        for name, field in inner.fields.items():
            yield from _leaves(f"{inner.name}.{name}", field.type, (*keys, name), seen)
    elif not isinstance(inner, GraphQLEnumType):
        yield path, inner, keys


def _listed(kind: Any) -> bool:
    kind = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    return isinstance(kind, GraphQLList)


def _values(kind: Any, path: str, find: Find) -> list[Any]:
    if not _listed(kind):
        return VALUES[kind.name]
    if bare(kind).name == "ID" and path not in SUBJECTS:
        return [[]]
    one = value_of(kind, path, find)
    return [[], (one * MANY)[:MANY]]


def _put(
    variables: dict[str, Any],
    arguments: Any,
    keys: tuple[str | int, ...],
    value: Any,
    find: Find,
    owner: str,
) -> None:
    """Set the value deep inside, giving valid ones to whatever must stand around it."""
    here: Any = variables
    kind: Any = None
    for depth, key in enumerate(keys):
        last = depth == len(keys) - 1
        if isinstance(key, str):
            field = (arguments if kind is None else bare(kind).fields)[key]
            path = f"{owner if kind is None else bare(kind).name}.{key}"
            kind = field.type
            if last:
                here[key] = value
            else:
                if not here.get(key):
                    here[key] = value_of(kind, path, find)
                here = here[key]
        elif last:
            here[:] = [value, *here[1:]]
        else:
            here = here[key]


__all__ = ["BY_NAME", "SPECIFICATION", "attacks"]
