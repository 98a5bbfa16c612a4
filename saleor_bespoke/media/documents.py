"""PDF documents: complete, unlocked, and without anything that would run when opened."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.media.foreign import head_check, tail_check
from saleor_bespoke.media.refusals import not_allowed, unreadable

_ENDS = rb"(?=[\x00\t\n\f\r ()<>\[\]{}/%]|\Z)"
_TAIL = 2048

#: A file is read in windows; a dictionary and every name lie within this much before its stream.
_WINDOW = 4 * 1024 * 1024
_MARGIN = 8 * 1024
_CHUNK = 64 * 1024
_PIECE = 256 * 1024

#: Bytes unpacked (or read to be unpacked) of all streams together, and how many streams.
_UNPACKED_MAX = 512 * 1024 * 1024
_OBJECTS_MAX = 64 * 1024 * 1024
_STREAMS_MAX = 50_000
_PIXELS_MAX = 200_000_000

#: What makes a reader act on its own, by the names the format gives it.
_ACTIONS = ("JavaScript", "Launch", "Rendition", "RichMedia", "XFA", "ImportData")


def _name(*names: str) -> re.Pattern[bytes]:
    """A pattern for PDF names, each letter of which may be written as `#` and two hex digits."""

    def letter(char: str) -> str:
        code = list(f"{ord(char):02x}")
        digits = "".join(f"[{d}{d.upper()}]" if d.isalpha() else d for d in code)
        return f"(?:{char}|#{digits})"

    spelled = "|".join("".join(letter(char) for char in name) for name in names)
    return re.compile(b"/(?:" + spelled.encode() + b")" + _ENDS)


_ACTIVE = _name(*_ACTIONS)
_ENCRYPT = _name("Encrypt")
_OBJECTS = _name("ObjStm", "First")
_PACKED = _name("FlateDecode", "Fl")
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_PAIRS = re.compile(rb"[\t\n\f\r ]*\d+[\t\n\f\r ]+\d+")
_SIDES = re.compile(rb"/(?:Width|Height)[\t\n\f\r ]+(\d{1,12})")
_EOF = b"%%EOF"


def check_pdf(path: Path) -> None:
    """Refuse a PDF that is cut off, needs a password, or carries scripts or programs to launch.

    Names are searched in the plain bytes and inside compressed object streams, where writers hide
    the same dictionaries; an object stream that cannot be opened is itself a refusal, and so are
    streams that unpack to more than any document needs.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _TAIL))
        tail = file.read()
        if b"startxref" not in tail or _EOF not in tail:
            raise unreadable("This PDF is incomplete.")
        head_check(file, signature=len(b"%PDF-"))
        tail_check(file, size - len(tail) + tail.rfind(_EOF) + len(_EOF), size)
        streams = _Streams(file, size)
        for start in range(0, size, _WINDOW):
            file.seek(max(0, start - _MARGIN))
            window = file.read(start - max(0, start - _MARGIN) + _WINDOW + _MARGIN)
            if _ENCRYPT.search(window):
                raise unreadable("This PDF is locked; please upload it without a password.")
            if _ACTIVE.search(window):
                raise _active()
            streams.check(window, max(0, start - _MARGIN), start, start + _WINDOW)


class _Streams:
    """Unpacks the streams of one document, within what is left to be unpacked of all."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        self._left = _UNPACKED_MAX
        self._objects_left = _OBJECTS_MAX
        self._count = 0

    def check(self, window: bytes, at: int, start: int, end: int) -> None:
        """Look into the streams that begin from `start` to `end`; the window lies at `at`."""
        for found in _STREAM.finditer(window):
            if not start <= at + found.start() < end:
                continue
            self._count += 1
            if self._count > _STREAMS_MAX:
                raise unreadable("This PDF has more parts than can be examined.")
            facts = window[max(0, found.start() - _MARGIN) : found.start()]
            facts = facts[facts.rfind(b"obj") + 1 :]
            self._check_one(facts, window[found.end() : found.end() + 64], at + found.end())

    def _check_one(self, facts: bytes, begins: bytes, at: int) -> None:
        sides = [int(side) for side in _SIDES.findall(facts)]
        if len(sides) >= 2 and sides[0] * sides[1] > _PIXELS_MAX:
            raise unreadable("This PDF contains a picture of absurd size.")
        packings = len(_PACKED.findall(facts))
        if packings > 1:
            raise unreadable("This PDF is packed in a way that cannot be examined.")
        objects = _OBJECTS.search(facts) is not None
        if objects and not _PAIRS.match(begins):  # else it is plain and was searched already
            self._search(at)
        elif packings and not objects:
            with suppress(zlib.error):  # readers show what can be read of a damaged page
                for _ in self._unpacked(at):
                    pass

    def _search(self, at: int) -> None:
        kept = b""
        try:
            for piece in self._unpacked(at):
                if not kept and not _PAIRS.match(piece):
                    raise unreadable("This PDF is packed in a way that cannot be examined.")
                if _ACTIVE.search(kept + piece):
                    raise _active()
                kept = piece[-_TAIL:]
                self._objects_left -= len(piece)
                if self._objects_left < 0:
                    raise unreadable("This PDF unpacks to more than can be examined.")
        except zlib.error as error:
            raise unreadable("This PDF is packed in a way that cannot be examined.") from error
        if not kept:
            raise unreadable("This PDF is packed in a way that cannot be examined.")

    def _unpacked(self, at: int) -> Iterator[bytes]:
        unpacker = zlib.decompressobj()
        while not unpacker.eof and at < self._size:
            self._file.seek(at)
            packed = self._file.read(_CHUNK)
            at += len(packed)
            self._spend(len(packed))
            while packed and not unpacker.eof:
                piece = unpacker.decompress(packed, _PIECE)
                packed = unpacker.unconsumed_tail
                self._spend(len(piece))
                if piece:
                    yield piece

    def _spend(self, amount: int) -> None:
        self._left -= amount
        if self._left < 0:
            raise unreadable("This PDF unpacks to more than can be examined.")


def _active() -> BespokeError:
    return not_allowed("A PDF with scripts or other active content is not accepted.")
