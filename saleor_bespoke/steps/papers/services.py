"""Writes on papers: keeping a version once, and taking one back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from saleor_bespoke import clock
from saleor_bespoke.craft.file_kinds import FileKind
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.scratch import scratch_folder
from saleor_bespoke.media.store import bytes_store
from saleor_bespoke.project import journal, texts
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.children import lock_child
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.papers.events import (
    BenchDocumentIssued,
    DocumentIssued,
    DocumentRevoked,
)
from saleor_bespoke.steps.papers.models import IssuedDocument
from saleor_bespoke.steps.papers.rules import Kind

#: The purpose of a file that the shop made itself; nobody uploads such.
PURPOSE = "DOCUMENT"
LONGEST_REASON = 2000


@dataclass(frozen=True, kw_only=True)
class Made:
    """A set paper, before it is kept. `public` is what anybody may read of it by its `code`."""

    kind: Kind
    subject: str
    version: int
    number: str
    language: str
    facts_hash: str
    sha256: str
    size: int
    storage_name: str
    issued_at: datetime
    code: str | None = None
    public: Mapping[str, Any] | None = None


def bytes_keep(data: bytes) -> str:
    """Store a set paper's bytes; answers their storage name."""
    with scratch_folder() as folder:
        path = folder / "paper.pdf"
        path.write_bytes(data)
        return bytes_store(path)


def document_keep(*, project: BespokeProject, made: Made, actor: Actor) -> IssuedDocument:
    """Keep a new version of a paper of the locked project, and tell of it."""
    file = BespokeFile.objects.create(
        project=project,
        purpose=PURPOSE,
        kind=FileKind.PDF.value,
        name=f"{made.number} {made.kind.called}.pdf",
        size=made.size,
        sha256=made.sha256,
        storage_name=made.storage_name,
        shared=not made.kind.internal,
        uploaded_by=actor.ref or "system",
        created_at=clock.now(),
    )
    row = IssuedDocument.objects.create(
        id=uuid4(),
        project=project,
        kind=made.kind.value,
        subject=made.subject,
        version=made.version,
        number=made.number,
        language=made.language,
        facts_hash=made.facts_hash,
        sha256=made.sha256,
        file=file,
        issued_at=made.issued_at,
        made_at=clock.now(),
        code=made.code,
        public=made.public,
    )
    event = BenchDocumentIssued if made.kind.internal else DocumentIssued
    journal.record(
        project,
        event(document=row.pk, paper=row.kind, number=row.number, sha256=row.sha256),
        actor=actor,
    )
    return row


@transaction.atomic
def document_revoke(*, actor: Actor, document_pk: str | UUID, reason: str) -> IssuedDocument:
    """Staff take a paper back: it stays in the books, and its public page says so.

    Refusals: ALREADY_DONE, DOCUMENT_SIGNED for a contract that the customer signed.
    """
    found, project, actor = lock_child(
        IssuedDocument, document_pk, "document", actor=actor, command="document_revoke"
    )
    row: IssuedDocument = found
    reason = texts.block(reason, "reason", longest=LONGEST_REASON)
    if row.revoked_at is not None:
        raise BespokeError(ErrorCode.ALREADY_DONE, "This was revoked before.", field="id")
    if row.kind == Kind.CONTRACT and project.contracts.exists():
        raise BespokeError(
            ErrorCode.DOCUMENT_SIGNED, "A signed contract cannot be taken back.", field="id"
        )
    row.revoked_at, row.revoke_reason = clock.now(), reason
    row.save(update_fields=["revoked_at", "revoke_reason"])
    event = DocumentRevoked(document=row.pk, paper=row.kind, number=row.number)
    journal.record(project, event, actor=actor)
    return row
