"""The one application error and the codes a client may rely on."""

from __future__ import annotations

from enum import StrEnum


class ErrorCode(StrEnum):
    """Facts that made a request impossible. A published code never changes its meaning."""

    ALREADY_DONE = "ALREADY_DONE"
    CUSTOMER_ONLY = "CUSTOMER_ONLY"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    REQUIRED = "REQUIRED"
    STAGE_FORBIDS = "STAGE_FORBIDS"


class BespokeError(Exception):
    """A request the shop refuses. `message` is one clear sentence for a person."""

    def __init__(self, code: ErrorCode, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


class NotFound(BespokeError):
    """Nothing of that name exists for this caller: absent and foreign objects answer alike."""

    def __init__(self, what: str = "project", *, field: str | None = "id") -> None:
        super().__init__(ErrorCode.NOT_FOUND, f"No such {what}.", field=field)


class PermissionDenied(BespokeError):
    """The caller lacks a permission; answered as a top-level GraphQL error, as Saleor does."""

    def __init__(self, *permissions: str) -> None:
        needed = ", ".join(permissions) or "authentication"
        super().__init__(
            ErrorCode.PERMISSION_DENIED,
            f"To access this path, you need one of the following permissions: {needed}",
        )
