"""Aftercare over GraphQL: who may, what is answered, what a page costs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_bespoke import clock
from saleor_bespoke.graphql.base import global_id
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.store import stored_names
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.aftercare.models import CareBooking
from saleor_bespoke.steps.aftercare.services import (
    extra_service_price,
    resize_grant,
    return_request,
)
from tests.api import run
from tests.callers import (
    OWNERS,
    callers,
    check_customer_only,
    check_staff_only,
    perform,
    refused,
)
from tests.delivering import ask, delivered_on
from tests.fixtures import accept_quote, make_quoted, make_stone
from tests.making import photo

pytestmark = pytest.mark.django_db

RESIZE = """
  id askedLabel askedSizeMm status outcome reasons { code sentence } freeUntil free note
  payable { amount { amount currency } status } measuredSizeMm measuredLabel
"""
REQUEST = f"""
mutation ($project: ID!, $token: String, $label: String!) {{
  bespokeResizeRequest(project: $project, system: US, label: $label, token: $token) {{
    resize {{ {RESIZE} }} errors {{ field code message }}
  }}
}}"""


def on_resize(name: str, more: str = "", fields: str = "") -> str:
    """A mutation of a resize that staff perform."""
    return f"""
    mutation ($id: ID!) {{
      {name}(id: $id {more}) {{ resize {{ {RESIZE} }} {fields} errors {{ field code message }} }}
    }}"""


GRANT = on_resize("bespokeResizeGrant")
PRICE = on_resize("bespokeResizePrice", fields="payable { id kind amount { amount } }")
REFUSE = on_resize("bespokeResizeRefuse", ', reason: "Too thin."')
START = on_resize("bespokeResizeStart")
FINISH = on_resize("bespokeResizeFinish", ', measuredSizeMm: "53.15"')
RETURN = on_resize(
    "bespokeResizeReturn", ', carrier: "C", trackingNumber: "1"', "shipment { purpose status }"
)
PROSPECT = """
query ($id: ID, $label: String) {
  bespokeProject(id: $id) {
    resizeProspect(system: US, label: $label) { outcome until limitMm reasons { code } }
  }
}"""
RETURN_REQUEST = """
mutation ($project: ID!, $token: String, $faulty: Boolean) {
  bespokeReturnRequest(project: $project, text: "No more.", faulty: $faulty, token: $token) {
    returnRequest { id text possible reason explanation legalBasis stage at }
    errors { field code }
  }
}"""
CLAIM = """
mutation ($project: ID!, $token: String, $kind: BespokeClaimKind!, $names: [Upload!]) {
  bespokeClaimOpen(
    project: $project, kind: $kind, text: "Loose.", files: $names, token: $token
  ) {
    claim { id kind status liable evidence { kind name sha256 } remedy redoProject }
    errors { field code }
  }
}"""
DECIDE = """
mutation ($id: ID!, $input: BespokeClaimDecisionInput!) {
  bespokeClaimDecide(id: $id, input: $input) {
    claim { status remedy explanation refundAmount { amount currency } redoProject }
    redoToken errors { field code }
  }
}"""
BOOK = """
mutation ($project: ID!, $token: String, $day: Date!) {
  bespokeCareBook(project: $project, kind: CLEANING, wishedFor: $day, token: $token) {
    care { id kind status wishedFor } errors { field code }
  }
}"""
CARED = """
mutation ($id: ID!) {
  bespokeCareFinish(id: $id, report: "Clean.") { care { status report } errors { field code } }
}"""
EXTRA = """
mutation ($project: ID!, $amount: Decimal!) {
  bespokeExtraServicePrice(project: $project, title: "Appraisal", amount: $amount) {
    extra { title payable { id } paidAt } payable { id status } errors { field code }
  }
}"""


def of(project: BespokeProject) -> str:
    return global_id("BespokeProject", project.pk)


def owners(people: dict[str, Actor], name: str, document: str, **values: Any) -> list[Any]:
    """What the owner, and the guest with the token as an argument, are answered."""
    answers = []
    for who in OWNERS:
        token = people[who].token or None
        given = values | ({"token": token} if token else {})
        answers.append(perform(people[who].with_token(""), name, document, **given))
    return answers


def test_bespoke_resize_request(
    delivered_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    people = callers(delivered_project, customer, staff)
    values = {"project": of(delivered_project), "label": "6 1/2"}
    check_customer_only(people, "bespokeResizeRequest", REQUEST, **values)
    first, second = owners(people, "bespokeResizeRequest", REQUEST, **values)
    assert first == second
    assert (first["resize"]["askedLabel"], first["resize"]["outcome"]) == ("US 6.5", "FREE")
    wrong = values | {"label": "six"}
    assert refused(customer, "bespokeResizeRequest", REQUEST, **wrong) == "INVALID"


def test_the_free_resize_over_the_api(
    delivered_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    people = callers(delivered_project, customer, staff)
    values = {"id": global_id("BespokeResize", ask(delivered_project, customer).pk)}
    for name, document, status in (
        ("bespokeResizeGrant", GRANT, "GRANTED"),
        ("bespokeResizeStart", START, "IN_WORK"),
        ("bespokeResizeFinish", FINISH, "FINISHED"),
        ("bespokeResizeReturn", RETURN, "RETURNED"),
    ):
        check_staff_only(people, name, document, **values)
        answer = perform(people["app"], name, document, **values)
        assert answer["errors"] == []
        assert answer["resize"]["status"] == status
        assert refused(staff, name, document, **values) == "RESIZE_NOT_OPEN"
    assert answer["shipment"] == {"purpose": "RESIZE", "status": "DISPATCHED"}
    assert (answer["resize"]["measuredLabel"], answer["resize"]["free"]) == ("US 6.5", True)


def test_bespoke_resize_price_and_refuse(
    delivered_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    people = callers(delivered_project, customer, staff)
    delivered_on(delivered_project, "2026-01-05T12:00:00")
    values = {"id": global_id("BespokeResize", ask(delivered_project, customer).pk)}
    assert refused(staff, "bespokeResizeGrant", GRANT, **values) == "RESIZE_NOT_FREE"
    check_staff_only(people, "bespokeResizePrice", PRICE, **values)
    answer = perform(staff, "bespokeResizePrice", PRICE, **values)
    assert answer["payable"]["kind"] == "RESIZE"
    assert answer["resize"]["payable"]["amount"] == {"amount": 120.0, "currency": "USD"}
    check_staff_only(people, "bespokeResizeRefuse", REFUSE, **values)
    answer = perform(staff, "bespokeResizeRefuse", REFUSE, **values)
    assert answer["resize"]["payable"]["status"] == "CANCELLED"
    assert answer["resize"]["reasons"][-1]["sentence"] == "Too thin."


def test_will_a_resize_be_free_now(
    delivered_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    values = {"id": of(delivered_project)}

    def prospect(**more: Any) -> Any:
        result = run(PROSPECT, customer, **values, **more)
        assert not result.errors
        return result.data["bespokeProject"]["resizeProspect"]

    assert prospect()["outcome"] == "FREE"
    assert prospect()["limitMm"] == 5.11
    assert prospect(label="6")["reasons"] == [{"code": "same_size"}]
    assert prospect(label="9")["reasons"] == [{"code": "beyond_workshop_limit"}]
    assert prospect(label="no size") is None
    case = ask(delivered_project, customer)
    assert prospect()["until"] == str(case.free_until)
    resize_grant(actor=staff, resize_pk=case.pk)
    assert (prospect()["outcome"], prospect()["reasons"]) == ("PAID", [{"code": "already_used"}])


def test_before_delivery_no_resize_is_promised(
    paid_project: BespokeProject, project: BespokeProject, customer: Actor
) -> None:
    result = run(PROSPECT, customer, id=of(paid_project))
    found = result.data["bespokeProject"]["resizeProspect"]
    assert found["reasons"] == [{"code": "not_delivered"}]
    result = run(PROSPECT, customer, id=of(project))
    assert result.data["bespokeProject"]["resizeProspect"] is None


def test_bespoke_return_request(
    delivered_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    people = callers(delivered_project, customer, staff)
    values = {"project": of(delivered_project)}
    check_customer_only(people, "bespokeReturnRequest", RETURN_REQUEST, **values)
    first, second = owners(people, "bespokeReturnRequest", RETURN_REQUEST, **values)
    assert first == second
    assert first["returnRequest"]["reason"] == "PERSONALISED"
    answer = perform(customer, "bespokeReturnRequest", RETURN_REQUEST, **values, faulty=True)
    assert answer["returnRequest"]["reason"] == "CLAIM_INSTEAD"


def upload(name: str = "fault.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, photo(), "image/png")


def test_bespoke_claim_open_and_decide(
    delivered_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    people = callers(delivered_project, customer, staff)
    values = {"project": of(delivered_project), "kind": "QUALITY", "names": ["0", "1"]}
    stored = len(list(stored_names(older_than_seconds=-1)))
    files = {"0": upload(), "1": upload("other.png")}
    check_customer_only(people, "bespokeClaimOpen", CLAIM, **values)
    many = values | {"names": ["0"] * 6}
    assert refused(customer, "bespokeClaimOpen", CLAIM, **many) == "FILE_LIMIT_REACHED"
    none = values | {"names": []}
    assert refused(customer, "bespokeClaimOpen", CLAIM, **none) == "REQUIRED"
    assert len(list(stored_names(older_than_seconds=-1))) == stored  # strangers decode nothing
    result = run(
        CLAIM,
        customer,
        files=files,
        names=["0", "1"],
        project=of(delivered_project),
        kind="QUALITY",
    )
    assert not result.errors, result.errors
    claim = result.data["bespokeClaimOpen"]["claim"]
    assert [item["name"] for item in claim["evidence"]] == ["fault.png", "other.png"]
    assert (claim["status"], claim["liable"], claim["remedy"]) == ("OPEN", None, None)
    decision = {
        "id": claim["id"],
        "input": {
            "accepted": True,
            "explanation": "Sorry.",
            "remedy": "REFUND",
            "refundAmount": "100.00",
        },
    }
    check_staff_only(people, "bespokeClaimDecide", DECIDE, **decision)
    answer = perform(staff, "bespokeClaimDecide", DECIDE, **decision)
    assert answer["claim"]["refundAmount"] == {"amount": 100.0, "currency": "USD"}
    assert (answer["claim"]["remedy"], answer["redoToken"]) == ("REFUND", None)
    assert refused(staff, "bespokeClaimDecide", DECIDE, **decision) == "CLAIM_NOT_OPEN"


def test_a_hostile_file_is_no_evidence(delivered_project: BespokeProject, customer: Actor) -> None:
    hostile = SimpleUploadedFile("fault.png", b"<svg onload=alert(1)></svg>", "image/png")
    before = BespokeFile.objects.count()
    result = run(
        CLAIM,
        customer,
        files={"0": hostile},
        names=["0"],
        project=of(delivered_project),
        kind="QUALITY",
    )
    (error,) = result.data["bespokeClaimOpen"]["errors"]
    assert error["code"] == "FILE_KIND_NOT_ALLOWED"
    assert BespokeFile.objects.count() == before


def test_a_redo_is_linked(delivered_project: BespokeProject, customer: Actor, staff: Actor) -> None:
    values = {"project": of(delivered_project), "kind": "SIZE"}
    claim = perform(customer, "bespokeClaimOpen", CLAIM, **values)["claim"]
    assert claim["liable"] == "STUDIO"
    decision = {"accepted": True, "explanation": "Sorry.", "remedy": "REDO"}
    answer = perform(staff, "bespokeClaimDecide", DECIDE, id=claim["id"], input=decision)
    redo = BespokeProject.objects.get(linked_to=delivered_project)
    assert answer["claim"]["redoProject"] == of(redo)
    query = "query ($token: String) { bespokeProject(token: $token) { number stage } }"
    seen = run(query, None, token=answer["redoToken"]).data["bespokeProject"]
    assert seen == {"number": redo.number, "stage": "INTAKE"}


def test_bespoke_care_book_and_finish(
    delivered_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    people = callers(delivered_project, customer, staff)
    day = str(clock.now().date().replace(year=clock.now().year + 1, day=1))
    values = {"project": of(delivered_project), "day": day}
    check_customer_only(people, "bespokeCareBook", BOOK, **values)
    first, second = owners(people, "bespokeCareBook", BOOK, **values)
    assert first == second
    assert first["care"]["wishedFor"] == day
    care = {"id": first["care"]["id"]}
    check_staff_only(people, "bespokeCareFinish", CARED, **care)
    answer = perform(staff, "bespokeCareFinish", CARED, **care)
    assert answer["care"] == {"status": "DONE", "report": "Clean."}
    assert refused(staff, "bespokeCareFinish", CARED, **care) == "ALREADY_DONE"


def test_bespoke_extra_service_price(
    paid_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    people = callers(paid_project, customer, staff)
    values = {"project": of(paid_project), "amount": "85.00"}
    check_staff_only(people, "bespokeExtraServicePrice", EXTRA, **values)
    answer = perform(staff, "bespokeExtraServicePrice", EXTRA, **values)
    assert answer["extra"]["payable"]["id"] == answer["payable"]["id"]
    free = values | {"amount": "0"}
    assert refused(staff, "bespokeExtraServicePrice", EXTRA, **free) == "INVALID"


PAGE = """
query ($first: Int!) {
  bespokeProjects(first: $first) {
    edges { node {
      shipments { id status insuredValue { amount } }
      resizes { id payable { id } } resizeProspect { outcome }
      returnRequests { id reason } claims { id evidence { id } refundAmount { amount } }
      care { id status } extras { id payable { id amount { amount } } }
    } }
  }
}"""


def test_a_page_costs_the_same_for_one_and_for_five(customer: Actor, staff: Actor) -> None:
    for index in range(5):
        stone = make_stone(staff, f"D-page-{index}")
        project = make_quoted(customer, staff, stone=stone)
        accept_quote(project, customer)
        return_request(actor=customer, project_pk=project.pk, text="No more.")
        extra_service_price(
            actor=staff, project_pk=project.pk, title="Appraisal", amount=Decimal(85)
        )
        project.claims.create(kind="SIZE", text="Tight.", status="OPEN", opened_at=clock.now())
        CareBooking.objects.create(
            project=project,
            kind="POLISH",
            wished_for=clock.now().date(),
            status="BOOKED",
            booked_at=clock.now(),
        )
    counts = {}
    for wanted in (1, 5):
        with CaptureQueriesContext(connection) as queries:
            result = run(PAGE, staff, first=wanted)
        assert not result.errors, result.errors
        edges = result.data["bespokeProjects"]["edges"]
        assert len(edges) == wanted
        assert edges[0]["node"]["resizeProspect"] == {"outcome": "IMPOSSIBLE"}
        assert edges[0]["node"]["extras"][0]["payable"]["amount"] == {"amount": 85.0}
        counts[wanted] = len(queries)
    assert counts[1] == counts[5]
