"""A checkout is the agreed one, or the first deviation is named."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from saleor_bespoke.steps.checkout.rules import Agreed, deviation


@dataclass(frozen=True)
class Seen:
    channel: str = "us"
    currency: str = "USD"
    total: Decimal = Decimal("1250.00")
    discount: Decimal = Decimal(0)
    voucher: str = ""
    quantities: tuple[int, ...] = (1,)
    unit_prices: tuple[Decimal, ...] = (Decimal("1234.00"),)
    destination: str = "US"
    has_billing: bool = True
    has_delivery: bool = True
    metadata: dict[str, str] = field(default_factory=lambda: {"bespoke.payable": "p-1"})


AGREED = Agreed(
    payable="p-1",
    channel="us",
    currency="USD",
    price=Decimal("1234.00"),
    destination="US",
    locked_total=Decimal("1250.00"),
)


def test_the_agreed_checkout_has_no_deviation() -> None:
    assert deviation(Seen(), AGREED) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"metadata": {}}, "another offer"),
        ({"metadata": {"bespoke.payable": "p-2"}}, "another offer"),
        ({"channel": "eu"}, "channel"),
        ({"currency": "EUR"}, "currency"),
        ({"quantities": (2,)}, "exactly one piece"),
        ({"quantities": ()}, "exactly one piece"),
        ({"quantities": (1, 1)}, "exactly one piece"),
        ({"unit_prices": (Decimal("1233.99"),)}, "price"),
        ({"discount": Decimal("0.01")}, "Vouchers"),
        ({"voucher": "TEN"}, "Vouchers"),
        ({"destination": "GB"}, "delivery to US"),
        ({"destination": ""}, "delivery address is missing"),
        ({"has_billing": False}, "billing address is missing"),
        ({"has_delivery": False}, "delivery method is missing"),
        ({"total": Decimal("1250.01")}, "total has changed"),
        ({"total": Decimal("1249.99")}, "total has changed"),
    ],
)
def test_every_deviation_is_named(change: dict[str, Any], words: str) -> None:
    problem = deviation(replace(Seen(), **change), AGREED)

    assert problem is not None
    assert words in problem


def test_work_goes_anywhere_and_an_unfrozen_total_is_free() -> None:
    free = replace(AGREED, destination=None, locked_total=None)

    assert deviation(Seen(destination="GB", total=Decimal(9)), free) is None
