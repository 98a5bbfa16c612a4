"""A list of full commissions, read to the last field, costs the same for 1, 20 and 100."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from graphql import GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLScalarType
from graphql.type.definition import GraphQLEnumType

from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.plugins.embedded.schema import schema
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from tests.contracts.rich import make_rich
from tests.project.copies import copies_make

pytestmark = pytest.mark.django_db

#: What the full commission cannot have, because something else of it forbids it.
ABSENT = {
    "cancelReason",
    "erasedAt",
    "hallmark",
    "linkedTo",
    "qualityEvidence",
    "stylistName",
    "tweakRounds",
}


def _bare(kind: Any) -> Any:
    while isinstance(kind, (GraphQLList, GraphQLNonNull)):
        kind = kind.of_type
    return kind


def everything(kind: Any, seen: tuple[str, ...] = ()) -> str:
    """A selection of every field of a type and of all it leads to, once on each way."""
    parts = []
    for name, field in kind.fields.items():
        assert not any(isinstance(it.type, GraphQLNonNull) for it in field.args.values()), name
        inner = _bare(field.type)
        if isinstance(inner, (GraphQLScalarType, GraphQLEnumType)):
            parts.append(name)
        elif isinstance(inner, GraphQLObjectType) and inner.name not in (*seen, kind.name):
            parts.append(f"{name} {{ {everything(inner, (*seen, kind.name))} }}")
    return " ".join(parts)


def read(field: str, node: str, caller: Actor, first: int) -> tuple[Any, int]:
    """All of a list's fields as this caller, and how many statements that took."""
    document = (
        f"query($first: Int!) {{ {field}(first: $first) {{ totalCount edges {{ cursor node {{ "
        f"{everything(schema.get_type(node))} }} }} }} }}"
    )
    context = SimpleNamespace(
        FILES={}, META={}, headers={}, method="POST", build_absolute_uri=lambda path="": path
    )
    context._bespoke_actor = caller
    with CaptureQueriesContext(connection) as queries:
        result = schema.execute(document, context_value=context, variable_values={"first": first})
    assert not result.errors, result.errors
    return [edge["node"] for edge in result.data[field]["edges"]], len(queries)


def test_reading_everything_costs_the_same(
    provider: FakeStripe, customer: Actor, staff: Actor
) -> None:
    full = make_rich(provider, customer, staff).project
    lists = {
        "staff": ("bespokeProjects", "BespokeProject", staff),
        "customer": ("bespokeProjects", "BespokeProject", customer),
        "attention": ("bespokeAttention", "BespokeAttentionItem", staff),
    }
    costs: dict[str, list[int]] = {name: [] for name in lists}
    for wanted in (1, 20, 100):
        copies_make(full, wanted - BespokeProject.objects.count())
        for name, asked in lists.items():
            nodes, cost = read(*asked, first=wanted)
            assert len(nodes) == wanted
            costs[name].append(cost)
            if name == "staff":
                for node in nodes:
                    empty = {key for key, value in node.items() if value in (None, "", [])}
                    assert empty <= ABSENT

    assert {name: len(set(cost)) for name, cost in costs.items()} == dict.fromkeys(lists, 1), costs
