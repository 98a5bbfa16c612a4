"""What came to a stand is shown to staff, once, and goes off the list when it went on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from saleor_bespoke import clock
from saleor_bespoke.flows.watching import stuck_mark
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.intake.services import information_answer, information_request
from saleor_bespoke.steps.quoting.services import quote_decline
from tests.support import nothing_changes

pytestmark = pytest.mark.django_db


@contextmanager
def later(**span: float) -> Iterator[None]:
    clock.use_offset(lambda: timedelta(**span))
    try:
        yield
    finally:
        clock.use_offset(timedelta)


def reasons(project: BespokeProject) -> set[str]:
    return set(project.attentions.filter(resolved_at=None).values_list("reason", flat=True))


def test_what_moves_is_left_alone(quoted_project: BespokeProject) -> None:
    with nothing_changes():
        assert stuck_mark() == 0


def test_to_look_after_a_channel_costs_one_statement_more(
    quoted_project: BespokeProject, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(3):  # the list itself, and which channels there are
        stuck_mark()


def test_an_unpaid_offer_is_shown_once(accepted: Any, quoted_project: BespokeProject) -> None:
    with later(hours=25):
        assert stuck_mark() == 1
        with nothing_changes():
            assert stuck_mark() == 0

    assert reasons(quoted_project) == {"UNPAID"}


def test_an_unanswered_question_goes_off_the_list_when_answered(
    intake_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    question = information_request(
        actor=staff, project_pk=intake_project.pk, question="Which finger?"
    )
    with later(days=6):
        stuck_mark()
        assert reasons(intake_project) == {"NO_ANSWER"}
        information_answer(actor=customer, question_pk=question.pk, answer="The left ring finger.")
        stuck_mark()
        assert reasons(intake_project) == set()


def test_a_declined_offer_without_a_next_one_is_stuck(
    quoted_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    quote = quoted_project.quotes.get()
    quote_decline(actor=customer, quote_pk=quote.pk, reason="Too dear")
    stuck_mark()
    assert reasons(quoted_project) == set()

    with later(hours=25):
        stuck_mark()

    assert reasons(quoted_project) == {"STUCK"}


def test_a_paid_design_under_review_is_not_stuck_and_a_forgotten_one_is(
    paid_project: BespokeProject, staff: Actor
) -> None:
    with later(hours=30):
        stuck_mark()
        assert "STUCK" not in reasons(paid_project)
    paid_project.promises.update(ended_at=clock.now())
    with later(hours=30):
        stuck_mark()

    assert "STUCK" in reasons(paid_project)
