"""Form-encoded bodies with brackets (`metadata[a]`, `types[]`, `items[0][b]`) and their readers."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from .errors import Json, ParameterError

KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


def parse(encoded: str) -> Json:
    """Nested dictionaries and lists from one form-encoded string; all leaves are strings."""
    tree: Json = {}
    for key, value in parse_qsl(encoded, keep_blank_values=True):
        match = KEY.fullmatch(key)
        if match is None:
            raise ParameterError(f"Invalid parameter name: {key}", code="parameter_unknown")
        _put(tree, [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])], value, key)
    return {name: _lists(value) for name, value in tree.items()}


def _put(tree: Json, path: list[str], value: str, key: str) -> None:
    node = tree
    for part in path[:-1]:
        node = node.setdefault(part or str(len(node)), {})
        if not isinstance(node, dict):
            raise ParameterError(f"Invalid parameter: {key}", param=path[0])
    node[path[-1] or str(len(node))] = value


def _lists(node: object) -> object:
    if not isinstance(node, dict):
        return node
    if node and all(part.isdigit() for part in node):
        return [_lists(node[part]) for part in sorted(node, key=int)]
    return {part: _lists(value) for part, value in node.items()}


def only(params: Json, *allowed: str) -> None:
    """Refuse a parameter the operation does not know, as the real API does."""
    for name in params:
        if name not in {*allowed, "expand", "key"}:
            raise ParameterError(
                f"Received unknown parameter: {name}", param=name, code="parameter_unknown"
            )


def text(params: Json, name: str) -> str | None:
    """A string, or None where it was not sent; an empty one is refused."""
    value = params.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise ParameterError(f"Invalid string: {name}", param=name)
    if value == "":
        raise ParameterError(
            f"You passed an empty string for '{name}'.", param=name, code="parameter_invalid_empty"
        )
    return value


def required(params: Json, name: str) -> str:
    """A string that must be there."""
    value = text(params, name)
    if value is None:
        raise ParameterError(
            f"Missing required param: {name}.", param=name, code="parameter_missing"
        )
    return value


def integer(params: Json, name: str) -> int | None:
    """A whole number written plainly, or None where it was not sent."""
    value = text(params, name)
    if value is None:
        return None
    if not re.fullmatch(r"-?[0-9]{1,18}", value):
        raise ParameterError(
            f"Invalid integer: {value}", param=name, code="parameter_invalid_integer"
        )
    return int(value)


def flag(params: Json, name: str) -> bool:
    """A boolean; absent means false."""
    value = choice(params, name, ("true", "false", "True", "False"))
    return value in ("true", "True")


def choice(params: Json, name: str, allowed: tuple[str, ...]) -> str | None:
    """One of a few words, or None where it was not sent."""
    value = text(params, name)
    if value is not None and value not in allowed:
        words = ", ".join(allowed)
        raise ParameterError(f"Invalid {name}: must be one of {words}", param=name)
    return value


def texts(params: Json, name: str) -> list[str] | None:
    """A list of strings, or None where it was not sent."""
    value = params.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ParameterError("Invalid array", param=name)
    return value


def nested(params: Json, name: str) -> Json:
    """A group of parameters; empty where it was not sent."""
    value = params.get(name, {})
    if not isinstance(value, dict):
        raise ParameterError("Invalid object", param=name)
    return value


def metadata(params: Json) -> dict[str, str]:
    """At most 50 keys of 40 characters with values of 500; an empty value unsets its key."""
    given = params.get("metadata", {})
    values = dict(enumerate(given)) if isinstance(given, list) else nested(params, "metadata")
    found = {str(key): value for key, value in values.items() if value != ""}
    if len(found) > 50:
        raise ParameterError("Metadata can have at most 50 keys.", param="metadata")
    for key, value in found.items():
        if not isinstance(value, str) or len(key) > 40 or len(value) > 500:
            raise ParameterError(
                "Metadata keys have up to 40 characters and values up to 500.",
                param=f"metadata[{key}]",
            )
    return found
