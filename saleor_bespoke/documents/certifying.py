"""What goes with the finished piece: certificate of authenticity and appraisal for insurers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from saleor_bespoke.craft.money import Amount
from saleor_bespoke.documents.design import piece_facts, stones_facts
from saleor_bespoke.documents.making import weight_rows
from saleor_bespoke.documents.parts import (
    Mark,
    Person,
    Picture,
    Piece,
    Seal,
    SetStone,
    Weights,
    prose,
)
from saleor_bespoke.documents.press import Document, Exact, Facts, Press, Prose, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate(Document):
    """The house's word that it made this piece. `verification` is the public page of the code."""

    template: ClassVar[str] = "certificate"
    piece: Piece
    owner: str = ""
    finished_on: date
    photo: Picture | None = None
    stones: tuple[SetStone, ...] = ()
    weights: Weights
    mark: Mark | None = None
    approval: Seal | None = None
    verification: str
    signed_by: str

    def facts(self, press: Press) -> Facts:
        """What the template shows."""
        words = press.words
        owner = words.say("certificate.for", owner=self.owner) if self.owner else ""
        return {
            "piece": piece_facts(press, self.piece, finished=True),
            "owner": owner,
            "statement": words.say(
                "certificate.statement", house=self.house.name, day=words.on(self.finished_on)
            ),
            "photo": press.picture(self.photo),
            "stones": stones_facts(press, self.stones),
            "weights": weight_rows(press, self.weights),
            "mark": " · ".join(value for _, value in mark_rows(press, self.mark)),
            "approval": Exact(self.approval.sha256) if self.approval else "",
            "code": press.code(self.verification),
            "signed_by": self.signed_by,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Appraisal(Document):
    """A description and replacement value for insurance, every stone listed, with report or not.

    `basis` says in the appraiser's words how the value was found; `valued_on` is its day.
    """

    template: ClassVar[str] = "appraisal"
    piece: Piece
    owner: Person
    description: str = prose()
    photo: Picture | None = None
    stones: tuple[SetStone, ...] = ()
    weights: Weights
    mark: Mark | None = None
    value: Amount
    tax_contained: bool = True
    basis: str = prose()
    valued_on: date
    review_on: date | None = None
    appraiser: str
    qualification: str = ""

    def facts(self, press: Press) -> Facts:
        """What the template shows."""
        words = press.words
        return {
            "piece": piece_facts(press, self.piece, finished=True),
            "owner": press.person(self.owner),
            "description": Prose(self.description),
            "photo": press.picture(self.photo),
            "stones": stones_facts(press, self.stones, valued=True),
            "valued_stones": any(it.value for it in self.stones),
            "weights": weight_rows(press, self.weights),
            "mark": mark_rows(press, self.mark),
            "value": words.money(self.value),
            "tax": words.say("appraisal.with_tax" if self.tax_contained else "appraisal.no_tax"),
            "basis": Prose(self.basis or words.say("appraisal.basis_default")),
            "rows": press.rows(
                ("appraisal.valued_on", words.on(self.valued_on)),
                ("appraisal.review_on", self.review_on and words.on(self.review_on)),
            ),
            "appraiser": self.appraiser,
            "qualification": self.qualification,
            "uncertified": any(not it.report for it in self.stones),
        }


def mark_rows(press: Press, mark: Mark | None) -> list[Row]:
    """The hallmark as labelled lines."""
    if mark is None:
        return []
    words = press.words
    return press.rows(
        ("mark.office", words.coded("office", mark.office)),
        ("mark.sponsor", mark.sponsor),
        ("mark.fineness", f"{mark.fineness} ‰"),
        ("mark.reference", mark.reference),
        ("mark.marked_on", words.on(mark.marked_on)),
    )
