"""What counts as paid, and what a cancellation gives back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_bespoke.conf import REFUND_LADDER
from saleor_bespoke.money.rules import Charge, paid_exactly, refundable
from saleor_bespoke.project.stages import MOVES, Stage

CENT = Decimal("0.01")
ZERO = Decimal(0)
TOTAL = Decimal("1250.00")


def charge(charged: str, currency: str = "USD", **others: str) -> Charge:
    return Charge(
        currency,
        Decimal(charged),
        Decimal(others.get("authorized", "0")),
        Decimal(others.get("pending", "0")),
    )


@pytest.mark.parametrize(
    ("charges", "paid"),
    [
        ((charge("1250.00"),), True),
        ((charge("1000.00"), charge("250.00")), True),
        ((), False),
        ((charge("1249.99"),), False),
        ((charge("1250.01"),), False),
        ((charge("0", authorized="1250.00"),), False),
        ((charge("0", pending="1250.00"),), False),
        ((charge("1250.00", "EUR"),), False),
        ((charge("1250.00"), charge("0", "EUR")), True),
        ((charge("1250.00"), charge("1.00", "EUR")), False),
    ],
)
def test_only_the_exact_charge_is_paid(charges: tuple[Charge, ...], paid: bool) -> None:
    assert paid_exactly(charges, TOTAL, "USD") is paid


@given(captured=st.decimals(min_value=0, max_value=10**6, places=2), stage=st.sampled_from(Stage))
def test_what_goes_back_is_never_more_than_what_came(captured: Decimal, stage: Stage) -> None:
    assert ZERO <= refundable(stage, captured, ZERO, REFUND_LADDER, CENT) <= captured


@given(
    captured=st.decimals(min_value=0, max_value=10**6, places=2),
    share=st.decimals(min_value=0, max_value=1, places=4),
)
def test_given_back_counts_towards_what_is_due(captured: Decimal, share: Decimal) -> None:
    given_back = (captured * share).quantize(CENT)
    due = refundable(Stage.DESIGN, captured, given_back, REFUND_LADDER, CENT)

    assert ZERO <= due <= max(ZERO, captured - given_back)


def test_what_is_refundable_never_grows_as_stages_pass() -> None:
    forward = [
        (source, target)
        for source, targets in MOVES.items()
        for target in targets
        if list(Stage).index(target) > list(Stage).index(source) and target != Stage.CANCELLED
    ]
    amounts = {stage: refundable(stage, TOTAL, ZERO, REFUND_LADDER, CENT) for stage in Stage}

    assert len(forward) == 9
    assert all(
        amounts[target] <= amounts[source]
        for source, target in forward
        if source not in (Stage.INTAKE, Stage.QUOTED)  # nothing is paid there
    )


def test_a_fraction_of_a_cent_stays_with_the_shop() -> None:
    assert refundable("DESIGN", Decimal("10.05"), ZERO, {"DESIGN": Decimal("0.9")}, CENT) == (
        Decimal("9.04")
    )
