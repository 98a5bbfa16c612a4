"""What the host's orders say of their commission: its state of now, in public, and no more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from saleor_bespoke.flows import telling
from saleor_bespoke.flows.telling import PROMISE_KEY, STAGE_KEY, order_note
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.attention import raise_for
from saleor_bespoke.project.models import BespokeProject, Delivery
from saleor_bespoke.project.services import lock_for_system
from saleor_bespoke.shop.embedded.models import Order
from saleor_bespoke.shop.port import shop
from saleor_bespoke.steps.checkout.services import PAYABLE_KEY, PROJECT_KEY
from saleor_bespoke.workshop.promises import promise_pause, promise_resume
from saleor_bespoke.workshop.services import promise_move
from tests.making import approve, begin_making

pytestmark = pytest.mark.django_db


def metadata() -> dict[str, str]:
    found: dict[str, str] = Order.objects.get().metadata
    return found


def local_day(project: BespokeProject, step: str) -> str:
    due_at = project.promises.get(step=step, ended_at=None).due_at
    return due_at.astimezone(ZoneInfo(project.time_zone)).date().isoformat()


def test_an_order_shows_stage_and_promise_from_its_payment_on(
    paid_project: BespokeProject,
) -> None:
    deliveries.drain()

    said = metadata()
    payable = said.pop(PAYABLE_KEY)
    assert payable == str(paid_project.payables.get(kind="QUOTE").pk)
    assert said == {
        PROJECT_KEY: paid_project.number,
        STAGE_KEY: "DESIGN",
        PROMISE_KEY: local_day(paid_project, "CAD"),
    }


def test_a_note_costs_a_look_a_line_and_a_second_look(
    paid_project: BespokeProject, django_assert_num_queries: Any
) -> None:
    owed = Delivery.objects.select_related("event__project").filter(handler="order_note")
    delivery = owed.earliest("due_at")

    with django_assert_num_queries(4):  # first of all, which orders there are
        order_note(delivery)


def test_an_order_follows_the_commission(
    paid_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    deliveries.drain()
    promise = paid_project.promises.get(step="CAD", ended_at=None)
    later = promise.due_at + timedelta(days=2)
    told = {"due_at": later, "cause": "WORKSHOP", "explanation": "Somebody fell ill."}
    promise_move(actor=staff, promise_pk=promise.pk, **told)
    deliveries.drain()
    zone = ZoneInfo(paid_project.time_zone)
    assert metadata()[PROMISE_KEY] == later.astimezone(zone).date().isoformat()

    approve(paid_project, customer, staff)
    deliveries.drain()
    assert metadata()[PROMISE_KEY] == ""

    begin_making(paid_project, staff)
    deliveries.drain()
    assert metadata()[STAGE_KEY] == "PRODUCTION"
    assert metadata()[PROMISE_KEY] == local_day(paid_project, "PRODUCTION")


def test_a_clock_that_stands_still_promises_no_day(paid_project: BespokeProject) -> None:
    with transaction.atomic():
        promise_pause(project=lock_for_system(paid_project.pk), step="CAD")
    deliveries.drain()
    assert metadata()[PROMISE_KEY] == ""
    with transaction.atomic():
        promise_resume(project=lock_for_system(paid_project.pk), step="CAD")
    deliveries.drain()
    assert metadata()[PROMISE_KEY] == local_day(paid_project, "CAD")


def test_what_only_staff_may_know_is_not_told(paid_project: BespokeProject) -> None:
    deliveries.drain()
    before = metadata()
    raise_for(paid_project, "STUCK", "Only staff may read this")
    deliveries.drain()
    assert metadata() == before


def test_a_commission_without_an_order_owes_no_word(quoted_project: BespokeProject) -> None:
    deliveries.drain()
    done = Delivery.objects.filter(handler="order_note").values_list("done_at", "error")
    assert done
    assert all(at and not error for at, error in done)


def test_other_entries_of_an_order_stay(paid_project: BespokeProject) -> None:
    Order.objects.update(metadata={"erp": "4711"})
    deliveries.drain()
    assert metadata()["erp"] == "4711"
    assert metadata()[STAGE_KEY] == "DESIGN"


def test_an_old_word_carries_the_new_state(
    paid_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    """A delivery that comes late, or twice, says what is true now."""
    old = Delivery.objects.filter(handler="order_note").earliest("due_at")
    approve(paid_project, customer, staff)
    deliveries.drain()
    now = metadata()

    order_note(old)

    assert metadata() == now


class Overtaken:
    """The host, at whose first word the commission moves on: the worst moment for a writer."""

    def __init__(self, move: Any) -> None:
        self.move, self.words = move, []  # type: ignore[var-annotated]

    def __getattr__(self, name: str) -> Any:
        return getattr(shop(), name)

    def order_note(self, **values: Any) -> Any:
        if not self.words:
            self.move()
        self.words.append(values["metadata"][STAGE_KEY])
        return shop().order_note(**values)


def test_who_is_overtaken_while_writing_writes_again(
    paid_project: BespokeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two at once: the slower one would leave its older state behind, if it did not look again."""
    from tests.contracts.rich import stage_set

    deliveries.drain()
    host = Overtaken(lambda: stage_set(paid_project, "SHIPPING"))
    monkeypatch.setattr(telling, "shop", lambda: host)

    order_note(Delivery.objects.filter(handler="order_note").earliest("due_at"))

    assert host.words == ["DESIGN", "SHIPPING"]
    assert metadata()[STAGE_KEY] == "SHIPPING"


def test_an_order_that_is_gone_is_said(paid_project: BespokeProject) -> None:
    order = Order.objects.get()
    order.transactions.update(order=None)
    order.delete()
    with pytest.raises(RuntimeError, match="no such order"):
        order_note(Delivery.objects.filter(handler="order_note").earliest("due_at"))
