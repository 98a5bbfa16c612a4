"""What the timeline says of the design."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from saleor_bespoke.project.journal import Event


@dataclass(frozen=True, kw_only=True)
class CadRevisionDrafted(Event):
    title = "CAD revision begun"
    shared = False
    revision: UUID
    number: int


@dataclass(frozen=True, kw_only=True)
class CadViewAdded(Event):
    title = "CAD view added"
    shared = False
    revision: UUID
    view: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class CadAnnotationAdded(Event):
    title = "CAD annotated"
    shared = False
    revision: UUID
    annotation: UUID


@dataclass(frozen=True, kw_only=True)
class CadRevisionPublished(Event):
    title = "CAD revision ready for review"
    revision: UUID
    number: int
    specification: str


@dataclass(frozen=True, kw_only=True)
class CadPinAdded(Event):
    title = "Remark pinned to the CAD"
    revision: UUID
    pin: UUID


@dataclass(frozen=True, kw_only=True)
class CadPinAnswered(Event):
    title = "Remark answered"
    pin: UUID


@dataclass(frozen=True, kw_only=True)
class CadTweakRequested(Event):
    title = "Tweak asked for"
    revision: UUID
    number: int
    free: bool


@dataclass(frozen=True, kw_only=True)
class CadTweakBought(Event):
    title = "Further tweak round ordered"
    tweak: UUID
    payable: UUID


@dataclass(frozen=True, kw_only=True)
class CadRevisionApproved(Event):
    title = "CAD approved"
    revision: UUID
    number: int
    receipt: str


@dataclass(frozen=True, kw_only=True)
class ChangeOrderProposed(Event):
    title = "Change order proposed"
    change_order: UUID
    price_difference: Decimal
    currency: str
    business_days: int
    specification: str


@dataclass(frozen=True, kw_only=True)
class ChangeOrderAccepted(Event):
    title = "Change order accepted"
    change_order: UUID


@dataclass(frozen=True, kw_only=True)
class ChangeOrderSettled(Event):
    title = "Change order settled"
    change_order: UUID


@dataclass(frozen=True, kw_only=True)
class ChangeOrderDeclined(Event):
    title = "Change order declined"
    change_order: UUID


@dataclass(frozen=True, kw_only=True)
class ChangeOrderWithdrawn(Event):
    title = "Change order withdrawn"
    change_order: UUID


@dataclass(frozen=True, kw_only=True)
class CadViewRemoved(Event):
    title = "CAD view taken off"
    shared = False
    revision: UUID
    view: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class CadReportMade(Event):
    title = "CAD file examined"
    shared = False
    revision: UUID
    view: UUID
    state: str


@dataclass(frozen=True, kw_only=True)
class CadUnitConfirmed(Event):
    title = "Unit of the mesh confirmed"
    shared = False
    view: UUID
    unit: str


@dataclass(frozen=True, kw_only=True)
class CadDecisionRecorded(Event):
    title = "Finding on the CAD decided"
    shared = False
    revision: UUID
    decisions: tuple[UUID, ...]
    codes: tuple[str, ...]
    reason: str  # SHA-256 of the words


@dataclass(frozen=True, kw_only=True)
class CadPinsCarried(Event):
    title = "Remarks carried over to the new revision"
    revision: UUID
    carried: int
    lost: int


@dataclass(frozen=True, kw_only=True)
class DesignPermissionGranted(Event):
    title = "Permission about the design given"
    kind: str
    version: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class DesignPermissionRevoked(Event):
    title = "Permission about the design taken back"
    kind: str


@dataclass(frozen=True, kw_only=True)
class ArchiveCopyRecorded(Event):
    title = "Archive copy in base metal made"
    copy: UUID
    revision: UUID
    metal: str
