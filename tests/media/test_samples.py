"""The journey's samples are what they pretend to be."""

from __future__ import annotations

from io import BytesIO

import pytest
import trimesh
from PIL import Image

from tests.journey import samples
from tests.journey.samples import shapes


@pytest.mark.parametrize("diameter", [14.07, 17.32, 21.0])
def test_ring_mesh_is_watertight_and_of_its_size(diameter: float) -> None:
    mesh = trimesh.load(BytesIO(samples.ring_mesh_stl(diameter)), file_type="stl", force="mesh")
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert mesh.volume > 150
    # the finger fits: nothing of the ring comes nearer to the axis than the inner radius
    distance = (mesh.vertices[:, 0] ** 2 + mesh.vertices[:, 2] ** 2) ** 0.5
    assert distance.min() == pytest.approx(diameter / 2, abs=0.01)


def test_every_part_of_the_ring_is_closed() -> None:
    parts = shapes.ring(17.32)
    assert set(parts) == {"band", "gallery", "prongs", "stone"}
    for name, triangles in parts.items():
        content = shapes.binary_stl({name: triangles})
        mesh = trimesh.load(BytesIO(content), file_type="stl", force="mesh")
        assert mesh.is_watertight, name
        assert mesh.volume > 0, name
    # four separate closed prongs: Euler's number is two for each
    content = shapes.binary_stl({"prongs": parts["prongs"]})
    prongs = trimesh.load(BytesIO(content), file_type="stl", force="mesh")
    assert prongs.euler_number == 8


def test_phone_photographs_tell_where_they_were_taken() -> None:
    jpeg = Image.open(BytesIO(samples.phone_jpeg()))
    assert jpeg.size == (1632, 1224)
    assert jpeg.getexif()[0x0112] == 6
    assert jpeg.getexif().get_ifd(0x8825)[1] == "N"
    heic = samples.phone_heic()
    assert len(heic) <= 150_000
    assert b"irot" in heic
    assert b"Exif" in heic


def test_papers_and_film() -> None:
    for paper in (samples.reference_pdf(), samples.certificate_pdf("LG123456789", "IGI")):
        at = int(paper.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
        assert paper[at:].startswith(b"xref\n")
    assert b"LG123456789" in samples.certificate_pdf("LG123456789", "IGI")
    assert len(samples.short_video_mp4()) <= 200_000
    assert b"loci" in samples.short_video_mp4() or b"\xa9xyz" in samples.short_video_mp4()


def test_progress_photos_differ() -> None:
    assert samples.progress_photo("Casting") != samples.progress_photo("Setting")
    assert Image.open(BytesIO(samples.progress_photo("Casting"))).size == (1200, 900)
    assert Image.open(BytesIO(samples.cad_view("TOP", tilt=1.5))).size == (1000, 800)
