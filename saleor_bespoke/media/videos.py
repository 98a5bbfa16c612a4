"""Videos: whole in their structure, and silent about where they were taken.

Phones write the place into `udta`, `meta` and `uuid` boxes and some into tracks of timed metadata.
All of these are overwritten in place; pictures and sound are not touched or decoded.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

from saleor_bespoke.media.boxes import (
    ENTRIES_MAX,
    Box,
    blank,
    child,
    children,
    damaged,
    file_size,
    inside,
    need,
    read,
    table,
    zero,
)
from saleor_bespoke.media.refusals import unreadable

_KEPT_TOP = frozenset({b"ftyp", b"styp", b"moov", b"mdat", b"moof", b"sidx", b"mfra"})
_KEPT_IN_MOVIE = frozenset({b"mvhd", b"trak", b"mvex", b"iods"})
_KEPT_IN_TRACK = frozenset({b"tkhd", b"edts", b"mdia", b"tapt"})
_KEPT_IN_MEDIA = frozenset({b"mdhd", b"hdlr", b"minf", b"elng"})
_SECONDS_MAX = 24 * 3600
_PLAYED = frozenset({b"vide", b"soun"})


@dataclass(frozen=True)
class VideoFacts:
    """Length in seconds (None if the file does not say) and size in pixels as shown."""

    duration: Decimal | None
    width: int
    height: int


def clean_video(path: Path) -> VideoFacts:
    """Check the file's structure and blank its metadata in place."""
    with path.open("r+b") as file:
        top = children(file, 0, file_size(file))
        movie = next((box for box in top if box.kind == b"moov"), None)
        data = [box for box in top if box.kind == b"mdat"]
        if movie is None or not any(box.end > box.body for box in data):
            raise damaged()
        tracks = [box for box in inside(file, movie) if box.kind == b"trak"]
        shown = [track for track in tracks if _handler(file, track) == b"vide"]
        if not shown:
            raise unreadable("This file contains no video.")
        facts = _facts(file, movie, shown[0])
        in_fragments = any(box.kind == b"moof" for box in top)
        for track in tracks:
            if _handler(file, track) not in _PLAYED:
                if in_fragments:
                    raise unreadable("A fragmented video with extra tracks is not accepted.")
                _forget_samples(file, track, data)
                blank(file, track)
        _forget_boxes(file, top, movie)
        return facts


def _forget_boxes(file: BinaryIO, top: list[Box], movie: Box) -> None:
    _keep_only(file, top, _KEPT_TOP)
    _keep_only(file, inside(file, movie), _KEPT_IN_MOVIE)
    for track in inside(file, movie):
        if track.kind == b"trak":
            _keep_only(file, inside(file, track), _KEPT_IN_TRACK)
            _keep_only(file, inside(file, need(file, track, b"mdia")), _KEPT_IN_MEDIA)


def _keep_only(file: BinaryIO, boxes: list[Box], kinds: frozenset[bytes]) -> None:
    for box in boxes:
        if box.kind not in kinds:
            blank(file, box)


def _handler(file: BinaryIO, track: Box) -> bytes:
    return read(file, need(file, track, b"mdia", b"hdlr"), 12)[8:12]


def _facts(file: BinaryIO, movie: Box, track: Box) -> VideoFacts:
    header = need(file, movie, b"mvhd")
    if read(file, header, 1) == b"\1":
        scale, duration = struct.unpack(">IQ", read(file, header, 32)[20:32])
    else:
        scale, duration = struct.unpack(">II", read(file, header, 20)[12:20])
    size = need(file, track, b"tkhd")
    at = 88 if read(file, size, 1) == b"\1" else 76
    width, height = struct.unpack(">II", read(file, size, at + 8)[at:])
    turned = read(file, size, at)[at - 36 : at - 32] == bytes(4)  # the matrix has no x in its x
    width, height = (height, width) if turned else (width, height)
    seconds = Decimal(duration * 1000 // scale) / 1000 if scale and duration else None
    if seconds is not None and seconds > _SECONDS_MAX:
        raise damaged()
    return VideoFacts(seconds, width >> 16, height >> 16)


def _forget_samples(file: BinaryIO, track: Box, data: list[Box]) -> None:
    """Overwrite what a metadata track keeps among the pictures."""
    samples = need(file, track, b"mdia", b"minf", b"stbl")
    sizes = _sample_sizes(file, need(file, samples, b"stsz"))
    runs = list(table(file, need(file, samples, b"stsc"), at=4, entry=">III"))
    left = sum(box.end - box.body for box in data)
    at = run = per_chunk = 0
    for number, offset in enumerate(_chunk_offsets(file, samples), start=1):
        while run < len(runs) and runs[run][0] <= number:
            per_chunk = runs[run][1]
            run += 1
        length = sum(sizes[at : at + per_chunk])
        at += per_chunk
        left -= length
        whole = any(box.body <= offset and offset + length <= box.end for box in data)
        if left < 0 or not whole:
            raise damaged()
        zero(file, offset, offset + length)
    if at < len(sizes):
        raise damaged()


def _sample_sizes(file: BinaryIO, box: Box) -> list[int]:
    common, count = struct.unpack(">II", read(file, box, 12)[4:])
    if not common:
        return [size for (size,) in table(file, box, at=8, entry=">I")]
    if count > ENTRIES_MAX:
        raise damaged()
    return [common] * count


def _chunk_offsets(file: BinaryIO, samples: Box) -> list[int]:
    narrow = child(file, samples, b"stco")
    box = narrow or need(file, samples, b"co64")
    return [at for (at,) in table(file, box, at=4, entry=">I" if narrow else ">Q")]
