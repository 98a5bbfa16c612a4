"""Every argument of every operation with values nobody should send: refused, never a failure."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from graphql import GraphQLError

from saleor_bespoke.plugins.embedded.schema import schema
from saleor_bespoke.project.access import Actor
from tests.attacks.conftest import World
from tests.attacks.hostile import attacks
from tests.contracts.operations import Operation, operations
from tests.contracts.rich import stage_set, uploads

pytestmark = pytest.mark.django_db

OPERATIONS = operations()
#: Where the stage of the rich commission, QUALITY, is not the one to attack in.
PREFERRED = ("DESIGN", "PRODUCTION", "AFTERCARE", "SHIPPING", "QUOTED", "INTAKE", "CHECKOUT")
_seen: set[str] = set()


def execute(document: str, actor: Actor, variables: dict[str, Any]) -> Any:
    """Execute a document with an upload beside it; any name may be a variable's."""
    context = SimpleNamespace(FILES=uploads(), META={}, headers={}, method="POST")
    context._bespoke_actor = actor
    return schema.execute(document, context_value=context, variable_values=variables)


def failure(result: Any) -> BaseException | None:
    """An exception that nobody meant to answer with."""
    for error in result.errors or ():
        original = getattr(error, "original_error", None)
        if original is not None and not isinstance(original, GraphQLError):
            return original
    return None


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_no_value_makes_an_operation_fail(world: World, operation: Operation) -> None:
    rule = operation.rule
    staff = not operation.guests or operation.staff_only
    actor, token = world.callers["staff" if staff else "guest"]
    if rule is not None and "QUALITY" not in rule.stages:
        stage_set(world.rich.project, next(item for item in PREFERRED if item in rule.stages))
    found: dict[str, str] = {}
    for path, value, variables in attacks(operation, world.rich.find, token, _seen):
        with transaction.atomic():
            result = execute(operation.document(variables), actor, variables)
            transaction.set_rollback(True)
        problem = failure(result)
        if problem is not None:
            found[f"{path} = {str(value)[:40]!r}"] = f"{type(problem).__name__}: {problem}"[:160]
    assert found == {}
