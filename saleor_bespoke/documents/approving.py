"""The CAD: the receipt of its approval, and the sheet that shows it in its true size."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Final

from saleor_bespoke.craft.money import Amount
from saleor_bespoke.craft.ring_sizes import diameter_mm
from saleor_bespoke.documents.design import piece_facts, size_words, stones_facts
from saleor_bespoke.documents.parts import (
    LONGEST_TERMS,
    Person,
    Picture,
    Piece,
    Seal,
    SetStone,
    Signature,
    prose,
)
from saleor_bespoke.documents.press import Document, Exact, Facts, Press, Prose
from saleor_bespoke.errors import BespokeError, ErrorCode

WIDEST_MM: Final = Decimal(160)
TALLEST_MM: Final = Decimal(190)


@dataclass(frozen=True, slots=True)
class ApprovedFile:
    """A file of the revision: which view it is (a key of the texts), its name, its SHA-256."""

    view: str
    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalReceipt(Document):
    """What exactly was approved: files, specification, price, terms, by whom, and the receipt.

    `confirmed` are the facts the customer confirmed one by one (keys of the texts).
    """

    template: ClassVar[str] = "approval"
    piece: Piece
    customer: Person
    revision: int
    stones: tuple[SetStone, ...] = ()
    specification_sha256: str
    files: tuple[ApprovedFile, ...]
    pictures: tuple[Picture, ...] = ()
    confirmed: tuple[str, ...] = ()
    paid: tuple[Amount, ...]
    quote_sha256: str
    terms: Seal
    notice: Seal
    notice_body: str = prose(longest=LONGEST_TERMS)
    signature: Signature

    def facts(self, press: Press) -> Facts:
        """What the template shows."""
        words = press.words
        return {
            "piece": piece_facts(press, self.piece),
            "customer": press.person(self.customer),
            "revision": str(self.revision),
            "stones": stones_facts(press, self.stones),
            "files": [
                (words.coded("view", it.view), it.name, Exact(it.sha256)) for it in self.files
            ],
            "pictures": [press.picture(it) for it in self.pictures],
            "confirmed": [words.coded("confirmed", it) for it in self.confirmed],
            "paid": words.several(words.money(it) for it in self.paid),
            "seals": [
                (words.say("approval.specification"), Exact(self.specification_sha256)),
                (words.say("approval.quote"), Exact(self.quote_sha256)),
                (words.say("approval.terms", version=self.terms.label), Exact(self.terms.sha256)),
                (
                    words.say("approval.notice", version=self.notice.label),
                    Exact(self.notice.sha256),
                ),
            ],
            "notice": Prose(self.notice_body),
            "signature": press.signature(self.signature),
        }


@dataclass(frozen=True, slots=True)
class ScaledView:
    """A picture that shows `width_mm` × `height_mm` of the world, edge to edge."""

    view: str
    picture: Picture
    width_mm: Decimal
    height_mm: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CadSheet(Document):
    """Top, side and front in the piece's true size, with a bar to check the printer by.

    Raises BespokeError (INVALID) for a view that no page holds at 1:1.
    """

    template: ClassVar[str] = "cad_sheet"
    piece: Piece
    revision: int
    views: tuple[ScaledView, ...]
    dimensions: tuple[tuple[str, Decimal], ...] = ()
    note: str = prose()

    def facts(self, press: Press) -> Facts:
        """What the template shows."""
        words, size = press.words, self.piece.specification.ring_size
        return {
            "piece": {"title": self.piece.title, "project": self.piece.project},
            "revision": str(self.revision),
            "views": [self._view(press, it) for it in self.views],
            "dimensions": [(label, words.measure(value, "mm")) for label, value in self.dimensions],
            "size": size_words(words, size) if size else "",
            "circle": f"{diameter_mm(size.circumference):f}" if size else "",
            "bar": words.measure(20, "mm"),
            "note": Prose(self.note),
        }

    def _view(self, press: Press, it: ScaledView) -> Facts:
        if not (0 < it.width_mm <= WIDEST_MM and 0 < it.height_mm <= TALLEST_MM):
            raise BespokeError(
                ErrorCode.INVALID,
                f"A view in its true size has at most {WIDEST_MM} × {TALLEST_MM} mm.",
                field="views",
            )
        words = press.words
        return {
            "name": words.coded("view", it.view),
            "picture": press.picture(it.picture),
            "width": f"{it.width_mm:f}",
            "height": f"{it.height_mm:f}",
            "size": f"{words.number(it.width_mm)} × {words.measure(it.height_mm, 'mm')}",
        }
