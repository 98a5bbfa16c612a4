"""Previews over GraphQL: each caller's own links, and as many statements for many as for one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from saleor_bespoke import clock
from saleor_bespoke.graphql.base import global_id
from saleor_bespoke.media.deriving.models import Derivation, Derivative
from saleor_bespoke.media.deriving.services import derivatives_make
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.media.services import file_erase
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from tests.api import Execute
from tests.fixtures import make_project
from tests.journey import samples
from tests.media.deriving.test_links import fetch
from tests.media.deriving.test_services import store

pytestmark = pytest.mark.django_db

PIECE = "url mimeType size"
FILE = f"""
  kind width height url duration pageCount placeholder derivationState derivationReason
  previews {{ {PIECE} width height }}
  poster {{ {PIECE} width height }}
  turntable {{ {PIECE} frames columns width height }}
  compactMesh {{ {PIECE} }}
"""
READ = f"""query($id: ID) {{
  bespokeProject(id: $id) {{ referenceFiles {{ file {{ {FILE} }} }} }} }}"""
LIST = f"""query($first: Int) {{
  bespokeProjects(first: $first) {{ edges {{ node {{
    referenceFiles {{ file {{ {FILE} }} }} }} }} }} }}"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.BESPOKE = settings.BESPOKE | {"FILES_DIR": str(tmp_path / "private")}
    return tmp_path / "private"


def read(execute: Any, project: BespokeProject, actor: Actor) -> list[dict[str, Any]]:
    data = execute(READ, actor, id=global_id("BespokeProject", project.pk))
    return [entry["file"] for entry in data["bespokeProject"]["referenceFiles"]]


def referred(project: BespokeProject, content: bytes, purpose: Purpose) -> BespokeFile:
    file = store(project, content, purpose)
    project.references.create(file=file, position=project.references.count() + 1)
    return file


@pytest.fixture
def answer(execute: Execute) -> Any:
    """Execute as a browser asks, so that addresses are whole."""
    from saleor_bespoke.plugins.embedded.schema import schema

    def call(query: str, actor: Actor, **variables: Any) -> Any:
        request = RequestFactory().post("/graphql/")
        request._bespoke_actor = actor  # type: ignore[attr-defined]
        result = schema.execute(query, context_value=request, variable_values=variables)
        assert not result.errors, result.errors
        return result.data

    return call


def test_files_and_what_is_derived_of_them(answer: Any, customer: Actor) -> None:
    # given one file of each sort
    project, _ = make_project(customer)
    referred(project, samples.phone_jpeg(), Purpose.REFERENCE)
    referred(project, samples.certificate_pdf("2141438171"), Purpose.CERTIFICATE)
    referred(project, samples.short_video_mp4(), Purpose.UNBOXING)
    referred(project, samples.ring_mesh_stl(), Purpose.CAD)
    # when nothing was derived yet
    for file in read(answer, project, customer):
        assert (file["derivationState"], file["derivationReason"]) == ("PENDING", None)
        assert (file["previews"], file["placeholder"], file["poster"]) == ([], None, None)
    # when the worker was there
    assert derivatives_make(200) == 4
    photo, document, film, mesh = read(answer, project, customer)
    # then all of them have pictures, the smallest first
    for file in (photo, document, film, mesh):
        assert (file["derivationState"], file["derivationReason"]) == ("READY", None)
        assert file["placeholder"].startswith("data:image/webp;base64,")
        widths = [preview["width"] for preview in file["previews"]]
        assert widths == sorted(widths)
        assert {preview["mimeType"] for preview in file["previews"]} <= {"image/webp", "image/avif"}
        assert "image/webp" in {preview["mimeType"] for preview in file["previews"]}
    # and each what belongs to its sort
    assert (photo["poster"], photo["pageCount"], photo["duration"]) == (None, None, None)
    assert (document["pageCount"], document["poster"]["width"]) == (1, 1397)
    assert (film["duration"], film["poster"]["width"]) == (3.0, 480)
    assert mesh["poster"]["width"] == 960
    assert (mesh["turntable"]["frames"], mesh["turntable"]["columns"]) == (24, 6)
    assert mesh["compactMesh"]["mimeType"] == "model/gltf-binary"
    # and whoever asked can fetch them
    addresses = [piece["url"] for piece in (*photo["previews"], mesh["compactMesh"])]
    assert len(set(addresses)) == len(addresses)
    for address in addresses:
        link = address.rpartition("/")[2]
        assert fetch(link, customer).status_code == 200


def test_a_reason_is_told(answer: Any, customer: Actor) -> None:
    project, _ = make_project(customer)
    step = b"ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\n#1=X();\nENDSEC;\nEND-ISO-10303-21;\n"
    referred(project, step, Purpose.CAD)
    derivatives_make()
    [file] = read(answer, project, customer)
    assert file["derivationState"] == "FAILED"
    assert file["derivationReason"].endswith("as STL as well.")


def test_nothing_is_told_of_an_erased_file(answer: Any, customer: Actor) -> None:
    project, _ = make_project(customer)
    file = referred(project, samples.phone_jpeg(), Purpose.REFERENCE)
    derivatives_make()
    file_erase(file=file)
    data = answer(
        f"""query($id: ID) {{
          bespokeProject(id: $id) {{ messages {{ attachments {{ {FILE} }} }} }} }}""",
        customer,
        id=global_id("BespokeProject", note(project, file).pk),
    )
    [message] = data["bespokeProject"]["messages"]
    [told] = message["attachments"]
    assert told["url"] is None
    assert told["previews"] == []
    assert (told["placeholder"], told["poster"], told["derivationState"]) == (None, None, None)


def note(project: BespokeProject, file: BespokeFile) -> BespokeProject:
    row = project.messages.create(text="See", author_kind="CUSTOMER", shared=True, at=clock.now())
    row.files.set([file])
    return project


def furnish(project: BespokeProject, number: int) -> None:
    """A reference with all that can be derived, written without deriving."""
    for position in (1, 2):
        file = BespokeFile.objects.create(
            project=project,
            purpose="REFERENCE",
            kind="STL",
            name="a.stl",
            size=1,
            sha256="0" * 64,
            storage_name=f"{project.pk}/{position}",
            shared=True,
            uploaded_by="user:1",
            created_at=clock.now(),
        )
        project.references.create(file=file, position=position)
        Derivation.objects.create(file=file, state="READY", due_at=clock.now(), placeholder="x")
        for role, kind, width in (
            ("PREVIEW", "WEBP", 320),
            ("PREVIEW", "AVIF", 320),
            ("PREVIEW", "WEBP", 960),
            ("TURNTABLE", "WEBP", 480),
            ("MESH", "GLB", None),
        ):
            Derivative.objects.create(
                file=file,
                role=role,
                kind=kind,
                width=width,
                height=width,
                frames=24 if role == "TURNTABLE" else None,
                columns=6 if role == "TURNTABLE" else None,
                size=1,
                storage_name=f"{project.pk}/{position}/{role}/{kind}/{width}",
            )


@pytest.mark.parametrize("as_staff", [True, False])
def test_reading_costs_the_same_for_any_page(
    as_staff: bool, staff: Actor, customer: Actor, answer: Any
) -> None:
    counts = {}
    for wanted in (1, 10, 40):
        for number in range(BespokeProject.objects.count(), wanted):
            furnish(make_project(customer)[0], number)
        with CaptureQueriesContext(connection) as queries:
            data = answer(LIST, staff if as_staff else customer, first=wanted)
        nodes = [edge["node"] for edge in data["bespokeProjects"]["edges"]]
        assert len(nodes) == wanted
        for node in nodes:
            assert len(node["referenceFiles"]) == 2
            for entry in node["referenceFiles"]:
                file = entry["file"]
                assert [preview["width"] for preview in file["previews"]] == [320, 320, 960]
                assert file["turntable"]["url"] != file["compactMesh"]["url"]
        counts[wanted] = len(queries)
    assert counts[1] == counts[10] == counts[40], counts
