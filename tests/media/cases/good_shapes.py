"""Papers of laboratories and customers, and shapes as CAD programs export them."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator

from saleor_bespoke.media.recognise import FileKind, Purpose
from tests.journey import samples
from tests.journey.samples import shapes
from tests.media import corpus
from tests.media.cases.case import PLACE, Case, encoded, picture

_HALF = (
    b"facet normal 0 0 -1\n outer loop\n  vertex 0 0 0\n  vertex 0 1 0\n  vertex 1 0 0\n endloop\n"
)


def pdf_stream(content: bytes, entries: bytes = b"/Filter /FlateDecode") -> bytes:
    """An object with a packed stream."""
    packed = zlib.compress(content)
    head = b"8 0 obj\n<< /Length %d %s >>\nstream\n" % (len(packed), entries)
    return head + packed + b"\nendstream\nendobj\n"


def _pdfs() -> Iterator[tuple[str, bytes]]:
    for laboratory, number in (("GIA", "2141438171"), ("IGI", "LG123456789"), ("HRD", "220001")):
        yield f"certificate of {laboratory}", samples.certificate_pdf(number, laboratory)
    yield "page with a picture", samples.reference_pdf()
    paper = samples.certificate_pdf("7")
    yield "line end behind", paper + b"\r\n\r\n"
    yield (
        "revised",
        paper + b"9 0 obj\n<< >>\nendobj\nxref\n0 0\ntrailer\n<< >>\nstartxref\n5\n%%EOF\n",
    )
    for version in (b"1.3", b"1.4", b"1.5", b"1.6", b"2.0"):
        yield f"version {version.decode()}", b"%PDF-" + version + paper[8:]
    link = b"<< /Type /Annot /Subtype /Link /A << /S /URI /URI (https://example.com) >> >>"
    yield "link", corpus.pdf_with(extra=link)
    yield "objects", corpus.pdf_with(extra=corpus.object_stream(link))
    yield "plain objects", corpus.pdf_with(extra=corpus.object_stream(link, entries=b""))
    yield "packed page", corpus.pdf_with(extra=pdf_stream(b"BT (ring) Tj ET\n" * 500))
    white = pdf_stream(b"\xff" * 3_000_000, b"/Width 1000 /Height 1000 /Filter /FlateDecode")
    yield "white page", corpus.pdf_with(extra=white)
    text = b"<?xpacket begin=''?><x:xmpmeta>" + PLACE + b"</x:xmpmeta>"
    yield "facts", corpus.pdf_with(extra=pdf_stream(text, b"/Type /Metadata"))
    yield "words", corpus.pdf_with(extra=b"% /JavaScripture /Encryption /Launches")
    photo = encoded(picture(), "JPEG")
    inner = b"8 0 obj\n<< /Width 64 /Height 48 /Filter /DCTDecode /Length %d >>\nstream\n" % len(
        photo
    )
    yield "photograph", corpus.pdf_with(extra=inner + photo + b"\nendstream\nendobj\n")
    yield (
        "damaged page",
        corpus.pdf_with(extra=pdf_stream(b"x" * 900).replace(b"\x78\x9c", b"\0\0")),
    )


def _stls() -> Iterator[tuple[str, bytes]]:
    for diameter in (14.07, 16.51, 17.32, 19.76, 21.0):
        yield f"ring of {diameter}", samples.ring_mesh_stl(diameter)
    ring = samples.ring_mesh_stl()
    heads = {
        "solid": b"solid ring exported by a sculptor",
        "colours": b"COLOR=\xff\xff\xff\xffMATERIAL=\0\0\0\xff\0\0\0\xff\0\0\0\xff",
        "units": b"STLB ATF 10.12.0.0 COLOR=\xa0\xa0\xa0\xff",
        "numbers": b"numpy-stl-export 2026-11-22",
        "spaces": b" " * 80,
        "zeros": b"",
    }
    for name, head in heads.items():
        yield f"header of {name}", head[:80].ljust(80, b"\0") + ring[80:]
    one = corpus.ASCII_STL
    yield "text", one
    yield "text of DOS", one.replace(b"\n", b"\r\n")
    yield "text with tabs", one.replace(b" ", b"\t", 1).replace(b"  vertex", b"\t\tvertex")
    yield "text in capitals", one.upper()
    yield "text in scientific numbers", one.replace(b" 1 ", b" 1.0e+00 ")
    yield "text without a name", one.replace(b" tetrahedron", b"")
    yield "text of many", b"solid x\n" + (_HALF + b"endfacet\n") * 400 + b"endsolid x\n"
    yield "two bodies", one + one
    parts = shapes.ring(17.32)
    for name in parts:
        yield f"part {name}", shapes.binary_stl({name: parts[name]})


def glb(binary: bytes = b"", **scene: object) -> bytes:
    """A GLB file of this scene and these bytes."""
    text = json.dumps({"asset": {"version": "2.0", "generator": "CAD"}, **scene}).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text
    chunks += struct.pack("<I4s", len(binary), b"BIN\0") + binary if binary else b""
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def triangle() -> dict[str, object]:
    """A scene of one triangle in 36 bytes."""
    return {
        "buffers": [{"byteLength": 36}],
        "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "nodes": [{"mesh": 0}],
        "scenes": [{"nodes": [0]}],
    }


def _glbs() -> Iterator[tuple[str, bytes]]:
    yield "empty scene", glb(meshes=[])
    yield "triangle", glb(bytes(36), **triangle())
    yield "padded", glb(bytes(39), **triangle())
    yield "texture", glb(images=[{"uri": "data:image/png;base64,AAAA"}])
    yield "texture inside", glb(bytes(36), **triangle(), images=[{"mimeType": "image/jpeg"}])
    yield (
        "data inside",
        glb(buffers=[{"uri": "data:application/octet-stream;base64,AA==", "byteLength": 1}]),
    )
    yield "notes", glb(bytes(36), **triangle(), extras={"designer": "Zoë", "note": "band < 2 mm"})
    yield "many nodes", glb(nodes=[{"translation": [at, 0, 0]} for at in range(9_000)])


def _objs() -> Iterator[tuple[str, bytes]]:
    body = b"v 0 0 0\nv 1 0 0\nv 0 1 0\nvn 0 0 1\nvt 0 0\nf 1/1/1 2/1/1 3/1/1\n"
    yield "plain", corpus.OBJ
    yield "Rhino", b"# Rhino\n\ng ring\nusemtl gold\n" + body
    yield "Rhino, lines that go on", b"# Rhino\r\nusemtl \r\n" + body.replace(b" 2/1", b"\\\r\n2/1")
    yield "Blender", b"# Blender 4.2\nmtllib ring.mtl\no Ring\n" + body.replace(b"f", b"s 0\nf")
    yield "sculptor", b"#Auto scale\n#MRGB ff7f7f7fff7f7f7f\n" + body
    yield "DOS", (b"# made by a scanner\n" + body).replace(b"\n", b"\r\n")
    yield "mark of order", b"\xef\xbb\xbf# x\n" + body
    yield "negative", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf -3 -2 -1\n"
    yield "colours", b"v 0 0 0 1 0 0\nv 1 0 0 1 0 0\nv 0 1 0 1 0 0\nf 1 2 3\n"
    yield "many", b"".join(b"v %d 0 0\n" % at for at in range(4_000)) + b"f 1 2 3\n"


def _steps() -> Iterator[tuple[str, bytes]]:
    for schema in ("CONFIG_CONTROL_DESIGN", "AUTOMOTIVE_DESIGN", "AP242_MANAGED_MODEL"):
        yield schema, corpus.STEP.replace(b"AUTOMOTIVE_DESIGN", schema.encode())
    yield "DOS", corpus.STEP.replace(b"\n", b"\r\n")
    yield "commented", corpus.STEP.replace(b"DATA;\n", b"DATA;\n/* ring, size 54 */\n")


def cases() -> Iterator[Case]:
    """All of them; they must be kept byte for byte."""
    made = (
        (FileKind.PDF, _pdfs(), (Purpose.CERTIFICATE, Purpose.MESSAGE), "paper.pdf"),
        (FileKind.STL, _stls(), (Purpose.CAD, Purpose.REFERENCE), "ring.STL"),
        (FileKind.GLB, _glbs(), (Purpose.CAD,), "ring.glb"),
        (FileKind.OBJ, _objs(), (Purpose.CAD,), "ring v2.obj"),
        (FileKind.STEP, _steps(), (Purpose.CAD,), "ring.stp"),
    )
    for kind, files, purposes, called in made:
        for at, (name, content) in enumerate(files):
            purpose = purposes[at % len(purposes)]
            declared = ("application/octet-stream", kind.mime_type, None)[at % 3]
            yield Case(f"{kind}: {name}", content, purpose, kind, called, declared, exact=True)
    for name in ("sphere_v4.3dm", "sphere_v7.3dm"):
        content = (corpus.FILES / name).read_bytes()
        yield Case(f"RHINO: {name}", content, Purpose.CAD, FileKind.RHINO, name, exact=True)
