"""Bringing a dossier up to date: every paper that can be had is issued before it is packed."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.flows.documents.available import offers, rows_of_project
from saleor_bespoke.flows.documents.issuing import paper_of
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import Actor, roles_on
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import command_check, lock_project
from saleor_bespoke.project.stages import Role
from saleor_bespoke.steps.papers.events import DossierAssembled

#: What keeps one paper out of a dossier and not the dossier from its owner.
LEFT_OUT = (ErrorCode.DOCUMENT_NOT_READY, ErrorCode.FILE_UNREADABLE, ErrorCode.NOT_FOUND)


def dossier_assemble(*, actor: Actor, project_pk: str | UUID) -> BespokeProject:
    """Issue every paper that this caller may have, and tell that a dossier was asked for.

    A paper that cannot be set, because a picture or another fact of it is not there, is left out.
    Refusals: NOT_FOUND,
    DOCUMENTS_UNAVAILABLE without the extra `pdf`, DOCUMENT_CHANGED.
    """
    project = command_check(project_pk, actor=actor, command="dossier_assemble")
    staff = Role.STAFF in roles_on(project, actor)
    issued = 0
    for offer in offers(project, rows_of_project(project), staff=staff):
        if offer.reason:
            continue
        try:
            paper_of(project, offer.kind, offer.subject, actor=actor, command="dossier_assemble")
            issued += 1
        except BespokeError as refusal:
            if refusal.code not in LEFT_OUT:
                raise
    with transaction.atomic():
        project, acting = lock_project(project_pk, actor=actor, command="dossier_assemble")
        journal.record(project, DossierAssembled(documents=issued), actor=acting)
    return project
