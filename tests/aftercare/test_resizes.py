"""The resize: judged at once, free once, else paid, worked on, sent back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from saleor_bespoke import clock, conf
from saleor_bespoke.flows.acceptance import payable_checkout_open
from saleor_bespoke.flows.aftercare import resize_refuse, resize_return
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.journal import chain_breaks
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.embedded import checkouts
from saleor_bespoke.shop.port import tell
from saleor_bespoke.steps.aftercare.models import ResizeCase
from saleor_bespoke.steps.aftercare.selectors import resize_judge
from saleor_bespoke.steps.aftercare.services import (
    resize_finish,
    resize_grant,
    resize_price,
    resize_start,
)
from tests.delivering import ask, delivered_on, host_order, resize_fully
from tests.fixtures import ring_specification
from tests.paying import fill_in, pay, stray_charge
from tests.support import nothing_changes, refuses

pytestmark = pytest.mark.django_db


def codes(case: Any) -> list[str]:
    return [item["code"] for item in case.reasons]


def at(project: BespokeProject, local: str) -> Any:
    """Travel to this local time of the customer."""
    moment = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(project.time_zone))
    return time_machine.travel(moment, tick=False)


def paid(case: ResizeCase, customer: Actor, provider: Any, capture: Any) -> ResizeCase:
    opened = payable_checkout_open(actor=customer, payable_pk=case.payable_pk)
    with capture(execute=True):
        pay(provider, opened.attempt.checkout_id)
    case.refresh_from_db()
    return case


def test_resize_request(delivered_project: BespokeProject, customer: Actor) -> None:
    case = ask(delivered_project, customer)
    assert (case.status, case.outcome, codes(case)) == ("REQUESTED", "FREE", ["within_promise"])
    assert (case.asked_label, case.free) == ("US 6.5", False)
    delivered = delivered_project.shipments.get().delivered_at
    local = delivered.astimezone(ZoneInfo(delivered_project.time_zone)).date()
    assert (case.free_until - local).days == 30


def test_the_same_wish_again_is_the_same_case(
    delivered_project: BespokeProject, customer: Actor
) -> None:
    case = ask(delivered_project, customer)
    with nothing_changes():
        assert ask(delivered_project, customer) == case
    with refuses("RESIZE_OPEN"):
        ask(delivered_project, customer, "7")


def test_an_impossible_resize_ends_at_once(
    delivered_project: BespokeProject, customer: Actor
) -> None:
    case = ask(delivered_project, customer, "6")
    assert (case.status, case.outcome, codes(case)) == ("REFUSED", "IMPOSSIBLE", ["same_size"])
    assert case.decided_at is not None
    kinds = list(delivered_project.events.values_list("kind", flat=True))
    assert kinds[-2:] == ["ResizeRequested", "ResizeRefused"]
    with nothing_changes():
        assert ask(delivered_project, customer, "6") == case
    far = ask(delivered_project, customer, "9")
    assert codes(far) == ["beyond_workshop_limit"]
    assert ask(delivered_project, customer, "6.5").outcome == "FREE"


@pytest.mark.parametrize("label", ["0.3", "17", "L", ""])
def test_a_label_that_is_no_size_is_refused(
    delivered_project: BespokeProject, customer: Actor, label: str
) -> None:
    with refuses("INVALID", field="label"):
        ask(delivered_project, customer, label)


def test_before_delivery_there_is_nothing_to_resize(
    ready_project: BespokeProject, customer: Actor
) -> None:
    with refuses("STAGE_FORBIDS"):
        ask(ready_project, customer)


@pytest.mark.parametrize(
    ("zone", "delivered", "asked", "outcome"),
    [
        # inclusive to the last second of the thirtieth day, over the end of summer time
        ("America/New_York", "2027-10-12T23:30:00", "2027-11-11T23:59:59", "FREE"),
        ("America/New_York", "2027-10-12T23:30:00", "2027-11-12T00:00:00", "PAID"),
        # and over its beginning
        ("America/New_York", "2027-02-20T00:00:00", "2027-03-22T23:59:59", "FREE"),
        ("America/New_York", "2027-02-20T00:00:00", "2027-03-23T00:00:00", "PAID"),
        ("Europe/Berlin", "2027-03-01T00:10:00", "2027-03-31T23:59:59", "FREE"),
        ("Europe/Berlin", "2027-03-01T00:10:00", "2027-04-01T00:00:00", "PAID"),
        # a day ahead of the workshop, and in a zone of a half hour
        ("Pacific/Auckland", "2027-04-01T00:30:00", "2027-05-01T23:59:59", "FREE"),
        ("Pacific/Auckland", "2027-04-01T00:30:00", "2027-05-02T00:00:00", "PAID"),
        ("Asia/Kolkata", "2027-06-10T23:59:00", "2027-07-10T23:59:59", "FREE"),
        ("Asia/Kolkata", "2027-06-10T23:59:00", "2027-07-11T00:00:00", "PAID"),
    ],
)
def test_the_window_is_the_customers_local_days(
    delivered_project: BespokeProject,
    customer: Actor,
    zone: str,
    delivered: str,
    asked: str,
    outcome: str,
) -> None:
    BespokeProject.objects.filter(pk=delivered_project.pk).update(time_zone=zone)
    delivered_project.refresh_from_db()
    delivered_on(delivered_project, delivered)
    with at(delivered_project, asked):
        case = ask(delivered_project, customer)
    assert case.outcome == outcome
    assert codes(case) == ["within_promise" if outcome == "FREE" else "window_closed"]


def test_a_shop_may_count_from_the_dispatch(
    delivered_project: BespokeProject, customer: Actor, settings: Any
) -> None:
    settings.BESPOKE = settings.BESPOKE | {"CHANNELS": {"us": {"resize_window_from": "SHIPMENT"}}}
    conf.policies_forget()
    delivered_on(delivered_project, "2027-06-10T12:00:00")
    at_noon = datetime(2027, 6, 20, 12, tzinfo=ZoneInfo("America/New_York"))
    delivered_project.shipments.update(delivered_at=at_noon)
    try:
        with at(delivered_project, "2027-06-21T12:00:00"):
            case = ask(delivered_project, customer)
        transit = conf.policy("us").transit_days
        assert (case.free_until - date(2027, 6, 10)).days == 30 + transit
    finally:
        settings.BESPOKE = settings.BESPOKE | {"CHANNELS": {"us": {}}}
        conf.policies_forget()


def test_resize_grant(delivered_project: BespokeProject, customer: Actor, staff: Actor) -> None:
    case = resize_grant(actor=staff, resize_pk=ask(delivered_project, customer).pk)
    assert (case.status, case.free) == ("GRANTED", True)
    with refuses("RESIZE_NOT_OPEN"):
        resize_grant(actor=staff, resize_pk=case.pk)
    with refuses("RESIZE_NOT_OPEN"):
        resize_price(actor=staff, resize_pk=case.pk)


def test_the_whole_free_resize(
    delivered_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    case = resize_grant(actor=staff, resize_pk=ask(delivered_project, customer).pk)
    done = resize_fully(case, staff)
    assert done.status == "RETURNED"
    assert done.measured_size_mm == done.asked_size_mm
    parcel = delivered_project.shipments.get(purpose="RESIZE")
    assert (parcel.status, parcel.case_pk) == ("DISPATCHED", case.pk)
    assert delivered_project.promises.get(step="RESIZE").outcome == "MET"
    deliveries.drain()
    assert host_order(delivered_project).fulfillments.count() == 1  # the resize is no order's
    delivered_project.refresh_from_db()
    assert chain_breaks(delivered_project) == []


def test_the_second_free_one_is_refused(
    delivered_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    first = resize_grant(actor=staff, resize_pk=ask(delivered_project, customer).pk)
    resize_fully(first, staff)
    second = ask(delivered_project, customer, "7")
    assert (second.outcome, codes(second)) == ("PAID", ["already_used"])
    with refuses("RESIZE_ALREADY_USED"):
        resize_grant(actor=staff, resize_pk=second.pk)


def test_after_a_resize_the_ring_has_its_new_size(
    delivered_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    first = resize_grant(actor=staff, resize_pk=ask(delivered_project, customer, "6.5").pk)
    resize_fully(first, staff)
    assert codes(ask(delivered_project, customer, "6.5")) == ["same_size"]
    assert ask(delivered_project, customer, "6").outcome == "PAID"


def test_a_late_wish_is_not_granted_for_nothing(
    delivered_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    delivered_on(delivered_project, "2026-01-05T12:00:00")
    case = ask(delivered_project, customer)
    assert codes(case) == ["window_closed"]
    with refuses("RESIZE_NOT_FREE"):
        resize_grant(actor=staff, resize_pk=case.pk)


def test_a_free_one_is_not_charged_for(
    delivered_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    case = ask(delivered_project, customer)
    with refuses("RESIZE_IS_FREE"):
        resize_price(actor=staff, resize_pk=case.pk)


@pytest.fixture
def late(delivered_project: BespokeProject, customer: Actor) -> ResizeCase:
    """A resize asked for after its free days."""
    delivered_on(delivered_project, "2026-01-05T12:00:00")
    case: ResizeCase = ask(delivered_project, customer)
    return case


@pytest.mark.parametrize("amount", ["0", "-1", "1.001", "NaN", "1E+30"])
def test_a_price_is_a_sum(late: ResizeCase, staff: Actor, amount: str) -> None:
    with refuses("INVALID", field="amount"):
        resize_price(actor=staff, resize_pk=late.pk, amount=Decimal(amount))


def test_resize_price(
    late: ResizeCase,
    customer: Actor,
    staff: Actor,
    provider: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    case, payable = resize_price(actor=staff, resize_pk=late.pk)
    assert (case.status, payable.kind, payable.amount) == ("PRICED", "RESIZE", Decimal("120.00"))
    with refuses("UNPAID"):
        resize_start(actor=staff, resize_pk=case.pk)
    with refuses("RESIZE_NOT_OPEN"):
        resize_price(actor=staff, resize_pk=case.pk)
    case = paid(case, customer, provider, django_capture_on_commit_callbacks)
    payable.refresh_from_db()
    assert (case.status, payable.status, case.free) == ("PAID", "PAID", False)
    assert case.project.events.filter(kind="ResizePaid").count() == 1
    assert resize_fully(case, staff).status == "RETURNED"


def test_another_price(late: ResizeCase, staff: Actor) -> None:
    _, payable = resize_price(actor=staff, resize_pk=late.pk, amount=Decimal("95.50"))
    assert payable.amount == Decimal("95.50")


def test_a_refused_resize_is_said_why(late: ResizeCase, staff: Actor) -> None:
    with refuses("REQUIRED", field="reason"):
        resize_refuse(actor=staff, resize_pk=late.pk, reason="  ")
    case = resize_refuse(actor=staff, resize_pk=late.pk, reason="The band is too worn.")
    assert case.status == "REFUSED"
    assert case.reasons[-1] == {
        "code": "refused_by_workshop",
        "sentence": "The band is too worn.",
    }
    with refuses("RESIZE_NOT_OPEN"):
        resize_refuse(actor=staff, resize_pk=late.pk, reason="Again.")


def test_refusing_a_priced_resize_ends_its_sum(
    late: ResizeCase, customer: Actor, staff: Actor, provider: Any
) -> None:
    case, payable = resize_price(actor=staff, resize_pk=late.pk)
    payable_checkout_open(actor=customer, payable_pk=payable.pk)
    resize_refuse(actor=staff, resize_pk=case.pk, reason="The band is too worn.")
    payable.refresh_from_db()
    assert payable.status == "CANCELLED"
    with refuses("PAYABLE_NOT_OPEN"):
        payable_checkout_open(actor=customer, payable_pk=payable.pk)


def test_refusing_a_paid_resize_gives_the_money_back(
    late: ResizeCase,
    customer: Actor,
    staff: Actor,
    provider: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    case, payable = resize_price(actor=staff, resize_pk=late.pk)
    case = paid(case, customer, provider, django_capture_on_commit_callbacks)
    resize_refuse(actor=staff, resize_pk=case.pk, reason="The band is too worn.")
    payable.refresh_from_db()
    assert payable.refund_committed == payable.charged > 0
    refund = payable.refunds.get()
    assert (refund.cause, refund.status) == ("RESIZE_REFUSED", "REQUESTED")


def test_a_resize_whose_payment_went_back_is_priced_anew(
    late: ResizeCase, customer: Actor, staff: Actor, provider: Any
) -> None:
    case, payable = resize_price(actor=staff, resize_pk=late.pk)
    opened = payable_checkout_open(actor=customer, payable_pk=payable.pk)
    fill_in(opened.attempt.checkout_id)
    stray_charge(provider, opened.attempt.checkout_id, Decimal(1))
    order = checkouts._order_create(checkouts.checkout_find(opened.attempt.checkout_id))
    tell("order_paid", order_id=str(order.pk))

    deliveries.drain()

    case.refresh_from_db()
    assert (case.status, case.payable_pk) == ("REQUESTED", None)
    assert order.transactions.get().refunded == 1
    case, again = resize_price(actor=staff, resize_pk=late.pk)
    assert (case.status, again.status) == ("PRICED", "OPEN")
    assert again.pk != payable.pk


def test_a_free_resize_taken_back_can_be_asked_for_again(
    delivered_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    case = resize_grant(actor=staff, resize_pk=ask(delivered_project, customer).pk)
    resize_refuse(actor=staff, resize_pk=case.pk, reason="Let us look at it first.")
    again = ask(delivered_project, customer, "7")
    assert again.outcome == "FREE"
    assert resize_grant(actor=staff, resize_pk=again.pk).free


def test_the_work_has_its_order(
    delivered_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    case = ask(delivered_project, customer)
    size = case.asked_size_mm
    with refuses("RESIZE_NOT_OPEN"):
        resize_start(actor=staff, resize_pk=case.pk)
    resize_grant(actor=staff, resize_pk=case.pk)
    with refuses("RESIZE_NOT_OPEN"):
        resize_finish(actor=staff, resize_pk=case.pk, measured_size_mm=size)
    resize_start(actor=staff, resize_pk=case.pk)
    assert delivered_project.promises.filter(step="RESIZE", ended_at=None).exists()
    with refuses("RESIZE_NOT_OPEN"):
        resize_refuse(actor=staff, resize_pk=case.pk, reason="Too late.")
    with refuses("RESIZE_NOT_OPEN"):
        resize_return(actor=staff, resize_pk=case.pk, carrier="C", tracking_number="1")
    with refuses("SIZE_OUT_OF_TOLERANCE", field="measuredSizeMm"):
        resize_finish(actor=staff, resize_pk=case.pk, measured_size_mm=size + Decimal("0.301"))
    resize_finish(actor=staff, resize_pk=case.pk, measured_size_mm=size + Decimal("0.300"))
    with refuses("INVALID", field="trackingNumber"):
        resize_return(actor=staff, resize_pk=case.pk, carrier="C", tracking_number="1" * 300)
    resize_return(actor=staff, resize_pk=case.pk, carrier="C", tracking_number="1")
    with refuses("RESIZE_NOT_OPEN"):
        resize_return(actor=staff, resize_pk=case.pk, carrier="C", tracking_number="1")


def test_the_prospect_says_what_the_request_will(
    delivered_project: BespokeProject, customer: Actor
) -> None:
    from saleor_bespoke.project.selectors import resize_promised, specification_agreed

    spec, promised = specification_agreed(delivered_project), resize_promised(delivered_project)
    shipments = list(delivered_project.shipments.all())
    before = resize_judge(delivered_project, spec, promised, shipments, [])
    assert before.outcome.name == "FREE"
    with time_machine.travel(clock.now(), tick=False):
        case = ask(delivered_project, customer)
    assert (case.outcome, case.free_until) == (before.outcome.name, before.until)
    assert (
        resize_judge(delivered_project, spec, promised, [], []).reasons[0].code == "not_delivered"
    )


@pytest.fixture
def promise_now(settings: Any) -> Iterator[Callable[..., None]]:
    """Let the channel promise something else from now on."""

    def change(**policy: int) -> None:
        settings.BESPOKE = settings.BESPOKE | {"CHANNELS": {"us": policy}}
        conf.policies_forget()

    yield change
    conf.policies_forget()


@pytest.mark.parametrize("now", [{"resize_days": 5}, {"resize_days": 0}, {"resize_limit_us": 1}])
def test_what_the_accepted_quote_promised_holds_whatever_the_channel_promises_now(
    delivered_project: BespokeProject, customer: Actor, promise_now: Any, now: dict[str, int]
) -> None:
    promise_now(**now)
    delivered = delivered_project.shipments.get().delivered_at

    with time_machine.travel(delivered + timedelta(days=29), tick=False):
        case = ask(delivered_project, customer, "8")  # two sizes

    assert (case.outcome, codes(case)) == ("FREE", ["within_promise"])


def test_a_channel_without_a_free_resize_says_so_on_the_quote(settings: Any) -> None:
    from saleor_bespoke.steps.quoting.content import prospect_of

    settings.BESPOKE = settings.BESPOKE | {"CHANNELS": {"us": {"resize_days": 0}}}
    conf.policies_forget()
    try:
        assert prospect_of(ring_specification(), "us")["outcome"] == "PAID"
        eternity = ring_specification(features=["eternity_full"])
        assert prospect_of(eternity, "us")["outcome"] == "IMPOSSIBLE"
    finally:
        settings.BESPOKE = settings.BESPOKE | {"CHANNELS": {"us": {}}}
        conf.policies_forget()
