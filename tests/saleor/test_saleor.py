"""Whether these tests run in a real Saleor, said aloud."""

from __future__ import annotations

import pytest

from tests.saleor.conftest import HERE


def test_the_shop_is_a_saleor() -> None:
    """In any other run this is skipped with the reason, and nothing else here is collected."""
    if not HERE:
        pytest.skip("No Saleor here: make test-saleor SALEOR_PYTHON=<interpreter of a Saleor>")
    import saleor
    from django.conf import settings

    assert saleor.__version__.startswith(("3.21", "3.22", "3.23", "3.24"))
    assert "saleor_bespoke" in settings.INSTALLED_APPS
