"""Lists with cursors and filters, and the expansion of ids into objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import forms
from .call import Call
from .errors import Json, ParameterError, missing
from .state import State

EXPANDABLE = {
    "balance_transaction": "balance_transaction",
    "charge": "charge",
    "dispute": "dispute",
    "failure_balance_transaction": "balance_transaction",
    "latest_charge": "charge",
    "payment_intent": "payment_intent",
    "payment_method": "payment_method",
}
CREATED = {
    "gt": lambda at, bound: at > bound,
    "gte": lambda at, bound: at >= bound,
    "lt": lambda at, bound: at < bound,
    "lte": lambda at, bound: at <= bound,
}


def lister(kind: str, url: str, *filters: str) -> Callable[[Call], Json]:
    """The operation that lists all objects of a kind, newest first."""

    def operation(call: Call) -> Json:
        forms.only(
            call.params, "limit", "starting_after", "ending_before", "created", "types", *filters
        )
        wanted = {name: forms.text(call.params, name) for name in filters}
        types = forms.texts(call.params, "types")
        rows = [
            obj
            for obj in reversed(call.state.table(kind).values())
            if all(value is None or obj[name] == value for name, value in wanted.items())
            and (types is None or obj["type"] in types)
            and _created_within(obj, call.params)
        ]
        return _page(call, kind, url, rows)

    return operation


def getter(kind: str) -> Callable[[Call], Json]:
    """The operation that shows one object of a kind."""

    def operation(call: Call) -> Json:
        forms.only(call.params)
        return call.state.find(kind, call.args[0])

    return operation


def _created_within(obj: Json, params: Json) -> bool:
    if isinstance(params.get("created"), str):
        return bool(obj["created"] == forms.integer(params, "created"))
    bounds = forms.nested(params, "created")
    for name in bounds:
        if name not in CREATED:
            raise ParameterError(f"Received unknown parameter: created[{name}]", param="created")
        if not CREATED[name](obj["created"], forms.integer(bounds, name)):
            return False
    return True


def _page(call: Call, kind: str, url: str, rows: list[Json]) -> Json:
    limit = forms.integer(call.params, "limit")
    limit = 10 if limit is None else limit
    if not 1 <= limit <= 100:
        raise ParameterError("Invalid integer: limit is 1 to 100.", param="limit")
    after = forms.text(call.params, "starting_after")
    before = forms.text(call.params, "ending_before")
    if after is not None:
        rows = rows[_position(rows, kind, after, "starting_after") + 1 :]
    if before is not None:
        rows = rows[: _position(rows, kind, before, "ending_before")]
    return {
        "object": "list",
        "data": rows[:limit] if before is None else rows[-limit:],
        "has_more": len(rows) > limit,
        "url": url,
    }


def _position(rows: list[Json], kind: str, pk: str, param: str) -> int:
    for position, row in enumerate(rows):
        if row["id"] == pk:
            return position
    raise missing(kind, pk, param=param, status=400)


def check_expand(params: Json) -> None:
    """Refuse what can never be expanded, before anything happens."""
    for path in forms.texts(params, "expand") or []:
        if not all(part == "data" or part in EXPANDABLE for part in path.split(".")):
            raise ParameterError(f"This property cannot be expanded ({path}).", param="expand")


def expand(state: State, answer: Json, params: Json) -> None:
    """Replace the ids that `expand[]` names by their objects, in an answer that is a copy."""
    for path in forms.texts(params, "expand") or []:
        _expand(state, answer, path.split("."), path)


def _expand(state: State, node: Json, parts: list[str], path: str) -> None:
    name, rest = parts[0], parts[1:]
    if name == "data" and node.get("object") == "list":
        for row in node["data"]:
            _expand(state, row, rest, path)
        return
    if name not in EXPANDABLE or name not in node:
        raise ParameterError(f"This property cannot be expanded ({path}).", param="expand")
    value: Any = node[name]
    if isinstance(value, str):
        value = node[name] = dict(state.find(EXPANDABLE[name], value))
    if rest and value is not None:
        _expand(state, value, rest, path)
