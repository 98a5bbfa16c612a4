"""Tests of the package inside a real Saleor: collected only where `saleor` can be imported.

`make test-saleor SALEOR_PYTHON=<interpreter that imports saleor>` runs them, on the PostgreSQL that
`DATABASE_URL` names. In every other run, `test_saleor.py` says so in one skipped test.
"""

from __future__ import annotations

from datetime import timedelta
from importlib.util import find_spec
from typing import Any

import pytest

from saleor_bespoke import clock, conf
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe

HERE = find_spec("saleor") is not None and conf.shop_module() == "saleor_bespoke.shop.saleor"
collect_ignore_glob = [] if HERE else ["test_[!s]*.py", "test_s[!a]*.py"]

if HERE:
    from django.conf import settings
    from django.test import TestCase, TransactionTestCase
    from saleor.tests.utils import prepare_test_db_connections

    # Reads may go to the replica; in tests it is the same database under its other name.
    TestCase.databases = TransactionTestCase.databases = {
        settings.DATABASE_CONNECTION_DEFAULT_NAME,
        settings.DATABASE_CONNECTION_REPLICA_NAME,
    }
    prepare_test_db_connections()


@pytest.fixture(autouse=True)
def still_clock() -> None:
    """Keep the shop's clock with the world's."""
    clock.use_offset(timedelta)


@pytest.fixture(autouse=HERE)
def connected(provider: FakeStripe) -> FakeStripe:
    """The payment provider's stand-in."""
    return provider


@pytest.fixture
def checkout_id(accepted: Any) -> str:
    """The accepted commission's checkout, with addresses and a delivery method."""
    from tests.paying import fill_in

    checkout_id = str(accepted.attempt.checkout_id)
    fill_in(checkout_id)
    return checkout_id


@pytest.fixture
def shop(db: None) -> None:
    """The shop's channels with the plugin set up."""
    from tests.hosts import host

    host().shop_make()
