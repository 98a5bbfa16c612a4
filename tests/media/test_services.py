"""Keeping files: bytes and row come together and go together."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import ClassVar

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import InMemoryStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils.module_loading import import_string
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from saleor_bespoke import clock
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.media.services import (
    file_attach,
    file_erase,
    file_prepare,
    file_store,
    stored_orphans_remove,
)
from saleor_bespoke.media.store import bytes_store, private_storage
from saleor_bespoke.project.models import BespokeProject
from tests.fixtures import make_project
from tests.journey import samples
from tests.media import corpus
from tests.support import race, refuses

PNG = corpus.encoded(corpus.picture(), "PNG")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.BESPOKE = settings.BESPOKE | {"FILES_DIR": str(tmp_path / "private")}
    return tmp_path / "private"


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def upload(content: bytes = PNG, name: str = "ring.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/x-whatever")


def store(project: BespokeProject, content: bytes = PNG, **values: object) -> BespokeFile:
    given = {"purpose": Purpose.REFERENCE, "actor_ref": "user:1", "shared": True} | values
    return file_store(project=project, uploaded=upload(content), **given)  # type: ignore[arg-type]


def test_file_store(project: BespokeProject, folder: Path) -> None:
    file = file_store(
        project=project,
        uploaded=upload(samples.phone_jpeg(), "../My ring.JPEG"),
        purpose=Purpose.REFERENCE,
        actor_ref="user:7",
        shared=True,
    )
    file.refresh_from_db()
    assert (file.kind, file.name, file.uploaded_by) == ("JPEG", "My ring.jpg", "user:7")
    assert (file.width, file.height, file.duration) == (1224, 1632, None)
    [path] = kept(folder)
    assert path.stat().st_size == file.size
    assert path.stat().st_mode & 0o077 == 0
    assert "ring" not in file.storage_name.lower()
    assert len(Path(file.storage_name).name) >= 48


def test_plain_binary_files_are_welcome_too(project: BespokeProject) -> None:
    file = file_store(
        project=project,
        uploaded=BytesIO(samples.short_video_mp4()),
        name="unboxing.MOV",
        purpose=Purpose.UNBOXING,
        actor_ref="user:7",
        shared=True,
    )
    file.refresh_from_db()
    assert file.name == "unboxing.mp4"
    assert file.duration is not None
    assert 2.9 < file.duration < 3.1


@pytest.mark.parametrize(
    ("content", "purpose", "code"),
    [
        (b"", Purpose.REFERENCE, "FILE_UNREADABLE"),
        (b"<svg onload='alert(1)'/>", Purpose.REFERENCE, "FILE_KIND_NOT_ALLOWED"),
        (samples.short_video_mp4(), Purpose.REFERENCE, "FILE_KIND_NOT_ALLOWED"),
        (samples.ring_mesh_stl(), Purpose.CERTIFICATE, "FILE_KIND_NOT_ALLOWED"),
        (samples.phone_jpeg()[:90_000], Purpose.REFERENCE, "FILE_UNREADABLE"),
        (PNG + bytes(2_000_000), Purpose.MESSAGE, "FILE_TOO_LARGE"),
    ],
)
def test_refusals_keep_nothing(
    project: BespokeProject,
    folder: Path,
    settings: Settings,
    content: bytes,
    purpose: Purpose,
    code: str,
) -> None:
    settings.BESPOKE = settings.BESPOKE | {"FILE_MAX_BYTES": {"MESSAGE": 1_000_000}}
    with refuses(code, field="file"):
        store(project, content, purpose=purpose)
    assert kept(folder) == []


def test_size_is_counted_and_not_believed(project: BespokeProject, settings: Settings) -> None:
    settings.BESPOKE = settings.BESPOKE | {"FILE_MAX_BYTES": {"REFERENCE": 1_000}}
    lying = upload(PNG + bytes(5_000))
    lying.size = 10
    with refuses("FILE_TOO_LARGE"):
        file_store(
            project=project, uploaded=lying, purpose=Purpose.REFERENCE, actor_ref="x", shared=True
        )


# bytes and rows ---------------------------------------------------------------------------------


class WorkshopOnFireError(Exception):
    pass


@pytest.mark.django_db(transaction=True)
def test_rollback_removes_the_bytes(folder: Path) -> None:
    project, _ = make_project()
    with pytest.raises(WorkshopOnFireError):
        attach_and(project, fail=True)
    assert not BespokeFile.objects.exists()
    assert kept(folder) == []


@pytest.mark.django_db(transaction=True)
def test_commit_keeps_the_bytes(folder: Path) -> None:
    project, _ = make_project()
    attach_and(project, fail=False)
    assert BespokeFile.objects.count() == len(kept(folder)) == 1


def attach_and(project: BespokeProject, *, fail: bool) -> None:
    with (
        file_prepare(uploaded=upload(), purpose=Purpose.REFERENCE) as prepared,
        transaction.atomic(),
    ):
        file_attach(project=project, prepared=prepared, actor_ref="user:1", shared=True)
        if fail:
            raise WorkshopOnFireError


def test_a_prepared_file_that_nobody_attaches_goes(db: None, folder: Path) -> None:
    with file_prepare(uploaded=upload(), purpose=Purpose.REFERENCE):
        assert len(kept(folder)) == 1
    assert kept(folder) == []


@pytest.mark.django_db(transaction=True)
def test_inside_a_larger_transaction_the_sweeper_decides(folder: Path) -> None:
    # given a file stored within a transaction that is rolled back only later
    project, _ = make_project()
    with transaction.atomic():
        store(project)
        transaction.set_rollback(True)
    assert not BespokeFile.objects.exists()
    [orphan] = kept(folder)
    store(project)
    # when it is still young, then it stays: its row might yet be committed
    assert stored_orphans_remove() == 0
    # when a day has gone by
    for path in kept(folder):
        os.utime(path, (time.time() - 90_000,) * 2)
    # then only the orphan goes
    assert stored_orphans_remove() == 1
    assert not orphan.exists()
    assert len(kept(folder)) == 1


def test_what_others_keep_in_the_folder_is_not_swept(
    project: BespokeProject, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [
        folder / name
        for name in (
            "shop.sql",
            "backups/shop.sql",
            "ab/notes.txt",
            "lost+found/x",
            f"ab/{'c' * 48}",
        )
    ]
    for other in others:
        other.parent.mkdir(parents=True, exist_ok=True)
        other.write_bytes(b"theirs")
    live = folder / store(project).storage_name
    orphan = folder / bytes_store(others[0])
    taken = orphan.with_name(f"{orphan.name}_aB3dE9x")  # as Django names it where one is there
    taken.write_bytes(b"ours")
    monkeypatch.setattr("saleor_bespoke.media.services._ORPHAN_SECONDS", -60)
    assert stored_orphans_remove() == 2
    assert sorted(kept(folder)) == sorted([*others, live])


def test_nothing_stored_nothing_swept(db: None) -> None:
    assert stored_orphans_remove() == 0


def test_file_erase(
    project: BespokeProject,
    folder: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    file = store(project)
    for _ in range(2):  # twice is the same as once
        with django_capture_on_commit_callbacks(execute=True):
            file_erase(file=file)
    digest = file.sha256
    file.refresh_from_db()
    assert kept(folder) == []
    assert file.name == ""
    assert file.sha256 == digest
    assert file.erased_at is not None
    assert file.erased_at <= clock.now()


# the cap on reference files ---------------------------------------------------------------------


def test_the_eleventh_reference_file_is_refused(project: BespokeProject, folder: Path) -> None:
    for _ in range(10):
        store(project)
    with refuses("FILE_LIMIT_REACHED", field="file"):
        store(project)
    assert len(kept(folder)) == 10
    store(project, purpose=Purpose.PROGRESS)  # other files have no such cap
    file_erase(file=BespokeFile.objects.filter(purpose="REFERENCE")[0])
    store(project)  # and an erased one makes room


@pytest.mark.django_db(transaction=True)
def test_the_cap_holds_under_parallel_uploads(folder: Path) -> None:
    # given nine of ten
    project, _ = make_project()
    for _ in range(9):
        store(project)
    # when four arrive at once
    uploads: list[Callable[[], BespokeFile]] = [lambda: store(project)] * 4
    answers = race(*uploads)
    # then one is taken
    refused = [answer.code for answer in answers if isinstance(answer, BespokeError)]
    assert refused == ["FILE_LIMIT_REACHED"] * 3
    assert BespokeFile.objects.count() == len(kept(folder)) == 10


# the storage ------------------------------------------------------------------------------------


def test_a_published_folder_is_refused(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    with pytest.raises(ImproperlyConfigured, match="published"):
        private_storage()


def test_no_folder_is_refused(settings: Settings) -> None:
    settings.BESPOKE = {}
    with pytest.raises(ImproperlyConfigured, match="FILES_DIR"):
        private_storage()


def test_another_storage_can_be_named(project: BespokeProject, settings: Settings) -> None:
    settings.STORAGES = settings.STORAGES | {
        "bespoke": {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    }
    settings.BESPOKE = settings.BESPOKE | {"FILES_STORAGE": "bespoke"}
    file = store(project)
    with private_storage().open(file.storage_name) as stored:
        assert len(stored.read()) == file.size


class Costly(InMemoryStorage):
    """A storage class as a shop names one; a client of a cloud takes its time to be made."""

    made: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).made += 1


class Published(Costly):
    default_acl = "public-read"


def test_a_storage_class_is_made_once(project: BespokeProject, settings: Settings) -> None:
    path = f"{__name__}.Costly"
    settings.BESPOKE = settings.BESPOKE | {"FILES_STORAGE": path}
    file = store(project)
    for _ in range(10):
        assert private_storage().exists(file.storage_name)
    assert import_string(path).made == 1
    settings.BESPOKE = settings.BESPOKE | {"FILES_STORAGE": f"{__name__}.Published"}
    for _ in range(2):
        with pytest.raises(ImproperlyConfigured, match="publishes"):
            private_storage()
    settings.BESPOKE = settings.BESPOKE | {"FILES_STORAGE": ""}
    assert not private_storage().exists(file.storage_name)


def test_stored_files_have_no_address(project: BespokeProject) -> None:
    with pytest.raises(ValueError, match="not accessible via a URL"):
        private_storage().url(store(project).storage_name)
