"""One file of the corpus, and the small tools that all builders share."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterable
from io import BytesIO
from typing import NamedTuple

from PIL import Image

from saleor_bespoke.errors import ErrorCode
from saleor_bespoke.media.recognise import FileKind, Purpose

#: What every builder writes wherever metadata can hide; nothing stored may contain it.
PLACE = b"+48.8684+002.3297/"

UNREADABLE = frozenset({ErrorCode.FILE_UNREADABLE})
NOT_ALLOWED = frozenset({ErrorCode.FILE_KIND_NOT_ALLOWED})
NAME = frozenset({ErrorCode.FILE_NAME_REFUSED})
REFUSED = UNREADABLE | NOT_ALLOWED


class Case(NamedTuple):
    """A file, what it is sent for, and what must become of it.

    `expected` is the kind that is stored, or the codes of which one must refuse the file. `exact`
    says that its pixels, or all its bytes if it is no picture, must be stored unchanged.
    """

    name: str
    content: bytes
    purpose: Purpose
    expected: FileKind | frozenset[ErrorCode]
    called: str | None = None
    declared: str | None = None
    exact: bool = False


def picture(size: tuple[int, int] = (64, 48), mode: str = "RGB") -> Image.Image:
    """A gradient with a red corner, which tells which way is up."""
    base = Image.linear_gradient("L").resize(size)
    full = Image.merge("RGB", (base, base.transpose(Image.Transpose.ROTATE_180), base))
    full.paste((220, 30, 30), (0, 0, max(1, size[0] // 4), max(1, size[1] // 4)))
    return full.convert(mode)


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    """The picture in this format."""
    target = BytesIO()
    image.save(target, form, **options)
    return target.getvalue()


def exif(orientation: int = 1, *, order: str = "<", maker: bytes = PLACE) -> bytes:
    """A TIFF structure as cameras write it: turning, maker's note, a place, a small preview."""
    entries: list[tuple[int, int, int, bytes]] = []
    heap = bytearray()
    begin = 8 + 2 + 12 * 4 + 4

    def entry(tag: int, kind: int, count: int, value: bytes) -> None:
        if len(value) > 4:
            at = begin + len(heap)
            heap.extend(value + b"\0" * (len(value) % 2))
            value = struct.pack(order + "I", at)
        entries.append((tag, kind, count, value.ljust(4, b"\0")))

    entry(0x010F, 2, len(maker) + 1, maker + b"\0")
    entry(0x0112, 3, 1, struct.pack(order + "H", orientation))
    place = struct.pack(order + "6I", 48, 1, 52, 1, 613, 100)
    gps_at = begin + len(heap) + len(place)
    gps = struct.pack(order + "H", 2)
    gps += struct.pack(order + "HHI4s", 1, 2, 2, b"N\0\0\0")
    gps += struct.pack(order + "HHII", 2, 5, 3, gps_at - len(place)) + bytes(4)
    heap.extend(place + gps)
    entry(0x8825, 4, 1, struct.pack(order + "I", gps_at))
    entry(0x927C, 7, len(maker), maker)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, 4)
    table = b"".join(struct.pack(order + "HHI", *row[:3]) + row[3] for row in entries)
    return head + table + bytes(4) + bytes(heap)


def segment(marker: int, body: bytes) -> bytes:
    """One segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    """The JPEG with these segments after its beginning."""
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def chunk(kind: bytes, body: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunks(png: bytes, *chunks: bytes) -> bytes:
    """The PNG with these chunks after its header."""
    return png[:33] + b"".join(chunks) + png[33:]


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    """A WebP file of these chunks."""
    body = b"".join(
        struct.pack("<4sI", kind, len(data)) + data + b"\0" * (len(data) % 2)
        for kind, data in chunks
    )
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def webp_chunks(webp: bytes) -> list[tuple[bytes, bytes]]:
    """The chunks of a WebP file."""
    found, at = [], 12
    while at < len(webp):
        kind, length = struct.unpack_from("<4sI", webp, at)
        found.append((kind, webp[at + 8 : at + 8 + length]))
        at += 8 + length + length % 2
    return found


def sub_blocks(data: bytes) -> bytes:
    """Data as GIF packs it."""
    parts: Iterable[bytes] = (data[at : at + 255] for at in range(0, len(data), 255))
    return b"".join(bytes((len(part),)) + part for part in parts) + b"\0"


def box(kind: bytes, *parts: bytes) -> bytes:
    """One box of an MP4 or HEIC file."""
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def zipped(name: str = "page.html", content: bytes = b"<html></html>") -> bytes:
    """A small ZIP archive."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, content)
    return target.getvalue()
