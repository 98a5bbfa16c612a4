"""Leases on work outside of transactions: held by a database session, and ending with it.

A process that dies leaves its lease to whoever asks next; one that nobody saw dying loses it when
its time is over.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL

#: The database session that asks, told apart from all that ever had its number. (What the view
#: `pg_stat_activity` asks, without its joins, whose planning takes longer than the lease.)
SESSION = """(SELECT own.pid || '@' || extract(epoch FROM own.backend_start)
    FROM pg_stat_get_activity(pg_backend_pid()) own)"""
_ALIVE = """EXISTS (SELECT FROM pg_stat_get_activity(split_part({0}, '@', 1)::int) other
    WHERE other.pid = split_part({0}, '@', 1)::int
    AND coalesce(extract(epoch FROM other.backend_start)::text
        = split_part({0}, '@', 2), true))"""


def alive(column: str) -> str:
    """SQL: whether the session named in `column` is still there.

    Of other accounts' sessions only the number is visible.
    """
    return _ALIVE.format(column)


def free(model: type[models.Model], now: datetime) -> Q:
    """The rows of this model (with `leased_until` and `leased_by`) that nobody holds at `now`."""
    owned = RawSQL(  # noqa: S611  # a constant and our own table's name
        alive(f"{model._meta.db_table}.leased_by"), [], output_field=BooleanField()
    )
    return Q(leased_until=None) | Q(leased_until__lt=now) | ~Q(owned)


def taken(until: datetime) -> dict[str, Any]:
    """What a row is given that this session leases until then."""
    return {"leased_until": until, "leased_by": RawSQL(SESSION, [])}  # noqa: S611  # a constant


#: What a row is given whose work is over.
RETURNED: dict[str, None] = {"leased_until": None, "leased_by": None}
