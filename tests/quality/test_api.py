"""Quality control over the API: the whole way, who may, who sees what, and what reading costs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from saleor_bespoke import clock
from saleor_bespoke.flows.making import quality_fail
from saleor_bespoke.graphql.base import global_id
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.project.access import ANONYMOUS, Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.quality.models import (
    Certificate,
    Hallmark,
    QualityCheck,
    QualityEvidence,
    QualityItem,
)
from tests.api import run
from tests.fixtures import guest_of, make_project, make_staff, make_stone
from tests.journey import samples
from tests.making import (
    NUMBER,
    REPORTED,
    check_fully,
    pass_check,
    record_all,
    record_report,
    stone_of,
    verify,
)
from tests.support import nothing_changes

pytestmark = pytest.mark.django_db

ERRORS = "errors { field code message }"
RECORD = f"""mutation(
  $id: ID!, $items: [BespokeQualityItemInput!], $size: Decimal, $grams: Decimal
) {{
  bespokeQualityCheckRecord(
    id: $id, items: $items, measuredSizeMm: $size, metalGrams: $grams, note: "Fine"
  ) {{ check {{ status measuredSizeMm metalGrams note items {{ code passed note }} }} {ERRORS} }}
}}"""
EVIDENCE = f"""mutation($id: ID!, $kind: BespokeQualityEvidenceKind!, $file: Upload!) {{
  bespokeQualityEvidenceAdd(project: $id, kind: $kind, file: $file) {{
    evidence {{ kind checkId file {{ kind url }} }} {ERRORS} }} }}"""
CERTIFICATE = f"""mutation($id: ID!, $input: BespokeCertificateInput!) {{
  bespokeCertificateRecord(project: $id, input: $input) {{
    certificate {{
      id laboratory number numberAsPrinted status verificationUrl issuedOn materialId
      stone {{ description }} contradictions {{ field reported ordered }} file {{ kind }}
    }} {ERRORS} }} }}"""
VERIFY = f"""mutation($id: ID!) {{ bespokeCertificateVerify(id: $id, how: "Seen on its page") {{
  certificate {{ status verifiedHow }} {ERRORS} }} }}"""
REJECT = f"""mutation($id: ID!) {{ bespokeCertificateReject(id: $id, reason: "Blurred") {{
  certificate {{ status rejectReason }} {ERRORS} }} }}"""
HALLMARK = f"""mutation($id: ID!, $input: BespokeHallmarkInput!) {{
  bespokeHallmarkRecord(project: $id, input: $input) {{
    hallmark {{ office sponsorMark fineness reference markedOn }} {ERRORS} }} }}"""
PASS = f"""mutation($id: ID!) {{ bespokeQualityPass(id: $id) {{
  project {{ stage }} check {{ status }} {ERRORS} }} }}"""
FAIL = f"""mutation($id: ID!) {{
  bespokeQualityFail(id: $id, reason: "A scratch", redoFrom: POLISHING) {{
    project {{ stage }} check {{ status failReason }} {ERRORS} }} }}"""
FIELDS = """
  qualityChecks {
    number status orderedSizeMm measuredSizeMm metalGrams note failReason
    items { code passed note }
  }
  qualityEvidence { kind checkId file { name url } }
  certificates {
    number status verificationUrl verifiedHow rejectReason contradictions { field }
    stone { kind carat } file { name }
  }
  hallmark { office fineness }
"""
READ = f"""query($id: ID, $token: String) {{
  bespokeProject(id: $id, token: $token) {{ {FIELDS} }} }}"""


def as_request(actor: Actor, files: dict[str, bytes]) -> Any:
    """A request with uploads, by this caller."""
    request = RequestFactory().post("/graphql/")
    request._bespoke_actor = actor  # type: ignore[attr-defined]
    for name, content in files.items():
        request.FILES[name] = SimpleUploadedFile(name, content)
    return request


def done(document: str, actor: Actor, *, files: Any = None, **variables: Any) -> Any:
    """The payload of an operation that must succeed."""
    from saleor_bespoke.plugins.embedded.schema import schema

    request = as_request(actor, files or {})
    result = schema.execute(document, context_value=request, variable_values=variables)
    assert not result.errors, result.errors
    (payload,) = result.data.values()
    assert payload.pop("errors") == []
    return payload


def key(row: Any) -> str:
    return global_id(f"Bespoke{type(row).__name__.removeprefix('Bespoke')}", row.pk)


def report_input(project: BespokeProject, **changes: Any) -> dict[str, Any]:
    stone = {
        "kind": "DIAMOND",
        "origin": "NATURAL",
        "carat": "1.01",
        "shape": "ROUND",
        "colour": "E",
        "clarity": "VS1",
    }
    return {
        "material": key(stone_of(project)),
        "laboratory": "GIA",
        "number": "2141 438 167",
        "stone": stone,
        "issuedOn": "2025-06-01",
    } | changes


def test_the_way_through_quality_control(made_project: BespokeProject, staff: Actor) -> None:
    check, project = key(made_project.checks.get()), key(made_project)
    codes = ["final_polish", "stones_tight", "dimensions", "surface"]
    recorded = done(
        RECORD,
        staff,
        id=check,
        items=[{"code": code, "passed": True, "note": "Good"} for code in codes],
        size="51.9",
        grams="4.21",
    )["check"]
    assert (recorded["measuredSizeMm"], recorded["metalGrams"]) == (51.9, 4.21)
    assert {item["note"] for item in recorded["items"]} == {"Good"}
    files = {"photo": samples.phone_jpeg(), "video": samples.short_video_mp4()}
    for kind, name in (("PHOTO", "photo"), ("UNBOXING", "video")):
        evidence = done(EVIDENCE, staff, files=files, id=project, kind=kind, file=name)["evidence"]
        assert (evidence["kind"], evidence["checkId"]) == (kind, check)
        assert "/plugins/saleor.bespoke/files/" in evidence["file"]["url"]
    report = done(
        CERTIFICATE,
        staff,
        files={"report": samples.reference_pdf()},
        id=project,
        input=report_input(made_project, file="report"),
    )["certificate"]
    assert (report["number"], report["numberAsPrinted"]) == (NUMBER, "2141 438 167")
    assert report["verificationUrl"] == f"https://www.gia.edu/report-check?reportno={NUMBER}"
    assert report["stone"]["description"] == "1.01 ct round natural diamond, E, VS1"
    assert (report["status"], report["contradictions"]) == ("RECORDED", [])
    assert (report["issuedOn"], report["file"]) == ("2025-06-01", {"kind": "PDF"})
    assert report["materialId"] == key(stone_of(made_project))
    verified = done(VERIFY, staff, id=report["id"])["certificate"]
    assert verified == {"status": "VERIFIED", "verifiedHow": "Seen on its page"}
    mark = {
        "office": "LONDON",
        "sponsorMark": "abc",
        "fineness": 750,
        "markedOn": str(clock.now().date() - timedelta(days=1)),
    }
    struck = done(HALLMARK, staff, id=project, input=mark)["hallmark"]
    assert struck == mark | {"sponsorMark": "ABC", "reference": ""}

    passed = done(PASS, staff, id=check)

    assert passed == {"project": {"stage": "SHIPPING"}, "check": {"status": "PASSED"}}


def test_a_failed_check_sends_the_piece_back(made_project: BespokeProject, staff: Actor) -> None:
    failed = done(FAIL, staff, id=key(made_project.checks.get()))
    assert failed == {
        "project": {"stage": "PRODUCTION"},
        "check": {"status": "FAILED", "failReason": "A scratch"},
    }


def test_a_refusal_says_all_that_is_missing(made_project: BespokeProject, staff: Actor) -> None:
    check = made_project.checks.get()
    record_all(check, staff)
    with nothing_changes():
        payload = run(PASS, staff, id=key(check)).data["bespokeQualityPass"]
    (error,) = payload["errors"]
    assert error["code"] == "CERTIFICATE_MISSING"
    for said in ("GIA report", "Photographs: 0 of 1", "unboxing video"):
        assert said in error["message"]


def test_a_contradicting_report_is_told_to_staff(
    made_project: BespokeProject, staff: Actor
) -> None:
    given = report_input(made_project)
    given["stone"] |= {"carat": "0.98", "origin": "LABORATORY_GROWN"}
    report = done(CERTIFICATE, staff, id=key(made_project), input=given)["certificate"]
    assert report["contradictions"] == [
        {"field": "origin", "reported": "laboratory_grown", "ordered": "natural"},
        {"field": "carat", "reported": "0.98", "ordered": "1.01"},
    ]
    payload = run(VERIFY, staff, id=report["id"]).data["bespokeCertificateVerify"]
    assert [error["code"] for error in payload["errors"]] == ["CERTIFICATE_CONTRADICTS"]
    rejected = done(REJECT, staff, id=report["id"])["certificate"]
    assert rejected == {"status": "REJECTED", "rejectReason": "Blurred"}


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"number": "12"}, "INVALID", "number"),
        ({"material": "x"}, "NOT_FOUND", "material"),
        ({"stone": {"kind": "DIAMOND", "carat": "5000"}}, "INVALID", None),
    ],
)
def test_certificate_refusals_name_the_field(
    made_project: BespokeProject, staff: Actor, changes: Any, code: str, field: str | None
) -> None:
    given = report_input(made_project, **changes)
    with nothing_changes():
        result = run(CERTIFICATE, staff, id=key(made_project), input=given)
    (error,) = result.data["bespokeCertificateRecord"]["errors"]
    assert error["code"] == code
    assert field is None or error["field"] == field


@pytest.mark.parametrize(
    "operation",
    ["record", "evidence", "certificate", "verify", "reject", "hallmark", "pass", "fail"],
)
def test_only_the_workshop_checks(
    made_project: BespokeProject,
    staff: Actor,
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
    report = key(record_report(made_project, staff))
    check, project = key(made_project.checks.get()), key(made_project)
    mark = {"office": "LONDON", "sponsorMark": "abc", "fineness": 750, "markedOn": "2026-01-01"}
    document, variables = {
        "record": (RECORD, {"id": check}),
        "evidence": (EVIDENCE, {"id": project, "kind": "PHOTO", "file": "a"}),
        "certificate": (CERTIFICATE, {"id": project, "input": report_input(made_project)}),
        "verify": (VERIFY, {"id": report}),
        "reject": (REJECT, {"id": report}),
        "hallmark": (HALLMARK, {"id": project, "input": mark}),
        "pass": (PASS, {"id": check}),
        "fail": (FAIL, {"id": check}),
    }[operation]

    for caller, actor in actors.items():
        with nothing_changes():
            result = run(document, actor, **variables)
        if caller == "elsewhere":
            (payload,) = result.data.values()
            assert [error["code"] for error in payload["errors"]] == ["NOT_FOUND"]
        else:
            assert "permissions: MANAGE_ORDERS" in str(result.errors[0]), caller


def read(actor: Actor, project: BespokeProject) -> Any:
    from saleor_bespoke.plugins.embedded.schema import schema

    variables = {"id": key(project), "token": actor.token or None}
    result = schema.execute(READ, context_value=as_request(actor, {}), variable_values=variables)
    assert not result.errors, result.errors
    return result.data["bespokeProject"]


def test_what_the_customer_sees(
    made_project: BespokeProject, staff: Actor, customer: Actor, other_customer: Actor
) -> None:
    record_report(
        made_project,
        staff,
        number="2141438168",
        stone={"kind": "diamond", "origin": "natural", "carat": "0.98"},
    )
    check = made_project.checks.get()
    record_all(check, staff)

    (open_check,) = read(customer, made_project)["qualityChecks"]
    assert open_check["status"] == "OPEN"
    assert open_check["items"] == []
    assert open_check["measuredSizeMm"] is open_check["metalGrams"] is None
    assert read(customer, made_project)["certificates"] == []
    (known,) = read(staff, made_project)["certificates"]
    assert known["contradictions"] == [{"field": "carat"}]
    assert read(other_customer, made_project) is None


def test_a_failed_round_shows_its_verdict_alone(
    made_project: BespokeProject, staff: Actor, customer: Actor
) -> None:
    check = check_fully(made_project, staff)
    quality_fail(actor=staff, check_pk=check.pk, reason="A scratch", redo_from="POLISHING")

    (seen,) = read(customer, made_project)["qualityChecks"]
    (known,) = read(staff, made_project)["qualityChecks"]

    assert (seen["status"], seen["failReason"], seen["items"]) == ("FAILED", None, [])
    assert (known["failReason"], len(known["items"])) == ("A scratch", 4)


def test_a_passed_piece_shows_its_proof(
    made_project: BespokeProject, staff: Actor, customer: Actor
) -> None:
    verify(record_report(made_project, staff), staff)
    pass_check(made_project, staff)

    seen = read(customer, made_project)

    (check,) = seen["qualityChecks"]
    assert check["status"] == "PASSED"
    assert check["measuredSizeMm"] == check["orderedSizeMm"]
    assert {item["passed"] for item in check["items"]} == {True}
    assert {item["note"] for item in check["items"]} == {None}
    assert check["note"] is None
    assert [row["kind"] for row in seen["qualityEvidence"]] == ["PHOTO", "UNBOXING"]
    assert all(row["file"]["url"] for row in seen["qualityEvidence"])
    (report,) = seen["certificates"]
    assert (report["number"], report["status"]) == (NUMBER, "VERIFIED")
    assert report["verifiedHow"] is report["contradictions"] is None


def test_guests_see_with_their_token() -> None:
    project, token = make_project()
    guest = guest_of(token)
    assert read(guest, project)["qualityChecks"] == []


LIST = f"""query($first: Int!) {{ bespokeProjects(first: $first) {{ edges {{ node {{
  {FIELDS.replace(" url", "")}
}} }} }} }}"""


def furnish(project: BespokeProject, stone: Any, number: int) -> None:
    """A row of each kind: what reading them costs does not depend on how they came to be."""
    now = clock.now()
    check = QualityCheck.objects.create(project=project, number=1, status="PASSED", opened_at=now)
    QualityItem.objects.create(check_round=check, code="final_polish", passed=True)
    file = BespokeFile.objects.create(
        project=project,
        purpose="PROGRESS",
        kind="JPEG",
        name="a.jpg",
        size=1,
        sha256="0" * 64,
        storage_name=f"file-{number}",
        shared=True,
        uploaded_by="user:1",
        created_at=now,
    )
    QualityEvidence.objects.create(
        project=project, check_round=check, kind="PHOTO", file=file, at=now
    )
    Certificate.objects.create(
        project=project,
        material=stone,
        laboratory="GIA",
        number=f"{number:010}",
        canonical_number=f"{number:010}",
        stone=REPORTED,
        status="RECORDED",
        file=file,
        recorded_at=now,
        recorded_by="user:1",
    )
    Hallmark.objects.create(
        project=project,
        office="LONDON",
        sponsor_mark="ABC",
        fineness=750,
        marked_on=now.date(),
        recorded_by="user:1",
    )


@pytest.mark.parametrize("as_staff", [True, False])
def test_reading_costs_the_same_for_any_page(
    as_staff: bool, staff: Actor, customer: Actor, execute: Any
) -> None:
    stone = make_stone(staff)
    counts = {}
    for wanted in (1, 20, 100):
        for number in range(BespokeProject.objects.count(), wanted):
            furnish(make_project(customer)[0], stone, number)
        with CaptureQueriesContext(connection) as queries:
            data = execute(LIST, staff if as_staff else customer, first=wanted)
        nodes = [edge["node"] for edge in data["bespokeProjects"]["edges"]]
        assert len(nodes) == wanted
        for name in ("qualityChecks", "qualityEvidence", "certificates", "hallmark"):
            assert all(node[name] for node in nodes)
        counts[wanted] = len(queries)

    assert counts[1] == counts[20] == counts[100], counts
