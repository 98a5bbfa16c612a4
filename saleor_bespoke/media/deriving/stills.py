"""Previews of a picture: a few widths, WebP and AVIF, and some bytes to show until they are there.

A picture is never enlarged. JPEGs are decoded at a fraction of their size, others are reduced strip
by strip, so that a picture of 24 megapixels costs less than 60 MB.
"""

from __future__ import annotations

import base64
import math
from io import BytesIO
from pathlib import Path

from PIL import Image, features

from saleor_bespoke.craft.file_kinds import FileKind
from saleor_bespoke.media.deriving.results import Derived, NotDerivable, Piece, Role

#: CSS pixels that our pages need: a list's thumbnail, half a page, a whole one on a fine screen.
WIDTHS = (320, 960, 1920)

#: A long screenshot is at most this many times as high as it is wide, and narrower instead.
_TALLEST = 2

#: Pixels of the largest preview.
AREA_MAX = 1920 * 1440

#: Larger ones are WebP alone: an AVIF encoder takes some 35 bytes for each pixel, WebP's 12.
_AVIF_AREA_MAX = 960 * 1280

#: More than any file that was let in.
_PIXELS_MAX = 50_000_000
_STRIP_PIXELS = 1_000_000
_BLUR_WIDTH = 16

_R = Image.Resampling
_FORMATS = {FileKind.JPEG: "JPEG", FileKind.PNG: "PNG", FileKind.WEBP: "WEBP"}


def sizes_of(width: int, height: int) -> list[tuple[int, int]]:
    """Widths and heights of the previews of a picture of this size, the largest first."""
    found = set()
    for wanted in WIDTHS:
        fitting = math.sqrt(AREA_MAX / (width * height))
        scale = min(1.0, wanted / width, _TALLEST * wanted / height, fitting)
        found.add((max(1, round(width * scale)), max(1, round(height * scale))))
    return sorted(found, reverse=True)


def derive_picture(path: Path, kind: FileKind, folder: Path) -> Derived:
    """Previews of a stored picture, which stands upright and in sRGB already."""
    return previews(*_opened(path, kind), folder)


def _opened(path: Path, kind: FileKind) -> tuple[Image.Image, list[tuple[int, int]]]:
    """The bare picture in its largest preview's size, and all sizes; the whole one is let go."""
    Image.MAX_IMAGE_PIXELS = None  # counted below, by our own measure
    with Image.open(path, formats=[_FORMATS[kind]]) as image:
        if image.width * image.height > _PIXELS_MAX:
            raise NotDerivable("This picture has too many pixels for previews.")
        sizes = sizes_of(*image.size)
        image.draft(image.mode, sizes[0])
        image.load()
        return _shrunk(image, sizes[0]), sizes


def previews(image: Image.Image, sizes: list[tuple[int, int]], folder: Path) -> Derived:
    """Write the previews of a bare picture in these sizes, each made from the one before."""
    pieces = []
    for size in sizes:
        if image.size != size:
            image = image.resize(size, _R.LANCZOS)
        pieces += _encoded(image, folder)
    return Derived(tuple(pieces), placeholder_of(image))


def _encoded(image: Image.Image, folder: Path) -> list[Piece]:
    """The picture as WebP, and as AVIF where this Pillow makes it and it is the smaller one."""
    webp, avif = folder / f"{image.width}.webp", folder / f"{image.width}.avif"
    save_webp(image, webp)
    pieces = [Piece(Role.PREVIEW, FileKind.WEBP, webp.name, *image.size)]
    area = image.width * image.height
    if area <= _AVIF_AREA_MAX and features.check("avif"):
        speed = 6 if area <= _AVIF_AREA_MAX * 3 // 4 else 8  # which takes less memory
        image.save(avif, "AVIF", quality=54, speed=speed, max_threads=1)
        if avif.stat().st_size < webp.stat().st_size:
            pieces.append(Piece(Role.PREVIEW, FileKind.AVIF, avif.name, *image.size))
    return pieces


def save_webp(image: Image.Image, path: Path) -> None:
    """Write a bare picture as WebP."""
    image.save(path, "WEBP", quality=80, method=4)


def placeholder_of(image: Image.Image) -> str:
    """A blur of the picture as a `data:` address of some 200 letters, on white."""
    height = max(1, min(4 * _BLUR_WIDTH, round(_BLUR_WIDTH * image.height / image.width)))
    small = image.resize((_BLUR_WIDTH, height), _R.BOX)
    if small.mode == "RGBA":
        sheet = Image.new("RGB", small.size, "white")
        sheet.paste(small, mask=small.getchannel("A"))
        small = sheet
    encoded = BytesIO()
    small.convert("RGB").save(encoded, "WEBP", quality=30, method=6)
    return "data:image/webp;base64," + base64.b64encode(encoded.getvalue()).decode()


def _shrunk(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The bare picture in exactly this size, which is not larger than it is."""
    factor = max(1, min(image.width // size[0], image.height // size[1]))
    mode = _mode(image)
    if image.mode == mode and factor == 1:
        plain = image
    else:
        plain = _reduced(image, mode, factor)
    if plain.size != size:
        plain = plain.resize(size, _R.BICUBIC)
    if plain.mode == "RGBA" and plain.getchannel("A").getextrema() == (255, 255):
        plain = plain.convert("RGB")
    elif plain is image:
        plain = plain.copy()
    plain.info.clear()
    return plain


def _reduced(image: Image.Image, mode: str, factor: int) -> Image.Image:
    """The picture in this mode, every `factor` pixels each way made one."""
    width, height = -(-image.width // factor), -(-image.height // factor)
    reduced = Image.new(mode, (width, height))
    rows = max(1, _STRIP_PIXELS // image.width // factor) * factor
    for top in range(0, image.height, rows):
        part = _converted(image.crop((0, top, image.width, min(image.height, top + rows))), mode)
        reduced.paste(part.reduce(factor) if factor > 1 else part, (0, top // factor))
    return reduced


def _mode(image: Image.Image) -> str:
    if "A" in image.getbands() or "transparency" in image.info:
        return "RGBA"
    return "RGB"


def _converted(part: Image.Image, mode: str) -> Image.Image:
    if part.mode.startswith("I"):
        part = part.convert("I").point(lambda value: value / 256).convert("L")
    return part if part.mode == mode else part.convert(mode)
