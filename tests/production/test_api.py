"""The bench over the API: the whole way, who may, who sees what, and what reading costs."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_bespoke import clock
from saleor_bespoke.graphql.base import global_id
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.project.access import ANONYMOUS, Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.production.models import ProductionStep, ProgressUpdate
from saleor_bespoke.steps.production.services import production_step_send_back
from saleor_bespoke.steps.production.updates import progress_update_post
from tests.api import run
from tests.fixtures import make_project, make_staff
from tests.journey import samples
from tests.making import step_of, work
from tests.support import nothing_changes

pytestmark = pytest.mark.django_db

ERRORS = "errors { field code message }"
START = f"""mutation($id: ID!) {{ bespokeProductionStart(project: $id) {{
  project {{ stage productionSteps {{ id kind status }} }} {ERRORS} }} }}"""
STEP_START = f"""mutation($id: ID!) {{ bespokeProductionStepStart(id: $id, worker: "Bo") {{
  step {{ status worker }} {ERRORS} }} }}"""
STEP_FINISH = f"""mutation($id: ID!) {{ bespokeProductionStepFinish(id: $id, note: "Clean") {{
  step {{ status note }} {ERRORS} }} }}"""
SEND_BACK = f"""mutation($id: ID!) {{ bespokeProductionStepSendBack(id: $id, reason: "Porous") {{
  step {{ kind attempt status }} {ERRORS} }} }}"""
CONSUME = f"""mutation($id: ID!, $quantity: Decimal!) {{
  bespokeMaterialConsume(holding: $id, quantity: $quantity) {{
    holding {{ state consumed }} {ERRORS} }} }}"""
POST = f"""mutation($id: ID!, $shared: Boolean!, $text: String!, $photos: [Upload!]) {{
  bespokeProgressUpdatePost(project: $id, text: $text, shared: $shared, photos: $photos) {{
    update {{ text photos {{ kind url }} }} {ERRORS} }} }}"""
FINISH = f"""mutation($id: ID!) {{ bespokeProductionFinish(project: $id) {{
  project {{ stage }} check {{ number status items {{ code passed }} }} {ERRORS} }} }}"""
READ = """query($id: ID, $token: String) { bespokeProject(id: $id, token: $token) {
  productionSteps {
    kind position attempt status startedAt finishedAt sentBackAt worker note sentBackReason
  }
  progressUpdates { text shared authorName at photos { name kind url } }
} }"""


def done(document: str, actor: Actor, files: Any = None, **variables: Any) -> Any:
    """The payload of an operation that must succeed."""
    result = run(document, actor, files=files, **variables)
    assert not result.errors, result.errors
    (payload,) = result.data.values()
    assert payload.pop("errors") == []
    return payload


def key(row: Any) -> str:
    return global_id(f"Bespoke{type(row).__name__.removeprefix('Bespoke')}", row.pk)


def test_the_way_over_the_bench(approved_project: BespokeProject, staff: Actor) -> None:
    project = key(approved_project)
    started = done(START, staff, id=project)["project"]
    assert started["stage"] == "PRODUCTION"
    for step in started["productionSteps"]:
        assert done(STEP_START, staff, id=step["id"])["step"] == {
            "status": "STARTED",
            "worker": "Bo",
        }
        assert done(STEP_FINISH, staff, id=step["id"])["step"] == {
            "status": "FINISHED",
            "note": "Clean",
        }
    used = {}
    for holding in approved_project.holdings.select_related("material"):
        quantity = "5.9" if holding.material.kind == "METAL" else "1"
        payload = done(CONSUME, staff, id=key(holding), quantity=quantity)
        used[holding.material.kind] = payload["holding"]
    assert used == {
        "UNIQUE_STONE": {"state": "CONSUMED", "consumed": 1.0},
        "METAL": {"state": "CONSUMED", "consumed": 5.9},
    }

    made = done(FINISH, staff, id=project)

    assert made["project"] == {"stage": "QUALITY"}
    assert made["check"]["status"] == "OPEN"
    assert {item["passed"] for item in made["check"]["items"]} == {None}


def test_refusals_come_as_errors(approved_project: BespokeProject, staff: Actor) -> None:
    done(START, staff, id=key(approved_project))
    forming = key(step_of(approved_project, "FORMING"))
    with nothing_changes():
        payload = run(STEP_START, staff, id=forming).data["bespokeProductionStepStart"]
    assert payload == {
        "step": None,
        "errors": [{"field": None, "code": "STEP_NOT_NEXT", "message": "First comes CASTING."}],
    }


def test_news_with_photos(project_on_bench: BespokeProject, staff: Actor, customer: Actor) -> None:
    from django.test import RequestFactory

    from saleor_bespoke.plugins.embedded.schema import schema

    request = RequestFactory().post("/graphql/")
    request._bespoke_actor = staff  # type: ignore[attr-defined]
    request.FILES["a"] = SimpleUploadedFile("ring.jpg", samples.phone_jpeg())
    request.FILES["b"] = SimpleUploadedFile("ring.mp4", samples.short_video_mp4())
    variables = {
        "id": key(project_on_bench),
        "shared": True,
        "text": "Cast!",
        "photos": ["a", "b"],
    }

    result = schema.execute(POST, context_value=request, variable_values=variables)

    assert not result.errors, result.errors
    update = result.data["bespokeProgressUpdatePost"]["update"]
    assert [photo["kind"] for photo in update["photos"]] == ["JPEG", "MP4"]
    assert all("/plugins/saleor.bespoke/files/" in photo["url"] for photo in update["photos"])


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"text": " "}, "REQUIRED", "text"),
        ({"photos": ["a"] * 11}, "INVALID", "photos"),
        ({"photos": ["nowhere"]}, "INVALID", "file"),
        ({"photos": ["paper"]}, "FILE_KIND_NOT_ALLOWED", "file"),
    ],
)
def test_news_refused(
    project_on_bench: BespokeProject, staff: Actor, changes: Any, code: str, field: str
) -> None:
    files = {
        "a": SimpleUploadedFile("a.jpg", samples.phone_jpeg()),
        "paper": SimpleUploadedFile("a.pdf", samples.reference_pdf()),
    }
    variables = {"id": key(project_on_bench), "text": "x", "shared": True, "photos": []} | changes
    with nothing_changes():
        result = run(POST, staff, files=files, **variables)
    (error,) = result.data["bespokeProgressUpdatePost"]["errors"]
    assert (error["code"], error["field"]) == (code, field)
    assert not BespokeFile.objects.filter(purpose="PROGRESS").exists()


@pytest.mark.parametrize(
    "operation", ["start", "step_start", "step_finish", "send_back", "consume", "post", "finish"]
)
def test_only_the_workshop_works(
    project_on_bench: BespokeProject,
    customer: Actor,
    other_customer: Actor,
    staff_without_permission: Actor,
    operation: str,
) -> None:
    actors = {
        "anonymous": ANONYMOUS,
        "other": other_customer,
        "owner": customer,
        "clerk": staff_without_permission,
        "elsewhere": make_staff("eu@example.com", channels=("eu",)),
    }
    step, project = key(step_of(project_on_bench, "CASTING")), key(project_on_bench)
    holding = key(project_on_bench.holdings.first())
    document, variables = {
        "start": (START, {"id": project}),
        "step_start": (STEP_START, {"id": step}),
        "step_finish": (STEP_FINISH, {"id": step}),
        "send_back": (SEND_BACK, {"id": step}),
        "consume": (CONSUME, {"id": holding, "quantity": "1"}),
        "post": (POST, {"id": project, "text": "x", "shared": True}),
        "finish": (FINISH, {"id": project}),
    }[operation]

    for caller, actor in actors.items():
        with nothing_changes():
            result = run(document, actor, **variables)
        if caller == "elsewhere":
            (payload,) = result.data.values()
            assert [error["code"] for error in payload["errors"]] == ["NOT_FOUND"]
        else:
            assert "permissions: MANAGE_ORDERS" in str(result.errors[0]), caller


def test_what_the_customer_sees(
    project_on_bench: BespokeProject, staff: Actor, customer: Actor, other_customer: Actor
) -> None:
    work(project_on_bench, staff)
    production_step_send_back(
        actor=staff, step_pk=step_of(project_on_bench, "SETTING").pk, reason="Loose"
    )
    for text, shared in (("Cast!", True), ("A pore", False)):
        progress_update_post(actor=staff, project_pk=project_on_bench.pk, text=text, shared=shared)

    seen = run(READ, customer, id=key(project_on_bench)).data["bespokeProject"]
    known = run(READ, staff, id=key(project_on_bench)).data["bespokeProject"]

    assert [(step["kind"], step["attempt"]) for step in seen["productionSteps"]] == [
        ("CASTING", 1),
        ("FORMING", 1),
        ("POLISHING", 1),
        ("SETTING", 2),
        ("REINFORCEMENT", 2),
    ]
    hidden = [{step[name] for step in seen["productionSteps"]} for name in ("worker", "note")]
    assert hidden == [{None}, {None}]
    assert [update["text"] for update in seen["progressUpdates"]] == ["Cast!"]
    assert len(known["productionSteps"]) == 7
    sent = [step for step in known["productionSteps"] if step["status"] == "SENT_BACK"]
    assert {step["sentBackReason"] for step in sent} == {"Loose"}
    assert {step["worker"] for step in sent} == {staff.name}
    assert [update["text"] for update in known["progressUpdates"]] == ["Cast!", "A pore"]
    assert run(READ, other_customer, id=key(project_on_bench)).data["bespokeProject"] is None


LIST = """query($first: Int!) { bespokeProjects(first: $first) { edges { node {
  productionSteps { kind status worker note sentBackReason }
  progressUpdates { text photos { name } }
} } } }"""


def furnish(project: BespokeProject, number: int) -> None:
    """Steps and news as rows: what reading them costs does not depend on how they came to be."""
    for position, kind in enumerate(("CASTING", "FORMING"), start=1):
        ProductionStep.objects.create(
            project=project, kind=kind, position=position, status="PENDING"
        )
    update = ProgressUpdate.objects.create(
        project=project, text="Cast!", shared=True, author_ref="user:1", at=clock.now()
    )
    update.files.add(
        BespokeFile.objects.create(
            project=project,
            purpose="PROGRESS",
            kind="JPEG",
            name="a.jpg",
            size=1,
            sha256="0" * 64,
            storage_name=f"file-{number}",
            shared=True,
            uploaded_by="user:1",
            created_at=clock.now(),
        )
    )


@pytest.mark.parametrize("as_staff", [True, False])
def test_reading_costs_the_same_for_any_page(
    as_staff: bool, staff: Actor, customer: Actor, execute: Any
) -> None:
    counts = {}
    for wanted in (1, 20, 100):
        for number in range(BespokeProject.objects.count(), wanted):
            furnish(make_project(customer)[0], number)
        with CaptureQueriesContext(connection) as queries:
            data = execute(LIST, staff if as_staff else customer, first=wanted)
        nodes = [edge["node"] for edge in data["bespokeProjects"]["edges"]]
        assert len(nodes) == wanted
        assert all(len(node["productionSteps"]) == 2 for node in nodes)
        assert all(node["progressUpdates"][0]["photos"] for node in nodes)
        counts[wanted] = len(queries)

    assert counts[1] == counts[20] == counts[100], counts
