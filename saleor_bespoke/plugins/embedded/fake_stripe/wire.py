"""A request and an answer, between the HTTP server and the rest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from .errors import Json


@dataclass(frozen=True)
class Request:
    """What came over the wire; header names are matched without regard to case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str | None:
        """One header, whatever the case of its name."""
        return next(
            (value for key, value in self.headers.items() if key.lower() == name.lower()), None
        )


@dataclass
class Answer:
    """What goes back, unless `trouble` says that the answer never arrives."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    trouble: Literal["", "hang", "reset"] = ""
    seconds: float = 0.0


def json_answer(status: int, body: Json, headers: dict[str, str] | None = None) -> Answer:
    """A JSON answer, laid out as the real API does."""
    return Answer(
        status,
        json.dumps(body, indent=2).encode() + b"\n",
        {"Content-Type": "application/json"} | (headers or {}),
    )
