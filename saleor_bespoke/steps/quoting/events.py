"""What the timeline tells of quotes. Reasons stay on the quote: they are the customer's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from saleor_bespoke.project.journal import Event


@dataclass(frozen=True, kw_only=True)
class QuoteDrafted(Event):
    title = "Quote drafted"
    shared = False
    quote: UUID
    version: int


@dataclass(frozen=True, kw_only=True)
class QuoteSent(Event):
    title = "Quote sent"
    quote: UUID
    version: int
    content_hash: str
    valid_until: datetime


@dataclass(frozen=True, kw_only=True)
class QuoteSuperseded(Event):
    title = "Quote replaced by a newer one"
    quote: UUID
    version: int


@dataclass(frozen=True, kw_only=True)
class QuoteWithdrawn(Event):
    title = "Quote withdrawn by the workshop"
    quote: UUID
    version: int


@dataclass(frozen=True, kw_only=True)
class QuoteDeclined(Event):
    title = "Quote declined"
    quote: UUID
    version: int


@dataclass(frozen=True, kw_only=True)
class QuoteCountered(Event):
    title = "Changes to the quote asked for"
    quote: UUID
    version: int


@dataclass(frozen=True, kw_only=True)
class QuoteExpired(Event):
    title = "Quote expired"
    quote: UUID
    version: int


@dataclass(frozen=True, kw_only=True)
class QuoteTakenOver(Event):
    title = "Quote agreed for the first piece taken over"
    quote: UUID
    source: UUID
    content_hash: str


@dataclass(frozen=True, kw_only=True)
class QuoteAccepted(Event):
    title = "Quote accepted"
    quote: UUID
    alternative: UUID
    content_hash: str
