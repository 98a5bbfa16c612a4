"""What our part of the API costs: entries of Saleor's COST_MAP, made from the types themselves.

Saleor refuses operations above its limit (50,000) and asks nothing for fields without an
entry. A page counts as often as its `first` or `last`, and so does everything asked of its rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import graphene
from graphene.utils.str_converters import to_camel_case

Costs = dict[str, dict[str, Any]]

#: A list without pages holds a handful of rows.
LIST = 5
#: An operation writes: it costs as much as a small page.
OPERATION = 10
#: Arguments that say how many rows are asked for.
COUNTS = ("first", "last", "count", "limit")
#: The parts of a page, which the page's own entry counts, and refusals.
PARTS = ("edges", "node", "pageInfo", "errors")


def root_costs(fields: Mapping[str, Any], *, operations: bool) -> Costs:
    """The entries of our fields of a root type, by their names in the schema."""
    if operations:
        return {name_of(name, field): {"complexity": OPERATION} for name, field in fields.items()}
    found = {name_of(name, field): _cost(field) for name, field in fields.items()}
    return {name: cost or {"complexity": 1} for name, cost in found.items()}


def type_costs(kind: Any) -> Costs:
    """The entries of a type of ours: fields that lead to other rows, and what must be counted."""
    found = {name_of(name, field): _cost(field) for name, field in kind._meta.fields.items()}
    return {name: cost for name, cost in found.items() if cost and name not in PARTS}


def name_of(name: str, field: Any) -> str:
    """A field's name in the schema."""
    return str(field.name or to_camel_case(name))


def bare(kind: Any) -> tuple[Any, bool]:
    """A type without its wrappings, and whether it was a list."""
    listed = False
    while isinstance(kind, graphene.List | graphene.NonNull):
        listed = listed or isinstance(kind, graphene.List)
        kind = kind.of_type
    return kind, listed


def _cost(field: Any) -> dict[str, Any] | None:
    kind, listed = bare(field.type)
    counts = [name for name in COUNTS if name in field.args]
    if counts:
        return {"complexity": 1, "multipliers": counts}
    if name_of("", field) == "totalCount":
        return {"complexity": 1}
    if not is_ours(kind) or not issubclass(kind, graphene.ObjectType | graphene.Interface):
        return None
    return {"complexity": LIST if listed else 1}


def is_ours(kind: Any) -> bool:
    """Whether a type belongs to the product."""
    return str(kind._meta.name).startswith("Bespoke")
