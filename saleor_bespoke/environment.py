"""Settings of a shop that cannot edit Django's settings: variables, one JSON file, and their types.

Nothing here knows a setting's name; `conf` says which exist and what each one is.
"""

from __future__ import annotations

import json
import os
import types
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints, is_typeddict

from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def variable(name: str) -> str | None:
    """An environment variable's text; one that is only blank counts as not given."""
    return os.environ.get(name, "").strip() or None


def file_read(path: str) -> dict[str, Any]:
    """The JSON object in this file; numbers with a point stay exact."""
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as failure:
        raise ImproperlyConfigured(f"{path} cannot be read: {failure.strerror}.") from failure
    except ValueError as failure:
        raise ImproperlyConfigured(f"{path} is not JSON: {failure}.") from failure
    if not isinstance(found, dict):
        raise ImproperlyConfigured(f"{path} must hold one JSON object.")
    return found


def parsed(kind: Any, value: Any, where: str) -> Any:
    """`value` as `kind`; a value that cannot be it is an `ImproperlyConfigured` naming `where`."""
    if kind is Any:
        return value
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _one_of(get_args(kind), value, where)
    if origin is tuple:
        return _row(get_args(kind), value, where)
    if origin is not None:  # a mapping
        return _table(get_args(kind), value, where)
    if is_typeddict(kind):
        return entries(kind, value, where)
    if is_dataclass(kind) and isinstance(kind, type):
        if isinstance(value, kind):
            return value
        hints = get_type_hints(kind)
        found = entries(kind, value, where)
        if missing := sorted(set(hints) - set(found)):
            raise ImproperlyConfigured(f"{where} lacks {', '.join(missing)}.")
        return kind(**found)
    return _plain(kind, value, where)


def entries(kind: Any, value: Any, where: str) -> dict[str, Any]:
    """Some of the fields of `kind` (a dataclass or TypedDict), each as its type; none unknown."""
    hints = get_type_hints(kind)
    if not isinstance(value, Mapping):
        raise ImproperlyConfigured(f"{where} must be a table of settings.")
    if unknown := sorted(str(name) for name in value if name not in hints):
        raise ImproperlyConfigured(f"{where} has no setting {', '.join(unknown)}.")
    return {name: parsed(hints[name], entry, f"{where}.{name}") for name, entry in value.items()}


def _one_of(kinds: tuple[Any, ...], value: Any, where: str) -> Any:
    if value is None and type(None) in kinds:
        return None
    return parsed(next(kind for kind in kinds if kind is not type(None)), value, where)


def _row(kinds: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if isinstance(value, str) or not isinstance(value, list | tuple):
        raise ImproperlyConfigured(f"{where} must be a list.")
    if kinds[-1] is Ellipsis:
        kinds = kinds[:1] * len(value)
    if len(kinds) != len(value):
        raise ImproperlyConfigured(f"{where} must hold {len(kinds)} values.")
    return tuple(
        parsed(kind, entry, f"{where}[{place}]")
        for place, (kind, entry) in enumerate(zip(kinds, value, strict=True))
    )


def _table(kinds: tuple[Any, ...], value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ImproperlyConfigured(f"{where} must be a table.")
    return {str(key): parsed(kinds[1], entry, f"{where}.{key}") for key, entry in value.items()}


def _plain(kind: Any, value: Any, where: str) -> Any:
    if kind is Decimal:
        return _decimal(value, where)
    if kind is date:
        return _date(value, where)
    if kind is bool and isinstance(value, str) and value.lower() in TRUE | FALSE:
        return value.lower() in TRUE
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        # What stands for a text may hold a secret, and what is said here ends in logs.
        hidden = kind is str and not isinstance(value, int | Decimal)
        said = type(value).__name__ if hidden else repr(value)
        raise ImproperlyConfigured(f"{where} must be {_called(kind)}, not {said}.")
    return value


def _called(kind: Any) -> str:
    known: dict[Any, str] = {int: "a whole number", str: "a text", bool: "true or false"}
    return known[kind]


def _decimal(value: Any, where: str) -> Decimal:
    if isinstance(value, Decimal | int | str) and not isinstance(value, bool):
        try:
            found = Decimal(value)
        except InvalidOperation:
            found = Decimal("NaN")
        if found.is_finite():
            return found
    raise ImproperlyConfigured(f'{where} must be an exact number such as "0.19", not {value!r}.')


def _date(value: Any, where: str) -> date:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    elif isinstance(value, date):
        return value
    raise ImproperlyConfigured(f'{where} must be a date such as "2026-12-24", not {value!r}.')
