"""What the timeline says of quality control."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from saleor_bespoke.project.journal import Event


@dataclass(frozen=True, kw_only=True)
class QualityCheckOpened(Event):
    title = "Quality control began"
    check: UUID
    number: int


@dataclass(frozen=True, kw_only=True)
class QualityCheckRecorded(Event):
    title = "Findings of the quality check recorded"
    shared = False
    check: UUID
    passed: tuple[str, ...]
    failed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class QualityEvidenceAdded(Event):
    title = "Picture of the finished piece added"
    evidence: UUID
    kind: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class QualityPassed(Event):
    title = "Quality control passed"
    check: UUID
    number: int


@dataclass(frozen=True, kw_only=True)
class QualityFailed(Event):
    title = "Quality control sent the piece back to the bench"
    check: UUID
    number: int
    redo_from: str


@dataclass(frozen=True, kw_only=True)
class CertificateRecorded(Event):
    title = "Laboratory report recorded"
    shared = False
    certificate: UUID
    material: UUID
    laboratory: str
    number: str
    contradictions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CertificateVerified(Event):
    title = "Laboratory report verified"
    certificate: UUID
    laboratory: str
    number: str


@dataclass(frozen=True, kw_only=True)
class CertificateRejected(Event):
    title = "Laboratory report rejected"
    shared = False
    certificate: UUID


@dataclass(frozen=True, kw_only=True)
class HallmarkRecorded(Event):
    title = "Hallmark recorded"
    hallmark: UUID
    office: str
    fineness: int
