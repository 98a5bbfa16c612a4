"""The payment provider goes on reporting of an erased customer: it counts, and names nobody."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import transaction

from saleor_bespoke import clock, tasks
from saleor_bespoke.audit import audit
from saleor_bespoke.flows import provider as provider_flow
from saleor_bespoke.flows.personal_data import personal_data_erase
from saleor_bespoke.flows.personal_reports import reports_forget
from saleor_bespoke.money.models import LedgerEntry, Payment, ProviderEvent
from saleor_bespoke.project.access import HANDLE_PAYMENTS, MANAGE_ORDERS, MANAGE_USERS
from saleor_bespoke.project.models import BespokeProject
from tests.fixtures import make_staff
from tests.money.test_money_gate import TOTAL, Gate, gate, provider, reasons

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files_folder")]
__all__ = ["gate", "provider"]

NAME = "Philomena Quastenflosse"


@pytest.fixture
def forgotten(gate: Gate, delivered_project: BespokeProject) -> BespokeProject:
    """A delivered piece whose customer was erased."""
    gate.carry()
    delivered_project.attentions.update(resolved_at=clock.now())
    erase(delivered_project)
    return delivered_project


def erase(project: BespokeProject) -> None:
    permissions = (MANAGE_ORDERS, HANDLE_PAYMENTS, MANAGE_USERS)
    keeper = make_staff("keeper@example.com", permissions=permissions)
    personal_data_erase(actor=keeper, project_pk=project.pk)


def reported(kind: str, project: BespokeProject, **facts: Any) -> ProviderEvent:
    """A report that came and waits, with all that the provider knows of the customer."""
    payment = Payment.objects.get(attempt__payable__project=project, status="SUCCEEDED")
    facts = {"payment_intent": payment.provider_reference, "customer_name": NAME} | facts
    return ProviderEvent.objects.create(
        event_id=f"evt_{kind}",
        kind=kind,
        payload={
            "id": f"evt_{kind}",
            "type": kind,
            "data": {"object": {"id": "ch_1"} | facts, "previous_attributes": {"name": NAME}},
        },
        received_at=clock.now(),
    )


def named() -> list[str]:
    """The reports in which the name stands."""
    rows = ProviderEvent.objects.values_list("event_id", "payload", "error")
    return [event for event, *told in rows if NAME in json.dumps(told)]


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_a_late_dispute_counts_to_the_cent_and_names_nobody(
    gate: Gate, forgotten: BespokeProject, outcome: str
) -> None:
    (charge,) = gate.books.all("charges")
    dispute = gate.provider.control(f"charges/{charge['id']}/dispute", {"reason": NAME})
    gate.provider.control(f"disputes/{dispute['id']}/close", {"outcome": outcome})
    gate.carry()

    moved = LedgerEntry.objects.filter(reference=dispute["id"])
    (taken,) = moved.filter(kind="DISPUTED")
    assert taken.amount == TOTAL
    assert moved.filter(kind="DISPUTE_WON", amount=TOTAL).exists() is (outcome == "won")
    assert reasons(forgotten) == ({"DISPUTE_LOST"} if outcome == "lost" else set())
    told = ProviderEvent.objects.filter(kind__startswith="charge.dispute")
    assert told.count() >= 3
    assert not told.filter(processed_at=None).exists()
    assert {row.payload["data"]["object"]["id"] for row in told} == {dispute["id"]}
    assert named() == []
    assert audit(project=forgotten.number) == []


@pytest.mark.parametrize("kind", ["charge.refunded", "charge.updated", "review.opened"])
def test_a_late_report_that_starts_nothing_names_nobody_either(
    forgotten: BespokeProject, kind: str
) -> None:
    report = reported(kind, forgotten)
    tasks.provider_events_process.run()
    report.refresh_from_db()
    assert report.processed_at is not None
    assert report.payload["erased"] is True
    assert named() == []
    assert audit(project=forgotten.number) == []


def test_the_report_of_another_customer_stays_whole(delivered_project: BespokeProject) -> None:
    report = reported("charge.updated", delivered_project)
    tasks.provider_events_process.run()
    assert reports_forget() == 0
    report.refresh_from_db()
    assert "erased" not in report.payload
    assert named() == [report.event_id]


def test_a_late_report_waits_whole_until_it_is_processed(
    forgotten: BespokeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried with all that it says, and when the last try failed nothing is kept of it."""

    def failing(*_: Any) -> bool:
        raise LookupError(f"No such thing as {NAME}.")

    monkeypatch.setitem(provider_flow.PROCESSORS, "charge.dispute.created", failing)
    report = reported("charge.dispute.created", forgotten)
    whole = report.payload
    for tries in range(1, provider_flow.ATTEMPTS_MAX + 1):
        report.refresh_from_db()
        assert report.payload == whole
        ProviderEvent.objects.update(due_at=None)
        tasks.provider_events_process.run()
        report.refresh_from_db()
        assert report.failures == tries
    assert reasons(forgotten) == {"PROVIDER_EVENT_FAILED"}
    assert named() == []


def test_what_another_name_of_the_commission_hid_goes_with_the_daily_sweep(
    forgotten: BespokeProject,
) -> None:
    """A report that tells of the sum deep inside, which processing does not look at."""
    sum_of = str(forgotten.payables.get().pk)
    report = reported(
        "invoice.paid", forgotten, payment_intent="pi_of_nobody", of=[{"sum": sum_of}]
    )
    tasks.provider_events_process.run()
    assert named() == [report.event_id]
    tasks.orphans_remove.run()
    assert named() == []
    assert reports_forget() == 0


def test_the_audit_names_a_report_that_was_kept(forgotten: BespokeProject) -> None:
    report = reported("charge.updated", forgotten)
    ProviderEvent.objects.update(processed_at=clock.now())
    with transaction.atomic():
        (violation,) = audit(project=forgotten.number)
    assert violation.rule.startswith("of a customer who was erased the provider's reports")
    assert [row["event_id"] for row in violation.rows] == [report.event_id]
    assert reports_forget() == 1
    assert audit(project=forgotten.number) == []
