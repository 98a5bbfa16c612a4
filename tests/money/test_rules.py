"""What counts as paid, and what a cancellation gives back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_bespoke.conf import REFUND_LADDER
from saleor_bespoke.money.rules import Charge, Fate, Standing, fate, paid_exactly, refundable
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


# what becomes of money without an order ---------------------------------------------------------

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOTHING = Standing(
    charges=(),
    total=Decimal(100),
    currency="USD",
    sound=True,
    ended=False,
    over=False,
    asked=False,
    waited=timedelta(0),
)


def money(charged: int = 0, *, authorized: int = 0, pending: int = 0, **facts: Any) -> Charge:
    """One transaction's part."""
    currency = facts.pop("currency", "USD")
    return Charge(currency, Decimal(charged), Decimal(authorized), Decimal(pending), **facts)


def judged(*charges: Charge, **facts: Any) -> Fate:
    """The fate of this money."""
    seen = replace(NOTHING, charges=charges, **facts)
    return fate(seen, patience=HOUR, pending_patience=DAY)


@pytest.mark.parametrize(
    ("charges", "facts", "expected"),
    [
        ((), {}, Fate.NONE),
        ((money(0),), {"asked": True}, Fate.NONE),
        # the sum
        ((money(100),), {}, Fate.ORDER),
        ((money(60), money(40)), {"asked": True}, Fate.ORDER),
        ((money(100),), {"over": True}, Fate.ORDER),
        ((money(100),), {"waited": HOUR}, Fate.BACK),
        ((money(100),), {"ended": True}, Fate.BACK),
        ((money(100),), {"sound": False, "asked": True}, Fate.WAIT),
        ((money(100),), {"sound": False, "waited": HOUR}, Fate.BACK),
        # what it can never be
        ((money(101),), {"asked": True}, Fate.BACK),
        ((money(101),), {}, Fate.WAIT),
        ((money(101),), {"waited": HOUR}, Fate.BACK),
        ((money(100), money(100)), {"asked": True}, Fate.BACK),
        ((money(100, currency="EUR"),), {"asked": True}, Fate.BACK),
        ((money(authorized=100),), {"asked": True}, Fate.BACK),
        ((money(authorized=100),), {}, Fate.WAIT),
        ((money(authorized=100),), {"ended": True}, Fate.BACK),
        # what it may become
        ((money(99),), {"asked": True}, Fate.WAIT),
        ((money(99),), {"waited": HOUR - timedelta(seconds=1)}, Fate.WAIT),
        ((money(99),), {"waited": HOUR}, Fate.BACK),
        ((money(99),), {"over": True}, Fate.BACK),
        ((money(pending=100),), {"asked": True, "waited": HOUR}, Fate.WAIT),
        ((money(pending=100),), {"over": True}, Fate.WAIT),
        ((money(pending=100),), {"waited": DAY}, Fate.BACK),
        ((money(pending=100),), {"ended": True}, Fate.NONE),
        ((money(50, pending=50),), {"ended": True}, Fate.BACK),
        # by hand
        ((money(100, by_hand=True),), {"asked": True, "waited": DAY}, Fate.STAFF),
        ((money(100, by_hand=True),), {"ended": True}, Fate.STAFF),
        ((money(100, by_hand=True, known=True),), {}, Fate.ORDER),
        ((money(100, by_hand=True, known=True),), {"waited": DAY}, Fate.ORDER),
        ((money(100, by_hand=True, known=True),), {"ended": True}, Fate.STAFF),
        ((money(100, by_hand=True, known=True),), {"sound": False}, Fate.STAFF),
        ((money(100), money(100, by_hand=True)), {"asked": True}, Fate.WAIT),
        ((money(100), money(100, by_hand=True, known=True)), {"asked": True}, Fate.BACK),
        ((money(100),), {"total": Decimal(0)}, Fate.WAIT),
    ],
)
def test_each_case_has_its_fate(
    charges: tuple[Charge, ...], facts: dict[str, Any], expected: Fate
) -> None:
    assert judged(*charges, **facts) is expected


AMOUNTS = st.integers(0, 200)
PARTS = st.builds(
    money,
    AMOUNTS,
    authorized=AMOUNTS,
    pending=AMOUNTS,
    currency=st.sampled_from(("USD", "EUR")),
    by_hand=st.booleans(),
    known=st.booleans(),
)
FACTS = st.fixed_dictionaries({name: st.booleans() for name in ("sound", "over", "asked")})


@given(st.lists(PARTS, max_size=3), FACTS, st.integers(0, 48))
def test_no_gateways_money_stands_for_ever(
    parts: list[Charge], facts: dict[str, bool], hours: int
) -> None:
    """After a day, or on an ended attempt, what a gateway holds is an order or goes back."""
    taken = any((part.charged or part.authorized) and not part.by_hand for part in parts)
    for late in ({"waited": DAY + hours * HOUR}, {"ended": True, "waited": hours * HOUR}):
        assert not taken or judged(*parts, **facts, **late) in (Fate.ORDER, Fate.BACK)


@given(st.lists(PARTS, max_size=3), FACTS, st.integers(0, 48))
def test_only_the_exact_proven_sum_becomes_an_order(
    parts: list[Charge], facts: dict[str, bool], hours: int
) -> None:
    if judged(*parts, **facts, waited=hours * HOUR) is Fate.ORDER:
        proven = [part for part in parts if part.charged]
        assert sum(part.charged for part in proven) == NOTHING.total
        assert all(part.currency == "USD" and not part.loose for part in proven)
        assert facts["sound"]
