"""WebP: read its chunks, and copy the picture (an animation's first) without what was added."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.media.exif import orientation_of
from saleor_bespoke.media.foreign import stretch_check, tail_check
from saleor_bespoke.media.refusals import unreadable

FRAMES_MAX = 1_000
_CHUNKS_MAX = 10_000
_PROFILE_MAX = 4 * 1024 * 1024
_EXIF_MAX = 1024 * 1024
_PICTURES = (b"VP8 ", b"VP8L")
_ALPHA = 0x10


@dataclass(frozen=True)
class _Chunk:
    kind: bytes
    body: int
    end: int


@dataclass
class Webp:
    """What the headers say. `coded` is how many bytes the compressed picture has."""

    width: int = 0
    height: int = 0
    coded: int = 0
    frames: int = 1
    orientation: int = 1
    profile: bytes = b""


def strip(source: BinaryIO, target: BinaryIO, size: int) -> Webp:
    """Copy the bare picture from `source`, of `size` bytes, to `target`; answer its facts."""
    source.seek(4)
    end = 8 + int.from_bytes(source.read(4), "little")
    if end > size:
        raise _damaged()
    webp = Webp()
    chunks = list(_chunks(source, 12, end))
    frames = [chunk for chunk in chunks if chunk.kind == b"ANMF"]
    if len(frames) > FRAMES_MAX:
        raise unreadable(f"An animation may have at most {FRAMES_MAX} pictures.")
    webp.frames = max(1, len(frames))
    picture = list(_chunks(source, frames[0].body + 16, frames[0].end)) if frames else chunks
    alpha = next((chunk for chunk in picture if chunk.kind == b"ALPH"), None)
    coded = [chunk for chunk in picture if chunk.kind in _PICTURES]
    if len(coded) != 1:
        raise _damaged()
    for chunk in chunks:
        _read_extra(webp, source, chunk)
    webp.width, webp.height = _size(source, coded[0])
    webp.coded = coded[0].end - coded[0].body
    _check_canvas(source, chunks, webp)
    _write(source, target, webp, alpha if coded[0].kind == b"VP8 " else None, coded[0])
    tail_check(source, end, size)
    return webp


def _chunks(source: BinaryIO, at: int, end: int) -> Iterator[_Chunk]:
    for _ in range(_CHUNKS_MAX):
        if at >= end:
            return
        source.seek(at)
        head = source.read(8)
        if len(head) < 8:
            raise _damaged()
        kind, length = struct.unpack("<4sI", head)
        if at + 8 + length > end:
            raise _damaged()
        yield _Chunk(kind, at + 8, at + 8 + length)
        at += 8 + length + length % 2
    raise _damaged()


def _size(source: BinaryIO, chunk: _Chunk) -> tuple[int, int]:
    source.seek(chunk.body)
    head = source.read(10)
    if chunk.end - chunk.body < 10:
        raise _damaged()
    if chunk.kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        if head[0] != 0x2F:
            raise _damaged()
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", head, 6)
    if head[3:6] != b"\x9d\x01\x2a" or not width & 0x3FFF or not height & 0x3FFF:
        raise _damaged()
    return width & 0x3FFF, height & 0x3FFF


def _check_canvas(source: BinaryIO, chunks: list[_Chunk], webp: Webp) -> None:
    """The canvas of an extended file must hold the picture: exactly, unless it is animated."""
    for chunk in chunks:
        if chunk.kind == b"VP8X":
            source.seek(chunk.body)
            body = source.read(10)
            if len(body) < 10:
                raise _damaged()
            wide = int.from_bytes(body[4:7], "little") + 1
            tall = int.from_bytes(body[7:10], "little") + 1
            same = (wide, tall) == (webp.width, webp.height)
            holds = wide >= webp.width and tall >= webp.height
            if not (same if webp.frames == 1 else holds):
                raise _damaged()


def _read_extra(webp: Webp, source: BinaryIO, chunk: _Chunk) -> None:
    if chunk.kind in _PICTURES or chunk.kind in (b"ALPH", b"ANMF"):
        return
    stretch_check(source, chunk.body, chunk.end)
    length = chunk.end - chunk.body
    source.seek(chunk.body)
    if chunk.kind == b"EXIF":
        webp.orientation = orientation_of(
            source.read(min(length, _EXIF_MAX)).removeprefix(b"Exif\0\0")
        )
    elif chunk.kind == b"ICCP" and length <= _PROFILE_MAX:
        webp.profile = source.read(length)


def _write(
    source: BinaryIO, target: BinaryIO, webp: Webp, alpha: _Chunk | None, coded: _Chunk
) -> None:
    parts = [chunk for chunk in (alpha, coded) if chunk is not None]
    body = b"WEBP"
    if alpha is not None:
        canvas = (webp.width - 1).to_bytes(3, "little") + (webp.height - 1).to_bytes(3, "little")
        body += struct.pack("<4sIB3x", b"VP8X", 10, _ALPHA) + canvas
    lengths = [chunk.end - chunk.body for chunk in parts]
    whole = len(body) + sum(8 + length + length % 2 for length in lengths)
    target.write(b"RIFF" + struct.pack("<I", whole) + body)
    for chunk, length in zip(parts, lengths, strict=True):
        target.write(struct.pack("<4sI", chunk.kind, length))
        source.seek(chunk.body)
        while length > 0:
            piece = source.read(min(length, 256 * 1024))
            if not piece:
                raise _damaged()
            target.write(piece)
            length -= len(piece)
        target.write(b"\0" * ((chunk.end - chunk.body) % 2))


def _damaged() -> BespokeError:
    return unreadable("This picture is damaged or incomplete.")
