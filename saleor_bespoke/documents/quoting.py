"""The quote: alternatives, what each contains and costs, and until when the offer stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from saleor_bespoke.craft.money import Amount
from saleor_bespoke.documents.briefing import due_facts
from saleor_bespoke.documents.design import piece_facts, stones_facts
from saleor_bespoke.documents.parts import (
    LONGEST_LABEL,
    Due,
    Person,
    Picture,
    Piece,
    SetStone,
    prose,
)
from saleor_bespoke.documents.press import Document, Exact, Facts, Press, Prose

GROUPS = ("MATERIAL", "LABOUR", "EXTRA", "CREDIT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A part of the price: its kind (one of GROUPS), words, sum, and what is awaited."""

    kind: str
    description: str = field(metadata={"longest": LONGEST_LABEL})
    amount: Amount
    note: str = prose()
    expected_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resize:
    """The quote's answer about a resize: FREE, PAID or IMPOSSIBLE, how far, how many days."""

    outcome: str
    us_sizes: Decimal = Decimal(0)
    limit_mm: Decimal = Decimal(0)
    days: int = 0
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One design at one price; `price` is the sum of its lines, `total` what is paid for all.

    `reasons` for more time and those of the resize are sentences as the customer was told them.
    """

    piece: Piece
    design: str = prose()
    stones: tuple[SetStone, ...] = ()
    lines: tuple[Line, ...] = ()
    price: Amount
    shipping: Amount
    tax: Amount
    total: Amount
    resize: Resize | None = None
    extra_days: int = 0
    extra_days_reason: str = ""
    pictures: tuple[Picture, ...] = ()
    accepted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote(Document):
    """An offer as it was sent. The breakdown's sums are printed only if the shop shows them."""

    template: ClassVar[str] = "quote"
    customer: Person
    version: int
    alternatives: tuple[Alternative, ...]
    breakdown_visible: bool = False
    tax_included: bool
    duties: str
    destination: str
    valid_until: datetime
    tweak_allowance: int
    terms_version: str
    terms_sha256: str
    content_sha256: str
    note: str = prose()
    stylist: str = ""
    steps: tuple[Due, ...] = ()

    def facts(self, press: Press) -> Facts:
        """What the template shows."""
        words = press.words
        return {
            "customer": press.person(self.customer),
            "version": str(self.version),
            "note": Prose(self.note),
            "valid": words.say("quote.valid", moment=words.moment(self.valid_until)),
            "rows": press.rows(
                ("quote.destination", words.country(self.destination)),
                ("quote.duties", words.say(f"duties.{self.duties}")),
                (
                    "quote.tweaks",
                    words.say(f"quote.tweaks.{min(self.tweak_allowance, 2)}"),
                ),
                ("brief.stylist", self.stylist),
            ),
            "steps": due_facts(press, self.steps),
            "alternatives": [self._alternative(press, it) for it in self.alternatives],
            "terms": {"version": self.terms_version, "sha256": Exact(self.terms_sha256)},
            "content": Exact(self.content_sha256),
        }

    def _alternative(self, press: Press, it: Alternative) -> Facts:
        words = press.words
        return {
            "piece": piece_facts(press, it.piece),
            "design": Prose(it.design),
            "stones": stones_facts(press, it.stones),
            "groups": [
                group
                for kind in GROUPS
                if (group := self._group(press, kind, it.lines)) is not None
            ],
            "sums": self._sums(press, it),
            "total": words.money(it.total),
            "resize": resize_words(press, it.resize),
            "delay": words.say(
                "quote.extra_days", days=str(it.extra_days), reason=it.extra_days_reason
            )
            if it.extra_days
            else "",
            "pictures": [press.picture(picture) for picture in it.pictures],
            "accepted": it.accepted,
        }

    def _group(self, press: Press, kind: str, lines: tuple[Line, ...]) -> Facts | None:
        mine = [line for line in lines if line.kind == kind]
        if not mine:
            return None
        visible = self.breakdown_visible
        return {
            "title": press.words.say(f"quote.group.{kind}"),
            "lines": [
                {
                    "text": line.description,
                    "note": self._awaited(press, line),
                    "amount": press.words.money(line.amount) if visible else "",
                }
                for line in mine
            ],
        }

    def _awaited(self, press: Press, line: Line) -> str:
        words, day = press.words, line.expected_on
        awaited = words.say("quote.awaited", day=words.on(day)) if day else ""
        return " · ".join(it for it in (line.note, awaited) if it)

    def _sums(self, press: Press, it: Alternative) -> list[tuple[str, str]]:
        words = press.words
        tax = "quote.tax_contained" if self.tax_included else "quote.tax_added"
        return [
            (words.say("quote.price"), words.money(it.price)),
            (words.say("quote.shipping"), words.money(it.shipping)),
            *([(words.say(tax), words.money(it.tax))] if it.tax.value else []),
        ]


def resize_words(press: Press, resize: Resize | None) -> str:
    """The answer to "Will the resize be free?" in the reader's language."""
    if resize is None:
        return ""
    words = press.words
    if resize.outcome == "FREE":
        one = resize.us_sizes == 1
        return words.say(
            "resize.FREE_ONE" if one else "resize.FREE",
            sizes=words.number(resize.us_sizes.normalize()),
            around=words.measure(resize.limit_mm, "mm"),
            days=str(resize.days),
        )
    reasons = " ".join(words.coded("resize_reason", it) for it in resize.reasons)
    return f"{words.say(f'resize.{resize.outcome}')} {reasons}".strip()
