"""For the bench: the production card that goes with the piece, and the quality sheet after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from saleor_bespoke.craft.stones import setting_risk
from saleor_bespoke.documents.briefing import due_facts
from saleor_bespoke.documents.design import piece_facts, stones_facts
from saleor_bespoke.documents.parts import (
    Due,
    Picture,
    Piece,
    Seal,
    SetStone,
    Weights,
    prose,
)
from saleor_bespoke.documents.press import Document, Facts, Press, Prose, Row


@dataclass(frozen=True, slots=True)
class Lot:
    """A material locked for the piece: its code in the store, name and quantity with unit."""

    code: str
    name: str
    quantity: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class WorkStep:
    """A step of the bench (a key of the texts), which attempt it is, and who did it when."""

    kind: str
    attempt: int = 1
    worker: str = ""
    finished_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductionCard(Document):
    """All the bench needs, and nothing about money. `link` is what the QR code opens.

    The code holds the project's number where no link is given.
    """

    template: ClassVar[str] = "production_card"
    piece: Piece
    revision: int
    stones: tuple[SetStone, ...] = ()
    lots: tuple[Lot, ...] = ()
    weights: Weights
    tweaks: tuple[str, ...] = prose(())
    deadlines: tuple[Due, ...] = ()
    work: tuple[WorkStep, ...] = ()
    pictures: tuple[Picture, ...] = ()
    files: tuple[Seal, ...] = ()
    note: str = prose()
    link: str = ""

    def facts(self, press: Press) -> Facts:
        """What the template shows."""
        words = press.words
        engraving = self.piece.specification.engraving
        return {
            "piece": piece_facts(press, self.piece),
            "revision": str(self.revision),
            "code": press.code(self.link or self.piece.project, shown=False),
            "engraving": engraving.text if engraving else "",
            "place": words.term(engraving.place, "place") if engraving else "",
            "stones": [
                row | {"risk": words.term(setting_risk(it.stone), "risk")}
                for row, it in zip(stones_facts(press, self.stones), self.stones, strict=True)
            ],
            "lots": [
                (it.code, it.name, words.measure(it.quantity, words.coded("unit", it.unit)))
                for it in self.lots
            ],
            "weights": weight_rows(press, self.weights),
            "tweaks": [Prose(it) for it in self.tweaks],
            "deadlines": due_facts(press, self.deadlines),
            "work": [
                {
                    "kind": words.coded("work", it.kind),
                    "attempt": words.say("work.attempt", number=str(it.attempt))
                    if it.attempt > 1
                    else "",
                    "worker": it.worker,
                    "finished": words.on(it.finished_on) if it.finished_on else "",
                }
                for it in self.work
            ],
            "pictures": [press.picture(it) for it in self.pictures],
            "files": press.seals(self.files),
            "note": Prose(self.note),
        }


def weight_rows(press: Press, weights: Weights) -> list[Row]:
    """The weights that are known, in g."""
    known = ("model", "finished", "casting", "metal", "total")
    return press.rows(
        *(
            (f"weight.{name}", value and press.words.measure(value, "g"))
            for name in known
            for value in (getattr(weights, name),)
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A line of the checklist (a key of the texts or words): wanted, found, allowed, verdict.

    Numbers carry their unit, such as "mm". `passed` is None where nobody judged yet.
    """

    code: str
    passed: bool | None
    target: Decimal | None = None
    measured: Decimal | None = None
    tolerance: Decimal | None = None
    unit: str = "mm"
    note: str = prose()


@dataclass(frozen=True, slots=True, kw_only=True)
class QualitySheet(Document):
    """One round of quality control with its measures and its verdict (None while open)."""

    template: ClassVar[str] = "quality_sheet"
    piece: Piece
    round: int
    checks: tuple[Check, ...]
    weights: Weights
    passed: bool | None
    reason: str = prose()
    note: str = prose()
    inspector: str = ""
    closed_at: datetime | None = None
    pictures: tuple[Picture, ...] = ()

    def facts(self, press: Press) -> Facts:
        """What the template shows."""
        words = press.words
        return {
            "piece": piece_facts(press, self.piece),
            "round": str(self.round),
            "checks": [self._check(press, it) for it in self.checks],
            "weights": weight_rows(press, self.weights),
            "verdict": words.say(f"verdict.{_verdict(self.passed)}"),
            "state": _verdict(self.passed),
            "reason": Prose(self.reason),
            "note": Prose(self.note),
            "rows": press.rows(
                ("quality.inspector", self.inspector),
                ("quality.closed", self.closed_at and words.moment(self.closed_at)),
            ),
            "pictures": [press.picture(it) for it in self.pictures],
        }

    def _check(self, press: Press, it: Check) -> Facts:
        words = press.words

        def shown(value: Decimal | None, sign: str = "") -> str:
            return "" if value is None else sign + words.measure(value, it.unit)

        return {
            "name": words.coded("check", it.code),
            "target": shown(it.target),
            "measured": shown(it.measured),
            "tolerance": shown(it.tolerance, "± "),
            "verdict": words.say(f"verdict.{_verdict(it.passed)}"),
            "state": _verdict(it.passed),
            "note": it.note,
        }


def _verdict(passed: bool | None) -> str:
    return "open" if passed is None else "passed" if passed else "failed"
