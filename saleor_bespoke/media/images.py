"""Pictures: decode, turn upright, forget where they were taken, encode anew."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import pi_heif
from PIL import Image, ImageCms, ImageOps

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.media.recognise import FileKind
from saleor_bespoke.media.refusals import unreadable

#: More pixels than this are refused before they are decoded: about 150 MB of memory.
PIXELS_MAX = 50_000_000

JPEG_QUALITY = 90

_PROFILE_BYTES_MAX = 4 * 1024 * 1024

#: What each kind is stored as: kinds that browsers show badly are turned into ones they show well.
_STORED_AS: Mapping[FileKind, FileKind] = {
    FileKind.JPEG: FileKind.JPEG,
    FileKind.HEIC: FileKind.JPEG,
    FileKind.AVIF: FileKind.JPEG,
    FileKind.PNG: FileKind.PNG,
    FileKind.GIF: FileKind.PNG,
    FileKind.WEBP: FileKind.WEBP,
}


def clean_image(source: Path, kind: FileKind, target: Path) -> tuple[FileKind, int, int]:
    """Write an upright, sRGB copy of the picture without any metadata; answer kind, width, height.

    Only the first frame of an animation is kept, and nothing that follows the picture's end.
    """
    try:
        image = _decode_heic(source) if kind is FileKind.HEIC else _decode(source, kind)
        stored = _STORED_AS[kind]
        image = _plain(image, alpha=stored is not FileKind.JPEG)
    except BespokeError:
        raise
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except Exception as error:  # a decoder that is fed hostile bytes may raise anything at all
        raise unreadable("This picture is damaged or incomplete.") from error
    if stored is FileKind.PNG:
        image.save(target, "PNG")
    elif stored is FileKind.WEBP:
        image.save(target, "WEBP", quality=JPEG_QUALITY)
    else:
        image.save(target, "JPEG", quality=JPEG_QUALITY)
    return stored, image.width, image.height


def _too_many_pixels() -> BespokeError:
    return unreadable(f"A picture may have at most {PIXELS_MAX // 1_000_000} million pixels.")


def _check_pixels(size: tuple[int, int]) -> None:
    if size[0] * size[1] > PIXELS_MAX:
        raise _too_many_pixels()


def _decode(source: Path, kind: FileKind) -> Image.Image:
    try:
        image: Image.Image = Image.open(source, formats=[kind.value])
    except Image.DecompressionBombWarning as warning:  # where the host makes warnings errors
        raise _too_many_pixels() from warning
    with image:
        _check_pixels(image.size)
        image.load()
        return ImageOps.exif_transpose(image)


def _decode_heic(source: Path) -> Image.Image:
    container = pi_heif.open_heif(source, convert_hdr_to_8bit=True)
    picture = container[container.primary_index]
    _check_pixels(picture.size)
    image: Image.Image = picture.to_pillow()
    return image


def _plain(image: Image.Image, *, alpha: bool) -> Image.Image:
    """The bare pixels in sRGB, with nothing left beside them for an encoder to copy."""
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    transparent = "A" in image.getbands() or "transparency" in image.info
    mode = "RGBA" if transparent else "L" if image.mode in ("1", "L") else "RGB"
    if profile and len(profile) <= _PROFILE_BYTES_MAX:
        image = _to_srgb(image, profile)
    if image.mode != mode:
        image = image.convert(mode)
    if mode == "RGBA" and not alpha:
        sheet = Image.new("RGB", image.size, "white")
        sheet.paste(image, mask=image.getchannel("A"))
        image = sheet
    image.info.clear()
    return image


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    if image.mode not in ("RGB", "RGBA", "CMYK"):
        return image
    try:
        converted = ImageCms.profileToProfile(
            image,
            ImageCms.ImageCmsProfile(BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            outputMode="RGB" if image.mode == "CMYK" else image.mode,
        )
    except (ImageCms.PyCMSError, OSError):
        return image  # a broken profile costs a shade of colour, not the customer's picture
    return converted or image
