"""A video's poster, and its length as its pictures tell it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from PIL import Image, ImageStat

from saleor_bespoke.media.deriving.results import Derived, ExtraMissing, NotDerivable
from saleor_bespoke.media.deriving.stills import WIDTHS, previews, sizes_of

#: Pixels of one frame: 8K has 33 million.
_PIXELS_MAX = 36_000_000
_SECONDS_MAX = 999_999
#: Where a good frame is looked for, in parts of the whole; the first that is not dark is taken.
_PLACES = (0.1, 0.3, 0.6, 0.0)
_LATEST = 20
_DARK = 16
#: A pixel that is not square is stretched by no more than this.
_STRETCH_MAX = 4


def derive_video(path: Path, folder: Path) -> Derived:
    """Previews of a video's poster frame as it is shown upright, and its length in seconds."""
    try:
        import av
    except ImportError as error:
        raise ExtraMissing("video") from error
    try:
        # An open file, not a name: a container that points elsewhere finds no way to go there.
        with path.open("rb") as file, av.open(file, format="mov", **_lenient()) as film:
            stream = film.streams.video[0]
            stream.thread_count = 1
            seconds = _seconds(film, stream)
            image = _poster(film, stream, float(seconds or 0))
    except (av.FFmpegError, IndexError, ValueError, ArithmeticError, OSError) as error:
        raise NotDerivable("No picture of this video can be decoded.") from error
    return replace(previews(image, sizes_of(*image.size), folder), duration=seconds)


def _lenient() -> dict[str, Any]:
    """What makes PyAV overlook a title that is not UTF-8; since version 19 it always does."""
    import av

    return {"metadata_errors": "ignore"} if int(av.__version__.split(".")[0]) < 19 else {}


def _seconds(film: Any, stream: Any) -> Decimal | None:
    if stream.duration:
        seconds = Decimal(float(stream.duration * stream.time_base))
    elif film.duration:
        seconds = Decimal(film.duration) / 1_000_000
    else:
        return None
    return seconds.quantize(Decimal("0.001")) if 0 < seconds <= _SECONDS_MAX else None


def _poster(film: Any, stream: Any, seconds: float) -> Image.Image:
    """The first frame that is not dark of those looked at; else the last of them."""
    image = None
    for frame in _frames(film, stream, seconds):
        image = _upright(frame, stream)
        if ImageStat.Stat(image.convert("L").resize((64, 64))).mean[0] > _DARK:
            break
    if image is None:
        raise NotDerivable("No picture of this video can be decoded.")
    return image


def _frames(film: Any, stream: Any, seconds: float) -> Iterator[Any]:
    if stream.width * stream.height > _PIXELS_MAX:
        raise NotDerivable("This video's pictures are too large for a poster.")
    for place in _PLACES:
        at = min(seconds * place, _LATEST)
        film.seek(int(at / stream.time_base), stream=stream)
        frame = next(film.decode(stream), None)
        if frame is not None:
            yield frame


def _upright(frame: Any, stream: Any) -> Image.Image:
    if frame.width * frame.height > _PIXELS_MAX:
        raise NotDerivable("This video's pictures are too large for a poster.")
    width, height = frame.width, frame.height
    aspect = float(stream.sample_aspect_ratio or 1)
    if 1 / _STRETCH_MAX <= aspect <= _STRETCH_MAX:
        width = max(1, round(width * aspect))
    scale = min(1.0, 2 * WIDTHS[-1] / max(width, height))
    size = {"width": max(1, round(width * scale)), "height": max(1, round(height * scale))}
    image: Image.Image = frame.to_image(**size, interpolation="AREA")
    if frame.rotation % 90 == 0 and frame.rotation % 360:
        image = image.rotate(frame.rotation, expand=True)
    return image
