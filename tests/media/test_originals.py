"""Kept originals: off by default, encrypted where the shop wants them, gone with their file."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import override_settings
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from saleor_bespoke import conf
from saleor_bespoke.media import originals
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.originals import OriginalUnreadable, decrypt, encrypt, key_new
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.media.services import file_erase, file_store, stored_orphans_remove
from saleor_bespoke.media.store import private_storage
from saleor_bespoke.project.models import BespokeProject
from tests.journey import samples

KEY, OLD = key_new(), key_new()
PIECE = originals._PIECE
PK = uuid4()


@pytest.fixture
def keeping(settings: Settings, tmp_path: Path) -> Any:
    """A shop that keeps originals of reference files, with these keys."""

    def given_(*keys: str, purposes: tuple[str, ...] = ("REFERENCE",)) -> None:
        channels = settings.BESPOKE["CHANNELS"] | {"us": {"originals_kept": purposes}}
        settings.BESPOKE = settings.BESPOKE | {
            "CHANNELS": channels,
            "FILES_DIR": str(tmp_path / "private"),
            "FILES_KEYS": keys,
        }
        conf.policies_forget()

    yield given_
    conf.policies_forget()


def store(project: BespokeProject, content: bytes, name: str = "ring.jpg") -> BespokeFile:
    return file_store(
        project=project,
        uploaded=SimpleUploadedFile(name, content),
        purpose=Purpose.REFERENCE,
        actor_ref="user:1",
        shared=True,
    )


def stored(tmp_path: Path) -> dict[str, bytes]:
    root = tmp_path / "private"
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*/*")}


def test_nothing_is_kept_unless_the_shop_says_so(
    project: BespokeProject, keeping: Any, tmp_path: Path
) -> None:
    keeping(KEY, purposes=())
    file = store(project, samples.phone_jpeg())
    assert file.original_name == ""
    assert len(stored(tmp_path)) == 1


def test_what_came_is_kept_encrypted(project: BespokeProject, keeping: Any, tmp_path: Path) -> None:
    keeping(KEY)
    came = samples.phone_jpeg()
    file = store(project, came)
    assert set(stored(tmp_path)) == {file.storage_name, file.original_name}
    sealed = stored(tmp_path)[file.original_name]
    assert file.original_size == len(sealed)
    assert b"Exif" in came
    assert not any(came[at : at + 16] in sealed for at in range(0, len(came) - 16, 997))
    with private_storage().open(file.original_name) as held:
        assert b"".join(decrypt(held.file, of=file.pk)) == came


def test_what_cleaning_did_not_change_is_kept_once(
    project: BespokeProject, keeping: Any, tmp_path: Path
) -> None:
    keeping(KEY)
    file = store(project, samples.reference_pdf(), "ring.pdf")
    assert (file.original_name, len(stored(tmp_path))) == ("", 1)


def test_without_a_key_nothing_is_taken(
    project: BespokeProject, keeping: Any, tmp_path: Path
) -> None:
    for keys in ((), ("short",)):
        keeping(*keys)
        with pytest.raises(ImproperlyConfigured, match="FILES_KEYS"):
            store(project, samples.phone_jpeg())
        assert stored(tmp_path) == {}


def test_an_original_goes_with_its_file(
    project: BespokeProject,
    keeping: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    keeping(KEY)
    file = store(project, samples.phone_jpeg())
    monkeypatch.setattr("saleor_bespoke.media.services._ORPHAN_SECONDS", -60)
    assert stored_orphans_remove() == 0
    with django_capture_on_commit_callbacks(execute=True):
        file_erase(file=file)
    assert stored(tmp_path) == {}


def test_keys_are_rotated(project: BespokeProject, keeping: Any, tmp_path: Path) -> None:
    keeping(OLD)
    file = store(project, samples.phone_jpeg())
    keeping(KEY, OLD)
    target = tmp_path / "out.jpg"
    call_command("bespoke_originals", "export", str(file.pk), str(target), stdout=io.StringIO())
    assert target.read_bytes() == samples.phone_jpeg()

    said = io.StringIO()
    call_command("bespoke_originals", "rotate", stdout=said)
    call_command("bespoke_originals", "rotate", stdout=said)
    assert "1 original was encrypted anew" in said.getvalue()
    assert "0 originals were encrypted anew" in said.getvalue()
    file.refresh_from_db()
    assert set(stored(tmp_path)) == {file.storage_name, file.original_name}

    keeping(KEY)
    with private_storage().open(file.original_name) as held:
        assert b"".join(decrypt(held.file, of=file.pk)) == samples.phone_jpeg()
    keeping(OLD)
    with (
        private_storage().open(file.original_name) as held,
        pytest.raises(OriginalUnreadable, match="key"),
    ):
        b"".join(decrypt(held.file, of=file.pk))


def test_an_original_in_another_files_place_is_noticed(
    project: BespokeProject, keeping: Any, tmp_path: Path
) -> None:
    keeping(OLD)
    one, two = (store(project, samples.phone_jpeg(), name) for name in ("one.jpg", "two.jpg"))
    first, second = (tmp_path / "private" / file.original_name for file in (one, two))
    aside = first.rename(tmp_path / "aside")
    second.rename(first)
    aside.rename(second)
    target, said = tmp_path / "out.jpg", io.StringIO()
    for file in (one, two):
        with pytest.raises(CommandError, match="changed since it was kept"):
            call_command("bespoke_originals", "export", str(file.pk), str(target), stdout=said)
    assert not target.exists()
    before = stored(tmp_path)
    keeping(KEY, OLD)
    with pytest.raises(CommandError, match="changed since it was kept"):
        call_command("bespoke_originals", "rotate", stdout=said)
    assert stored(tmp_path) == before
    assert said.getvalue() == ""


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_every_size_comes_back(size: int, keeping: Any, tmp_path: Path) -> None:
    keeping(KEY)
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(bytes(range(256)) * (size // 256) + bytes(size % 256))
    encrypt(source, target, of=PK)
    with target.open("rb") as sealed:
        assert b"".join(decrypt(sealed, of=PK)) == source.read_bytes()


def test_a_change_is_noticed(keeping: Any, tmp_path: Path) -> None:
    keeping(KEY)
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(b"a" * PIECE + b"b" * PIECE + b"c" * 100)
    encrypt(source, target, of=PK)
    whole = target.read_bytes()
    head, step = 21, PIECE + 16
    pieces = [whole[head:][at : at + step] for at in range(0, len(whole) - head, step)]
    assert len(pieces) == 3
    changed = {
        "a byte": bytes([whole[0] ^ 1]) + whole[1:],
        "the key's name": whole[:6] + bytes([whole[6] ^ 1]) + whole[7:],
        "the nonce": whole[:15] + bytes([whole[15] ^ 1]) + whole[16:],
        "the text": whole[:500] + bytes([whole[500] ^ 1]) + whole[501:],
        "cut at a piece": whole[:head] + pieces[0] + pieces[1],
        "cut in a piece": whole[:-1],
        "all cut off": whole[:head],
        "swapped": whole[:head] + pieces[1] + pieces[0] + pieces[2],
        "repeated": whole[:head] + pieces[0] + pieces[0] + pieces[1] + pieces[2],
        "longer": whole + b"x",
        "nothing": b"",
    }
    read = []
    for what, content in changed.items():
        with suppress(OriginalUnreadable):
            read.append((what, b"".join(decrypt(io.BytesIO(content), of=PK))))
    assert read == []


@hypothesis_settings(max_examples=30, deadline=None)
@given(st.binary(max_size=400))
def test_rubbish_is_no_original(content: bytes) -> None:
    bespoke = django_settings.BESPOKE | {"FILES_KEYS": (KEY,)}
    with override_settings(BESPOKE=bespoke), pytest.raises(OriginalUnreadable):
        b"".join(decrypt(io.BytesIO(content), of=PK))
