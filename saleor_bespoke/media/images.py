"""Pictures: examined whole, turned upright, freed of where they were taken; copied where they can.

A picture that stands upright in usual colours keeps its compressed data byte for byte: its file is
taken apart, what a camera added stays behind, and what is kept is decoded once. Others are encoded
anew. Memory stays within about 90 MB for every file that is let in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.media import gifs, heifs, jpegs, pngs, webps
from saleor_bespoke.media.colours import to_srgb
from saleor_bespoke.media.endings import decode_small
from saleor_bespoke.media.exif import orientation_of
from saleor_bespoke.media.foreign import compressed_check
from saleor_bespoke.media.limits import (
    AVIF_BYTES_MAX,
    AVIF_PIXELS_MAX,
    BUDGET,
    GIF_PIXELS_MAX,
    WEBP_PIXELS_MAX,
    pixels_check,
)
from saleor_bespoke.media.luma import recode
from saleor_bespoke.media.recognise import FileKind
from saleor_bespoke.media.refusals import unreadable
from saleor_bespoke.media.strips import TURNS, upright_size, write_upright

Stored = tuple[FileKind, int, int]


def clean_image(source: Path, kind: FileKind, target: Path) -> Stored:
    """Write an upright, sRGB copy of the picture without any metadata; answer kind, width, height.

    Only the first picture of an animation is kept, and nothing that follows the picture's end.
    """
    try:
        with source.open("rb") as file:
            stored = _CLEANERS[kind](file, source.stat().st_size, target)
        if stored[0] is kind:
            with target.open("rb") as file:
                compressed_check(file)
    except BespokeError:
        raise
    except Exception as error:  # a decoder that is fed hostile bytes may raise anything at all
        raise unreadable("This picture is damaged or incomplete.") from error
    return stored


# JPEG -------------------------------------------------------------------------------------------


def _clean_jpeg(file: BinaryIO, size: int, target: Path) -> Stored:
    with target.open("wb") as copy:
        jpeg = jpegs.strip(file, copy, size)
    whole = (jpeg.width, jpeg.height)
    pixels_check(*whole)
    held = 2 * jpeg.samples if jpeg.buffered else 0
    if held > BUDGET:
        raise unreadable("This JPEG is too large for its coding; please save it as a standard one.")
    mode = {1: "L", 4: "CMYK"}.get(len(jpeg.components), "RGB")
    colours = to_srgb(jpeg.profile, mode)
    if jpeg.orientation == 1 and colours is None and mode != "CMYK":
        decode_small(target, jpeg)
        return FileKind.JPEG, *whole
    bare = target.with_suffix(".bare")
    target.rename(bare)
    recode(bare, target, jpeg, colours=colours, budget=BUDGET - held)
    return FileKind.JPEG, *upright_size(whole, jpeg.orientation)


# PNG and GIF ------------------------------------------------------------------------------------


def _clean_png(file: BinaryIO, size: int, target: Path) -> Stored:
    head = pngs.header(file)
    pixels_check(head.width, head.height)
    with target.open("wb") as copy:
        png = pngs.strip(file, copy, size)
    whole = (png.width, png.height)
    mode = "RGBA" if png.colour in (4, 6) else "RGB"
    colours = to_srgb(png.profile, mode) if png.colour in (2, 3, 6) else None
    deep = png.depth == 16 and png.colour == 0
    pixel = 4 if colours is not None else 2 * 4 if png.orientation > 1 else 10 if deep else 0
    if not pixel or pixel * png.width * png.height > BUDGET:
        return FileKind.PNG, *whole  # copied as it is: turning and colours are not worth a refusal
    with Image.open(target, formats=["PNG"]) as image:
        image.load()
        plain = _plain(image)
    if colours is not None:
        plain = colours.apply(plain if plain.mode == colours.mode else plain.convert(colours.mode))
    return _save_upright(plain, png.orientation, target)


def _clean_gif(file: BinaryIO, size: int, target: Path) -> Stored:
    pixels_check(*gifs.walk(file, size), most=GIF_PIXELS_MAX)
    file.seek(0)
    with Image.open(file, formats=["GIF"]) as image:
        pixels_check(*image.size, most=GIF_PIXELS_MAX)
        image.load()
        kept = {"transparency": image.info["transparency"]} if "transparency" in image.info else {}
        image.info.clear()
        image.save(target, "PNG", **kept)
        return FileKind.PNG, *image.size


# WebP and AVIF ----------------------------------------------------------------------------------


def _clean_webp(file: BinaryIO, size: int, target: Path) -> Stored:
    with target.open("wb") as copy:
        webp = webps.strip(file, copy, size)
    pixels_check(webp.width, webp.height, most=WEBP_PIXELS_MAX)
    if webp.coded > 4 * WEBP_PIXELS_MAX:
        raise unreadable("This picture is damaged or incomplete.")
    plain = _decoded_webp(target, copy=webp.orientation > 1 or bool(webp.profile))
    if plain is None:
        return FileKind.WEBP, webp.width, webp.height
    colours = to_srgb(webp.profile, plain.mode)
    if webp.orientation == 1 and colours is None:
        return FileKind.WEBP, webp.width, webp.height
    if plain.mode == "RGB":
        with target.open("wb") as copy:
            write_upright(
                copy,
                size=plain.size,
                orientation=webp.orientation,
                take=plain.crop,
                colours=colours,
            )
        return FileKind.JPEG, *upright_size(plain.size, webp.orientation)
    if colours is not None:
        plain = colours.apply(plain)
    return _save_upright(plain, webp.orientation, target)


def _decoded_webp(path: Path, *, copy: bool) -> Image.Image | None:
    """Decode the whole picture; answer a copy if one is wanted, without the decoder's own."""
    with Image.open(path, formats=["WEBP"]) as image:
        image.load()
        if not copy:
            return None
        plain = image.copy()
        plain.info.clear()
        return plain


def _clean_avif(file: BinaryIO, size: int, target: Path) -> Stored:
    if size > AVIF_BYTES_MAX:
        raise unreadable(f"An AVIF picture may have at most {AVIF_BYTES_MAX >> 20} MB.")
    facts = heifs.examine(file, size)
    pixels_check(facts.width, facts.height, most=AVIF_PIXELS_MAX)
    file.seek(0)
    with Image.open(file, formats=["AVIF"]) as image:
        if image.size != (facts.width, facts.height):
            raise unreadable("This picture is damaged or incomplete.")
        if getattr(image, "n_frames", 1) > webps.FRAMES_MAX:
            raise unreadable(f"An animation may have at most {webps.FRAMES_MAX} pictures.")
        image.load()
        return _save_jpeg(image.crop, image.size, image, target)


def _save_jpeg(
    take: Callable[[tuple[int, int, int, int]], Image.Image],
    size: tuple[int, int],
    facts: Image.Image,
    target: Path,
) -> Stored:
    orientation = orientation_of(facts.info.get("exif", b"").removeprefix(b"Exif\0\0"))
    colours = to_srgb(facts.info.get("icc_profile", b""), "RGB")
    with target.open("wb") as copy:
        write_upright(copy, size=size, orientation=orientation, take=take, colours=colours)
    return FileKind.JPEG, *upright_size(size, orientation)


# HEIC -------------------------------------------------------------------------------------------


def _clean_heic(file: BinaryIO, size: int, target: Path) -> Stored:
    picture = heifs.decode(file, size)
    colours = to_srgb(picture.profile, "RGB")
    with target.open("wb") as copy:
        write_upright(
            copy,
            size=picture.size,
            orientation=picture.orientation,
            take=picture.take,
            colours=colours,
        )
    return FileKind.JPEG, *upright_size(picture.size, picture.orientation)


# what all share ---------------------------------------------------------------------------------


def _plain(image: Image.Image) -> Image.Image:
    """The bare pixels, with nothing left beside them for an encoder to copy."""
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    transparent = "A" in image.getbands() or "transparency" in image.info
    mode = "RGBA" if transparent else "L" if image.mode in ("1", "L") else "RGB"
    plain = image if image.mode == mode else image.convert(mode)
    plain.info.clear()
    return plain


def _save_upright(image: Image.Image, orientation: int, target: Path) -> Stored:
    turn = TURNS.get(orientation)
    image = image if turn is None else image.transpose(turn)
    image.info.clear()
    image.save(target, "PNG")
    return FileKind.PNG, image.width, image.height


_CLEANERS: Mapping[FileKind, Callable[[BinaryIO, int, Path], Stored]] = {
    FileKind.JPEG: _clean_jpeg,
    FileKind.PNG: _clean_png,
    FileKind.GIF: _clean_gif,
    FileKind.WEBP: _clean_webp,
    FileKind.AVIF: _clean_avif,
    FileKind.HEIC: _clean_heic,
}
