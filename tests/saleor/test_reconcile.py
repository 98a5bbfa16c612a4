"""Three books on a real Saleor: what disagrees is repaired or shown, and once."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests
from django.test import TestCase
from saleor.payment.models import TransactionItem

from saleor_bespoke.flows.provider_reconciling import provider_reconcile
from saleor_bespoke.money.models import LedgerEntry, Payable, Payment
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.models import BespokeProject
from tests.paying import begin, confirm, pay
from tests.saleor.shopping import TOTAL

pytestmark = pytest.mark.django_db

KEYS = {
    "api_key": "sk_test_embedded",
    "publishable_key": "pk_test_embedded",
    "webhook_secret": "whsec_embedded",
}


@pytest.fixture
def provider(settings: Any) -> Iterator[FakeStripe]:
    """A provider whose books hold only what this test writes."""
    running = FakeStripe.start(port=0, keys=KEYS)
    bespoke = deepcopy(settings.BESPOKE)
    bespoke["STRIPE"]["API_BASE"] = running.url
    settings.BESPOKE = bespoke
    yield running
    running.stop()


@pytest.fixture
def settled(provider: FakeStripe, accepted: Any) -> BespokeProject:
    """A paid commission with everything done that it owes."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        pay(provider, accepted.attempt.checkout_id)
    deliveries.drain()
    return BespokeProject.objects.get()


def found() -> list[tuple[str, bool, bool]]:
    """What a comparison finds now, with what follows its commits."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        findings = provider_reconcile(patience=timedelta(0))
    return [(row.what, row.left, row.fresh) for row in findings]


def reasons() -> set[str]:
    project = BespokeProject.objects.get()
    return set(project.attentions.filter(resolved_at=None).values_list("reason", flat=True))


def test_books_that_agree_say_nothing(settled: BespokeProject) -> None:
    assert settled.stage == "DESIGN"
    assert found() == []
    assert LedgerEntry.objects.filter(kind="FEE").count() == 1


def test_a_charge_that_was_never_reported(provider: FakeStripe, checkout_id: str) -> None:
    with TestCase.captureOnCommitCallbacks(execute=True):
        transaction, _, _ = begin(checkout_id)
    confirm(provider, transaction.psp_reference)
    assert BespokeProject.objects.get().stage == "CHECKOUT"
    assert found() == [("CHARGE_UNREPORTED", False, True), ("FEE_MISSING", False, True)]
    assert BespokeProject.objects.get().stage == "DESIGN"
    assert Payable.objects.get().charged == TOTAL
    assert found() == []


def test_a_refund_made_by_hand_at_the_provider(
    provider: FakeStripe, settled: BespokeProject
) -> None:
    reference = Payment.objects.get().provider_reference
    asked = {"payment_intent": reference, "amount": "10000"}
    url = f"{provider.url}/v1/refunds"
    assert requests.post(url, asked, auth=(KEYS["api_key"], ""), timeout=30).status_code == 200
    assert TransactionItem.objects.get().refunded_value == 0
    assert found() == [("REFUND_BY_HAND", True, True)]
    assert TransactionItem.objects.get().refunded_value == 100
    assert LedgerEntry.objects.get(kind="REFUNDED").amount == 100
    assert "REFUNDED_IN_HOST" in reasons()
    assert found() == []


def test_an_amount_that_differs_in_saleor(settled: BespokeProject) -> None:
    TransactionItem.objects.update(charged_value=Decimal(7000))
    assert found() == [("HOST_DIFFERS", True, True)]
    assert found() == [("HOST_DIFFERS", True, False)]
    assert "PROVIDER_DISAGREES" in reasons()
