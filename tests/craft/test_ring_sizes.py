"""Ring sizes: the reference vectors, the round trips and what is not a size."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_bespoke.craft.ring_sizes import (
    LARGEST_MM,
    ROUNDING_MM,
    SMALLEST_MM,
    US_STEP_MM,
    RingSize,
    RingSizeSystem,
    SizeSource,
    UnknownRingSize,
    all_labels,
    circumference_mm,
    diameter_mm,
    label_for,
    labels,
    steps_us,
    us_sizes_mm,
)

US, UK, EU, CH, JP = RingSizeSystem

VECTORS = [
    ("3", "14.07", "44.21"),
    ("5", "15.70", "49.31"),
    ("6", "16.51", "51.87"),
    ("7", "17.32", "54.42"),
    ("9", "18.95", "59.53"),
    ("10", "19.76", "62.08"),
]


@pytest.mark.parametrize(("us", "diameter", "circumference"), VECTORS)
def test_us_sizes_match_the_reference(us: str, diameter: str, circumference: str) -> None:
    assert circumference_mm(US, us) == Decimal(circumference)
    assert diameter_mm(circumference_mm(US, us)) == Decimal(diameter)


@pytest.mark.parametrize(("us", "uk"), [("6", "L½"), ("7", "N½"), ("9", "R½"), ("10", "T½")])
def test_uk_views_match_the_reference(us: str, uk: str) -> None:
    assert label_for(UK, circumference_mm(US, us)) == uk


def test_the_japanese_view_matches_the_reference_and_says_it_is_approximate() -> None:
    assert label_for(JP, circumference_mm(US, "7")) == "14"
    assert [system for system in RingSizeSystem if system.approximate] == [JP]


def test_one_us_size_is_2_553_mm() -> None:
    assert US_STEP_MM.quantize(Decimal("0.001")) == Decimal("2.553")
    assert us_sizes_mm(Decimal(2)) == Decimal("5.11")
    assert steps_us(Decimal("-5.11")) == Decimal("-2.00")


@pytest.mark.parametrize(
    ("system", "written", "canonical", "circumference"),
    [
        (US, "7.50", "7.5", "55.70"),
        (US, " 7 1/2 ", "7.5", "55.70"),
        (US, "7½", "7.5", "55.70"),
        (US, "6 ¾", "6.75", "53.78"),
        (US, "0", "0", "36.55"),
        (UK, "a", "A", "37.80"),
        (UK, "n 1/2", "N½", "54.68"),
        (UK, "N.5", "N½", "54.68"),
        (UK, "Z", "Z", "69.05"),
        (UK, "Z½", "Z½", "69.68"),
        (UK, "z+3", "Z+3", "72.80"),
        (EU, "54", "54", "54.00"),
        (EU, "54,5", "54.5", "54.50"),
        (CH, "14", "14", "54.00"),
        (CH, "14.5", "14.5", "54.50"),
        (JP, "1", "1", "40.84"),
    ],
)
def test_labels_as_people_write_them(
    system: RingSizeSystem, written: str, canonical: str, circumference: str
) -> None:
    size = RingSize(system, written)
    assert size.label == canonical
    assert size.circumference == Decimal(circumference)


@pytest.mark.parametrize(
    ("system", "label"),
    [
        (US, ""),
        (US, "   "),
        (US, "7.3"),
        (US, "-7"),
        (US, "+7"),
        (US, "16.25"),
        (US, "15 ¾ ¾"),
        (US, "1e1"),
        (US, "NaN"),
        (US, "Infinity"),
        (US, "٧"),
        (US, "\uff17"),
        (US, "7\x00"),
        (US, "7" * 100_000),
        (US, "7; drop table"),
        (UK, "AA"),
        (UK, "Z+7"),
        (UK, "Z+6½"),
        (UK, "Ñ"),
        (UK, "½"),
        (UK, "Y+1"),
        (EU, "5"),
        (EU, "36.4"),
        (EU, "78.01"),
        (EU, "54.555"),
        (EU, "5.4.1"),
        (CH, "-3"),
        (CH, "39"),
        (JP, "0"),
        (JP, "31"),
        (JP, "14.5"),
        (JP, "²"),
    ],
)
def test_anything_else_is_no_size(system: RingSizeSystem, label: str) -> None:
    with pytest.raises(UnknownRingSize) as refusal:
        RingSize(system, label)
    assert len(str(refusal.value)) < 120


@given(system=st.sampled_from(RingSizeSystem), text=st.text(max_size=14))
def test_every_text_is_a_size_or_refused(system: RingSizeSystem, text: str) -> None:
    try:
        size = RingSize(system, text)
    except UnknownRingSize:
        return
    assert SMALLEST_MM <= size.circumference <= LARGEST_MM
    assert RingSize(system, size.label) == size


@pytest.mark.parametrize("system", RingSizeSystem)
def test_every_offered_label_survives_the_round_trip_and_grows(system: RingSizeSystem) -> None:
    offered = all_labels(system)
    sizes = [circumference_mm(system, label) for label in offered]
    assert [label_for(system, size) for size in sizes] == list(offered)
    assert sizes == sorted(set(sizes))


STEP = {US: US_STEP_MM / 4, UK: Decimal("0.625"), EU: Decimal("0.5"), CH: Decimal("0.5")}
STEP[JP] = Decimal("1.06")


@given(
    system=st.sampled_from(RingSizeSystem),
    circumference=st.decimals(SMALLEST_MM, LARGEST_MM, places=2),
)
def test_a_view_is_at_most_half_a_step_off(system: RingSizeSystem, circumference: Decimal) -> None:
    view = labels(circumference).get(system)
    if view is None:
        with pytest.raises(UnknownRingSize):
            label_for(system, circumference)
        return
    assert abs(circumference_mm(system, view) - circumference) <= STEP[system] / 2 + ROUNDING_MM


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-1", "0", "36.4", "78.1", "1e9"])
def test_an_impossible_circumference_has_no_label(value: str) -> None:
    with pytest.raises(UnknownRingSize):
        label_for(US, Decimal(value))


def test_the_studio_answers_only_for_its_own_measuring() -> None:
    assert [it for it in SizeSource if it.studio_answers] == [SizeSource.MEASURED_BY_STUDIO]
