"""A bank transfer that staff record in the host: exactly the sum starts the work."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.money.models import Payable
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.shop.embedded import payments
from saleor_bespoke.shop.embedded.refusals import HostRefusal
from tests.paying import complete, fill_in

pytestmark = pytest.mark.django_db

CENT = Decimal("0.01")


def transfer(checkout: Any, amount: Decimal) -> None:
    """What `transactionCreate` records."""
    payments.transaction_create(
        checkout,
        name="Bank transfer",
        reference="SEPA-1",
        actions=[],
        charged=(amount, checkout.currency),
        note=None,
    )


def test_the_exact_transfer_locks_and_starts(accepted: Any, quoted_project: BespokeProject) -> None:
    checkout = fill_in(accepted.attempt.checkout_id)
    transfer(checkout, payments.total_of(checkout))

    order = complete(accepted.attempt.checkout_id)

    payable = Payable.objects.get(pk=accepted.payable.pk)
    assert (payable.status, payable.locked_total) == ("PAID", Decimal(order.total_gross))
    assert BespokeProject.objects.get(pk=quoted_project.pk).stage == Stage.DESIGN


@pytest.mark.parametrize("off", [-CENT, CENT])
def test_a_cent_off_starts_nothing(
    accepted: Any, quoted_project: BespokeProject, off: Decimal
) -> None:
    checkout = fill_in(accepted.attempt.checkout_id)
    transfer(checkout, payments.total_of(checkout) + off)

    with pytest.raises((BespokeError, HostRefusal)):
        complete(accepted.attempt.checkout_id)

    payable = Payable.objects.get(pk=accepted.payable.pk)
    assert (payable.status, payable.order_id) == ("OPEN", None)
    assert BespokeProject.objects.get(pk=quoted_project.pk).stage == Stage.CHECKOUT
