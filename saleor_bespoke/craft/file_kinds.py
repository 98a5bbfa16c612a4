"""The formats of files the workshop can work with, and what each purpose takes of them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

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
