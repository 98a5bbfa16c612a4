"""A finished document read again: its text, its pages and where on them everything lies."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import StrEnum
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium_c

from saleor_bespoke.documents.glyphs import BREAK, printable
from saleor_bespoke.documents.press import Document, Press
from saleor_bespoke.documents.wording import Wording

POINTS_PER_MM = 72 / 25.4
#: Entries of the facts that steer a template and are not printed themselves.
UNPRINTED = {"alt", "file", "state", "page", "width", "height", "circle"}
CHOSEN = {
    "accent", "code", "destination", "duties", "hs_code", "incoterm", "ink", "kind", "languages",
    "locale", "origin", "outcome", "paper", "reason_code", "role", "sha256", "step", "time_zone",
    "view", "way",
}  # fmt: skip


@dataclass(frozen=True)
class Read:
    """The pages' texts and the boxes (left, bottom, right, top in pt) of what stands on them."""

    pages: tuple[str, ...]
    sizes: tuple[tuple[float, float], ...]
    boxes: tuple[tuple[tuple[int, tuple[float, float, float, float]], ...], ...]

    @property
    def text(self) -> str:
        return "\n".join(self.pages)

    @property
    def dense(self) -> str:
        """Everything without spaces, breaks and hyphens: how lines were broken plays no part."""
        return dense(self.text)


def dense(text: str) -> str:
    return re.sub(r"[\s\u00ad\u200b\u2010\x02\ufffe-]", "", text)


def read(made: bytes) -> Read:
    document = pypdfium2.PdfDocument(made)
    pages, sizes, boxes = [], [], []
    for page in document:
        text = page.get_textpage()
        pages.append(text.get_text_bounded())
        sizes.append(page.get_size())
        boxes.append(
            tuple(
                (item.type, item.get_bounds())
                for item in page.get_objects(max_depth=1)
                if item.type != pdfium_c.FPDF_PAGEOBJ_FORM
            )
        )
    return Read(tuple(pages), tuple(sizes), tuple(boxes))


def printed_facts(document: Document) -> Iterator[str]:
    """Every text that the facts hand to the template and that must be read on paper."""
    press = Press(Wording.of(document.house, document.reader))
    yield from _texts(document.facts(press))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if value.strip():
            yield printable(value).replace(BREAK, "")
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in UNPRINTED:
                yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def poisoned(value: Any, poison: str) -> Any:
    """The document with a hostile text in every place that holds a person's words."""
    if not (is_dataclass(value) and type(value).__module__.startswith("saleor_bespoke.documents")):
        return value
    changes: dict[str, Any] = {}
    for entry in fields(value):
        old = getattr(value, entry.name)
        if entry.name in CHOSEN or entry.name == "house" or old in ("", None, ()):
            continue
        longest = entry.metadata.get("longest", 256)
        changes[entry.name] = _poisoned(old, poison, longest)
    if type(value).__name__ in ("QualitySheet", "Picture"):
        changes.pop("data", None)
    if type(value).__name__ == "CustomsInvoice":
        changes.pop("reason")
    return replace(value, **changes)


def _poisoned(old: Any, poison: str, longest: int) -> Any:
    if isinstance(old, str) and not isinstance(old, StrEnum):
        return poison[:longest]
    if isinstance(old, tuple):
        return tuple(_poisoned(item, poison, longest) for item in old)
    return poisoned(old, poison)


def structure(made: bytes) -> list[tuple[str, str]]:
    """What a screen reader walks through: each element's type and its alternative text."""
    document = pypdfium2.PdfDocument(made)
    found: list[tuple[str, str]] = []
    for page in document:
        tree = pdfium_c.FPDF_StructTree_GetForPage(page)
        for index in range(pdfium_c.FPDF_StructTree_CountChildren(tree)):
            _walk(pdfium_c.FPDF_StructTree_GetChildAtIndex(tree, index), found)
        pdfium_c.FPDF_StructTree_Close(tree)
    return found


def _walk(element: Any, found: list[tuple[str, str]]) -> None:
    if not element:
        return
    kind = _told(pdfium_c.FPDF_StructElement_GetType, element)
    found.append((kind, _told(pdfium_c.FPDF_StructElement_GetAltText, element)))
    for index in range(pdfium_c.FPDF_StructElement_CountChildren(element)):
        _walk(pdfium_c.FPDF_StructElement_GetChildAtIndex(element, index), found)


def _told(question: Any, element: Any) -> str:
    length = question(element, None, 0)
    buffer = ctypes.create_string_buffer(max(length, 2))
    question(element, buffer, length)
    return buffer.raw[:length].decode("utf-16-le").rstrip("\x00")
