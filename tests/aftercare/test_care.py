"""Care for ever, and services outside the price."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from saleor_bespoke import clock
from saleor_bespoke.flows.acceptance import payable_checkout_open
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import project_close
from saleor_bespoke.steps.aftercare.services import care_book, care_finish, extra_service_price
from tests.paying import pay
from tests.support import nothing_changes, refuses

pytestmark = pytest.mark.django_db


def book(project: BespokeProject, actor: Actor, days: int = 3, kind: str = "CLEANING") -> Any:
    today = clock.now().astimezone(ZoneInfo(project.time_zone)).date()
    return care_book(
        actor=actor, project_pk=project.pk, kind=kind, wished_for=today + timedelta(days=days)
    )


def test_care_book(delivered_project: BespokeProject, customer: Actor, staff: Actor) -> None:
    booking = book(delivered_project, customer)
    with nothing_changes():
        assert book(delivered_project, customer) == booking
    with refuses("CARE_BOOKED", field="kind"):
        book(delivered_project, customer, 4)
    assert book(delivered_project, customer, 4, "PRONG_CHECK").status == "BOOKED"
    done = care_finish(actor=staff, care_pk=booking.pk, report="Clean, all prongs tight.")
    assert (done.status, done.report) == ("DONE", "Clean, all prongs tight.")
    with refuses("ALREADY_DONE"):
        care_finish(actor=staff, care_pk=booking.pk)
    assert book(delivered_project, customer, 4).pk != booking.pk


def test_care_is_booked_for_ever(
    delivered_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    project_close(actor=staff, project_pk=delivered_project.pk)
    with time_machine.travel(clock.now() + timedelta(days=20 * 365), tick=False):
        booking = book(delivered_project, customer, kind="POLISH")
        care_finish(actor=staff, care_pk=booking.pk)
    delivered_project.refresh_from_db()
    assert delivered_project.stage == "CLOSED"


@pytest.mark.parametrize("days", [-1, 367])
def test_a_day_that_cannot_be(
    delivered_project: BespokeProject, customer: Actor, days: int
) -> None:
    with refuses("INVALID", field="wishedFor"):
        book(delivered_project, customer, days)


def test_today_is_the_customers_today(delivered_project: BespokeProject, customer: Actor) -> None:
    BespokeProject.objects.filter(pk=delivered_project.pk).update(time_zone="Pacific/Auckland")
    delivered_project.refresh_from_db()
    with time_machine.travel("2027-05-01T20:00:00Z", tick=False):  # the second of May over there
        with refuses("INVALID", field="wishedFor"):
            book(delivered_project, customer, -1)
        assert str(book(delivered_project, customer, 0).wished_for) == "2027-05-02"


def test_extra_service_price(
    paid_project: BespokeProject,
    customer: Actor,
    staff: Actor,
    provider: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    values = {"project_pk": paid_project.pk, "title": "Appraisal", "amount": Decimal("85.00")}
    extra, payable = extra_service_price(actor=staff, **values)
    assert (payable.kind, payable.amount, payable.subject_pk) == ("EXTRA", 85, extra.pk)
    with nothing_changes():
        assert extra_service_price(actor=staff, **values) == (extra, payable)
    opened = payable_checkout_open(actor=customer, payable_pk=payable.pk)
    with django_capture_on_commit_callbacks(execute=True):
        pay(provider, opened.attempt.checkout_id)
    extra.refresh_from_db()
    payable.refresh_from_db()
    assert payable.status == "PAID"
    assert extra.paid_at is not None
    assert paid_project.events.filter(kind="ExtraServicePaid").count() == 1
    again, _ = extra_service_price(actor=staff, **values)
    assert again.pk != extra.pk  # a second appraisal is a second service


@pytest.mark.parametrize(
    ("title", "amount", "code", "field"),
    [
        ("", "1", "REQUIRED", "title"),
        ("x" * 257, "1", "INVALID", "title"),
        ("Two\nlines", "1", "INVALID", "title"),
        ("Appraisal", "0", "INVALID", "amount"),
        ("Appraisal", "1.001", "INVALID", "amount"),
        ("Appraisal", "Infinity", "INVALID", "amount"),
    ],
)
def test_a_service_has_a_name_and_a_price(
    paid_project: BespokeProject, staff: Actor, title: str, amount: str, code: str, field: str
) -> None:
    with refuses(code, field=field):
        extra_service_price(
            actor=staff, project_pk=paid_project.pk, title=title, amount=Decimal(amount)
        )
