"""Documents, videos and meshes: a picture of each, and what else there is to tell."""

from __future__ import annotations

import sys
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
import trimesh
from PIL import Image

from saleor_bespoke.media.deriving import child
from saleor_bespoke.media.deriving.films import derive_video
from saleor_bespoke.media.deriving.pages import derive_document
from saleor_bespoke.media.deriving.results import (
    Derived,
    ExtraMissing,
    NotDerivable,
    Piece,
    Role,
    manifest_read,
    manifest_write,
)
from saleor_bespoke.media.deriving.turntables import derive_mesh
from saleor_bespoke.media.recognise import FileKind
from tests.journey import samples
from tests.media import corpus
from tests.shapes import generators


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "derived").mkdir()
    return tmp_path / "derived"


def given(tmp_path: Path, content: bytes) -> Path:
    (tmp_path / "file").write_bytes(content)
    return tmp_path / "file"


def largest(target: Path, derived: Derived) -> Image.Image:
    with Image.open(target / derived.pieces[0].name) as image:
        return image.convert("RGB")


# documents --------------------------------------------------------------------------------------


def pages(*sizes: tuple[int, int], colour: str = "navy") -> bytes:
    """A PDF with one coloured page of each size in points."""
    sheets = [Image.new("RGB", size, colour) for size in sizes]
    written = BytesIO()
    sheets[0].save(written, "PDF", save_all=True, append_images=sheets[1:], resolution=72)
    return written.getvalue()


def test_the_first_page_of_a_document(tmp_path: Path, target: Path) -> None:
    derived = derive_document(given(tmp_path, pages((600, 800), (800, 600))), target)
    assert derived.pages == 2
    assert derived.pieces[0].width == 1440
    picture = largest(target, derived)
    assert picture.width / picture.height == pytest.approx(0.75, abs=0.01)
    assert picture.getpixel((30, 30))[2] > 90 > picture.getpixel((30, 30))[0]


@pytest.mark.parametrize("size", [(2, 5000), (5000, 2), (3, 3), (9000, 9000)])
def test_pages_of_strange_sizes(tmp_path: Path, target: Path, size: tuple[int, int]) -> None:
    derived = derive_document(given(tmp_path, pages(size)), target)
    assert derived.pieces
    assert derived.pieces[0].width * derived.pieces[0].height < 3_000_000


@pytest.mark.parametrize("content", [b"%PDF-1.7\n%%EOF", b"", corpus.pdf_with()[:60]])
def test_a_document_nobody_can_draw(tmp_path: Path, target: Path, content: bytes) -> None:
    with pytest.raises(NotDerivable):
        derive_document(given(tmp_path, content), target)


# videos -----------------------------------------------------------------------------------------


SIZE = (320, 192)


def film(frames: list[tuple[int, int, int]], *, marked: bool = True, turned: bool = False) -> bytes:
    """A video of plain frames, ten a second, every one a key frame."""
    written = BytesIO()
    with av.open(written, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = 1
        for colour in frames:
            picture = Image.new("RGB", SIZE, colour)
            if marked:
                picture.paste((250, 250, 250), (0, 0, SIZE[0] // 4, SIZE[1] // 4))
            for packet in stream.encode(av.VideoFrame.from_image(picture)):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    content = bytearray(written.getvalue())
    if turned:  # clockwise, as a phone held upright writes it
        at = content.index(b"tkhd") + 4 + 40
        matrix = [0, 0x10000, 0, -0x10000 & 0xFFFFFFFF, 0, 0, 0, 0, 0x40000000]
        content[at : at + 36] = b"".join(value.to_bytes(4, "big") for value in matrix)
    return bytes(content)


def test_a_poster_and_the_length(tmp_path: Path, target: Path) -> None:
    derived = derive_video(given(tmp_path, film([(20, 90, 200)] * 25)), target)
    assert derived.duration == Decimal("2.500")
    assert {(piece.width, piece.height) for piece in derived.pieces} == {(320, 192)}
    red, _, blue = largest(target, derived).getpixel((200, 150))
    assert blue > 150 > 80 > red


def test_a_dark_beginning_is_no_poster(tmp_path: Path, target: Path) -> None:
    frames = [(0, 0, 0)] * 20 + [(200, 120, 30)] * 40
    derived = derive_video(given(tmp_path, film(frames, marked=False)), target)
    assert largest(target, derived).getpixel((200, 150))[0] > 150


def test_a_turned_video_stands_upright(tmp_path: Path, target: Path) -> None:
    derived = derive_video(given(tmp_path, film([(20, 90, 200)] * 5, turned=True)), target)
    assert (derived.pieces[0].width, derived.pieces[0].height) == (192, 320)
    # the stored picture's left top comes to the right top when it is turned clockwise
    picture = largest(target, derived)
    assert min(picture.getpixel((180, 10))) > 200
    assert min(picture.getpixel((10, 10))) < 100


def test_titles_that_are_not_text_do_no_harm(tmp_path: Path, target: Path) -> None:
    content = film([(20, 90, 200)] * 5)
    assert content[16:20].isalnum()  # the first of the brands it says to be compatible with
    strange = content[:16] + b"\xff\xfe\xfd\xfc" + content[20:]
    assert derive_video(given(tmp_path, strange), target).pieces


@pytest.mark.parametrize("content", [b"", b"\0\0\0\x18ftypisom" + bytes(300), corpus.movie()])
def test_a_video_nobody_can_decode(tmp_path: Path, target: Path, content: bytes) -> None:
    with pytest.raises(NotDerivable):
        derive_video(given(tmp_path, content), target)


# meshes -----------------------------------------------------------------------------------------


def test_a_mesh_is_drawn_turned_and_packed(tmp_path: Path, target: Path) -> None:
    shape = generators.solitaire(17.0).shape
    derived = derive_mesh(given(tmp_path, generators.stl_bytes(shape)), FileKind.STL, target)
    sheet, mesh = derived.pieces[-2:]
    assert (sheet.role, sheet.frames, sheet.columns) == (Role.TURNTABLE, 24, 6)
    with Image.open(target / sheet.name) as image:
        assert image.size == (6 * 400, 4 * 400)
        plain = image.convert("L")
    frames = [
        np.asarray(plain.crop((x, y, x + 400, y + 400)), dtype=float)
        for y in range(0, 1600, 400)
        for x in range(0, 2400, 400)
    ]
    for here, there in zip(frames, frames[1:] + frames[:1], strict=True):
        assert here.min() < 120  # there is something
        assert here[0].min() > 245  # with white around it
        assert np.abs(here - there).mean() > 0.3  # and it turns
    assert derived.pieces[0].width == 960
    # the compact copy is the same piece, in metres as GLB has it
    assert mesh.role is Role.MESH
    copy = trimesh.load(target / mesh.name, force="mesh")
    low, high = shape.box
    assert np.allclose(np.asarray(copy.bounds) * 1000, [low, high], atol=0.01)
    assert (target / mesh.name).stat().st_size < len(generators.stl_bytes(shape)) / 2


@pytest.mark.parametrize("kind", [FileKind.RHINO, FileKind.STEP, FileKind.STL])
def test_what_is_no_mesh_has_a_reason(tmp_path: Path, target: Path, kind: FileKind) -> None:
    with pytest.raises(NotDerivable) as refusal:
        derive_mesh(given(tmp_path, b"ISO-10303-21;"), kind, target)
    assert refusal.value.reason.endswith(".")


# extras -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "extra", "content", "kind"),
    [
        ("pypdfium2", "pdf", b"%PDF-1.7", FileKind.PDF),
        ("av", "video", b"", FileKind.MP4),
        ("numpy", "cad", b"solid", FileKind.STL),
    ],
)
def test_a_missing_extra_is_named(
    tmp_path: Path,
    target: Path,
    monkeypatch: pytest.MonkeyPatch,
    module: str,
    extra: str,
    content: bytes,
    kind: FileKind,
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    for name in [name for name in sys.modules if name.startswith("saleor_bespoke.shapes")]:
        monkeypatch.delitem(sys.modules, name)
    path = given(tmp_path, content)
    with pytest.raises(ExtraMissing) as missing:
        child._derive(path, kind, target)
    assert missing.value.extra == extra


# the manifest -----------------------------------------------------------------------------------


WEBP = corpus.encoded(corpus.picture(), "WEBP")


def test_a_manifest_tells_what_was_derived(target: Path) -> None:
    (target / "a.webp").write_bytes(WEBP)
    piece = Piece(Role.PREVIEW, FileKind.WEBP, "a.webp", 10, 20)
    derived = Derived(
        (piece,), "data:image/webp;base64,UklGRg==", pages=3, duration=Decimal("1.500")
    )
    manifest_write(target, derived=derived)
    assert manifest_read(target) == derived


def _lie(**changes: object) -> str:
    import json

    piece = {"role": "PREVIEW", "kind": "WEBP", "name": "a.webp"}
    piece |= {"width": 1, "height": 1, "frames": None, "columns": None}
    whole = {"pieces": [piece], "placeholder": "", "pages": None, "duration": None}
    return json.dumps({"derived": whole | changes})


def _piece(**changes: object) -> str:
    import json

    whole = json.loads(_lie())
    whole["derived"]["pieces"][0] |= changes
    return json.dumps(whole)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        "[" * 50_000,
        " " * 70_000 + _lie(),
        _lie(placeholder="x" * 5000),
        _lie(placeholder=7),
        _lie(placeholder="javascript:alert(1)"),
        _lie(placeholder="data:text/html;base64,PHNjcmlwdD4="),
        _lie(placeholder="data:image/webp;base64,AAAA\0"),
        _lie(duration="NaN"),
        _lie(duration="1e99"),
        _lie(duration=[]),
        _lie(pages=-1),
        _lie(pages="2"),
        _lie(pieces=[{}]),
        _lie(pieces={"a": 1}),
        _piece(name="../../file"),
        _piece(name="absent"),
        _piece(name="link"),
        _piece(name=""),
        _piece(role="OTHER"),
        _piece(kind="EXE"),
        _piece(kind="AVIF"),
        _piece(kind="GLB"),
        _piece(role="MESH"),
        _piece(name="page.webp"),
        _piece(width=10**12),
        _piece(width=True),
        _piece(width="9"),
    ],
)
def test_a_manifest_is_not_believed(target: Path, text: str) -> None:
    (target / "a.webp").write_bytes(WEBP)
    (target / "page.webp").write_bytes(b"<script>alert(1)</script>" * 99)
    (target.parent / "file").write_bytes(WEBP)
    (target / "link").symlink_to("/etc/passwd")
    (target / "manifest.json").write_text(text)
    with pytest.raises(ValueError):  # noqa: PT011  # whatever is wrong, the caller tries again
        manifest_read(target)


def test_samples_of_the_journey_have_pictures(tmp_path: Path, target: Path) -> None:
    derived = derive_video(given(tmp_path, samples.short_video_mp4()), target)
    assert derived.duration == Decimal("3.000")
    assert derived.pieces[0].height > derived.pieces[0].width
