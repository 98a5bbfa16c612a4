"""Pictures as phones, cameras, screenshots, web pages and CAD programs make them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from itertools import cycle

from PIL import Image, ImageCms, PngImagePlugin

from saleor_bespoke.media.recognise import FileKind, Purpose
from tests.journey import samples
from tests.media.cases.case import (
    PLACE,
    Case,
    box,
    chunk,
    encoded,
    exif,
    picture,
    riff,
    segment,
    sub_blocks,
    webp_chunks,
    with_chunks,
    with_segments,
)
from tests.media.cases.heic import grid, single

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
#: A profile that calls red blue: whoever ignores it shows wrong colours.
SWAPPED = SRGB.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")
XMP = (
    b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + PLACE + b"</x:xmpmeta>"
)
_PURPOSES = cycle((Purpose.REFERENCE, Purpose.CERTIFICATE, Purpose.PROGRESS, Purpose.MESSAGE))

NAMES = (
    None,
    "",
    "photo",
    "IMG_0042.JPG",
    "IMG_0042.HEIC",
    "PXL_20261122_101530123.MP.jpg",
    "20261122_101530.jpg",
    "WhatsApp Image 2026-11-22 at 10.15.30.jpeg",
    "\u200eIMG-20261122-WA0001.jpg",
    "Screenshot 2026-11-22 at 3.04.05\u202fPM.png",
    "C:\\fakepath\\ring.jpg",
    "ring.v2.final (1).jpeg",
    "ring www.example.com.jpg",
    "scan.pdf.jpg",
    "ring.3dm.jpg",
    "Verlobungsring für Ömer.jfif",
    "дизайн кольца.jpg",
    "خاتم.jpg",
    "指輪💍👩\u200d🔧.jpg",
    "Cafe\u0301.JPEG",
    "r" * 251 + ".jpg",
    "ring.orf_preview",
    "St. John's ring no. 4.jpg",
    "render.tif",
    "A&B #1 50% [final] {ok} 'x' + y = z; w.jpg",
)


def icc(profile: bytes) -> bytes:
    """A profile as JPEG carries it."""
    return segment(0xE2, b"ICC_PROFILE\0\1\1" + profile)


def _jpegs() -> Iterator[tuple[str, bytes, bool]]:
    bare = encoded(picture(), "JPEG", quality=90)
    yield "plain", bare, True
    for size in ((1, 1), (7, 5), (17, 33), (640, 480), (33, 500)):
        yield f"size {size}", encoded(picture(size), "JPEG", quality=92), True
    for sampling in ("4:4:4", "4:2:2", "4:2:0"):
        yield f"sampling {sampling}", encoded(picture(), "JPEG", subsampling=sampling), True
    for options in ({"progressive": True}, {"optimize": True}, {"restart_marker_rows": 1}):
        yield f"coded {options}", encoded(picture((200, 150)), "JPEG", **options), True
    yield "restarts every block", encoded(picture(), "JPEG", restart_marker_blocks=1), True
    yield "grey", encoded(picture(mode="L"), "JPEG"), True
    for sides in ((64, 48), (200, 9), (16, 16)):
        yield f"middle grey {sides}", encoded(Image.new("RGB", sides, (128,) * 3), "JPEG"), True
    yield "ink", encoded(picture(mode="CMYK"), "JPEG", quality=95), False
    yield "its own colours", encoded(picture(), "JPEG", keep_rgb=True), True
    for turned in range(1, 9):
        for order in "<>":
            told = with_segments(bare, segment(0xE1, b"Exif\0\0" + exif(turned, order=order)))
            yield f"turned {turned}{order}", told, turned == 1
            grey = encoded(picture((61, 43), "L"), "JPEG")
            told = with_segments(grey, segment(0xE1, b"Exif\0\0" + exif(turned, order=order)))
            yield f"grey turned {turned}{order}", told, turned == 1
    yield "camera without JFIF", bare[:2] + segment(0xE1, b"Exif\0\0" + exif()) + bare[20:], True
    for name, extra in {
        "texts of a raw program": segment(0xE1, XMP)
        + segment(0xED, b"Photoshop 3.0\x008BIM" + PLACE),
        "comment": segment(0xFE, b"made with love at " + PLACE),
        "long text": segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + PLACE * 3000),
        "preview of the old kind": segment(0xE0, b"JFXX\0\x10" + bare),
        "maker's segments": b"".join(segment(0xE3 + at, PLACE) for at in range(10)),
        "stray bytes of an editor": segment(0xE1, XMP) + b"?>",
        "fill bytes": b"\xff\xff\xff" + segment(0xFE, PLACE)[1:],
        "usual profile": icc(SRGB),
        "panorama": segment(0xE1, XMP.replace(b"x:", b"GPano:")),
        "many segments": segment(0xEB, PLACE) * 300,
    }.items():
        yield name, with_segments(bare, extra), True
    yield "unusual profile", with_segments(bare, icc(SWAPPED)), False
    yield "unusual profile, turned", with_segments(bare, icc(SWAPPED), _turned(6)), False
    yield "broken profile", with_segments(bare, icc(b"nonsense" * 40)), True
    yield from ((f"{name} behind", bare + tail, True) for name, tail in _tails(bare).items())


def _turned(orientation: int) -> bytes:
    return segment(0xE1, b"Exif\0\0" + exif(orientation))


def _tails(bare: bytes) -> dict[str, bytes]:
    film = samples.short_video_mp4()
    sef = b"\0\0\x30\x0a\x10\0\0\0MotionPhoto_Data" + film
    directory = b"SEFH" + struct.pack("<IIHHII", 107, 1, 0, 0x0A30, len(sef), len(sef))
    told = with_segments(bare, segment(0xE1, XMP.replace(b"x:", b"hdrgm:")))
    mpf = b"MPF\0II*\0\x08\0\0\0" + PLACE
    return {
        "motion photo": film,
        "Samsung's trailer": sef + directory + struct.pack("<I4s", len(directory), b"SEFT"),
        "gain map": told,
        "gain map with index": with_segments(told, segment(0xE2, mpf)),
        "zeros": bytes(4096),
        "line end": b"\r\n",
        "maker's data": PLACE * 50,
        "depth map and film": told + film,
    }


def _pngs() -> Iterator[tuple[str, bytes, bool]]:
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA"):
        yield mode, encoded(picture(mode=mode), "PNG"), True
    yield "transparent colour", encoded(picture(mode="P"), "PNG", transparency=0), True
    yield "transparent grey", encoded(picture(mode="L"), "PNG", transparency=7), True
    yield "sharp", encoded(picture((1, 1)), "PNG"), True
    yield "deep grey", encoded(Image.new("I;16", (9, 7), 32_896), "PNG"), False
    yield "deep colours", deep_png(), True
    yield "woven", woven_png(), True
    bare = encoded(picture(), "PNG")
    packed = zlib.compress(PLACE * 200)
    for name, extra in {
        "text": chunk(b"tEXt", b"Comment\0" + PLACE),
        "packed text": chunk(b"zTXt", b"Raw profile type exif\0\0" + packed),
        "text of the world": chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + PLACE),
        "packed text of the world": chunk(b"iTXt", b"a\0\1\0\0\0" + packed),
        "camera's facts": chunk(b"eXIf", exif()),
        "time": chunk(b"tIME", struct.pack(">HBBBBB", 2026, 11, 22, 10, 15, 30)),
        "usual profile": chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(SRGB)),
        "broken profile": chunk(b"iCCP", b"x\0\0" + b"no zlib"),
        "resolution": chunk(b"pHYs", struct.pack(">IIB", 2835, 2835, 1)),
        "brightness": chunk(b"gAMA", struct.pack(">I", 45455)) + chunk(b"sRGB", b"\0"),
        "program's own": chunk(b"prVW", PLACE) + chunk(b"mkBF", PLACE * 99),
    }.items():
        yield name, with_chunks(bare, extra), True
    profile = chunk(b"iCCP", b"x\0\0" + zlib.compress(SWAPPED))
    yield "unusual profile", with_chunks(bare, profile), False
    yield "turned", with_chunks(bare, chunk(b"eXIf", exif(6))), False
    yield "rest of a longer picture", bare + bare[60:], True
    yield "data in many chunks", many_chunks(bare), True
    frames = [picture(), picture().transpose(Image.Transpose.ROTATE_180)]
    yield "moving", encoded(frames[0], "PNG", save_all=True, append_images=frames[1:]), True
    text = PngImagePlugin.PngInfo()
    text.add_itxt("Description", PLACE.decode(), zip=True)
    yield "screenshot", encoded(picture(mode="RGBA"), "PNG", pnginfo=text, icc_profile=SRGB), True


def deep_png() -> bytes:
    """Sixteen bits a colour, as renderers write it."""
    rows = b"".join(b"\0" + struct.pack(">H", at * 2_000) * 3 * 8 for at in range(6))
    head = struct.pack(">IIBBBBB", 8, 6, 16, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def woven_png(wide: int = 13, tall: int = 11) -> bytes:
    """An interlaced picture in grey."""
    passes = ((0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2))
    rows = b""
    for left, across, top, down in (*passes, (0, 1, 1, 2)):
        for y in range(top, tall, down):
            line = bytes((x * 7 + y * 11) % 256 for x in range(left, wide, across))
            rows += b"\0" + line if line else b""
    head = struct.pack(">IIBBBBB", wide, tall, 8, 0, 0, 0, 1)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def many_chunks(png: bytes) -> bytes:
    """The same picture with its data cut into pieces of a few bytes."""
    at = png.index(b"IDAT") - 4
    length = struct.unpack_from(">I", png, at)[0]
    data = png[at + 8 : at + 8 + length]
    cut = b"".join(chunk(b"IDAT", data[begin : begin + 7]) for begin in range(0, length, 7))
    return png[:at] + cut + png[at + 12 + length :]


def _webps() -> Iterator[tuple[str, bytes, bool]]:
    for mode, options in (("RGB", {}), ("RGBA", {}), ("RGB", {"lossless": True})):
        yield f"{mode} {options}", encoded(picture(mode=mode), "WEBP", **options), True
    yield "clear", encoded(picture(mode="RGBA"), "WEBP", lossless=True), True
    through = picture(mode="RGBA")
    through.putalpha(120)
    yield "glass", encoded(through, "WEBP", quality=80), True
    yield "glass, exact", encoded(through, "WEBP", lossless=True), True
    told = {"exif": b"Exif\0\0" + exif(), "xmp": XMP}
    yield "facts", encoded(picture(), "WEBP", **told), True
    yield "facts of glass", encoded(through, "WEBP", **told), True
    yield "usual profile", encoded(picture(), "WEBP", icc_profile=SRGB), True
    yield "unusual profile", encoded(picture(), "WEBP", icc_profile=SWAPPED), False
    yield "turned", encoded(picture(), "WEBP", exif=b"Exif\0\0" + exif(8)), False
    moving = [picture(), picture().transpose(Image.Transpose.ROTATE_180)]
    yield "moving", encoded(moving[0], "WEBP", save_all=True, append_images=moving[1:]), True
    bare = webp_chunks(encoded(picture(), "WEBP"))
    extended = struct.pack("<I", 0x0C) + (63).to_bytes(3, "little") + (47).to_bytes(3, "little")
    yield "unknown chunk", riff((b"VP8X", extended), *bare, (b"ABCD", PLACE)), True
    yield "tail", riff(*bare) + PLACE, True


def _gifs() -> Iterator[tuple[str, bytes, bool]]:
    bare = encoded(picture(mode="P"), "GIF")
    yield "plain", bare, True
    yield "clear colour", encoded(picture(mode="P"), "GIF", transparency=3), True
    yield "straight rows", encoded(picture(mode="P"), "GIF", interlace=0), True
    frames = [picture(mode="P"), picture((64, 48), "P").transpose(Image.Transpose.ROTATE_180)]
    moving = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:] * 12)
    yield "moving", moving, True
    yield "comment", encoded(picture(mode="P"), "GIF", comment=PLACE), True
    at = 13 + 3 * 2 ** ((bare[10] & 7) + 1)
    text = b"\x21\xff\x0bXMP DataXMP" + sub_blocks(b"<x:xmpmeta>" + PLACE)
    yield "program's text", bare[:at] + text + bare[at:], True
    yield "old kind", b"GIF87a" + bare[6:], True


def _avifs() -> Iterator[tuple[str, bytes, bool]]:
    for mode, options in (("RGB", {}), ("RGBA", {}), ("L", {}), ("RGB", {"subsampling": "4:4:4"})):
        yield f"{mode} {options}", encoded(picture(mode=mode), "AVIF", speed=10, **options), False
    for turned in range(1, 9):
        told = encoded(picture(), "AVIF", speed=10, exif=exif(turned), xmp=XMP)
        yield f"turned {turned}", told, False
    yield "profile", encoded(picture(), "AVIF", speed=10, icc_profile=SWAPPED), False
    moving = [picture(), picture()]
    yield (
        "moving",
        encoded(moving[0], "AVIF", speed=10, save_all=True, append_images=moving[1:]),
        False,
    )


def _heics() -> Iterator[tuple[str, bytes, bool]]:
    yield "phone", samples.phone_heic(), False
    for turned in range(4):
        yield f"one piece, turned {turned}", single(turned), False
    yield "grid", grid(2, 1), False
    yield "grid, turned", grid(1, 2, turned=3), False
    yield "grid, cut", grid(2, 1, size=(3000, 1111)), False
    yield "motion photo", samples.phone_heic() + box(b"mpvd", samples.short_video_mp4()), False
    yield "Samsung's trailer", samples.phone_heic() + b"\0\0\x30\x0a" + PLACE, False


def cases() -> Iterator[Case]:
    """All of them, and one photograph under every name that people give."""
    stored = FileKind
    for kind, made, kept in (
        (stored.JPEG, _jpegs(), stored.JPEG),
        (stored.PNG, _pngs(), stored.PNG),
        (stored.WEBP, _webps(), stored.WEBP),
        (stored.GIF, _gifs(), stored.PNG),
        (stored.AVIF, _avifs(), stored.JPEG),
        (stored.HEIC, _heics(), stored.JPEG),
    ):
        for name, content, exact in made:
            anew = stored.JPEG if kind is stored.WEBP and not exact else kept
            called = f"picture{kind.suffixes[0]}"
            purpose = next(_PURPOSES)
            yield Case(f"{kind}: {name}", content, purpose, anew, called, kind.mime_type, exact)
    bare = encoded(picture(), "JPEG")
    for name in NAMES:
        yield Case(f"name {name!r}", bare, Purpose.REFERENCE, stored.JPEG, name, exact=True)
    for declared in (None, "", "application/octet-stream", "image/jpg", "image/png", "x/y"):
        case = Case(f"type {declared!r}", bare, Purpose.QUOTE, stored.JPEG, "a.jpg", declared, True)
        yield case
