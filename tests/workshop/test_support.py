"""The tests' own instruments: a change is seen, an unseen refusal fails, racers really meet."""

from __future__ import annotations

import threading

import pytest
from django.db import transaction

from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from tests.fixtures import make_stone
from tests.support import Picture, changed, nothing_changes, race, refuses, snapshot

pytestmark = pytest.mark.django_db


def test_a_snapshot_sees_a_changed_a_new_and_a_deleted_row(
    project: BespokeProject, staff: Actor
) -> None:
    first = snapshot()
    assert snapshot() == first

    BespokeProject.objects.filter(pk=project.pk).update(title="Another ring")
    second = snapshot()
    assert changed(first, second) == ["saleor_bespoke_bespokeproject"]

    stone = make_stone(staff)
    third = snapshot()
    assert changed(second, third) == ["saleor_bespoke_material"]

    stone.delete()
    assert snapshot() == second


def test_a_picture_is_the_snapshot_of_any_moment(project: BespokeProject, staff: Actor) -> None:
    picture = Picture()
    first = picture.now()
    assert first == snapshot()

    BespokeProject.objects.filter(pk=project.pk).update(title="Another ring")
    make_stone(staff)
    second = picture.now()
    assert second == snapshot() != first
    assert picture.now() is second, "nothing was written meanwhile"

    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
        BespokeProject.objects.filter(pk=project.pk).update(title="A third ring")
        assert snapshot() != second
        raise ZeroDivisionError
    assert picture.now() == snapshot() == second
    assert picture.now() is not second, "what was written and taken back is read again"


def test_a_refusal_that_changes_something_fails(project: BespokeProject) -> None:
    with pytest.raises(AssertionError), refuses("INVALID"):  # noqa: PT012 - the two belong together
        BespokeProject.objects.filter(pk=project.pk).update(title="Another ring")
        raise BespokeError(ErrorCode.INVALID, "Too late.")


def test_no_refusal_and_another_refusal_fail() -> None:
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"), refuses("INVALID"):
        pass
    with pytest.raises(AssertionError), refuses("INVALID"):
        raise BespokeError(ErrorCode.REQUIRED, "Something else.")


def test_an_error_in_the_block_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError), nothing_changes():
        raise ZeroDivisionError


def test_racers_run_at_the_same_time() -> None:
    meeting = threading.Barrier(3)

    answers = race(*[lambda: meeting.wait(30)] * 3)

    assert sorted(answers) == [0, 1, 2]
