"""Two at once: one free resize, one claim, one booking, one decision."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError

from saleor_bespoke import clock
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.flows.aftercare import claim_decide, resize_return
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.journal import chain_breaks
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.aftercare.models import ResizeCase
from saleor_bespoke.steps.aftercare.services import (
    claim_open,
    resize_finish,
    resize_grant,
    resize_start,
)
from tests.delivering import ask, grant_in_process, make_delivered, make_ready
from tests.fixtures import make_customer, make_staff
from tests.paying import make_paid
from tests.support import race, race_processes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def delivered(provider: FakeStripe, files_folder: Path) -> tuple[BespokeProject, Actor, Actor]:
    customer, staff = make_customer(), make_staff()
    project = make_ready(make_paid(provider, customer, staff), customer, staff)
    make_delivered(project, staff)
    deliveries.drain()
    return project, customer, staff


def codes(results: list[Any]) -> list[str]:
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, BespokeError):
            raise result
    return sorted(str(r.code) if isinstance(r, BespokeError) else "ok" for r in results)


def test_two_grants_are_one_free_resize(
    delivered: tuple[BespokeProject, Actor, Actor],
) -> None:
    project, customer, staff = delivered
    case = ask(project, customer)
    arguments = {"email": staff.email, "resize_pk": str(case.pk)}
    results = race_processes(grant_in_process, [arguments] * 2)
    assert sorted(code for code, _ in results) == ["RESIZE_NOT_OPEN", "ok"], results
    assert project.resizes.filter(free=True).count() == 1
    assert project.events.filter(kind="ResizeGranted").count() == 1


def test_the_database_itself_refuses_a_second_free_resize(
    delivered: tuple[BespokeProject, Actor, Actor],
) -> None:
    project, customer, staff = delivered
    case = resize_grant(actor=staff, resize_pk=ask(project, customer).pk)
    ResizeCase.objects.filter(pk=case.pk).update(status="RETURNED")
    with pytest.raises(IntegrityError, match="bespoke_free_resize_once"):
        ResizeCase.objects.create(
            id=uuid4(),
            project=project,
            asked_size_mm=case.asked_size_mm,
            asked_label="US 7",
            status="GRANTED",
            free=True,
            outcome="FREE",
            reasons=[],
            requested_at=clock.now(),
        )


def test_two_wishes_are_one_case(delivered: tuple[BespokeProject, Actor, Actor]) -> None:
    project, customer, _ = delivered
    same = race(*[lambda: ask(project, customer, "6.5")] * 3)
    assert codes(same) == ["ok"] * 3
    assert project.resizes.count() == 1
    others = race(lambda: ask(project, customer, "5.5"), lambda: ask(project, customer, "7"))
    assert codes(others) == ["RESIZE_OPEN"] * 2


def test_a_ring_goes_back_once(delivered: tuple[BespokeProject, Actor, Actor]) -> None:
    project, customer, staff = delivered
    case = resize_grant(actor=staff, resize_pk=ask(project, customer).pk)
    resize_start(actor=staff, resize_pk=case.pk)
    resize_finish(actor=staff, resize_pk=case.pk, measured_size_mm=case.asked_size_mm)

    def back() -> Any:
        return resize_return(actor=staff, resize_pk=case.pk, carrier="Courier", tracking_number="1")

    assert codes(race(back, back, back)) == ["RESIZE_NOT_OPEN"] * 2 + ["ok"]
    assert project.shipments.filter(purpose="RESIZE").count() == 1


def test_a_claim_is_made_and_decided_once(
    delivered: tuple[BespokeProject, Actor, Actor],
) -> None:
    project, customer, staff = delivered

    def claim() -> Any:
        return claim_open(
            actor=customer, project_pk=project.pk, kind="SIZE", text="It does not fit."
        )

    assert codes(race(claim, claim, claim)) == ["CLAIM_OPEN"] * 2 + ["ok"]
    row = project.claims.get()

    def redo() -> Any:
        return claim_decide(
            actor=staff, claim_pk=row.pk, accepted=True, explanation="Sorry.", remedy="REDO"
        )

    assert codes(race(redo, redo, redo)) == ["CLAIM_NOT_OPEN"] * 2 + ["ok"]
    assert BespokeProject.objects.filter(linked_to=project).count() == 1
    project.refresh_from_db()
    assert chain_breaks(project) == []
