"""What every test gets: the shared fixtures. The database and the socket rules are in pyproject."""

from __future__ import annotations

import pytest

pytest_plugins = [
    "tests.api",
    "tests.fixtures",
    "tests.making",
    "tests.paying",
    "tests.delivering",
]


def pytest_configure(config: pytest.Config) -> None:
    """Passwords of tests guard nothing, so they need no slow hash."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
