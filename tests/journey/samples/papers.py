"""Small PDF documents, written by hand: one page, two standard fonts, perhaps a photograph."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from PIL import Image

_PAGE = (420, 595)  # A5 in points


@dataclass(frozen=True)
class Line:
    """One line of text at a height in points above the page's foot."""

    y: int
    text: str
    size: int = 10
    bold: bool = False


def pdf(lines: list[Line], *, picture: Image.Image | None = None, framed: bool = False) -> bytes:
    """A complete PDF 1.4 file."""
    drawing = [b"0.62 0.51 0.28 RG 1.5 w 24 24 372 547 re S 28 28 364 539 re S"] if framed else []
    drawing += [_text(line) for line in lines]
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 6 0 R /Resources << /Font "
        b"<< /F1 4 0 R /F2 5 0 R >>%s >> >>" % (*_PAGE, _image_name(picture)),
        _font(b"Helvetica"),
        _font(b"Helvetica-Bold"),
    ]
    if picture is not None:
        height = 340 * picture.height // picture.width
        drawing.append(b"q 340 0 0 %d 40 40 cm /Im1 Do Q" % height)
    objects.append(_stream(b"", b"\n".join(drawing)))
    if picture is not None:
        objects.append(_photograph(picture))
    return _file(objects)


def _image_name(picture: Image.Image | None) -> bytes:
    return b" /XObject << /Im1 7 0 R >>" if picture is not None else b""


def _font(name: bytes) -> bytes:
    return b"<< /Type /Font /Subtype /Type1 /Encoding /WinAnsiEncoding /BaseFont /%s >>" % name


def _text(line: Line) -> bytes:
    text = line.text.encode("cp1252", "replace")
    for char in (b"\\", b"(", b")"):
        text = text.replace(char, b"\\" + char)
    font = 2 if line.bold else 1
    return b"BT /F%d %d Tf 0.16 0.14 0.12 rg 44 %d Td (%s) Tj ET" % (font, line.size, line.y, text)


def _stream(entries: bytes, content: bytes) -> bytes:
    return b"<< %s/Length %d >>\nstream\n%s\nendstream" % (entries, len(content), content)


def _photograph(picture: Image.Image) -> bytes:
    jpeg = BytesIO()
    picture.convert("RGB").save(jpeg, "JPEG", quality=82)
    entries = (
        b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB "
        b"/BitsPerComponent 8 /Filter /DCTDecode " % picture.size
    )
    return _stream(entries, jpeg.getvalue())


def _file(objects: list[bytes]) -> bytes:
    content = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(objects) + 1
    return content + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (count, table, count, len(content))
    )
