"""The demo's clock: one row says how far ahead of the world this shop runs."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic

from django.db import OperationalError, ProgrammingError, transaction

from saleor_bespoke import clock, conf
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.shop.embedded.models import ClockOffset

#: Seconds for which a process may trust the offset it read.
FRESH = 1.0
_read: tuple[float, timedelta] | None = None


def offset() -> timedelta:
    """The stored offset; each process reads it at most once a second."""
    global _read
    if _read is None or monotonic() - _read[0] > FRESH:
        _read = (monotonic(), _stored())
    return _read[1]


def _stored() -> timedelta:
    try:
        with transaction.atomic():
            row = ClockOffset.objects.filter(pk=1).first()
    except (OperationalError, ProgrammingError):
        # No database, no table yet, or a transaction already broken: the statement that comes
        # next tells so better than a question for the time would.
        return _read[1] if _read else timedelta()
    return row.offset if row else timedelta()


def move(by: timedelta) -> timedelta:
    """Move the shop's clock on by this much and answer the whole offset."""
    if not conf.option("CLOCK_MOVABLE"):
        raise BespokeError(ErrorCode.INVALID, "The clock of this shop does not move.")
    total = _stored() + by
    ClockOffset.objects.update_or_create(pk=1, defaults={"offset": total})
    forget()
    return total


def forget() -> None:
    """Read the offset anew at the next question."""
    global _read
    _read = None


def connect() -> None:
    """Let the shop's clock follow the stored offset, where the settings allow it."""
    if conf.option("CLOCK_MOVABLE"):
        clock.use_offset(offset)
