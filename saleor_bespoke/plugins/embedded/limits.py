"""What an operation may ask for at once. Saleor counts; so do we, with a table of our own."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLError
from graphql.language import ast

ALIASES = 100
MUTATIONS = 4
DEPTH = 30
COST = 50_000


def check(document: ast.Document, variables: dict[str, Any]) -> int:
    """Raise `GraphQLError` if a valid document asks for too much; answer its cost.

    The cost is the number of fields it may produce, a page counting as often as its `first`.
    """
    measure = _Measure(document, variables)
    cost = depth = 0
    for definition in document.definitions:
        if isinstance(definition, ast.OperationDefinition):
            own, deep = measure.of(definition.selection_set)
            cost, depth = cost + own, max(depth, deep)
            if definition.operation == "mutation":
                measure.mutations += measure.fields(definition.selection_set)
    if measure.mutations > MUTATIONS:
        raise GraphQLError(f"Number of mutations exceed the limit of {MUTATIONS}")
    if measure.aliases > ALIASES:
        raise GraphQLError(f"Number of aliases exceed the limit of {ALIASES}")
    if depth > DEPTH:
        raise GraphQLError(f"Depth of the query exceeds the limit of {DEPTH}")
    if cost > COST:
        raise GraphQLError(f"The query exceeds the maximum cost of {COST}. Actual cost is {cost}")
    return cost


class _Measure:
    """Counts over one document; every fragment is measured once, however often it is spread."""

    def __init__(self, document: ast.Document, variables: dict[str, Any]) -> None:
        self.variables = variables
        self.aliases = 0
        self.mutations = 0
        self.fragments = {
            item.name.value: item
            for item in document.definitions
            if isinstance(item, ast.FragmentDefinition)
        }
        self.known: dict[str, tuple[int, int]] = {}

    def of(self, selections: ast.SelectionSet | None) -> tuple[int, int]:
        """Cost and depth below a selection set."""
        cost = depth = 0
        for node in selections.selections if selections else ():
            if isinstance(node, ast.FragmentSpread):
                own, deep = self._fragment(node.name.value)
            else:
                own, deep = self.of(node.selection_set)
            if isinstance(node, ast.Field):
                self.aliases += node.alias is not None
                own, deep = 1 + own * self._page(node), deep + 1
            cost, depth = cost + own, max(depth, deep)
        return cost, depth

    def _fragment(self, name: str) -> tuple[int, int]:
        if name not in self.known:
            self.known[name] = self.of(self.fragments[name].selection_set)
        return self.known[name]

    def _page(self, node: ast.Field) -> int:
        for argument in node.arguments or ():
            if argument.name.value in ("first", "last"):
                value = argument.value
                if isinstance(value, ast.Variable):
                    given = self.variables.get(value.name.value)
                else:
                    given = getattr(value, "value", None)
                return max(1, int(str(given))) if str(given).isdecimal() else 1
        return 1

    def fields(self, selections: ast.SelectionSet) -> int:
        """How many root fields an operation runs, fragments followed."""
        count = 0
        for node in selections.selections:
            if isinstance(node, ast.FragmentSpread):
                count += self.fields(self.fragments[node.name.value].selection_set)
            elif isinstance(node, ast.InlineFragment):
                count += self.fields(node.selection_set)
            else:
                count += 1
        return count
