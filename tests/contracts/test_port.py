"""The port's promises, kept by the embedded shop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import RequestFactory

from saleor_bespoke.shop.embedded import accounts
from tests.contracts.port import *  # noqa: F403


@pytest.fixture
def request_by() -> Callable[..., Any]:
    """A request of this user, or of nobody, as the API receives it."""

    def request(user: Any) -> Any:
        headers = {}
        if user is not None:
            token = accounts.token_create(user, issuer="test")
            headers["authorization"] = f"Bearer {token}"
        return RequestFactory().post("/graphql/", headers=headers)

    return request
