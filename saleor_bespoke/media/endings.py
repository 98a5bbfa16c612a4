"""Whether a JPEG's compressed data reaches to its last row, or was cut off and given a new end.

A decoder fills what is missing with middle grey and says nothing. Where a picture ends in exactly
that grey it is decoded once more with some bytes added before its end: a whole picture does not
change, one that was cut off takes them for its next blocks.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from PIL import Image

from saleor_bespoke.media.jpegs import Jpeg
from saleor_bespoke.media.refusals import unreadable

_MORE = bytes(range(1, 129)) * 2
_GREY = (128, 128, 128)
_END = b"\xff\xd9"


def decode_small(path: Path, jpeg: Jpeg) -> None:
    """Decode all compressed data of a picture, but only every eighth pixel of it."""
    image = _small(path, jpeg)
    if is_grey(image.getpixel((image.width - 1, image.height - 1))):
        ending_check(path, jpeg)


def is_grey(pixel: object) -> bool:
    """Whether a last pixel looks like one that a decoder had to invent."""
    return pixel in (_GREY, _GREY[0])


def ending_check(path: Path, jpeg: Jpeg) -> None:
    """Refuse a picture at `path` that only pretends to be whole."""
    if jpeg.buffered:
        return  # coded in layers: what is missing is fineness, not rows
    probe = path.with_suffix(".probe")
    shutil.copyfile(path, probe)
    with probe.open("r+b") as file:
        file.seek(-len(_END), os.SEEK_END)
        file.write(_MORE + _END)
    if _small(path, jpeg).tobytes() != _small(probe, jpeg).tobytes():
        raise unreadable("This picture is damaged or incomplete.")


def _small(path: Path, jpeg: Jpeg) -> Image.Image:
    with Image.open(path, formats=["JPEG"]) as image:
        image.draft(image.mode, (max(1, jpeg.width // 8), max(1, jpeg.height // 8)))
        image.load()
        return image
