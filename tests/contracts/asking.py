"""Asking an operation as somebody, and what its refusals look like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from saleor_bespoke.project.access import MANAGE_ORDERS, Actor
from tests.api import run
from tests.contracts.operations import Find, Operation
from tests.contracts.rich import uploads

#: How a missing permission is answered: at the top, as Saleor does, naming what is needed.
DENIED = {
    "message": "To access this path, you need one of the following permissions: " + MANAGE_ORDERS,
    "code": "PermissionDenied",
}


@dataclass(frozen=True)
class Answer:
    """What came back: top-level errors (message and code), the refusals, and the rest."""

    denied: tuple[dict[str, str], ...]
    refusals: tuple[dict[str, str | None], ...]
    data: Any

    @property
    def codes(self) -> set[str | None]:
        """The codes of the refusals."""
        return {refusal["code"] for refusal in self.refusals}

    @property
    def empty(self) -> bool:
        """Whether nothing is said but why not."""
        said = self.data or {}
        rest = {name: value for name, value in said.items() if name != "errors"}
        return not any(value not in (None, []) for value in rest.values())


def ask(
    operation: Operation,
    caller: tuple[Actor, str | None],
    find: Find,
    *,
    files: Any = None,
    **changes: Any,
) -> Answer:
    """The operation with valid arguments as this caller; guests show their token where they can."""
    actor, token = caller
    variables = operation.variables(find, token) | changes
    context_files = uploads() if files is None else files
    result = run(operation.document(variables), actor, files=context_files, **variables)
    problems = tuple(_problem(error) for error in result.errors or ())
    data = result.data[operation.name] if result.data else None
    refusals = data.get("errors", ()) if isinstance(data, dict) else ()
    return Answer(problems, tuple(dict(item) for item in refusals), data)


def _problem(error: Any) -> dict[str, str]:
    """A top-level error; what nobody meant to raise fails the test where it was raised."""
    original = getattr(error, "original_error", error)
    extensions = getattr(original, "extensions", None)
    if not extensions:
        raise AssertionError(f"A resolver failed: {original!r}") from original
    return {"message": original.message, "code": extensions["exception"]["code"]}
