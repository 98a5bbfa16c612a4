"""Everything a client can see of the product's API says what it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphql import GraphQLEnumType

from saleor_bespoke.plugins.embedded.schema import schema


def described() -> Iterator[tuple[str, str | None]]:
    """Each type, field, argument and enum value of the product, with what it says of itself."""
    for name, kind in schema.get_type_map().items():
        mine = name.startswith("Bespoke")
        if mine:
            yield name, kind.description
        if mine and isinstance(kind, GraphQLEnumType):
            yield from ((f"{name}.{value.name}", value.description) for value in kind.values)
        fields: dict[str, Any] = getattr(kind, "fields", {})
        for field_name, field in fields.items():
            if not mine and not field_name.startswith("bespoke"):
                continue
            yield f"{name}.{field_name}", field.description
            arguments: dict[str, Any] = getattr(field, "args", {})
            for argument, told in arguments.items():
                yield f"{name}.{field_name}({argument})", told.description


def test_everything_is_described() -> None:
    everything = dict(described())
    assert len(everything) > 1000
    silent = [name for name, text in everything.items() if not (text or "").strip()]
    assert silent == []
