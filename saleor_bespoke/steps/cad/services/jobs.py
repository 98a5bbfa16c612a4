"""Jobs on meshes for somebody who waits: so many at once in the whole shop, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.project.turns import place_try
from saleor_bespoke.steps.cad import measuring

#: How many requests of all web processes together may have a mesh examined at the same time.
AT_ONCE = 2
#: Their places, numbered from 0.
PLACE = "examining:{}"


@contextmanager
def job_place() -> Iterator[None]:
    """Room for one job of `measuring` in this request; its failures become refusals.

    Nobody waits for a place: SHOP_BUSY where all are taken, or where the job was interrupted.
    FILE_UNREADABLE where the mesh is refused, REPORT_NOT_READY where the extra is missing.
    """
    with ExitStack() as held:
        if not any(held.enter_context(place_try(PLACE.format(it))) for it in range(AT_ONCE)):
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
