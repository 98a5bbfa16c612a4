"""What is derived of a file is seen by whoever may see the file, and by nobody else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.http import HttpRequest
from django.test import RequestFactory
from pytest_django import Settings

from saleor_bespoke import clock
from saleor_bespoke.media import links
from saleor_bespoke.media.deriving.models import Derivative
from saleor_bespoke.media.deriving.services import derivatives_make
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.media.services import file_erase
from saleor_bespoke.media.store import private_storage
from saleor_bespoke.project.access import ANONYMOUS, Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import guest_token_rotate
from saleor_bespoke.web.addresses import private_file
from tests.fixtures import make_customer, make_project, make_staff
from tests.journey import samples
from tests.media.deriving.test_services import store
from tests.support import refuses


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.BESPOKE = settings.BESPOKE | {"FILES_DIR": str(tmp_path / "private")}
    return tmp_path / "private"


@pytest.fixture
def mine(customer: Actor) -> tuple[BespokeFile, str]:
    """A customer's picture with its previews, and the guest's token of its project."""
    project, token = make_project(customer)
    file = store(project)
    assert derivatives_make() == 1
    return file, token


def preview_of(file: BespokeFile) -> Derivative:
    return file.derivatives.filter(width=960, kind="WEBP").get()


def link_of(file: BespokeFile, piece: Derivative, viewer: str, **values: Any) -> str:
    version = BespokeProject.objects.get(pk=file.project_id).token_version
    return links.link_make(
        file_pk=file.pk, derivative_pk=piece.pk, token_version=version, viewer=viewer, **values
    )


@dataclass(frozen=True)
class Fetched:
    """An answer, read to its end."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    def __getitem__(self, name: str) -> str:
        return self.headers[name]


def fetch(link: str, actor: Actor, token: str = "", **headers: str) -> Fetched:
    """The answer to whoever fetches this."""
    request: HttpRequest = RequestFactory().get("/", headers={"Bespoke-Token": token, **headers})
    response = private_file(request, link, caller=lambda: actor)
    content = b"".join(response)  # type: ignore[arg-type]
    for close in response._resource_closers:  # its own `close` would also close the database
        close()
    return Fetched(response.status_code, response.headers, content)


def test_the_owner_sees_a_preview_in_place(mine: tuple[BespokeFile, str], customer: Actor) -> None:
    file, _ = mine
    piece = preview_of(file)
    response = fetch(link_of(file, piece, customer.ref), customer)
    assert response.status_code == 200
    assert response["Content-Type"] == "image/webp"
    assert response["Content-Disposition"].startswith("inline; filename=")
    assert response["Content-Disposition"].endswith('-960.webp"')
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'; sandbox" in response["Content-Security-Policy"]
    assert response["Cache-Control"] == "private, no-store"
    with private_storage().open(piece.storage_name) as stored:
        assert response.content == stored.read()
    part = fetch(link_of(file, piece, customer.ref), customer, Range="bytes=0-3")
    assert (part.status_code, part.content) == (206, b"RIFF")
    assert (
        fetch(
            link_of(file, piece, customer.ref), customer, Range=f"bytes={piece.size}-"
        ).status_code
        == 416
    )


Caller = Callable[[tuple[BespokeFile, str]], tuple[Actor, str]]

CALLERS: dict[str, tuple[Caller, bool]] = {
    "guest with the token": (lambda mine: (ANONYMOUS, mine[1]), True),
    "staff": (lambda mine: (make_staff(), ""), True),
    "anonymous": (lambda mine: (ANONYMOUS, ""), False),
    "guest with a wrong token": (lambda mine: (ANONYMOUS, mine[1][::-1]), False),
    "another customer": (lambda mine: (make_customer("other@example.com"), ""), False),
    "staff without permission": (
        lambda mine: (make_staff("clerk@example.com", permissions=()), ""),
        False,
    ),
    "staff of another channel": (
        lambda mine: (make_staff("far@example.com", channels=("eu",)), ""),
        False,
    ),
}


@pytest.mark.parametrize("name", CALLERS)
def test_who_may_see(mine: tuple[BespokeFile, str], name: str) -> None:
    make, allowed = CALLERS[name]
    actor, token = make(mine)
    file, _ = mine
    viewer = f"guest:{file.project_id}" if token else actor.ref
    response = fetch(link_of(file, preview_of(file), viewer), actor, token)
    assert response.status_code == (200 if allowed else 404)


def test_nobody_uses_anothers_link(mine: tuple[BespokeFile, str], customer: Actor) -> None:
    file, token = mine
    link = link_of(file, preview_of(file), customer.ref)
    for actor, shown in ((make_staff(), ""), (ANONYMOUS, token), (ANONYMOUS, "")):
        assert fetch(link, actor, shown).status_code == 404


def test_a_link_opens_what_it_names_and_nothing_else(
    mine: tuple[BespokeFile, str], customer: Actor
) -> None:
    file, _ = mine
    piece = preview_of(file)
    # the link of a preview is no link to the file
    with refuses("NOT_FOUND"):
        links.resolve(link_of(file, piece, customer.ref), viewer=customer.ref)
    # nor does one piece open under another file
    other = store(make_project(customer)[0])
    assert fetch(link_of(other, piece, customer.ref), customer).status_code == 404
    # nor is a file a piece, or a piece a file
    wrong = links.link_make(
        file_pk=piece.pk, token_version=file.project.token_version, viewer=customer.ref
    )
    assert fetch(wrong, customer).status_code == 404
    odd = links.link_make(
        file_pk=file.pk,
        derivative_pk=file.pk,
        token_version=file.project.token_version,
        viewer=customer.ref,
    )
    assert fetch(odd, customer).status_code == 404


def test_links_end_with_time_token_and_file(mine: tuple[BespokeFile, str], customer: Actor) -> None:
    file, _ = mine
    piece = preview_of(file)
    link = link_of(file, piece, customer.ref)
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=False):
        assert fetch(link, customer).status_code == 410
    guest_token_rotate(actor=customer, project_pk=file.project_id)
    assert fetch(link, customer).status_code == 404
    fresh = link_of(file, piece, customer.ref)
    assert fetch(fresh, customer).status_code == 200
    file_erase(file=file)
    assert fetch(fresh, customer).status_code == 404


def test_a_mesh_for_browsers_is_an_attachment(customer: Actor) -> None:
    file = store(make_project(customer)[0], samples.ring_mesh_stl(), Purpose.CAD)
    assert derivatives_make() == 1
    pieces = {piece.role: piece for piece in file.derivatives.all()}
    mesh = fetch(link_of(file, pieces["MESH"], customer.ref), customer)
    assert mesh["Content-Type"] == "model/gltf-binary"
    assert mesh["Content-Disposition"].startswith("attachment;")
    turn = fetch(link_of(file, pieces["TURNTABLE"], customer.ref), customer)
    assert turn["Content-Disposition"].startswith("inline;")
