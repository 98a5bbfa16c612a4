"""Pictures that are cut off, lie about their size, or unpack to more than they show."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from saleor_bespoke.media.recognise import FileKind, Purpose
from tests.journey import samples
from tests.media.cases import heic
from tests.media.cases.case import (
    UNREADABLE,
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

_MEGABYTE = bytes(1 << 20)
_CUTS = (0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.97)


def _cut() -> Iterator[tuple[str, bytes]]:
    full = picture((320, 240))
    whole = {
        FileKind.JPEG: encoded(full, "JPEG"),
        FileKind.PNG: encoded(full, "PNG"),
        FileKind.WEBP: encoded(full, "WEBP"),
        FileKind.GIF: encoded(full.convert("P"), "GIF"),
        FileKind.AVIF: encoded(full, "AVIF", speed=10),
        FileKind.HEIC: samples.phone_heic(),
    }
    for kind, content in whole.items():
        for part in _CUTS:
            yield f"{kind} cut at {part}", content[: max(40, int(part * len(content)))]
        yield f"{kind} without its last byte", content[:-1]
    progressive = encoded(full, "JPEG", progressive=True)
    yield "progressive JPEG, half", progressive[: len(progressive) // 2]
    rows = encoded(full, "JPEG", restart_marker_rows=1)
    for part in (0.3, 0.5, 0.9):
        plain = encoded(full, "JPEG")
        cut = plain[: int(part * len(plain))].rstrip(b"\xff") + b"\xff\xd9"
        yield f"JPEG, {part} of it but ended", cut
        laid = segment(0xE1, b"Exif\0\0" + exif(6))
        yield f"JPEG on its side, {part} of it but ended", with_segments(cut, laid)
    yield "JPEG, half but ended", rows[: len(rows) // 2] + b"\xff\xd9"


def _jpegs() -> Iterator[tuple[str, bytes]]:
    bare = encoded(picture(), "JPEG")
    frame = bare.index(b"\xff\xc0")

    def sized(wide: int, tall: int) -> bytes:
        return bare[: frame + 5] + struct.pack(">HH", tall, wide) + bare[frame + 9 :]

    for size in (
        (0, 0),
        (0, 48),
        (64, 0),
        (65535, 65535),
        (65500, 700),
        (9000, 9000),
        (8000, 6000),
    ):
        yield f"JPEG of {size}", sized(*size)
    for marker in (0xC3, 0xC5, 0xC7, 0xC9, 0xCB, 0xCF):
        yield f"JPEG coded as {marker:x}", bare[: frame + 1] + bytes((marker,)) + bare[frame + 2 :]
    yield "JPEG of 12 bits", bare[: frame + 4] + b"\x0c" + bare[frame + 5 :]
    yield "JPEG of nine colours", bare[: frame + 9] + b"\x09" + bare[frame + 10 :]
    yield "JPEG with absurd sampling", bare[: frame + 11] + b"\xff" + bare[frame + 12 :]
    yield "JPEG with two frames", bare[:frame] + bare[frame : frame + 19] + bare[frame:]
    scan = bare.index(b"\xff\xda")
    yield "JPEG without tables", bare[:2] + bare[frame : frame + 19] + bare[scan:]
    yield "JPEG without a frame", bare[:frame] + bare[frame + 19 :]
    yield "JPEG of segments", with_segments(bare, segment(0xE5, b"") * 5_000)
    yield "JPEG with a false length", with_segments(bare, b"\xff\xe1\0\0")
    yield "JPEG with a height to come", with_segments(bare, segment(0xDC, b"\0\x30"))
    layered = encoded(picture(), "JPEG", progressive=True)
    last = layered.rindex(b"\xff\xda")
    again = layered[last:-2]
    yield "JPEG of a thousand layers", layered[:-2] + again * 1_000 + b"\xff\xd9"
    yield "JPEG of nothing", b"\xff\xd8\xff\xd9"
    yield "JPEG without data", bare[: scan + 14] + b"\xff\xd9"


def png(
    wide: int, tall: int, rows: bytes, *, depth: int = 8, colour: int = 0, more: bytes = b""
) -> bytes:
    """A PNG with this header and these packed rows."""
    head = struct.pack(">IIBBBBB", wide, tall, depth, colour, 0, 0, 0)
    parts = (chunk(b"IHDR", head), more, chunk(b"IDAT", rows), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def bomb(size: int) -> bytes:
    """At least so many zeros, packed a thousandfold; the sum at the end is left out."""
    packer = zlib.compressobj(9)
    first = packer.compress(_MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(_MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + again * (size // len(_MEGABYTE))


def _pngs() -> Iterator[tuple[str, bytes]]:
    bare = encoded(picture(), "PNG")
    for size in (
        (0, 0),
        (0, 9),
        (9, 0),
        (1, 100_000_000),
        (100_000_000, 1),
        (70_000, 2),
        (60_000, 60_000),
    ):
        yield f"PNG of {size}", png(*size, zlib.compress(bytes(9)))
    yield "PNG, 64 million pixels in 10 KB", png(8_000, 8_000, bomb(8_001_000 // 8 * 8), depth=1)
    yield "PNG with surplus rows", png(9, 9, bomb(40_000_000))
    yield "PNG with missing rows", png(900, 900, bomb(80_000))
    yield "PNG with an unknown filter", png(4, 2, zlib.compress(b"\x09abcd\0abcd"))
    yield "PNG with a wrong sum", bare[:-20] + b"\0\0\0\0" + bare[-16:]
    yield "PNG with a wrong header sum", bare[:30] + b"\0\0" + bare[32:]
    yield "PNG without a palette", png(4, 1, zlib.compress(b"\0abcd"), colour=3)
    yield "PNG of 3 bits", png(4, 1, zlib.compress(b"\0abcd"), depth=3)
    yield "PNG of an unknown colour", png(4, 1, zlib.compress(b"\0abcd"), colour=5)
    yield "PNG that is not packed", png(4, 1, b"\0abcd")
    yield "PNG with an unknown critical chunk", with_chunks(bare, chunk(b"CgBI", bytes(4)))
    yield (
        "PNG with data in two places",
        with_chunks(bare, chunk(b"IDAT", b""), chunk(b"tIME", bytes(7))),
    )
    huge = bomb(60_000_000)
    yield "PNG, packed text bomb", with_chunks(bare, chunk(b"zTXt", b"a\0\0" + huge))
    yield "PNG, text bomb of the world", with_chunks(bare, chunk(b"iTXt", b"a\0\1\0\0\0" + huge))
    yield "PNG, profile bomb", with_chunks(bare, chunk(b"iCCP", b"a\0\0" + huge))
    yield "PNG, text without an end", with_chunks(bare, struct.pack(">I4s", 0x7FFFFFFF, b"tEXt"))
    yield "PNG of text", with_chunks(bare, chunk(b"tEXt", b"a\0" + bytes(17_000_000)))


def _webps() -> Iterator[tuple[str, bytes]]:
    [(kind, data)] = webp_chunks(encoded(picture(), "WEBP"))

    def canvas(wide: int, tall: int, flags: int = 0) -> tuple[bytes, bytes]:
        sides = (wide - 1).to_bytes(3, "little") + (tall - 1).to_bytes(3, "little")
        return b"VP8X", struct.pack("<I", flags) + sides

    yield "WebP with a false canvas", riff(canvas(16_384, 16_384), (kind, data))
    yield (
        "WebP of 16383 × 16383",
        riff((kind, data[:6] + struct.pack("<HH", 16_383, 16_383) + data[10:])),
    )
    yield "WebP of 0 × 0", riff((kind, data[:6] + bytes(4) + data[10:]))
    yield "exact WebP of 16384 × 16384", riff((b"VP8L", b"\x2f\xff\xff\xff\x0f" + bytes(40)))
    yield "WebP without a picture", riff(canvas(64, 48), (b"EXIF", b"x"))
    yield "WebP with two pictures", riff((kind, data), (kind, data))
    yield "WebP with a false length", riff((kind, data))[:-4]
    frame = bytes(6) + (63).to_bytes(3, "little") + (47).to_bytes(3, "little") + bytes(4)
    frame += struct.pack("<4sI", kind, len(data)) + data + b"\0" * (len(data) % 2)
    frames = [(b"ANMF", frame)] * 1_001
    yield "WebP of 1001 frames", riff(canvas(64, 48, 2), (b"ANIM", bytes(6)), *frames)
    yield "WebP of empty chunks", riff((kind, data), *[(b"ABCD", b"")] * 11_000)
    yield "WebP of noise", riff((kind, data[:10] + bytes(range(256)) * 2))


def _gifs() -> Iterator[tuple[str, bytes]]:
    bare = encoded(picture(mode="P"), "GIF")
    at = 13 + 3 * 2 ** ((bare[10] & 7) + 1)
    frame = bare[bare.index(b"\x2c", at) : -1]
    yield "GIF of 65535 × 65535", bare[:6] + b"\xff\xff\xff\xff" + bare[10:]
    wide = frame[:5] + b"\xff\xff\xff\xff" + frame[9:]
    yield "GIF with a huge frame", bare[:at] + wide + b";"
    yield "GIF with an empty frame", bare[:at] + frame[:5] + bytes(4) + frame[9:] + b";"
    yield "GIF of 1001 frames", bare[:at] + frame * 1_001 + b";"
    yield "GIF of comments", bare[:at] + (b"\x21\xfe" + sub_blocks(b"x")) * 10_001 + bare[at:]
    yield "GIF without a frame", bare[:at] + b";"
    yield "GIF with an unknown block", bare[:at] + b"\x99" + bare[at:]
    yield "GIF without data", bare[:at] + frame[:10] + b"\x08\0;"


def _containers() -> Iterator[tuple[str, bytes]]:
    avif = encoded(picture(), "AVIF", speed=10)
    size = avif.index(b"ispe") + 8
    yield (
        "AVIF of 60000 × 60000",
        avif[:size] + struct.pack(">II", 60_000, 60_000) + avif[size + 8 :],
    )
    yield "AVIF of 0 × 0", avif[:size] + bytes(8) + avif[size + 8 :]
    yield "AVIF without tables", avif.replace(b"meta", b"free")
    yield "AVIF of noise", avif[: avif.index(b"mdat") + 4] + bytes(300)
    yield "HEIC of 0 × 0", heic.single(size=(0, 0))
    yield "HEIC of 60000 × 60000", heic.single(size=(60_000, 60_000))
    yield "HEIC of another size", heic.single(size=(800, 600))
    yield "HEIC of noise", heic.single(data=bytes(5_000))
    yield "HEIC grid, huge", heic.grid(256, 256, count=4)
    yield "HEIC grid, lying", heic.grid(2, 2, size=(40_000, 40_000), declared=(3_200, 2_400))
    yield "HEIC grid without tiles", heic.grid(2, 2, count=1)
    yield "HEIC grid with too many tiles", heic.grid(1, 1, count=9)
    nested = b""
    for _ in range(3_000):
        nested = box(b"meta", bytes(4), nested)
    start = box(b"ftyp", b"heic", bytes(4), b"mif1heic")
    yield "HEIC of nested boxes", start + nested + box(b"mdat", bytes(9))
    yield "HEIC of empty boxes", start + box(b"free") * 40_000 + box(b"meta", bytes(4))


def cases() -> Iterator[Case]:
    """All of them, sent as what they pretend to be."""
    for made in (_cut(), _jpegs(), _pngs(), _webps(), _gifs(), _containers()):
        for name, content in made:
            yield Case(name, content, Purpose.REFERENCE, UNREADABLE)
