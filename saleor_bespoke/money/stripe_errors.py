"""What can go wrong at the payment provider, in the few kinds a flow must tell apart.

Messages are safe to log and to show to staff: keys and client secrets are cut out of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from stripe import error as library

SECRETS = re.compile(r"\b(?:(?:sk|rk|pk)_(?:test|live)_|whsec_)[\w*]+|\b\w+_secret_\w+")


class StripeError(Exception):
    """A call to the payment provider did not do what was asked."""

    def __init__(
        self, message: str, *, code: str | None = None, request_id: str | None = None
    ) -> None:
        self.message = SECRETS.sub("[secret]", message)
        self.code = code
        self.request_id = request_id
        super().__init__(self.message)


class StripeDeclined(StripeError):
    """The customer's bank or provider said no; another method may succeed."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        decline_code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, code=code, request_id=request_id)
        self.decline_code = decline_code


class StripeUnavailable(StripeError):
    """No usable answer, the effect may have happened: try again with the same idempotency key."""


class StripeRefused(StripeError):
    """The provider refuses this call as it is: configuration, program or state is wrong."""


class StripeKeyRefused(StripeRefused):
    """The secret key is wrong, or no longer good: nothing is decided until staff enter another."""


class StripeSignatureInvalid(StripeError):
    """A webhook that nobody with a secret of this shop signed just now."""


def classified(error: library.StripeError) -> StripeError:
    """Our error for one of the library's; what is not listed here as retryable is refused."""
    request_id = error.request_id
    if isinstance(error, library.CardError):
        return StripeDeclined(
            error.user_message or "The payment was declined.",
            code=error.code,
            decline_code=_details(error).get("decline_code"),
            request_id=request_id,
        )
    if isinstance(error, library.APIConnectionError):
        return StripeUnavailable("The payment provider cannot be reached.")
    if isinstance(error, library.RateLimitError):
        return StripeUnavailable("The payment provider is too busy.", request_id=request_id)
    if type(error) is library.APIError and _is_passing(error.http_status):
        return StripeUnavailable(
            f"The payment provider failed (HTTP {error.http_status}).", request_id=request_id
        )
    if isinstance(error, library.AuthenticationError):
        return StripeKeyRefused(
            "The payment provider does not accept the secret key.", request_id=request_id
        )
    if type(error) is library.APIError:
        # Its message repeats a body of unknown content.
        message = f"The payment provider refused (HTTP {error.http_status})."
        return StripeRefused(message, request_id=request_id)
    code = _details(error).get("code")
    if isinstance(error, library.IdempotencyError):
        code = "idempotency_error"
    return StripeRefused(
        error.user_message or "The payment provider refused.", code=code, request_id=request_id
    )


def _details(error: library.StripeError) -> Mapping[str, Any]:
    body = error.json_body
    details = body.get("error") if isinstance(body, Mapping) else None
    return details if isinstance(details, Mapping) else {}


def _is_passing(status: int | None) -> bool:
    """A conflict, the provider's own failure, or a success whose body could not be read."""
    return status is not None and (status == 409 or status >= 500 or 200 <= status < 300)
