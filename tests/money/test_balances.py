"""What the ledger's movements add up to, for any movements there may be."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from saleor_bespoke.flows import changes
from saleor_bespoke.graphql.base import global_id
from saleor_bespoke.money.balances import KINDS, SIGNS, balances, impossible
from saleor_bespoke.money.models import LedgerEntry
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.intake import services as intake
from saleor_bespoke.steps.quoting.inputs import LineInput
from tests.api import Execute
from tests.fixtures import (
    accept_quote,
    confirm_brief,
    guest_of,
    make_commission,
    make_draft,
)
from tests.making import propose
from tests.money.adding_up import ledger_faults
from tests.paying import pay


@dataclass(frozen=True)
class Moved:
    kind: str
    amount: Decimal
    currency: str


MOVEMENTS = st.lists(
    st.builds(
        Moved,
        kind=st.sampled_from(KINDS),
        amount=st.decimals(0, 10**6, places=3),
        currency=st.sampled_from(("USD", "JPY", "KWD")),
    )
)


@given(MOVEMENTS)
def test_each_movement_counts_once_in_one_sum_of_its_currency(moved: list[Moved]) -> None:
    for found in balances(moved):
        for name in {name for name, _ in SIGNS.values()}:
            expected = sum(
                SIGNS[item.kind][1] * item.amount
                for item in moved
                if item.currency == found.currency and SIGNS[item.kind][0] == name
            )
            assert getattr(found, name) == expected
        assert found.kept == found.charged - found.refunded
        assert found.net == found.kept - found.disputed - found.fees


@given(MOVEMENTS, st.randoms())
def test_the_order_of_movements_is_of_no_account(moved: list[Moved], chance: Any) -> None:
    mixed = moved[:]
    chance.shuffle(mixed)
    assert balances(mixed) == balances(moved)
    assert [row.currency for row in balances(moved)] == sorted({item.currency for item in moved})


@given(MOVEMENTS)
def test_a_movement_and_its_opposite_are_nothing(moved: list[Moved]) -> None:
    opposite = {"QUOTED": "DROPPED", "HELD": "HOLD_ENDED", "REFUNDED": "REFUND_FAILED"}
    opposite |= {"FEE": "FEE_RETURNED", "DISPUTED": "DISPUTE_WON"}
    opposite |= {"OLD_GOLD_CREDIT": "OLD_GOLD_RETURNED"}
    begun = [item for item in moved if item.kind in opposite]
    ended = [Moved(opposite[item.kind], item.amount, item.currency) for item in begun]
    for found in balances([*begun, *ended]):
        assert (found.quoted, found.held, found.net, found.old_gold) == (0, 0, 0, 0)
        assert impossible(found) == ()


@pytest.mark.parametrize(
    ("moved", "wrong"),
    [
        ([Moved("HOLD_ENDED", Decimal(1), "USD")], ("held",)),
        ([Moved("REFUNDED", Decimal(1), "USD")], ("kept",)),
        ([Moved("DISPUTED", Decimal(1), "USD")], ("disputed",)),
        ([Moved("DROPPED", Decimal(1), "USD")], ("quoted",)),
        ([Moved("FEE_RETURNED", Decimal(1), "USD")], ()),
    ],
)
def test_what_no_true_movements_lead_to(moved: list[Moved], wrong: tuple[str, ...]) -> None:
    assert impossible(balances(moved)[0]) == wrong


# a commission's own -----------------------------------------------------------------------------


def kinds(project: BespokeProject) -> dict[str, Decimal]:
    rows = LedgerEntry.objects.filter(payable__project=project)
    return {row.kind: row.amount for row in rows}


@pytest.mark.django_db
def test_a_commission_is_quoted_held_charged_and_costs_a_fee(
    provider: FakeStripe, accepted: Any
) -> None:
    project = accepted.project
    assert kinds(project) == {"QUOTED": 7440}
    pay(provider, accepted.attempt.checkout_id)
    deliveries.drain()
    fee = Decimal("217.22")
    moved = {"QUOTED": 7440, "HELD": 7480, "HOLD_ENDED": 7480, "CHARGED": 7480, "FEE": fee}
    assert kinds(project) == moved
    assert ledger_faults() == []


@pytest.mark.django_db
def test_a_cheaper_change_gives_back_its_tax_too(
    provider: FakeStripe, customer: Actor, staff: Actor, settings: Any
) -> None:
    """In a channel of prices without tax, what was paid on the saving goes back with it."""
    from saleor_bespoke import conf
    from saleor_bespoke.shop.embedded.models import Channel

    settings.BESPOKE = settings.BESPOKE | {"CHANNELS": {"us": {"tax_rate": Decimal("0.0825")}}}
    conf.policies_forget()
    project, _ = make_commission(customer)
    Channel.objects.filter(slug="us").update(tax_rate=Decimal("0.0825"))
    confirm_brief(project, staff)
    from saleor_bespoke.steps.quoting.services import quote_send

    quote_send(actor=staff, quote_pk=make_draft(project, staff).pk)
    project.refresh_from_db()
    pay(provider, accept_quote(project, customer).attempt.checkout_id)
    change = propose(project, staff, "-100.06")
    changes.change_order_accept(actor=customer, change_order_pk=change.pk)
    deliveries.drain()
    assert kinds(project)["REDUCED"] == Decimal("100.06")
    assert kinds(project)["REFUNDED"] == Decimal("108.31")  # and 8.25 of tax
    assert ledger_faults() == []
    conf.policies_forget()


@pytest.mark.django_db
def test_old_gold_is_counted_when_its_offer_is_paid(
    provider: FakeStripe, customer: Actor, staff: Actor
) -> None:
    from saleor_bespoke.steps.quoting.services import quote_send

    project, _ = make_commission(customer)
    row = project.brought_materials.create(
        kind="OLD_JEWELLERY", description="A chain", declared={}, status="DECLARED"
    )
    intake.own_material_receive(actor=staff, own_material_pk=row.pk)
    intake.own_material_accept(
        actor=staff,
        own_material_pk=row.pk,
        findings="18K",
        alloy="gold_18k_yellow",
        weight_grams=Decimal(10),
        credit=Decimal(400),
    )
    intake.old_gold_credit_accept(actor=customer, own_material_pk=row.pk)
    confirm_brief(project, staff)
    lines = (
        LineInput(kind="LABOUR", description="Making", amount=Decimal(2000)),
        LineInput(kind="CREDIT", description="Old gold", amount=Decimal(-400)),
    )
    quote_send(actor=staff, quote_pk=make_draft(project, staff, lines=lines).pk)
    project.refresh_from_db()
    opened = accept_quote(project, customer)
    assert kinds(project) == {"QUOTED": 1600}
    pay(provider, opened.attempt.checkout_id)
    assert kinds(project)["OLD_GOLD_CREDIT"] == 400
    assert LedgerEntry.objects.get(kind="OLD_GOLD_CREDIT").reference == str(row.pk)


LEDGER = """query L($id: ID, $token: String) { bespokeProject(id: $id, token: $token) { ledger {
    entries { kind amount { amount currency } reference payableId }
    balances { currency quoted { amount } charged { amount } refunded { amount } kept { amount }
        held { amount } fees { amount } disputed { amount } net { amount } } } } }"""


@pytest.mark.django_db
def test_staff_see_the_whole_ledger_and_customers_their_part(
    execute: Execute, paid_project: BespokeProject, staff: Actor, customer: Actor
) -> None:
    deliveries.drain()
    asked = {"id": global_id("BespokeProject", paid_project.pk)}
    whole = execute(LEDGER, staff, **asked)["bespokeProject"]["ledger"]
    assert {row["kind"] for row in whole["entries"]} == set(kinds(paid_project))
    assert all(row["reference"] for row in whole["entries"])
    (sums,) = whole["balances"]
    assert sums["net"]["amount"] == sums["kept"]["amount"] - sums["fees"]["amount"]
    assert float(sums["fees"]["amount"]) == 217.22

    part = execute(LEDGER, customer, **asked)["bespokeProject"]["ledger"]
    assert {row["kind"] for row in part["entries"]} == {"QUOTED", "CHARGED"}
    assert {row["reference"] for row in part["entries"]} == {None}
    (sums,) = part["balances"]
    assert float(sums["charged"]["amount"]) == 7480
    assert [sums[name] for name in ("held", "fees", "disputed", "net")] == [None] * 4


@pytest.mark.django_db
def test_strangers_see_no_ledger(
    execute: Execute, paid_project: BespokeProject, other_customer: Actor
) -> None:
    asked = {"id": global_id("BespokeProject", paid_project.pk)}
    for actor in (other_customer, guest_of("no token of it")):
        assert execute(LEDGER, actor, **asked)["bespokeProject"] is None


@pytest.mark.django_db
def test_a_ledger_of_two_currencies_has_two_balances(paid_project: BespokeProject) -> None:
    payable = paid_project.payables.get()
    with transaction.atomic():
        facts = {"payable": payable, "amount": Decimal(7), "at": payable.created_at}
        LedgerEntry.objects.create(kind="FEE", currency="EUR", reference="pi_x", **facts)
    euros, dollars = balances(LedgerEntry.objects.all())
    assert (euros.currency, euros.fees, euros.kept) == ("EUR", 7, 0)
    assert (dollars.currency, dollars.kept) == ("USD", Decimal(7480))
