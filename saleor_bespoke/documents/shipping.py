"""With the parcel: the packing slip without prices, and the invoice for customs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from saleor_bespoke.craft.money import Amount
from saleor_bespoke.documents.parts import Person, prose
from saleor_bespoke.documents.press import Document, Facts, Press, Prose


@dataclass(frozen=True, slots=True)
class Packed:
    """Something in the parcel; its note may tell a box or an envelope."""

    description: str
    quantity: int = 1
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackingSlip(Document):
    """What is in the parcel and for whom. No prices: it may be a present.

    `packing` are the ticked items of the packing checklist (keys of the texts).
    """

    template: ClassVar[str] = "packing_slip"
    receiver: Person
    project: str
    order: str
    contents: tuple[Packed, ...]
    packing: tuple[str, ...] = ()
    carrier: str = ""
    tracking: str = ""
    signature_required: bool = True
    packed_by: str = ""
    note: str = prose()

    def facts(self, press: Press) -> Facts:
        """What the template shows."""
        words = press.words
        return {
            "receiver": press.person(self.receiver),
            "rows": press.rows(
                ("common.commission", self.project),
                ("receipt.order", self.order),
                ("packing.carrier", self.carrier),
                ("packing.tracking", self.tracking),
                (
                    "packing.signature",
                    words.say("packing.required") if self.signature_required else "",
                ),
                ("packing.packed_by", self.packed_by),
            ),
            "contents": [(str(it.quantity), it.description, it.note) for it in self.contents],
            "packing": [words.coded("pack", it) for it in self.packing],
            "code": press.code(self.tracking) if self.tracking else None,
            "note": Prose(self.note),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A line of the declaration. Net weight in g is of all its pieces together."""

    description: str
    hs_code: str
    origin: str
    quantity: int
    net_grams: Decimal
    unit_value: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomsInvoice(Document):
    """The commercial invoice a carrier asks for. Countries as ISO codes, weights in g.

    `reason` is a key of the texts (SALE, RESIZE, CLAIM, GIFT); `incoterm` names its `place`.
    """

    template: ClassVar[str] = "customs_invoice"
    exporter: Person
    exporter_ids: tuple[tuple[str, str], ...] = ()
    consignee: Person
    consignee_ids: tuple[tuple[str, str], ...] = ()
    lines: tuple[Declared, ...]
    freight: Amount | None = None
    insurance: Amount | None = None
    gross_grams: Decimal | None = None
    parcels: int = 1
    incoterm: str
    place: str
    reason: str
    order: str = ""
    carrier: str = ""
    tracking: str = ""
    declared_on: date
    declared_by: str

    @property
    def goods(self) -> Amount:
        """The declared value of all lines."""
        first, *others = (
            Amount(it.unit_value.value * it.quantity, it.unit_value.currency) for it in self.lines
        )
        for amount in others:
            first += amount
        return first

    def facts(self, press: Press) -> Facts:
        """What the template shows."""
        words = press.words
        total = self.goods
        for extra in (self.freight, self.insurance):
            total = total if extra is None else total + extra
        gross = "" if self.gross_grams is None else words.measure(self.gross_grams, "g")
        net = sum((it.net_grams for it in self.lines), Decimal(0))
        return {
            "exporter": press.person(self.exporter),
            "exporter_ids": list(self.exporter_ids),
            "consignee": press.person(self.consignee),
            "consignee_ids": list(self.consignee_ids),
            "rows": press.rows(
                ("customs.reason", words.say(f"reason.{self.reason}")),
                ("receipt.order", self.order),
                ("customs.incoterm", f"{self.incoterm} {self.place} (Incoterms® 2020)"),
                ("customs.duties", words.say(f"incoterm.{self.incoterm}")),
                ("customs.currency", total.currency),
                ("packing.carrier", self.carrier),
                ("packing.tracking", self.tracking),
                ("customs.parcels", str(self.parcels)),
                ("customs.net", words.measure(net, "g")),
                ("customs.gross", gross),
            ),
            "lines": [self._line(press, it) for it in self.lines],
            "sums": press.rows(
                ("customs.goods", words.money(self.goods)),
                ("customs.freight", words.money(self.freight) if self.freight else ""),
                ("customs.insurance", words.money(self.insurance) if self.insurance else ""),
            ),
            "total": words.money(total),
            "declaration": words.say("customs.declaration"),
            "declared_on": words.on(self.declared_on),
            "declared_by": self.declared_by,
        }

    def _line(self, press: Press, it: Declared) -> list[str]:
        words = press.words
        value = Amount(it.unit_value.value * it.quantity, it.unit_value.currency)
        return [
            it.description,
            it.hs_code,
            f"{words.country(it.origin)} ({it.origin})",
            str(it.quantity),
            words.measure(it.net_grams, "g"),
            words.money(it.unit_value),
            words.money(value),
        ]
