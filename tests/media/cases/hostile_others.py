"""Everything that is no kind of ours, and papers, shapes and films that are damaged or act."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Iterator

from saleor_bespoke.media.recognise import Purpose
from tests.journey import samples
from tests.media import corpus
from tests.media.cases.case import NOT_ALLOWED, REFUSED, UNREADABLE, Case, box, zipped
from tests.media.cases.good_shapes import glb, pdf_stream, triangle
from tests.media.cases.good_videos import PICTURES, fragmented, movie, track
from tests.media.cases.hostile_pictures import bomb

_SCRIPT = b"<< /S /JavaScript /JS (app.alert(1)) >>"


def _unknown() -> Iterator[tuple[str, bytes]]:
    svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    yield from {
        "SVG": svg,
        "SVG with a preface": b"<?xml version='1.0'?>\n<!-- ring -->" + svg,
        "SVG behind spaces": b"\n\n  \t" + svg,
        "SVG with a mark of order": b"\xef\xbb\xbf" + svg,
        "SVG in wide letters": svg.decode().encode("utf-16"),
        "SVG packed": b"\x1f\x8b\x08\0" + zlib.compress(svg),
        "page": b"<!DOCTYPE html><script>alert(1)</script>",
        "page of the old kind": b"<HTML><BODY>v 0 0 0</BODY></HTML>",
        "page behind a comment": b"<!-- x --><html></html>",
        "script": b"alert(document.domain)",
        "PHP": b"<?php phpinfo();",
        "shell": b"#!/bin/sh\nid\n",
        "program for DOS": b"MZ\x90\0" + bytes(400),
        "program for Unix": b"\x7fELF\x02\x01\x01" + bytes(400),
        "program for Java": b"\xca\xfe\xba\xbe" + bytes(400),
        "archive": zipped(),
        "document of words": zipped("word/document.xml", b"<w:document/>"),
        "shape in an archive": zipped("3D/3dmodel.model", b"<model/>"),
        "rar": b"Rar!\x1a\x07\x01\0" + bytes(99),
        "7z": b"7z\xbc\xaf\x27\x1c" + bytes(99),
        "gzip": b"\x1f\x8b\x08" + bytes(99),
        "tar": b"ring".ljust(257, b"\0") + b"ustar\0" + bytes(300),
        "old document of words": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "rich text": b"{\\rtf1 ring}",
        "PostScript": b"%!PS-Adobe-3.0\nshowpage\n",
        "bitmap": b"BM" + bytes(60),
        "TIFF": b"II*\0\x08\0\0\0" + bytes(60),
        "Photoshop": b"8BPS\0\1" + bytes(60),
        "icon": b"\0\0\1\0\1\0" + bytes(60),
        "JPEG 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(60),
        "JPEG XL": b"\xff\x0a" + bytes(60),
        "drawing": b"AC1032" + bytes(300),
        "music": b"ID3\x04\0" + bytes(300),
        "song in a box": box(b"ftyp", b"M4A ", bytes(4), b"M4A mp42") + box(b"moov"),
        "wave": b"RIFF\x24\0\0\0WAVEfmt " + bytes(60),
        "old film": b"RIFF\x24\0\0\0AVI LIST" + bytes(60),
        "web film": b"\x1a\x45\xdf\xa3" + bytes(60) + b"webm",
        "letter": b"Dear shop, I would like a ring.",
        "table": b"a;b\n1;2\n",
        "facts": b'{"asset": {"version": "2.0"}}',
        "empty": b"",
        "one byte": b"x",
        "zeros": bytes(5_000),
        "faces without corners": b"f 1 2 3\n",
    }.items()
    noise = random.Random(5)
    for at in range(12):
        yield f"noise {at}", noise.randbytes(50 + at * 700)


def _pdfs() -> Iterator[tuple[str, bytes, frozenset[object]]]:
    whole = samples.reference_pdf()
    for part in (0.01, 0.3, 0.6, 0.9, 0.99):
        yield f"PDF cut at {part}", whole[: int(part * len(whole))], UNREADABLE
    for name, entry in {
        "password": b"/Encrypt 9 0 R ",
        "password spelled out": b"/#45ncrypt 9 0 R ",
        "password, direct": b"/Encrypt<</Filter/Standard/V 4>> ",
    }.items():
        yield f"PDF with {name}", corpus.pdf_with(trailer=entry), UNREADABLE
    for name, entry in {
        "script": b"/OpenAction " + _SCRIPT,
        "script spelled out": b"/OpenAction << /S /J#61vaScr#69pt /JS (x) >>",
        "script among names": b"/Names << /JavaScript 9 0 R >>",
        "program": b"/OpenAction << /S /Launch /F (cmd.exe) >>",
        "film": b"/OpenAction << /S /Rendition >>",
        "form": b"/AcroForm << /XFA 9 0 R >>",
        "import": b"/OpenAction << /S /ImportData /F (x) >>",
        "flash": b"/Annots [<< /Subtype /RichMedia >>]",
    }.items():
        yield f"PDF with {name}", corpus.pdf_with(entry), NOT_ALLOWED
    packed = corpus.object_stream(_SCRIPT)
    yield "PDF, packed script", corpus.pdf_with(extra=packed), NOT_ALLOWED
    unnamed = packed.replace(b"/Type /ObjStm ", b"")
    yield "PDF, packed script without a type", corpus.pdf_with(extra=unnamed), NOT_ALLOWED
    objects = corpus.object_stream(b"").replace(zlib.compress(b"20 0 "), bomb(70 << 20))
    yield "PDF bomb of objects", corpus.pdf_with(extra=objects), UNREADABLE
    page = pdf_stream(b"").replace(zlib.compress(b""), bomb(100 << 20))
    yield "PDF bomb of pages", corpus.pdf_with(extra=page * 6), UNREADABLE
    twice = pdf_stream(bomb(1 << 20), b"/Filter [/FlateDecode /FlateDecode]")
    yield "PDF bomb in a bomb", corpus.pdf_with(extra=twice), UNREADABLE
    absurd = pdf_stream(b"x", b"/Width 99999 /Height 99999 /Filter /FlateDecode")
    yield "PDF with an absurd picture", corpus.pdf_with(extra=absurd), UNREADABLE
    many = b"<< /Fl >> stream\n\n" * 60_000
    yield "PDF of streams", corpus.pdf_with(extra=many), UNREADABLE
    yield "PDF of one line", b"%PDF-1.7\n", UNREADABLE


def _shapes() -> Iterator[tuple[str, bytes]]:
    ring, text = samples.ring_mesh_stl(), corpus.ASCII_STL
    for part in (84, 100, 5_000, len(ring) - 50, len(ring) - 1):
        yield f"STL cut at {part}", ring[:part]
    yield "STL with a false count", ring[:80] + b"\xff\xff\xff\xff" + ring[84:]
    yield "STL of nothing", bytes(84)
    for name, changed in {
        "cut": text[:-60],
        "no number": text.replace(b"1 0 0", b"1 0 x"),
        "nan": text.replace(b"1 0 0", b"nan 0 0"),
        "infinite": text.replace(b"1 0 0", b"inf 0 0"),
        "two numbers": text.replace(b"1 0 0", b"1 0"),
        "two corners": text.replace(b"  vertex 1 0 0\n", b""),
        "long line": text.replace(b"tetrahedron", b"x" * 70_000),
        "zero byte": text + b"\0" * 20_000,
    }.items():
        yield f"text STL: {name}", changed
    good = glb(bytes(36), **triangle())
    deep = b'{"asset":{"version":"2.0"},"extras":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    wide = b'{"asset":{"version":"2.0"},"extras":[' + b"{}," * 400_000 + b"0]}"
    for name, changed in {
        "cut": good[:-4],
        "longer": good + b"\0\0\0\0",
        "version 1": good[:4] + b"\1" + good[5:],
        "false length": good[:12] + b"\xff\xff\xff\x7f" + good[16:],
        "deep": scene(deep),
        "wide": scene(wide),
        "no scene": scene(b"[]"),
        "no version": scene(b"{}"),
        "no text": scene(b"\xff\xfe{}"),
        "huge number": scene(b'{"asset":{"version":"2.0"},"buffers":[{"byteLength":1e999}]}'),
        "data missing": glb(bytes(8), **triangle()),
        "view beyond": glb(
            bytes(36), **triangle() | {"bufferViews": [{"buffer": 0, "byteLength": 99}]}
        ),
        "view before": glb(
            bytes(36),
            **triangle() | {"bufferViews": [{"buffer": 0, "byteOffset": -9, "byteLength": 9}]},
        ),
        "unknown buffer": glb(
            bytes(36), **triangle() | {"bufferViews": [{"buffer": 7, "byteLength": 9}]}
        ),
        "calls out": glb(buffers=[{"uri": "https://example.com/spy.bin", "byteLength": 4}]),
        "reads a file": glb(images=[{"uri": "file:///etc/passwd"}]),
        "reads a neighbour": glb(images=[{"uri": "texture.png"}]),
    }.items():
        yield f"GLB: {name}", changed
    yield "OBJ without a face", b"v 0 0 0\nv 1 0 0\nv 0 1 0\n"
    yield "OBJ with a bad number", corpus.OBJ.replace(b"1 0 0", b"1 0 x")
    yield "OBJ with a zero byte", corpus.OBJ * 900 + b"\0"
    yield "STEP cut", corpus.STEP[:-20]
    yield "STEP without a header", corpus.STEP.replace(b"HEADER;", b"")
    rhino = (corpus.FILES / "sphere_v7.3dm").read_bytes()
    for part in (30, 60, 4_000, len(rhino) - 1):
        yield f"3DM cut at {part}", rhino[:part]
    yield "3DM, longer", rhino + b"x"


def scene(text: bytes) -> bytes:
    chunk = struct.pack("<I4s", len(text), b"JSON") + text
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunk)) + chunk


def _films() -> Iterator[tuple[str, bytes]]:
    whole, film = movie(), samples.short_video_mp4()
    for part in (0.1, 0.4, 0.7, 0.95):
        yield f"film cut at {part}", film[: int(part * len(film))]
        yield f"small film cut at {part}", whole[: int(part * len(whole))]
    head = box(b"ftyp", b"isom", bytes(4), b"isom")
    nested = b""
    for _ in range(2_000):
        nested = box(b"moov", nested)
    stsz = whole.index(b"stsz")
    stco = whole.index(b"stco")
    yield from {
        "only a header": head,
        "no index": whole.replace(b"moov", b"free"),
        "no data": whole.replace(b"mdat", b"free"),
        "no picture": whole.replace(b"vide", b"text"),
        "nested": head + nested + box(b"mdat", PICTURES),
        "many boxes": head + box(b"free") * 30_000 + whole[len(head) :],
        "zero length": head + struct.pack(">I4s", 4, b"moov") + whole,
        "many sizes": whole[: stsz + 12] + b"\xff\xff\xff\xff" + whole[stsz + 16 :],
        "many equal sizes": whole[: stsz + 8] + b"\0\0\0\1\xff\xff\xff\xff" + whole[stsz + 16 :],
        "pictures elsewhere": whole[: stco + 12] + b"\xff\xff\xff\x00" + whole[stco + 16 :],
        "pictures in the header": whole[: stco + 12] + b"\0\0\0\0" + whole[stco + 16 :],
        "elsewhere": whole.replace(b"alis\0\0\0\1", b"url \0\0\0\0"),
        "no size": movie(size=(0, 0)),
        "absurd size": movie(size=(65_535, 65_535)),
        "long brands": movie(before=b"")[:0]
        + box(b"ftyp", b"isom", bytes(9_000))
        + whole[len(head) :],
        "extra track in fragments": fragmented(tracks=track(b"vide", 0, 0) + track(b"meta", 0, 0)),
        "forty tracks": head + box(b"mdat", PICTURES) + box(b"moov", *[track(b"vide", 28, 9)] * 40),
        "length of years": whole.replace(
            struct.pack(">II", 600, 1200), struct.pack(">II", 1, 1 << 30)
        ),
        "tail": whole + b"tail",
    }.items()


def cases() -> Iterator[Case]:
    """All of them."""
    for name, content in _unknown():
        yield Case(name, content, Purpose.REFERENCE, REFUSED, "picture.jpg", "image/jpeg")
    for name, content, codes in _pdfs():
        yield Case(name, content, Purpose.CERTIFICATE, codes, "paper.pdf")  # type: ignore[arg-type]
    for name, content in _shapes():
        yield Case(name, content, Purpose.CAD, REFUSED)
    for name, content in _films():
        yield Case(f"film: {name}", content, Purpose.UNBOXING, REFUSED, "clip.mp4", "video/mp4")
