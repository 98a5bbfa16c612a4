"""Where a video's pictures and sounds lie among its media data."""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from typing import BinaryIO

from saleor_bespoke.media.boxes import Box, child, damaged, need, read, table

#: Samples, and stretches of samples, of one track; an hour at 60 pictures a second has 216,000.
_SAMPLES_MAX = 1_000_000
_CHUNKS_MAX = 300_000


class Spans:
    """Stretches of media data that some track plays."""

    def __init__(self, data: list[Box]) -> None:
        self._data = sorted(data, key=lambda box: box.body)
        self._starts = [box.body for box in self._data]
        self.found: list[tuple[int, int]] = []

    def add(self, start: int, end: int) -> None:
        """One stretch; it must lie within the media data."""
        at = bisect_right(self._starts, start) - 1
        if at < 0 or end > self._data[at].end or len(self.found) >= _CHUNKS_MAX:
            raise damaged()
        if start < end:
            self.found.append((start, end))

    def gaps(self) -> Iterator[tuple[int, int]]:
        """The media data that nothing plays."""
        self.found.sort()
        number = 0
        for box in self._data:
            at = box.body
            while number < len(self.found) and self.found[number][0] < box.end:
                start, end = self.found[number]
                if start > at:
                    yield at, start
                at = max(at, end)
                number += 1
            if at < box.end:
                yield at, box.end


def spans_of(file: BinaryIO, track: Box, spans: Spans) -> None:
    """Add the stretches that a track's tables name, chunk by chunk."""
    samples = need(file, track, b"mdia", b"minf", b"stbl")
    sizes = _sizes(file, samples)
    runs = list(_runs(file, need(file, samples, b"stsc")))
    at = run = per_chunk = 0
    for number, offset in enumerate(_chunk_offsets(file, samples), start=1):
        while run < len(runs) and runs[run][0] <= number:
            per_chunk = runs[run][1]
            run += 1
        spans.add(offset, offset + sum(sizes[at : at + per_chunk]))
        at += per_chunk
    if at < len(sizes):
        raise damaged()


def _sizes(file: BinaryIO, samples: Box) -> array[int]:
    packed = child(file, samples, b"stz2")
    if packed is not None:
        return _packed_sizes(file, packed)
    box = need(file, samples, b"stsz")
    common, count = struct.unpack(">II", read(file, box, 12)[4:])
    if count > _SAMPLES_MAX:
        raise damaged()
    if common:
        return array("Q", (common for _ in range(count)))
    return array("Q", (size for (size,) in table(file, box, at=8, entry=">I")))


def _packed_sizes(file: BinaryIO, box: Box) -> array[int]:
    width = read(file, box, 8)[7]
    if width not in (8, 16):
        raise damaged()
    entry = ">B" if width == 8 else ">H"
    return array("Q", (size for (size,) in table(file, box, at=8, entry=entry)))


def _runs(file: BinaryIO, box: Box) -> Iterator[tuple[int, int]]:
    for number, (first, per_chunk, _) in enumerate(table(file, box, at=4, entry=">III")):
        if number >= _CHUNKS_MAX or per_chunk > _SAMPLES_MAX:
            raise damaged()
        yield first, per_chunk


def _chunk_offsets(file: BinaryIO, samples: Box) -> Iterator[int]:
    narrow = child(file, samples, b"stco")
    box = narrow or need(file, samples, b"co64")
    for (at,) in table(file, box, at=4, entry=">I" if narrow else ">Q"):
        yield at
