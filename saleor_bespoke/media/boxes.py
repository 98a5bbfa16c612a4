"""The boxes an MP4 or QuickTime file is made of: walk them, read a table, blank one in place."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.media.refusals import unreadable

#: Boxes side by side, and entries of one table; real files stay far below.
_BOXES_MAX = 20_000
ENTRIES_MAX = 1_000_000
_CHUNK = 64 * 1024


@dataclass(frozen=True)
class Box:
    """One box: `kind` is its four-letter type, positions are byte offsets in the file."""

    kind: bytes
    start: int
    body: int
    end: int


def damaged() -> BespokeError:
    """The refusal of a file whose boxes contradict each other."""
    return unreadable("This video is damaged or incomplete.")


def children(file: BinaryIO, start: int, end: int) -> list[Box]:
    """The boxes that fill `start` to `end` exactly; anything else is a damaged file."""
    found: list[Box] = []
    while start < end:
        file.seek(start)
        header = file.read(16)
        if end - start < 8 or len(header) < 8 or len(found) >= _BOXES_MAX:
            raise damaged()
        length, kind = struct.unpack_from(">I4s", header)
        body = start + 8
        if length == 1 and len(header) == 16:
            length, body = struct.unpack_from(">Q", header, 8)[0], start + 16
        elif length == 0:
            length = end - start
        if start + length < body or start + length > end:
            raise damaged()
        found.append(Box(kind, start, body, start + length))
        start += length
    return found


def inside(file: BinaryIO, box: Box) -> list[Box]:
    """The boxes within a container box."""
    return children(file, box.body, box.end)


def child(file: BinaryIO, box: Box, *path: bytes) -> Box | None:
    """The first box found along this path of types below `box`."""
    for kind in path:
        match = next((inner for inner in inside(file, box) if inner.kind == kind), None)
        if match is None:
            return None
        box = match
    return box


def need(file: BinaryIO, box: Box, *path: bytes) -> Box:
    """As `child`, for boxes without which the file makes no sense."""
    found = child(file, box, *path)
    if found is None:
        raise damaged()
    return found


def read(file: BinaryIO, box: Box, length: int) -> bytes:
    """The first `length` bytes of a box's body."""
    if box.end - box.body < length:
        raise damaged()
    file.seek(box.body)
    return file.read(length)


def table(file: BinaryIO, box: Box, *, at: int, entry: str) -> Iterator[tuple[int, ...]]:
    """The entries of a table box: a count at byte `at` of the body, then that many records."""
    count = int(struct.unpack(">I", read(file, box, at + 4)[at:])[0])
    width = struct.calcsize(entry)
    if count > ENTRIES_MAX or box.body + at + 4 + count * width > box.end:
        raise damaged()
    return struct.iter_unpack(entry, file.read(count * width))


def zero(file: BinaryIO, start: int, end: int) -> None:
    """Overwrite these bytes with zeros."""
    file.seek(start)
    while start < end:
        start += file.write(bytes(min(_CHUNK, end - start)))


def blank(file: BinaryIO, box: Box) -> None:
    """Turn a box into free space of the same length, so that nothing else moves."""
    file.seek(box.start + 4)
    file.write(b"free")
    zero(file, box.body, box.end)


def file_size(file: BinaryIO) -> int:
    """Bytes of the file."""
    return file.seek(0, os.SEEK_END)
