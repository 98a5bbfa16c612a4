"""What a settlement asks of the database: a number that nothing in the shop makes grow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project.access import Actor
from saleor_bespoke.steps.quoting.inputs import AlternativeInput, LineInput
from saleor_bespoke.workshop.models import ProductionWeek
from tests.fixtures import (
    accept_quote,
    make_metal,
    make_parcel,
    make_quoted,
    make_stone,
    ring_specification,
)
from tests.paying import begin, complete, confirm, fill_in, go_on
from tests.torture.statements import Count, at_the_doors, counted

pytestmark = pytest.mark.django_db

#: From the guard before the host makes its order to the commit with which work has started.
MOST = 60


def settled(provider: FakeStripe, customer: Actor, staff: Actor, **changes: Any) -> dict[str, int]:
    """How many statements of ours one commission's settlement takes, by the host's word."""
    counts: dict[str, Count] = {}

    @contextmanager
    def watch(name: str) -> Iterator[None]:
        with counted() as counts[name]:
            yield

    project = make_quoted(customer, staff, **changes)
    checkout_id = accept_quote(project, customer).attempt.checkout_id
    fill_in(checkout_id)
    transaction, _, _ = begin(checkout_id)
    confirm(provider, transaction.psp_reference)
    go_on(transaction)
    with at_the_doors(watch):
        complete(checkout_id)
    project.refresh_from_db()
    assert project.stage == "DESIGN"
    return {name: len(count.own) for name, count in counts.items()}


def test_from_the_guard_to_the_start_are_at_most_sixty_statements(
    provider: FakeStripe, customer: Actor, staff: Actor
) -> None:
    found = settled(provider, customer, staff)

    assert set(found) == {"checkout_completing", "order_paid"}
    assert sum(found.values()) <= MOST


def test_neither_other_commissions_nor_full_weeks_nor_more_materials_make_it_more(
    provider: FakeStripe, customer: Actor, staff: Actor, other_customer: Actor
) -> None:
    first = settled(provider, customer, staff)
    for _ in range(3):
        settled(provider, other_customer, staff)
    today = date.today()  # noqa: DTZ011  # weeks around today, whichever zone
    monday = today - timedelta(days=today.weekday())
    for week in range(10):
        ProductionWeek.objects.update_or_create(
            workshop="us",
            monday=monday + timedelta(weeks=week),
            defaults={"capacity": 4, "taken": 4},
        )
    later = settled(provider, customer, staff, alternatives=(_five_materials(staff),))

    assert later == first


def _five_materials(staff: Actor) -> AlternativeInput:
    materials = [
        make_stone(staff, "D-5"),
        make_stone(staff, "D-6"),
        make_parcel(staff, "M-5"),
        make_metal(staff, "AU-5"),
        make_metal(staff, "PT-5", alloy="platinum_950_ru"),
    ]
    lines = [
        LineInput(
            kind="MATERIAL",
            description=material.name,
            amount=Decimal(900),
            material_pk=material.pk,
            quantity=Decimal(1),
        )
        for material in materials
    ]
    lines.append(LineInput(kind="LABOUR", description="Making", amount=Decimal(2000)))
    return AlternativeInput(
        title="Ring of five",
        design="Two stones and three metals.",
        specification=ring_specification(),
        lines=tuple(lines),
    )
