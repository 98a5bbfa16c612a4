"""Yen and dinars on a real Saleor, from the offer to the refund: exact to the last digit."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.test import TestCase
from saleor.order.models import Order
from saleor.payment.models import TransactionItem
from saleor.warehouse.models import Warehouse

from saleor_bespoke import conf
from saleor_bespoke.flows.cancelling import terms_of
from saleor_bespoke.flows.leaving import project_leave
from saleor_bespoke.money import gateway
from saleor_bespoke.money.balances import balances
from saleor_bespoke.money.minor_units import to_minor
from saleor_bespoke.money.models import LedgerEntry, Payment
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import Actor
from saleor_bespoke.steps.quoting.inputs import LineInput
from tests.fixtures import accept_quote, make_quoted
from tests.hosts import saleor as host
from tests.paying import begin, complete, confirm, fill_in, go_on

pytestmark = pytest.mark.django_db

#: Channel, currency, line price, and the total with 40 of shipping and 10 % of tax on both.
CASES = [
    ("jp", "JPY", "7435", "8223", 8223),  # 743.5 of tax is 744 (half up), and 4 on the shipping
    ("kw", "KWD", "700.10", "814.110", 814110),
]


@pytest.fixture
def taxed(settings: Any, shop: None) -> Iterator[None]:
    """Channels in yen and dinars, prices without their tax of a tenth."""
    bespoke = deepcopy(settings.BESPOKE)
    bespoke["CHANNELS"] |= {slug: {"tax_rate": Decimal("0.10")} for slug, *_ in CASES}
    settings.BESPOKE = bespoke
    conf.policies_forget()
    workshop = Warehouse.objects.get(slug="workshop")
    for at, (slug, currency, *_) in enumerate(CASES):
        rate = None if at else Decimal(10)
        host._channel_make(slug, workshop, currency=currency, country="US", gross=False, rate=rate)
        call_command("bespoke_setup", "--channel", slug, verbosity=0)
    yield
    conf.policies_forget()


@pytest.mark.parametrize(("slug", "currency", "price", "total", "minor"), CASES)
def test_a_commission_from_offer_to_refund(
    provider: FakeStripe,
    taxed: None,
    customer: Actor,
    staff: Actor,
    slug: str,
    currency: str,
    price: str,
    total: str,
    minor: int,
) -> None:
    lines = (LineInput(kind="LABOUR", description="All of it", amount=Decimal(price)),)
    project = make_quoted(
        customer,
        staff,
        channel=slug,
        destination="US",
        budget_stretch=Decimal(20000),
        lines=lines,
    )
    checkout_id = accept_quote(project, customer).attempt.checkout_id
    fill_in(checkout_id)
    with TestCase.captureOnCommitCallbacks(execute=True):
        item, event, _ = begin(checkout_id)
        assert event["type"] == "CHARGE_ACTION_REQUIRED", event
        confirm(provider, item.psp_reference)
        go_on(item)
        complete(checkout_id)
    project.refresh_from_db()
    assert project.stage == "DESIGN"
    order, payment = Order.objects.get(), Payment.objects.get()
    assert (order.total_gross_amount, order.currency) == (Decimal(total), currency)
    assert gateway.payment_read(str(payment.provider_reference)).amount_received == minor
    refund = terms_of(project, project.payables.all()).refund
    with TestCase.captureOnCommitCallbacks(execute=True):
        project_leave(
            actor=customer, project_pk=project.pk, reason="CUSTOMER_WISH", expected_refund=refund
        )
    with TestCase.captureOnCommitCallbacks(execute=True):
        deliveries.drain()
    (balance,) = balances(LedgerEntry.objects.all())
    assert (balance.charged, balance.refunded) == (Decimal(total), refund)
    item = TransactionItem.objects.get()
    assert (item.refunded_value, item.charged_value) == (refund, Decimal(total) - refund)
    assert to_minor(refund, currency) % (10 if currency == "KWD" else 1) == 0
