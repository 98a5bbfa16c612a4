"""Links to private files: signed, expiring, and good for one viewer only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from saleor_bespoke.errors import NotFound
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.seals import seal, unseal

_SALT = "saleor_bespoke.media.links"


@dataclass(frozen=True)
class Opened:
    """What a link opens: a file, or what was derived from it; perhaps to the workshop alone."""

    file_pk: UUID
    derivative_pk: UUID | None = None
    staff: bool = False


def link_make(
    *,
    file_pk: UUID,
    token_version: int,
    viewer: str,
    staff: bool = False,
    lifetime: timedelta | None = None,
    derivative_pk: UUID | None = None,
) -> str:
    """A URL-safe word that lets `viewer` fetch this file for a while (15 minutes by default).

    `viewer` is any stable string for who is looking, e.g. an actor's ref; it is part of the
    signature and not readable from the link. `token_version` is the one of the file's project:
    once that moves on, every older link is void. `staff` says that it is shown with the workshop's
    eyes. With `derivative_pk` it opens what was derived of the file and not the file.
    """
    opens = {"f": file_pk.hex}
    if derivative_pk is not None:
        opens["d"] = derivative_pk.hex
    return seal(
        _SALT, opens, token_version=token_version, viewer=viewer, staff=staff, lifetime=lifetime
    )


def resolve(link: str, *, viewer: str) -> UUID:
    """The pk of the file this link opens for this viewer; refused as by `opened`."""
    found = opened(link, viewer=viewer)
    if found.derivative_pk is not None:
        raise NotFound("file", field=None)
    return found.file_pk


def opened(link: str, *, viewer: str) -> Opened:
    """What this link opens for this viewer.

    A forged, foreign, revoked or erased one is answered like an absent file; a genuine link that
    is too old is FILE_LINK_EXPIRED.
    """
    claim = unseal(_SALT, link, viewer=viewer, what="file")
    live = BespokeFile.objects.filter(
        pk=claim.pk("f"), project__token_version=claim.token_version, erased_at=None
    )
    file_pk = live.values_list("pk", flat=True).first()
    if file_pk is None:
        raise NotFound("file", field=None)
    claim.fresh_check()
    derivative_pk = claim.pk("d") if "d" in claim.opens else None
    return Opened(file_pk, derivative_pk, claim.staff)
