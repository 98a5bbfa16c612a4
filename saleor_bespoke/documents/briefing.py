"""The brief brochure: the wishes as understood, and what to think about before meeting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from saleor_bespoke.craft.money import Amount
from saleor_bespoke.craft.specification import missing_facts
from saleor_bespoke.documents.design import piece_facts, stones_facts, stones_of
from saleor_bespoke.documents.parts import Due, Person, Picture, Piece, prose
from saleor_bespoke.documents.press import Document, Facts, Press, Prose


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefBrochure(Document):
    """A version of the brief: what is known, what is open, the budget, and how it goes on."""

    template: ClassVar[str] = "brief"
    piece: Piece
    customer: Person
    version: int
    story: str = prose()
    budget: Amount
    stretch: Amount
    destination: str
    needed_on: date | None = None
    stylist: str = ""
    questions: tuple[str, ...] = prose(())
    references: tuple[Picture, ...] = ()
    steps: tuple[Due, ...] = ()

    def facts(self, press: Press) -> Facts:
        """What the template shows."""
        words = press.words
        specification = self.piece.specification
        budget = words.money(self.budget)
        if self.stretch != self.budget:
            budget = words.say("brief.budget_to", low=budget, high=words.money(self.stretch))
        return {
            "piece": piece_facts(press, self.piece),
            "stones": stones_facts(press, stones_of(specification)),
            "customer": press.person(self.customer),
            "version": str(self.version),
            "story": Prose(self.story),
            "rows": press.rows(
                ("brief.budget", budget),
                ("brief.needed_on", self.needed_on and words.on(self.needed_on)),
                ("brief.destination", words.country(self.destination)),
                ("brief.stylist", self.stylist),
            ),
            "open": [words.say(f"brief.open.{name}") for name in missing_facts(specification)],
            "questions": [Prose(it) for it in self.questions],
            "references": [press.picture(it) for it in self.references],
            "steps": due_facts(press, self.steps),
            "considerations": [
                words.say(f"brief.consider.{it}") for it in _considerations(self.piece)
            ],
        }


def _considerations(piece: Piece) -> tuple[str, ...]:
    on_finger = ("size", "hand") if piece.specification.piece_type.has_ring_size else ("wear",)
    return (*on_finger, "metal", "stones", "heirloom", "date")


def due_facts(press: Press, steps: tuple[Due, ...]) -> list[tuple[str, str]]:
    """Steps with the days they were promised for."""
    words = press.words
    return [(words.coded("step", it.step), words.span(it.earliest, it.on)) for it in steps]
