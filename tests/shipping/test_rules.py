"""What a parcel must say, decided without a database."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.steps.shipping import rules
from tests.delivering import PACKING

CENT = Decimal("0.01")


def refused(code: str, field: str, function: Any, *args: Any, **values: Any) -> None:
    with pytest.raises(BespokeError) as caught:
        function(*args, **values)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_the_checklist_is_kept_in_its_order() -> None:
    wanted = ("box", "ribbon", "bag")
    assert rules.checklist_check(("bag", "box", "ribbon"), wanted) == ["box", "ribbon", "bag"]


@pytest.mark.parametrize("missing", ["box", "ribbon", "bag"])
def test_each_missing_item_refuses(missing: str) -> None:
    ticked = {"box", "ribbon", "bag"} - {missing}
    with pytest.raises(BespokeError) as caught:
        rules.checklist_check(ticked, ("box", "ribbon", "bag"))
    assert caught.value.code == "PACKING_INCOMPLETE"
    assert missing in caught.value.message


def test_an_item_nobody_asked_for_is_refused() -> None:
    refused("INVALID", "packing", rules.checklist_check, ("box", "brick"), ("box",))


@pytest.mark.parametrize(
    ("duties", "incoterm", "payer"),
    [("INCLUDED", "DDP", "SHOP"), ("UNPAID", "DAP", "CUSTOMER"), ("NONE", "", "")],
)
def test_the_incoterm_says_what_the_quote_said(duties: str, incoterm: str, payer: str) -> None:
    packing = replace(PACKING, incoterm=incoterm)
    customs = rules.customs_check(packing, duties=duties, hs_code="7113", origin="US")
    assert (customs.incoterm, customs.duties_payer) == (incoterm, payer)
    assert (customs.hs_code, customs.origin_country) == ("7113", "US")


@pytest.mark.parametrize(
    ("duties", "incoterm"),
    [("INCLUDED", "DAP"), ("INCLUDED", ""), ("UNPAID", "DDP"), ("UNPAID", ""), ("NONE", "DAP")],
)
def test_another_incoterm_than_the_quote_promised_is_refused(duties: str, incoterm: str) -> None:
    packing = replace(PACKING, incoterm=incoterm)
    refused(
        "CUSTOMS_INCONSISTENT",
        "incoterm",
        rules.customs_check,
        packing,
        duties=duties,
        hs_code="7113",
        origin="US",
    )


@pytest.mark.parametrize("code", ["711", "71131", "7113.19.1a", "x" * 12, "71131900000"])
def test_a_tariff_code_has_pairs_of_digits(code: str) -> None:
    packing = replace(PACKING, hs_code=code)
    refused(
        "INVALID", "hsCode", rules.customs_check, packing, duties="NONE", hs_code="", origin="US"
    )


def test_a_tariff_code_is_kept_without_points() -> None:
    packing = replace(PACKING, hs_code="7113.19", origin_country="de")
    customs = rules.customs_check(packing, duties="NONE", hs_code="7113", origin="US")
    assert (customs.hs_code, customs.origin_country) == ("711319", "DE")


@pytest.mark.parametrize("origin", ["USA", "1", "U.", "ÄÖ"])
def test_a_country_has_two_letters(origin: str) -> None:
    packing = replace(PACKING, origin_country=origin)
    refused(
        "INVALID",
        "originCountry",
        rules.customs_check,
        packing,
        duties="NONE",
        hs_code="7113",
        origin="US",
    )


@pytest.mark.parametrize("value", ["0", "-1", "1.001", "NaN", "Infinity", "1E+30"])
@pytest.mark.parametrize("field", ["declared_value", "insured_value"])
def test_a_value_is_a_sum_the_currency_can_pay(field: str, value: str) -> None:
    packing = replace(PACKING, **{field: Decimal(value)})
    with pytest.raises(BespokeError) as caught:
        rules.values_check(packing, currency="USD", quantum=CENT)
    assert caught.value.code == "INVALID"


def test_another_currency_is_refused() -> None:
    refused(
        "CURRENCY_MISMATCH", "currency", rules.values_check, PACKING, currency="EUR", quantum=CENT
    )


cents = st.integers(1, 10**9).map(lambda value: Decimal(value) / 100)


@given(declared=cents, insured=cents)
def test_a_parcel_is_insured_for_what_it_is_worth(declared: Decimal, insured: Decimal) -> None:
    packing = replace(PACKING, declared_value=declared, insured_value=insured)
    if insured >= declared:
        rules.values_check(packing, currency="USD", quantum=CENT)
    else:
        refused(
            "INSURANCE_TOO_LOW",
            "insuredValue",
            rules.values_check,
            packing,
            currency="USD",
            quantum=CENT,
        )


@pytest.mark.parametrize(
    ("carrier", "number", "code", "field"),
    [
        ("", "1", "REQUIRED", "carrier"),
        ("  ", "1", "REQUIRED", "carrier"),
        ("DHL", "", "REQUIRED", "trackingNumber"),
        ("x" * 65, "1", "INVALID", "carrier"),
        ("DHL", "1" * 129, "INVALID", "trackingNumber"),
        ("DHL", "1\x002", "INVALID", "trackingNumber"),
        ("DHL", "1\n2", "INVALID", "trackingNumber"),
        ("DHL\u202e", "1", "INVALID", "carrier"),
    ],
)
def test_a_carrier_and_its_number(carrier: str, number: str, code: str, field: str) -> None:
    refused(code, field, rules.carrier_check, carrier, number)


@given(st.text(max_size=140))
def test_an_accepted_number_fits_the_shop_and_one_line(number: str) -> None:
    try:
        _, kept = rules.carrier_check("DHL", number)
    except BespokeError:
        return
    assert 0 < len(kept) <= rules.LONGEST_TRACKING
    assert kept == kept.strip()
    assert not any(sign < " " for sign in kept)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"received_by": " "}, "REQUIRED", "receivedBy"),
        ({"identity_document": ""}, "IDENTITY_MISSING", "identityDocument"),
        ({"identity_document": "LIBRARY_CARD"}, "IDENTITY_MISSING", "identityDocument"),
        ({"signed": False}, "SIGNATURE_MISSING", "signed"),
    ],
)
def test_nobody_collects_without_identity_and_signature(
    changes: dict[str, Any], code: str, field: str
) -> None:
    values = {"received_by": "A. Name", "identity_document": "PASSPORT", "signed": True}
    assert rules.receiver_check(**values) == "A. Name"
    refused(code, field, rules.receiver_check, **values | changes)
