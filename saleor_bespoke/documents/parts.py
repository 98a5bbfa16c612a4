"""What several documents show: the house, the reader, people, pieces, stones, pictures.

All are plain facts. Texts that a person typed are printed as they are, never as markup.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from saleor_bespoke.craft.money import Amount
from saleor_bespoke.craft.reports import Laboratory
from saleor_bespoke.craft.specification import Specification
from saleor_bespoke.craft.stones import Stone

LONGEST_LINE: Final = 256
"""Characters of a name, a title or a label: of every text whose field does not say otherwise."""
LONGEST_LABEL: Final = 500
LONGEST_PROSE: Final = 4000
LONGEST_TERMS: Final = 60_000
MOST_ITEMS: Final = 500
_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")
_PAPERS: Final = ("a4", "us-letter")


def prose(default: Any = "", longest: int = LONGEST_PROSE) -> Any:
    """A field of a document for running text."""
    return field(default=default, metadata={"longest": longest})


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG, PNG or SVG as bytes, and what it shows in words for who cannot see it."""

    data: bytes = field(repr=False)
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Whose paper it is: name, address lines, how to reach it, and how it looks.

    `languages` are those the shop writes in; a reader of another one gets the first. `ink` and
    `accent` are colours such as "#1d2a35". `imprint` is a line such as a VAT number.
    """

    name: str
    address: tuple[str, ...] = ()
    email: str = ""
    telephone: str = ""
    website: str = ""
    imprint: str = ""
    logo: Picture | None = None
    ink: str = "#1d242b"
    accent: str = "#8b6a3e"
    languages: tuple[str, ...] = ("en",)
    paper: str = "a4"

    def __post_init__(self) -> None:
        for colour in (self.ink, self.accent):
            if not _COLOUR.fullmatch(colour):
                raise ValueError(f"A colour is written as #1d2a35, not {colour!r}.")
        if self.paper not in _PAPERS:
            raise ValueError(f"Paper is one of {', '.join(_PAPERS)}, not {self.paper!r}.")


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom it is written: a locale such as "de_DE" and an IANA time zone."""

    locale: str = "en_US"
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Person:
    """A customer, a receiver or a sender, with the lines of the address."""

    name: str
    address: tuple[str, ...] = ()
    email: str = ""
    telephone: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """The commissioned piece: the project's number and title, and what was agreed to be made."""

    project: str
    title: str
    specification: Specification


@dataclass(frozen=True, slots=True, kw_only=True)
class SetStone:
    """A stone (or several alike) in the piece. Without a report it is listed all the same.

    `verified` says that the report was verified with its laboratory; `value` is what replacing
    it would cost, where somebody states it.
    """

    stone: Stone
    name: str = ""
    laboratory: Laboratory | None = None
    report: str = ""
    verified: bool = False
    provenance: str = prose()
    own: bool = False
    value: Amount | None = None


@dataclass(frozen=True, slots=True)
class Seal:
    """A text or file somebody relied on: its version or name and its SHA-256 in hex."""

    label: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Signature:
    """Who agreed, in which role (a key of the texts), when, and the hash that is the receipt."""

    name: str
    role: str
    at: datetime
    receipt: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """An assay office's mark on the piece; fineness in ‰."""

    office: str
    sponsor: str
    fineness: int
    reference: str
    marked_on: date


@dataclass(frozen=True, slots=True)
class Due:
    """A step (a key of the texts) and the last day it was promised for."""

    step: str
    on: date
    earliest: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Weights in g, each where it is known: model, finished piece, metal to cast, all in all."""

    model: Decimal | None = None
    finished: Decimal | None = None
    casting: Decimal | None = None
    metal: Decimal | None = None
    total: Decimal | None = None
