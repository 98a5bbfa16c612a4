"""Expiry, payment, leaving, withdrawal and acceptance at the same moment have one outcome."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from saleor_bespoke import tasks
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.flows import expiry
from saleor_bespoke.flows.acceptance import payable_checkout_open
from saleor_bespoke.flows.leaving import project_leave
from saleor_bespoke.flows.quote_withdrawal import quote_withdraw
from saleor_bespoke.money import gateway
from saleor_bespoke.money.models import Attempt, Payable, Payment, Refund
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import deliveries, journal
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.shop.embedded import checkouts
from saleor_bespoke.shop.embedded.models import Checkout, Order, TransactionItem
from saleor_bespoke.shop.embedded.refusals import HostRefusal
from saleor_bespoke.shop.port import tell
from tests.fixtures import accept_quote, make_shop
from tests.paying import begin, complete, confirm, fill_in, go_on, pay
from tests.support import race

pytestmark = pytest.mark.django_db(transaction=True)

EXPECTED = (BespokeError, HostRefusal)


def sound(results: list[Any]) -> None:
    """Whoever lost was refused with a reason; nobody met a deadlock or a constraint."""
    odd = [
        item for item in results if isinstance(item, Exception) and not isinstance(item, EXPECTED)
    ]
    assert odd == []


def accounted(project_pk: Any) -> str:
    """Every charge is either what the work is paid with or wholly given back: the stage."""
    project = BespokeProject.objects.get(pk=project_pk)
    assert journal.chain_breaks(project) == []
    payable = Payable.objects.get(project=project)
    kept = sum((item.charged for item in TransactionItem.objects.all()), Decimal(0))
    held = project.holdings.filter(state="HELD").count()
    locked = project.holdings.filter(state="LOCKED").count()
    if project.stage == Stage.DESIGN:
        assert payable.status == "PAID"
        assert kept == payable.charged
        assert (held, locked) == (0, 2)
    else:
        assert kept == 0
        assert locked == 0
        assert payable.charged == payable.refund_committed
    return str(project.stage)


def leave(project: BespokeProject, customer: Actor) -> Any:
    """The customer leaves for nothing."""
    return project_leave(
        actor=customer,
        project_pk=project.pk,
        reason="CUSTOMER_WISH",
        expected_refund=Decimal(0),
    )


def test_leaving_while_the_order_is_made(
    provider: FakeStripe, accepted: Any, customer: Actor, quoted_project: BespokeProject
) -> None:
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    transaction, _, _ = begin(checkout_id)
    confirm(provider, transaction.psp_reference)
    go_on(transaction)

    results = race(
        lambda: complete(checkout_id),
        lambda: leave(quoted_project, customer),
        lambda: payable_checkout_open(actor=customer, payable_pk=accepted.payable.pk),
    )

    sound(results)
    deliveries.drain()
    assert accounted(quoted_project.pk) == Stage.DESIGN


def test_leaving_while_the_payment_begins(
    provider: FakeStripe, accepted: Any, customer: Actor, quoted_project: BespokeProject
) -> None:
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)

    results = race(lambda: begin(checkout_id), lambda: leave(quoted_project, customer))

    sound(results)
    quoted_project.refresh_from_db()
    payment = Payment.objects.first()
    if quoted_project.stage == Stage.CANCELLED:
        assert payment is None or payment.status == "CANCELLED"
        assert not Checkout.objects.exists()
    elif payment is not None and payment.provider_reference:
        assert gateway.payment_read(payment.provider_reference).status != "canceled"


def test_the_last_minute(
    provider: FakeStripe, accepted: Any, staff: Actor, quoted_project: BespokeProject
) -> None:
    """The customer confirms while the offer ends and staff take it back."""
    checkout_id = accepted.attempt.checkout_id
    fill_in(checkout_id)
    transaction, _, _ = begin(checkout_id)

    def customer_pays() -> Any:
        confirm(provider, transaction.psp_reference)
        go_on(transaction)
        return complete(checkout_id)

    with time_machine.travel(accepted.payable.valid_until + timedelta(seconds=1)):
        results = race(
            customer_pays,
            tasks.expiries,
            lambda: quote_withdraw(
                actor=staff, quote_pk=accepted.payable.subject_pk, reason="The stone is sold."
            ),
        )
        sound(results)
        for _ in range(2):
            tasks.expiries()
        deliveries.drain()
    accounted(quoted_project.pk)
    assert Order.objects.count() == (
        gateway.payment_read(transaction.psp_reference).amount_received > 0
    )


def test_many_checkouts_are_one(
    accepted: Any, customer: Actor, quoted_project: BespokeProject
) -> None:
    checkouts.checkout_drop(accepted.attempt.checkout_id)
    tell("checkout_gone", checkout_id=accepted.attempt.checkout_id)

    results = race(
        *[
            lambda: payable_checkout_open(actor=customer, payable_pk=accepted.payable.pk)
            for _ in range(6)
        ]
    )

    sound(results)
    assert Checkout.objects.count() == 1
    assert Attempt.objects.filter(state="LIVE").count() == 1


def test_accepted_twice_at_once_it_is_accepted_once(
    customer: Actor, quoted_project: BespokeProject
) -> None:
    make_shop()
    results = race(*[lambda: accept_quote(quoted_project, customer) for _ in range(4)])
    assert Payable.objects.count() == 1
    assert Checkout.objects.count() == 1
    assert sum(not isinstance(item, Exception) for item in results) == 1


def test_cancelled_by_both_sides_it_is_refunded_once(
    provider: FakeStripe,
    accepted: Any,
    customer: Actor,
    staff: Actor,
    quoted_project: BespokeProject,
) -> None:
    order = pay(provider, accepted.attempt.checkout_id)
    whole = Decimal(order.total_gross)
    deliveries.drain()

    def cancel(actor: Actor, reason: str, refund: Decimal) -> Any:
        return project_leave(
            actor=actor, project_pk=quoted_project.pk, reason=reason, expected_refund=refund
        )

    results = race(
        lambda: cancel(customer, "CUSTOMER_WISH", (whole * 9 / 10).quantize(Decimal("0.01"))),
        lambda: cancel(staff, "UNABLE_TO_DELIVER", whole),
        lambda: cancel(staff, "UNABLE_TO_DELIVER", whole),
    )

    sound(results)
    assert Refund.objects.count() == 1
    race(deliveries.drain, deliveries.drain, deliveries.drain)
    (item,) = TransactionItem.objects.all()
    assert item.refunded == Refund.objects.get().amount
    assert Refund.objects.get().status == "SUCCEEDED"


def test_sweeps_beside_one_another(
    provider: FakeStripe, accepted: Any, quoted_project: BespokeProject
) -> None:
    fill_in(accepted.attempt.checkout_id)
    begin(accepted.attempt.checkout_id)
    with time_machine.travel(accepted.payable.valid_until + timedelta(days=1)):
        results = race(tasks.expiries, tasks.expiries, expiry.payables_expire)
        tasks.expiries()
    sound(results)
    assert accounted(quoted_project.pk) == Stage.INTAKE
    assert quoted_project.events.filter(kind="QuoteExpired").count() == 1
