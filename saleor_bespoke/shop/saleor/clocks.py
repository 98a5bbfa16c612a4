"""The clock of a demo or test shop: our App row says how far ahead of the world it runs."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic
from typing import Any

from django.db import OperationalError, ProgrammingError, transaction
from saleor.app.models import App

from saleor_bespoke import clock, conf
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.shop.port import GATEWAY
from saleor_bespoke.shop.saleor.primary import on_primary, writer

#: Seconds for which a process may trust the offset it read.
FRESH = 1.0
#: Key in our app's private metadata; the value is in seconds.
KEY = "saleor_bespoke.clock_offset"
_read: tuple[float, timedelta] | None = None


def offset() -> timedelta:
    """The stored offset; each process reads it at most once a second."""
    global _read
    if _read is None or monotonic() - _read[0] > FRESH:
        _read = (monotonic(), _stored())
    return _read[1]


def _stored() -> timedelta:
    try:
        with writer(), transaction.atomic():
            return _of(_apps().first())
    except (OperationalError, ProgrammingError):
        # No database, no table yet, or a transaction already broken: the statement that comes
        # next tells so better than a question for the time would.
        return _read[1] if _read else timedelta()


def _apps() -> Any:
    return App.objects.filter(identifier=GATEWAY, removed_at=None).order_by("-is_active", "pk")


def _of(app: Any) -> timedelta:
    seconds = (app.private_metadata or {}).get(KEY, 0) if app else 0
    return timedelta(seconds=float(seconds))


@on_primary
def move(by: timedelta) -> timedelta:
    """Move the shop's clock on by this much and answer the whole offset."""
    if not conf.option("CLOCK_MOVABLE"):
        raise BespokeError(ErrorCode.INVALID, "The clock of this shop does not move.")
    with transaction.atomic():
        app = _apps().select_for_update().first()
        if app is None:
            raise BespokeError(ErrorCode.INVALID, "This shop was not set up for bespoke pieces.")
        total = _of(app) + by
        app.private_metadata = {**(app.private_metadata or {}), KEY: str(total.total_seconds())}
        app.save(update_fields=["private_metadata"])
    forget()
    return total


def forget() -> None:
    """Read the offset anew at the next question."""
    global _read
    _read = None


def connect() -> None:
    """Let the product's clock follow the stored offset, where the settings allow it."""
    if conf.option("CLOCK_MOVABLE"):
        clock.use_offset(offset)
