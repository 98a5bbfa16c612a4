"""One call of the API, as an operation sees it."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import Json
from .state import State


@dataclass(frozen=True)
class Call:
    """Parsed parameters, what the address named, and with which kind of key it was called."""

    state: State
    params: Json
    args: tuple[str, ...] = ()
    publishable: bool = False
