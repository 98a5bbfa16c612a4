"""What commands write about customers is for their own user alone, and whole or not there."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from saleor_bespoke import conf
from saleor_bespoke.management.writing import private_file
from saleor_bespoke.media import originals
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.media.services import file_store
from saleor_bespoke.media.store import private_storage
from saleor_bespoke.project.models import BespokeProject
from tests.journey import samples
from tests.media.test_services import upload

pytestmark = pytest.mark.django_db

Run = Callable[[Path], Any]


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    """The umask under which everybody could read what is written carelessly."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def photo(project: BespokeProject, settings: Settings, files_folder: Path) -> Iterator[BespokeFile]:
    """A photograph of the customer's whose original was kept."""
    channels = settings.BESPOKE["CHANNELS"] | {"us": {"originals_kept": ("REFERENCE",)}}
    keys = (originals.key_new(),)
    settings.BESPOKE = settings.BESPOKE | {"FILES_KEYS": keys, "CHANNELS": channels}
    conf.policies_forget()
    file = file_store(
        project=project,
        uploaded=upload(samples.phone_jpeg(), "piece"),
        purpose=Purpose.REFERENCE,
        actor_ref="user:1",
        shared=True,
    )
    project.references.create(file=file, position=1)
    yield file
    conf.policies_forget()


@pytest.fixture(params=["bespoke_export_person", "bespoke_dossier", "bespoke_originals"])
def run(request: pytest.FixtureRequest, project: BespokeProject, photo: BespokeFile) -> Run:
    """One of the commands, writing to this path."""
    calls: dict[str, Run] = {
        "bespoke_export_person": lambda path: command(
            "bespoke_export_person", commission=project.number, out=str(path)
        ),
        "bespoke_dossier": lambda path: command("bespoke_dossier", project.number, str(path)),
        "bespoke_originals": lambda path: command(
            "bespoke_originals", "export", str(photo.pk), str(path)
        ),
    }
    return calls[request.param]


def command(*arguments: str, **options: Any) -> None:
    call_command(*arguments, stdout=io.StringIO(), **options)


def test_only_its_user_may_read_it(run: Run, tmp_path: Path) -> None:
    run(tmp_path / "theirs")
    found = (tmp_path / "theirs").stat()
    assert found.st_mode & 0o777 == 0o600
    assert found.st_size > 100


def test_nothing_is_written_over(run: Run, tmp_path: Path) -> None:
    there = tmp_path / "theirs"
    there.write_bytes(b"Something else")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("theirs", "link"):
        with pytest.raises(CommandError, match="exists already"):
            run(tmp_path / name)
    assert there.read_bytes() == b"Something else"
    assert not (tmp_path / "elsewhere").exists()


def test_what_fails_on_the_way_leaves_nothing_and_can_be_done_again(
    run: Run, photo: BespokeFile, tmp_path: Path
) -> None:
    names = (photo.storage_name, photo.original_name)
    whole = {path: path.read_bytes() for path in map(Path, map(private_storage().path, names))}
    for path in whole:  # a directory where a file was: the storage answers with an error
        path.unlink()
        path.mkdir()
    with pytest.raises((CommandError, OSError)):
        run(tmp_path / "theirs")
    assert not (tmp_path / "theirs").exists()

    for path, data in whole.items():
        path.rmdir()
        path.write_bytes(data)
    run(tmp_path / "theirs")
    assert (tmp_path / "theirs").exists()


def test_while_it_is_written_nobody_else_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "theirs"
    with private_file(path) as target:
        target.write(b"a name")
        assert path.stat().st_mode & 0o777 == 0o600


def test_nothing_is_left_when_somebody_ends_it(tmp_path: Path) -> None:
    def cut_off() -> None:
        with private_file(tmp_path / "theirs") as target:
            target.write(b"a name")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cut_off()
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    with (
        pytest.raises(CommandError, match="cannot be written: No such file"),
        private_file(tmp_path / "nowhere" / "theirs"),
    ):
        pytest.fail("It was written.")
