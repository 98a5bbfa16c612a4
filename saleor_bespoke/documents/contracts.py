"""The contract: who commissions what at which price under which terms, and who signed it how."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar

from saleor_bespoke.craft.money import Amount
from saleor_bespoke.documents.briefing import due_facts
from saleor_bespoke.documents.design import piece_facts, stones_facts
from saleor_bespoke.documents.parts import (
    LONGEST_TERMS,
    Due,
    Person,
    Piece,
    SetStone,
    Signature,
    prose,
)
from saleor_bespoke.documents.press import Document, Exact, Facts, Press, Prose


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract(Document):
    """The accepted offer as a contract. The terms are printed as the customer saw them.

    `refunds` are the shares of the sum that a cancellation gives back, by stage reached.
    """

    template: ClassVar[str] = "contract"
    piece: Piece
    customer: Person
    stones: tuple[SetStone, ...] = ()
    design: str = prose()
    price: Amount
    shipping: Amount
    tax: Amount
    total: Amount
    tax_included: bool
    duties: str
    destination: str
    steps: tuple[Due, ...] = ()
    refunds: tuple[tuple[str, Decimal], ...] = ()
    withdrawal: str = prose(longest=LONGEST_TERMS)
    terms_version: str
    terms: str = field(metadata={"longest": LONGEST_TERMS})
    terms_sha256: str
    quote_number: str
    content_sha256: str
    signatures: tuple[Signature, ...] = ()

    def facts(self, press: Press) -> Facts:
        """What the template shows."""
        words = press.words
        tax = "quote.tax_contained" if self.tax_included else "quote.tax_added"
        return {
            "piece": piece_facts(press, self.piece),
            "customer": press.person(self.customer),
            "stones": stones_facts(press, self.stones),
            "design": Prose(self.design),
            "sums": press.rows(
                ("quote.price", words.money(self.price)),
                ("quote.shipping", words.money(self.shipping)),
                (tax, words.money(self.tax) if self.tax.value else ""),
            ),
            "total": words.money(self.total),
            "rows": press.rows(
                ("quote.destination", words.country(self.destination)),
                ("quote.duties", words.say(f"duties.{self.duties}")),
                ("contract.quote", self.quote_number),
            ),
            "steps": due_facts(press, self.steps),
            "refunds": [
                (words.coded("stage", stage), words.share(share)) for stage, share in self.refunds
            ],
            "withdrawal": Prose(self.withdrawal),
            "terms": {
                "version": self.terms_version,
                "body": Prose(self.terms),
                "sha256": Exact(self.terms_sha256),
            },
            "content": Exact(self.content_sha256),
            "signatures": [press.signature(it) for it in self.signatures],
        }
