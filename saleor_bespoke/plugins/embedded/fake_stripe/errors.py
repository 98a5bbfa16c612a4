"""The errors of the API, in the shape the real one answers them."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

DOCS = "https://stripe.com/docs/error-codes/"


class ApiError(Exception):
    """An answer other than 2xx. `saved` says whether an idempotency key remembers it."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        extra: Json | None = None,
        saved: bool = True,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.saved = saved
        self.error: Json = {"message": message, "type": kind}
        if code is not None:
            self.error |= {"code": code, "doc_url": DOCS + code.replace("_", "-")}
        if param is not None:
            self.error["param"] = param
        self.error |= extra or {}

    def body(self) -> Json:
        """The whole JSON answer."""
        return {"error": self.error}


class ParameterError(ApiError):
    """A parameter fails validation: execution never began, so no key remembers the answer."""

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(400, message, code=code, param=param, saved=False)


def missing(kind: str, pk: str, *, param: str = "id", status: int = 404) -> ApiError:
    """Nothing of that kind has this id; 404 in the address, 400 in a parameter."""
    return ApiError(status, f"No such {kind}: '{pk}'", code="resource_missing", param=param)


def unexpected_state(intent: Json, doing: str) -> ApiError:
    """The payment intent's status forbids what was asked."""
    return ApiError(
        400,
        f"You cannot {doing} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
        extra={"payment_intent": intent},
    )
