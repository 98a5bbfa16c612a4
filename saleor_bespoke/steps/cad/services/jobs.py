"""Jobs on meshes for somebody who waits: so many at once in the whole shop, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.steps.cad import measuring

#: How many requests of all web processes together may have a mesh examined at the same time.
AT_ONCE = 2
#: The first half of the advisory locks that are their places.
PLACES = 0x6265_7370


@contextmanager
def job_place() -> Iterator[None]:
    """Room for one job of `measuring` in this request; its failures become refusals.

    Nobody waits for a place: SHOP_BUSY where all are taken, or where the job was interrupted.
    FILE_UNREADABLE where the mesh is refused, REPORT_NOT_READY where the extra is missing. The
    place is the database session's, so that a request that dies gives it back.
    """
    place = next((it for it in range(AT_ONCE) if _asked("pg_try_advisory_lock", it)), None)
    if place is None:
        raise BespokeError(
            ErrorCode.SHOP_BUSY, "Several designs are being examined just now; try again soon."
        )
    try:
        yield
    except measuring.Refused as refusal:
        raise BespokeError(ErrorCode.FILE_UNREADABLE, str(refusal)) from refusal
    except measuring.ExtraMissing as missing:
        raise BespokeError(ErrorCode.REPORT_NOT_READY, str(missing)) from missing
    except measuring.Interrupted as trouble:
        raise BespokeError(
            ErrorCode.SHOP_BUSY, "The design could not be examined just now; try again soon."
        ) from trouble
    finally:
        _asked("pg_advisory_unlock", place)


def _asked(function: str, place: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [PLACES, place])
        return bool(cursor.fetchone()[0])
