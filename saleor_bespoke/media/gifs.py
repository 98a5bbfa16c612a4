"""GIF: walk its blocks to the end before any decoder sees it."""

from __future__ import annotations

import struct
from typing import BinaryIO

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.media.foreign import tail_check, text_check
from saleor_bespoke.media.refusals import unreadable

FRAMES_MAX = 1_000
_BLOCKS_MAX = 2_000_000
_EXTENSIONS_MAX = 10_000
_TEXT_MAX = 1024 * 1024
_EXTENSION, _IMAGE, _END = b"\x21", b"\x2c", b"\x3b"


def walk(source: BinaryIO, size: int) -> tuple[int, int]:
    """Width and height of the whole picture; a file that is cut off or absurd is refused."""
    source.seek(6)
    head = _read(source, 7)
    width, height, flags = struct.unpack_from("<HHB", head)
    _skip_colours(source, flags)
    frames = extensions = 0
    while (block := _read(source, 1)) != _END:
        if block == _EXTENSION:
            _read(source, 1)
            extensions += 1
            _check_text(source)
        elif block == _IMAGE:
            left, top, wide, tall, flags = struct.unpack("<HHHHB", _read(source, 9))
            _skip_colours(source, flags)
            _read(source, 1)
            _skip_blocks(source)
            frames += 1
            if frames == 1:
                width, height = max(width, left + wide), max(height, top + tall)
            if not wide or not tall:
                raise unreadable("This picture has no size.")
        else:
            raise _damaged()
        if frames > FRAMES_MAX or extensions > _EXTENSIONS_MAX:
            raise unreadable(f"An animation may have at most {FRAMES_MAX} pictures.")
    if not frames:
        raise _damaged()
    tail_check(source, source.tell(), size)
    return width, height


def _skip_colours(source: BinaryIO, flags: int) -> None:
    if flags & 0x80:
        _read(source, 3 * 2 ** ((flags & 7) + 1))


def _skip_blocks(source: BinaryIO) -> None:
    for _ in range(_BLOCKS_MAX):
        length = _read(source, 1)[0]
        if not length:
            return
        _read(source, length)
    raise _damaged()


def _check_text(source: BinaryIO) -> None:
    """Look through a comment or another program's block, which is dropped afterwards."""
    text = bytearray()
    for _ in range(_BLOCKS_MAX):
        length = _read(source, 1)[0]
        if not length:
            break
        text += _read(source, length)
        if len(text) > _TEXT_MAX:
            text_check(bytes(text))
            del text[:-64]
    else:
        raise _damaged()
    text_check(bytes(text))


def _read(source: BinaryIO, length: int) -> bytes:
    data = source.read(length)
    if len(data) < length:
        raise _damaged()
    return data


def _damaged() -> BespokeError:
    return unreadable("This picture is damaged or incomplete.")
