"""A file is what its bytes say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_bespoke.media.names import NAME_MAX, display_name
from saleor_bespoke.media.recognise import HEAD_BYTES, FileKind, Purpose, recognise
from tests.journey import samples
from tests.media import corpus


def told(content: bytes) -> FileKind | None:
    return recognise(content[:HEAD_BYTES], len(content))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (corpus.encoded(corpus.picture(), "JPEG"), FileKind.JPEG),
        (corpus.encoded(corpus.picture(), "PNG"), FileKind.PNG),
        (corpus.encoded(corpus.picture(), "WEBP"), FileKind.WEBP),
        (corpus.encoded(corpus.picture(), "AVIF"), FileKind.AVIF),
        (corpus.encoded(corpus.picture("P"), "GIF"), FileKind.GIF),
        (samples.phone_heic(), FileKind.HEIC),
        (samples.certificate_pdf("1"), FileKind.PDF),
        (samples.ring_mesh_stl(), FileKind.STL),
        (corpus.ASCII_STL, FileKind.STL),
        (b"solid" + samples.ring_mesh_stl()[5:], FileKind.STL),
        (corpus.glb(), FileKind.GLB),
        (corpus.OBJ, FileKind.OBJ),
        ((corpus.FILES / "sphere_v4.3dm").read_bytes(), FileKind.RHINO),
        ((corpus.FILES / "sphere_v7.3dm").read_bytes(), FileKind.RHINO),
        (corpus.STEP, FileKind.STEP),
        (samples.short_video_mp4(), FileKind.MP4),
        (corpus.movie(), FileKind.MOV),
    ],
)
def test_known_kinds(content: bytes, kind: FileKind) -> None:
    assert told(content) is kind


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<?xml version='1.0'?><svg/>",
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"\n <html><body>v 0 0 0</body></html>",
        b"v 0 0 0\n<script>alert(1)</script>\nf 1 1 1\n",
        b"MZ\x90\x00" + bytes(200),
        b"PK\x03\x04" + bytes(200),
        b"RIFF\x00\x00\x00\x00AVI LIST",
        b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00M4A mp42isom\x00\x00\x00\x00",
        b"Just a letter to the shop.",
        b"f 1 2 3\n",
        b"x",
    ],
)
def test_everything_else_is_unknown(content: bytes) -> None:
    assert told(content) is None


@given(st.binary(max_size=400), st.integers(0, 10**9))
def test_recognising_never_fails(head: bytes, size: int) -> None:
    assert recognise(head, size) is None or isinstance(recognise(head, size), FileKind)


def test_facts_are_complete() -> None:
    for kind in FileKind:
        assert "/" in kind.mime_type
        assert all(suffix.startswith(".") for suffix in kind.suffixes)
    for purpose in Purpose:
        assert purpose.kinds
        assert purpose.max_bytes_default >= 20 * 1024 * 1024


@pytest.mark.parametrize(
    ("raw", "kind", "shown"),
    [
        ("Ring.JPG", FileKind.JPEG, "Ring.jpg"),
        ("IMG_0042.HEIC", FileKind.JPEG, "IMG_0042.jpg"),
        ("../../etc/passwd", FileKind.PNG, "passwd.png"),
        ("C:\\Users\\me\\ring.png", FileKind.PNG, "ring.png"),
        ("ring.jpg\x00.exe", FileKind.JPEG, "exe.jpg"),
        ("invoice\u202egpj.exe", FileKind.JPEG, "invoice gpj.exe.jpg"),
        ('a"b\r\nSet-Cookie: x.pdf', FileKind.PDF, "a_b Set-Cookie_ x.pdf"),
        ("Cafe\u0301.png", FileKind.PNG, "Caf\u00e9.png"),
        ("   ", FileKind.STL, "file.stl"),
        (None, FileKind.STL, "file.stl"),
        ("..", FileKind.STL, "file.stl"),
        (".png", FileKind.PNG, "file.png"),
        ("дизайн кольца.pdf", FileKind.PDF, "дизайн кольца.pdf"),
        ("ring\ud800.png", FileKind.PNG, "ring.png"),
    ],
)
def test_names(raw: str | None, kind: FileKind, shown: str) -> None:
    assert display_name(raw, kind) == shown


@given(st.text(alphabet=st.characters(), max_size=400), st.sampled_from(FileKind))
def test_no_name_is_a_path(raw: str, kind: FileKind) -> None:
    name = display_name(raw, kind)
    assert len(name) <= NAME_MAX
    assert name.endswith(kind.suffixes[0])
    assert not set(name) & set('/\\\0\r\n"<>:|?*')
    assert not name.startswith((".", " "))
    name.encode()
