"""What a file is, told from its bytes alone: a name or a declared type proves nothing."""

from __future__ import annotations

import re
import struct

from saleor_bespoke.craft.file_kinds import (
    DOCUMENTS,
    IMAGES,
    MEGABYTE,
    MESHES,
    VIDEOS,
    FileKind,
    Purpose,
)

__all__ = [
    "DOCUMENTS",
    "HEAD_BYTES",
    "IMAGES",
    "MEGABYTE",
    "MESHES",
    "VIDEOS",
    "FileKind",
    "Purpose",
    "binary_stl_triangles",
    "recognise",
]

#: How many leading bytes `recognise` wants to see.
HEAD_BYTES = 16_384

#: Leading bytes that settle the question alone.
_SIGNATURES: tuple[tuple[bytes, FileKind], ...] = (
    (b"\xff\xd8\xff", FileKind.JPEG),
    (b"\x89PNG\r\n\x1a\n", FileKind.PNG),
    (b"GIF87a", FileKind.GIF),
    (b"GIF89a", FileKind.GIF),
    (b"%PDF-", FileKind.PDF),
    (b"glTF", FileKind.GLB),
    (b"3D Geometry File Format ", FileKind.RHINO),
)

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_STILL_BRANDS = frozenset({b"mif1", b"msf1", b"miaf"})
_MOV_BRANDS = frozenset({b"qt  "})
_MP4_BRANDS = frozenset(
    b"isom iso2 iso3 iso4 iso5 iso6 mp41 mp42 avc1 hvc1 M4V M4VH M4VP MSNV dash mmp4".split()
) | {b"M4V ", b"3gp4", b"3gp5", b"3gp6", b"3gp7", b"3g2a"}

_OBJ_KEYWORDS = frozenset(
    b"v vt vn vp f l p o g s mg mtllib usemtl usemap cstype deg curv surf parm end lod".split()
)
#: Where a line of an OBJ goes on in the next one.
_CONTINUED = re.compile(rb"\\\r?\n")

#: The first triangle of a text STL; some programs write in capitals or with tabs.
_FACET = re.compile(rb"facet\s+normal\b", re.IGNORECASE)


def recognise(head: bytes, size: int) -> FileKind | None:
    """The kind of a file of `size` bytes beginning with `head`; None for everything else."""
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return FileKind.WEBP
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    if binary_stl_triangles(head, size) is not None:
        return FileKind.STL
    return _by_text(head, whole=size <= len(head))


def binary_stl_triangles(head: bytes, size: int) -> int | None:
    """How many triangles a binary STL announces, if its size is exactly what they need."""
    if size < 134 or len(head) < 84:
        return None
    count = int(struct.unpack_from("<I", head, 80)[0])
    return count if size == 84 + 50 * count else None


def _by_brand(head: bytes) -> FileKind | None:
    length = int.from_bytes(head[:4], "big")
    if not 16 <= length <= len(head):
        return None
    major = head[8:12]
    brands = {head[at : at + 4] for at in range(16, length - 3, 4)}
    still = major in _STILL_BRANDS
    if major in _AVIF_BRANDS or (still and brands & _AVIF_BRANDS):
        return FileKind.AVIF
    if major in _HEIC_BRANDS or (still and brands & _HEIC_BRANDS):
        return FileKind.HEIC
    if major in _MOV_BRANDS:
        return FileKind.MOV
    return FileKind.MP4 if major in _MP4_BRANDS else None


def _by_text(head: bytes, *, whole: bool) -> FileKind | None:
    if b"\0" in head:
        return None
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"ISO-10303-21;"):
        return FileKind.STEP
    if text[:5].lower() == b"solid" and _FACET.search(text):
        return FileKind.STL
    return FileKind.OBJ if _looks_like_obj(text, whole=whole) else None


def _looks_like_obj(text: bytes, *, whole: bool) -> bool:
    lines = _CONTINUED.sub(b" ", text).split(b"\n")
    vertices = 0
    for line in lines if whole else lines[:-1]:
        words = line.split()
        if not words or words[0].startswith(b"#"):
            continue
        if words[0] not in _OBJ_KEYWORDS:
            return False
        vertices += words[0] == b"v" and len(words) >= 4
    return vertices > 0
