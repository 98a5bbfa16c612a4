"""The shop's clock. Every rule asks `now()`, so that one setting moves all of them together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_offset: Callable[[], timedelta] = timedelta


def now() -> datetime:
    """The current aware time in UTC, moved by the demo's offset if one is installed."""
    return datetime.now(UTC) + _offset()


def ahead() -> timedelta:
    """How far this clock runs ahead of the world's; nothing outside demos and tests."""
    return _offset()


def use_offset(source: Callable[[], timedelta]) -> None:
    """Let a demo or test host move the clock; `source` answers how far ahead it runs."""
    global _offset
    _offset = source
