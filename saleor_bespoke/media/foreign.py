"""Files that are also something else: a web page, an archive or a program inside a picture.

A browser that guesses, an unpacker that reads from the end or a viewer that skips to a header would
find the other file. What a good file carries besides its content (a phone's film after the
picture, a thumbnail in its metadata) has none of these marks.
"""

from __future__ import annotations

import re
import struct
from typing import BinaryIO

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.media.refusals import not_allowed

#: Long enough not to turn up in compressed data by chance; compared in small letters.
_MARKS = (
    b"javascript:",
    b"%pdf-",
    b"rar!\x1a\x07",
    b"7z\xbc\xaf\x27\x1c",
    b"this program cannot be run in dos mode",
)
_LONG_MARKS = tuple(mark for mark in _MARKS if len(mark) > 5)
#: Tags, found by their first byte, which is several times as fast as looking for each.
_TAGS = re.compile(rb"<(?:script|html[> \n]|!doctype html|iframe|svg |\?php)")
_OVERLAP = max(map(len, _MARKS)) - 1

#: How a program or an archive begins, where something follows a file's proper end.
_BEGINNINGS = (b"MZ", b"\x7fELF", b"PK\x03\x04", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")

#: Sniffing browsers look no further than this.
_SNIFFED = 1445

_ZIP_END = b"PK\x05\x06"
_ZIP_TAIL = 22 + 0xFFFF
_WINDOW = 1024 * 1024


def text_check(data: bytes) -> None:
    """Refuse bytes in which a page, script, document or archive begins."""
    _marks_check(data.lower(), _MARKS)


def stretch_check(file: BinaryIO, start: int, end: int) -> None:
    """As `text_check` for a stretch of a file, read piece by piece."""
    file.seek(start)
    kept = b""
    while start < end:
        chunk = file.read(min(_WINDOW, end - start))
        if not chunk:
            return
        start += len(chunk)
        text_check(kept + chunk)
        kept = chunk[-_OVERLAP:]


def compressed_check(file: BinaryIO) -> None:
    """Refuse a file whose compressed data was made to spell a page or a program.

    Only the marks that are too long for chance count, and what a document reader looks for at the
    beginning.
    """
    file.seek(0)
    if b"%pdf-" in file.read(_SNIFFED).lower():
        raise _polyglot()
    file.seek(0)
    kept = b""
    while chunk := file.read(_WINDOW):
        small = kept + chunk.lower()
        _marks_check(small, _LONG_MARKS)
        kept = small[-_OVERLAP:]


def tail_check(file: BinaryIO, start: int, end: int) -> None:
    """Refuse what follows a file's proper end, from `start`, if it is a file of another nature."""
    file.seek(start)
    if file.read(min(16, end - start)).lstrip().startswith(_BEGINNINGS):
        raise _polyglot()
    stretch_check(file, start, end)


def archive_check(file: BinaryIO, size: int) -> None:
    """Refuse a file of any kind that an unpacker would open as a ZIP archive."""
    file.seek(max(0, size - _ZIP_TAIL))
    tail = file.read()
    start = size - len(tail)
    at = tail.rfind(_ZIP_END)
    while at >= 0:
        if _is_zip_end(file, tail[at : at + 22], start + at):
            raise _polyglot()
        at = tail.rfind(_ZIP_END, 0, at)


def head_check(file: BinaryIO, *, signature: int = 0) -> None:
    """Refuse a file whose beginning, after its own signature, browsers would take for a page."""
    file.seek(0)
    text_check(file.read(_SNIFFED)[signature:])


def _marks_check(small: bytes, marks: tuple[bytes, ...]) -> None:
    if _TAGS.search(small) or any(mark in small for mark in marks):
        raise _polyglot()


def _is_zip_end(file: BinaryIO, record: bytes, at: int) -> bool:
    """Whether this end-of-archive record has its directory right before it."""
    if len(record) < 22:
        return False
    _, _, _, _, entries, length, _, _ = struct.unpack("<IHHHHIIH", record)
    if not entries:
        return not any(record[4:20])
    if not 46 <= length <= at:
        return False
    file.seek(at - length)
    return file.read(4) == b"PK\x01\x02"


def _polyglot() -> BespokeError:
    return not_allowed("This file also contains a web page, an archive or a program.")
