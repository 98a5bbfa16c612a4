"""What the timeline says of the bench."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from saleor_bespoke.project.journal import Event


@dataclass(frozen=True, kw_only=True)
class ProductionStarted(Event):
    title = "Production began"
    revision: UUID
    steps: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ProductionStepStarted(Event):
    title = "A step of the work began"
    step: UUID
    kind: str
    attempt: int


@dataclass(frozen=True, kw_only=True)
class ProductionStepFinished(Event):
    title = "A step of the work is done"
    step: UUID
    kind: str
    attempt: int


@dataclass(frozen=True, kw_only=True)
class ProductionStepSentBack(Event):
    title = "Work is done again"
    shared = False
    step: UUID
    kind: str
    again: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MaterialConsumed(Event):
    title = "Material used"
    shared = False
    holding: UUID
    material: UUID
    quantity: Decimal
    unit: str


@dataclass(frozen=True, kw_only=True)
class ProductionFinished(Event):
    title = "Made: the piece goes to quality control"


@dataclass(frozen=True, kw_only=True)
class ProgressUpdatePosted(Event):
    title = "News from the bench"
    update: UUID
    files: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ProgressNoteKept(Event):
    title = "Internal note from the bench"
    shared = False
    update: UUID
    files: tuple[str, ...]
