"""What staff say when they draft a quote, already typed. Amounts are in the project's currency."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from saleor_bespoke.craft.specification import Specification
from saleor_bespoke.media.services import PreparedFile


@dataclass(frozen=True, kw_only=True)
class LineInput:
    """One part of a price: MATERIAL (with material and quantity), LABOUR, EXTRA, CREDIT (< 0).

    `photo` shows the material, where the workshop's own photograph of it is not to be used.
    """

    kind: str
    description: str
    amount: Decimal
    material_pk: UUID | None = None
    quantity: Decimal | None = None
    photo: UUID | PreparedFile | None = None


@dataclass(frozen=True, kw_only=True)
class AlternativeInput:
    """One design at one price.

    `pictures` are files of the project by key, or uploads prepared for it. `tax_amount` is the tax
    on piece and shipping; the channel's rate decides where it is left out.
    """

    title: str
    design: str
    specification: Specification
    lines: tuple[LineInput, ...]
    pictures: tuple[UUID | PreparedFile, ...] = ()
    tax_amount: Decimal | None = None
    complexity_days: int = 0
    complexity_reason: str = ""


@dataclass(frozen=True, kw_only=True)
class QuoteInput:
    """A whole draft; what is left out comes from the brief and the channel's policy."""

    alternatives: tuple[AlternativeInput, ...]
    shipping_amount: Decimal
    duties: str = "NONE"
    destination: str | None = None
    tweak_allowance: int | None = None
    valid_days: int | None = None
    note: str = ""
