"""What the timeline says of papers."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from saleor_bespoke.project.journal import Event


@dataclass(frozen=True, kw_only=True)
class DocumentIssued(Event):
    title = "Document issued"
    document: UUID
    paper: str
    number: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class BenchDocumentIssued(DocumentIssued):
    title = "Document for the workshop issued"
    shared = False


@dataclass(frozen=True, kw_only=True)
class DocumentRevoked(Event):
    title = "Document revoked"
    document: UUID
    paper: str
    number: str


@dataclass(frozen=True, kw_only=True)
class ContractSigned(Event):
    title = "Contract signed"
    quote: UUID
    document: UUID
    receipt: str


@dataclass(frozen=True, kw_only=True)
class DossierAssembled(Event):
    title = "Dossier assembled"
    documents: int
