"""Changes, extras and further rounds: each an order of its own, charged and refunded exactly."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from saleor_bespoke import conf
from saleor_bespoke.flows.acceptance import payable_checkout_open
from saleor_bespoke.flows.cancelling import terms_of
from saleor_bespoke.flows.changes import change_order_accept
from saleor_bespoke.flows.leaving import project_leave
from saleor_bespoke.flows.redoing import redo_open
from saleor_bespoke.money.models import Payable, Refund
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import lock_for_system
from saleor_bespoke.shop.embedded.models import Order
from saleor_bespoke.steps.aftercare.services import extra_service_price
from saleor_bespoke.steps.quoting.models import QuoteLine
from saleor_bespoke.workshop.models import WeekSkill
from tests.contracts.rich import triggers_off
from tests.fixtures import make_stone, ring_specification
from tests.making import propose
from tests.paying import pay
from tests.support import refuses

pytestmark = pytest.mark.django_db


def refunds(payable: Payable) -> Decimal:
    """What the host's own order of this sum gave back."""
    order = Order.objects.get(pk=payable.order_id)
    return sum((item.refunded for item in order.transactions.all()), Decimal(0))


def test_every_sum_is_an_order_of_its_own_and_goes_back_on_it(
    provider: FakeStripe, paid_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    change = propose(paid_project, staff, "123.45")
    opened = change_order_accept(actor=customer, change_order_pk=change.pk).opened
    assert opened is not None
    pay(provider, opened.attempt.checkout_id)
    _, extra = extra_service_price(
        actor=staff, project_pk=paid_project.pk, title="Appraisal", amount=Decimal("85.01")
    )
    opened = payable_checkout_open(actor=customer, payable_pk=extra.pk)
    pay(provider, opened.attempt.checkout_id)

    payables = list(paid_project.payables.all())
    assert sorted(row.kind for row in payables) == ["CHANGE_ORDER", "EXTRA", "QUOTE"]
    assert {row.status for row in payables} == {"PAID"}
    assert len({row.order_id for row in payables}) == 3
    by_kind = {row.kind: row for row in payables}
    assert by_kind["CHANGE_ORDER"].charged >= by_kind["CHANGE_ORDER"].amount == Decimal("123.45")
    assert by_kind["EXTRA"].charged >= by_kind["EXTRA"].amount == Decimal("85.01")

    whole = terms_of(paid_project, payables, reason="UNABLE_TO_DELIVER").refund
    assert whole == sum(row.charged for row in payables)
    project_leave(
        actor=staff, project_pk=paid_project.pk, reason="UNABLE_TO_DELIVER", expected_refund=whole
    )
    deliveries.drain()

    for row in payables:
        row.refresh_from_db()
        assert row.refund_committed == row.charged == refunds(row)
        assert Refund.objects.get(payable=row).status == "SUCCEEDED"


def test_a_saving_goes_back_on_the_pieces_own_order_and_leaving_counts_it(
    provider: FakeStripe, paid_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    quote = paid_project.payables.get(kind="QUOTE")
    change = propose(paid_project, staff, "-200.00")
    share = terms_of(paid_project, [quote]).refund / quote.charged

    change_order_accept(actor=customer, change_order_pk=change.pk)
    deliveries.drain()

    quote.refresh_from_db()
    assert refunds(quote) == quote.refund_committed >= Decimal(200)
    after = terms_of(paid_project, [quote])
    assert after.refund == (quote.charged - quote.refund_committed) * share
    assert after.paid == quote.charged - quote.refund_committed


# places and skills ------------------------------------------------------------------------------


@pytest.fixture
def scarce(settings: Any) -> Iterator[Any]:
    """Let the workshop have so many places with pavé setting a week."""

    def given(places: int) -> None:
        settings.BESPOKE = settings.BESPOKE | {
            "WORKSHOPS": {"us": {"slots_per_week": 4, "skills": {"pave_setting": places}}}
        }
        conf.policies_forget()

    yield given
    conf.policies_forget()


PAVE = {"features": ["pave", "solitaire"]}


def test_a_change_that_adds_a_skill_takes_it_with_the_place(
    scarce: Any, provider: FakeStripe, paid_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    scarce(1)
    before = paid_project.slots.get()
    change = propose(paid_project, staff, "300.00", wished=PAVE)
    opened = change_order_accept(actor=customer, change_order_pk=change.pk).opened
    assert opened is not None
    assert not WeekSkill.objects.filter(taken__gt=0).exists()  # nothing is booked before it is paid

    pay(provider, opened.attempt.checkout_id)

    assert paid_project.slots.get(state="BOOKED") == before
    assert WeekSkill.objects.get(week=before.week).taken == 1


@pytest.mark.parametrize("difference", ["300.00", "0.00", "-50.00"])
def test_a_change_whose_skill_nobody_has_is_refused_before_it_is_accepted(
    scarce: Any, paid_project: BespokeProject, customer: Actor, staff: Actor, difference: str
) -> None:
    scarce(0)
    change = propose(paid_project, staff, difference, wished=PAVE)

    with refuses("SLOT_UNAVAILABLE"):
        change_order_accept(actor=customer, change_order_pk=change.pk)


def test_a_change_whose_skill_is_gone_when_it_is_paid_goes_back(
    scarce: Any, provider: FakeStripe, paid_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    scarce(1)
    change = propose(paid_project, staff, "300.00", wished=PAVE)
    opened = change_order_accept(actor=customer, change_order_pk=change.pk).opened
    assert opened is not None
    scarce(0)

    pay(provider, opened.attempt.checkout_id)
    deliveries.drain()

    change.refresh_from_db()
    payable = Payable.objects.get(pk=opened.payable.pk)
    assert (change.status, payable.status) == ("WITHDRAWN", "CANCELLED")
    assert payable.refund_committed == payable.charged == refunds(payable)
    told = paid_project.events.get(kind="PaymentReturned").payload
    assert (told["cause"], told["lost"]) == ("SLOT_UNAVAILABLE", {})


def test_a_quote_settled_by_payment_books_the_skills_of_its_piece(
    scarce: Any, provider: FakeStripe, customer: Actor, staff: Actor
) -> None:
    from tests.paying import make_paid

    scarce(1)
    first = make_paid(provider, customer, staff, specification=ring_specification(**PAVE))
    second = make_paid(
        provider,
        customer,
        staff,
        specification=ring_specification(**PAVE),
        stone=make_stone(staff, "D-9"),
    )

    weeks = [project.slots.get().week.monday for project in (first, second)]
    assert weeks[0] < weeks[1]


# made anew --------------------------------------------------------------------------------------


def test_a_piece_with_old_gold_is_made_anew_although_its_credit_counted_once(
    paid_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    with triggers_off():
        quote = paid_project.quotes.get()
        line = quote.accepted_alternative.lines.get(kind="LABOUR")
        QuoteLine.objects.create(
            alternative=line.alternative,
            position=9,
            kind="CREDIT",
            description="An old band",
            amount=Decimal(-300),
        )
        paid_project.claims.create(
            kind="QUALITY", text="A crack.", status="ACCEPTED", remedy="REDO",
            opened_at=quote.sent_at,
        )  # fmt: skip

    redo, _ = redo_open(lock_for_system(paid_project.pk), staff)

    assert redo.quotes.get().status == "ACCEPTED"
