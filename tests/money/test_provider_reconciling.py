"""The provider's books, the host's and ours: what disagrees is repaired or shown, and once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
import requests
from django.core.management import CommandError, call_command
from django.db import connection

from saleor_bespoke import clock, tasks
from saleor_bespoke.flows.cancelling import project_cancel, terms_of
from saleor_bespoke.flows.provider_reconciling import provider_reconcile
from saleor_bespoke.flows.reconciling_findings import REASON, Finding
from saleor_bespoke.money.models import LedgerEntry, Payable, Payment, Refund
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import attention, deliveries
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.embedded.models import TransactionItem
from saleor_bespoke.shop.port import GATEWAY
from tests.contracts.rich import triggers_off
from tests.paying import begin, confirm, fill_in
from tests.support import nothing_changes

pytestmark = pytest.mark.django_db

TOTAL = Decimal("7480.00")


@pytest.fixture
def provider(settings: Any) -> Iterator[FakeStripe]:
    """A provider whose books hold only what this test writes."""
    keys = {
        "api_key": "sk_test_embedded",
        "publishable_key": "pk_test_embedded",
        "webhook_secret": "whsec_embedded",
    }
    running = FakeStripe.start(port=0, keys=keys)
    bespoke = deepcopy(settings.BESPOKE)
    bespoke["STRIPE"]["API_BASE"] = running.url
    settings.BESPOKE = bespoke
    yield running
    running.stop()


@pytest.fixture
def settled(paid_project: BespokeProject) -> BespokeProject:
    """A paid commission with everything done that it owes."""
    deliveries.drain()
    return paid_project


@pytest.fixture
def unheard(provider: FakeStripe, accepted: Any) -> Payment:
    """A customer whose browser died after the charge, and whose report was lost."""
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    transaction, _, _ = begin(checkout_id)
    confirm(provider, transaction.psp_reference)
    return Payment.objects.get()


def post(provider: FakeStripe, path: str, **values: Any) -> Any:
    """Somebody else's call at the provider: its dashboard, or another program of the shop's."""
    answer = requests.post(
        f"{provider.url}/v1/{path}", values, auth=(provider.api_key, ""), timeout=30
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def charge(provider: FakeStripe, **values: Any) -> Any:
    """A charge that nobody here asked for."""
    asked = {"amount": 5000, "currency": "usd", "confirm": "true"}
    return post(provider, "payment_intents", **asked, payment_method="pm_card_visa", **values)


def compared(**options: Any) -> list[Finding]:
    """The comparison, without patience for reports on their way."""
    return provider_reconcile(patience=timedelta(0), **options)


def names(findings: list[Finding]) -> list[str]:
    return sorted(finding.what for finding in findings)


def stays(what: Callable[[], Any]) -> None:
    """The control: what the host may tell us changes nothing about it."""
    before = what()
    deliveries.drain()
    tasks.reconcile.run()
    assert what() == before


def once(*expected: str) -> list[Finding]:
    """It is seen by who only looks, then done, and nothing new is found afterwards."""
    with nothing_changes():
        assert names(compared(dry_run=True)) == sorted(expected)
    found = compared()
    assert names(found) == sorted(expected)
    with nothing_changes():
        again = compared()
    assert [finding for finding in again if finding.fresh] == []
    assert all(finding.left for finding in again)
    return found


def shown(project: BespokeProject) -> list[str]:
    open_ones = project.attentions.filter(resolved_at=None)
    return sorted(open_ones.values_list("reason", flat=True))


def test_books_that_agree_say_nothing(settled: BespokeProject) -> None:
    with nothing_changes():
        assert compared() == []


# what a lost report explains ---------------------------------------------------------------------


def test_a_charge_that_was_never_reported(unheard: Payment) -> None:
    project = unheard.attempt.payable.project
    stays(lambda: BespokeProject.objects.get(pk=project.pk).stage)
    found = compared()
    assert names(found) == ["CHARGE_UNREPORTED", "FEE_MISSING"]
    assert not any(finding.left for finding in found)
    assert BespokeProject.objects.get(pk=project.pk).stage == "DESIGN"
    assert Payable.objects.get().charged == TOTAL
    deliveries.drain()
    assert compared() == []


def test_a_charge_whose_id_never_reached_us(unheard: Payment) -> None:
    Payment.objects.update(provider_reference=None)
    project = unheard.attempt.payable.project
    stays(lambda: Payment.objects.get().provider_reference)
    assert "CHARGE_UNREPORTED" in names(compared())
    assert Payment.objects.get().provider_reference == unheard.provider_reference
    assert BespokeProject.objects.get(pk=project.pk).stage == "DESIGN"


def test_a_payment_that_was_cancelled_at_the_provider(provider: FakeStripe, accepted: Any) -> None:
    fill_in(accepted.attempt.checkout_id)
    transaction, _, _ = begin(accepted.attempt.checkout_id)
    post(provider, f"payment_intents/{transaction.psp_reference}/cancel")
    stays(lambda: Payment.objects.get().status)
    once("CANCELLATION_UNREPORTED")
    assert Payment.objects.get().status == "CANCELLED"


def _cancelled(project: BespokeProject, customer: Actor) -> Refund:
    refund = terms_of(project, project.payables.all()).refund
    project_cancel(
        actor=customer, project_pk=project.pk, reason="CUSTOMER_WISH", expected_refund=refund
    )
    deliveries.drain()
    return Refund.objects.get()


def test_a_refund_that_was_settled_unheard(
    provider: FakeStripe, settled: BespokeProject, customer: Actor
) -> None:
    provider.control("settings", {"refund_status": "pending"})
    refund = _cancelled(settled, customer)
    assert refund.status == "PENDING"
    provider.control(f"refunds/{refund.provider_reference}/succeed")
    stays(lambda: Refund.objects.get().status)
    (found,) = once("REFUND_UNREPORTED")
    assert not found.left
    assert Refund.objects.get().status == "SUCCEEDED"
    assert LedgerEntry.objects.get(kind="REFUNDED").amount == refund.amount
    assert TransactionItem.objects.get().refunded == refund.amount


def test_a_refund_that_failed_unheard(
    provider: FakeStripe, settled: BespokeProject, customer: Actor
) -> None:
    refund = _cancelled(settled, customer)
    assert refund.status == "SUCCEEDED"
    provider.control(f"refunds/{refund.provider_reference}/fail", {"reason": "lost_or_stolen_card"})
    stays(lambda: Refund.objects.get().status)
    (found,) = once("REFUND_UNREPORTED")
    assert found.left
    assert Refund.objects.get().status == "FAILED"
    assert LedgerEntry.objects.get(kind="REFUND_FAILED").amount == refund.amount
    assert "REFUND_FAILED" in shown(settled)


def test_a_fee_that_nobody_wrote_down(paid_project: BespokeProject) -> None:
    assert not LedgerEntry.objects.filter(kind="FEE").exists()
    (found,) = once("FEE_MISSING")
    assert not found.left
    assert LedgerEntry.objects.get(kind="FEE").amount == Decimal("217.22")  # 2.9 % and 30 cents


def test_a_dispute_that_was_opened_unheard(provider: FakeStripe, settled: BespokeProject) -> None:
    intent = Payment.objects.get().provider_reference
    (taken,) = requests.get(
        f"{provider.url}/v1/charges?payment_intent={intent}",
        auth=(provider.api_key, ""),
        timeout=30,
    ).json()["data"]
    provider.control(f"charges/{taken['id']}/dispute")
    stays(lambda: shown(settled))
    (found,) = compared()
    assert (found.what, found.left) == ("DISPUTE_UNREPORTED", True)
    assert shown(settled) == ["CHARGE_DISPUTED"]
    assert LedgerEntry.objects.get(kind="DISPUTED").amount == TOTAL
    assert compared() == []


# what people must look at ------------------------------------------------------------------------


def test_a_refund_made_by_hand_at_the_provider(
    provider: FakeStripe, settled: BespokeProject
) -> None:
    reference = Payment.objects.get().provider_reference
    post(provider, "refunds", payment_intent=reference, amount=10_000)
    stays(lambda: TransactionItem.objects.get().refunded)
    (found,) = once("REFUND_BY_HAND")
    assert found.left
    assert TransactionItem.objects.get().refunded == 100
    assert LedgerEntry.objects.get(kind="REFUNDED").amount == 100
    assert shown(settled) == ["REFUNDED_IN_HOST"]


def test_a_charge_that_names_us_and_is_unknown(
    provider: FakeStripe, settled: BespokeProject
) -> None:
    payable = settled.payables.get()
    charge(provider, **{"metadata[payable]": str(payable.pk)})
    charge(provider, **{"metadata[payable]": str(uuid4())})
    charge(provider, **{"metadata[order]": "of another program"})
    found = compared()
    assert names(found) == ["CHARGE_UNKNOWN", "CHARGE_UNKNOWN"]
    assert sorted(finding.project for finding in found) == ["", settled.number]
    assert shown(settled) == [REASON]
    payable.refresh_from_db()
    assert payable.charged == TOTAL


def test_an_amount_that_differs_in_the_ledger(settled: BespokeProject) -> None:
    with triggers_off():
        LedgerEntry.objects.filter(kind="CHARGED").update(amount=7000)
    (found,) = once("AMOUNT_DIFFERS")
    assert found.done.startswith("The provider charged 7480.00 USD by pi_")
    assert "the ledger says 7000.00 USD" in settled.attentions.get().detail


@pytest.mark.parametrize("counted", [Decimal(7000), Decimal(8000)])
def test_an_amount_that_differs_in_the_host(settled: BespokeProject, counted: Decimal) -> None:
    TransactionItem.objects.update(charged=counted)
    once("HOST_DIFFERS")
    assert shown(settled) == [REASON]


def test_money_in_the_host_that_no_payment_explains(settled: BespokeProject) -> None:
    order_id = settled.payables.get().order_id
    TransactionItem.objects.create(
        order_id=order_id, gateway=GATEWAY, psp_reference="pi_x", currency="USD", charged=5
    )
    once("NOT_AT_PROVIDER")
    assert "5.00 USD as pi_x" in settled.attentions.get(reason=REASON).detail


def test_a_charge_that_the_provider_does_not_know(settled: BespokeProject) -> None:
    reference = Payment.objects.get().provider_reference
    Payment.objects.update(provider_reference="pi_gone")
    found = compared()
    told = {(finding.what, finding.subject) for finding in found}
    assert ("NOT_AT_PROVIDER", "pi_gone") in told
    assert ("CHARGE_UNKNOWN", reference) in told
    assert all(finding.left for finding in found)


def test_what_staff_have_settled_is_not_found_again(settled: BespokeProject, staff: Actor) -> None:
    TransactionItem.objects.update(charged=7000)
    assert len(compared()) == 1
    assert [finding.fresh for finding in compared()] == [False]
    settled.refresh_from_db()
    attention.resolve(settled, REASON, "The bookkeeper knows.", actor=staff)
    assert compared() == []


# the window, the pages and the command -----------------------------------------------------------


def test_what_is_older_or_newer_than_the_window_is_left_alone(unheard: Payment) -> None:
    with nothing_changes():
        assert provider_reconcile(patience=timedelta(minutes=10)) == []
        clock.use_offset(lambda: timedelta(days=2))
        try:
            assert provider_reconcile(days=1) == []
        finally:
            clock.use_offset(timedelta)


def test_it_reads_every_page(provider: FakeStripe, unheard: Payment) -> None:
    for _ in range(230):
        post(provider, "payment_intents", amount=5000, currency="usd")
    assert "CHARGE_UNREPORTED" in names(compared())


def test_the_command_says_each_finding_in_a_line(unheard: Payment) -> None:
    told = StringIO()
    call_command("bespoke_reconcile", "--patience", "0", stdout=told)
    lines = told.getvalue().splitlines()
    number, reference = unheard.attempt.payable.project.number, unheard.provider_reference
    assert lines[0] == (
        f"{number} CHARGE_UNREPORTED {reference}: 7480.00 USD were charged; it is as if it had "
        "been reported."
    )
    assert len(lines) == 2


def test_the_command_fails_while_something_is_left(settled: BespokeProject) -> None:
    TransactionItem.objects.update(charged=7000)
    for fresh in (True, False):
        told = StringIO()
        with pytest.raises(CommandError, match="1 of 1 findings are left") as failed:
            call_command("bespoke_reconcile", "--json", "--patience", "0", stdout=told)
        assert failed.value.returncode == 1
        (found,) = json.loads(told.getvalue())
        assert (found["what"], found["left"], found["fresh"]) == ("HOST_DIFFERS", True, fresh)


def test_a_provider_that_does_not_answer_is_no_agreement(
    provider: FakeStripe, settled: BespokeProject
) -> None:
    provider.control("faults", {"kind": "server_error", "times": 50})
    with pytest.raises(CommandError) as failed:
        call_command("bespoke_reconcile")
    assert failed.value.returncode == 2


def test_the_daily_task_counts_what_is_new(settled: BespokeProject) -> None:
    TransactionItem.objects.update(charged=7000)
    with connection.cursor() as cursor:  # a charge of an hour ago is older than the task's patience
        cursor.execute("UPDATE saleor_bespoke_payment SET created_at = now() - interval '1 hour'")
    assert tasks.provider_reconcile.run() == 1
    assert tasks.provider_reconcile.run() == 0
