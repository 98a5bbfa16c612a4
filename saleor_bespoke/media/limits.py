"""How much of a picture is decoded at once, so that no upload costs more than 100 MB of memory."""

from __future__ import annotations

from saleor_bespoke.media.refusals import unreadable

#: Bytes that decoding one file may take, beside some megabytes for the decoder itself.
BUDGET = 84 * 1024 * 1024

#: More pixels than this are refused before they are decoded.
PIXELS_MAX = 50_000_000

#: These kinds are only ever decoded whole and in several copies.
GIF_PIXELS_MAX = 25_000_000
WEBP_PIXELS_MAX = 5_000_000
AVIF_PIXELS_MAX = 5_000_000

#: Pillow holds an AVIF file whole beside what it decodes.
AVIF_BYTES_MAX = 12 * 1024 * 1024

#: The longest side that any of the kinds can have.
_SIDE_MAX = 65_535


def pixels_check(width: int, height: int, *, most: int = PIXELS_MAX) -> None:
    """Refuse a picture without a size, or with more than `most` pixels."""
    if width < 1 or height < 1 or max(width, height) > _SIDE_MAX:
        raise unreadable("This picture has no sensible size.")
    if width * height > most:
        raise unreadable(f"Such a picture may have at most {most // 1_000_000} million pixels.")
