"""Processes that do what they are told, one thing after the other, at the moment they are told.

Each has its own interpreter and its own connection to the database.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any

from tests.torture.processes import Child, Place

ANSWER_SECONDS = 180.0
#: How far ahead the moment lies at which several shall begin.
AHEAD = 0.004


class Desk(Child):
    """One such process."""

    def __init__(self, place: Place) -> None:
        super().__init__(_serve, place.but(log="desks.log"))

    def begin(self, function: Callable[..., Any], *args: Any, at: float = 0.0) -> None:
        """Let it call a function of a module at this moment (`time.monotonic`)."""
        self.tell((function.__module__, function.__qualname__, args, at))

    def end(self) -> Any:
        """What the call answered, or `Refused` with the refusal's code and words."""
        return self.receive(ANSWER_SECONDS)

    def ask(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call and answer."""
        self.begin(function, *args)
        return self.end()


class Refused(tuple[str, str]):
    """A refusal that somebody must expect: its code or kind, and its words."""


def together(acts: Sequence[tuple[Desk, Callable[..., Any], tuple[Any, ...]]]) -> list[Any]:
    """All at the same moment; their answers in order."""
    at = time.monotonic() + AHEAD
    for desk, function, args in acts:
        desk.begin(function, *args, at=at)
    return [desk.end() for desk, _, _ in acts]


def _serve(out: Connection) -> None:
    from django.db import connections

    from saleor_bespoke.errors import BespokeError
    from saleor_bespoke.shop.embedded.refusals import HostRefusal

    connections["default"].settings_dict["CONN_MAX_AGE"] = None
    while True:
        try:
            module, name, args, at = out.recv()
        except EOFError:
            return
        function = getattr(import_module(module), name)
        while time.monotonic() < at:
            pass
        try:
            answer = function(*args)
        except BespokeError as refusal:
            answer = Refused((str(refusal.code), refusal.message))
        except HostRefusal as refusal:
            answer = Refused(("HOST", str(refusal)))
        out.send(("done", answer))
