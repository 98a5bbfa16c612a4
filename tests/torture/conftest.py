"""One bench for all quick versions of a test run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.torture.bench import Bench


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    """A bench on the server of this test run, with databases of its own."""
    with Bench() as found:
        yield found
