"""The product's API in tests: a document executed as a given caller, without the way over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from saleor_bespoke.project.access import ANONYMOUS, Actor

Execute = Callable[..., Any]


def run(query: str, actor: Actor | None = None, *, files: Any = None, **variables: Any) -> Any:
    """Execute a document as this caller; the whole result with `data` and `errors`."""
    from saleor_bespoke.plugins.embedded.schema import schema

    context = SimpleNamespace(
        FILES=files or {},
        META={},
        headers={},
        method="POST",
        build_absolute_uri=lambda path="": f"http://testserver{path}",
    )
    context._bespoke_actor = (actor or ANONYMOUS).with_token("")
    if actor is not None and actor.token:
        context._bespoke_actor = actor
    return schema.execute(query, context_value=context, variable_values=variables)


@pytest.fixture
def execute() -> Execute:
    """Execute a document that must succeed and answer its data."""

    def call(query: str, actor: Actor | None = None, **variables: Any) -> Any:
        result = run(query, actor, **variables)
        assert not result.errors, result.errors
        return result.data

    return call
