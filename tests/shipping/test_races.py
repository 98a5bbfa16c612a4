"""Two members of staff, or staff and the host, at the same moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.journal import chain_breaks
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.embedded import orders
from saleor_bespoke.shop.embedded.models import Fulfillment
from saleor_bespoke.shop.embedded.refusals import HostRefusal
from tests.delivering import deliver, dispatch, host_order, make_ready, pack
from tests.fixtures import make_customer, make_staff
from tests.paying import make_paid
from tests.support import race

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ready(provider: FakeStripe, files_folder: Path) -> tuple[BespokeProject, Actor]:
    customer, staff = make_customer(), make_staff()
    project = make_ready(make_paid(provider, customer, staff), customer, staff)
    deliveries.drain()
    return project, staff


def codes(results: list[Any]) -> list[str]:
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, BespokeError | HostRefusal):
            raise result
    return sorted(str(getattr(r, "code", "ok")) for r in results)


def live(project: BespokeProject) -> int:
    return Fulfillment.objects.filter(order=host_order(project)).exclude(status="CANCELED").count()


def test_two_dispatches_are_one_fulfilment(ready: tuple[BespokeProject, Actor]) -> None:
    project, staff = ready
    shipment = pack(project, staff)
    results = race(*[lambda: dispatch(shipment, staff)] * 4)
    assert codes(results) == ["ALREADY_DONE"] * 3 + ["ok"]
    race(deliveries.drain, deliveries.drain, deliveries.drain)
    shipment.refresh_from_db()
    assert live(project) == 1
    assert shipment.host_fulfillment_id
    assert project.events.filter(kind="ShipmentFulfilled").count() == 1
    project.refresh_from_db()
    assert chain_breaks(project) == []


def test_two_packings_are_one_parcel(ready: tuple[BespokeProject, Actor]) -> None:
    project, staff = ready
    results = race(*[lambda: pack(project, staff)] * 4)
    assert codes(results) == ["ok"] * 4
    assert project.shipments.count() == 1


def test_staff_dispatch_here_and_in_the_host(ready: tuple[BespokeProject, Actor]) -> None:
    project, staff = ready
    shipment = pack(project, staff)
    order = host_order(project)

    def here() -> Any:
        done = dispatch(shipment, staff)
        deliveries.drain()
        return done

    def there() -> Any:
        return orders.order_fulfill(order, quantity=1, tracking_number="H-1")

    codes(race(here, there))
    deliveries.drain()
    shipment.refresh_from_db()
    assert live(project) == 1
    assert shipment.status == "DISPATCHED"
    parcel = Fulfillment.objects.exclude(status="CANCELED").get(order=order)
    assert shipment.host_fulfillment_id == str(parcel.pk)
    assert project.events.filter(kind="ShipmentDispatched").count() == 1


def test_two_deliveries_are_one(ready: tuple[BespokeProject, Actor]) -> None:
    project, staff = ready
    shipment = dispatch(pack(project, staff), staff)
    results = race(*[lambda: deliver(shipment, staff)] * 3)
    assert codes(results) == ["STAGE_FORBIDS"] * 2 + ["ok"]
    assert project.events.filter(kind="ShipmentDelivered").count() == 1
