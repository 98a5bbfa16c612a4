"""Previews of pictures: the right sizes, never larger, whatever colours the picture has."""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from saleor_bespoke.media.deriving.results import Derived
from saleor_bespoke.media.deriving.stills import AREA_MAX, WIDTHS, derive_picture, sizes_of
from saleor_bespoke.media.recognise import FileKind
from tests.media import corpus

RED = (220, 30, 30)


def derive(folder: Path, content: bytes, kind: FileKind) -> Derived:
    source, target = folder / "file", folder / "derived"
    source.write_bytes(content)
    target.mkdir()
    return derive_picture(source, kind, target)


def shown(folder: Path, derived: Derived, at: int = 0) -> Image.Image:
    """A derived picture as a browser decodes it."""
    with Image.open(folder / "derived" / derived.pieces[at].name) as image:
        image.load()
        return image


side = st.integers(min_value=1, max_value=65_535)


@given(width=side, height=side)
def test_sizes_never_exceed_the_picture_and_keep_its_form(width: int, height: int) -> None:
    sizes = sizes_of(width, height)
    assert 1 <= len(sizes) <= len(WIDTHS)
    assert sizes == sorted(set(sizes), reverse=True)
    for wide, high in sizes:
        assert 1 <= wide <= min(width, WIDTHS[-1])
        assert 1 <= high <= height
        assert high <= 2 * WIDTHS[-1]
        assert wide * high <= AREA_MAX * 1.01 + 4000
        if wide > 40 and high > 40:
            assert abs(wide / high / (width / height) - 1) < 0.03


@pytest.mark.parametrize(
    ("size", "sizes"),
    [
        ((6000, 4000), [(1920, 1280), (960, 640), (320, 213)]),
        ((4000, 6000), [(1358, 2036), (960, 1440), (320, 480)]),
        ((1224, 1632), [(1224, 1632), (960, 1280), (320, 427)]),
        ((200, 100), [(200, 100)]),
        ((1, 1), [(1, 1)]),
        ((1080, 12_000), [(346, 3840), (173, 1920), (58, 640)]),
    ],
)
def test_sizes(size: tuple[int, int], sizes: list[tuple[int, int]]) -> None:
    assert sizes_of(*size) == sizes


def test_a_photograph_has_webp_and_avif_in_each_size(tmp_path: Path) -> None:
    image = corpus.picture(size=(1600, 1200)).resize((1600, 1200))
    derived = derive(tmp_path, corpus.encoded(image, "JPEG", quality=95), FileKind.JPEG)
    made = [(piece.kind.value, piece.width) for piece in derived.pieces]
    assert [entry for entry in made if entry[0] == "WEBP"] == [
        ("WEBP", 1600),
        ("WEBP", 960),
        ("WEBP", 320),
    ]
    avifs = [piece for piece in derived.pieces if piece.kind is FileKind.AVIF]
    assert {piece.width for piece in avifs} <= {960, 320}
    for piece in avifs:
        small = tmp_path / "derived" / piece.name
        assert small.stat().st_size < small.with_suffix(".webp").stat().st_size
    for at, piece in enumerate(derived.pieces):
        picture = shown(tmp_path, derived, at)
        assert picture.format == piece.kind
        assert picture.size == (piece.width, piece.height)
        near = picture.convert("RGB").getpixel((5, 5))
        assert all(abs(is_ - was) < 24 for is_, was in zip(near, RED, strict=True))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_pixel(tmp_path: Path, mode: str) -> None:
    image = corpus.picture("RGB", (900, 700))
    image = image.convert("I;16") if mode == "I;16" else image.convert(mode)
    if mode == "I;16":
        image = image.point(lambda value: value * 256)
    derived = derive(tmp_path, corpus.encoded(image, "PNG"), FileKind.PNG)
    picture = shown(tmp_path, derived)
    assert picture.size == (900, 700)
    assert picture.mode == "RGB"  # nothing is transparent, so nothing pays for it
    dark, light = (picture.convert("L").getpixel((450, y)) for y in (80, 690))
    assert dark < 60 < 200 < light


def test_what_is_transparent_stays_so(tmp_path: Path) -> None:
    image = Image.new("RGBA", (2500, 2500), (0, 0, 0, 0))
    image.paste((200, 150, 40, 255), (800, 800, 1700, 1700))
    derived = derive(tmp_path, corpus.encoded(image, "PNG"), FileKind.PNG)
    picture = shown(tmp_path, derived)
    assert picture.mode == "RGBA"
    assert picture.getpixel((5, 5))[3] == 0
    near = picture.getpixel((picture.width // 2, picture.height // 2))
    assert all(abs(is_ - was) < 12 for is_, was in zip(near, (200, 150, 40, 255), strict=True))
    # and its blur stands on white, as most pages are
    blur = placeholder(derived)
    assert min(blur.getpixel((0, 0))) > 230


def test_a_palette_with_a_transparent_colour(tmp_path: Path) -> None:
    image = Image.new("P", (700, 500), 0)
    image.putpalette([255, 0, 0, 0, 0, 255] + [0] * 762)
    image.paste(1, (0, 0, 350, 500))
    content = corpus.encoded(image, "PNG", transparency=0)
    picture = shown(tmp_path, derive(tmp_path, content, FileKind.PNG))
    assert picture.getpixel((600, 250))[3] < 8
    assert picture.getpixel((100, 250))[3] > 247


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (40_000, 7)])
def test_strange_sizes(tmp_path: Path, size: tuple[int, int]) -> None:
    content = corpus.encoded(Image.new("RGB", size, RED), "PNG")
    derived = derive(tmp_path, content, FileKind.PNG)
    assert derived.pieces
    assert placeholder(derived).width == 16


def placeholder(derived: Derived) -> Image.Image:
    kind, _, data = derived.placeholder.partition(",")
    assert kind == "data:image/webp;base64"
    with Image.open(BytesIO(base64.b64decode(data))) as image:
        image.load()
        return image


def test_the_placeholder_is_a_few_bytes_that_look_like_the_picture(tmp_path: Path) -> None:
    image = Image.new("RGB", (800, 400), (200, 160, 60))
    image.paste((20, 20, 60), (400, 0, 800, 400))
    derived = derive(tmp_path, corpus.encoded(image, "JPEG"), FileKind.JPEG)
    assert len(derived.placeholder) < 400
    blur = placeholder(derived)
    assert blur.size == (16, 8)
    assert blur.getpixel((3, 4))[0] > 150 > 80 > blur.getpixel((12, 4))[0]


def test_nothing_of_the_files_own_words_is_in_what_is_derived(tmp_path: Path) -> None:
    profile = b"secret profile" * 4
    image = corpus.picture(size=(400, 300))
    content = corpus.encoded(image, "WEBP", exif=b"Exif\0\0secret", xmp=b"secret")
    derived = derive(tmp_path, content, FileKind.WEBP)
    for piece in derived.pieces:
        written = (tmp_path / "derived" / piece.name).read_bytes()
        assert b"secret" not in written
        assert profile not in written
        assert not {b"EXIF", b"ICCP", b"XMP "} & {written[at : at + 4] for at in range(64)}
