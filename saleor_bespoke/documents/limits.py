"""How much a document may hold: lengths of texts, numbers of items, kinds and sizes of pictures."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final

from saleor_bespoke.documents.parts import LONGEST_LINE, MOST_ITEMS, Picture
from saleor_bespoke.errors import BespokeError, ErrorCode

MOST_BYTES: Final = 4 * 1024 * 1024
MOST_PIXELS: Final = 25_000_000
LARGEST_SVG: Final = 256 * 1024
MOST_PICTURES: Final = 24
MOST_PICTURE_BYTES: Final = 16 * 1024 * 1024
_ACTIVE: Final = (b"<script", b"<!entity", b"<!doctype", b"<foreignobject", b"file:", b"http-equiv")
_OURS: Final = __name__.rpartition(".")[0]  # a specification checks itself
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


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
    """What the head of a PNG or JPEG says: its media type and its size in pixels."""

    media_type: str
    width: int
    height: int


def raster_of(data: bytes, where: str = "picture") -> Raster | None:
    """The picture's head, or None for a plain SVG; refuses whatever cannot be set."""
    if len(data) > MOST_BYTES:
        raise BespokeError(
            ErrorCode.FILE_TOO_LARGE,
            f"A picture in a document has at most {MOST_BYTES // 1024 // 1024} MiB.",
            field=where,
        )
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        kind, size = "image/png", _png_size(data)
    elif data.startswith(b"\xff\xd8\xff"):
        kind, size = "image/jpeg", _jpeg_size(data)
    elif _is_svg(data):
        return None
    else:
        raise _unreadable(where)
    if size is None or not all(size):
        raise _unreadable(where)
    if size[0] * size[1] > MOST_PIXELS:
        raise BespokeError(
            ErrorCode.FILE_TOO_LARGE,
            f"A picture in a document has at most {MOST_PIXELS // 1_000_000} megapixels.",
            field=where,
        )
    return Raster(kind, *size)


def _unreadable(where: str) -> BespokeError:
    return BespokeError(
        ErrorCode.FILE_UNREADABLE,
        "A picture in a document is a JPEG, a PNG or a plain SVG.",
        field=where,
    )


def _png_size(data: bytes) -> tuple[int, int] | None:
    if len(data) < 33 or data[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", data[16:24])
    return int(width), int(height)


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _FRAMES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return int(width), int(height)
        else:
            at += 2 + int(struct.unpack(">H", data[at + 2 : at + 4])[0])
    return None


def _is_svg(data: bytes) -> bool:
    """A drawing that neither runs nor reaches for anything; only a shop's own files are such."""
    if len(data) > LARGEST_SVG:
        return False
    try:
        text = data.decode("utf-8").lower().encode()
    except UnicodeDecodeError:
        return False
    return b"<svg" in text[:1024] and not any(word in text for word in _ACTIVE)
