"""The port's promises, kept inside Saleor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import RequestFactory
from saleor.core.jwt import create_access_token

from tests.contracts.port import *  # noqa: F403


@pytest.fixture
def request_by() -> Callable[..., Any]:
    """A request of this user, or of nobody, as Saleor's own authentication reads it."""
    from saleor.graphql.context import get_context_value

    def request(user: Any) -> Any:
        headers = {}
        if user is not None:
            headers["authorization"] = f"Bearer {create_access_token(user)}"
        return get_context_value(RequestFactory().post("/graphql/", headers=headers))

    return request
