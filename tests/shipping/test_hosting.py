"""Parcels recorded, cancelled and corrected in the host itself."""

from __future__ import annotations

from typing import Any

import pytest

from saleor_bespoke.project import attention, deliveries
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.embedded import orders
from saleor_bespoke.shop.port import tell
from saleor_bespoke.steps.quality.models import Certificate
from saleor_bespoke.steps.shipping.services import shipment_tracking_update
from tests.delivering import deliver, dispatch, host_order, pack
from tests.support import nothing_changes, refuses

pytestmark = pytest.mark.django_db


def fulfil(project: BespokeProject, number: str = "H-1") -> Any:
    """Staff record a parcel in the host."""
    return orders.order_fulfill(host_order(project), quantity=1, tracking_number=number)


def told(project: BespokeProject) -> list[str]:
    return sorted(project.attentions.filter(resolved_at=None).values_list("reason", flat=True))


def live(project: BespokeProject) -> list[str]:
    rows = host_order(project).fulfillments.exclude(status="CANCELED")
    return [row.tracking_number for row in rows]


def events(project: BespokeProject, kind: str) -> int:
    return int(project.events.filter(kind=kind).count())


def test_a_packed_piece_sent_in_the_host_is_dispatched(
    ready_project: BespokeProject, staff: Actor
) -> None:
    shipment = pack(ready_project, staff)
    parcel = fulfil(ready_project)
    shipment.refresh_from_db()
    assert (shipment.status, shipment.tracking_number) == ("DISPATCHED", "H-1")
    assert shipment.host_fulfillment_id == str(parcel.pk)
    assert told(ready_project) == []
    deliveries.drain()
    assert live(ready_project) == ["H-1"]
    with refuses("ALREADY_DONE"):
        dispatch(shipment, staff)
    deliver(shipment, staff)


def test_the_host_may_repeat_itself(ready_project: BespokeProject, staff: Actor) -> None:
    pack(ready_project, staff)
    fulfil(ready_project)
    with nothing_changes():
        for name in ("order_fulfilled", "tracking_updated", "fulfillment_cancelled"):
            tell(name, order_id=str(host_order(ready_project).pk))


def test_an_unpacked_piece_sent_in_the_host_needs_its_papers(
    ready_project: BespokeProject, staff: Actor
) -> None:
    fulfil(ready_project)
    shipment = ready_project.shipments.get()
    assert (shipment.status, shipment.packing) == ("DISPATCHED", [])
    assert told(ready_project) == ["DISPATCHED_UNPACKED"]
    deliveries.drain()
    assert live(ready_project) == ["H-1"]


def test_before_quality_control_the_host_only_raises_attention(
    made_project: BespokeProject, staff: Actor
) -> None:
    parcel = fulfil(made_project)
    made_project.refresh_from_db()
    assert made_project.stage == "QUALITY"
    assert not made_project.shipments.exists()
    assert told(made_project) == ["FULFILLED_BEFORE_QC"]
    attention.resolve(made_project, "FULFILLED_BEFORE_QC", "A mistake.", actor=staff)
    with nothing_changes():  # the same parcel is not told of twice
        tell("order_fulfilled", order_id=str(parcel.order_id))


def test_in_design_too(paid_project: BespokeProject) -> None:
    fulfil(paid_project)
    assert told(paid_project) == ["FULFILLED_BEFORE_QC"]
    assert not paid_project.shipments.exists()


def test_a_parcel_recorded_too_early_is_taken_over_by_the_dispatch(
    made_project: BespokeProject, staff: Actor
) -> None:
    from tests.making import pass_check

    parcel = fulfil(made_project, "EARLY")
    pass_check(made_project, staff)
    shipment = dispatch(pack(made_project, staff), staff, "1Z-1")
    deliveries.drain()
    shipment.refresh_from_db()
    assert shipment.host_fulfillment_id == str(parcel.pk)
    assert live(made_project) == ["1Z-1"]


def test_a_piece_whose_certificate_fell_is_not_taken_as_dispatched(
    ready_project: BespokeProject, staff: Actor
) -> None:
    pack(ready_project, staff)
    Certificate.objects.filter(project=ready_project).update(status="REJECTED")
    fulfil(ready_project)
    assert ready_project.shipments.get().status == "PACKED"
    assert told(ready_project) == ["FULFILLED_BEFORE_QC"]


def test_a_cancelled_commission_is_not_sent(ready_project: BespokeProject, staff: Actor) -> None:
    from saleor_bespoke.flows.cancelling import project_cancel

    paid = ready_project.payables.get(kind="QUOTE").charged
    project_cancel(
        actor=staff,
        project_pk=ready_project.pk,
        reason="UNABLE_TO_DELIVER",
        expected_refund=paid,
    )
    fulfil(ready_project)  # a real shop fulfils even a cancelled order
    ready_project.refresh_from_db()
    assert ready_project.stage == "CANCELLED"
    assert "FULFILLED_AFTER_CANCEL" in told(ready_project)
    assert not ready_project.shipments.exists()


def test_a_parcel_cancelled_in_the_host_waits_and_leaves_again(
    ready_project: BespokeProject, staff: Actor
) -> None:
    shipment = dispatch(pack(ready_project, staff), staff)
    deliveries.drain()
    parcel = host_order(ready_project).fulfillments.get()
    orders.fulfillment_cancel(parcel)
    shipment.refresh_from_db()
    assert (shipment.status, shipment.host_fulfillment_id) == ("PACKED", None)
    assert told(ready_project) == ["FULFILLMENT_CANCELLED"]
    assert events(ready_project, "ShipmentRecalled") == 1
    with nothing_changes():
        tell("fulfillment_cancelled", order_id=str(parcel.order_id))
    with refuses("SHIPMENT_NOT_DISPATCHED"):
        deliver(shipment, staff)
    dispatch(shipment, staff, "1Z-2")
    deliveries.drain()
    assert live(ready_project) == ["1Z-2"]
    shipment.refresh_from_db()
    assert shipment.host_fulfillment_id is not None


def test_a_parcel_adopted_without_papers_is_packed_before_it_leaves_again(
    ready_project: BespokeProject, staff: Actor
) -> None:
    orders.fulfillment_cancel(fulfil(ready_project))
    shipment = ready_project.shipments.get()
    with refuses("SHIPMENT_NOT_PACKED"):
        dispatch(shipment, staff)
    dispatch(pack(ready_project, staff), staff)


def test_a_parcel_that_arrived_stays_arrived(
    delivered_project: BespokeProject, staff: Actor
) -> None:
    orders.fulfillment_cancel(host_order(delivered_project).fulfillments.get())
    delivered_project.refresh_from_db()
    assert delivered_project.stage == "AFTERCARE"
    assert delivered_project.shipments.get().status == "DELIVERED"
    assert told(delivered_project) == ["FULFILLMENT_CANCELLED"]


def test_a_number_corrected_in_the_host_is_ours_too(
    ready_project: BespokeProject, staff: Actor
) -> None:
    shipment = dispatch(pack(ready_project, staff), staff)
    deliveries.drain()
    orders.tracking_update(host_order(ready_project).fulfillments.get(), "H-2")
    shipment.refresh_from_db()
    assert shipment.tracking_number == "H-2"
    assert events(ready_project, "ShipmentTrackingAdopted") == 1


@pytest.mark.parametrize(("number", "kept"), [("9" * 200, "9" * 128), ("", "1Z-1")])
def test_numbers_that_only_the_host_accepts(
    ready_project: BespokeProject, staff: Actor, number: str, kept: str
) -> None:
    shipment = dispatch(pack(ready_project, staff), staff)
    deliveries.drain()
    orders.tracking_update(host_order(ready_project).fulfillments.get(), number)
    deliveries.drain()
    shipment.refresh_from_db()
    assert shipment.tracking_number == kept
    assert live(ready_project) == [number]


def test_an_older_word_of_the_host_does_not_undo_a_newer_one(
    ready_project: BespokeProject, staff: Actor
) -> None:
    shipment = dispatch(pack(ready_project, staff), staff)
    deliveries.drain()
    shipment_tracking_update(actor=staff, shipment_pk=shipment.pk, tracking_number="1Z-2")
    tell("tracking_updated", order_id=str(host_order(ready_project).pk))  # it still says 1Z-1
    shipment.refresh_from_db()
    assert shipment.tracking_number == "1Z-2"
    deliveries.drain()
    assert live(ready_project) == ["1Z-2"]


@pytest.mark.parametrize("name", ["order_fulfilled", "fulfillment_cancelled", "tracking_updated"])
def test_orders_of_others_are_nobodys_business(db: None, name: str) -> None:
    with nothing_changes():
        tell(name, order_id="6c1ab60b-8b1f-4d53-8a3a-0dd3c2d0b7a6")
        tell(name, order_id="not an id")
