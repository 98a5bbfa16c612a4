"""The dossier: all of a piece, proving itself, each caller's own, and the same bytes again."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from saleor_bespoke import clock
from saleor_bespoke.errors import ErrorCode
from saleor_bespoke.flows.dossier.archive import stream
from saleor_bespoke.flows.dossier.assembling import dossier_assemble
from saleor_bespoke.flows.dossier.contents import entries, safe
from saleor_bespoke.graphql.base import global_id
from saleor_bespoke.media.deriving.services import derivatives_make
from saleor_bespoke.media.store import bytes_delete
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import guest_token_rotate
from tests.callers import OWNERS, SHOP, callers, perform
from tests.support import refuses

pytestmark = pytest.mark.django_db

ASSEMBLE = """mutation Op($project: ID!, $token: String) {
    bespokeDossierAssemble(project: $project, token: $token) {
        url errors { field message code } } }"""


def packed(project: BespokeProject, *, staff: bool) -> bytes:
    return b"".join(stream(entries(project, staff=staff)))


def opened(data: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(data))


def checked(archive: zipfile.ZipFile, folder: Path, *, unpack: bool = True) -> str:
    if unpack:
        archive.extractall(folder)
    command = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def assembled(delivered_project: BespokeProject, staff: Actor) -> BespokeProject:
    """A delivered piece whose dossier was asked for by staff, once its previews were made."""
    derivatives_make(120)
    return dossier_assemble(actor=staff, project_pk=delivered_project.pk)


def test_it_holds_everything_and_proves_itself(assembled: BespokeProject, tmp_path: Path) -> None:
    archive = opened(packed(assembled, staff=True))
    names = archive.namelist()
    assert names[0] == "index.html"
    assert names[-1] == "SHA256SUMS"
    assert {name.split("/")[0] for name in names} == {
        "index.html", "timeline.json", "documents", "photos", "videos", "cad", "SHA256SUMS",
    }  # fmt: skip
    assert len([name for name in names if name.startswith("documents/")]) == 11
    passed = checked(archive, tmp_path)
    assert passed.count(": OK") == len(names) - 1


def test_a_changed_file_is_noticed(assembled: BespokeProject, tmp_path: Path) -> None:
    archive = opened(packed(assembled, staff=True))
    archive.extractall(tmp_path)
    page = tmp_path / "index.html"
    page.write_text(page.read_text() + " ")
    with pytest.raises(subprocess.CalledProcessError):
        checked(archive, tmp_path, unpack=False)


def test_it_is_the_same_again(assembled: BespokeProject) -> None:
    assert packed(assembled, staff=True) == packed(assembled, staff=True)


def test_two_files_are_never_packed_under_one_name(assembled: BespokeProject) -> None:
    found = entries(assembled, staff=True)
    with pytest.raises(ValueError, match=r"Two files of a dossier are called index\.html\."):
        b"".join(stream([*found, found[0]]))


def test_a_customers_holds_nothing_of_the_workshops(assembled: BespokeProject) -> None:
    mine, theirs = (opened(packed(assembled, staff=it)) for it in (True, False))
    hidden = set(mine.namelist()) - set(theirs.namelist())
    assert any("production-card" in name for name in hidden)
    assert any("quality-sheet" in name for name in hidden)
    told = theirs.read("timeline.json").decode() + theirs.read("index.html").decode()
    assert "Document for the workshop issued" not in told
    assert "BenchDocumentIssued" in mine.read("timeline.json").decode()


def test_the_first_page_reads_offline_and_runs_nothing(assembled: BespokeProject) -> None:
    BespokeProject.objects.filter(pk=assembled.pk).update(title="<script>alert(1)</script> & co")
    assembled.refresh_from_db()
    archive = opened(packed(assembled, staff=False))
    html = archive.read("index.html").decode()
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co" in html
    assert not re.search(r'(?:src|href)="(?:https?:)?//', html)
    for target in re.findall(r'href="([^"]+)"', html):
        assert target in archive.namelist()
    assert html.count("data:image/webp;base64,") == len(
        [name for name in archive.namelist() if name.startswith(("photos/", "cad/"))]
    )


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ("C:\\Windows\\x.exe", "c-windows-x-exe"),
        ("Größe ♥", "groe"),
        ("\u202egnp.exe", "gnp-exe"),
        ("...", "file"),
        ("", "file"),
        ("x" * 300, "x" * 60),
        ("-rf *", "rf"),
    ],
)
def test_names_are_safe_to_unpack(name: str, file: str) -> None:
    assert safe(name) == file


def test_what_is_lost_is_named_and_left_out(assembled: BespokeProject) -> None:
    photo = assembled.evidence.get(kind="PHOTO")
    bytes_delete(photo.file.storage_name)
    archive = opened(packed(assembled, staff=False))
    assert not [name for name in archive.namelist() if name.startswith("photos/")]
    assert "these files are gone" in archive.read("index.html").decode()


def fetched(url: str, actor: Actor) -> Any:
    headers = {"Bespoke-Token": actor.token} if actor.token else {}
    client = Client()
    return client.get(url.removeprefix("http://testserver"), headers=headers)


def test_every_caller_gets_their_own_or_nothing(
    delivered_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    project = global_id("BespokeProject", delivered_project.pk)
    for who, actor in callers(delivered_project, customer, staff).items():
        answer = perform(
            actor, "bespokeDossierAssemble", ASSEMBLE, project=project, token=actor.token or None
        )
        if who in (*OWNERS, *SHOP):
            assert answer["errors"] == [], who
            assert "/plugins/saleor.bespoke/dossiers/" in answer["url"], who
        else:
            assert [error["code"] for error in answer["errors"]] == ["NOT_FOUND"], who
            assert answer["url"] is None, who


def test_a_link_is_its_viewers_and_ends_with_the_token(
    delivered_project: BespokeProject, customer: Actor, staff: Actor, time_machine: Any
) -> None:
    people = callers(delivered_project, customer, staff)
    guest, project = people["guest"], global_id("BespokeProject", delivered_project.pk)
    url = perform(guest, "bespokeDossierAssemble", ASSEMBLE, project=project, token=guest.token)[
        "url"
    ]

    answer = fetched(url, guest)

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/zip"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("attachment")
    names = opened(b"".join(answer.streaming_content)).namelist()
    assert not any("production-card" in name for name in names)
    for who in ("anonymous", "other customer"):
        assert fetched(url, people[who]).status_code == 404, who
    assert Client().get(url.removeprefix("http://testserver") + "x").status_code == 404
    guest_token_rotate(actor=guest, project_pk=delivered_project.pk)
    assert fetched(url, guest).status_code == 404


def test_so_many_within_an_hour(
    delivered_project: BespokeProject, customer: Actor, policy: Any, time_machine: Any
) -> None:
    policy(dossiers_hour=2)

    def assemble() -> None:
        dossier_assemble(actor=customer, project_pk=delivered_project.pk)

    assemble()
    assemble()
    with refuses(ErrorCode.DOSSIER_LIMIT_REACHED):
        assemble()
    time_machine.move_to(clock.now() + timedelta(minutes=61))
    assemble()


def test_the_command_writes_it(delivered_project: BespokeProject, tmp_path: Path) -> None:
    call_command("bespoke_dossier", delivered_project.number, str(tmp_path / "all.zip"))
    call_command(
        "bespoke_dossier", delivered_project.number, str(tmp_path / "mine.zip"), customer=True
    )
    names = [zipfile.ZipFile(tmp_path / it).namelist() for it in ("all.zip", "mine.zip")]
    assert len(names[0]) > len(names[1]) > 10
    with pytest.raises(CommandError, match="There is no commission B-0"):
        call_command("bespoke_dossier", "B-0", str(tmp_path / "none.zip"))
    assert not (tmp_path / "none.zip").exists()
