"""What random walks have found, each as a walk of its own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from saleor_bespoke import clock, tasks
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject, Delivery
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.shop.embedded.models import Order
from saleor_bespoke.shop.embedded.orders import order_fulfill
from saleor_bespoke.shop.port import tell
from tests.contracts.walking import leave
from tests.making import pass_check
from tests.support import nothing_changes

pytestmark = pytest.mark.django_db


def test_an_order_the_host_does_not_let_go_is_shown_to_staff(
    provider: FakeStripe, paid_project: BespokeProject, customer: Actor
) -> None:
    """A parcel recorded too early in the shop, then the commission is cancelled."""
    order_fulfill(Order.objects.get(), quantity=1, tracking_number="H-1")

    leave(paid_project, customer)
    deliveries.drain()

    assert paid_project.stage == Stage.CANCELLED
    assert Order.objects.get().status == "FULFILLED"
    assert paid_project.attentions.filter(reason="ORDER_NOT_CANCELLED", resolved_at=None).exists()
    assert not Delivery.objects.exclude(error="").exists()


def test_what_is_stuck_stays_on_the_list_until_it_goes_on(paid_project: BespokeProject) -> None:
    """To be put on the list is a row of the timeline, too, and no progress."""
    paid_project.promises.update(ended_at=clock.now(), outcome="DROPPED")
    clock.use_offset(lambda: timedelta(days=30))
    try:
        for _ in range(3):
            tasks.clocks.run()
    finally:
        clock.use_offset(timedelta)
    rows = paid_project.attentions.filter(reason="STUCK")
    assert [row.resolved_at for row in rows] == [None]


def test_a_parcel_recorded_too_early_is_not_sent_because_the_host_says_it_again(
    made_project: BespokeProject, staff: Actor
) -> None:
    """The word is repeated when the piece has passed quality control and still lies in the shop."""
    order = Order.objects.get()
    order_fulfill(order, quantity=1, tracking_number="H-1")
    pass_check(made_project, staff)

    with nothing_changes():
        tell("order_fulfilled", order_id=str(order.pk))

    assert not made_project.shipments.exists()
