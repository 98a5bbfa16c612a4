"""Staff refund in the shop while a refund of ours is owed: the books stay equal, whoever pays."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import requests
from django.db import transaction

from saleor_bespoke import clock
from saleor_bespoke.audit import audit
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.flows import cancelling, reconciling
from saleor_bespoke.flows.leaving import project_leave
from saleor_bespoke.money.models import LedgerEntry, Payable, Refund
from saleor_bespoke.money.refunds import refund_request
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import lock_for_system
from saleor_bespoke.shop.embedded import refunds
from tests.delivering import host_order
from tests.money.endings import attentions, provider_rows
from tests.money.test_provider_faults import REFUNDS, World, provider, world
from tests.torture.provider import KEYS

pytestmark = pytest.mark.django_db
__all__ = ["provider", "world"]

ALL = Decimal(7480)


def owe(project: BespokeProject, amount: int | Decimal, cause: str = "OTHER") -> Refund:
    """A refund of ours that is not sent yet."""
    payable = project.payables.get()
    with transaction.atomic():
        return refund_request(
            project=lock_for_system(project.pk),
            payable=payable,
            amount=Decimal(amount),
            cause=cause,
        )


def refused(world: World) -> None:
    """What we send meets a provider that declines it."""
    with world.trouble("declined", "POST", REFUNDS):
        deliveries.drain()


def by_staff(project: BespokeProject, amount: int | Decimal) -> None:
    """Staff give a part back in the shop's own dashboard."""
    (item,) = host_order(project).transactions.all()
    refunds.action_request(item, action="REFUND", amount=Decimal(amount), key=str(uuid4()))


def _sum(kind: str) -> Decimal:
    rows = LedgerEntry.objects.filter(kind=kind).values_list("amount", flat=True)
    return sum(rows, Decimal(0))


def books(world: World, project: BespokeProject) -> tuple[Decimal, Decimal]:
    """What went back and what is committed to; the three books agree, and nothing is broken."""
    (item,) = host_order(project).transactions.all()
    made = provider_rows(world.provider.url, "refunds")
    there = sum(row["amount"] for row in made if row["status"] == "succeeded")
    back = _sum("REFUNDED") - _sum("REFUND_FAILED")
    assert (back, back) == (item.refunded, Decimal(there) / 100)
    assert audit(now=clock.now() + timedelta(minutes=3)) == []
    return back, Payable.objects.get(project=project).refund_committed


# (ours, by staff) and what is committed in the end: never less than ours, which stays owed
SUMS = [(100, 40, 100), (100, 100, 100), (100, 250, 250), (100, ALL, ALL), (ALL, 300, ALL),
        (ALL, ALL, ALL)]  # fmt: skip


@pytest.mark.parametrize(("ours", "theirs", "committed"), SUMS)
def test_a_refund_by_staff_pays_the_one_that_had_failed_first(
    world: World, paid_project: BespokeProject, ours: Any, theirs: Any, committed: Any
) -> None:
    owe(paid_project, ours)
    refused(world)
    assert Refund.objects.get().status == "FAILED"
    assert books(world, paid_project) == (0, ours)

    by_staff(paid_project, theirs)

    assert books(world, paid_project) == (theirs, committed)
    assert attentions(paid_project) == ["REFUNDED_IN_HOST", "REFUND_FAILED"]
    assert reconciling.reconcile() == 0


@pytest.mark.parametrize(("ours", "theirs", "committed"), SUMS)
def test_a_refund_by_staff_is_noted_also_if_ours_fails_after_it(
    world: World, paid_project: BespokeProject, ours: Any, theirs: Any, committed: Any
) -> None:
    owe(paid_project, ours)
    by_staff(paid_project, theirs)

    refused(world)

    assert Refund.objects.get().status == "FAILED"
    assert books(world, paid_project) == (theirs, committed)
    assert attentions(paid_project) == ["REFUNDED_IN_HOST", "REFUND_FAILED"]
    assert reconciling.reconcile() == 0


def test_the_same_sum_given_back_by_staff_again_and_again_counts_each_time(
    world: World, paid_project: BespokeProject
) -> None:
    owe(paid_project, 100)
    refused(world)

    for times in (1, 2, 3):
        by_staff(paid_project, 50)
        assert books(world, paid_project) == (50 * times, max(100, 50 * times))


def test_one_that_arrives_and_one_that_fails_stand_beside_what_staff_gave_back(
    world: World, paid_project: BespokeProject
) -> None:
    owe(paid_project, 70)
    deliveries.drain()
    owe(paid_project, 100)
    refused(world)

    by_staff(paid_project, 130)

    assert books(world, paid_project) == (200, 200)
    with pytest.raises(BespokeError):
        owe(paid_project, ALL - 199)
    owe(paid_project, ALL - 200)
    deliveries.drain()
    assert books(world, paid_project) == (ALL, ALL)


def test_a_refund_that_fails_after_it_had_arrived_is_paid_by_staff(
    world: World, paid_project: BespokeProject
) -> None:
    owe(paid_project, 100)
    deliveries.drain()
    (made,) = provider_rows(world.provider.url, "refunds")
    world.provider.control(f"refunds/{made['id']}/fail")
    world.rest()
    assert books(world, paid_project) == (0, 100)

    by_staff(paid_project, 100)

    assert books(world, paid_project) == (100, 100)


def test_what_staff_gave_back_twice_as_the_first_failed_counts_once(
    world: World, paid_project: BespokeProject
) -> None:
    by_staff(paid_project, 100)
    (made,) = provider_rows(world.provider.url, "refunds")
    world.provider.control(f"refunds/{made['id']}/fail")
    world.rest()
    assert books(world, paid_project) == (0, 100)

    by_staff(paid_project, 100)

    assert books(world, paid_project) == (100, 100)


def test_a_refund_under_way_is_decided_while_staff_give_back_another_part(
    world: World, paid_project: BespokeProject
) -> None:
    world.provider.control("settings", {"refund_status": "pending"})
    owe(paid_project, 300)
    deliveries.drain()
    assert Refund.objects.get().status == "PENDING"
    made = str(Refund.objects.get().provider_reference)
    world.provider.control("settings", {"refund_status": "succeeded"})
    by_staff(paid_project, 100)

    world.provider.control(f"refunds/{made}/fail")
    world.rest()

    assert Refund.objects.get().status == "FAILED"
    assert books(world, paid_project) == (100, 300)


def test_a_failed_refund_that_the_provider_makes_after_all_is_no_refund_by_staff(
    world: World, paid_project: BespokeProject
) -> None:
    refund = owe(paid_project, 100)
    refused(world)
    (item,) = host_order(paid_project).transactions.all()

    body = {"payment_intent": item.psp_reference, "amount": "10000"}
    body["metadata[refund]"] = str(refund.pk)
    made = requests.post(
        f"{world.provider.url}{REFUNDS}", data=body, auth=(KEYS["api_key"], ""), timeout=30
    )
    assert made.status_code == 200
    world.rest()

    refund.refresh_from_db()
    assert refund.status == "SUCCEEDED"
    assert books(world, paid_project) == (100, 100)
    assert attentions(paid_project) == []


def test_who_leaves_after_staff_paid_a_failed_refund_gets_the_named_share_of_the_rest(
    world: World, paid_project: BespokeProject, customer: Actor
) -> None:
    owe(paid_project, 100)
    refused(world)
    by_staff(paid_project, 150)
    shown = cancelling.terms_of(
        paid_project, paid_project.payables.all(), reason="CUSTOMER_WISH"
    ).refund

    project_leave(
        actor=customer, project_pk=paid_project.pk, reason="CUSTOMER_WISH", expected_refund=shown
    )
    deliveries.drain()

    assert books(world, paid_project) == (150 + shown, 150 + shown)
