"""Every stage × every command × every role, and the same table of moves held by the database."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import Error, connection, transaction

from saleor_bespoke import clock
from saleor_bespoke.errors import ErrorCode
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import SYSTEM
from saleor_bespoke.project.models import BespokeProject, TimelineEvent
from saleor_bespoke.project.services import StageMoved, stage_move
from saleor_bespoke.project.stages import COMMANDS, Role, Stage, move_exists
from saleor_bespoke.steps.aftercare.models import Claim
from tests.contracts.asking import ask
from tests.contracts.conftest import World
from tests.contracts.operations import Operation, event_of, operations
from tests.contracts.rich import stage_set, triggers_off
from tests.fixtures import make_project
from tests.support import changed, snapshot

COMMANDED = [item for item in operations() if item.rule is not None]

#: Who acts in each role.
CALLERS = {Role.CUSTOMER: ("owner", "guest"), Role.STAFF: ("staff", "app")}


def callers_of(operation: Operation) -> list[str]:
    """Everybody whom the table names for this operation."""
    assert operation.rule is not None
    return [
        name for role, names in CALLERS.items() if role in operation.rule.roles for name in names
    ]


#: Commands that write no row of their own: the sum was told when it was opened, and is told again
#: when its total is frozen; an upload is told by what attaches its file.
UNTOLD = ("payable_checkout_open", "upload_begin")


def kinds_since(world: World, last: int) -> set[str]:
    """What the timeline tells beyond this place."""
    events = TimelineEvent.objects.filter(project=world.rich.project, sequence__gt=last)
    return set(events.values_list("kind", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize("stage", Stage)
def test_forbidden_by_the_stage_and_nothing_changed(world: World, stage: Stage) -> None:
    """What the table does not open in a stage is refused to all whom it names, in one sentence."""
    stage_set(world.rich.project, stage)
    refusal = {
        "field": None,
        "message": f"This is not possible while the commission is in stage {stage}.",
        "code": ErrorCode.STAGE_FORBIDS,
    }
    forbidden = [item for item in COMMANDED if item.rule and stage not in item.rule.stages]
    before = snapshot()
    for operation in forbidden:
        for name in callers_of(operation):
            answer = ask(operation, world.callers[name], world.rich.find)
            assert answer.denied == (), (operation, name)
            assert answer.refusals == (refusal,), (operation, name)
            assert answer.empty, (operation, name)
    assert changed(before, snapshot()) == []


@pytest.mark.django_db
@pytest.mark.parametrize("stage", Stage)
def test_open_in_the_stage_is_judged_by_its_rules(world: World, stage: Stage) -> None:
    """What the table opens is never refused by the stage; rules may refuse it, and then nothing
    changes; what is done is told in the timeline by the event of the command's name."""
    stage_set(world.rich.project, stage)
    before = snapshot()
    last = TimelineEvent.objects.filter(project=world.rich.project).count()
    for operation in COMMANDED:
        assert operation.rule is not None
        if stage not in operation.rule.stages:
            continue
        for name in callers_of(operation):
            with transaction.atomic():
                answer = ask(operation, world.callers[name], world.rich.find)
                difference = changed(before, snapshot())
                kinds = kinds_since(world, last)
                transaction.set_rollback(True)
            assert answer.denied == (), (operation, name)
            assert ErrorCode.STAGE_FORBIDS not in answer.codes, (operation, name)
            if answer.refusals:
                assert difference == [], (operation, name, answer.refusals)
            elif difference and operation.command not in UNTOLD:
                assert event_of(str(operation.command)) in kinds, (operation, name, kinds)


def test_the_matrix_leaves_no_command_out() -> None:
    assert {item.command for item in COMMANDED} == set(COMMANDS)


# the table of moves in the database ---------------------------------------------------------------


def told(project: BespokeProject, target: Stage) -> None:
    """The timeline's row of a move, as `journal.record` would write it."""
    project.refresh_from_db()
    event = StageMoved(source=project.stage, target=target)
    journal.record(project, event, actor=SYSTEM)


#: What else the database asks for before it lets a commission into a stage.
ALSO = {
    Stage.DESIGN: "design work before full payment",
    Stage.PRODUCTION: "production without an approved revision",
}


@pytest.mark.django_db
@pytest.mark.parametrize("source", Stage)
@pytest.mark.parametrize("target", Stage)
def test_the_database_knows_the_same_moves(source: Stage, target: Stage) -> None:
    project, _ = make_project()
    stage_set(project, source)
    if source == target:
        return  # not a move
    expected = "" if move_exists(source, target) else f"no stage move from {source} to {target}"
    assert (expected or ALSO.get(target, "")) in (said := refusal(project, target))
    assert bool(said) == bool(expected or target in ALSO)


def refusal(project: BespokeProject, target: Stage) -> str:
    """What the database says against this move, told as it should be; empty if nothing."""
    try:
        with transaction.atomic():
            BespokeProject.objects.filter(pk=project.pk).update(stage=target)
            told(project, target)
    except Error as error:
        return str(error)
    return ""


@pytest.mark.django_db
@pytest.mark.parametrize("source", Stage)
@pytest.mark.parametrize("target", Stage)
def test_the_database_lets_a_prepared_commission_make_every_move(
    world: World, source: Stage, target: Stage
) -> None:
    """Paid and approved, without an open change: only the table decides; what is briefed begins
    as the redo that an accepted claim owes, and not otherwise."""
    project = world.rich.project
    stage_set(project, Stage.SHIPPING)
    with triggers_off():
        BespokeProject.objects.filter(pk=project.pk).update(stage=source)
    if source == target:
        return
    if (source, target) == (Stage.INTAKE, Stage.DESIGN):
        assert refusal(project, target).startswith("design work before full payment")
        owed = world.other.project.claims.create(
            kind="SIZE", text="Tight", status="REFUSED", remedy="REDO", opened_at=clock.now()
        )
        for values in ({"redo_project": project}, {"status": "ACCEPTED", "remedy": "REPAIR"}):
            Claim.objects.filter(pk=owed.pk).update(**values)
            assert refusal(project, target).startswith("design work before full payment")
        Claim.objects.filter(pk=owed.pk).update(remedy="REDO")
    assert (refusal(project, target) == "") == move_exists(source, target)


@pytest.mark.django_db
def test_a_stage_moves_only_with_its_timeline_row() -> None:
    """The deferred trigger speaks at commit; here it is asked at once."""
    project, _ = make_project()
    rows = BespokeProject.objects.filter(pk=project.pk)
    with pytest.raises(Error, match="a stage moved without its timeline row"):
        _moved_at_commit(lambda: rows.update(stage=Stage.QUOTED))
    project.refresh_from_db()
    assert project.stage == Stage.INTAKE

    _moved_at_commit(lambda: stage_move(project, Stage.QUOTED, actor=SYSTEM))
    project.refresh_from_db()
    assert project.stage == Stage.QUOTED


def _moved_at_commit(move: Callable[[], object]) -> None:
    """Do it and ask at once what the database would ask at commit."""
    with transaction.atomic(), connection.cursor() as cursor:
        move()
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
