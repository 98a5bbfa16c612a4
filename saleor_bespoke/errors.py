"""The one application error and the codes a client may rely on."""

from __future__ import annotations

from enum import StrEnum


class ErrorCode(StrEnum):
    """Facts that made a request impossible. A published code never changes its meaning."""

    ABOVE_BUDGET = "ABOVE_BUDGET"
    ALREADY_DONE = "ALREADY_DONE"
    BRIEF_NOT_CONFIRMED = "BRIEF_NOT_CONFIRMED"
    BRIEF_OUTDATED = "BRIEF_OUTDATED"
    CHANGE_IS_TWEAK = "CHANGE_IS_TWEAK"
    CHANGE_NEEDS_ORDER = "CHANGE_NEEDS_ORDER"
    CHANGE_NOT_OPEN = "CHANGE_NOT_OPEN"
    CHANGE_ORDER_OPEN = "CHANGE_ORDER_OPEN"
    CHECKOUT_CHANGED = "CHECKOUT_CHANGED"
    CODE_TAKEN = "CODE_TAKEN"
    CONFIRMATION_INCOMPLETE = "CONFIRMATION_INCOMPLETE"
    CREDIT_NOT_ACCEPTED = "CREDIT_NOT_ACCEPTED"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    CUSTOMER_ONLY = "CUSTOMER_ONLY"
    FEASIBILITY_OPEN = "FEASIBILITY_OPEN"
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
    NOTICE_OUTDATED = "NOTICE_OUTDATED"
    NOT_FOUND = "NOT_FOUND"
    NOT_REFUNDABLE = "NOT_REFUNDABLE"
    OWN_MATERIAL_OPEN = "OWN_MATERIAL_OPEN"
    PAYABLE_NOT_OPEN = "PAYABLE_NOT_OPEN"
    PAYMENT_IN_PROGRESS = "PAYMENT_IN_PROGRESS"
    PAYMENT_NOT_FULL = "PAYMENT_NOT_FULL"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    PRICE_BELOW_MINIMUM = "PRICE_BELOW_MINIMUM"
    QUANTITY_EXCEEDED = "QUANTITY_EXCEEDED"
    QUOTE_EXPIRED = "QUOTE_EXPIRED"
    QUOTE_NOT_LIVE = "QUOTE_NOT_LIVE"
    REFUND_CHANGED = "REFUND_CHANGED"
    REQUIRED = "REQUIRED"
    REVISION_NOT_DRAFT = "REVISION_NOT_DRAFT"
    REVISION_NOT_REVIEWABLE = "REVISION_NOT_REVIEWABLE"
    REVISION_OPEN = "REVISION_OPEN"
    SLOT_UNAVAILABLE = "SLOT_UNAVAILABLE"
    STAGE_FORBIDS = "STAGE_FORBIDS"
    TERMS_OUTDATED = "TERMS_OUTDATED"
    TWEAKS_USED_UP = "TWEAKS_USED_UP"
    TWEAK_AVAILABLE = "TWEAK_AVAILABLE"
    UNPAID = "UNPAID"
    VIEWS_MISSING = "VIEWS_MISSING"


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
