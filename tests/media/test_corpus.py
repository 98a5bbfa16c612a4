"""Every file of the corpus is kept clean or refused, as it deserves."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import UploadedFile
from PIL import Image, ImageChops, ImageOps, ImageStat
from pytest_django import Settings

from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.media.recognise import IMAGES, VIDEOS, FileKind
from saleor_bespoke.media.services import file_prepare
from tests.media.cases import (
    Case,
    good_pictures,
    good_shapes,
    good_videos,
    hostile_names,
    hostile_others,
    hostile_pictures,
    hostile_polyglots,
)
from tests.media.cases.case import PLACE

#: What Pillow says of a picture that tells nothing: how it is coded and timed.
_SILENT = {
    "adobe",
    "adobe_transform",
    "background",
    "chromaticity",
    "default_image",
    "duration",
    "gamma",
    "interlace",
    "jfif",
    "jfif_density",
    "jfif_unit",
    "jfif_version",
    "loop",
    "progression",
    "progressive",
    "srgb",
    "timestamp",
    "transparency",
}
_TIMES = b"\xdd" * 4
_COORDINATES = [struct.pack(f"{order}6I", 48, 1, 52, 1, 613, 100) for order in "<>"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.BESPOKE = settings.BESPOKE | {"FILES_DIR": str(tmp_path / "private")}
    return tmp_path / "private"


class Sent(UploadedFile):  # type: ignore[type-arg]
    """An upload whose name nobody tidied up on the way."""

    def __init__(self, case: Case) -> None:
        self._called = case.called
        super().__init__(BytesIO(case.content), None, case.declared, len(case.content))

    @property
    def name(self) -> str | None:  # type: ignore[override]
        return self._called

    @name.setter
    def name(self, value: str | None) -> None:
        pass


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def failures(cases: Iterable[Case], judge: Callable[[Case], str | None]) -> tuple[int, list[str]]:
    """How many cases there were, and what went wrong with which."""
    count, found = 0, []
    for case in cases:
        count += 1
        wrong = judge(case)
        if wrong is not None:
            found.append(f"{case.name}: {wrong}")
    return count, found


def stored(case: Case, folder: Path) -> tuple[FileKind, bytes] | str:
    """What is stored of a case, or why it was refused."""
    try:
        prepared = file_prepare(uploaded=Sent(case), purpose=case.purpose)
    except BespokeError as refusal:
        return f"{refusal.code}: {refusal.message} ({refusal.__cause__!r})"
    [path] = kept(folder)
    content = path.read_bytes()
    path.unlink()
    return prepared.facts.kind, content


# the good ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "least"), [(good_pictures, 130), (good_shapes, 60), (good_videos, 20)]
)
def test_good_files_are_kept_clean(folder: Path, family: object, least: int) -> None:
    def judge(case: Case) -> str | None:
        answer = stored(case, folder)
        if isinstance(answer, str):
            return answer
        kind, content = answer
        if kind is not case.expected:
            return f"stored as {kind}"
        if kind in IMAGES:
            return _told(content) or _seen(case, content)
        if kind in VIDEOS:
            return "tells a place or time" if PLACE in content or _TIMES in content else None
        return None if content == case.content else "changed"

    count, found = failures(family.cases(), judge)  # type: ignore[attr-defined]
    assert not found, "\n".join(found)
    assert count >= least


def _told(content: bytes) -> str | None:
    """What a stored picture still tells besides itself."""
    if PLACE in content or any(coordinates in content for coordinates in _COORDINATES):
        return "tells its place"
    with Image.open(BytesIO(content)) as image:
        image.load()
        if dict(image.getexif()):
            return "has EXIF"
        told = set(image.info) - _SILENT
        return f"tells {told}" if told else None


def _seen(case: Case, content: bytes) -> str | None:
    """Whether the stored picture looks like the one that was sent."""
    if case.expected is FileKind.JPEG and case.content[4:8] == b"ftyp":
        return None  # another decoder's business; tests/media/test_clean.py looks at it
    with Image.open(BytesIO(case.content)) as sent, Image.open(BytesIO(content)) as now:
        sent.load()
        now.load()
        if case.exact:
            same = sent.convert("RGBA").tobytes() == now.convert("RGBA").tobytes()
            return None if same else "pixels changed"
        upright = ImageOps.exif_transpose(sent)
        if upright.size != now.size:
            return f"is {now.size}, not {upright.size}"
        if "profile" in case.name or "deep" in case.name:
            return None  # meant to look different; tests/media/test_clean.py looks at colours
        off = ImageChops.difference(upright.convert("RGB"), now.convert("RGB"))
        mean = max(ImageStat.Stat(off).mean)
        return f"differs by {mean:.1f}" if mean > 3 else None


# the hostile ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "least"),
    [(hostile_names, 60), (hostile_others, 90), (hostile_pictures, 80), (hostile_polyglots, 70)],
)
def test_hostile_files_are_refused(folder: Path, family: object, least: int) -> None:
    def judge(case: Case) -> str | None:
        assert isinstance(case.expected, frozenset)
        try:
            prepared = file_prepare(uploaded=Sent(case), purpose=case.purpose)
        except BespokeError as refusal:
            expected: frozenset[ErrorCode] = case.expected
            return None if refusal.code in expected else f"{refusal.code}: {refusal.message}"
        return f"kept as {prepared.facts.kind}"

    count, found = failures(family.cases(), judge)  # type: ignore[attr-defined]
    assert not found, "\n".join(found)
    assert kept(folder) == []
    assert count >= least
