"""What every test gets: the shared fixtures. The database and the socket rules are in pyproject."""

from __future__ import annotations

pytest_plugins = [
    "tests.api",
    "tests.fixtures",
    "tests.making",
    "tests.paying",
    "tests.delivering",
]
