"""The bench: beginning, the order of the work, sending back, materials, finishing."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from saleor_bespoke.flows.making import production_finish
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.journal import chain_breaks
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.steps.production.services import (
    material_consume,
    production_start,
    production_step_finish,
    production_step_send_back,
    production_step_start,
)
from tests.fixtures import make_parcel
from tests.making import finish_making, step_of, use_materials, work
from tests.support import refuses

pytestmark = pytest.mark.django_db


def statuses(project: BespokeProject) -> list[tuple[str, int, str]]:
    rows = project.work_steps.order_by("position", "attempt")
    return [(row.kind, row.attempt, row.status) for row in rows]


# beginning --------------------------------------------------------------------------------------


def test_production_start(approved_project: BespokeProject, staff: Actor) -> None:
    project = production_start(actor=staff, project_pk=approved_project.pk)

    project.refresh_from_db()
    assert project.stage == Stage.PRODUCTION
    assert [kind for kind, _, _ in statuses(project)] == [
        "CASTING",
        "FORMING",
        "POLISHING",
        "SETTING",
        "REINFORCEMENT",
    ]
    assert {status for _, _, status in statuses(project)} == {"PENDING"}
    promise = project.promises.get(step="PRODUCTION", ended_at=None)
    assert (promise.trace["range"], promise.trace["modifiers"]) == (["10", "14"], [])
    assert project.slots.get().state == "BOOKED"
    assert chain_breaks(project) == []


def test_production_start_needs_the_approval(paid_project: BespokeProject, staff: Actor) -> None:
    with refuses("APPROVAL_MISSING"):
        production_start(actor=staff, project_pk=paid_project.pk)


def test_production_start_waits_for_an_open_change(
    approved_project: BespokeProject, staff: Actor
) -> None:
    from saleor_bespoke.steps.cad.services import change_order_propose
    from tests.fixtures import ring_specification

    change_order_propose(
        actor=staff,
        project_pk=approved_project.pk,
        specification=ring_specification(alloy="platinum_950_ru").to_json(),
        reason="Platinum after all",
        price_difference=Decimal("300.00"),
        business_days=3,
        materials={},
    )

    with refuses("CHANGE_ORDER_OPEN"):
        production_start(actor=staff, project_pk=approved_project.pk)


def test_production_starts_once(project_on_bench: BespokeProject, staff: Actor) -> None:
    with refuses("STAGE_FORBIDS"):
        production_start(actor=staff, project_pk=project_on_bench.pk)


# the order of the work --------------------------------------------------------------------------


def test_a_step_is_started_and_finished(project_on_bench: BespokeProject, staff: Actor) -> None:
    casting = step_of(project_on_bench, "CASTING")
    began = datetime(2027, 3, 1, 9, tzinfo=UTC)

    with time_machine.travel(began, tick=False):
        started = production_step_start(actor=staff, step_pk=casting.pk, worker=" Bo ")
    done = production_step_finish(actor=staff, step_pk=casting.pk, note="Clean")

    assert (started.worker, started.started_at) == ("Bo", began)
    assert (done.status, done.note) == ("FINISHED", "Clean")
    casting.refresh_from_db()
    assert casting.status == "FINISHED"
    kinds = project_on_bench.events.values_list("kind", flat=True)
    assert {"ProductionStepStarted", "ProductionStepFinished"} <= set(kinds)


def test_without_a_name_the_caller_does_it(project_on_bench: BespokeProject, staff: Actor) -> None:
    step = production_step_start(actor=staff, step_pk=step_of(project_on_bench, "CASTING").pk)

    assert step.worker == staff.name


def test_steps_keep_their_order(project_on_bench: BespokeProject, staff: Actor) -> None:
    casting, forming = (step_of(project_on_bench, kind) for kind in ("CASTING", "FORMING"))
    with refuses("STEP_NOT_NEXT"):
        production_step_start(actor=staff, step_pk=forming.pk)
    with refuses("STEP_NOT_STARTED"):
        production_step_finish(actor=staff, step_pk=casting.pk)

    production_step_start(actor=staff, step_pk=casting.pk)

    with refuses("STEP_NOT_NEXT"):
        production_step_start(actor=staff, step_pk=forming.pk)
    with refuses("ALREADY_DONE"):
        production_step_start(actor=staff, step_pk=casting.pk)
    production_step_finish(actor=staff, step_pk=casting.pk)
    with refuses("ALREADY_DONE"):
        production_step_finish(actor=staff, step_pk=casting.pk)


def test_a_finished_piece_takes_no_more_steps(made_project: BespokeProject, staff: Actor) -> None:
    with refuses("STAGE_FORBIDS"):
        production_step_send_back(
            actor=staff, step_pk=step_of(made_project, "POLISHING").pk, reason="A scratch"
        )


def test_strangers_find_no_step(
    project_on_bench: BespokeProject, customer: Actor, other_customer: Actor
) -> None:
    casting = step_of(project_on_bench, "CASTING")
    with refuses("NOT_FOUND"):
        production_step_start(actor=other_customer, step_pk=casting.pk)
    with refuses("PERMISSION_DENIED"):
        production_step_start(actor=customer, step_pk=casting.pk)


# sending back -----------------------------------------------------------------------------------


def test_work_sent_back_takes_all_later_work_with_it(
    project_on_bench: BespokeProject, staff: Actor
) -> None:
    for kind in ("CASTING", "FORMING"):
        step = step_of(project_on_bench, kind)
        production_step_start(actor=staff, step_pk=step.pk)
        production_step_finish(actor=staff, step_pk=step.pk)
    production_step_start(actor=staff, step_pk=step_of(project_on_bench, "POLISHING").pk)

    again = production_step_send_back(
        actor=staff, step_pk=step_of(project_on_bench, "FORMING").pk, reason=" Porous "
    )

    assert (again.kind, again.attempt, again.status) == ("FORMING", 2, "PENDING")
    assert statuses(project_on_bench) == [
        ("CASTING", 1, "FINISHED"),
        ("FORMING", 1, "SENT_BACK"),
        ("FORMING", 2, "PENDING"),
        ("POLISHING", 1, "SENT_BACK"),
        ("POLISHING", 2, "PENDING"),
        ("SETTING", 1, "PENDING"),
        ("REINFORCEMENT", 1, "PENDING"),
    ]
    sent = project_on_bench.work_steps.get(kind="FORMING", attempt=1)
    assert sent.sent_back_reason == "Porous"
    with refuses("ALREADY_DONE"):
        production_step_send_back(actor=staff, step_pk=sent.pk, reason="Once more")
    with refuses("ALREADY_DONE"):
        production_step_start(actor=staff, step_pk=sent.pk)
    production_step_start(actor=staff, step_pk=again.pk)


def test_sending_back_needs_begun_work_and_a_reason(
    project_on_bench: BespokeProject, staff: Actor
) -> None:
    casting = step_of(project_on_bench, "CASTING")
    with refuses("STEP_NOT_STARTED"):
        production_step_send_back(actor=staff, step_pk=casting.pk, reason="Too early")
    production_step_start(actor=staff, step_pk=casting.pk)
    with refuses("REQUIRED", field="reason"):
        production_step_send_back(actor=staff, step_pk=casting.pk, reason=" ")


# materials --------------------------------------------------------------------------------------


def test_material_consume(project_on_bench: BespokeProject, staff: Actor) -> None:
    gold = project_on_bench.holdings.get(material__kind="METAL")
    before = gold.material.on_hand

    used = material_consume(actor=staff, holding_pk=gold.pk, quantity=Decimal("5.873"))

    assert (used.state, used.consumed) == ("CONSUMED", Decimal("5.873"))
    gold.material.refresh_from_db()
    assert gold.material.on_hand == before - Decimal("5.873")
    assert gold.material.held == 0
    with refuses("ALREADY_DONE"):
        material_consume(actor=staff, holding_pk=gold.pk, quantity=Decimal(1))


@pytest.mark.parametrize(
    ("quantity", "code"), [("0", "INVALID"), ("-1", "INVALID"), ("65", "QUANTITY_EXCEEDED")]
)
def test_material_consume_refuses(
    project_on_bench: BespokeProject, staff: Actor, quantity: str, code: str
) -> None:
    gold = project_on_bench.holdings.get(material__kind="METAL")
    with refuses(code):
        material_consume(actor=staff, holding_pk=gold.pk, quantity=Decimal(quantity))


def test_material_is_used_on_the_bench_only(
    approved_project: BespokeProject, staff: Actor, other_customer: Actor
) -> None:
    stone = approved_project.holdings.get(material__kind="UNIQUE_STONE")
    with refuses("STAGE_FORBIDS"):
        material_consume(actor=staff, holding_pk=stone.pk, quantity=Decimal(1))
    with refuses("NOT_FOUND"):
        material_consume(actor=other_customer, holding_pk=stone.pk, quantity=Decimal(1))


# finishing --------------------------------------------------------------------------------------


def test_production_finish(project_on_bench: BespokeProject, staff: Actor) -> None:
    check = finish_making(project_on_bench, staff)

    assert project_on_bench.stage == Stage.QUALITY
    assert (check.number, check.status) == (1, "OPEN")
    assert set(project_on_bench.holdings.values_list("state", flat=True)) == {"CONSUMED"}
    assert project_on_bench.slots.get().state == "DONE"
    assert project_on_bench.promises.get(step="PRODUCTION").outcome == "MET"
    assert project_on_bench.promises.get(step="QUALITY").ended_at is None
    assert chain_breaks(project_on_bench) == []


def test_production_finish_needs_all_work(project_on_bench: BespokeProject, staff: Actor) -> None:
    use_materials(project_on_bench, staff)
    with refuses("STEPS_UNFINISHED") as caught:
        production_finish(actor=staff, project_pk=project_on_bench.pk)
    assert "CASTING, FORMING, POLISHING, SETTING, REINFORCEMENT" in caught.value.message


@pytest.mark.parametrize("kind", ["UNIQUE_STONE", "METAL"])
def test_production_finish_needs_every_stone_and_weight(
    project_on_bench: BespokeProject, staff: Actor, kind: str
) -> None:
    work(project_on_bench, staff)
    for holding in project_on_bench.holdings.exclude(material__kind=kind):
        material_consume(actor=staff, holding_pk=holding.pk, quantity=holding.quantity)

    with refuses("MATERIAL_NOT_CONSUMED") as caught:
        production_finish(actor=staff, project_pk=project_on_bench.pk)

    left = project_on_bench.holdings.get(material__kind=kind).material
    assert left.code in caught.value.message


def test_parcel_stones_not_used_go_back(
    provider: Any, customer: Actor, staff: Actor, files_folder: Any
) -> None:
    from saleor_bespoke.steps.quoting.inputs import LineInput
    from tests.fixtures import make_metal, make_stone
    from tests.making import approve, begin_making
    from tests.paying import make_paid

    parcel, stone, gold = make_parcel(staff), make_stone(staff), make_metal(staff)
    lines = tuple(
        LineInput(
            kind="MATERIAL",
            description=material.name,
            amount=Decimal(2000),
            material_pk=material.pk,
            quantity=quantity,
        )
        for material, quantity in (
            (stone, Decimal(1)),
            (gold, Decimal(6)),
            (parcel, Decimal(12)),
        )
    )
    project = make_paid(provider, customer, staff, lines=lines)
    approve(project, customer, staff)
    begin_making(project, staff)
    work(project, staff)
    for holding in project.holdings.exclude(material=parcel):
        material_consume(actor=staff, holding_pk=holding.pk, quantity=holding.quantity)

    production_finish(actor=staff, project_pk=project.pk)

    parcel.refresh_from_db()
    assert (parcel.on_hand, parcel.held) == (Decimal(200), Decimal(0))
    assert project.holdings.get(material=parcel).state == "RELEASED"


def test_production_finishes_once(made_project: BespokeProject, staff: Actor) -> None:
    with refuses("STAGE_FORBIDS"):
        production_finish(actor=staff, project_pk=made_project.pk)
