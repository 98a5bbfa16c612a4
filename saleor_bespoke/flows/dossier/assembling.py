"""Bringing a dossier up to date: every paper that can be had is issued before it is packed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from saleor_bespoke import clock, conf
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.flows.documents.available import erased_check, offers, rows_of_project
from saleor_bespoke.flows.documents.issuing import paper_of
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import Actor, roles_on
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import command_check, lock_project
from saleor_bespoke.project.stages import Role
from saleor_bespoke.project.turns import place_try
from saleor_bespoke.steps.papers.events import DossierAssembled
from saleor_bespoke.steps.papers.rules import Kind

#: What keeps one paper out of a dossier and not the dossier from its owner.
LEFT_OUT = (
    ErrorCode.DOCUMENT_NOT_READY,
    ErrorCode.FILE_UNREADABLE,
    ErrorCode.NOT_FOUND,
    ErrorCode.SHOP_BUSY,
)


def dossier_assemble(*, actor: Actor, project_pk: str | UUID) -> BespokeProject:
    """Issue every paper that this caller may have, and tell that a dossier was asked for.

    A paper that cannot be set, because a picture or another fact of it is not there, is left out.
    One of a commission is assembled at a time, and so many within an hour. Refusals: NOT_FOUND,
    PERSONAL_DATA_ERASED, DOSSIER_BUSY, DOSSIER_LIMIT_REACHED, DOCUMENTS_UNAVAILABLE without the
    extra `pdf`, DOCUMENT_CHANGED.
    """
    project = command_check(project_pk, actor=actor, command="dossier_assemble")
    erased_check(project)
    with _alone(project):
        _within_hour(project)
        return _assembled(project, actor)


@contextmanager
def _alone(project: BespokeProject) -> Iterator[None]:
    """Hold this commission's turn, which ends with the database session at the latest."""
    with place_try(f"dossier:{project.pk}") as mine:
        if not mine:
            raise BespokeError(
                ErrorCode.DOSSIER_BUSY, "This dossier is being assembled already; ask again soon."
            )
        yield


def _within_hour(project: BespokeProject) -> None:
    since = clock.now() - timedelta(hours=1)
    most = conf.policy(project.channel).dossiers_hour
    if project.events.filter(kind=DossierAssembled.__name__, at__gt=since).count() >= most:
        raise BespokeError(
            ErrorCode.DOSSIER_LIMIT_REACHED,
            f"This dossier was assembled {most} times within an hour; ask again later.",
        )


def _assembled(project: BespokeProject, actor: Actor) -> BespokeProject:
    staff = Role.STAFF in roles_on(project, actor)
    issued = 0
    for offer in offers(project, rows_of_project(project), staff=staff):
        if offer.reason:
            continue
        try:
            paper_of(project, offer.kind, offer.subject, actor=actor, command="dossier_assemble")
            issued += 1
        except BespokeError as refusal:
            unseen = offer.kind is Kind.CAD_SHEET  # which alone needs the extra cad
            if refusal.code not in LEFT_OUT and not unseen:
                raise
    with transaction.atomic():
        project, acting = lock_project(project.pk, actor=actor, command="dossier_assemble")
        journal.record(project, DossierAssembled(documents=issued), actor=acting)
    return project
