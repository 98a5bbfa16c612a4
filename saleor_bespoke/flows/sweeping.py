"""Sweeps go over many commissions: the trouble of one keeps nothing from another."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

logger = logging.getLogger(__name__)

Row = TypeVar("Row")


def each(rows: Iterable[Row], act: Callable[[Row], int]) -> int:
    """Act on every row and add up what was done; after all of them, the first failure is raised."""
    done, failures = 0, []
    for row in rows:
        try:
            done += act(row)
        except Exception as failure:  # noted, and raised once every other row had its turn
            logger.exception("The sweep failed on %s", row)
            failures.append(failure)
    if failures:
        raise failures[0]
    return done
