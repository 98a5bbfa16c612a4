"""Stored pictures on papers: never the file itself, only a preview that was derived from it.

An upload may unpack to hundreds of megabytes; its previews are our own encoder's and small. Until
they are made a paper shows an empty frame, and asked for again later it is another version.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from PIL import Image

from saleor_bespoke.craft.file_kinds import IMAGES, FileKind
from saleor_bespoke.documents.parts import Picture
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.media.deriving.models import Derivative
from saleor_bespoke.media.deriving.results import Role
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.store import bytes_open

#: Pixels across the previews taken for a paper (270 dpi over 9 cm), and for a list of pictures.
ON_PAPER: Final = 960
IN_LISTS: Final = 320
#: The frame that stands for a picture whose previews are not made yet.
FRAME: Final = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 90">'
    b'<rect width="120" height="90" fill="#f1ede6"/><g fill="none" stroke="#b9b0a2">'
    b'<rect x="44" y="32" width="32" height="26"/><path d="M44 54l10-10 8 8 5-5 9 9"/></g></svg>'
)


@dataclass(frozen=True, slots=True)
class Kept(Picture):
    """A picture that is still in the storage: the file's digest and the preview to be shown."""

    sha256: str
    preview: Derivative


def is_picture(file: BespokeFile) -> bool:
    """Whether a paper can show it."""
    return file.erased_at is None and FileKind(file.kind) in IMAGES


def previews_of(files: Collection[BespokeFile], width: int) -> dict[UUID, Derivative]:
    """Of each file its largest preview up to this width, if it has any; in one statement."""
    rows = Derivative.objects.filter(
        file__in=files, role=Role.PREVIEW, kind=FileKind.WEBP, width__lte=width
    )
    return {row.file_id: row for row in rows.order_by("width")}


def pictures(files: Iterable[tuple[BespokeFile, str]], most: int) -> tuple[Picture, ...]:
    """The first pictures among these files, each with its words; frames for those to come."""
    shown = [(file, alt) for file, alt in files if is_picture(file)][:most]
    found = previews_of([file for file, _ in shown], ON_PAPER)
    return tuple(
        Kept(b"", alt, file.sha256, found[file.pk]) if file.pk in found else Picture(FRAME, alt)
        for file, alt in shown
    )


def newest(files: Iterable[BespokeFile], alt: str) -> Picture | None:
    """The first of these pictures that has a preview, with its words."""
    shown = [file for file in files if is_picture(file)]
    found = previews_of(shown, ON_PAPER)
    kept = (Kept(b"", alt, it.sha256, found[it.pk]) for it in shown if it.pk in found)
    return next(kept, None)


def picture_read(preview: Derivative) -> bytes:
    """A preview as a JPEG or PNG; the same file gives the same bytes.

    FILE_UNREADABLE where its bytes are gone or damaged.
    """
    made = io.BytesIO()
    try:
        with Image.open(io.BytesIO(preview_read(preview)), formats=("WEBP",)) as image:
            if image.size != (preview.width, preview.height):
                raise ValueError(f"The preview is not of the size that was kept: {image.size}")
            clear = image.has_transparency_data
            image.convert("RGBA" if clear else "RGB").save(
                made, "PNG" if clear else "JPEG", quality=86
            )
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BespokeError(
            ErrorCode.FILE_UNREADABLE, "A picture of this document is missing from the storage."
        ) from error
    return made.getvalue()


def preview_read(preview: Derivative) -> bytes:
    """The stored bytes of a preview; FileNotFoundError where they are gone."""
    reader = bytes_open(preview.storage_name, 0, preview.size)
    try:
        return bytes(reader.read(preview.size))
    finally:
        reader.close()
