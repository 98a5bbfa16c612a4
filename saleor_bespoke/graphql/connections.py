"""Pages of long lists, as Saleor pages its own: by cursor, sorted, counted only when asked.

A cursor holds the sorted columns' values of a row, so that a page stays right while rows come and
go. Every page is one SQL statement, and one more if the total is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import graphene
from django.core.exceptions import ValidationError
from django.db.models import F, Model, Q, QuerySet
from graphql import GraphQLError
from graphql_relay.utils import base64, unbase64

LIMIT = 100

BespokeOrderDirection = graphene.Enum(
    "BespokeOrderDirection",
    [("ASC", "ASC"), ("DESC", "DESC")],
    description=lambda value: (
        "In which direction a list is sorted."
        if value is None
        else "Smallest or earliest first; absent values last."
        if value.name == "ASC"
        else "Largest or latest first; absent values first."
    ),
)


def connection_of(node: Any, name: str) -> Any:
    """The relay connection type `<name>CountableConnection` over a node type."""
    edge = type(
        f"{name}CountableEdge",
        (graphene.ObjectType,),
        {
            "Meta": type("Meta", (), {"description": "A row of a page, with its cursor."}),
            "node": graphene.Field(node, required=True, description="The row."),
            "cursor": graphene.String(required=True, description="Where the row stands."),
        },
    )
    return type(
        f"{name}CountableConnection",
        (graphene.ObjectType,),
        {
            "Meta": type("Meta", (), {"description": "A page of a list."}),
            "page_info": graphene.Field(
                graphene.relay.PageInfo, required=True, description="What lies around the page."
            ),
            "edges": graphene.List(
                graphene.NonNull(edge), required=True, description="The rows of the page."
            ),
            "total_count": graphene.Int(description="How many rows there are in all."),
        },
    )


def sorting_input(name: str, fields: Any, description: str) -> Any:
    """The input type `<name>SortingInput` over an enum of sortable fields."""
    return type(
        f"{name}SortingInput",
        (graphene.InputObjectType,),
        {
            "Meta": type("Meta", (), {"description": description}),
            "direction": graphene.Argument(
                BespokeOrderDirection, required=True, description="In which direction."
            ),
            "field": graphene.Argument(fields, required=True, description="By what."),
        },
    )


def page_arguments() -> dict[str, Any]:
    """The four arguments of every paged field."""
    return {
        "before": graphene.String(description="Only rows before this cursor; goes with `last`."),
        "after": graphene.String(description="Only rows after this cursor; goes with `first`."),
        "first": graphene.Int(description=f"How many rows from the start, at most {LIMIT}."),
        "last": graphene.Int(description=f"How many rows from the end, at most {LIMIT}."),
    }


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


class Page:
    """One page of a queryset: what a connection type resolves from. Read on first use."""

    def __init__(
        self,
        rows: QuerySet[Any],
        *,
        columns: Sequence[str],
        descending: bool,
        arguments: Mapping[str, Any],
        name: str,
    ) -> None:
        self.rows = rows
        self.columns = (*columns, "pk")
        self.descending = descending
        self.name = name
        self.first, self.last = arguments.get("first"), arguments.get("last")
        self.after, self.before = arguments.get("after"), arguments.get("before")
        self._check()

    def _check(self) -> None:
        for name, size in (("first", self.first), ("last", self.last)):
            if size is not None and not 0 < size <= LIMIT:
                raise GraphQLError(
                    f"Argument `{name}` of `{self.name}` must lie between 1 and {LIMIT}."
                )
        if self.first and self.last:
            raise GraphQLError("Argument `last` cannot be combined with `first`.")
        if self.first and self.before:
            raise GraphQLError("Argument `first` cannot be combined with `before`.")
        if self.last and self.after:
            raise GraphQLError("Argument `last` cannot be combined with `after`.")

    @cached_property
    def _found(self) -> tuple[list[Any], bool]:
        """The page's rows in order, and whether there are more beyond its far end."""
        size = self.first or self.last
        if not size:
            raise GraphQLError(
                f"You must provide a `first` or `last` value to page through `{self.name}`."
            )
        descending = self.descending != bool(self.last)
        cursor = self.after or self.before
        rows = self.rows
        if cursor:
            rows = rows.filter(self._beyond(self._values(cursor), descending))
        found = list(rows.order_by(*self._order(descending))[: size + 1])
        more = len(found) > size
        found = found[:size]
        return (found[::-1] if self.last else found), more

    def _order(self, descending: bool) -> list[Any]:
        if descending:
            return [F(name).desc(nulls_first=True) for name in self.columns]
        return [F(name).asc(nulls_last=True) for name in self.columns]

    def _beyond(self, values: Sequence[Any], descending: bool) -> Q:
        """Rows that follow these values; an absent value counts as the largest."""
        found, equal = Q(pk__in=[]), Q()
        for name, value in zip(self.columns, values, strict=True):
            if value is None:
                further = Q(**{f"{name}__isnull": False}) if descending else Q(pk__in=[])
            elif descending:
                further = Q(**{f"{name}__lt": value})
            else:
                further = Q(**{f"{name}__gt": value}) | Q(**{f"{name}__isnull": True})
            found |= equal & further
            equal &= Q(**{f"{name}__isnull": True}) if value is None else Q(**{name: value})
        return found

    def _values(self, cursor: str) -> list[Any]:
        try:
            given = json.loads(unbase64(cursor))
            if not isinstance(given, list) or len(given) != len(self.columns):
                raise ValueError(cursor)
            return [
                None if value is None else self._value(name, value)
                for name, value in zip(self.columns, given, strict=True)
            ]
        except (ValueError, ArithmeticError, ValidationError, RecursionError):
            raise GraphQLError("Received cursor is invalid.") from None

    def _value(self, name: str, value: Any) -> Any:
        if not isinstance(value, str) or "\x00" in value:
            raise ValueError(value)
        value.encode()
        found = self._field(name).to_python(value)
        naive = isinstance(found, datetime) and found.tzinfo is None
        if naive or (isinstance(found, Decimal) and not found.is_finite()):
            raise ValueError(value)
        return found

    def _field(self, name: str) -> Any:
        meta = self.rows.model._meta
        if name == "pk":
            return meta.pk
        annotated = self.rows.query.annotations.get(name)
        return annotated.output_field if annotated is not None else meta.get_field(name)

    def _cursor(self, row: Model) -> str:
        values = (getattr(row, name) for name in self.columns)
        texts = [None if value is None else _text(value) for value in values]
        return str(base64(json.dumps(texts)))

    @cached_property
    def edges(self) -> list[dict[str, Any]]:
        """The rows of the page with their cursors."""
        return [{"node": row, "cursor": self._cursor(row)} for row in self._found[0]]

    @property
    def page_info(self) -> dict[str, Any]:
        """What lies around the page."""
        _, more = self._found
        other = bool(self.after or self.before)
        return {
            "has_next_page": more if self.first else other,
            "has_previous_page": other if self.first else more,
            "start_cursor": self.edges[0]["cursor"] if self.edges else None,
            "end_cursor": self.edges[-1]["cursor"] if self.edges else None,
        }

    @property
    def total_count(self) -> int:
        """How many rows there are in all, whatever the page."""
        return self.rows.count()


def page_of(
    rows: QuerySet[Any],
    info: Any,
    arguments: Mapping[str, Any],
    *,
    sortable: Mapping[str, Sequence[str]],
    default: tuple[str, str],
) -> Page:
    """The page of these rows that `first`/`last`/`after`/`before` and `sort_by` ask for.

    `sortable` maps a sort field to the columns it sorts by; `default` is (field, direction).
    """
    sort_by = arguments.get("sort_by") or {"field": default[0], "direction": default[1]}
    return Page(
        rows,
        columns=sortable[sort_by["field"]],
        descending=sort_by["direction"] == "DESC",
        arguments=arguments,
        name=info.field_name,
    )
