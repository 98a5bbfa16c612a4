"""Links to private files: signed, expiring, and good for one viewer only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.core import signing

from saleor_bespoke import clock, conf
from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound
from saleor_bespoke.media.models import BespokeFile

_SALT = "saleor_bespoke.media.links"


@dataclass(frozen=True)
class Opened:
    """What a link opens: a file, or what was derived from it."""

    file_pk: UUID
    derivative_pk: UUID | None = None


def link_make(
    *,
    file_pk: UUID,
    token_version: int,
    viewer: str,
    lifetime: timedelta | None = None,
    derivative_pk: UUID | None = None,
) -> str:
    """A URL-safe word that lets `viewer` fetch this file for a while (15 minutes by default).

    `viewer` is any stable string for who is looking, e.g. an actor's ref; it is part of the
    signature and not readable from the link. `token_version` is the one of the file's project:
    once that moves on, every older link is void. With `derivative_pk` it opens what was derived of
    the file and not the file.
    """
    lifetime = lifetime or timedelta(minutes=conf.option("FILE_LINK_MINUTES", 15))
    until = int((clock.now() + lifetime).timestamp())
    claim = {"f": file_pk.hex, "u": until, "v": token_version}
    if derivative_pk is not None:
        claim["d"] = derivative_pk.hex
    return _signer(viewer).sign_object(claim)


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
    try:
        claim = _signer(viewer).unsign_object(link)
    except signing.BadSignature:
        raise NotFound("file", field=None) from None
    live = BespokeFile.objects.filter(
        pk=UUID(hex=claim["f"]), project__token_version=claim["v"], erased_at=None
    )
    file_pk = live.values_list("pk", flat=True).first()
    if file_pk is None:
        raise NotFound("file", field=None)
    if clock.now().timestamp() >= claim["u"]:
        raise BespokeError(ErrorCode.FILE_LINK_EXPIRED, "This link is too old; ask for a new one.")
    derivative_pk = claim.get("d")
    return Opened(file_pk, None if derivative_pk is None else UUID(hex=derivative_pk))


def _signer(viewer: str) -> signing.Signer:
    return signing.Signer(salt=f"{_SALT}:{viewer}")
