"""Files that are two things at once."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from saleor_bespoke.media.recognise import FileKind, Purpose
from tests.journey import samples
from tests.media import corpus
from tests.media.cases.case import (
    REFUSED,
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
    zipped,
)
from tests.media.cases.good_shapes import glb
from tests.media.cases.good_videos import movie

PAGE = b"<html><body onload=alert(1)></body></html>"
SCRIPT = b"<script>alert(document.domain)</script>"
PROGRAM = b"MZ\x90\0" + bytes(60) + b"This program cannot be run in DOS mode.\r\n$" + bytes(200)
PAPER = samples.certificate_pdf("666")


def good() -> dict[FileKind, tuple[bytes, Purpose]]:
    """A good file of every kind, and a purpose that takes it."""
    return {
        FileKind.JPEG: (encoded(picture(), "JPEG"), Purpose.REFERENCE),
        FileKind.PNG: (encoded(picture(), "PNG"), Purpose.REFERENCE),
        FileKind.WEBP: (encoded(picture(), "WEBP"), Purpose.REFERENCE),
        FileKind.GIF: (encoded(picture(mode="P"), "GIF"), Purpose.REFERENCE),
        FileKind.AVIF: (encoded(picture(), "AVIF", speed=10), Purpose.REFERENCE),
        FileKind.HEIC: (samples.phone_heic(), Purpose.REFERENCE),
        FileKind.PDF: (samples.certificate_pdf("1"), Purpose.CERTIFICATE),
        FileKind.STL: (corpus.ASCII_STL, Purpose.CAD),
        FileKind.GLB: (corpus.glb(), Purpose.CAD),
        FileKind.OBJ: (corpus.OBJ, Purpose.CAD),
        FileKind.STEP: (corpus.STEP, Purpose.CAD),
        FileKind.RHINO: ((corpus.FILES / "sphere_v7.3dm").read_bytes(), Purpose.CAD),
        FileKind.MP4: (movie(), Purpose.UNBOXING),
        FileKind.MOV: (movie(brand=b"qt  "), Purpose.UNBOXING),
    }


def _appended() -> Iterator[Case]:
    tails = {
        "archive": zipped(),
        "archive with a comment": zipped()[:-2] + b"\x05\0words",
        "page": PAGE,
        "document": PAPER,
        "program": PROGRAM,
        "rar": b"Rar!\x1a\x07\x01\0" + bytes(40),
        "7z": b"7z\xbc\xaf\x27\x1c" + bytes(40),
        "shell": b"#!/bin/sh\nrm -rf ~\n",
        "elf": b"\x7fELF\x02\x01\x01" + bytes(60),
        "php": b"<?php system($_GET['c']); ?>",
    }
    for kind, (content, purpose) in good().items():
        for name, tail in tails.items():
            if (kind, name) == (FileKind.PDF, "document"):
                continue  # a revised paper
            yield Case(f"{kind} and {name} behind", content + tail, purpose, REFUSED)
        for name, head in (
            ("page", PAGE),
            ("program", PROGRAM),
            ("line", b"\n"),
            ("zip", zipped()),
        ):
            if kind in (FileKind.OBJ, FileKind.STEP, FileKind.STL) and name == "line":
                continue  # a blank line before a text is no second file
            yield Case(f"{kind} and {name} in front", head + content, purpose, REFUSED)


def _inside_pictures() -> Iterator[tuple[str, bytes]]:
    jpeg, png = encoded(picture(), "JPEG"), encoded(picture(), "PNG")
    for name, words in {
        "script": SCRIPT,
        "page": PAGE,
        "paper": PAPER[:900],
        "php": b"<?php ?>",
    }.items():
        for marker, head in (
            (0xFE, b""),
            (0xE1, b"Exif\0\0"),
            (0xED, b"Photoshop 3.0\0"),
            (0xE2, b""),
        ):
            yield f"JPEG, {name} in {marker:x}", with_segments(jpeg, segment(marker, head + words))
        yield (
            f"JPEG, {name} in EXIF",
            with_segments(jpeg, segment(0xE1, b"Exif\0\0" + exif(maker=words))),
        )
        yield f"JPEG, {name} between segments", with_segments(jpeg, words)
        packed = zlib.compress(words)
        yield f"PNG, {name} in text", with_chunks(png, chunk(b"tEXt", b"a\0" + words))
        yield f"PNG, {name} in packed text", with_chunks(png, chunk(b"zTXt", b"a\0\0" + packed))
        yield f"PNG, {name} in iTXt", with_chunks(png, chunk(b"iTXt", b"a\0\1\0\0\0" + packed))
        yield f"PNG, {name} in own chunk", with_chunks(png, chunk(b"prVt", words))
        webp = webp_chunks(encoded(picture(), "WEBP"))
        yield f"WebP, {name} in XMP", riff(*webp, (b"XMP ", words))
        yield f"WebP, {name} in own chunk", riff(*webp, (b"ABCD", words))
        comment = encoded(picture(mode="P"), "GIF", comment=words[:200])
        yield f"GIF, {name} in comment", comment
    head = struct.pack(">IIBBBBB", 60, 20, 8, 0, 0, 0, 0)
    line = b"\0" + (SCRIPT * 2)[:60]
    rows = zlib.compress(line * 20, 0)  # not compressed: the page stands there as it is
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", rows), chunk(b"IEND", b""))
    yield "PNG whose pixels spell a page", b"\x89PNG\r\n\x1a\n" + b"".join(parts)
    bare = encoded(picture(mode="P"), "GIF")
    at = 13 + 3 * 2 ** ((bare[10] & 7) + 1)
    yield (
        "GIF, script in XMP",
        bare[:at] + b"\x21\xff\x0bXMP DataXMP" + sub_blocks(SCRIPT) + bare[at:],
    )


def _inside_others() -> Iterator[tuple[str, bytes, Purpose]]:
    paper, ring = samples.certificate_pdf("1"), samples.ring_mesh_stl()
    yield (
        "PDF, page in its first lines",
        paper[:9] + b"%" + PAGE + b"\n" + paper[9:],
        Purpose.CERTIFICATE,
    )
    yield "STL, page as header", PAGE.ljust(80) + ring[80:], Purpose.CAD
    yield "STL, script as header", SCRIPT.ljust(80) + ring[80:], Purpose.CAD
    yield "STL, paper as header", b"%PDF-1.4\n".ljust(80) + ring[80:], Purpose.CAD
    yield "STL, script as name", corpus.ASCII_STL.replace(b"tetrahedron", SCRIPT), Purpose.CAD
    yield "OBJ, script in comment", b"# " + SCRIPT + b"\n" + corpus.OBJ, Purpose.CAD
    yield "OBJ, script far down", corpus.OBJ * 900 + b"# " + PAGE + b"\n" + corpus.OBJ, Purpose.CAD
    yield (
        "STEP, script in comment",
        corpus.STEP.replace(b"DATA;", b"/* " + SCRIPT + b" */DATA;"),
        Purpose.CAD,
    )
    yield "GLB, script in notes", glb(extras=SCRIPT.decode()), Purpose.CAD
    yield "GLB, page inside", glb(images=[{"uri": "data:text/html;base64,PGh0bWw+"}]), Purpose.CAD
    yield (
        "GLB, SVG inside",
        glb(images=[{"uri": "data:image/svg+xml;base64,PHN2Zz4="}]),
        Purpose.CAD,
    )
    yield "GLB, SVG as texture", glb(images=[{"mimeType": "image/svg+xml"}]), Purpose.CAD
    yield "MP4, page in front", movie(before=box(b"free", PAGE)), Purpose.UNBOXING
    yield "MP4, archive at its end", movie(top=box(b"free", zipped())), Purpose.UNBOXING
    yield "MP4, paper in front", movie(before=box(b"free", PAPER)), Purpose.UNBOXING


def cases() -> Iterator[Case]:
    """All of them, without names that could give them away."""
    yield from _appended()
    for name, content in _inside_pictures():
        yield Case(name, content, Purpose.REFERENCE, REFUSED)
    for name, content, purpose in _inside_others():
        yield Case(name, content, purpose, REFUSED)
