"""What the embedded shop answers to a request it cannot fulfil, in Saleor's words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One reason: a code of the operation's Saleor error enum, a sentence, the input field."""

    code: str
    message: str
    field: str | None = None


class HostRefusal(Exception):
    """A request the shop refuses, for one or several reasons. Nothing was changed."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(faults[0].message)
        self.faults = faults


def refuse(code: str, message: str, field: str | None = None) -> HostRefusal:
    """The refusal for a single reason."""
    return HostRefusal(Fault(code, message, field))
