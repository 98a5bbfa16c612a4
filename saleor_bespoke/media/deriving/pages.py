"""The first page of a document as a picture, and how many pages there are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from saleor_bespoke.media.deriving.results import Derived, ExtraMissing, NotDerivable
from saleor_bespoke.media.deriving.stills import WIDTHS, previews, sizes_of

#: No page is drawn larger than this at first, however long a strip it is.
_WIDE, _HIGH = WIDTHS[-1], 2 * WIDTHS[-1]


def derive_document(path: Path, folder: Path) -> Derived:
    """Previews of a PDF's first page on white, drawn without running anything in it."""
    try:
        import pypdfium2
    except ImportError as error:
        raise ExtraMissing("pdf") from error
    try:
        document = pypdfium2.PdfDocument(path)
        pages = len(document)
        if not pages:
            raise NotDerivable("This document has no page.")
        page = document[0]
        width, height = page.get_size()
        scale = min(_WIDE / max(width, 1), _HIGH / max(height, 1))
        image = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
    except pypdfium2.PdfiumError as error:
        raise NotDerivable("This document's first page cannot be drawn.") from error
    return replace(previews(image, sizes_of(*image.size), folder), pages=pages)
