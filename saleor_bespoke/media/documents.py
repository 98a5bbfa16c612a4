"""PDF documents: complete, unlocked, and without anything that would run when opened."""

from __future__ import annotations

import mmap
import re
import zlib
from pathlib import Path

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.media.refusals import not_allowed, unreadable

_ENDS = rb"(?=[\x00\t\n\f\r ()<>\[\]{}/%]|\Z)"
_INFLATED_MAX = 64 * 1024 * 1024
_TAIL = 2048

_DICTIONARY_MAX = 4096
_CHUNK = 64 * 1024

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
_OBJECT_STREAM = _name("ObjStm")
_STREAM = re.compile(rb"stream\r?\n")
_PAIRS = re.compile(rb"[\t\n\f\r ]*\d+[\t\n\f\r ]+\d+")


def check_pdf(path: Path) -> None:
    """Refuse a PDF that is cut off, needs a password, or carries scripts or programs to launch.

    Names are searched in the plain bytes and inside compressed object streams, where writers hide
    the same dictionaries; an object stream that cannot be opened is itself a refusal.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        tail = data[-_TAIL:]
        if b"startxref" not in tail or b"%%EOF" not in tail:
            raise unreadable("This PDF is incomplete.")
        if _ENCRYPT.search(data):
            raise unreadable("This PDF is locked; please upload it without a password.")
        if _ACTIVE.search(data):
            raise _active()
        _check_object_streams(data)


def _check_object_streams(data: mmap.mmap) -> None:
    left = _INFLATED_MAX
    for found in _OBJECT_STREAM.finditer(data):
        stream = _STREAM.search(data, found.end(), found.end() + _DICTIONARY_MAX)
        if stream is None:
            raise unreadable("This PDF is damaged.")
        if _PAIRS.match(data, stream.end()):
            continue  # not compressed, so already searched among the plain bytes
        objects = _inflate(data, stream.end(), left)
        left -= len(objects)
        if not _PAIRS.match(objects):
            raise unreadable("This PDF is packed in a way that cannot be examined.")
        if _ACTIVE.search(objects):
            raise _active()


def _inflate(data: mmap.mmap, start: int, limit: int) -> bytes:
    unpacker = zlib.decompressobj()
    content = bytearray()
    try:
        while not unpacker.eof and start < len(data):
            content += unpacker.decompress(data[start : start + _CHUNK], limit - len(content) + 1)
            start += _CHUNK
            if len(content) > limit:
                raise unreadable("This PDF unpacks to more than can be examined.")
    except zlib.error as error:
        raise unreadable("This PDF is packed in a way that cannot be examined.") from error
    return bytes(content)


def _active() -> BespokeError:
    return not_allowed("A PDF with scripts or other active content is not accepted.")
