"""Files as customers and attackers send them, built byte by byte where no program makes them."""

from __future__ import annotations

import json
import struct
import zlib
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageCms, PngImagePlugin

from tests.journey import samples

FILES = Path(__file__).parent / "files"
PLACE = b"+48.8684+002.3297/"


# pictures ---------------------------------------------------------------------------------------


def picture(mode: str = "RGB", size: tuple[int, int] = (64, 48)) -> Image.Image:
    """A gradient with a corner that tells which way is up."""
    base = Image.linear_gradient("L").resize(size).convert("RGB")
    base.paste((220, 30, 30), (0, 0, size[0] // 4, size[1] // 4))
    return base.convert(mode)


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    """The picture in this format."""
    target = BytesIO()
    image.save(target, form, **options)
    return target.getvalue()


def telling_png() -> bytes:
    """A PNG that talks: text, EXIF with a place, a colour profile."""
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "somebody")
    text.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>GPSLatitude</x:xmpmeta>")
    exif = Image.Exif()
    exif.get_ifd(0x8825).update(samples.GPS)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return encoded(picture("RGBA"), "PNG", pnginfo=text, exif=exif, icc_profile=profile)


def motion_photo() -> bytes:
    """A phone's picture with the film of its last seconds appended."""
    return samples.phone_jpeg() + samples.short_video_mp4()


def png_bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """A few kilobytes that announce far more pixels than anybody photographs."""
    row = zlib.compress(bytes(1 + width // 8), 9)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", row), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(*chunk) for chunk in chunks)


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


# documents --------------------------------------------------------------------------------------


def pdf_with(catalogue: bytes = b"", *, extra: bytes = b"", trailer: bytes = b"") -> bytes:
    """A one-page PDF with more in its catalogue, its body or its trailer."""
    body = samples.certificate_pdf("2141438171")
    body = body.replace(b"/Type /Catalog", b"/Type /Catalog " + catalogue)
    body = body.replace(b"\nxref\n", b"\n" + extra + b"\nxref\n")
    return body.replace(b"trailer\n<<", b"trailer\n<< " + trailer)


def object_stream(content: bytes, *, entries: bytes = b"/Filter /FlateDecode") -> bytes:
    """An object stream as PDF 1.5 writers pack dictionaries."""
    plain = b"20 0 " + content
    packed = zlib.compress(plain) if entries else plain
    return (
        b"9 0 obj\n<< /Type /ObjStm /N 1 /First 5 %s /Length %d >>\nstream\n%s\nendstream\nendobj"
        % (entries, len(packed), packed)
    )


# meshes -----------------------------------------------------------------------------------------

ASCII_STL = b"""solid tetrahedron
facet normal 0 0 -1
 outer loop
  vertex 0 0 0
  vertex 0 1 0
  vertex 1 0 0
 endloop
endfacet
endsolid tetrahedron
"""
OBJ = b"# a triangle\nmtllib ring.mtl\no ring\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"
STEP = (
    b"ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('ring','',(''),(''),'','',"
    b"'');\nFILE_SCHEMA(('AUTOMOTIVE_DESIGN'));\nENDSEC;\nDATA;\n#1=CARTESIAN_POINT('',(0.,0.,0.));\n"
    b"ENDSEC;\nEND-ISO-10303-21;\n"
)


def glb(**scene: object) -> bytes:
    """A GLB file with this scene and a small binary chunk."""
    text = json.dumps({"asset": {"version": "2.0"}, **scene}).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text
    chunks += struct.pack("<I4s", 8, b"BIN\0") + bytes(8)
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


# videos -----------------------------------------------------------------------------------------


def box(kind: bytes, *parts: bytes) -> bytes:
    """One box of an MP4 file."""
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def track(handler: bytes, *extra: bytes, offset: int = 0, length: int = 0) -> bytes:
    """A track with one sample at this place of the file, shown as 32 x 18 pixels."""
    sizes = struct.pack(">IIII", 0, 0, 1, length)
    table = box(
        b"stbl",
        box(b"stsd", bytes(8)),
        box(b"stsc", struct.pack(">IIIII", 0, 1, 1, 1, 1)),
        box(b"stsz", sizes),
        box(b"stco", struct.pack(">III", 0, 1, offset)),
    )
    media = box(b"mdia", box(b"mdhd", bytes(24)), box(b"hdlr", bytes(8), handler, bytes(13)))
    media = box(b"mdia", media[8:], box(b"minf", table))
    matrix = struct.pack(">9I", 0, 65536, 0, 0xFFFF0000, 0, 0, 0, 0, 0x40000000)
    header = bytes(40) + matrix + struct.pack(">II", 32 << 16, 18 << 16)
    return box(b"trak", box(b"tkhd", header), media, *extra)


def movie(*, gps_sample: bytes = PLACE, top: tuple[bytes, ...] = (), metadata_at: int = 0) -> bytes:
    """A QuickTime film held upright, its place in all the boxes where phones put it."""
    data = box(b"mdat", b"PICTURES" * 8, gps_sample, b"MORE PICTURES")
    start = box(b"ftyp", b"qt  ", bytes(4), b"qt  ")
    picture_at = len(start) + 8
    place = metadata_at or picture_at + 64
    tell = box(b"\xa9xyz", struct.pack(">HH", len(PLACE), 0x15C7), PLACE)
    tracks = (
        track(b"vide", box(b"udta", tell), box(b"tref", bytes(8)), offset=picture_at, length=64),
        track(b"meta", offset=place, length=len(gps_sample)),
    )
    header = box(b"mvhd", bytes(12), struct.pack(">II", 600, 1500), bytes(80))
    keys = box(b"meta", box(b"keys", b"com.apple.quicktime.location.ISO6709"), box(b"ilst", PLACE))
    moov = box(b"moov", header, *tracks, box(b"udta", tell), keys)
    return b"".join((start, data, moov, box(b"uuid", bytes(16), PLACE), *top))
