"""Write a JPEG strip by strip, turned upright on the way, so that memory stays small.

Strips are encoded one by one with the same tables and a restart marker after each row of blocks;
their compressed rows then join into one picture, as the format allows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from typing import BinaryIO

from PIL import Image

from saleor_bespoke.media.colours import ToSrgb

JPEG_QUALITY = 90

#: A strip's pixels at most; its height is a multiple of the 16 that a row of blocks has.
_STRIP_PIXELS = 1_000_000
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")

Box = tuple[int, int, int, int]
Tables = list[list[int]]

_T = Image.Transpose
#: EXIF's orientations: how the stored picture must be turned to stand upright.
TURNS = {
    2: _T.FLIP_LEFT_RIGHT,
    3: _T.ROTATE_180,
    4: _T.FLIP_TOP_BOTTOM,
    5: _T.TRANSPOSE,
    6: _T.ROTATE_270,
    7: _T.TRANSVERSE,
    8: _T.ROTATE_90,
}


def upright_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Width and height once a picture of this size stands upright."""
    return (size[1], size[0]) if orientation >= 5 else size


def write_upright(
    target: BinaryIO,
    *,
    size: tuple[int, int],
    orientation: int,
    take: Callable[[Box], Image.Image],
    colours: ToSrgb | None = None,
    tables: Tables | None = None,
) -> None:
    """Write a picture of `size`, as stored, upright and in sRGB; `take` gives any part of it.

    With `tables` it is compressed as finely as its original was.
    """
    width, height = upright_size(size, orientation)
    options = _options(tables, turned=orientation >= 5)
    strips = _Strips(target, height)
    step = max(16, _STRIP_PIXELS // width // 16 * 16)
    for top in range(0, height, step):
        rows = min(step, height - top)
        part = take(_stored_box((0, top, width, top + rows), size, orientation))
        if colours is not None:
            part = colours.apply(part.convert(colours.mode))
        turn = TURNS.get(orientation)
        strips.add(_opaque(part if turn is None else part.transpose(turn)), options)
    strips.end()


def _stored_box(box: Box, size: tuple[int, int], orientation: int) -> Box:
    """Where a part of the upright picture lies in the stored one."""
    left, top, right, bottom = box
    width, height = upright_size(size, orientation)
    if orientation in (2, 3):
        left, right = width - right, width - left
    if orientation in (3, 4):
        top, bottom = height - bottom, height - top
    if orientation < 5:
        return left, top, right, bottom
    across = (top, bottom) if orientation in (5, 6) else (height - bottom, height - top)
    down = (left, right) if orientation in (5, 8) else (width - right, width - left)
    return across[0], down[0], across[1], down[1]


def _opaque(image: Image.Image) -> Image.Image:
    """The picture as JPEG can hold it, on white where it was transparent."""
    if image.mode in ("L", "RGB", "YCbCr"):
        return image
    if "A" not in image.getbands():
        return image.convert("RGB")
    image = image.convert("RGBA")
    sheet = Image.new("RGB", image.size, "white")
    sheet.paste(image, mask=image.getchannel("A"))
    return sheet


def _options(tables: Tables | None, *, turned: bool) -> dict[str, object]:
    if tables is None:
        return {"quality": JPEG_QUALITY}
    if turned:
        tables = [[table[8 * (at % 8) + at // 8] for at in range(64)] for table in tables]
    return {"qtables": tables}


class _Strips:
    """Joins the compressed rows of strips that were encoded alike."""

    def __init__(self, target: BinaryIO, height: int) -> None:
        self._target = target
        self._height = height
        self._rows = 0

    def add(self, strip: Image.Image, options: dict[str, object]) -> None:
        encoded = BytesIO()
        strip.save(encoded, "JPEG", subsampling="4:2:0", restart_marker_rows=1, **options)
        data = encoded.getvalue()
        start = self._scan_start(data)
        for row in _RESTART.split(data[start:-2]):
            if self._rows:
                self._target.write(bytes((0xFF, 0xD0 + (self._rows - 1) % 8)))
            self._target.write(row)
            self._rows += 1

    def end(self) -> None:
        self._target.write(b"\xff\xd9")

    def _scan_start(self, data: bytes) -> int:
        """Where the compressed rows begin; the first strip's headers are written on the way."""
        at = 2
        while True:
            marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
            if marker in (0xC0, 0xC1):
                frame = at + 5
            at += 2 + length
            if marker == 0xDA:
                break
        if not self._rows:
            height = self._height.to_bytes(2, "big")
            self._target.write(data[:frame] + height + data[frame + 2 : at])
        return at
