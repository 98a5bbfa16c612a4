"""Make an uploaded file safe to keep: examined and stripped of what it tells, or refused.

Everything works on files of a temporary folder, and memory stays below 100 MB for every file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from saleor_bespoke.media.documents import check_pdf
from saleor_bespoke.media.images import clean_image
from saleor_bespoke.media.meshes import check_mesh
from saleor_bespoke.media.recognise import IMAGES, MESHES, VIDEOS, FileKind
from saleor_bespoke.media.videos import clean_video

_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Cleaned:
    """A file fit to keep. `kind` is what is stored, which may differ from what came.

    Width and height are pixels as shown upright; `duration` is a video's length in seconds.
    """

    kind: FileKind
    path: Path
    size: int
    sha256: str
    width: int | None = None
    height: int | None = None
    duration: Decimal | None = None


def clean(path: Path, kind: FileKind) -> Cleaned:
    """Clean the recognised file at `path`, a temporary file of ours that may be changed in place.

    JPEG, PNG and WebP keep their compressed picture byte for byte where they stand upright in usual
    colours, and are encoded anew where not; HEIC and AVIF become JPEG, GIF becomes PNG. Documents
    and meshes are examined and pass byte for byte; videos lose their metadata. Whatever cannot be
    read whole is FILE_UNREADABLE, whatever is also something else FILE_KIND_NOT_ALLOWED.
    """
    if kind in IMAGES:
        stored, width, height = clean_image(path, kind, target := path.with_suffix(".clean"))
        return _cleaned(stored, target, width=width, height=height)
    if kind in VIDEOS:
        facts = clean_video(path)
        return _cleaned(kind, path, width=facts.width, height=facts.height, duration=facts.duration)
    if kind in MESHES:
        check_mesh(path, kind)
    else:
        check_pdf(path)
    return _cleaned(kind, path)


def _cleaned(
    kind: FileKind,
    path: Path,
    *,
    width: int | None = None,
    height: int | None = None,
    duration: Decimal | None = None,
) -> Cleaned:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return Cleaned(
        kind=kind,
        path=path,
        size=path.stat().st_size,
        sha256=digest.hexdigest(),
        width=width,
        height=height,
        duration=duration,
    )
