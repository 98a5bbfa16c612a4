"""Shipping: the parcel and its papers, the host's order fulfilled once, tracking, delivery."""

from __future__ import annotations

from typing import Any

from tests.journey.commission import Commission
from tests.journey.world import day, equal, one, true, wait_for

VALUE = "7590.00"


def play(ring: Commission) -> None:
    """From the passed check to the ring on the finger."""
    ring.world.chapter("Shipping")
    _packed(ring)
    _dispatched(ring)
    _tracking(ring)
    _delivered(ring)


def parcel(ring: Commission) -> Any:
    """The parcel with the piece, as its customer sees it."""
    rows = [row for row in ring.read("projectParcels")["shipments"] if row["purpose"] == "ORDER"]
    return one(rows, "parcel")


def _packed(ring: Commission) -> None:
    with ring.world.report.step(
        "packed", "Box, ribbon and bag; papers for customs; insured in full"
    ):
        whole = {
            "packing": ["box", "ribbon", "bag"],
            "declaredValue": VALUE,
            "insuredValue": VALUE,
            "currency": "USD",
            "hsCode": "7113.19",
        }
        for changes, code in (
            ({"packing": ["box", "bag"]}, "PACKING_INCOMPLETE"),
            ({"insuredValue": "100.00"}, "INSURANCE_TOO_LOW"),
            ({"currency": "EUR"}, "CURRENCY_MISMATCH"),
            ({"incoterm": "DAP"}, "CUSTOMS_INCONSISTENT"),
        ):
            ring.tell_in_vain("bespokeShipmentPack", code, project=ring.id, input=whole | changes)
        ring.tell("bespokeShipmentPack", project=ring.id, input=whole)
        packed = parcel(ring)
        equal((packed["status"], packed["hsCode"]), ("PACKED", "711319"), "the parcel")
        equal(packed["signatureRequired"], True, "whether a signature is required")
        ring.tell_in_vain("bespokeShipmentDeliver", "SHIPMENT_NOT_DISPATCHED", id=packed["id"])


def _order(ring: Commission) -> Any:
    paid = ring.read("projectMoney")["payables"][0]
    return ring.world.api.run("orderAsStaff", ring.world.staff, id=paid["orderId"])


def fulfilled(ring: Commission) -> Any:
    """The host's one parcel of the piece's order, once the shop has made it."""
    return one(
        wait_for(lambda: _order(ring)["fulfillments"], "the host's fulfilment"), "fulfilment"
    )


def _dispatched(ring: Commission) -> None:
    with ring.world.report.step(
        "dispatched", "It leaves with the courier, and the shop's order is fulfilled by itself"
    ):
        equal(_order(ring)["fulfillments"], [], "the host's parcels before")
        send = {"id": parcel(ring)["id"], "carrier": "Malca-Amit", "trackingNumber": "MA-204"}
        ring.tell("bespokeShipmentDispatch", **send)
        ring.tell_in_vain("bespokeShipmentDispatch", "ALREADY_DONE", **send)
        equal(parcel(ring)["status"], "DISPATCHED", "the parcel")
        host = fulfilled(ring)
        equal(
            (host["status"], host["trackingNumber"]), ("FULFILLED", "MA-204"), "the host's parcel"
        )
        equal(_order(ring)["status"], "FULFILLED", "the order")
        equal(one(host["lines"], "line")["quantity"], 1, "the pieces in it")


def _tracking(ring: Commission) -> None:
    with ring.world.report.step(
        "tracking corrected", "A wrong number is corrected here, and once in the shop's own order"
    ):
        ring.tell("bespokeShipmentTrackingUpdate", id=parcel(ring)["id"], trackingNumber="MA-2040")
        equal(parcel(ring)["trackingNumber"], "MA-2040", "the number Ada sees")
        wait_for(lambda: fulfilled(ring)["trackingNumber"] == "MA-2040", "the number in the order")
        ring.world.api.run(
            "orderFulfillmentUpdateTracking",
            ring.world.staff,
            id=fulfilled(ring)["id"],
            trackingNumber="MA-2041",
        )
        wait_for(lambda: parcel(ring)["trackingNumber"] == "MA-2041", "the number from the order")
        equal(len(_order(ring)["fulfillments"]), 1, "the host's parcels")


def _delivered(ring: Commission) -> None:
    with ring.world.report.step("delivered", "Three days later Ada signs for it: the ring is hers"):
        ring.world.clock_move(72)
        ring.tell("bespokeShipmentDeliver", id=parcel(ring)["id"], receivedBy="Ada Shopper")
        found = parcel(ring)
        equal((found["status"], found["receivedBy"]), ("DELIVERED", "Ada Shopper"), "the parcel")
        ring.stage_is("AFTERCARE")
        judged = ring.world.api.run("projectCare", ring.customer, id=ring.id)["resizeProspect"]
        equal(judged["outcome"], "FREE", "the resize that she may ask for")
        true(judged["until"], "its last day is named")
    ring.world.report.note(f"one free resize until {day(judged['until'])}")
