"""Real input for the journey: what customers, workshops and laboratories upload.

Pictures, papers and meshes are made here; the HEIC photograph and the video, whose encoders are no
part of this package, lie beside this file and were recorded with `record.py`. Needs only Pillow.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image

from tests.journey.samples import shapes
from tests.journey.samples.papers import Line, pdf
from tests.journey.samples.pictures import GOLD, ROSE, View, caption, draw_ring

_HERE = Path(__file__).parent

#: Where the phone was, as it writes it: latitude and longitude in degrees, minutes, seconds.
GPS = {1: "N", 2: (48.0, 52.0, 6.13), 3: "E", 4: (2.0, 19.0, 46.98)}
_ORIENTATION, _GPS_IFD, _MAKE, _MODEL, _TAKEN = 0x0112, 0x8825, 0x010F, 0x0110, 0x0132


@cache
def phone_jpeg() -> bytes:
    """A 2-megapixel portrait photograph as a phone keeps it: lying on its side, with its place."""
    upright = draw_ring(1224, 1632, View(metal=ROSE, sheet=(206, 208, 204)))
    return phone_photo(upright.transpose(Image.Transpose.ROTATE_90), orientation=6)


def phone_heic() -> bytes:
    """A photograph in HEIC with EXIF and GPS, 1200 x 1600 when upright."""
    return (_HERE / "phone.heic").read_bytes()


@cache
def ring_mesh_stl(inner_diameter: float = 17.32) -> bytes:
    """A watertight solitaire ring, binary STL in millimetres: band, gallery, prongs, stone."""
    return shapes.binary_stl(shapes.ring(inner_diameter))


@cache
def reference_pdf() -> bytes:
    """A customer's page of ideas with a picture pasted into it."""
    picture = draw_ring(680, 510, View(turn=1.1, tilt=0.6))
    lines = [
        Line(540, "Ideas for our ring", 20, bold=True),
        Line(512, "A thin band, rounded inside, in 18K yellow gold."),
        Line(497, "One round stone of about one carat, four prongs, held rather low."),
        Line(482, "Inside: 12.06.2027 and our initials, if there is room (A & B)."),
        Line(458, "Please nothing sharp: I work with gloves."),
    ]
    return pdf(lines, picture=picture)


def short_video_mp4() -> bytes:
    """A three-second H.264 video of the ring turning, with sound and the phone's location."""
    return (_HERE / "unboxing.mp4").read_bytes()


@cache
def progress_photo(text: str) -> bytes:
    """A photograph from the bench with a paper label; every text shows another side."""
    turn = sum(text.encode()) % 628 / 100
    picture = draw_ring(1200, 900, View(turn=turn, tilt=0.34, metal=GOLD, sheet=(176, 164, 150)))
    return phone_photo(caption(picture, text), orientation=1)


@cache
def cad_view(name: str, turn: float = 0.0, tilt: float = 0.0) -> bytes:
    """A PNG rendering of the design from one side, as a CAD program exports it."""
    view = View(turn=turn, tilt=tilt, sheet=(236, 238, 240))
    target = BytesIO()
    caption(draw_ring(1000, 800, view), name).save(target, "PNG")
    return target.getvalue()


@cache
def certificate_pdf(number: str, laboratory: str = "GIA") -> bytes:
    """A laboratory's report on the ring's stone, as scanned for the customer (a specimen)."""
    facts = {
        "Shape and cutting style": "Round brilliant",
        "Measurements": "6.48 - 6.52 x 4.01 mm",
        "Carat weight": "1.02 carat",
        "Colour grade": "F",
        "Clarity grade": "VS1",
        "Cut grade": "Excellent",
        "Fluorescence": "None",
    }
    lines = [
        Line(520, f"{laboratory} Diamond Report", 22, bold=True),
        Line(498, "Specimen for demonstration", 9),
        Line(456, f"Report number  {number}", 13, bold=True),
    ]
    for row, (name, value) in enumerate(facts.items()):
        lines.append(Line(420 - 24 * row, f"{name}:  {value}", 11))
    lines.append(Line(60, f"Inscription on the girdle: {laboratory} {number}", 9))
    return pdf(lines, framed=True)


def phone_photo(picture: Image.Image, *, orientation: int) -> bytes:
    """The pixels as JPEG with what a phone adds: its make, the time, the place, which way is up."""
    exif = Image.Exif()
    exif[_ORIENTATION] = orientation
    exif[_MAKE], exif[_MODEL], exif[_TAKEN] = "Phone", "Phone 12", "2026:11:20 17:41:08"
    exif.get_ifd(_GPS_IFD).update(GPS)
    target = BytesIO()
    picture.save(target, "JPEG", quality=88, exif=exif)
    return target.getvalue()
