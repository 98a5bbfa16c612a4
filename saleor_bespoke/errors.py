"""The one application error and the codes a client may rely on."""

from __future__ import annotations

from enum import StrEnum


class ErrorCode(StrEnum):
    """Facts that made a request impossible. A published code never changes its meaning."""

    ALREADY_DONE = "ALREADY_DONE"
    CHECKOUT_CHANGED = "CHECKOUT_CHANGED"
    CODE_TAKEN = "CODE_TAKEN"
    CUSTOMER_ONLY = "CUSTOMER_ONLY"
    FILE_KIND_NOT_ALLOWED = "FILE_KIND_NOT_ALLOWED"
    FILE_LIMIT_REACHED = "FILE_LIMIT_REACHED"
    FILE_LINK_EXPIRED = "FILE_LINK_EXPIRED"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    FILE_UNREADABLE = "FILE_UNREADABLE"
    INVALID = "INVALID"
    MATERIAL_HELD = "MATERIAL_HELD"
    MATERIAL_NOT_ARRIVED = "MATERIAL_NOT_ARRIVED"
    MATERIAL_NOT_LOCKED = "MATERIAL_NOT_LOCKED"
    MATERIAL_UNAVAILABLE = "MATERIAL_UNAVAILABLE"
    NOT_FOUND = "NOT_FOUND"
    NOT_REFUNDABLE = "NOT_REFUNDABLE"
    PAYABLE_NOT_OPEN = "PAYABLE_NOT_OPEN"
    PAYMENT_IN_PROGRESS = "PAYMENT_IN_PROGRESS"
    PAYMENT_NOT_FULL = "PAYMENT_NOT_FULL"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    QUANTITY_EXCEEDED = "QUANTITY_EXCEEDED"
    QUOTE_EXPIRED = "QUOTE_EXPIRED"
    QUOTE_NOT_LIVE = "QUOTE_NOT_LIVE"
    REFUND_CHANGED = "REFUND_CHANGED"
    REQUIRED = "REQUIRED"
    SLOT_UNAVAILABLE = "SLOT_UNAVAILABLE"
    STAGE_FORBIDS = "STAGE_FORBIDS"
    TERMS_OUTDATED = "TERMS_OUTDATED"
    UNPAID = "UNPAID"


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
