"""Videos: whole in their structure, and silent about where, when and with what they were taken.

Phones write the place into `udta`, `meta` and `uuid` boxes, some into tracks of timed metadata or
between the pictures. Only boxes that a player needs are kept; all else is overwritten in place, and
so is whatever among the media data belongs to no picture or sound. Those are not decoded.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

from saleor_bespoke.media.boxes import (
    Box,
    blank,
    children,
    damaged,
    file_size,
    inside,
    need,
    read,
    zero,
)
from saleor_bespoke.media.foreign import head_check
from saleor_bespoke.media.refusals import not_allowed, unreadable
from saleor_bespoke.media.samples import Spans, spans_of

#: What a player needs, box by box; a box that is not named here is blanked.
_KEPT: Mapping[bytes, frozenset[bytes]] = {
    parent: frozenset(kinds.split())
    for parent, kinds in {
        b"": b"ftyp styp moov mdat moof sidx mfra",
        b"moov": b"mvhd trak mvex iods",
        b"trak": b"tkhd edts mdia tapt",
        b"edts": b"elst",
        b"tapt": b"clef prof enof",
        b"mdia": b"mdhd hdlr minf elng",
        b"minf": b"vmhd smhd nmhd hdlr dinf stbl",
        b"dinf": b"dref",
        b"stbl": b"stsd stts ctts cslg stss stps stsh stsz stz2 stsc stco co64 sdtp sgpd sbgp subs "
        b"saiz saio",
        b"mvex": b"mehd trex leva",
        b"moof": b"mfhd traf",
        b"traf": b"tfhd tfdt trun sdtp sbgp sgpd subs saiz saio",
        b"mfra": b"tfra mfro",
    }.items()
}
_TELLING = frozenset({b"udta", b"uuid", b"meta", b"free", b"skip"})
_BRANDS_MAX = 512
_TRACKS_MAX = 32
_SECONDS_MAX = 24 * 3600
_SIDE_MAX = 16_384
_PLAYED = frozenset({b"vide", b"soun"})


@dataclass(frozen=True)
class VideoFacts:
    """Length in seconds (None if the file does not say) and size in pixels as shown."""

    duration: Decimal | None
    width: int
    height: int


def clean_video(path: Path) -> VideoFacts:
    """Check the file's structure and blank, in place, whatever is neither picture nor sound."""
    with path.open("r+b") as file:
        top = children(file, 0, file_size(file))
        head_check(file)
        movie = next((box for box in top if box.kind == b"moov"), None)
        data = [box for box in top if box.kind == b"mdat"]
        if movie is None or not any(box.end > box.body for box in data):
            raise damaged()
        if top[0].kind != b"ftyp" or top[0].end - top[0].body > _BRANDS_MAX:
            raise damaged()
        tracks = [box for box in inside(file, movie) if box.kind == b"trak"]
        shown = [track for track in tracks if _handler(file, track) == b"vide"]
        if not shown or len(tracks) > _TRACKS_MAX:
            raise unreadable("This file contains no video.")
        facts = _facts(file, movie, shown[0])
        _forget_data(file, top, tracks, data)
        _forget_boxes(file, top, b"")
        return facts


def _forget_data(file: BinaryIO, top: list[Box], tracks: list[Box], data: list[Box]) -> None:
    """Drop the tracks nobody sees or hears, and what belongs to none of the others."""
    in_fragments = any(box.kind == b"moof" for box in top)
    played = Spans(data)
    for track in tracks:
        is_played = _handler(file, track) in _PLAYED
        if in_fragments and not is_played:
            raise unreadable("A fragmented video with extra tracks is not accepted.")
        if not in_fragments:
            spans_of(file, track, played if is_played else Spans(data))
        if not is_played:
            blank(file, track)
    if not in_fragments:
        if not played.found:
            raise damaged()
        for start, end in played.gaps():
            zero(file, start, end)


def _forget_boxes(file: BinaryIO, boxes: list[Box], parent: bytes) -> None:
    for box in boxes:
        if box.kind not in _KEPT[parent]:
            blank(file, box)
        elif box.kind in _KEPT:
            _forget_boxes(file, inside(file, box), box.kind)
        elif box.kind in (b"mvhd", b"tkhd", b"mdhd"):
            _forget_times(file, box)
        elif box.kind == b"hdlr":
            zero(file, min(box.body + 12, box.end), box.end)  # the program's name
        elif box.kind == b"dref":
            _forget_origins(file, box)
        elif box.kind == b"stsd":
            _forget_makers(file, box)


def _forget_times(file: BinaryIO, box: Box) -> None:
    length = 16 if read(file, box, 1) == b"\1" else 8
    read(file, box, 4 + length)
    zero(file, box.body + 4, box.body + 4 + length)


def _forget_origins(file: BinaryIO, box: Box) -> None:
    """Data must lie in the file itself; the path where an editor once found it is dropped."""
    for entry in children(file, box.body + 8, box.end):
        if not read(file, entry, 4)[3] & 1:
            raise not_allowed("A video must contain all its parts, not point to others.")
        zero(file, entry.body + 4, entry.end)


def _forget_makers(file: BinaryIO, box: Box) -> None:
    """Blank the encoder's name in descriptions of pictures, and what is not about decoding."""
    for entry in children(file, box.body + 8, box.end) if box.end - box.body > 8 else []:
        if entry.end - entry.body < 78:
            continue
        head = read(file, entry, 78)
        if head[74:78] not in (b"\x00\x18\xff\xff", b"\x00\x20\xff\xff"):
            continue  # not a picture's description as cameras write it
        zero(file, entry.body + 42, entry.body + 74)
        at = entry.body + 78
        while at + 8 <= entry.end:
            file.seek(at)
            length, kind = struct.unpack(">I4s", file.read(8))
            if not 8 <= length <= entry.end - at:
                break
            if kind in _TELLING:
                blank(file, Box(kind, at, at + 8, at + length))
            at += length
        zero(file, at, entry.end)


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
    if not 1 <= width >> 16 <= _SIDE_MAX or not 1 <= height >> 16 <= _SIDE_MAX:
        raise unreadable("This video has no sensible size.")
    return VideoFacts(seconds, width >> 16, height >> 16)
