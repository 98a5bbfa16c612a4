"""What the database says only when a transaction is committed for good."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import Error, transaction

from saleor_bespoke.project import journal
from saleor_bespoke.project.access import SYSTEM
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import StageMoved, stage_move
from saleor_bespoke.project.stages import Stage
from tests.fixtures import make_project
from tests.support import nothing_changes

pytestmark = pytest.mark.django_db(transaction=True)


def silently(project: BespokeProject) -> None:
    """Nobody told of it."""
    BespokeProject.objects.filter(pk=project.pk).update(stage=Stage.CANCELLED)


def told_of_another(project: BespokeProject) -> None:
    """Told of a move, but not of this one."""
    with transaction.atomic():
        silently(project)
        locked = BespokeProject.objects.select_for_update().get(pk=project.pk)
        event = StageMoved(source=Stage.INTAKE, target=Stage.QUOTED)
        journal.record(locked, event, actor=SYSTEM)


def told_before(project: BespokeProject) -> None:
    """An old row of the timeline does not tell of a new move."""
    with transaction.atomic():
        event = StageMoved(source=Stage.INTAKE, target=Stage.CANCELLED)
        journal.record(project, event, actor=SYSTEM)
    silently(project)


@pytest.mark.parametrize("move", [silently, told_of_another], ids=lambda move: move.__name__)
def test_a_stage_that_nobody_told_is_refused_at_commit(
    move: Callable[[BespokeProject], None],
) -> None:
    project, _ = make_project()
    with nothing_changes(), pytest.raises(Error, match="a stage moved without its timeline row"):
        move(project)


def test_an_old_row_does_not_tell_of_a_new_move() -> None:
    project, _ = make_project()
    with pytest.raises(Error, match="a stage moved without its timeline row"):
        told_before(project)
    project.refresh_from_db()
    assert project.stage == Stage.INTAKE


def test_a_stage_moved_and_told_is_committed() -> None:
    project, _ = make_project()
    with transaction.atomic():
        stage_move(project, Stage.CANCELLED, actor=SYSTEM)
    project.refresh_from_db()
    assert project.stage == Stage.CANCELLED
