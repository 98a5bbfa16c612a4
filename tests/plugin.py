"""Starts the tests' PostgreSQL before Django reads its settings. Loaded with `-p` (pyproject)."""

from __future__ import annotations

import os
from collections.abc import Generator
from datetime import timedelta

import pytest

from saleor_bespoke import clock
from saleor_bespoke.plugins.embedded import postgres


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None, None, None]:
    """A wrapper runs before pytest-django's own hook, which loads the settings.

    Workers of pytest-xdist inherit `DATABASE_URL`, so that one server serves them all.
    """
    try:
        os.environ["DATABASE_URL"] = postgres.database_url(None)
    except postgres.DatabaseUnavailable as error:
        pytest.exit(str(error), returncode=3)
    return (yield)


@pytest.fixture(autouse=True)
def still_clock() -> None:
    """Keep the shop's clock with the world's, so that asking for the time needs no database.

    `time_machine` moves both; a test of the movable clock itself uses `moving.connect()`.
    """
    clock.use_offset(timedelta)
