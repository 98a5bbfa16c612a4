"""Colour profiles: which can go, and how the others become sRGB."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms

#: How far, in steps of 256, a profile may lead a colour from sRGB and still go without a trace.
_UNSEEN = 3
_STEPS = (0, 60, 128, 200, 255)


@dataclass(frozen=True)
class ToSrgb:
    """Turns pictures of `mode` into RGB pictures in sRGB."""

    mode: str
    _transform: Any

    def apply(self, image: Image.Image) -> Image.Image:
        """The picture in sRGB; in place where its mode stays."""
        if self.mode == "CMYK":
            turned = ImageCms.applyTransform(image, self._transform)
            return image if turned is None else turned
        ImageCms.applyTransform(image, self._transform, inPlace=True)
        return image


def to_srgb(profile: bytes, mode: str) -> ToSrgb | None:
    """How to turn pictures with this profile into sRGB; None where nobody would see a difference.

    A profile that is broken or made for other pictures costs a shade of colour, not the picture.
    """
    if not profile or mode not in ("RGB", "RGBA", "CMYK"):
        return None
    try:
        transform = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB" if mode == "CMYK" else mode,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    found = ToSrgb(mode, transform)
    return None if mode != "CMYK" and _changes_nothing(found) else found


def _changes_nothing(conversion: ToSrgb) -> bool:
    cube = [(red, green, blue) for red in _STEPS for green in _STEPS for blue in _STEPS]
    plain = Image.new("RGB", (len(cube), 1))
    plain.putdata(cube)
    before = plain.convert(conversion.mode)
    after = conversion.apply(before.copy())
    pairs = zip(before.tobytes(), after.tobytes(), strict=True)
    return max(abs(was - now) for was, now in pairs) <= _UNSEEN
