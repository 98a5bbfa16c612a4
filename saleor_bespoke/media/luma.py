"""Encode a JPEG anew, upright and in sRGB, from its brightness and its colours apart.

Brightness is decoded at full size, the two colour differences at half, as nearly all cameras store
them: two bytes a pixel instead of four, and nothing is lost by turning. With the tables of the
original the copy is as fine as that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from PIL import Image, JpegImagePlugin

from saleor_bespoke.media.colours import ToSrgb
from saleor_bespoke.media.endings import ending_check, is_grey
from saleor_bespoke.media.jpegs import Jpeg
from saleor_bespoke.media.refusals import unreadable
from saleor_bespoke.media.strips import Box, Tables, write_upright


@dataclass(frozen=True)
class Apart:
    """A picture as its brightness and, at half the size, its two colour differences."""

    light: Image.Image
    blue: Image.Image
    red: Image.Image

    @classmethod
    def blank(cls, size: tuple[int, int]) -> Self:
        """An empty picture, to be filled part by part."""
        half = (-(-size[0] // 2), -(-size[1] // 2))
        return cls(Image.new("L", size), Image.new("L", half), Image.new("L", half))

    def paste(self, part: Image.Image, at: tuple[int, int]) -> None:
        """Fill in a part whose place is even; what lies beyond the picture is cut off."""
        light, blue, red = part.convert("YCbCr").split()
        self.light.paste(light, at)
        half = (at[0] // 2, at[1] // 2)
        self.blue.paste(blue.reduce(2), half)
        self.red.paste(red.reduce(2), half)

    def take(self, box: Box) -> Image.Image:
        """A part of the picture at full size."""
        part = self.light.crop(box)
        wide = [self._widened(plane, box, part.size) for plane in (self.blue, self.red)]
        return Image.merge("YCbCr", (part, *wide))

    def _widened(self, plane: Image.Image, box: Box, size: tuple[int, int]) -> Image.Image:
        across = 2 if plane.width < self.light.width else 1
        down = 2 if plane.height < self.light.height else 1
        inner = (box[0] / across, box[1] / down, box[2] / across, box[3] / down)
        return plane.resize(size, Image.Resampling.NEAREST, box=inner)


def recode(source: Path, target: Path, jpeg: Jpeg, *, colours: ToSrgb | None, budget: int) -> None:
    """Write the picture at `source` upright and in sRGB, holding at most `budget` bytes of it."""
    pixels = jpeg.width * jpeg.height
    if jpeg.is_luma_chroma:
        _afford(3 * pixels // 2, budget)
        take, tables = _apart(source, (jpeg.width, jpeg.height))
    else:
        _afford((2 if len(jpeg.components) == 1 else 5) * pixels, budget)
        take, tables = _whole(source)
    last = take((jpeg.width - 1, jpeg.height - 1, jpeg.width, jpeg.height))
    if is_grey(last.convert("RGB").getpixel((0, 0))):
        ending_check(source, jpeg)
    with target.open("wb") as copy:
        write_upright(
            copy,
            size=(jpeg.width, jpeg.height),
            orientation=jpeg.orientation,
            take=take,
            colours=colours,
            tables=tables,
        )


def _afford(cost: int, budget: int) -> None:
    if cost > budget:
        raise unreadable("This JPEG is too large for its coding; please save it as a standard one.")


def _apart(
    source: Path, size: tuple[int, int]
) -> tuple[Callable[[Box], Image.Image], Tables | None]:
    half = (max(1, size[0] // 2), max(1, size[1] // 2))
    with Image.open(source, formats=["JPEG"]) as image:
        image.draft("YCbCr", half)
        image.load()
        tables = _tables(image)
        blue, red = image.getchannel("Cb"), image.getchannel("Cr")
    with Image.open(source, formats=["JPEG"]) as image:
        image.draft("L", None)
        image.load()
        return Apart(image, blue, red).take, tables


def _whole(source: Path) -> tuple[Callable[[Box], Image.Image], Tables | None]:
    with Image.open(source, formats=["JPEG"]) as image:
        image.load()
        image.info.clear()
        tables = _tables(image) if image.mode == "L" else None
    return image.crop, tables


def _tables(image: Image.Image) -> Tables | None:
    """The quantisation of the original, where it is arranged as usual."""
    if not isinstance(image, JpegImagePlugin.JpegImageFile):
        return None
    found = image.quantization
    return [found[key] for key in sorted(found)] if sorted(found) in ([0], [0, 1]) else None
