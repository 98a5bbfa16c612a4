"""How much a document may hold: lengths of texts, numbers of items, kinds and sizes of pictures."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final

from PIL import Image

from saleor_bespoke.documents.parts import LONGEST_LINE, MOST_ITEMS, Picture
from saleor_bespoke.errors import BespokeError, ErrorCode

MOST_BYTES: Final = 4 * 1024 * 1024
MOST_PIXELS: Final = 25_000_000
LARGEST_SVG: Final = 256 * 1024
MOST_PICTURES: Final = 24
MOST_PICTURE_BYTES: Final = 16 * 1024 * 1024
_ACTIVE: Final = (b"<script", b"<!entity", b"<!doctype", b"<foreignobject", b"file:", b"http-equiv")
_OURS: Final = __name__.rpartition(".")[0]  # a specification checks itself
_FORMATS: Final = ("PNG", "JPEG")
_MODES: Final = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16", "I"})


def check(document: object) -> None:
    """Refuse what no document holds, before anything is set.

    Raises BespokeError: INVALID for texts and lists, FILE_TOO_LARGE and FILE_UNREADABLE for
    pictures; `field` names the place.
    """
    total = count = 0
    for where, value, longest in _walk(document, ""):
        if isinstance(value, str) and len(value) > longest:
            raise BespokeError(
                ErrorCode.INVALID, f"A document takes at most {longest} characters.", field=where
            )
        if isinstance(value, tuple) and len(value) > MOST_ITEMS:
            raise BespokeError(
                ErrorCode.INVALID, f"A document lists at most {MOST_ITEMS} items.", field=where
            )
        if isinstance(value, Picture):
            raster_of(value.data, where)
            total, count = total + len(value.data), count + 1
    if count > MOST_PICTURES or total > MOST_PICTURE_BYTES:
        raise BespokeError(
            ErrorCode.FILE_TOO_LARGE,
            f"A document holds at most {MOST_PICTURES} pictures of "
            f"{MOST_PICTURE_BYTES // 1024 // 1024} MiB together.",
        )


def _walk(value: Any, where: str, longest: int = LONGEST_LINE) -> Iterator[tuple[str, Any, int]]:
    yield where, value, longest
    if isinstance(value, tuple):
        for index, item in enumerate(value[: MOST_ITEMS + 1]):
            yield from _walk(item, f"{where}[{index}]", longest)
    elif is_dataclass(value) and type(value).__module__.startswith(_OURS):
        for entry in fields(value):
            inner = entry.metadata.get("longest", LONGEST_LINE)
            place = f"{where}.{entry.name}" if where else entry.name
            yield from _walk(getattr(value, entry.name), place, inner)


@dataclass(frozen=True, slots=True)
class Raster:
    """A PNG or JPEG that decodes to its end: its media type and its size in pixels."""

    media_type: str
    width: int
    height: int


def raster_of(data: bytes, where: str = "picture") -> Raster | None:
    """The decoded picture's facts, or None for a plain SVG; refuses whatever cannot be set."""
    if len(data) > MOST_BYTES:
        raise BespokeError(
            ErrorCode.FILE_TOO_LARGE,
            f"A picture in a document has at most {MOST_BYTES // 1024 // 1024} MiB.",
            field=where,
        )
    return None if _is_svg(data) else _decoded(data, where)


def _decoded(data: bytes, where: str) -> Raster:
    unreadable = BespokeError(
        ErrorCode.FILE_UNREADABLE,
        "A picture in a document is a whole JPEG or PNG (RGB or grey) or a plain SVG.",
        field=where,
    )
    too_large = BespokeError(
        ErrorCode.FILE_TOO_LARGE,
        f"A picture in a document has at most {MOST_PIXELS // 1_000_000} megapixels.",
        field=where,
    )
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            warnings.simplefilter("error")
            if image.width * image.height > MOST_PIXELS:
                raise too_large
            found = Raster(Image.MIME[str(image.format)], image.width, image.height)
            if image.mode not in _MODES:
                raise unreadable
            image.draft("RGB", (image.width // 8, image.height // 8))
            image.load()
    except BespokeError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise too_large from error
    except Exception as error:
        raise unreadable from error
    return found


def _is_svg(data: bytes) -> bool:
    """A drawing that neither runs nor reaches for anything; only a shop's own files are such."""
    if len(data) > LARGEST_SVG:
        return False
    try:
        text = data.decode("utf-8").lower().encode()
    except UnicodeDecodeError:
        return False
    return b"<svg" in text[:1024] and not any(word in text for word in _ACTIVE)
