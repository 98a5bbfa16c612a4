"""Answers about the schema in Saleor 3.21's cache, which knows no suffix for its keys.

Without another key, what was cached before we were installed would be told until it expires.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed

#: The setting by which 3.22 and later tell answers about one schema from those about another.
SUFFIX = "GRAPHQL_CACHE_SUFFIX"
MIDDLEWARE = f"{__name__}.cache_key_extend"


def cache_key_extend(_get_response: Callable[..., Any]) -> NoReturn:
    """Give Saleor's view other keys when the site starts; no request passes through here.

    A middleware is made once, when all apps are ready and before the first request: not earlier,
    because the view's module builds the schema.
    """
    from saleor.graphql import views

    suffix = getattr(settings, SUFFIX)
    key_of = views.generate_cache_key
    if not hasattr(key_of, "bespoke"):

        def generate_cache_key(raw_query: str) -> str:
            return f"{key_of(raw_query)}-{suffix}"

        generate_cache_key.bespoke = True  # type: ignore[attr-defined]
        views.generate_cache_key = generate_cache_key
    raise MiddlewareNotUsed
