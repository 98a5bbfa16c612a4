"""What a file is, told from its bytes alone: a name or a declared type proves nothing."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from enum import StrEnum

#: How many leading bytes `recognise` wants to see.
HEAD_BYTES = 16_384

MEGABYTE = 1024 * 1024


class FileKind(StrEnum):
    """The formats the workshop can work with."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WEBP"
    AVIF = "AVIF"
    HEIC = "HEIC"
    GIF = "GIF"
    PDF = "PDF"
    STL = "STL"
    GLB = "GLB"
    OBJ = "OBJ"
    RHINO = "RHINO"
    STEP = "STEP"
    MP4 = "MP4"
    MOV = "MOV"

    @property
    def mime_type(self) -> str:
        """The type a browser is told."""
        return _FACTS[self][0]

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Usual endings of a file name, the preferred one first, each with its dot."""
        return _FACTS[self][1]


_FACTS: Mapping[FileKind, tuple[str, tuple[str, ...]]] = {
    FileKind.JPEG: ("image/jpeg", (".jpg", ".jpeg", ".jpe", ".jfif")),
    FileKind.PNG: ("image/png", (".png",)),
    FileKind.WEBP: ("image/webp", (".webp",)),
    FileKind.AVIF: ("image/avif", (".avif",)),
    FileKind.HEIC: ("image/heic", (".heic", ".heif", ".hif")),
    FileKind.GIF: ("image/gif", (".gif",)),
    FileKind.PDF: ("application/pdf", (".pdf",)),
    FileKind.STL: ("model/stl", (".stl",)),
    FileKind.GLB: ("model/gltf-binary", (".glb",)),
    FileKind.OBJ: ("model/obj", (".obj",)),
    FileKind.RHINO: ("model/vnd.3dm", (".3dm",)),
    FileKind.STEP: ("model/step", (".step", ".stp")),
    FileKind.MP4: ("video/mp4", (".mp4", ".m4v")),
    FileKind.MOV: ("video/quicktime", (".mov", ".qt")),
}

IMAGES = frozenset(
    {
        FileKind.JPEG,
        FileKind.PNG,
        FileKind.WEBP,
        FileKind.AVIF,
        FileKind.HEIC,
        FileKind.GIF,
    }
)
DOCUMENTS = frozenset({FileKind.PDF})
MESHES = frozenset({FileKind.STL, FileKind.GLB, FileKind.OBJ, FileKind.RHINO, FileKind.STEP})
VIDEOS = frozenset({FileKind.MP4, FileKind.MOV})


class Purpose(StrEnum):
    """Why a file is kept; it decides which kinds and sizes are welcome."""

    REFERENCE = "REFERENCE"
    QUOTE = "QUOTE"
    CAD = "CAD"
    PROGRESS = "PROGRESS"
    CERTIFICATE = "CERTIFICATE"
    MESSAGE = "MESSAGE"
    UNBOXING = "UNBOXING"
    EVIDENCE = "EVIDENCE"

    @property
    def kinds(self) -> frozenset[FileKind]:
        """The kinds accepted for this purpose."""
        return _PURPOSES[self][0]

    @property
    def max_bytes_default(self) -> int:
        """The largest upload in bytes, unless the shop's settings say otherwise."""
        return _PURPOSES[self][1]


_PURPOSES: Mapping[Purpose, tuple[frozenset[FileKind], int]] = {
    Purpose.REFERENCE: (IMAGES | DOCUMENTS | MESHES, 30 * MEGABYTE),
    Purpose.QUOTE: (IMAGES, 30 * MEGABYTE),
    Purpose.CAD: (IMAGES | DOCUMENTS | MESHES, 150 * MEGABYTE),
    Purpose.PROGRESS: (IMAGES | VIDEOS, 100 * MEGABYTE),
    Purpose.CERTIFICATE: (IMAGES | DOCUMENTS, 20 * MEGABYTE),
    Purpose.MESSAGE: (IMAGES | DOCUMENTS | VIDEOS, 30 * MEGABYTE),
    Purpose.UNBOXING: (IMAGES | VIDEOS, 250 * MEGABYTE),
    Purpose.EVIDENCE: (IMAGES | DOCUMENTS | VIDEOS, 100 * MEGABYTE),
}

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
    if text.startswith(b"solid") and b"facet normal" in text:
        return FileKind.STL
    return FileKind.OBJ if _looks_like_obj(text, whole=whole) else None


def _looks_like_obj(text: bytes, *, whole: bool) -> bool:
    lines = text.split(b"\n")
    vertices = 0
    for line in lines if whole else lines[:-1]:
        words = line.split()
        if not words or words[0].startswith(b"#"):
            continue
        if words[0] not in _OBJ_KEYWORDS:
            return False
        vertices += words[0] == b"v" and len(words) >= 4
    return vertices > 0
