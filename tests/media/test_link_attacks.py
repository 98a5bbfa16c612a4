"""Attacks on file links over HTTP: a link is worth nothing without the right caller, right now."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.core.signals import request_finished
from django.db import close_old_connections
from django.http import HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from saleor_bespoke import clock
from saleor_bespoke.graphql.base import global_id
from saleor_bespoke.graphql.files import FILES_PATH, viewer_of
from saleor_bespoke.graphql.paper_operations import DOSSIERS_PATH
from saleor_bespoke.media.links import link_make
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.media.serve import PRIVATE
from saleor_bespoke.media.services import file_store
from saleor_bespoke.project.access import ANONYMOUS, Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import guest_token_rotate
from saleor_bespoke.web.addresses import private_file
from saleor_bespoke.web.dossiers import dossier
from tests.api import run
from tests.fixtures import guest_of, make_app, make_customer, make_project, make_staff
from tests.journey import samples
from tests.media.test_services import upload


@pytest.fixture
def file(project: BespokeProject, tmp_path: Path, settings: Settings) -> BespokeFile:
    settings.BESPOKE = settings.BESPOKE | {"FILES_DIR": str(tmp_path / "private")}
    return file_store(
        project=project,
        uploaded=upload(samples.short_video_mp4(), "film.mp4"),
        purpose=Purpose.PROGRESS,
        actor_ref="user:1",
        shared=True,
    )


def link_for(file: BespokeFile, actor: Actor) -> str:
    """The link that the API gives this caller now."""
    context = SimpleNamespace(_bespoke_actor=actor)
    project = BespokeProject.objects.get(pk=file.project_id)
    viewer = viewer_of(SimpleNamespace(context=context), project)
    return link_make(file_pk=file.pk, token_version=project.token_version, viewer=viewer)


def fetch(
    link: str, actor: Actor, method: str = "GET", *, root: str = FILES_PATH, **headers: str
) -> HttpResponse:
    """Ask for a link as this caller is known to the host now."""
    request = RequestFactory().generic(method, f"{root}{link}", headers=headers)
    page = private_file if root == FILES_PATH else dossier
    response: Any = page(request, link, caller=lambda: actor)
    if response.streaming:
        content = b"".join(response.streaming_content)
        request_finished.disconnect(close_old_connections)  # as Django's own test client does
        response.close()
        request_finished.connect(close_old_connections)
        response = HttpResponse(content, status=response.status_code, headers=response.headers)
    return response


def test_staff_whose_permission_is_withdrawn_lose_their_links_at_once(
    file: BespokeFile, staff: Actor
) -> None:
    made = link_for(file, staff)
    assert fetch(made, staff).status_code == 200
    for weaker in (
        replace(staff, permissions=frozenset()),
        replace(staff, channels=frozenset({"eu"})),
        replace(staff, channels=frozenset()),
        replace(staff, closed=frozenset({"us"})),
    ):
        assert fetch(made, weaker).status_code == 404
    assert fetch(made, staff).status_code == 200


def test_an_app_whose_permission_is_withdrawn_loses_its_links(file: BespokeFile) -> None:
    app = make_app()
    made = link_for(file, app)
    assert fetch(made, app).status_code == 200
    assert fetch(made, replace(app, permissions=frozenset())).status_code == 404


def test_a_former_owner_loses_their_links(file: BespokeFile, customer: Actor) -> None:
    made = link_for(file, customer)
    assert fetch(made, customer).status_code == 200
    BespokeProject.objects.filter(pk=file.project_id).update(owner=None)
    assert fetch(made, customer).status_code == 404


def test_nobody_opens_anothers_link(file: BespokeFile, customer: Actor, staff: Actor) -> None:
    stranger = make_customer("stranger@example.com")
    colleague = make_staff("colleague@example.com")
    for owner in (customer, staff):
        made = link_for(file, owner)
        for other in (ANONYMOUS, stranger, colleague, make_app()):
            assert fetch(made, other).status_code == 404
    # a link made for a stranger by somebody who stole the secret key still needs a part in it
    forged = link_make(
        file_pk=file.pk, token_version=file.project.token_version, viewer=stranger.ref
    )
    assert fetch(forged, stranger).status_code == 404
    forged = link_make(file_pk=file.pk, token_version=file.project.token_version, viewer="")
    assert fetch(forged, ANONYMOUS).status_code == 404


def test_a_guests_link_needs_their_token_and_dies_with_it(
    file: BespokeFile, customer: Actor
) -> None:
    project, token = guest_token_rotate(actor=customer, project_pk=file.project_id)
    made = link_for(file, guest_of(token))
    assert fetch(made, ANONYMOUS, **{"Bespoke-Token": token}).status_code == 200
    assert fetch(made, ANONYMOUS, Authorization=f"Bespoke {token}").status_code == 200
    _, foreign = make_project(make_customer("third@example.com"))
    for wrong in (foreign, token[::-1], "x", f"guest:{project.pk}"):
        assert fetch(made, ANONYMOUS, **{"Bespoke-Token": wrong}).status_code == 404
    assert fetch(made, ANONYMOUS).status_code == 404
    _, renewed = guest_token_rotate(actor=customer, project_pk=file.project_id)
    for held in (token, renewed):
        assert fetch(made, ANONYMOUS, **{"Bespoke-Token": held}).status_code == 404
    fresh = link_for(file, guest_of(renewed))
    assert fetch(fresh, ANONYMOUS, **{"Bespoke-Token": renewed}).status_code == 200


def test_refusals_tell_nothing_and_are_not_kept(file: BespokeFile, customer: Actor) -> None:
    made = link_for(file, customer)
    absent = fetch("x" * 90, ANONYMOUS)
    foreign = fetch(made, ANONYMOUS)
    assert (foreign.status_code, foreign.content) == (absent.status_code, absent.content)
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        assert fetch(made, customer).status_code == 410
        assert fetch(made, ANONYMOUS).status_code == 404
    for response in (absent, foreign):
        assert "no-store" in response["Cache-Control"]
        assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_a_link_is_only_read(file: BespokeFile, customer: Actor, method: str) -> None:
    assert fetch(link_for(file, customer), customer, method).status_code == 405


def test_no_answer_is_kept_by_anybody_on_the_way(file: BespokeFile, customer: Actor) -> None:
    for headers in ({}, {"Range": "bytes=0-9"}, {"Range": "bytes=99999999-"}):
        response = fetch(link_for(file, customer), customer, **headers)
        assert response["Cache-Control"] == "private, no-store"
        assert response["CDN-Cache-Control"] == "no-store"
        assert response["Surrogate-Control"] == "no-store"
        assert response["Vary"] == "Authorization, Bespoke-Token"
        assert "sandbox" in response["Content-Security-Policy"]
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    "asked",
    ["bytes=0-0,1-1" * 50, "bytes=-99999999999999999999", "bytes=9-1", "bytes=a-b", "bytes=0-1;"],
)
def test_strange_ranges_get_no_more_than_the_file(
    file: BespokeFile, customer: Actor, asked: str
) -> None:
    response = fetch(link_for(file, customer), customer, Range=asked)
    assert response.status_code in (200, 206, 416)
    assert len(response.content) <= file.size


# the domain of files ------------------------------------------------------------------------------

URL = """query Url($id: ID!) { bespokeProject(id: $id) { referenceFiles { file { url } } } }"""


@pytest.mark.parametrize(
    ("domain", "begins"),
    [
        (None, f"https://shop.example.com{FILES_PATH}"),
        ("https://files.example.com", f"https://files.example.com{FILES_PATH}"),
        ("https://files.example.com/", f"https://files.example.com{FILES_PATH}"),
    ],
)
def test_links_lead_over_the_domain_of_files(
    project: BespokeProject,
    customer: Actor,
    settings: Settings,
    tmp_path: Path,
    domain: str | None,
    begins: str,
) -> None:
    settings.PUBLIC_URL = "https://shop.example.com"
    settings.BESPOKE = settings.BESPOKE | {"FILES_DIR": str(tmp_path)}
    if domain:
        settings.BESPOKE = settings.BESPOKE | {"FILES_DOMAIN": domain}
    kept = file_store(
        project=project,
        uploaded=upload(),
        purpose=Purpose.REFERENCE,
        actor_ref=customer.ref,
        shared=True,
    )
    project.references.create(file=kept, position=1)
    data = run(URL, customer, id=global_id("BespokeProject", project.pk)).data
    url = data["bespokeProject"]["referenceFiles"][0]["file"]["url"]
    assert url.startswith(begins)
    link = url.removeprefix(begins)
    for host in ("files.example.com", "shop.example.com", "elsewhere.example.com"):
        assert fetch(link, customer, Host=host).status_code == 200
        assert fetch(link, ANONYMOUS, Host=host).status_code == 404


PAPERS = """mutation Papers($id: ID!) {
    bespokeDocumentIssue(project: $id, kind: BRIEF) { document { url } errors { message } }
    bespokeDossierAssemble(project: $id) { url errors { message } } }"""


def test_papers_and_dossiers_lead_over_the_domain_of_files_too(
    intake_project: BespokeProject, customer: Actor, settings: Settings, tmp_path: Path
) -> None:
    settings.BESPOKE = settings.BESPOKE | {
        "FILES_DIR": str(tmp_path),
        "FILES_DOMAIN": "https://files.example.com",
    }
    data = run(PAPERS, customer, id=global_id("BespokeProject", intake_project.pk)).data
    paper = data["bespokeDocumentIssue"]["document"]["url"]
    whole = data["bespokeDossierAssemble"]["url"]
    assert paper.startswith(f"https://files.example.com{FILES_PATH}")
    assert whole.startswith(f"https://files.example.com{DOSSIERS_PATH}")

    word = whole.removeprefix(f"https://files.example.com{DOSSIERS_PATH}")
    for path, status in ((word, 200), (f"{word}x", 404)):
        answer = fetch(path, customer, root=DOSSIERS_PATH, Host="files.example.com")
        assert answer.status_code == status
        for name, value in PRIVATE.items():
            assert answer[name] == value, name


def test_what_was_shown_to_staff_needs_staff_though_the_piece_is_their_own(
    intake_project: BespokeProject, staff: Actor, settings: Settings, tmp_path: Path
) -> None:
    settings.BESPOKE = settings.BESPOKE | {"FILES_DIR": str(tmp_path)}
    settings.PUBLIC_URL = "https://shop.example.com"
    BespokeProject.objects.filter(pk=intake_project.pk).update(owner=staff.user_pk)
    dismissed = replace(staff, permissions=frozenset())

    def urls(actor: Actor) -> list[tuple[str, str]]:
        data = run(PAPERS, actor, id=global_id("BespokeProject", intake_project.pk)).data
        made = (
            (FILES_PATH, data["bespokeDocumentIssue"]["document"]["url"]),
            (DOSSIERS_PATH, data["bespokeDossierAssemble"]["url"]),
        )
        return [(root, url.removeprefix(f"https://shop.example.com{root}")) for root, url in made]

    for root, word in urls(staff):
        assert fetch(word, staff, root=root).status_code == 200, root
        assert fetch(word, dismissed, root=root).status_code == 404, root
    for root, word in urls(dismissed):
        assert fetch(word, dismissed, root=root).status_code == 200, root
