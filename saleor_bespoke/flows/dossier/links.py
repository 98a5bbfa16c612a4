"""Links to a dossier: signed, expiring, good for one viewer, void with the project's token."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.core import signing

from saleor_bespoke import clock, conf
from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound
from saleor_bespoke.project.models import BespokeProject

_SALT = "saleor_bespoke.dossier"


def link_make(project: BespokeProject, *, viewer: str) -> str:
    """A word that lets `viewer` fetch the dossier for as long as links to files live."""
    minutes = conf.option("FILE_LINK_MINUTES", 15)
    until = int((clock.now() + timedelta(minutes=minutes)).timestamp())
    claim = {"p": project.pk.hex, "u": until, "v": project.token_version}
    return _signer(viewer).sign_object(claim)


def link_resolve(link: str, *, viewer: str) -> BespokeProject:
    """The project whose dossier this link opens; NOT_FOUND, or FILE_LINK_EXPIRED if too old."""
    try:
        claim = _signer(viewer).unsign_object(link)
    except signing.BadSignature:
        raise NotFound("dossier", field=None) from None
    project = BespokeProject.objects.filter(
        pk=UUID(hex=claim["p"]), token_version=claim["v"]
    ).first()
    if project is None:
        raise NotFound("dossier", field=None)
    if clock.now().timestamp() >= claim["u"]:
        raise BespokeError(ErrorCode.FILE_LINK_EXPIRED, "This link is too old; ask for a new one.")
    return project


def _signer(viewer: str) -> signing.Signer:
    return signing.Signer(salt=f"{_SALT}:{viewer}")
