"""Handing out papers: set once for a state, then the same bytes again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from itertools import count
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction

from saleor_bespoke.documents.approving import CadSheet
from saleor_bespoke.documents.certifying import Certificate
from saleor_bespoke.documents.extra import ExtraMissing
from saleor_bespoke.documents.press import Document
from saleor_bespoke.documents.render import render
from saleor_bespoke.documents.verifying import public_of
from saleor_bespoke.documents.wording import Wording
from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound
from saleor_bespoke.flows.documents import design
from saleor_bespoke.flows.documents.available import erased_check, offer_find
from saleor_bespoke.flows.documents.drafts import Draft, with_pictures
from saleor_bespoke.flows.documents.gathering import GATHER
from saleor_bespoke.flows.documents.house import verify_base
from saleor_bespoke.media.store import bytes_delete
from saleor_bespoke.project.access import Actor, parse_pk, roles_on
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import command_check, lock_project
from saleor_bespoke.project.stages import Role
from saleor_bespoke.steps.papers.models import IssuedDocument
from saleor_bespoke.steps.papers.rules import Kind, later_number, number_of
from saleor_bespoke.steps.papers.services import Made, bytes_keep, document_keep

TRIES = 3


def document_issue(
    *, actor: Actor, project_pk: str | UUID, kind: str, subject: str = ""
) -> IssuedDocument:
    """The paper in its present state: the one issued before, or a new version.

    Facts are read and the paper is set without any lock; only keeping it takes the project's.
    Refusals: NOT_FOUND, PERSONAL_DATA_ERASED, DOCUMENT_NOT_READY with the reason,
    DOCUMENTS_UNAVAILABLE without the extra `pdf`, FILE_UNREADABLE where a picture is lost,
    SHOP_BUSY where designs are examined already, DOCUMENT_CHANGED where the commission does not
    keep still.
    """
    project = command_check(project_pk, actor=actor, command="document_issue")
    return paper_of(project, Kind(kind), subject, actor=actor, command="document_issue")


def paper_of(
    project: BespokeProject, kind: Kind, subject: str, *, actor: Actor, command: str
) -> IssuedDocument:
    """As `document_issue`, within another command that the caller was admitted to."""
    staff = Role.STAFF in roles_on(project, actor)
    for _ in range(TRIES):
        project.refresh_from_db()
        erased_check(project)
        offer = offer_find(project, kind, subject, staff=staff)
        try:
            draft = GATHER[kind](project, offer.subject)
        except (ObjectDoesNotExist, StopIteration):  # what was offered a moment ago is gone
            continue
        latest = latest_of(project, kind, offer.subject)
        if latest is not None and latest.revoked_at is not None and not staff:
            raise BespokeError(ErrorCode.DOCUMENT_NOT_READY, "This paper was revoked.")
        if latest and latest.revoked_at is None and latest.facts_hash == draft.facts_hash:
            return latest
        made = _made(project, draft, latest.version + 1 if latest else 1)
        kept = _kept(project, made, actor=actor, command=command)
        if kept is not None:
            return kept
    raise BespokeError(
        ErrorCode.DOCUMENT_CHANGED, "The commission changed while this was written; ask again."
    )


def latest_of(project: BespokeProject, kind: Kind, subject: str) -> IssuedDocument | None:
    """The last version of a paper, if it was ever issued."""
    rows = IssuedDocument.objects.filter(project=project, kind=kind.value, subject=subject)
    return rows.select_related("file").order_by("version").last()


@dataclass(frozen=True)
class _Set:
    document: Document
    data: bytes


def _set(project: BespokeProject, draft: Draft, version: int) -> _Set:
    number = _number(project, draft, version)
    document = with_pictures(draft.numbered(project, number, version))
    if isinstance(document, CadSheet):
        document = replace(document, views=design.drawn(project, draft.subject))
    try:
        return _Set(document, render(document))
    except ExtraMissing as missing:
        raise BespokeError(ErrorCode.DOCUMENTS_UNAVAILABLE, str(missing)) from missing


def _number(project: BespokeProject, draft: Draft, version: int) -> str:
    """The number of this version: a paper keeps the place it was first issued at, and no two share
    one, however sums and parcels came to lie since."""
    issued = IssuedDocument.objects.filter(project=project, kind=draft.kind.value)
    first = issued.filter(subject=draft.subject, version=1).first()
    if first is not None:
        return later_number(first.number, version)
    taken = set(issued.values_list("number", flat=True))
    places = (number_of(project.number, draft.kind, place) for place in count(draft.place))
    return next(number for number in places if number not in taken)


def _made(project: BespokeProject, draft: Draft, version: int) -> Made:
    """Set the paper and store its bytes; no row points to them yet."""
    done = _set(project, draft, version)
    document = done.document
    certificate = document if isinstance(document, Certificate) else None
    return Made(
        kind=draft.kind,
        subject=draft.subject,
        version=version,
        number=document.number,
        language=Wording.of(document.house, document.reader).language,
        facts_hash=draft.facts_hash,
        sha256=hashlib.sha256(done.data).hexdigest(),
        size=len(done.data),
        storage_name=bytes_keep(done.data),
        issued_at=document.issued_at,
        code=certificate.verification.rpartition("/")[2] if certificate else None,
        public=public_of(certificate) if certificate else None,
    )


def _kept(
    project: BespokeProject, made: Made, *, actor: Actor, command: str
) -> IssuedDocument | None:
    """Keep it if the commission is still as it was read; None, and no bytes, if it is not."""
    kept = None
    try:
        with transaction.atomic():
            locked, acting = lock_project(project.pk, actor=actor, command=command)
            if locked.chain_head == project.chain_head:
                kept = document_keep(project=locked, made=made, actor=acting)
    finally:
        if kept is None:
            bytes_delete(made.storage_name)
    return kept


def document_find(pk: str | UUID, *, actor: Actor) -> IssuedDocument:
    """An issued paper that this caller may read; all others are answered like absent ones."""
    row = (
        IssuedDocument.objects.select_related("project", "file")
        .filter(pk=parse_pk(pk, "document"))
        .first()
    )
    roles = roles_on(row.project, actor) if row else frozenset()
    if row is None or not roles or (Kind(row.kind).internal and Role.STAFF not in roles):
        raise NotFound("document")
    return row


def verification_url(code: str) -> str | None:
    """The public page of the certificate with this code; None where the shop has no address."""
    base = verify_base()
    return f"{base}{code}" if base else None
