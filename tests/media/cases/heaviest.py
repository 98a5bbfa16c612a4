"""Files that cost the most memory of all that are let in, each just below a limit."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from PIL import Image

from saleor_bespoke.media.recognise import FileKind, Purpose
from tests.media.cases import heic
from tests.media.cases.case import UNREADABLE, Case, box, chunk, encoded, exif, picture, with_chunks
from tests.media.cases.good_pictures import SWAPPED
from tests.media.cases.good_videos import PICTURES
from tests.media.cases.hostile_others import scene

_LAID = b"Exif\0\0" + exif(6)


def _large(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    return Image.linear_gradient("L").resize(size).convert(mode)


def _glass(size: tuple[int, int]) -> Image.Image:
    image = _large(size, "RGBA")
    image.putalpha(_large(size, "L"))
    return image


def _pictures() -> Iterator[tuple[str, bytes, FileKind]]:
    jpeg, png = FileKind.JPEG, FileKind.PNG
    yield "50 MP JPEG, turned", encoded(_large((8160, 6120)), "JPEG", exif=_LAID), jpeg
    layered = encoded(_large((6450, 4500)), "JPEG", progressive=True)
    yield "29 MP progressive JPEG", layered, jpeg
    yield "17 MP JPEG of inks", encoded(_large((4800, 3600), "CMYK"), "JPEG", exif=_LAID), jpeg
    told = {"icc_profile": SWAPPED, "compress_level": 1}
    yield "21 MP PNG in other colours", encoded(_large((5400, 4000)), "PNG", **told), png
    yield "25 MP GIF", encoded(_large((5000, 5000), "P"), "GIF"), png
    glass = _glass((2500, 2000))
    exact = encoded(glass, "WEBP", lossless=True, method=0)
    yield "5 MP WebP", exact, FileKind.WEBP
    fine = encoded(glass, "AVIF", speed=10, subsampling="4:4:4", quality=95, exif=_LAID)
    yield "5 MP AVIF", fine, jpeg
    yield "48 MP HEIC in tiles", heic.grid(5, 5, turned=3), jpeg
    text = with_chunks(encoded(picture(), "PNG"), chunk(b"tEXt", b"a\0" + b"x" * 16_000_000))
    yield "PNG of text", text, png


def cases() -> Iterator[Case]:
    """All of them; those whose tables are the heavy part are refused in the end."""
    for name, content, kind in _pictures():
        yield Case(name, content, Purpose.REFERENCE, kind)
    rings = b'"\xf0\x9f\x92\x8d%06d",' % 1 * 499_000
    words = scene(b'{"asset":{"version":"2.0"},"extras":[' + rings + b"0]}")
    yield Case("GLB of words", words, Purpose.CAD, FileKind.GLB)
    packed = zlib.compress(bytes(16_000_000))
    bomb = with_chunks(encoded(picture(), "PNG"), chunk(b"zTXt", b"a\0\0" + packed))
    yield Case("PNG of packed text", bomb, Purpose.REFERENCE, FileKind.PNG)
    yield Case("film of tables", _tables(), Purpose.UNBOXING, UNREADABLE)


def _tables(count: int = 999_999) -> bytes:
    """A film whose tables name a million pictures, none of which is there."""
    offsets = box(b"co64", struct.pack(">II", 0, count), bytes(8 * count))
    runs = box(b"stsc", struct.pack(">II", 0, 299_999), struct.pack(">III", 1, 1, 1) * 299_999)
    sizes = box(b"stsz", struct.pack(">III", 0, 0, count), bytes(4 * count))
    media = box(
        b"mdia",
        box(b"mdhd", bytes(24)),
        box(b"hdlr", bytes(8), b"vide", bytes(13)),
        box(b"minf", box(b"stbl", box(b"stsd", bytes(8)), runs, sizes, offsets)),
    )
    head = bytes(76) + struct.pack(">II", 32 << 16, 18 << 16)
    track = box(b"trak", box(b"tkhd", head), media)
    movie = box(b"moov", box(b"mvhd", bytes(12), struct.pack(">II", 600, 600), bytes(80)), track)
    return box(b"ftyp", b"isom", bytes(4), b"isom") + movie + box(b"mdat", PICTURES)
