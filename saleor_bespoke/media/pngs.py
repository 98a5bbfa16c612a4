"""PNG: unpack it whole in a stream, and copy the picture without its texts, times and places."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.media.exif import orientation_of
from saleor_bespoke.media.foreign import tail_check, text_check
from saleor_bespoke.media.refusals import unreadable

_CHUNKS_MAX = 100_000
_EXTRA_MAX = 16 * 1024 * 1024
_PROFILE_MAX = 4 * 1024 * 1024
_PIECE = 256 * 1024

#: What decides how the picture looks, with the length each must have.
_KEPT = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1}
_TRANSPARENCY = {0: range(2, 3), 2: range(6, 7), 3: range(1, 257)}
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_PASSES = ((0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2))
_LAST_PASS = (0, 1, 1, 2)


@dataclass
class Png:
    """What the headers say."""

    width: int
    height: int
    depth: int
    colour: int
    interlaced: bool
    orientation: int = 1
    profile: bytes = b""
    palette: bool = False

    def rows(self) -> Iterator[tuple[int, int]]:
        """How many rows of how many bytes the picture unpacks to, pass by pass."""
        passes = (*_PASSES, _LAST_PASS) if self.interlaced else ((0, 1, 0, 1),)
        for left, across, top, down in passes:
            wide = -(-max(0, self.width - left) // across)
            tall = -(-max(0, self.height - top) // down)
            if wide and tall:
                yield tall, 1 + -(-wide * self.depth * _SAMPLES[self.colour] // 8)


class _Rows:
    """Counts unpacked bytes against the rows they must fill; each begins with a known filter."""

    def __init__(self, png: Png) -> None:
        ends = [0]
        self._strides: list[int] = []
        for count, stride in png.rows():
            ends.append(ends[-1] + count * stride)
            self._strides.append(stride)
        self._spans = list(pairwise(ends))
        self.whole = ends[-1]
        self.seen = 0

    def take(self, data: bytes) -> None:
        """Check the next unpacked bytes."""
        start, end = self.seen, self.seen + len(data)
        if end > self.whole:
            raise _damaged()
        for (first, last), stride in zip(self._spans, self._strides, strict=True):
            low, high = max(first, start), min(last, end)
            if low < high:
                to_row = -(low - first) % stride
                filters = data[low - start + to_row : high - start : stride]
                if filters and max(filters) > 4:
                    raise _damaged()
        self.seen = end


def header(source: BinaryIO) -> Png:
    """The facts of the header, which must be the first chunk."""
    source.seek(8)
    length, kind = _chunk_head(source)
    body = _read(source, length) if length == 13 else b""
    if kind != b"IHDR" or not body or source.read(4) != _crc(kind, body):
        raise _damaged()
    width, height, depth, colour, packing, filtering, interlace = struct.unpack(">IIBBBBB", body)
    if depth not in _DEPTHS.get(colour, ()) or packing or filtering or interlace > 1:
        raise _damaged()
    if not width or not height:
        raise unreadable("This picture has no size.")
    return Png(width, height, depth, colour, bool(interlace))


def strip(source: BinaryIO, target: BinaryIO, size: int) -> Png:
    """Copy the bare picture from `source`, of `size` bytes, to `target`; answer its facts.

    All its data are unpacked on the way, a piece at a time: damaged, missing or surplus rows refuse
    the file, and so do texts or profiles that unpack to more than any program writes.
    """
    png = header(source)
    rows, unpacker = _Rows(png), zlib.decompressobj()
    source.seek(0)
    target.write(source.read(8 + 25))
    data_begun = data_ended = False
    for _ in range(_CHUNKS_MAX):
        length, kind = _chunk_head(source)
        if length > size - source.tell():
            raise _damaged()
        if kind == b"IDAT" and not data_ended:
            data_begun = True
            _copy_data(source, target, length, rows, unpacker)
        elif kind == b"IEND":
            break
        else:
            data_ended = data_begun
            _copy_other(png, source, target, kind, length)
    if rows.seen != rows.whole or not unpacker.eof or (png.colour == 3 and not png.palette):
        raise _damaged()
    _read(source, length + 4)
    target.write(_chunk(b"IEND", b""))
    tail_check(source, source.tell(), size)
    return png


def _copy_other(png: Png, source: BinaryIO, target: BinaryIO, kind: bytes, length: int) -> None:
    body = _read(source, min(length, _EXTRA_MAX + 1))
    if len(body) < length:
        raise unreadable("This picture carries more text than picture.")
    crc = source.read(4)
    if kind[:1].isupper() and (kind != b"PLTE" or crc != _crc(kind, body)):
        raise _damaged()
    png.palette |= kind == b"PLTE"
    if _is_kept(png, kind, length):
        target.write(_chunk(kind, body))
    else:
        _read_extra(png, kind, body)


def _copy_data(
    source: BinaryIO, target: BinaryIO, length: int, rows: _Rows, unpacker: zlib._Decompress
) -> None:
    crc = zlib.crc32(b"IDAT")
    target.write(struct.pack(">I", length) + b"IDAT")
    while length:
        piece = _read(source, min(length, _PIECE))
        length -= len(piece)
        crc = zlib.crc32(piece, crc)
        target.write(piece)
        for data in _unpacked(unpacker, piece):
            rows.take(data)
    ended = source.read(4)
    if ended != struct.pack(">I", crc):
        raise _damaged()
    target.write(ended)


def _unpacked(unpacker: zlib._Decompress, piece: bytes) -> Iterator[bytes]:
    try:
        while piece and not unpacker.eof:
            yield unpacker.decompress(piece, _PIECE)
            piece = unpacker.unconsumed_tail
    except zlib.error as error:
        raise _damaged() from error


def _is_kept(png: Png, kind: bytes, length: int) -> bool:
    if kind == b"PLTE":
        return length % 3 == 0 and 3 <= length <= 768
    if kind == b"tRNS":
        return length in _TRANSPARENCY.get(png.colour, ())
    return _KEPT.get(kind) == length


def _read_extra(png: Png, kind: bytes, body: bytes) -> None:
    text_check(body)
    if kind == b"eXIf":
        png.orientation = orientation_of(body)
    elif kind in (b"zTXt", b"iTXt", b"iCCP"):
        rest = body.partition(b"\0")[2]
        if kind == b"iTXt":
            packed = rest[2:].partition(b"\0")[2].partition(b"\0")[2] if rest[:1] == b"\1" else b""
        else:
            packed = rest[1:]
        text = _bounded(packed)
        text_check(text)
        if kind == b"iCCP" and len(text) <= _PROFILE_MAX:
            png.profile = text


def _bounded(packed: bytes) -> bytes:
    """What a text or profile unpacks to, if that is within reason; empty if it is not readable."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(packed, _EXTRA_MAX + 1)
    except zlib.error:
        return b""  # it is dropped all the same
    if len(text) > _EXTRA_MAX:
        raise unreadable("This picture carries a text that unpacks to more than can be examined.")
    return text


def _chunk_head(source: BinaryIO) -> tuple[int, bytes]:
    head = source.read(8)
    if len(head) < 8:
        raise _damaged()
    length, kind = struct.unpack(">I4s", head)
    return length, kind


def _read(source: BinaryIO, length: int) -> bytes:
    data = source.read(length)
    if len(data) < length:
        raise _damaged()
    return data


def _crc(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + _crc(kind, body)


def _damaged() -> BespokeError:
    return unreadable("This picture is damaged or incomplete.")
