"""From a document's facts to the bytes of its PDF: the same facts give the same bytes.

Typst sets the shipped templates with the shipped fonts and nothing else. Facts travel as JSON in
one input, so that what a person typed is text to print and never markup or a path.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from saleor_bespoke.documents import limits
from saleor_bespoke.documents.extra import needed
from saleor_bespoke.documents.glyphs import FONTS, printable
from saleor_bespoke.documents.press import Document, Exact, Press, Prose
from saleor_bespoke.documents.wording import Wording, texts
from saleor_bespoke.errors import BespokeError, ErrorCode

TEMPLATES: Final = Path(__file__).parent / "templates"
STANDARDS: Final = ("a-2a", "ua-1")
"""Archivable (ISO 19005-2, level A) and accessible (ISO 14289-1) at once."""

FAMILIES: Final = frozenset(
    {
        "Noto Serif Display",
        "Noto Sans Arabic",
        "Noto Sans Hebrew",
        "Noto Sans Symbols 2",
        "Source Sans 3",
    }
)


def render(document: Document) -> bytes:
    """The document as a tagged PDF; its timestamp is the document's own.

    Raises BespokeError for facts that no document holds (texts too long, pictures unreadable or
    too large) and ExtraMissing where the extra `pdf` is not installed.
    """
    typst = needed("typst")
    limits.check(document)
    words = Wording.of(document.house, document.reader)
    press = Press(words)
    data = {
        "language": words.language,
        "region": words.locale.territory or "",
        "house": press.house(document.house),
        "title": words.say(f"{document.template}.title"),
        "number": document.number,
        "date": words.day(document.issued_at),
        "day": _day(document, words),
        "doc": document.facts(press),
    }
    try:
        made = typst.compile(
            _sources(document.template) | press.files,
            format="pdf",
            font_paths=_fonts(),
            ignore_system_fonts=True,
            sys_inputs={
                "texts": _texts(words.language),
                "data": json.dumps(_printed(data), ensure_ascii=False),
            },
            pdf_standards=list(STANDARDS),
            timestamp=int(document.issued_at.timestamp()),
        )
    except typst.TypstError as error:
        _pictures_check(press.files)
        raise error
    return bytes(made)


def _pictures_check(files: dict[str, bytes]) -> None:
    """Refuse the picture that cannot be set, if it was a picture that failed."""
    typst = needed("typst")
    for name, data in files.items():
        alone = {"main.typ": f'#image("{name}", alt: "")'.encode(), name: data}
        try:
            typst.compile(alone, format="pdf", ignore_system_fonts=True)
        except typst.TypstError as error:
            raise BespokeError(
                ErrorCode.FILE_UNREADABLE, "A picture of the document cannot be read."
            ) from error


@cache
def _texts(language: str) -> str:
    return json.dumps(_printed(dict(texts(language))), ensure_ascii=False)


def _day(document: Document, words: Wording) -> list[int]:
    local = document.issued_at.astimezone(words.zone)
    return [local.year, local.month, local.day]


@cache
def _sources(template: str) -> dict[str, bytes]:
    """The template and the family it belongs to, as typst's files."""
    return {
        "main.typ": (TEMPLATES / f"{template}.typ").read_bytes(),
        "house.typ": (TEMPLATES / "house.typ").read_bytes(),
        "parts.typ": (TEMPLATES / "parts.typ").read_bytes(),
    }


@cache
def _fonts() -> Any:
    fonts = needed("typst").Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)]
    )
    missing = sorted(FAMILIES - set(fonts.families()))
    if missing:  # typst would print nothing where there is no font at all, and not say so
        raise RuntimeError(f"The package lacks its fonts {', '.join(missing)}: install it anew.")
    return fonts


def _printed(value: Any) -> Any:
    """The same data with every text made printable; keys and file names are our own."""
    if isinstance(value, str):
        text = value if isinstance(value, Prose) else " ".join(value.splitlines())
        return printable(text, exact=isinstance(value, Exact) and len(text) <= 64)
    if isinstance(value, dict):
        return {
            key: inner if key in ("file", "ink", "accent", "paper") else _printed(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_printed(inner) for inner in value]
    return value
