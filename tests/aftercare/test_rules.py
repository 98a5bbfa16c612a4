"""Returns by stage, sizes by who measured, days and remedies: decided without a database."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_bespoke.craft.ring_sizes import SizeSource
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.steps.aftercare import rules

STAGES = ("INTAKE", "QUOTED", "CHECKOUT", "DESIGN", "PRODUCTION", "QUALITY", "SHIPPING")
TOLERANCE = Decimal("0.30")


def answer(stage: str, *, approved: bool, faulty: bool = False, destination: str = "US") -> Any:
    return rules.return_answer(
        stage=stage, approved=approved, faulty=faulty, destination=destination
    )


@pytest.mark.parametrize("stage", ["INTAKE", "QUOTED", "CHECKOUT"])
def test_what_was_not_bought_is_not_returned(stage: str) -> None:
    found = answer(stage, approved=False)
    assert (found.possible, found.reason) == (True, "NOTHING_BOUGHT")


def test_before_approval_cancelling_is_offered() -> None:
    found = answer("DESIGN", approved=False)
    assert (found.possible, found.reason, found.legal_basis) == (True, "CANCEL_INSTEAD", "")


@pytest.mark.parametrize(
    "stage", ["DESIGN", "PRODUCTION", "QUALITY", "SHIPPING", "AFTERCARE", "CLOSED"]
)
def test_after_approval_the_piece_is_personalised(stage: str) -> None:
    found = answer(stage, approved=True)
    assert (found.possible, found.reason) == (False, "PERSONALISED")
    assert found.legal_basis


@pytest.mark.parametrize("stage", ["AFTERCARE", "CLOSED"])
def test_a_faulty_piece_is_claimed(stage: str) -> None:
    found = answer(stage, approved=True, faulty=True)
    assert (found.possible, found.reason) == (False, "CLAIM_INSTEAD")


def test_a_fault_is_no_reason_before_delivery() -> None:
    assert answer("PRODUCTION", approved=True, faulty=True).reason == "PERSONALISED"


@pytest.mark.parametrize(
    ("destination", "law"),
    [
        ("DE", "Directive 2011/83/EU, Article 16(c)"),
        ("FR", "Directive 2011/83/EU, Article 16(c)"),
        ("GB", "regulation 28(1)(b)"),
        ("US", "terms accepted with the quote"),
        ("CH", "terms accepted with the quote"),
    ],
)
def test_the_law_depends_on_the_destination(destination: str, law: str) -> None:
    assert law in answer("AFTERCARE", approved=True, destination=destination).legal_basis


sizes = st.integers(3650, 7800).map(lambda value: Decimal(value) / 100)


@given(ordered=sizes, measured=st.none() | sizes, source=st.sampled_from(SizeSource))
def test_who_answers_for_a_size(
    ordered: Decimal, measured: Decimal | None, source: SizeSource
) -> None:
    liable = rules.size_liable(
        source=source, ordered_mm=ordered, measured_mm=measured, tolerance_mm=TOLERANCE
    )
    wrong = measured is not None and abs(measured - ordered) > TOLERANCE
    studio = source is SizeSource.MEASURED_BY_STUDIO
    assert liable == ("STUDIO" if studio or wrong else "CUSTOMER")


@pytest.mark.parametrize("label", ["", "99", "six", "6.1", "6\x00", "x" * 300])
def test_a_label_that_is_no_size(label: str) -> None:
    with pytest.raises(BespokeError) as caught:
        rules.ring_size("us", label)
    assert (caught.value.code, caught.value.field) == ("INVALID", "label")


@pytest.mark.parametrize("value", ["0", "-1", "100.001", "NaN", "Infinity"])
def test_no_ring_measures_that(value: str) -> None:
    with pytest.raises(BespokeError, match="100 mm"):
        rules.size_check(Decimal(value), "measuredSizeMm")


@pytest.mark.parametrize("value", ["0", "-5", "1.005", "NaN", "Infinity", "1E+20"])
def test_no_sum_is_that(value: str) -> None:
    with pytest.raises(BespokeError) as caught:
        rules.amount_check(Decimal(value), quantum=Decimal("0.01"), field="amount")
    assert (caught.value.code, caught.value.field) == ("INVALID", "amount")


@pytest.mark.parametrize(
    ("kind", "count", "code"),
    [
        ("QUALITY", 0, "REQUIRED"),
        ("QUALITY", 1, None),
        ("QUALITY", 5, None),
        ("QUALITY", 6, "FILE_LIMIT_REACHED"),
        ("SIZE", 0, None),
        ("SIZE", 6, "FILE_LIMIT_REACHED"),
    ],
)
def test_evidence(kind: str, count: int, code: str | None) -> None:
    if code is None:
        rules.files_check(kind, count)
        return
    with pytest.raises(BespokeError) as caught:
        rules.files_check(kind, count)
    assert (caught.value.code, caught.value.field) == (code, "files")


@given(st.integers(-800, 800))
def test_care_is_booked_from_today_to_a_year_ahead(days: int) -> None:
    today = date(2027, 3, 14)
    wished = today + timedelta(days=days)
    if 0 <= days <= 366:
        rules.care_day_check(wished, today=today)
        return
    with pytest.raises(BespokeError) as caught:
        rules.care_day_check(wished, today=today)
    assert caught.value.field == "wishedFor"


@pytest.mark.parametrize(
    ("accepted", "remedy", "amount", "field"),
    [
        (True, "REPAIR", None, None),
        (True, "REFUND", Decimal(1), None),
        (False, "", None, None),
        (True, "", None, "remedy"),
        (True, "APOLOGY", None, "remedy"),
        (True, "REFUND", None, "refundAmount"),
        (True, "REPAIR", Decimal(1), "refundAmount"),
        (False, "REPAIR", None, "remedy"),
        (False, "", Decimal(1), "remedy"),
    ],
)
def test_a_remedy(accepted: bool, remedy: str, amount: Decimal | None, field: str | None) -> None:
    if field is None:
        rules.remedy_check(accepted=accepted, remedy=remedy, amount=amount)
        return
    with pytest.raises(BespokeError) as caught:
        rules.remedy_check(accepted=accepted, remedy=remedy, amount=amount)
    assert caught.value.field == field
