"""Packing, dispatch, delivery and collection, with the host's one fulfilment."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from saleor_bespoke import clock
from saleor_bespoke.flows import parcels
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.journal import chain_breaks
from saleor_bespoke.project.models import BespokeProject, Delivery
from saleor_bespoke.shop.embedded.adapter import Adapter
from saleor_bespoke.shop.port import Effect, Outcome
from saleor_bespoke.steps.quality.models import Certificate
from saleor_bespoke.steps.shipping.services import shipment_tracking_update
from tests.delivering import deliver, dispatch, host_order, pack
from tests.support import nothing_changes, refuses

pytestmark = pytest.mark.django_db


def kinds(project: BespokeProject) -> list[str]:
    return list(project.events.order_by("sequence").values_list("kind", flat=True))


def fulfillments(project: BespokeProject) -> list[str]:
    live = host_order(project).fulfillments.exclude(status="CANCELED")
    return [row.tracking_number for row in live]


def test_shipment_pack(ready_project: BespokeProject, staff: Actor) -> None:
    shipment = pack(ready_project, staff)
    assert (shipment.status, shipment.packing) == ("PACKED", ["box", "ribbon", "bag"])
    assert (shipment.hs_code, shipment.origin_country, shipment.incoterm) == ("7113", "US", "")
    assert kinds(ready_project)[-1] == "ShipmentPacked"
    assert ready_project.stage == "SHIPPING"


def test_packing_the_same_again_changes_nothing(
    ready_project: BespokeProject, staff: Actor
) -> None:
    shipment = pack(ready_project, staff)
    with nothing_changes():
        assert pack(ready_project, staff) == shipment


def test_papers_are_corrected_until_the_parcel_leaves(
    ready_project: BespokeProject, staff: Actor
) -> None:
    shipment = pack(ready_project, staff)
    assert pack(ready_project, staff, hs_code="711319").pk == shipment.pk
    shipment.refresh_from_db()
    assert shipment.hs_code == "711319"
    dispatch(shipment, staff)
    with refuses("ALREADY_DONE"):
        pack(ready_project, staff, hs_code="7113")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"ticked": ("box", "bag")}, "PACKING_INCOMPLETE", "packing"),
        ({"insured_value": Decimal("7439.99")}, "INSURANCE_TOO_LOW", "insuredValue"),
        ({"incoterm": "DAP"}, "CUSTOMS_INCONSISTENT", "incoterm"),
        ({"currency": "EUR"}, "CURRENCY_MISMATCH", "currency"),
    ],
)
def test_a_parcel_that_is_not_right_is_not_packed(
    ready_project: BespokeProject, staff: Actor, changes: dict[str, Any], code: str, field: str
) -> None:
    with refuses(code, field=field):
        pack(ready_project, staff, **changes)


def test_a_certificate_rejected_after_quality_control_keeps_the_piece_in(
    ready_project: BespokeProject, staff: Actor
) -> None:
    shipment = pack(ready_project, staff)
    Certificate.objects.filter(project=ready_project).update(status="REJECTED")
    with refuses("CERTIFICATE_MISSING"):
        pack(ready_project, staff, hs_code="711319")
    with refuses("CERTIFICATE_MISSING"):
        dispatch(shipment, staff)
    with refuses("CERTIFICATE_MISSING"):
        collect(ready_project, staff)


def test_shipment_dispatch(ready_project: BespokeProject, staff: Actor) -> None:
    shipment = dispatch(pack(ready_project, staff), staff)
    assert fulfillments(ready_project) == []  # nothing happens in the host before the commit
    deliveries.drain()
    shipment.refresh_from_db()
    assert fulfillments(ready_project) == ["1Z-1"]
    parcel = host_order(ready_project).fulfillments.get()
    assert shipment.host_fulfillment_id == str(parcel.pk)
    assert kinds(ready_project).count("ShipmentDispatched") == 1
    assert kinds(ready_project)[-1] == "ShipmentFulfilled"
    assert chain_breaks(ready_project) == []


@pytest.mark.parametrize("number", ["", "1" * 129, "1\x00"])
def test_a_number_the_host_cannot_keep_is_refused(
    ready_project: BespokeProject, staff: Actor, number: str
) -> None:
    shipment = pack(ready_project, staff)
    code = "INVALID" if number else "REQUIRED"
    with refuses(code, field="trackingNumber"):
        dispatch(shipment, staff, number)


def test_a_second_dispatch_is_refused(ready_project: BespokeProject, staff: Actor) -> None:
    shipment = dispatch(pack(ready_project, staff), staff)
    with refuses("ALREADY_DONE"):
        dispatch(shipment, staff, "1Z-2")
    deliveries.drain()
    assert fulfillments(ready_project) == ["1Z-1"]


def test_a_crash_before_the_effect_leaves_one_fulfilment(
    ready_project: BespokeProject, staff: Actor
) -> None:
    dispatch(pack(ready_project, staff), staff)
    lost = Delivery.objects.get(handler="host_fulfil")
    Delivery.objects.filter(pk=lost.pk).update(leased_until=clock.now(), attempts=1)
    deliveries.drain()
    assert fulfillments(ready_project) == ["1Z-1"]


def test_a_crash_after_the_effect_leaves_one_fulfilment(
    ready_project: BespokeProject, staff: Actor
) -> None:
    shipment = dispatch(pack(ready_project, staff), staff)
    delivery = Delivery.objects.get(handler="host_fulfil")
    for _ in range(3):  # the effect is done, but never marked as done
        parcels.host_fulfil(delivery)
    deliveries.drain()
    shipment.refresh_from_db()
    assert fulfillments(ready_project) == ["1Z-1"]
    assert kinds(ready_project).count("ShipmentFulfilled") == 1


class Stumbling(Adapter):
    """A host whose fulfilment fails, or dies right after it was made."""

    def __init__(self, *, after: bool) -> None:
        self.after = after
        self.calls = 0

    def order_fulfill(self, *, order_id: str, tracking_number: str, key: str) -> Effect:
        self.calls += 1
        if self.calls > 1:
            return super().order_fulfill(
                order_id=order_id, tracking_number=tracking_number, key=key
            )
        if self.after:
            super().order_fulfill(order_id=order_id, tracking_number=tracking_number, key=key)
            raise ConnectionError("the answer was lost")
        return Effect(Outcome.FAILED, reason="The shop was closed.")


@pytest.mark.parametrize("after", [True, False])
def test_an_effect_that_fails_is_tried_again(
    ready_project: BespokeProject,
    staff: Actor,
    monkeypatch: pytest.MonkeyPatch,
    after: bool,
) -> None:
    host = Stumbling(after=after)
    monkeypatch.setattr(parcels, "shop", lambda: host)
    shipment = dispatch(pack(ready_project, staff), staff)
    deliveries.drain()
    assert host.calls == 1
    waiting = Delivery.objects.get(handler="host_fulfil")
    assert waiting.done_at is None
    assert waiting.error
    Delivery.objects.filter(pk=waiting.pk).update(due_at=clock.now())
    deliveries.drain()
    shipment.refresh_from_db()
    assert shipment.host_fulfillment_id
    assert fulfillments(ready_project) == ["1Z-1"]


def test_a_number_corrected_before_the_effect_reaches_the_host(
    ready_project: BespokeProject, staff: Actor
) -> None:
    shipment = dispatch(pack(ready_project, staff), staff)
    shipment_tracking_update(actor=staff, shipment_pk=shipment.pk, tracking_number="1Z-2")
    deliveries.drain()
    assert fulfillments(ready_project) == ["1Z-2"]


def test_shipment_tracking_update(ready_project: BespokeProject, staff: Actor) -> None:
    shipment = pack(ready_project, staff)
    with refuses("SHIPMENT_NOT_DISPATCHED"):
        shipment_tracking_update(actor=staff, shipment_pk=shipment.pk, tracking_number="1Z-2")
    dispatch(shipment, staff)
    deliveries.drain()
    shipment_tracking_update(actor=staff, shipment_pk=shipment.pk, tracking_number=" 1Z-2 ")
    deliveries.drain()
    shipment.refresh_from_db()
    assert (shipment.tracking_number, fulfillments(ready_project)) == ("1Z-2", ["1Z-2"])
    assert "ShipmentTrackingAdopted" not in kinds(ready_project)  # the echo of our own word
    with nothing_changes():
        shipment_tracking_update(actor=staff, shipment_pk=shipment.pk, tracking_number="1Z-2")


def test_shipment_deliver(ready_project: BespokeProject, staff: Actor) -> None:
    shipment = dispatch(pack(ready_project, staff), staff)
    deliver(shipment, staff, received_by="A. Name")
    ready_project.refresh_from_db()
    shipment.refresh_from_db()
    assert (ready_project.stage, shipment.status) == ("AFTERCARE", "DELIVERED")
    assert shipment.delivered_at is not None
    promise = ready_project.promises.get(step="SHIPPING")
    assert promise.outcome == "MET"
    with refuses("STAGE_FORBIDS"):
        deliver(shipment, staff)


def test_a_parcel_that_has_not_left_does_not_arrive(
    ready_project: BespokeProject, staff: Actor
) -> None:
    shipment = pack(ready_project, staff)
    with refuses("SHIPMENT_NOT_DISPATCHED"):
        deliver(shipment, staff)


def test_an_arrival_lies_between_dispatch_and_now(
    ready_project: BespokeProject, staff: Actor
) -> None:
    shipment = dispatch(pack(ready_project, staff), staff)
    for at in (
        clock.now() + timedelta(minutes=5),
        shipment.dispatched_at - timedelta(seconds=1),
        clock.now().replace(tzinfo=None),
    ):
        with refuses("INVALID", field="deliveredAt"):
            deliver(shipment, staff, delivered_at=at)
    deliver(shipment, staff, delivered_at=shipment.dispatched_at)


def collect(project: BespokeProject, staff: Actor, **changes: Any) -> Any:
    values = {"received_by": "A. Name", "identity_document": "PASSPORT", "signed": True}
    return parcels.piece_collect(actor=staff, project_pk=project.pk, **values | changes)


@pytest.mark.parametrize("packed", [True, False])
def test_piece_collect(ready_project: BespokeProject, staff: Actor, packed: bool) -> None:
    if packed:
        pack(ready_project, staff)
    shipment = collect(ready_project, staff)
    deliveries.drain()
    ready_project.refresh_from_db()
    shipment.refresh_from_db()
    assert (ready_project.stage, shipment.method, shipment.status) == (
        "AFTERCARE",
        "COLLECTION",
        "COLLECTED",
    )
    assert (shipment.received_by, shipment.identity_document) == ("A. Name", "PASSPORT")
    assert ready_project.shipments.count() == 1
    assert fulfillments(ready_project) == [""]
    assert shipment.host_fulfillment_id
    with refuses("SHIPMENT_NOT_DISPATCHED"):
        shipment_tracking_update(actor=staff, shipment_pk=shipment.pk, tracking_number="1")


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"signed": False}, "SIGNATURE_MISSING"), ({"identity_document": ""}, "IDENTITY_MISSING")],
)
def test_a_stranger_collects_nothing(
    ready_project: BespokeProject, staff: Actor, changes: dict[str, Any], code: str
) -> None:
    with refuses(code):
        collect(ready_project, staff, **changes)


def test_a_parcel_on_its_way_is_not_collected(ready_project: BespokeProject, staff: Actor) -> None:
    dispatch(pack(ready_project, staff), staff)
    with refuses("ALREADY_DONE"):
        collect(ready_project, staff)


def test_before_quality_control_nothing_is_packed(
    made_project: BespokeProject, staff: Actor
) -> None:
    with refuses("STAGE_FORBIDS"):
        pack(made_project, staff)
