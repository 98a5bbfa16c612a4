"""The receipt: which sums were received for what, and what went back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from saleor_bespoke.craft.money import Amount
from saleor_bespoke.documents.parts import Person, prose
from saleor_bespoke.documents.press import Document, Facts, Press, Prose


@dataclass(frozen=True, slots=True)
class Movement:
    """A sum received or given back: when, how (a key of the texts or words), which reference."""

    at: datetime
    way: str
    reference: str
    amount: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt(Document):
    """A receipt for one payable; `title` says what was paid. Sums of `returned` are positive."""

    template: ClassVar[str] = "receipt"
    customer: Person
    project: str
    piece_title: str
    title: str
    order: str
    received: tuple[Movement, ...]
    returned: tuple[Movement, ...] = ()
    total: Amount
    tax: Amount | None = None
    note: str = prose()

    def facts(self, press: Press) -> Facts:
        """What the template shows."""
        words = press.words
        remaining = self.total
        for movement in self.returned:
            remaining -= movement.amount
        return {
            "customer": press.person(self.customer),
            "title": self.title,
            "rows": press.rows(
                ("receipt.for", self.title),
                ("common.piece", self.piece_title),
                ("common.commission", self.project),
                ("receipt.order", self.order),
            ),
            "received": [_row(press, it) for it in self.received],
            "returned": [_row(press, it) for it in self.returned],
            "sums": press.rows(
                ("receipt.tax", words.money(self.tax) if self.tax and self.tax.value else ""),
            ),
            "total": words.money(self.total),
            "remaining": words.money(remaining) if self.returned else "",
            "sentence": words.say("receipt.sentence", amount=words.money(self.total)),
            "note": Prose(self.note),
        }


def _row(press: Press, movement: Movement) -> list[str]:
    words = press.words
    return [
        words.moment(movement.at),
        words.coded("way", movement.way),
        movement.reference,
        words.money(movement.amount),
    ]
