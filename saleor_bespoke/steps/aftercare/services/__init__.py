"""Writes of aftercare."""

from saleor_bespoke.steps.aftercare.services.care import (
    care_book,
    care_finish,
    extra_service_price,
    extra_service_settle,
)
from saleor_bespoke.steps.aftercare.services.claims import (
    claim_decided_mark,
    claim_open,
    return_request,
)
from saleor_bespoke.steps.aftercare.services.resizes import (
    resize_finish,
    resize_grant,
    resize_price,
    resize_refused_mark,
    resize_request,
    resize_returned_mark,
    resize_settle,
    resize_start,
    resize_unpaid_mark,
)

__all__ = [
    "care_book",
    "care_finish",
    "claim_decided_mark",
    "claim_open",
    "extra_service_price",
    "extra_service_settle",
    "resize_finish",
    "resize_grant",
    "resize_price",
    "resize_refused_mark",
    "resize_request",
    "resize_returned_mark",
    "resize_settle",
    "resize_start",
    "resize_unpaid_mark",
    "return_request",
]
