"""Who pays and loses: everything back, told why, and offered what comes nearest in stock."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_bespoke import clock
from saleor_bespoke.flows import acceptance
from saleor_bespoke.flows.changes import change_order_accept
from saleor_bespoke.graphql.base import global_id
from saleor_bespoke.money.models import Payable, Refund
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.shop.embedded.models import Mail
from saleor_bespoke.steps.cad.services import change_order_propose
from saleor_bespoke.workshop.holdings import holdings_expire
from saleor_bespoke.workshop.models import Holding, Material
from tests.api import run
from tests.fixtures import (
    accept_quote,
    make_customer,
    make_draft,
    make_quoted,
    make_staff,
    make_stone,
    ring_specification,
)
from tests.paying import begin, complete, confirm, fill_in, go_on, pay
from tests.support import race, refuses

pytestmark = pytest.mark.django_db

RETURNED = """
query($id: ID!) { bespokeProject(id: $id) { payables { returned {
  cause sentence amount { amount currency } refundedAt offered
  lost { material { code supplier price { amount } available }
         alternatives { id code name supplier price { amount } onHand available } }
} } } }
"""
LOST = """
query($id: ID!) { bespokeProject(id: $id) { quotes { alternatives {
  lost { material { code } alternatives { code } }
} } } }
"""


def ask(document: str, project: BespokeProject, actor: Actor) -> Any:
    answer = run(document, actor, id=global_id("BespokeProject", project.pk))
    assert not answer.errors, answer.errors
    return answer.data["bespokeProject"]


def charged(provider: FakeStripe, checkout_id: str) -> None:
    """Pay without completing the checkout."""
    fill_in(checkout_id)
    transaction, _, _ = begin(checkout_id)
    confirm(provider, transaction.psp_reference)
    go_on(transaction)


def lapse(project: BespokeProject) -> None:
    """The commission's hold has run out."""
    project.holdings.filter(state="HELD").update(state="EXPIRED", told_at=clock.now())


@pytest.fixture
def near(staff: Actor) -> list[Material]:
    """Two stones like the one that is lost, the second farther; and one that nobody should see."""
    return [
        make_stone(staff, "N-1", stone={"carat": "1.03"}, supplier="A house nobody names"),
        make_stone(staff, "N-2", stone={"carat": "1.30"}),
        make_stone(staff, "N-3", stone={"carat": "1.01", "origin": "laboratory_grown"}),
    ]


def test_who_pays_too_late_learns_why_and_what_comes_nearest(
    provider: FakeStripe,
    accepted: Any,
    quoted_project: BespokeProject,
    customer: Actor,
    other_customer: Actor,
    staff: Actor,
    near: list[Material],
) -> None:
    stone = quoted_project.holdings.get(material__unique=True).material
    charged(provider, accepted.attempt.checkout_id)
    lapse(quoted_project)
    rival = make_customer("rival@example.com")
    other = make_quoted(rival, staff, stone=stone)
    pay(provider, accept_quote(other, rival).attempt.checkout_id)

    complete(accepted.attempt.checkout_id)
    deliveries.drain()

    payable = Payable.objects.get(pk=accepted.payable.pk)
    assert Refund.objects.get(payable=payable).amount == payable.charged == payable.refund_committed
    event = quoted_project.events.get(kind="PaymentReturned").payload
    assert event["cause"] == "MATERIAL_UNAVAILABLE"
    assert event["lost"] == {str(stone.pk): "1.000"}
    assert event["alternatives"] == ["N-1", "N-2"]

    letter = Mail.objects.get(subject__contains="goes back in full")
    assert letter.to == quoted_project.contact_email
    assert "sold to somebody else" in letter.body
    assert "1.03 ct" in letter.body
    assert letter.body.index("N-1") < letter.body.index("N-2")
    assert "A house nobody names" not in letter.body

    (row,) = ask(RETURNED, quoted_project, customer)["payables"]
    said = row["returned"]
    assert (said["cause"], said["offered"]) == ("MATERIAL_UNAVAILABLE", ["N-1", "N-2"])
    assert said["sentence"] in letter.body
    assert Decimal(str(said["amount"]["amount"])) == payable.charged
    assert said["refundedAt"] is not None
    (gone,) = said["lost"]
    assert gone["material"] == {
        "code": stone.code, "supplier": None, "price": None, "available": None,
    }  # fmt: skip
    assert [it["code"] for it in gone["alternatives"]] == ["N-1", "N-2"]
    hidden = ("supplier", "price", "onHand", "available")
    assert {it[key] for it in gone["alternatives"] for key in hidden} == {None}
    assert ask(RETURNED, quoted_project, other_customer) is None
    attention = quoted_project.attentions.get(reason="PAYMENT_RETURNED")
    assert "Nearest in stock: N-1, N-2." in attention.detail

    gold = quoted_project.holdings.get(material__kind="METAL").material
    anew = make_draft(quoted_project, staff, stone=near[0], gold=gold)
    assert anew.alternatives.get().lines.filter(material=near[0]).exists()


def test_the_alternatives_are_live_in_the_api_and_frozen_in_the_event(
    provider: FakeStripe,
    accepted: Any,
    quoted_project: BespokeProject,
    customer: Actor,
    staff: Actor,
    near: list[Material],
) -> None:
    stone = quoted_project.holdings.get(material__unique=True).material
    charged(provider, accepted.attempt.checkout_id)
    lapse(quoted_project)
    Material.objects.filter(pk=stone.pk).update(on_hand=0)
    complete(accepted.attempt.checkout_id)

    Material.objects.filter(pk=near[0].pk).update(on_hand=0)
    (row,) = ask(RETURNED, quoted_project, customer)["payables"]

    assert row["returned"]["offered"] == ["N-1", "N-2"]
    assert [it["code"] for it in row["returned"]["lost"][0]["alternatives"]] == ["N-2"]
    assert row["returned"]["refundedAt"] is None  # nothing was delivered yet


def test_who_cannot_begin_to_pay_sees_what_comes_nearest(
    quoted_project: BespokeProject, customer: Actor, staff: Actor, near: list[Material]
) -> None:
    line = quoted_project.quotes.get().alternatives.get().lines.get(material__unique=True)
    assert ask(LOST, quoted_project, customer)["quotes"][0]["alternatives"] == [{"lost": []}]
    rival = make_customer("rival@example.com")
    other = make_quoted(rival, staff, stone=line.material)
    accept_quote(other, rival)

    with refuses("MATERIAL_UNAVAILABLE"):
        accept_quote(quoted_project, customer)

    (alternative,) = ask(LOST, quoted_project, customer)["quotes"][0]["alternatives"]
    assert alternative["lost"] == [
        {
            "material": {"code": line.material.code},
            "alternatives": [{"code": "N-1"}, {"code": "N-2"}],
        }
    ]
    assert ask(LOST, other, rival)["quotes"][0]["alternatives"] == [{"lost": []}]


def test_who_cannot_go_on_to_pay_sees_what_comes_nearest(
    accepted: Any,
    quoted_project: BespokeProject,
    provider: FakeStripe,
    customer: Actor,
    near: list[Material],
) -> None:
    stone = quoted_project.holdings.get(material__unique=True).material
    lapse(quoted_project)
    Material.objects.filter(pk=stone.pk).update(on_hand=0)
    fill_in(accepted.attempt.checkout_id)

    _, event, _ = begin(accepted.attempt.checkout_id)

    assert event.type == "CHARGE_FAILURE"
    assert "no longer available" in event.message
    with refuses("MATERIAL_UNAVAILABLE"):
        acceptance.payable_checkout_open(actor=customer, payable_pk=accepted.payable.pk)
    (alternative,) = ask(LOST, quoted_project, customer)["quotes"][0]["alternatives"]
    assert [it["code"] for it in alternative["lost"][0]["alternatives"]] == ["N-1", "N-2"]


def test_a_change_whose_stone_is_gone_ends_and_production_need_not_wait_for_it(
    provider: FakeStripe,
    paid_project: BespokeProject,
    customer: Actor,
    staff: Actor,
    near: list[Material],
) -> None:
    bigger = near[1]
    spec = ring_specification(
        stones=[{"kind": "diamond", "origin": "natural", "carat": "1.30", "shape": "round"}]
    )
    change = change_order_propose(
        actor=staff,
        project_pk=paid_project.pk,
        specification=spec.to_json(),
        reason="A bigger stone.",
        price_difference=Decimal(900),
        business_days=2,
        materials={bigger.pk: Decimal(1)},
        releases=list(
            paid_project.holdings.filter(material__unique=True).values_list("material", flat=True)
        ),
    )
    opened = change_order_accept(actor=customer, change_order_pk=change.pk).opened
    assert opened is not None
    charged(provider, opened.attempt.checkout_id)
    lapse(paid_project)
    Material.objects.filter(pk=bigger.pk).update(on_hand=0)

    complete(opened.attempt.checkout_id)
    deliveries.drain()

    change.refresh_from_db()
    paid_project.refresh_from_db()
    payable = Payable.objects.get(pk=opened.payable.pk)
    assert (change.status, payable.status) == ("WITHDRAWN", "CANCELLED")
    assert Refund.objects.get(payable=payable, status="SUCCEEDED").amount == payable.charged
    assert paid_project.stage == Stage.DESIGN
    assert paid_project.holdings.filter(material__unique=True, state="LOCKED").count() == 1
    assert "N-1" in Mail.objects.get(subject__contains="goes back in full").body


@pytest.mark.django_db(transaction=True)
def test_of_several_who_paid_for_one_stone_one_has_it_and_the_others_all_back(
    provider: FakeStripe,
) -> None:
    staff = make_staff()
    stone = make_stone(staff, "ONE")
    spare = make_stone(staff, "SPARE", stone={"carat": "1.02"})
    buyers = [make_customer(f"buyer{number}@example.com") for number in range(4)]
    projects = []
    for buyer in buyers:
        projects.append(make_quoted(buyer, staff, stone=stone))
    opened = []
    for buyer, project in zip(buyers, projects, strict=True):
        opened.append(accept_quote(project, buyer))
        charged(provider, opened[-1].attempt.checkout_id)
        lapse(project)

    race(*(lambda it=it: complete(it.attempt.checkout_id) for it in opened))
    deliveries.drain()
    holdings_expire()

    payables = [Payable.objects.get(pk=it.payable.pk) for it in opened]
    assert sorted(row.status for row in payables) == ["CANCELLED"] * 3 + ["PAID"]
    assert Holding.objects.filter(material=stone, state="LOCKED").count() == 1
    for payable in payables:
        if payable.status == "CANCELLED":
            refund = Refund.objects.get(payable=payable)
            assert (refund.status, refund.amount) == ("SUCCEEDED", payable.charged)
            told = payable.project.events.get(kind="PaymentReturned").payload
            assert told["lost"] == {str(stone.pk): "1.000"}
            assert told["alternatives"] == [spare.code]
    assert Mail.objects.filter(subject__contains="goes back in full").count() == 3


def test_reading_what_was_lost_takes_as_many_statements_for_several(
    quoted_project: BespokeProject, customer: Actor, staff: Actor, near: list[Material]
) -> None:
    Material.objects.filter(unique=True).exclude(code__startswith="N-").update(on_hand=0)
    ask(LOST, quoted_project, customer)
    with CaptureQueriesContext(connection) as one:
        ask(LOST, quoted_project, customer)
    line = quoted_project.quotes.get().alternatives.get().lines.get(material__unique=True)
    Material.objects.filter(kind="METAL").update(on_hand=0)
    assert line.material.on_hand == 0

    with CaptureQueriesContext(connection) as two:
        found = ask(LOST, quoted_project, customer)

    assert len(found["quotes"][0]["alternatives"][0]["lost"]) == 2
    assert len(two) == len(one)
