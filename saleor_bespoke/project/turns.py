"""Turns and places that database sessions take from one another, each by its name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


def turn_take(name: str) -> None:
    """Wait until nobody else has this turn; ours ends with the transaction."""
    _asked("pg_advisory_xact_lock", name)


@contextmanager
def place_try(name: str) -> Iterator[bool]:
    """Take a place for the block without waiting; answers whether it was free.

    It is the database session's, so that a request that dies gives it back.
    """
    mine = bool(_asked("pg_try_advisory_lock", name))
    try:
        yield mine
    finally:
        if mine:
            _asked("pg_advisory_unlock", name)


def _asked(function: str, name: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtextextended(%s, 0))", [name])
        return cursor.fetchone()[0]
