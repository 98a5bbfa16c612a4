"""One call to the provider: own key, address and version, bounded in time and in tries."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from stripe.api_requestor import APIRequestor
from stripe.error import StripeError as LibraryError
from stripe.http_client import RequestsClient

from .stripe_errors import StripeUnavailable, classified

DEFAULT_API_VERSION = "2022-11-15"
MAX_SLEEP_SECONDS = 2.0
#: How long an answer is waited for. A customer waits behind it, so a call that took this long is
#: not tried again: at worst it blocks its request for twice this and the pauses in between.
TIMEOUT_SECONDS = 10.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class StripeAccount:
    """Where to call and as whom. Several webhook secrets are valid while one replaces another."""

    secret_key: str = field(repr=False)
    publishable_key: str
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    api_base: str = "https://api.stripe.com"
    api_version: str = DEFAULT_API_VERSION
    timeout_seconds: float = TIMEOUT_SECONDS
    retries: int = 2


def send(
    account: StripeAccount,
    method: str,
    path: str,
    params: Mapping[str, Any] | None = None,
    *,
    idempotency_key: str | None = None,
) -> Any:
    """The parsed JSON of a successful answer; anything else raises a StripeError of ours.

    A lost answer is asked for again with the same idempotency key, so nothing happens twice.
    """
    client = _client(account.api_base, account.timeout_seconds, account.retries)
    requestor = APIRequestor(
        key=account.secret_key,
        client=client,
        api_base=account.api_base,
        api_version=account.api_version,
    )
    headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
    try:
        response, _ = requestor.request(method, path, dict(params or {}), headers)
    except LibraryError as error:
        # Without the cause: its body may hold a client secret, its message a part of the key.
        raise classified(error) from None
    except AttributeError:
        # The library expects an object under `error`; some gateways in between send a word.
        raise StripeUnavailable("The payment provider's answer cannot be read.") from None
    return response.data


class _Client(RequestsClient):  # type: ignore[misc]
    """The library's client with tries of its own, short pauses between them, and an end."""

    def __init__(self, retries: int, **options: Any) -> None:
        super().__init__(**options)
        self._retries = retries

    def request_with_retries(self, *args: Any, **options: Any) -> Any:
        self._thread_local.until = monotonic() + self._timeout
        return super().request_with_retries(*args, **options)

    def _should_retry(self, *args: Any) -> bool:
        return monotonic() < self._thread_local.until and bool(super()._should_retry(*args))

    def _max_network_retries(self) -> int:
        return self._retries

    def _sleep_time_seconds(self, num_retries: int, response: Any = None) -> float:
        return min(float(super()._sleep_time_seconds(num_retries, response)), MAX_SLEEP_SECONDS)


@lru_cache(maxsize=8)
def _client(api_base: str, timeout: float, retries: int) -> _Client:
    """One client per address; it keeps a connection per thread."""
    local = urlsplit(api_base).hostname in LOOPBACK
    # A proxy of the machine cannot reach a provider that runs beside the shop.
    proxy = dict.fromkeys(("http", "https", "all")) if local else None
    return _Client(retries, timeout=timeout, proxy=proxy)


# A forked worker must not share its parent's connections.
os.register_at_fork(after_in_child=_client.cache_clear)
