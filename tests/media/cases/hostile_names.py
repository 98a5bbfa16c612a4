"""Names that deceive, and names and declared types that contradict what they belong to."""

from __future__ import annotations

from collections.abc import Iterator

from saleor_bespoke.media.recognise import FileKind, Purpose
from tests.journey import samples
from tests.media import corpus
from tests.media.cases.case import NAME, NOT_ALLOWED, Case, encoded, picture
from tests.media.cases.good_videos import movie

NAMES = (
    "ring.jpg\0.exe",
    "\0",
    "ring\n.jpg",
    "ring\r\nSet-Cookie: a=b.jpg",
    "ring\x1b[2J.jpg",
    "ring\x7f.jpg",
    "ring\x85.jpg",
    "ring\u2028.jpg",
    "ring\u202egpj.exe",
    "\u202dring.jpg",
    "ring\u2066gpj\u2069.jpg",
    "ring\u202agpj.jpg",
    "ring\ud800.jpg",
    "../ring.jpg",
    "..\\..\\windows\\ring.jpg",
    "/etc/passwd",
    "a/b.jpg",
    "C:\\Users\\me\\ring.jpg",
    "C:\\fakepath\\..\\ring.jpg",
    "C:\\fakepath\\a\\ring.jpg",
    "\\\\server\\share\\ring.jpg",
    "file:///ring.jpg",
    ".",
    "..",
    " .. ",
    "r" * 256,
    "r" * 4000 + ".jpg",
    "ring.jpg.html",
    "ring.html.jpg",
    "ring.html",
    "ring.HTM",
    "ring.svg",
    "ring.jpg.svg",
    "ring.svgz.png",
    "ring.php",
    "ring.php.jpg",
    "ring.pHp5.jpg",
    "ring.phtml",
    "ring.asp;.jpg",
    "ring.aspx.jpg",
    "ring.jsp.jpg",
    "ring.exe",
    "ring.jpg.exe",
    "ring.jpg .exe",
    "ring.exe.",
    "ring.exe ",
    "ring.jpg.scr",
    "ring.pdf.lnk",
    "ring.bat.jpg",
    "ring.jpg.js",
    "ring.js.jpg",
    "ring.hta",
    "ring.jar.jpg",
    "ring.vbs.jpg",
    "ring.xhtml",
    "ring.htaccess",
    "ring.jpg::$DATA",
    "ring.html%00.jpg",
    "ring.ｈｔｍｌ",
    "ring.jpg.ps1",
)

_CONTRADICTING = {
    FileKind.JPEG: ("a.pdf", "a.stl", "a.mp4", "a.glb", "a.zip", "a.docx", "a.obj", "a.mp3"),
    FileKind.PNG: ("a.pdf", "a.step", "a.mov", "a.json"),
    FileKind.PDF: ("a.jpg", "a.png", "a.heic", "a.3dm", "a.doc", "a.mp4"),
    FileKind.STL: ("a.obj", "a.glb", "a.stp", "a.jpg", "a.pdf", "a.3dm", "a.zip"),
    FileKind.GLB: ("a.stl", "a.jpg", "a.pdf"),
    FileKind.OBJ: ("a.stl", "a.step", "a.png", "a.csv"),
    FileKind.STEP: ("a.stl", "a.obj", "a.pdf"),
    FileKind.MP4: ("a.jpg", "a.avi", "a.webm", "a.mp3", "a.pdf"),
}
_TYPES = {
    FileKind.JPEG: (
        "application/pdf",
        "video/mp4",
        "text/html",
        "image/svg+xml",
        "application/zip",
    ),
    FileKind.PDF: ("image/jpeg", "text/html; charset=utf-8", "application/javascript", "model/stl"),
    FileKind.STL: ("image/png", "model/obj", "application/pdf", "audio/mpeg"),
    FileKind.MP4: ("image/gif", "audio/mp4", "application/x-msdownload"),
}


def contents() -> dict[FileKind, tuple[bytes, Purpose]]:
    """A good file of most kinds, and a purpose that takes it."""
    return {
        FileKind.JPEG: (encoded(picture(), "JPEG"), Purpose.REFERENCE),
        FileKind.PNG: (encoded(picture(), "PNG"), Purpose.REFERENCE),
        FileKind.PDF: (samples.certificate_pdf("1"), Purpose.CERTIFICATE),
        FileKind.STL: (samples.ring_mesh_stl(), Purpose.CAD),
        FileKind.GLB: (corpus.glb(), Purpose.CAD),
        FileKind.OBJ: (corpus.OBJ, Purpose.CAD),
        FileKind.STEP: (corpus.STEP, Purpose.CAD),
        FileKind.MP4: (movie(), Purpose.UNBOXING),
    }


def cases() -> Iterator[Case]:
    """Good files all of them, but for what is said of them."""
    good = contents()
    content, purpose = good[FileKind.JPEG]
    for name in NAMES:
        yield Case(f"name {name[:40]!a}", content, purpose, NAME, name)
    for kind, names in _CONTRADICTING.items():
        for name in names:
            yield Case(f"{kind} as {name}", *good[kind], NOT_ALLOWED, name)
    for kind, types in _TYPES.items():
        for declared in types:
            called = f"a{kind.suffixes[0]}"
            yield Case(f"{kind} as {declared}", *good[kind], NOT_ALLOWED, called, declared)
