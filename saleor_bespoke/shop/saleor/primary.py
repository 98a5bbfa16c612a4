"""Permission to use the primary database, which Saleor wants for every statement on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from saleor.core.db.connection import allow_writer
from saleor.graphql.core.context import disallow_replica_in_context

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


@contextmanager
def writer(context: Any = None) -> Iterator[None]:
    """Permit writing; what a request reads afterwards it reads where it wrote."""
    if context is not None:
        disallow_replica_in_context(context)
    with allow_writer():
        yield


def on_primary(function: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """The function with that permission while it runs."""

    @wraps(function)
    def permitted(*given: Given.args, **named: Given.kwargs) -> Answer:
        with allow_writer():
            return function(*given, **named)

    return permitted
