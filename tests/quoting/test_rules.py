"""The decisions about a quote, as tables and as properties."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.money.taxes import tax_of
from saleor_bespoke.steps.quoting import rules

CENT = Decimal("0.01")
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
amounts = st.decimals(min_value=0, max_value=100_000, places=2)
rates = st.decimals(min_value=0, max_value="0.3", places=3)


def code_of(error: pytest.ExceptionInfo[BespokeError]) -> tuple[str, str | None]:
    return error.value.code.value, error.value.field


@pytest.mark.parametrize(
    ("kind", "amount", "material", "quantity", "refusal"),
    [
        ("LABOUR", "100", False, None, None),
        ("EXTRA", "0", False, None, None),
        ("MATERIAL", "0", True, "1", None),
        ("CREDIT", "-50", False, None, None),
        ("CREDIT", "50", False, None, ("INVALID", "x.amount")),
        ("CREDIT", "0", False, None, ("INVALID", "x.amount")),
        ("LABOUR", "-1", False, None, ("INVALID", "x.amount")),
        ("LABOUR", "1.005", False, None, ("INVALID", "x.amount")),
        ("LABOUR", "NaN", False, None, ("INVALID", "x.amount")),
        ("LABOUR", "1000000000", False, None, ("INVALID", "x.amount")),
        ("MATERIAL", "10", False, None, ("REQUIRED", "x.material")),
        ("LABOUR", "10", True, "1", ("REQUIRED", "x.material")),
        ("MATERIAL", "10", True, None, ("REQUIRED", "x.quantity")),
        ("LABOUR", "10", False, "1", ("REQUIRED", "x.quantity")),
        ("GIFT", "10", False, None, ("INVALID", "x.kind")),
    ],
)
def test_line_check(
    kind: str, amount: str, material: bool, quantity: str | None, refusal: tuple[str, str] | None
) -> None:
    line = rules.Line(
        kind=kind,
        amount=Decimal(amount),
        material_pk=uuid4() if material else None,
        quantity=Decimal(quantity) if quantity else None,
    )
    if refusal is None:
        rules.line_check(line, quantum=CENT, field="x")
        return
    with pytest.raises(BespokeError) as caught:
        rules.line_check(line, quantum=CENT, field="x")
    assert code_of(caught) == refusal


@given(st.lists(amounts, min_size=1, max_size=8))
def test_a_price_is_the_sum_of_its_lines(parts: list[Decimal]) -> None:
    lines = [rules.Line(kind="LABOUR", amount=a, material_pk=None, quantity=None) for a in parts]
    if not any(parts):
        with pytest.raises(BespokeError):
            rules.price_of(lines, field="x")
        return
    assert rules.price_of(lines, field="x") == sum(parts)


@given(amounts, rates)
def test_tax_contained_and_tax_added_agree(amount: Decimal, rate: Decimal) -> None:
    added = tax_of(amount, rate=rate, included=False, quantum=CENT)
    contained = tax_of(amount + added, rate=rate, included=True, quantum=CENT)
    assert abs(added - contained) <= CENT
    assert added % CENT == contained % CENT == 0
    assert 0 <= added <= amount * rate + CENT


@given(amounts, amounts, amounts, st.booleans())
def test_the_total_counts_tax_once(
    price: Decimal, shipping: Decimal, tax: Decimal, included: bool
) -> None:
    total = rules.total_of(price=price, shipping=shipping, tax=tax, tax_included=included)
    assert total - price - shipping == (0 if included else tax)


@pytest.mark.parametrize(
    ("price", "total", "code"),
    [
        ("500", "540", None),
        ("499.99", "540", "PRICE_BELOW_MINIMUM"),
        ("8960", "9000", None),
        ("8960", "9000.01", "ABOVE_BUDGET"),
    ],
)
def test_offer_check(price: str, total: str, code: str | None) -> None:
    values = {
        "price": Decimal(price),
        "total": Decimal(total),
        "minimum": Decimal(500),
        "stretch": Decimal(9000),
        "currency": "USD",
        "field": "alternatives.0",
    }
    if code is None:
        rules.offer_check(**values)
        return
    with pytest.raises(BespokeError) as caught:
        rules.offer_check(**values)
    assert code_of(caught) == (code, "alternatives.0")


@given(st.lists(st.sampled_from([Decimal(100), Decimal(250), Decimal("0.01")]), max_size=4))
def test_a_credit_counts_as_often_as_it_was_accepted(accepted: list[Decimal]) -> None:
    rules.credits_check([-value for value in accepted], accepted, field="lines")
    with pytest.raises(BespokeError) as caught:
        rules.credits_check([-value for value in accepted] + [Decimal(-100)], accepted, field="x")
    assert caught.value.code == "CREDIT_NOT_ACCEPTED"


def test_a_credit_is_exactly_the_accepted_sum() -> None:
    for amount in ("-99.99", "-100.01"):
        with pytest.raises(BespokeError):
            rules.credits_check([Decimal(amount)], [Decimal(100)], field="lines")


@pytest.mark.parametrize(
    ("quantity", "whole", "fine"),
    [
        ("1", True, True),
        ("1.5", True, False),
        ("6.125", False, True),
        ("6.1255", False, False),
        ("0", False, False),
        ("-1", True, False),
        ("NaN", False, False),
        ("Infinity", False, False),
    ],
)
def test_quantity_check(quantity: str, whole: bool, fine: bool) -> None:
    if fine:
        rules.quantity_check(Decimal(quantity), whole=whole, field="q")
        return
    with pytest.raises(BespokeError):
        rules.quantity_check(Decimal(quantity), whole=whole, field="q")


def stock(**values: object) -> rules.Stock:
    defaults = {
        "name": "Diamond",
        "active": True,
        "own_of": None,
        "currency": "USD",
        "available": Decimal(1),
        "whole": True,
        "to_be_sourced": False,
        "expected_on": None,
    }
    return rules.Stock(**(defaults | values))  # type: ignore[arg-type]


MINE = uuid4()


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({}, None),
        ({"own_of": MINE, "currency": ""}, None),
        ({"own_of": uuid4()}, "NOT_FOUND"),
        ({"active": False}, "NOT_FOUND"),
        ({"currency": "EUR"}, "CURRENCY_MISMATCH"),
    ],
)
def test_stock_offered(values: dict[str, object], code: str | None) -> None:
    if code is None:
        rules.stock_offered(stock(**values), project_pk=MINE, currency="USD", field="m")
        return
    with pytest.raises(BespokeError) as caught:
        rules.stock_offered(stock(**values), project_pk=MINE, currency="USD", field="m")
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("values", "enough"),
    [
        ({}, True),
        ({"available": Decimal(0)}, False),
        ({"to_be_sourced": True, "expected_on": date(2026, 7, 1)}, True),
        ({"to_be_sourced": True}, False),
        ({"to_be_sourced": True, "expected_on": date(2026, 7, 1), "available": Decimal(0)}, False),
    ],
)
def test_stock_enough(values: dict[str, object], enough: bool) -> None:
    if enough:
        rules.stock_enough(stock(**values), Decimal(1), field="m")
        return
    with pytest.raises(BespokeError) as caught:
        rules.stock_enough(stock(**values), Decimal(1), field="m")
    assert caught.value.code == "MATERIAL_UNAVAILABLE"


@pytest.mark.parametrize(
    ("status", "late", "agreed", "code"),
    [
        ("SENT", timedelta(0), "t1", None),
        ("SENT", timedelta(microseconds=1), "t1", "QUOTE_EXPIRED"),
        ("EXPIRED", timedelta(0), "t1", "QUOTE_EXPIRED"),
        ("SUPERSEDED", timedelta(0), "t1", "QUOTE_NOT_LIVE"),
        ("WITHDRAWN", timedelta(0), "t1", "QUOTE_NOT_LIVE"),
        ("ACCEPTED", timedelta(0), "t1", "QUOTE_NOT_LIVE"),
        ("SENT", timedelta(0), "t0", "TERMS_OUTDATED"),
    ],
)
def test_accept_check(status: str, late: timedelta, agreed: str, code: str | None) -> None:
    values = {"status": status, "valid_until": NOW, "now": NOW + late, "terms": "t1"}
    if code is None:
        rules.accept_check(**values, agreed=agreed)  # type: ignore[arg-type]
        return
    with pytest.raises(BespokeError) as caught:
        rules.accept_check(**values, agreed=agreed)  # type: ignore[arg-type]
    assert caught.value.code == code


@pytest.mark.parametrize("text", ["", "   ", "x" * 11, "a\x00b", "a\x1bb"])
def test_text_check_refuses(text: str) -> None:
    with pytest.raises(BespokeError):
        rules.text_check(text, most=10, field="t")


def test_text_check_keeps_lines_and_trims() -> None:
    assert rules.text_check(" a\r\nb ", most=10, field="t") == "a\nb"
