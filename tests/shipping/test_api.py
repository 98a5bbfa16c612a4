"""Parcels over GraphQL: who may, what is answered, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from saleor_bespoke.graphql.base import global_id
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from tests.api import run
from tests.callers import callers, check_staff_only, perform, refused
from tests.delivering import dispatch, pack

pytestmark = pytest.mark.django_db

SHIPMENT = """
  id purpose method status packing incoterm dutiesPayer hsCode originCountry signatureRequired
  declaredValue { amount currency } insuredValue { amount currency }
  carrier trackingNumber receivedBy identityDocument signed packedAt dispatchedAt deliveredAt
"""
PACK = f"""
mutation ($project: ID!, $input: BespokePackingInput!) {{
  bespokeShipmentPack(project: $project, input: $input) {{
    shipment {{ {SHIPMENT} }} project {{ stage shipments {{ id }} }}
    errors {{ field code message }}
  }}
}}"""
DISPATCH = f"""
mutation ($id: ID!, $number: String!) {{
  bespokeShipmentDispatch(id: $id, carrier: "Courier", trackingNumber: $number) {{
    shipment {{ {SHIPMENT} }} errors {{ field code message }}
  }}
}}"""
TRACKING = """
mutation ($id: ID!, $number: String!) {
  bespokeShipmentTrackingUpdate(id: $id, trackingNumber: $number) {
    shipment { trackingNumber } errors { field code }
  }
}"""
DELIVER = """
mutation ($id: ID!, $at: DateTime) {
  bespokeShipmentDeliver(id: $id, deliveredAt: $at, receivedBy: "A. Name") {
    shipment { status receivedBy deliveredAt } project { stage } errors { field code }
  }
}"""
COLLECT = """
mutation ($project: ID!, $signed: Boolean!) {
  bespokePieceCollect(
    project: $project, receivedBy: "A. Name", identityDocument: PASSPORT, signed: $signed
  ) {
    shipment { method status identityDocument signed } project { stage } errors { field code }
  }
}"""
INPUT = {
    "packing": ["box", "ribbon", "bag"],
    "declaredValue": "7440.00",
    "insuredValue": "8000",
    "currency": "USD",
}


def of(project: BespokeProject) -> str:
    return global_id("BespokeProject", project.pk)


def named(shipment: Any) -> str:
    return global_id("BespokeShipment", shipment.pk)


def test_bespoke_shipment_pack(
    ready_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    people = callers(ready_project, customer, staff)
    values = {"project": of(ready_project), "input": INPUT}
    check_staff_only(people, "bespokeShipmentPack", PACK, **values)
    answer = perform(people["app"], "bespokeShipmentPack", PACK, **values)
    assert answer["errors"] == []
    shipment = answer["shipment"]
    assert shipment["declaredValue"] == {"amount": 7440.0, "currency": "USD"}
    assert (shipment["status"], shipment["incoterm"]) == ("PACKED", None)
    assert answer["project"]["shipments"] == [{"id": shipment["id"]}]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"packing": []}, "PACKING_INCOMPLETE", "packing"),
        ({"insuredValue": "7000"}, "INSURANCE_TOO_LOW", "insuredValue"),
        ({"incoterm": "DDP"}, "CUSTOMS_INCONSISTENT", "incoterm"),
        ({"currency": "EUR"}, "CURRENCY_MISMATCH", "currency"),
        ({"hsCode": "gold"}, "INVALID", "hsCode"),
    ],
)
def test_a_wrong_parcel_is_an_error_of_its_field(
    ready_project: BespokeProject, staff: Actor, changes: dict[str, Any], code: str, field: str
) -> None:
    values = {"project": of(ready_project), "input": INPUT | changes}
    assert refused(staff, "bespokeShipmentPack", PACK, **values) == code
    answer = perform(staff, "bespokeShipmentPack", PACK, **values)
    assert answer["errors"][0]["field"] == field
    assert answer["shipment"] is None


def test_bespoke_shipment_dispatch(
    ready_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    people = callers(ready_project, customer, staff)
    values = {"id": named(pack(ready_project, staff)), "number": "1Z-1"}
    check_staff_only(people, "bespokeShipmentDispatch", DISPATCH, **values)
    long = values | {"number": "1" * 300}
    assert refused(staff, "bespokeShipmentDispatch", DISPATCH, **long) == "INVALID"
    answer = perform(staff, "bespokeShipmentDispatch", DISPATCH, **values)
    assert answer["shipment"]["status"] == "DISPATCHED"
    assert refused(staff, "bespokeShipmentDispatch", DISPATCH, **values) == "ALREADY_DONE"


def test_bespoke_shipment_tracking_update(
    ready_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    people = callers(ready_project, customer, staff)
    values = {"id": named(dispatch(pack(ready_project, staff), staff)), "number": "1Z-2"}
    check_staff_only(people, "bespokeShipmentTrackingUpdate", TRACKING, **values)
    answer = perform(staff, "bespokeShipmentTrackingUpdate", TRACKING, **values)
    assert answer == {"shipment": {"trackingNumber": "1Z-2"}, "errors": []}


def test_bespoke_shipment_deliver(
    ready_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    people = callers(ready_project, customer, staff)
    values = {"id": named(dispatch(pack(ready_project, staff), staff))}
    check_staff_only(people, "bespokeShipmentDeliver", DELIVER, **values)
    early = values | {"at": "2020-01-01T00:00:00Z"}
    assert refused(staff, "bespokeShipmentDeliver", DELIVER, **early) == "INVALID"
    answer = perform(staff, "bespokeShipmentDeliver", DELIVER, **values)
    assert answer["project"]["stage"] == "AFTERCARE"
    assert answer["shipment"]["receivedBy"] == "A. Name"


def test_bespoke_piece_collect(
    ready_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    people = callers(ready_project, customer, staff)
    values = {"project": of(ready_project), "signed": True}
    check_staff_only(people, "bespokePieceCollect", COLLECT, **values)
    unsigned = values | {"signed": False}
    assert refused(staff, "bespokePieceCollect", COLLECT, **unsigned) == "SIGNATURE_MISSING"
    answer = perform(staff, "bespokePieceCollect", COLLECT, **values)
    assert answer["shipment"] == {
        "method": "COLLECTION",
        "status": "COLLECTED",
        "identityDocument": "PASSPORT",
        "signed": True,
    }


@pytest.mark.parametrize("wrong", ["", "nothing", "QmVzcG9rZVNoaXBtZW50OjE=", "UHJvamVjdDox"])
def test_an_id_of_nothing(ready_project: BespokeProject, staff: Actor, wrong: str) -> None:
    values = {"id": wrong, "number": "1"}
    assert refused(staff, "bespokeShipmentDispatch", DISPATCH, **values) == "NOT_FOUND"


def test_a_project_id_is_no_shipment(ready_project: BespokeProject, staff: Actor) -> None:
    values = {"id": of(ready_project), "number": "1"}
    assert refused(staff, "bespokeShipmentDispatch", DISPATCH, **values) == "NOT_FOUND"


def test_who_sees_the_parcels(ready_project: BespokeProject, customer: Actor, staff: Actor) -> None:
    dispatch(pack(ready_project, staff), staff)
    deliveries.drain()
    query = f"query ($id: ID) {{ bespokeProject(id: $id) {{ shipments {{ {SHIPMENT} }} }} }}"
    for who, actor in callers(ready_project, customer, staff).items():
        result = run(query, actor, id=of(ready_project))
        assert not result.errors
        found = result.data["bespokeProject"]
        if who in ("owner", "guest", "staff", "app"):
            assert found["shipments"][0]["trackingNumber"] == "1Z-1", who
        else:
            assert found is None, who
