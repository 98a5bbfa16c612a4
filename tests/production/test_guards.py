"""What the database itself refuses, and what happens when two do the same at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.flows.making import production_finish
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.steps.production.services import production_start, production_step_start
from tests.making import approve, begin_making, step_of, use_materials, work
from tests.paying import make_paid
from tests.support import race

pytestmark = pytest.mark.django_db(transaction=True)

STAGE_BY_HAND = "UPDATE saleor_bespoke_bespokeproject SET stage = 'PRODUCTION' WHERE id = %s"
TOLD_BY_HAND = """
    INSERT INTO saleor_bespoke_timelineevent
        (id, project_id, sequence, kind, actor_kind, actor_ref, shared, payload, at,
         previous_hash, hash)
    SELECT gen_random_uuid(), id, chain_length + 1, 'StageMoved', 'STAFF', '', true,
        '{"target": "PRODUCTION"}', now(), '', '' FROM saleor_bespoke_bespokeproject WHERE id = %s
"""


@pytest.fixture
def paid(provider: Any, customer: Actor, staff: Actor, files_folder: Path) -> BespokeProject:
    """A paid commission whose rows other connections see."""
    project: BespokeProject = make_paid(provider, customer, staff)
    return project


def by_hand(project: BespokeProject) -> None:
    """Move the stage past all services, timeline row included."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(TOLD_BY_HAND, [project.pk])
        cursor.execute(STAGE_BY_HAND, [project.pk])


def test_the_database_refuses_production_without_approval(
    paid: BespokeProject, customer: Actor, staff: Actor
) -> None:
    with pytest.raises(IntegrityError, match="production without an approved revision"):
        by_hand(paid)

    approve(paid, customer, staff)
    by_hand(paid)  # the control: with the approval the same statements pass

    paid.refresh_from_db()
    assert paid.stage == Stage.PRODUCTION


def test_the_database_refuses_production_with_an_open_change(
    paid: BespokeProject, customer: Actor, staff: Actor
) -> None:
    from decimal import Decimal

    from saleor_bespoke.steps.cad.services import change_order_propose
    from tests.fixtures import ring_specification

    approve(paid, customer, staff)
    change_order_propose(
        actor=staff,
        project_pk=paid.pk,
        specification=ring_specification(alloy="platinum_950_ru").to_json(),
        reason="Platinum after all",
        price_difference=Decimal("300.00"),
        business_days=3,
        materials={},
    )

    with pytest.raises(IntegrityError, match="production with an open change order"):
        by_hand(paid)


def test_the_database_refuses_a_step_without_approval(
    paid: BespokeProject, customer: Actor, staff: Actor
) -> None:
    def step() -> None:
        with transaction.atomic():
            paid.work_steps.create(kind="CASTING", position=1, status="STARTED")

    with pytest.raises(IntegrityError, match="production without an approved revision"):
        step()

    approve(paid, customer, staff)
    step()


def test_the_database_knows_one_step_at_a_time(
    paid: BespokeProject, customer: Actor, staff: Actor
) -> None:
    approve(paid, customer, staff)
    begin_making(paid, staff)
    production_step_start(actor=staff, step_pk=step_of(paid, "CASTING").pk)

    with pytest.raises(IntegrityError, match="bespoke_step_one_at_a_time"), transaction.atomic():
        paid.work_steps.filter(kind="FORMING").update(status="STARTED")


def codes(answers: list[Any]) -> list[str]:
    return sorted(str(it.code) if isinstance(it, BespokeError) else "ok" for it in answers)


def twice(action: Callable[[], Any]) -> list[str]:
    return codes(race(action, action))


def test_two_starts_begin_the_work_once(
    paid: BespokeProject, customer: Actor, staff: Actor
) -> None:
    approve(paid, customer, staff)

    found = twice(lambda: production_start(actor=staff, project_pk=paid.pk))

    assert found == ["STAGE_FORBIDS", "ok"]
    assert paid.work_steps.count() == 5
    assert paid.events.filter(kind="ProductionStarted").count() == 1


def test_one_step_is_taken_by_one(paid: BespokeProject, customer: Actor, staff: Actor) -> None:
    approve(paid, customer, staff)
    begin_making(paid, staff)
    casting = step_of(paid, "CASTING").pk

    found = twice(lambda: production_step_start(actor=staff, step_pk=casting))

    assert found == ["ALREADY_DONE", "ok"]
    assert paid.events.filter(kind="ProductionStepStarted").count() == 1


def test_two_finishes_open_one_check(paid: BespokeProject, customer: Actor, staff: Actor) -> None:
    approve(paid, customer, staff)
    begin_making(paid, staff)
    work(paid, staff)
    use_materials(paid, staff)

    found = twice(lambda: production_finish(actor=staff, project_pk=paid.pk))

    assert found == ["STAGE_FORBIDS", "ok"]
    assert paid.checks.count() == 1


def test_without_the_project_lock_both_would_start(
    paid: BespokeProject, customer: Actor, staff: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same race with the lock off lets both pass the check."""
    from threading import Barrier

    from django.db.models import QuerySet

    approve(paid, customer, staff)
    begin_making(paid, staff)
    casting = step_of(paid, "CASTING").pk
    both_read = Barrier(2)

    def unlocked(queryset: QuerySet[Any], *_: Any, **__: Any) -> QuerySet[Any]:
        return queryset.all()

    monkeypatch.setattr(QuerySet, "select_for_update", unlocked)
    from saleor_bespoke.steps.production import rules

    checked = rules.step_start_check

    def together(*args: Any) -> None:
        checked(*args)
        both_read.wait(30)

    monkeypatch.setattr(rules, "step_start_check", together)

    answers = race(
        lambda: production_step_start(actor=staff, step_pk=casting),
        lambda: production_step_start(actor=staff, step_pk=casting),
    )

    # Both were let in; only the timeline's constraint stops the second, as a raw error.
    assert not any(isinstance(it, BespokeError) for it in answers)
    assert sum(isinstance(it, IntegrityError) for it in answers) == 1
