"""The product's part of the schema as text: what `schema.graphql` commits, equal on every host."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
)
from graphql.language.printer import print_ast
from graphql.utils.ast_from_value import ast_from_value

ROOTS = ("Query", "Mutation")


def product_sdl(schema: Any) -> str:
    """Types named `Bespoke…` and root fields named `bespoke…`, sorted, with descriptions."""
    types = schema.get_type_map()
    parts = [_root(types[name]) for name in ROOTS]
    mine = sorted(name for name in types if name.startswith("Bespoke"))
    parts += [_type(types[name]) for name in mine]
    return "\n\n".join(part for part in parts if part) + "\n"


def _root(kind: GraphQLObjectType) -> str:
    fields = {name: field for name, field in kind.fields.items() if name.startswith("bespoke")}
    return _block(f"extend type {kind.name}", _fields(fields))


def _type(kind: Any) -> str:
    note = _note(kind.description, "")
    if isinstance(kind, GraphQLEnumType):
        values = [line for value in kind.values for line in _member(value.name, value)]
        return note + _block(f"enum {kind.name}", values)
    if isinstance(kind, GraphQLInputObjectType):
        values = [
            line
            for name, field in sorted(kind.fields.items())
            for line in _member(f"{name}: {field.type}{_default(field)}", field)
        ]
        return note + _block(f"input {kind.name}", values)
    word = "interface" if isinstance(kind, GraphQLInterfaceType) else "type"
    bases = getattr(kind, "interfaces", ())
    inherits = " implements " + " & ".join(base.name for base in bases) if bases else ""
    return note + _block(f"{word} {kind.name}{inherits}", _fields(kind.fields))


def _fields(fields: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    for name, field in sorted(fields.items()):
        arguments = [
            line
            for argument, value in sorted(field.args.items())
            for line in _member(f"{argument}: {value.type}{_default(value)}", value, "    ")
        ]
        inside = "(\n" + "\n".join(arguments) + "\n  )" if arguments else ""
        lines += _member(f"{name}{inside}: {field.type}", field)
    return lines


def _member(text: str, described: Any, indent: str = "  ") -> Iterator[str]:
    note = _note(described.description, indent).rstrip("\n")
    if note:
        yield note
    yield indent + text


def _default(value: Any) -> str:
    if value.default_value is None:
        return ""
    return " = " + str(print_ast(ast_from_value(value.default_value, value.type)))


def _note(text: str | None, indent: str) -> str:
    if not text:
        return ""
    lines = text.strip().splitlines()
    if len(lines) == 1:
        return f'{indent}"""{lines[0]}"""\n'
    body = "".join(f"{indent}{line}".rstrip() + "\n" for line in lines)
    return f'{indent}"""\n{body}{indent}"""\n'


def _block(head: str, lines: list[str]) -> str:
    return head + " {\n" + "\n".join(lines) + "\n}" if lines else ""
