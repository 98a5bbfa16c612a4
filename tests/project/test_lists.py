"""Lists: who sees what, filters, order, pages, and a cost that does not grow with the rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_bespoke import clock
from saleor_bespoke.project import attention, selectors
from saleor_bespoke.project.access import ANONYMOUS, Actor
from saleor_bespoke.project.models import BespokeProject
from tests.fixtures import guest_of, make_project, make_staff

pytestmark = pytest.mark.django_db


def numbers(actor: Actor, **conditions: Any) -> list[str]:
    rows = selectors.projects_visible(actor=actor, **conditions)
    return list(rows.order_by("created_at").values_list("number", flat=True))


def test_everybody_sees_their_own(
    customer: Actor,
    other_customer: Actor,
    staff: Actor,
    staff_without_permission: Actor,
    app: Actor,
) -> None:
    mine, token = make_project(customer)
    theirs, _ = make_project(other_customer)
    german, _ = make_project(channel="eu")
    everything = [mine.number, theirs.number, german.number]

    assert numbers(customer) == [mine.number]
    assert numbers(other_customer) == [theirs.number]
    assert numbers(guest_of(token)) == [mine.number]
    assert numbers(ANONYMOUS) == []
    assert numbers(staff_without_permission) == []
    assert numbers(staff) == numbers(app) == everything
    assert numbers(make_staff("us@example.com", channels=("us",))) == everything[:2]


def test_conditions_hold_together(staff: Actor, customer: Actor) -> None:
    first, _ = make_project(customer, title="Halo ring")
    second, _ = make_project(customer, channel="eu")
    attention.raise_for(first, "STUCK", "It is stuck.")

    assert numbers(staff, stages=["INTAKE"]) == [first.number, second.number]
    assert numbers(staff, stages=["DESIGN"]) == []
    assert numbers(staff, channels=["eu"]) == [second.number]
    assert numbers(staff, attention=True) == [first.number]
    assert numbers(staff, attention=False) == [second.number]
    assert numbers(staff, search="halo") == [first.number]
    assert numbers(staff, search=second.number[-3:]) == [second.number]
    assert numbers(staff, search=first.contact_email[:5]) == []
    assert numbers(staff, late=True) == []
    assert numbers(staff, created_at={"gte": clock.now() + timedelta(days=1)}) == []
    assert numbers(staff, created_at={"lte": clock.now()}) == [first.number, second.number]
    assert numbers(customer, attention=True) == [first.number, second.number]


QUERY = """query($first: Int!) { bespokeProjects(first: $first) {
  totalCount edges { node {
    id number stage timeline { kind title } attention { reason }
    payables { status amount { amount } checkoutId refunds { status } }
    cancellation { possible refund { amount } }
    quotes { status alternatives { title } } cadRevisions { number views { view } pins { remark } }
    changeOrders { status } tweakRounds { number }
  } } } }"""


@pytest.mark.parametrize("as_staff", [True, False])
def test_the_number_of_statements_does_not_grow(
    as_staff: bool, staff: Actor, customer: Actor, execute: Any
) -> None:
    caller = staff if as_staff else customer
    counts = {}
    for wanted in (1, 20, 100):
        while BespokeProject.objects.count() < wanted:
            make_project(customer)
        with CaptureQueriesContext(connection) as queries:
            data = execute(QUERY, caller, first=wanted)
        assert len(data["bespokeProjects"]["edges"]) == wanted
        counts[wanted] = len(queries)

    assert counts[1] == counts[20] == counts[100], counts
