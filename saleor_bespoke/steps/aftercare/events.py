"""What the timeline says after delivery."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from saleor_bespoke.project.journal import Event


@dataclass(frozen=True, kw_only=True)
class ResizeRequested(Event):
    title = "Resize asked for"
    resize: UUID
    outcome: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ResizeGranted(Event):
    title = "Free resize granted"
    resize: UUID


@dataclass(frozen=True, kw_only=True)
class ResizePriced(Event):
    title = "Resize priced"
    resize: UUID
    payable: UUID
    amount: Decimal
    currency: str


@dataclass(frozen=True, kw_only=True)
class ResizePaid(Event):
    title = "Resize paid"
    resize: UUID


@dataclass(frozen=True, kw_only=True)
class ResizeRefused(Event):
    title = "Resize refused"
    resize: UUID


@dataclass(frozen=True, kw_only=True)
class ResizeStarted(Event):
    title = "Ring received for its resize"
    resize: UUID


@dataclass(frozen=True, kw_only=True)
class ResizeFinished(Event):
    title = "Ring resized and measured"
    resize: UUID
    measured_size_mm: Decimal


@dataclass(frozen=True, kw_only=True)
class ResizeReturned(Event):
    title = "Resized ring sent back"
    resize: UUID
    shipment: UUID


@dataclass(frozen=True, kw_only=True)
class ReturnRequested(Event):
    title = "Return asked for and answered"
    request: UUID
    reason: str


@dataclass(frozen=True, kw_only=True)
class ClaimOpened(Event):
    title = "Claim made"
    claim: UUID
    kind: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ClaimDecided(Event):
    title = "Claim decided"
    claim: UUID
    accepted: bool
    remedy: str


@dataclass(frozen=True, kw_only=True)
class ClaimReturned(Event):
    title = "Claimed piece sent back"
    claim: UUID
    shipment: UUID


@dataclass(frozen=True, kw_only=True)
class RedoStarted(Event):
    title = "Work on the new piece begun at no cost"
    claim: UUID
    materials: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class CareBooked(Event):
    title = "Care booked"
    care: UUID
    kind: str


@dataclass(frozen=True, kw_only=True)
class CareFinished(Event):
    title = "Care done"
    care: UUID
    kind: str


@dataclass(frozen=True, kw_only=True)
class ExtraServicePriced(Event):
    title = "Extra service priced"
    extra: UUID
    payable: UUID
    amount: Decimal
    currency: str


@dataclass(frozen=True, kw_only=True)
class ExtraServicePaid(Event):
    title = "Extra service paid"
    extra: UUID
