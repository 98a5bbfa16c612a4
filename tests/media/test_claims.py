"""What a name and a declared type may say, and what each channel takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st

from saleor_bespoke import conf
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.graphql.intake_form import intake_form
from saleor_bespoke.media import accepted
from saleor_bespoke.media.claims import claims_check, name_check
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.recognise import IMAGES, VIDEOS, FileKind, Purpose
from saleor_bespoke.media.services import file_attach, file_prepare, file_store
from saleor_bespoke.project.models import BespokeProject
from tests.fixtures import make_shop
from tests.journey import samples
from tests.media.cases.case import encoded, picture
from tests.support import refuses

PNG = encoded(picture(), "PNG")
Channel = Callable[..., None]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.BESPOKE = settings.BESPOKE | {"FILES_DIR": str(tmp_path / "private")}
    return tmp_path / "private"


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


# names ------------------------------------------------------------------------------------------


@given(st.text(max_size=300))
def test_a_name_is_fine_or_refused_by_its_own_code(raw: str) -> None:
    answer = None
    try:
        name_check(raw)
    except BespokeError as refusal:
        answer = (refusal.code, refusal.field)
    assert answer in (None, (ErrorCode.FILE_NAME_REFUSED, "file"))


@given(
    st.text(st.characters(categories=["L", "M", "N", "Pd", "Ps", "Pe", "Zs", "So"]), max_size=80),
    st.sampled_from(FileKind),
)
def test_words_in_any_language_are_names(words: str, kind: FileKind) -> None:
    name_check(f"{words}{kind.suffixes[0]}")
    claims_check(kind, name=f"{words}{kind.suffixes[0]}", content_type=kind.mime_type)


@pytest.mark.parametrize("kind", FileKind)
def test_only_families_are_confused(kind: FileKind) -> None:
    for other in FileKind:
        healed = kind is other or {kind, other} <= IMAGES or {kind, other} <= VIDEOS
        for claim in ((f"a{other.suffixes[0]}", None), (None, other.mime_type)):
            answer = None
            try:
                claims_check(kind, name=claim[0], content_type=claim[1])
            except BespokeError as refusal:
                answer = refusal.code
            assert answer == (None if healed else ErrorCode.FILE_KIND_NOT_ALLOWED), (kind, claim)


def test_a_confused_name_is_healed(project: BespokeProject) -> None:
    file = file_store(
        project=project,
        uploaded=SimpleUploadedFile("IMG_0001.HEIC", samples.phone_jpeg(), "image/heic"),
        purpose=Purpose.REFERENCE,
        actor_ref="user:1",
        shared=True,
    )
    assert (file.kind, file.name) == ("JPEG", "IMG_0001.jpg")


def test_a_refused_name_reads_no_byte(folder: Path) -> None:
    class Unreadable(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise AssertionError

    with pytest.raises(BespokeError, match="must not end like a program"):
        file_prepare(uploaded=Unreadable(PNG), purpose=Purpose.REFERENCE, name="ring.jpg.html")
    assert kept(folder) == []


# channels ---------------------------------------------------------------------------------------


@pytest.fixture
def channel(settings: Any) -> Iterator[Channel]:
    """Give the channel `us` these settings."""

    def give(**own: object) -> None:
        channels = settings.BESPOKE.get("CHANNELS", {})
        settings.BESPOKE = settings.BESPOKE | {"CHANNELS": channels | {"us": own}}
        conf.policies_forget()

    yield give
    conf.policies_forget()


def test_a_channel_narrows_and_widens(channel: Channel) -> None:
    channel(
        file_kinds={"REFERENCE": ["PNG", "MP4"], "QUOTE": ["PDF"]},
        file_max_bytes={"REFERENCE": 5_000, "QUOTE": 90_000_000},
    )
    assert accepted.kinds(Purpose.REFERENCE, "us") == {FileKind.PNG, FileKind.MP4}
    assert accepted.kinds(Purpose.QUOTE, "us") == {FileKind.PDF}
    assert accepted.kinds(Purpose.QUOTE, "eu") == IMAGES
    assert accepted.kinds(Purpose.QUOTE) == IMAGES | {FileKind.PDF}
    assert accepted.max_bytes(Purpose.REFERENCE, "us") == 5_000
    assert accepted.max_bytes(Purpose.REFERENCE, "eu") == 30 * 1024 * 1024
    assert accepted.max_bytes(Purpose.QUOTE) == 90_000_000


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (encoded(picture(), "JPEG"), "a.jpg", "FILE_KIND_NOT_ALLOWED"),
        (encoded(picture((900, 900)), "PNG", compress_level=0), "a.png", "FILE_TOO_LARGE"),
    ],
)
def test_the_projects_channel_decides(
    project: BespokeProject, folder: Path, channel: Channel, content: bytes, name: str, code: str
) -> None:
    channel(file_kinds={"REFERENCE": ["PNG", "MP4"]}, file_max_bytes={"REFERENCE": 50_000})
    uploaded = SimpleUploadedFile(name, content)
    # whether it is known from the start
    with refuses(code, field="file"):
        file_store(
            project=project,
            uploaded=uploaded,
            purpose=Purpose.REFERENCE,
            actor_ref="x",
            shared=True,
        )
    # or only when the file is attached
    uploaded.seek(0)
    with (
        refuses(code, field="file"),
        file_prepare(uploaded=uploaded, purpose=Purpose.REFERENCE) as prepared,
    ):
        file_attach(project=project, prepared=prepared, actor_ref="x", shared=True)
    assert kept(folder) == []
    assert not BespokeFile.objects.exists()


def test_a_kind_that_only_this_channel_takes(project: BespokeProject, channel: Channel) -> None:
    channel(file_kinds={"REFERENCE": ["PNG", "MP4"]})
    film = SimpleUploadedFile("a.mp4", samples.short_video_mp4())
    with file_prepare(uploaded=film, purpose=Purpose.REFERENCE) as prepared:
        file = file_attach(project=project, prepared=prepared, actor_ref="x", shared=True)
        assert file.kind == "MP4"


def test_the_form_tells_what_its_channel_takes(db: None, channel: Channel) -> None:
    make_shop()
    channel(file_kinds={"REFERENCE": ["PNG"]}, file_max_bytes={"MESSAGE": 7_000_000})
    form = intake_form("us")
    assert form is not None
    assert form.reference_files.kinds == ["PNG"]
    assert form.reference_files.mime_types == ["image/png"]
    assert form.message_files.largest_bytes == 7_000_000


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"file_kinds": {"SELFIE": ["PNG"]}}, "knows no purpose SELFIE"),
        ({"file_kinds": {"CAD": ["SVG"]}}, r"file_kinds\.CAD must name one or more of JPEG"),
        ({"file_kinds": {"CAD": []}}, r"file_kinds\.CAD must name one or more"),
        ({"file_kinds": {"CAD": "STL"}}, r"file_kinds\.CAD must be a list"),
        ({"file_max_bytes": {"CAD": 0}}, r"file_max_bytes\.CAD must lie between 1 and"),
        ({"file_max_bytes": {"CAD": 3_000_000_000}}, r"file_max_bytes\.CAD must lie between"),
        ({"file_max_bytes": {"CAD": "9 MB"}}, r"file_max_bytes\.CAD must be a whole number"),
        ({"file_max_bytes": {"ALL": 9}}, "knows no purpose ALL"),
    ],
)
def test_a_wrong_setting_is_told_at_start(own: dict[str, Any], said: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=said):
        conf.checked({"CHANNELS": {"us": own}})


def test_the_shops_own_bytes_are_checked_too() -> None:
    with pytest.raises(ImproperlyConfigured, match="FILE_MAX_BYTES knows no purpose PHOTO"):
        conf.checked({"FILE_MAX_BYTES": {"PHOTO": 9}})
