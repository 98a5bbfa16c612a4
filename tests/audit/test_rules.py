"""The control of the audit: a shop that was only used is sound, and each rule speaks when what it
guards is broken by hand, naming the commission."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from saleor_bespoke import clock
from saleor_bespoke.audit import RULES, SEALS, audit, broken, seals_broken
from saleor_bespoke.flows import aftercare as aftercare_flow
from saleor_bespoke.flows import changes
from saleor_bespoke.flows.documents.contracts import contract_sign
from saleor_bespoke.flows.documents.issuing import document_issue
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.steps.aftercare import services as aftercare
from saleor_bespoke.steps.cad import services as cad
from tests.audit.breaks import BREAKS, DONE, ON_SALEOR, Break
from tests.contracts.breaches import drop, settle, update
from tests.contracts.invariants import Memory
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
    paper = document_issue(actor=walk.owner, project_pk=walk.pk, kind="CONTRACT")
    contract_sign(
        actor=walk.owner, project_pk=walk.pk, document_sha256=paper.sha256, confirmed=True
    )
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
    """Break something by hand."""

    def call(way: Break) -> None:
        if way.without:
            settle()
        for guard in way.without:
            drop(guard)
        with triggers_off():
            for statement in way.statements:
                run(statement, shop)

    with transaction.atomic():
        yield call
        transaction.set_rollback(True)


def test_a_shop_that_was_only_used_is_sound(shop: dict[str, Any]) -> None:
    assert broken() == {}
    assert seals_broken() == {}
    assert audit() == []
    assert audit(now=clock.now() + timedelta(minutes=10)) == []


def test_every_rule_is_tried() -> None:
    assert set(BREAKS) | ON_SALEOR == set(RULES) | set(SEALS)
    assert set(BREAKS) & ON_SALEOR == set()


def test_no_rule_has_the_name_of_another() -> None:
    from saleor_bespoke.audit.asking import ROOMS

    assert len(RULES) == sum(len(room.RULES) for room in ROOMS)
    assert not set(RULES) & set(SEALS)


@pytest.mark.parametrize("rule", BREAKS)
def test_the_rule_speaks(broken_by: Any, shop: dict[str, Any], rule: str) -> None:
    # given
    way = BREAKS[rule]
    broken_by(way)
    # when
    found = {violation.rule: violation for violation in audit()}
    # then
    assert rule in found
    assert found[rule].rows
    if way.whose is not None:
        number = BespokeProject.objects.get(pk=shop[way.whose]).number
        assert number in found[rule].projects
        assert any(row["project"] == number for row in found[rule].rows)


@pytest.mark.parametrize("rule", [name for name in BREAKS if name in RULES])
def test_the_prepared_question_answers_alike(broken_by: Any, rule: str) -> None:
    broken_by(BREAKS[rule])
    asked = {violation.rule: violation.rows for violation in audit() if violation.rule in RULES}
    assert {name: sorted(map(str, rows)) for name, rows in broken(now=clock.now()).items()} == {
        name: sorted(map(str, rows)) for name, rows in asked.items()
    }


def test_one_commission_is_judged_alone(broken_by: Any, shop: dict[str, Any]) -> None:
    broken_by(BREAKS["held is what is held"])
    broken_by(BREAKS["an entry of the timeline is the one of its hash"])
    broken_by(BREAKS["a sum is paid exactly once, and the timeline tells so"])
    done, other = (BespokeProject.objects.get(pk=shop[name]).number for name in ("done", "left"))
    assert audit(project=other) == []
    assert {violation.rule for violation in audit(project=done)} >= {
        "an entry of the timeline is the one of its hash",
        "a sum is paid exactly once, and the timeline tells so",
    }


def test_a_changed_offer_is_noticed(broken_by: Any) -> None:
    memory = Memory()
    assert memory.changed() == []
    broken_by(Break((update("quoteline", "description = 'Another'", "true"),)))
    assert memory.changed() != []


def test_a_forged_event_is_named(broken_by: Any, shop: dict[str, Any]) -> None:
    broken_by(Break((update("timelineevent", "actor_ref = 'nobody'", f"{DONE} AND sequence = 5"),)))
    number = BespokeProject.objects.get(pk=shop["done"]).number
    assert seals_broken() == {
        "an entry of the timeline is the one of its hash": [{"project": number, "key": "5"}]
    }
