"""Private files: a link opens one file for one viewer for a while, and nothing is executed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.http.response import HttpResponseBase
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from saleor_bespoke import clock
from saleor_bespoke.errors import NotFound
from saleor_bespoke.media.links import link_make, resolve
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.media.serve import _requested, file_response
from saleor_bespoke.media.services import file_erase, file_store
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import guest_token_rotate
from tests.fixtures import Actor
from tests.journey import samples
from tests.media.test_services import upload
from tests.support import refuses

VIEWER = "user:7"


@pytest.fixture
def file(project: BespokeProject, tmp_path: Path, settings: Settings) -> BespokeFile:
    settings.BESPOKE = settings.BESPOKE | {"FILES_DIR": str(tmp_path / "private")}
    return file_store(
        project=project,
        uploaded=upload(samples.certificate_pdf("2141438171"), 'Zertifikat "öß".pdf'),
        purpose=Purpose.CERTIFICATE,
        actor_ref="user:1",
        shared=True,
    )


def link(file: BespokeFile, viewer: str = VIEWER, **values: timedelta) -> str:
    version = file.project.token_version
    return link_make(file_pk=file.pk, token_version=version, viewer=viewer, **values)


# links ------------------------------------------------------------------------------------------


def test_a_link_opens_its_file(file: BespokeFile) -> None:
    made = link(file)
    assert resolve(made, viewer=VIEWER) == file.pk
    assert VIEWER not in made
    assert not set(made) & set("/?#&+ ")


def test_a_link_is_for_one_viewer(file: BespokeFile) -> None:
    for other in ("user:8", "", "user:7 "):
        with refuses("NOT_FOUND"):
            resolve(link(file), viewer=other)


@pytest.mark.parametrize("at", [0, 5, 20, -1, -10])
def test_a_link_cannot_be_changed(file: BespokeFile, at: int) -> None:
    made = list(link(file))
    made[at] = "B" if made[at] != "B" else "C"
    with refuses("NOT_FOUND"):
        resolve("".join(made), viewer=VIEWER)


@pytest.mark.parametrize("made", ["", ":", "x", "a:b", "é:ü", "e30:x", "." * 5000])
def test_nonsense_is_no_link(db: None, made: str) -> None:
    with refuses("NOT_FOUND"):
        resolve(made, viewer=VIEWER)


def test_a_link_expires_by_the_shops_clock(file: BespokeFile) -> None:
    made = link(file)
    with time_machine.travel(clock.now() + timedelta(minutes=14), tick=False):
        assert resolve(made, viewer=VIEWER) == file.pk
    with time_machine.travel(clock.now() + timedelta(minutes=15, seconds=1), tick=False):
        with refuses("FILE_LINK_EXPIRED"):
            resolve(made, viewer=VIEWER)
        with refuses("NOT_FOUND"):  # a stranger does not even learn that
            resolve(made, viewer="user:8")


def test_the_moved_clock_of_a_demo_ages_links(file: BespokeFile) -> None:
    made = link(file, lifetime=timedelta(days=1))
    clock.use_offset(lambda: timedelta(days=31))
    try:
        with refuses("FILE_LINK_EXPIRED"):
            resolve(made, viewer=VIEWER)
    finally:
        clock.use_offset(timedelta)


def test_rotating_the_projects_token_revokes_links(file: BespokeFile, customer: Actor) -> None:
    made = link(file)
    guest_token_rotate(actor=customer, project_pk=file.project_id)
    with refuses("NOT_FOUND"):
        resolve(made, viewer=VIEWER)
    file.refresh_from_db()
    assert resolve(link(file), viewer=VIEWER) == file.pk


def test_an_erased_file_is_gone(file: BespokeFile) -> None:
    made = link(file)
    file_erase(file=file)
    with refuses("NOT_FOUND"):
        resolve(made, viewer=VIEWER)
    file.refresh_from_db()
    with refuses("NOT_FOUND"):
        file_response(file)


# serving ----------------------------------------------------------------------------------------


def body(response: HttpResponseBase) -> bytes:
    content = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    response.close()
    return bytes(content)


def test_nothing_is_executed(file: BespokeFile) -> None:
    response = file_response(file)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"].startswith("attachment;")
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Length"] == str(file.size)
    assert body(response) == samples.certificate_pdf("2141438171")


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, None),
        ("bytes=-10", -10, None),
        ("bytes=5-999999999", 5, None),
        ("bytes=-999999999", 0, None),
        ("bytes=0-0", 0, 1),
    ],
)
def test_parts(file: BespokeFile, asked: str, start: int, end: int | None) -> None:
    whole = samples.certificate_pdf("2141438171")
    response = file_response(file, asked)
    content = body(response)
    assert response.status_code == 206
    assert content == whole[start:end]
    assert response["Content-Length"] == str(len(content))
    first = whole.index(content) if start < 0 else start
    assert response["Content-Range"] == (f"bytes {first}-{first + len(content) - 1}/{file.size}")


@pytest.mark.parametrize("asked", [None, "", "bytes=", "bytes=-", "bytes=0-1,5-6", "lines=1-2"])
def test_what_is_no_range_gets_the_whole(file: BespokeFile, asked: str | None) -> None:
    response = file_response(file, asked)
    assert response.status_code == 200
    assert len(body(response)) == file.size


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=-0"])
def test_a_range_beyond_the_end(file: BespokeFile, asked: str) -> None:
    response = file_response(file, asked)
    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{file.size}"
    assert response["X-Content-Type-Options"] == "nosniff"


@given(st.text(alphabet="bytes=-0123456789,", max_size=24), st.integers(1, 10_000))
def test_ranges_stay_within_the_file(header: str, size: int) -> None:
    try:
        part = _requested(header, size)
    except ValueError:
        part = None
    assert part is None or 0 <= part[0] < part[1] <= size


def test_lost_bytes_are_answered_like_an_absent_file(file: BespokeFile, tmp_path: Path) -> None:
    for path in (tmp_path / "private").rglob("*"):
        if path.is_file():
            path.unlink()
    with pytest.raises(NotFound):
        file_response(file)
