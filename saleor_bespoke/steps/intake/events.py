"""What happens to a brief and the things that belong to it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from saleor_bespoke.project.journal import Event


@dataclass(frozen=True, kw_only=True)
class ConsentGiven(Event):
    title = "Text agreed to or noted"
    kind: str
    shown_at: str
    version: str
    text_hash: str


@dataclass(frozen=True, kw_only=True)
class BriefSubmitted(Event):
    title = "Brief submitted"
    brief: UUID
    version: int
    specification_hash: str


@dataclass(frozen=True, kw_only=True)
class BriefRevised(Event):
    title = "Brief changed"
    brief: UUID
    version: int
    specification_hash: str


@dataclass(frozen=True, kw_only=True)
class BriefConfirmed(Event):
    title = "Specification confirmed"
    brief: UUID
    version: int
    specification_hash: str


@dataclass(frozen=True, kw_only=True)
class InformationRequested(Event):
    title = "The workshop has a question"
    question: UUID


@dataclass(frozen=True, kw_only=True)
class InformationAnswered(Event):
    title = "Question answered"
    question: UUID


@dataclass(frozen=True, kw_only=True)
class FeasibilityAnswered(Event):
    title = "Feasibility warning answered"
    shared = False
    warning: UUID
    code: str
    answer: str


@dataclass(frozen=True, kw_only=True)
class StylistAssigned(Event):
    title = "Stylist assigned"
    stylist: str


@dataclass(frozen=True, kw_only=True)
class ReferenceFileAdded(Event):
    title = "Reference file added"
    reference: UUID
    file: UUID
    position: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class ReferenceFileRemoved(Event):
    title = "Reference file removed"
    file: UUID
    position: int


@dataclass(frozen=True, kw_only=True)
class MessageSent(Event):
    title = "Message"
    message: UUID
    files: tuple[UUID, ...] = ()


@dataclass(frozen=True, kw_only=True)
class InternalNoteWritten(Event):
    title = "Internal note"
    shared = False
    message: UUID
    files: tuple[UUID, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OwnMaterialReceived(Event):
    title = "Your material has arrived at the workshop"
    own_material: UUID
    kind: str


@dataclass(frozen=True, kw_only=True)
class OwnMaterialAccepted(Event):
    title = "Your material was examined and accepted"
    own_material: UUID
    kind: str
    weight_grams: Decimal | None = None
    credit: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, kw_only=True)
class OwnMaterialRefused(Event):
    title = "Your material was examined and cannot be used"
    own_material: UUID
    kind: str


@dataclass(frozen=True, kw_only=True)
class OwnMaterialReturned(Event):
    title = "Your material was given back"
    own_material: UUID
    kind: str


@dataclass(frozen=True, kw_only=True)
class OldGoldCreditAccepted(Event):
    title = "Credit for old jewellery accepted"
    own_material: UUID
    credit: Decimal
    currency: str
