"""Links to a dossier: signed, expiring, good for one viewer, void with the project's token."""

from __future__ import annotations

from saleor_bespoke.errors import NotFound
from saleor_bespoke.media.seals import seal, unseal
from saleor_bespoke.project.access import Actor, roles_on
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import Role

_SALT = "saleor_bespoke.dossier"


def link_make(project: BespokeProject, *, viewer: str, staff: bool) -> str:
    """A word that lets `viewer` fetch the dossier for as long as links to files live.

    `staff` says that it is theirs as the workshop's, whose dossier holds more than a customer's.
    """
    return seal(
        _SALT,
        {"p": project.pk.hex},
        token_version=project.token_version,
        viewer=viewer,
        staff=staff,
    )


def link_resolve(link: str, *, actor: Actor) -> tuple[BespokeProject, bool]:
    """The project whose dossier this link opens, and whether all of it, the workshop's too.

    NOT_FOUND for all whom it was not made for or who lost what it was made with, FILE_LINK_EXPIRED
    if it is too old.
    """
    claim = unseal(_SALT, link, viewer=actor.ref, what="dossier")
    project = BespokeProject.objects.filter(
        pk=claim.pk("p"), token_version=claim.token_version
    ).first()
    roles = roles_on(project, actor) if project else frozenset()
    if project is None or not roles or (claim.staff and Role.STAFF not in roles):
        raise NotFound("dossier", field=None)
    claim.fresh_check()
    return project, claim.staff
