"""The control of the random walks: each invariant speaks when what it guards is broken by hand."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from saleor_bespoke.flows import aftercare as aftercare_flow
from saleor_bespoke.flows import changes
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.steps.aftercare import services as aftercare
from saleor_bespoke.steps.cad import services as cad
from tests.contracts.breaches import copy, delete, drop, settle, update
from tests.contracts.invariants import RULES, Memory, broken, forged_events
from tests.contracts.rich import triggers_off
from tests.contracts.walking import Walk, leave
from tests.fixtures import (
    make_commission,
    make_customer,
    make_metal,
    make_staff,
    make_stone,
    ring_specification,
)

pytestmark = pytest.mark.django_db

DONE, WAITING, LEFT = (f"project_id = :{name}" for name in ("done", "waiting", "left"))
PIECE = f"{DONE} AND kind = 'QUOTE'"
HOST = "bespoke_embedded_"

#: What breaks each invariant, written with the database's triggers off.
BREAKS: dict[str, str] = {
    "a paid sum is charged exactly, in its currency, on its one order": (
        f"UPDATE {HOST}transactionitem SET charged = charged - 1 WHERE charged > 100"
    ),
    "work has begun only on a paid offer, or on a redo that is owed": update(
        "payable", "status = 'CANCELLED'", PIECE
    ),
    "a sum ends in at most one order": (
        "UPDATE saleor_bespoke_attempt SET state = 'ENDED', payable_id = "
        f"(SELECT id FROM saleor_bespoke_payable WHERE {PIECE})"
    ),
    "a paid order belongs to its sum": update("payable", "order_id = 'another'", PIECE),
    "what was paid for nothing goes back whole": update("payable", "status = 'EXPIRED'", PIECE),
    "before payment nothing counts as charged": update("payable", "charged = 1", WAITING),
    "a payment was begun while the offer stood": update(
        "payable", "valid_until = created_at - interval '1 day'", PIECE
    ),
    "held is what is held": update("material", "held = held + 1", "code = 'THE-STONE'"),
    "a unique stone is claimed once": copy(
        "holding",
        f"{DONE} AND state = 'CONSUMED' AND exclusive",
        payable_pk="gen_random_uuid()",
        state="'LOCKED'",
    ),
    "a week has as many as it has places": update(
        "productionweek", "taken = taken + 1, capacity = capacity + 1", "true"
    ),
    "what was paid for is locked or used": update("holding", "state = 'RELEASED'", DONE),
    "a settled change has its materials": update(
        "holding", "state = 'RELEASED'", f"{DONE} AND exclusive"
    ),
    "a paid piece has its place in the workshop": update("slotbooking", "state = 'RELEASED'", DONE),
    "at most one offer is live": copy("quote", DONE, version="9"),
    "an offer is live in its stage alone": update("quote", "status = 'EXPIRED'", WAITING),
    "nothing is above the stretch budget": update("brief", "budget_stretch = 5001", WAITING),
    "what was accepted was still on offer, of the newest brief": copy(
        "brief", WAITING, version="9", submission_key="NULL"
    ),
    "an alternative costs what its lines say": update("quoteline", "amount = amount + 1", "true"),
    "what is made was approved, with no change open": update(
        "cadapproval", "revoked_at = now()", "true"
    ),
    "what is approved is what was agreed": update(
        "cadrevision",
        "specification = jsonb_set(specification, '{alloy}', '\"silver_925\"')",
        f"{DONE} AND status = 'APPROVED'",
    ),
    "free tweaks stay within the allowance": update("quote", "tweak_allowance = 0", DONE),
    "a used round was free or paid": update("tweakround", "free = false, payable_pk = id", DONE),
    "a dearer change is settled by its own payment": update("changeorder", "payable_pk = id", DONE),
    "a stage is where its last move led": update(
        "bespokeproject", "stage = 'CLOSED'", "id = :done"
    ),
    "a move begins where the last one ended": update(
        "timelineevent",
        "payload = jsonb_set(payload, '{source}', '\"CLOSED\"')",
        f"{DONE} AND kind = 'StageMoved'",
    ),
    "the timeline is a chain without a gap": delete("timelineevent", f"{DONE} AND sequence = 3"),
    "the project knows its chain's end": update("bespokeproject", "chain_head = ''", "id = :done"),
    "one free resize, inside its window and limit": update(
        "shipment", "delivered_at = delivered_at - interval '40 days'", DONE
    ),
    "a resize that is worked on is free or paid": update("resizecase", "free = false", DONE),
    "refunds stay within the capture": update("refund", "amount = amount + 1", "true"),
    "the ledger tells of every charge": delete("ledgerentry", "kind = 'CHARGED'"),
    "the ledger tells of every refund": delete("ledgerentry", "kind = 'REFUNDED'"),
    "the host gave back what the ledger says": (
        f"UPDATE {HOST}transactionitem SET refunded = refunded + 1, charged = charged - 1 "
        "WHERE refunded > 0"
    ),
    "who has left holds and owes nothing": update("slotbooking", "state = 'BOOKED'", LEFT),
    "a closed sum has no open checkout and holds nothing": update(
        "payable", "status = 'CANCELLED'", WAITING
    ),
    "the piece's sum is open at the checkout alone": update(
        "payable", "status = 'CANCELLED'", WAITING
    ),
    "what has left passed quality control": update("qualitycheck", "status = 'FAILED'", DONE),
    "a parcel of the host is one of ours": update("shipment", "host_fulfillment_id = NULL", DONE),
    "a promise stands where its last move put it": update(
        "promise", "first_due_at = first_due_at - interval '1 day'", DONE
    ),
    "a promise keeps how it was computed": update("promise", "trace = '{}'", DONE),
    "no effect has failed": update("delivery", "error = 'The letter box is full.'", "true"),
}

#: Constraints that already refuse it.
WITHOUT = {
    "at most one offer is live": "bespoke_quote_live_once",
    "free tweaks stay within the allowance": "bespoke_tweak_allowance",
}


@pytest.fixture(scope="module")
def shop(sound_shop: FakeStripe) -> dict[str, Any]:
    """A piece delivered after a tweak and a change, with its resize and a refund; a commission
    that waits for its payment; one that was left after payment."""
    staff = make_staff()
    gold, spare = make_metal(staff), make_stone(staff, "SPARE")
    walks = {}
    for name, stone in (("done", "THE-STONE"), ("waiting", "W-STONE"), ("left", "L-STONE")):
        owner = make_customer(f"{name}@example.com")
        project, _ = make_commission(owner, budget_stretch=Decimal(20000))
        materials = {"stone": make_stone(staff, stone), "gold": gold}
        walks[name] = Walk(project.pk, owner, staff, sound_shop, materials)
    walks["waiting"].until(Stage.CHECKOUT)
    walks["left"].until(Stage.DESIGN)
    leave(walks["left"].project, walks["left"].owner)
    _go_all_the_way(walks["done"], spare)
    deliveries.drain()
    return {name: walk.pk for name, walk in walks.items()}


def _go_all_the_way(walk: Walk, spare: Any) -> None:
    walk.until(Stage.DESIGN)
    cad.change_order_propose(
        actor=walk.staff,
        project_pk=walk.pk,
        specification=ring_specification(alloy="platinum_950_ru").to_json(),
        reason="Platinum, and the other stone.",
        price_difference=Decimal(450),
        business_days=2,
        materials={spare.pk: Decimal(1)},
        releases=[walk.materials["stone"].pk],
    )
    change = walk.project.change_orders.get()
    changes.change_order_accept(actor=walk.owner, change_order_pk=change.pk)
    walk.pay(walk.project.payables.get(kind="CHANGE_ORDER"), "whole")
    walk.shown()
    shown = walk.project.revisions.get(status="PUBLISHED")
    cad.cad_tweak_request(actor=walk.owner, revision_pk=shown.pk, request="Thinner.")
    walk.until(Stage.AFTERCARE)
    for _ in range(3):  # asked, granted, in work
        walk.forward()
    _, extra = aftercare.extra_service_price(
        actor=walk.staff, project_pk=walk.pk, title="A box", amount=Decimal(40)
    )
    walk.pay(extra, "begun")
    claim = aftercare.claim_open(actor=walk.owner, project_pk=walk.pk, kind="SIZE", text="Tight.")
    aftercare_flow.claim_decide(
        actor=walk.staff,
        claim_pk=claim.pk,
        accepted=True,
        explanation="Measured again.",
        remedy="REFUND",
        refund_amount=Decimal(100),
        measured_size_mm=Decimal(56),
    )


def run(statement: str, rows: dict[str, Any]) -> None:
    """Execute it with the commissions' keys in their places; it must touch a row."""
    for name, pk in rows.items():
        statement = statement.replace(f":{name}", f"'{pk}'")
    with connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount, statement


@pytest.fixture
def broken_by(shop: dict[str, Any]) -> Iterator[Any]:
    """Break something by hand and answer which invariants speak."""

    def call(statement: str) -> set[str]:
        with triggers_off():
            run(statement, shop)
        return set(broken())

    with transaction.atomic():
        yield call
        transaction.set_rollback(True)


def test_a_shop_that_was_only_used_is_sound(shop: dict[str, Any]) -> None:
    assert broken() == {}
    assert forged_events() == []


def test_every_invariant_has_its_control() -> None:
    assert set(BREAKS) == set(RULES)


@pytest.mark.parametrize("rule", BREAKS)
def test_the_invariant_speaks(broken_by: Any, rule: str) -> None:
    if rule in WITHOUT:
        settle()
        drop(WITHOUT[rule])
    assert rule in broken_by(BREAKS[rule])


def test_a_changed_offer_is_noticed(broken_by: Any) -> None:
    memory = Memory()
    assert memory.changed() == []
    broken_by(update("quoteline", "description = 'Another'", "true"))
    assert memory.changed() != []


def test_a_forged_event_is_noticed(broken_by: Any, shop: dict[str, Any]) -> None:
    broken_by(update("timelineevent", "actor_ref = 'nobody'", f"{DONE} AND sequence = 5"))
    assert forged_events() == [(str(shop["done"]), 5)]
