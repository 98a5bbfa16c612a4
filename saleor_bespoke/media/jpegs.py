"""JPEG: read its segments, and copy the picture without a word of what a camera added.

The compressed picture itself is copied byte for byte. What follows its end (a phone's film, a gain
map, a maker's trailer) is looked at and left behind.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from typing import BinaryIO

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.media.exif import orientation_of
from saleor_bespoke.media.foreign import tail_check, text_check
from saleor_bespoke.media.refusals import unreadable

_SEGMENTS_MAX = 4_000
_SCANS_MAX = 60
_PROFILE_BYTES_MAX = 4 * 1024 * 1024
_CHUNK = 256 * 1024
_STRAY_MAX = 4_096

_SOF = frozenset({0xC0, 0xC1, 0xC2})
_OTHER_SOF = frozenset(range(0xC0, 0xD0)) - _SOF - {0xC4, 0xC8, 0xCC}
_TABLES = frozenset({0xC4, 0xDB, 0xDD})
_EOI, _SOS, _COM = 0xD9, 0xDA, 0xFE
_APP0, _APP1, _APP2, _APP14, _APP15 = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF

#: Within compressed data: a marker other than a stuffed zero, a restart or fill bytes.
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")

_ICC = b"ICC_PROFILE\0"
_JFIF_DEFAULT = b"JFIF\0\1\1\0\0\1\0\1\0\0"


@dataclass
class Jpeg:
    """What the headers say. `transform` is Adobe's word on how the colours are coded, if any."""

    width: int = 0
    height: int = 0
    components: tuple[tuple[int, int], ...] = ()
    names: bytes = b""
    progressive: bool = False
    orientation: int = 1
    transform: int | None = None
    profile: bytes = b""
    scans: int = 0
    coded: int = 0
    end: int = 0
    _restart_every: int = 0
    _restarts: int = 0
    _jfif: bool = False
    _profile_parts: dict[int, bytes] = field(default_factory=dict)

    @property
    def samples(self) -> int:
        """How many samples its components hold together, padding aside."""
        tall = max((v for _, v in self.components), default=1)
        wide = max((h for h, _ in self.components), default=1)
        pixels = self.width * self.height
        return sum(pixels * h * v // (wide * tall) for h, v in self.components)

    @property
    def buffered(self) -> bool:
        """Whether a decoder must hold all its data at once, two bytes a sample."""
        return self.progressive or self.scans > 1

    @property
    def is_luma_chroma(self) -> bool:
        """Whether its colours are brightness and two differences, as cameras write them."""
        return len(self.components) == 3 and self.transform != 0 and self.names != b"RGB"

    @property
    def blocks(self) -> int:
        """How many blocks of 8 × 8 samples at least it must code."""
        return self.samples // 64

    def intervals(self) -> int:
        """How many restart intervals a picture of one scan has; 1 where it has no restarts."""
        if not self._restart_every:
            return 1
        alone = len(self.components) == 1
        wide, tall = (
            8 * (1 if alone else max(sides)) for sides in zip(*self.components, strict=True)
        )
        units = -(-self.width // wide) * -(-self.height // tall)
        return -(-units // self._restart_every)


def strip(source: BinaryIO, target: BinaryIO, size: int) -> Jpeg:
    """Copy the bare picture from `source`, of `size` bytes, to `target`; answer its facts.

    Refused are files whose segments do not add up, coding that no browser shows, hidden pages or
    programs, and pictures whose data cannot be enough for their size.
    """
    jpeg = Jpeg()
    source.seek(2)
    target.write(b"\xff\xd8")
    for _ in range(_SEGMENTS_MAX):
        marker = _next_marker(source)
        if marker == _EOI:
            target.write(b"\xff\xd9")
            jpeg.end = source.tell()
            break
        body = _body(source)
        if marker == _SOS:
            _begin_scan(jpeg)
            target.write(_segment(marker, body))
            _copy_scan(jpeg, source, target, size)
        elif marker in _SOF:
            _read_frame(jpeg, marker, body)
            target.write(_segment(marker, body))
        elif marker in _TABLES:
            if marker == 0xDD and len(body) >= 2:
                jpeg._restart_every = int.from_bytes(body[:2], "big")
            target.write(_segment(marker, body))
        else:
            _read_extra(jpeg, marker, body, target)
    else:
        raise _damaged()
    _check_whole(jpeg)
    tail_check(source, jpeg.end, size)
    jpeg.profile = _profile(jpeg._profile_parts)
    return jpeg


def _next_marker(source: BinaryIO) -> int:
    _skip_stray(source)
    code = (source.read(1) or b"\0")[0]
    for _ in range(_CHUNK):
        if code != 0xFF:  # any number of fill bytes may stand before a marker
            break
        code = (source.read(1) or b"\0")[0]
    if code < 0xC0 or 0xD0 <= code <= 0xD8 or code == 0xDC or code in _OTHER_SOF:
        raise _damaged()
    return code


def _skip_stray(source: BinaryIO) -> None:
    """Go behind the byte that begins a marker; some editors leave a few stray ones before it."""
    stray = source.read(_STRAY_MAX)
    begin = stray.find(b"\xff")
    if begin < 0:
        raise _damaged()
    text_check(stray[:begin])
    source.seek(begin + 1 - len(stray), 1)


def _body(source: BinaryIO) -> bytes:
    length = int.from_bytes(source.read(2), "big")
    body = source.read(max(0, length - 2))
    if length < 2 or len(body) != length - 2:
        raise _damaged()
    return body


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _read_frame(jpeg: Jpeg, marker: int, body: bytes) -> None:
    if jpeg.components or len(body) < 6:
        raise _damaged()
    precision, jpeg.height, jpeg.width, count = struct.unpack_from(">BHHB", body)
    if precision != 8 or count not in (1, 3, 4) or len(body) != 6 + 3 * count:
        raise _damaged()
    jpeg.names, sides = body[6::3], body[7::3]
    jpeg.components = tuple((side >> 4, side & 15) for side in sides)
    jpeg.progressive = marker == 0xC2
    if any(not 1 <= side <= 4 for pair in jpeg.components for side in pair):
        raise _damaged()
    if not jpeg.width or not jpeg.height:
        raise unreadable("This picture has no size.")


def _begin_scan(jpeg: Jpeg) -> None:
    jpeg.scans += 1
    most = _SCANS_MAX if jpeg.progressive else len(jpeg.components)
    if not jpeg.components or jpeg.scans > most:
        raise _damaged()


def _copy_scan(jpeg: Jpeg, source: BinaryIO, target: BinaryIO, size: int) -> None:
    """Copy compressed data up to the marker that ends it, and stay before that marker."""
    kept = b""
    while chunk := source.read(_CHUNK):
        data = kept + chunk
        found = _MARKER.search(data)
        end = found.start() if found else len(data) - (data[-1] == 0xFF)
        if jpeg._restart_every:
            jpeg._restarts += len(_RESTART.findall(data, 0, end))
        target.write(data[:end])
        jpeg.coded += end
        if found:
            source.seek(end - len(data), 1)
            return
        kept = data[end:]
    raise _damaged()


def _read_extra(jpeg: Jpeg, marker: int, body: bytes, target: BinaryIO) -> None:
    """What stands beside the picture: kept where it decides how colours are read."""
    text_check(body)
    if marker == _APP0 and body.startswith(b"JFIF\0") and not jpeg._jfif:
        jpeg._jfif = True
        head = body[:12] if len(body) >= 12 else _JFIF_DEFAULT[:12]
        target.write(_segment(marker, head + b"\0\0"))
    elif marker == _APP14 and body.startswith(b"Adobe") and len(body) >= 12:
        jpeg.transform = body[11]
        target.write(_segment(marker, body[:5] + b"\0\x64\0\0\0\0" + body[11:12]))
    elif marker == _APP1 and body.startswith(b"Exif\0") and jpeg.orientation == 1:
        jpeg.orientation = orientation_of(body[6:])
    elif marker == _APP2 and body.startswith(_ICC) and len(body) >= 14:
        held = sum(map(len, jpeg._profile_parts.values()))
        if held + len(body) <= _PROFILE_BYTES_MAX:
            jpeg._profile_parts[body[12]] = body[14:]
    elif not (_APP0 <= marker <= _APP15 or marker == _COM):
        raise _damaged()


def _profile(parts: dict[int, bytes]) -> bytes:
    return b"".join(parts[number] for number in sorted(parts))


def _check_whole(jpeg: Jpeg) -> None:
    if not jpeg.scans or jpeg.coded * 8 < jpeg.blocks:
        raise _damaged()
    if not jpeg.progressive and jpeg.scans == 1 and jpeg._restarts < jpeg.intervals() - 1:
        raise _damaged()


def _damaged() -> BespokeError:
    return unreadable("This picture is damaged or incomplete.")
