"""Good files come through, stripped of what they tell; bad ones are refused."""

from __future__ import annotations

import hashlib
import struct
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageCms, ImageStat

from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.media.clean import Cleaned, clean
from saleor_bespoke.media.recognise import HEAD_BYTES, FileKind, recognise
from tests.journey import samples
from tests.media import corpus

RED = (220, 30, 30)


def cleaned(tmp_path: Path, content: bytes) -> tuple[Cleaned, bytes]:
    path = tmp_path / "upload"
    path.write_bytes(content)
    kind = recognise(content[:HEAD_BYTES], len(content))
    assert kind is not None
    result = clean(path, kind)
    stored = result.path.read_bytes()
    assert result.size == len(stored)
    assert result.sha256 == hashlib.sha256(stored).hexdigest()
    return result, stored


def opened(stored: bytes) -> Image.Image:
    image = Image.open(BytesIO(stored))
    image.load()
    return image


def tells_nothing(stored: bytes) -> None:
    image = opened(stored)
    assert not dict(image.getexif())
    kept = set(image.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    coding = {"progressive", "progression", "transparency", "gamma", "srgb", "adobe"}
    assert kept - coding <= {"loop", "background", "timestamp", "duration", "adobe_transform"}
    for word in (b"Exif", b"GPS", b"xmp", b"Phone", b"somebody", b"ICC_PROFILE", b"iCCP"):
        assert word not in stored


# pictures ---------------------------------------------------------------------------------------


def test_phone_photograph_is_turned_and_forgets_its_place(tmp_path: Path) -> None:
    # given a photograph lying on its side that says where it was taken
    original = Image.open(BytesIO(samples.phone_jpeg()))
    assert original.getexif()[0x0112] == 6
    assert original.getexif().get_ifd(0x8825)[2] == samples.GPS[2]
    # when
    result, stored = cleaned(tmp_path, samples.phone_jpeg())
    # then
    assert (result.kind, result.width, result.height) == (FileKind.JPEG, 1224, 1632)
    tells_nothing(stored)
    upright = original.transpose(Image.Transpose.ROTATE_270)
    off = ImageStat.Stat(ImageChops.difference(upright, opened(stored))).mean
    assert max(off) < 4


def test_heic_becomes_an_upright_jpeg(tmp_path: Path) -> None:
    assert b"Exif" in samples.phone_heic()
    result, stored = cleaned(tmp_path, samples.phone_heic())
    assert (result.kind, result.width, result.height) == (FileKind.JPEG, 1200, 1600)
    tells_nothing(stored)
    # the stone stands in the upper half, so the picture was turned the right way
    detail = opened(stored).convert("L")
    top, bottom = detail.crop((400, 350, 720, 500)), detail.crop((400, 1250, 720, 1400))
    assert ImageStat.Stat(top).stddev[0] > 2 * ImageStat.Stat(bottom).stddev[0]


def test_motion_photo_loses_its_film(tmp_path: Path) -> None:
    result, stored = cleaned(tmp_path, corpus.motion_photo())
    assert (result.width, result.height) == (1224, 1632)
    assert b"ftyp" not in stored
    assert stored.endswith(b"\xff\xd9")


def test_telling_png_keeps_only_pixels(tmp_path: Path) -> None:
    result, stored = cleaned(tmp_path, corpus.telling_png())
    assert result.kind is FileKind.PNG
    tells_nothing(stored)
    assert opened(stored).tobytes() == corpus.picture("RGBA").tobytes()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (corpus.encoded(corpus.picture("CMYK"), "JPEG", quality=95), FileKind.JPEG),
        (corpus.encoded(corpus.picture(), "WEBP", quality=95), FileKind.WEBP),
        (corpus.encoded(corpus.picture("RGBA"), "WEBP", lossless=True), FileKind.WEBP),
        (corpus.encoded(corpus.picture(), "AVIF", quality=90), FileKind.JPEG),
        (corpus.encoded(corpus.picture("P"), "GIF"), FileKind.PNG),
        (corpus.encoded(corpus.picture("P"), "PNG", transparency=0), FileKind.PNG),
        (corpus.encoded(corpus.picture(), "JPEG", quality=95, progressive=True), FileKind.JPEG),
    ],
)
def test_every_kind_of_picture(tmp_path: Path, content: bytes, kind: FileKind) -> None:
    result, stored = cleaned(tmp_path, content)
    assert (result.kind, result.width, result.height) == (kind, 64, 48)
    tells_nothing(stored)
    corner = opened(stored).convert("RGB").getpixel((4, 4))
    assert isinstance(corner, tuple)
    assert all(abs(got - drawn) < 45 for got, drawn in zip(corner, RED, strict=True))


def test_deep_grey_keeps_its_tones(tmp_path: Path) -> None:
    deep = Image.new("I;16", (16, 16), 32_896)
    _, stored = cleaned(tmp_path, corpus.encoded(deep, "PNG"))
    assert opened(stored).getpixel((3, 3)) == 128


def test_colours_follow_their_profile(tmp_path: Path) -> None:
    """A camera whose profile calls its red channel blue: what is stored must look the same."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")
    content = corpus.encoded(corpus.picture(), "PNG", icc_profile=swapped)
    _, stored = cleaned(tmp_path, content)
    tells_nothing(stored)
    red, _, blue = opened(stored).getpixel((4, 4))  # type: ignore[misc]
    assert abs(red - RED[2]) < 6
    assert abs(blue - RED[0]) < 6


def test_a_broken_profile_costs_nothing(tmp_path: Path) -> None:
    content = corpus.encoded(corpus.picture(), "PNG", icc_profile=b"not a profile")
    _, stored = cleaned(tmp_path, content)
    assert opened(stored).tobytes() == corpus.picture().tobytes()


def test_only_the_first_frame_of_an_animation(tmp_path: Path) -> None:
    frames = [corpus.picture("P"), Image.new("P", (64, 48), 3)]
    moving = corpus.encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    _, stored = cleaned(tmp_path, moving)
    assert getattr(opened(stored), "n_frames", 1) == 1


# documents and meshes pass as they are ----------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        samples.certificate_pdf("2141438171"),
        samples.reference_pdf(),
        corpus.pdf_with(extra=corpus.object_stream(b"<< /Type /Annot /Subtype /Link >>")),
        corpus.pdf_with(extra=corpus.object_stream(b"<< /Type /Annot >>", entries=b"")),
        corpus.pdf_with(extra=b"% /JavaScripture is a word, not an action"),
        samples.ring_mesh_stl(),
        corpus.ASCII_STL,
        corpus.glb(meshes=[]),
        corpus.glb(images=[{"uri": "data:image/png;base64,AAAA"}]),
        corpus.OBJ,
        (corpus.FILES / "sphere_v4.3dm").read_bytes(),
        (corpus.FILES / "sphere_v7.3dm").read_bytes(),
        corpus.STEP,
    ],
)
def test_documents_and_meshes_pass_unchanged(tmp_path: Path, content: bytes) -> None:
    _, stored = cleaned(tmp_path, content)
    assert stored == content


# videos -----------------------------------------------------------------------------------------


def test_video_forgets_its_place(tmp_path: Path) -> None:
    original = samples.short_video_mp4()
    assert b"+48.8684+002.3297/" in original or b"loci" in original
    result, stored = cleaned(tmp_path, original)
    assert (result.kind, result.width, result.height) == (FileKind.MP4, 480, 640)
    assert result.duration is not None
    assert abs(result.duration - 3) < Decimal("0.1")
    assert len(stored) == len(original)
    for word in (b"udta", b"loci", b"xyz", b"+48", b"Lavf"):
        assert word not in stored
    at = original.index(b"mdat")
    end = at - 4 + struct.unpack(">I", original[at - 4 : at])[0]
    assert stored[at:end] == original[at:end]  # pictures and sound are the same


def test_film_of_a_phone_forgets_its_place_everywhere(tmp_path: Path) -> None:
    original = corpus.movie()
    assert original.count(corpus.PLACE) == 5
    result, stored = cleaned(tmp_path, original)
    assert corpus.PLACE not in stored
    assert b"location" not in stored
    assert b"PICTURES" * 8 in stored
    assert b"MORE PICTURES" not in stored  # no track plays it
    assert (result.width, result.height) == (18, 32)
    assert result.duration == Decimal("2.5")


# refusals ---------------------------------------------------------------------------------------

STL = samples.ring_mesh_stl()
MOVIE = corpus.movie()
UNREADABLE, NOT_ALLOWED = ErrorCode.FILE_UNREADABLE, ErrorCode.FILE_KIND_NOT_ALLOWED
SCRIPT = b"<< /S /JavaScript /JS (app.alert(1)) >>"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        # pictures
        pytest.param(samples.phone_jpeg()[:150_000], UNREADABLE, id="half a JPEG"),
        pytest.param(samples.phone_heic()[:60_000], UNREADABLE, id="half a HEIC"),
        pytest.param(corpus.telling_png()[:-40], UNREADABLE, id="PNG without its end"),
        pytest.param(b"\xff\xd8\xff" + b"\0" * 900, UNREADABLE, id="JPEG by name only"),
        pytest.param(b"\xff\xd8\xff<script>alert(1)</script>", UNREADABLE, id="script as JPEG"),
        pytest.param(b"GIF89a<script>alert(1)</script>", UNREADABLE, id="script as GIF"),
        pytest.param(corpus.png_bomb(), UNREADABLE, id="picture bomb"),
        pytest.param(corpus.png_bomb(10_000, 10_000), UNREADABLE, id="bomb below Pillow's limit"),
        # documents
        pytest.param(samples.reference_pdf()[:9_000], UNREADABLE, id="half a PDF"),
        pytest.param(b"%PDF-1.7\n", UNREADABLE, id="only a PDF header"),
        pytest.param(corpus.pdf_with(trailer=b"/Encrypt 9 0 R "), UNREADABLE, id="locked PDF"),
        pytest.param(corpus.pdf_with(b"/OpenAction " + SCRIPT), NOT_ALLOWED, id="script in PDF"),
        pytest.param(
            corpus.pdf_with(b"/OpenAction << /S /J#61vaScr#69pt /JS (x) >>"),
            NOT_ALLOWED,
            id="script under a spelled-out name",
        ),
        pytest.param(
            corpus.pdf_with(b"/OpenAction << /S /Launch /F (cmd.exe) >>"),
            NOT_ALLOWED,
            id="PDF that starts a program",
        ),
        pytest.param(
            corpus.pdf_with(extra=corpus.object_stream(SCRIPT)), NOT_ALLOWED, id="packed script"
        ),
        pytest.param(
            corpus.pdf_with(
                extra=corpus.object_stream(SCRIPT, entries=b"/Filter /FlateDecode").replace(
                    b"/ObjStm", b"/Obj#53tm"
                )
            ),
            NOT_ALLOWED,
            id="packed script under a spelled-out type",
        ),
        pytest.param(
            corpus.pdf_with(
                extra=b"9 0 obj\n<< /Type /ObjStm /Filter /LZWDecode >>\nstream\nxx\nendstream"
            ),
            UNREADABLE,
            id="object stream in a foreign packing",
        ),
        pytest.param(
            corpus.pdf_with(extra=corpus.object_stream(bytes(70 * 1024 * 1024))),
            UNREADABLE,
            id="PDF bomb",
        ),
        # meshes
        pytest.param(corpus.ASCII_STL[:-60], UNREADABLE, id="half an STL"),
        pytest.param(corpus.ASCII_STL.replace(b"1 0 0", b"nan 0 0"), UNREADABLE, id="STL with nan"),
        pytest.param(corpus.glb()[:-4], UNREADABLE, id="half a GLB"),
        pytest.param(corpus.glb(asset={"version": "1.0"}), UNREADABLE, id="old GLB"),
        pytest.param(
            corpus.glb(buffers=[{"uri": "https://example.com/spy.bin"}]),
            NOT_ALLOWED,
            id="GLB that calls out",
        ),
        pytest.param(corpus.glb(buffers=7), UNREADABLE, id="GLB with a nonsensical scene"),
        pytest.param(b"v 0 0 0\nv 1 0 0\nv 0 1 0\n", UNREADABLE, id="OBJ without a face"),
        pytest.param(
            corpus.OBJ.replace(b"1 0 0", b"1 0 x"), UNREADABLE, id="OBJ with a bad number"
        ),
        pytest.param(
            (corpus.FILES / "sphere_v7.3dm").read_bytes()[:-100], UNREADABLE, id="half a 3DM"
        ),
        pytest.param(corpus.STEP[:-20], UNREADABLE, id="half a STEP"),
        # videos
        pytest.param(samples.short_video_mp4()[:50_000], UNREADABLE, id="half an MP4"),
        pytest.param(MOVIE + b"<script>", UNREADABLE, id="MOV with a tail"),
        pytest.param(MOVIE.replace(b"vide", b"text"), UNREADABLE, id="no pictures in the video"),
        pytest.param(MOVIE.replace(b"moov", b"free"), UNREADABLE, id="MOV without an index"),
        pytest.param(
            corpus.movie(metadata_at=5), UNREADABLE, id="metadata that points outside the pictures"
        ),
        pytest.param(
            corpus.movie(top=(corpus.box(b"moof", bytes(8)),)),
            UNREADABLE,
            id="fragments with a metadata track",
        ),
        pytest.param(
            MOVIE.replace(b"moov", b"mooX"), UNREADABLE, id="MOV with its index under another name"
        ),
    ],
)
def test_refused(tmp_path: Path, content: bytes, code: ErrorCode) -> None:
    with pytest.raises(BespokeError) as caught:
        cleaned(tmp_path, content)
    assert caught.value.code is code
    assert caught.value.field == "file"
    assert caught.value.message.endswith(".")


@pytest.mark.parametrize(
    "content",
    [
        corpus.encoded(Image.new("1", (8_000, 8_000)), "PNG"),  # complete, and 10 KB small
        corpus.png_bomb(10_000, 10_000),  # where Pillow warns
        corpus.png_bomb(60_000, 60_000),  # where Pillow refuses
    ],
)
def test_too_many_pixels_are_refused_before_they_are_decoded(
    tmp_path: Path, content: bytes
) -> None:
    with pytest.raises(BespokeError, match="at most 50 million pixels"):
        cleaned(tmp_path, content)
    assert list(tmp_path.iterdir()) == [tmp_path / "upload"]


def test_truncated_stl_is_not_taken_for_a_mesh() -> None:
    assert recognise(STL[:HEAD_BYTES], len(STL) - 50) is None


@pytest.mark.parametrize("at", range(40, len(MOVIE) - 40, 7))
def test_a_flipped_byte_never_breaks_out(tmp_path: Path, at: int) -> None:
    """Whatever a damaged film holds, it is cleaned or refused with a reason."""
    content = bytearray(MOVIE)
    content[at] ^= 0xFF
    path = tmp_path / "upload"
    path.write_bytes(content)
    refusal = None
    try:
        clean(path, FileKind.MOV)
    except BespokeError as error:
        refusal = error.code
    assert refusal in (None, UNREADABLE)
