"""What the workshop writes into a commission's timeline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from saleor_bespoke.project.journal import Event


@dataclass(frozen=True, kw_only=True)
class MaterialsHeld(Event):
    title = "Materials held"
    shared = False
    payable: UUID
    materials: tuple[UUID, ...]
    until: datetime


@dataclass(frozen=True, kw_only=True)
class MaterialsLocked(Event):
    title = "Materials locked"
    payable: UUID
    materials: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class MaterialsReleased(Event):
    title = "Materials released"
    shared = False
    materials: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class HoldsExpired(Event):
    title = "The hold on the materials ran out"
    payable: UUID
    materials: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class MaterialRescheduled(Event):
    title = "A material is expected on another day"
    shared = False
    material: UUID
    old_date: str
    new_date: str


@dataclass(frozen=True, kw_only=True)
class MaterialArrived(Event):
    title = "A material arrived in the workshop"
    material: UUID


@dataclass(frozen=True, kw_only=True)
class SlotBooked(Event):
    title = "A place in the workshop was booked"
    week: str
    skills: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SlotReleased(Event):
    title = "The place in the workshop was given up"
    shared = False
    week: str


@dataclass(frozen=True, kw_only=True)
class PromiseGiven(Event):
    title = "A date was promised"
    promise: UUID
    step: str
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class PromiseMoved(Event):
    title = "A promised date moved"
    promise: UUID
    step: str
    old_due_at: datetime
    new_due_at: datetime
    cause: str


@dataclass(frozen=True, kw_only=True)
class PromisePaused(Event):
    title = "The clock stands still until you answer"
    promise: UUID
    step: str


@dataclass(frozen=True, kw_only=True)
class PromiseResumed(Event):
    title = "The clock runs again"
    promise: UUID
    step: str
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class PromiseLate(Event):
    title = "A promised date was missed"
    promise: UUID
    step: str
    due_at: datetime
