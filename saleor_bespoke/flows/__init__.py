"""Processes across rooms, and the after-commit handlers and host entry points they consist of."""

from __future__ import annotations


def connect() -> None:
    """Import every flow so that its handlers and entry points are registered."""
