"""The free resize: every way to have it, to pay for it and to be told that it cannot be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_bespoke.craft.metals import AlloyCode, Finish, MetalFamily
from saleor_bespoke.craft.pieces import PieceType, SettingType, Specification, StyleFeature
from saleor_bespoke.craft.resizability import (
    ResizeAnswer,
    ResizeCode,
    ResizeFacts,
    ResizeOutcome,
    ResizePolicy,
    decide_resize,
    resize_facts,
    resize_prospect,
    window_opens_on,
)
from saleor_bespoke.craft.ring_sizes import RingSizeSystem, circumference_mm

US = RingSizeSystem.US
PLAIN = ResizeFacts(PieceType.RING, MetalFamily.GOLD, setting=SettingType.PRONG_6)
OPENED = date(2026, 3, 1)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def decide(
    facts: ResizeFacts = PLAIN,
    *,
    asked: str = "8",
    ordered: str = "7",
    opened_on: date | None = OPENED,
    asked_at: datetime = NOON,
    timezone: str = "UTC",
    granted_before: int = 0,
    policy: ResizePolicy | None = None,
) -> ResizeAnswer:
    return decide_resize(
        facts,
        asked_mm=circumference_mm(US, asked),
        ordered_mm=circumference_mm(US, ordered),
        opened_on=opened_on,
        asked_at=asked_at,
        timezone=timezone,
        granted_before=granted_before,
        policy=policy or ResizePolicy(),
    )


def codes(answer: ResizeAnswer) -> set[ResizeCode]:
    assert all(reason.sentence.endswith(".") for reason in answer.reasons)
    return {reason.code for reason in answer.reasons}


def test_the_promise_kept() -> None:
    answer = decide()
    assert answer.outcome is ResizeOutcome.FREE
    assert codes(answer) == {ResizeCode.WITHIN_PROMISE}
    assert answer.until == date(2026, 3, 31)
    assert answer.limit_mm == Decimal("5.11")


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"features": frozenset({StyleFeature.ETERNITY_FULL})}, ResizeCode.FULL_ETERNITY),
        ({"features": frozenset({StyleFeature.TENSION})}, ResizeCode.TENSION_SETTING),
        ({"setting": SettingType.TENSION}, ResizeCode.TENSION_SETTING),
        ({"features": frozenset({StyleFeature.HAMMERED_ALL_OVER})}, ResizeCode.ALL_OVER_SURFACE),
        ({"features": frozenset({StyleFeature.ENGRAVED_ALL_OVER})}, ResizeCode.ALL_OVER_SURFACE),
        ({"features": frozenset({StyleFeature.PATTERN_ALL_OVER})}, ResizeCode.ALL_OVER_SURFACE),
        ({"finish": Finish.HAMMERED}, ResizeCode.ALL_OVER_SURFACE),
        ({"family": MetalFamily.TUNGSTEN}, ResizeCode.UNWORKABLE_METAL),
        ({"family": MetalFamily.CERAMIC}, ResizeCode.UNWORKABLE_METAL),
        ({"family": MetalFamily.STEEL}, ResizeCode.UNWORKABLE_METAL),
        ({"family": MetalFamily.TITANIUM}, ResizeCode.UNWORKABLE_METAL),
        *(
            ({"piece_type": piece}, ResizeCode.NOT_A_RING)
            for piece in PieceType
            if piece not in (PieceType.RING, PieceType.WEDDING_BAND)
        ),
    ],
)
def test_never(facts: dict[str, object], code: ResizeCode) -> None:
    piece = replace(PLAIN, **facts)  # type: ignore[arg-type]
    answer = decide(piece)
    assert answer.outcome is ResizeOutcome.IMPOSSIBLE
    assert codes(answer) == {code}
    assert (answer.limit_mm, answer.until) == (0, None)
    prospect = resize_prospect(piece)
    assert (prospect.possible, prospect.free, prospect.limit_mm) == (False, False, 0)
    assert {reason.code for reason in prospect.reasons} == {code}
    assert prospect.sentence.startswith("No. ")


def test_all_obstacles_are_named() -> None:
    features = frozenset({StyleFeature.ETERNITY_FULL, StyleFeature.PATTERN_ALL_OVER})
    answer = decide(replace(PLAIN, features=features))
    assert codes(answer) == {ResizeCode.FULL_ETERNITY, ResizeCode.ALL_OVER_SURFACE}


@pytest.mark.parametrize(
    ("facts", "sizes"),
    [
        ({}, "2"),
        ({"family": MetalFamily.PLATINUM}, "2"),
        ({"family": MetalFamily.SILVER}, "2"),
        ({"family": MetalFamily.PALLADIUM}, "1"),
        ({"piece_type": PieceType.WEDDING_BAND}, "2"),
        ({"features": frozenset({StyleFeature.HALO})}, "2"),
        ({"features": frozenset({StyleFeature.PAVE})}, "1"),
        ({"features": frozenset({StyleFeature.ETERNITY_HALF})}, "1"),
        ({"setting": SettingType.CHANNEL}, "1"),
        ({"band_width_mm": Decimal("5.9")}, "2"),
        ({"band_width_mm": Decimal(6)}, "1"),
    ],
)
def test_the_limit_by_style_and_metal(facts: dict[str, object], sizes: str) -> None:
    piece = replace(PLAIN, **facts)  # type: ignore[arg-type]
    prospect = resize_prospect(piece)
    assert prospect.limit_us_sizes == Decimal(sizes)
    asked = str(7 + Decimal(sizes))
    assert decide(piece, asked=asked).outcome is ResizeOutcome.FREE
    beyond = decide(piece, asked=str(Decimal(asked) + Decimal("0.25")))
    assert beyond.outcome is not ResizeOutcome.FREE
    assert beyond.limit_mm == prospect.limit_mm


@pytest.mark.parametrize("quarters", range(4 * 14 + 1))
def test_two_sizes_apart_is_free_everywhere_in_spite_of_rounding(quarters: int) -> None:
    low = Decimal(quarters) / 4
    up, down, far = str(low + 2), str(low), str(min(low + Decimal("2.25"), Decimal(16)))
    assert decide(asked=up, ordered=down).outcome is ResizeOutcome.FREE
    assert decide(asked=down, ordered=up).outcome is ResizeOutcome.FREE
    if low <= Decimal("13.75"):
        assert codes(decide(asked=far, ordered=down)) == {ResizeCode.BEYOND_WORKSHOP_LIMIT}


@pytest.mark.parametrize("quarters", range(4 * 15 + 1))
def test_one_size_apart_is_free_everywhere_in_spite_of_rounding(quarters: int) -> None:
    pave = replace(PLAIN, features=frozenset({StyleFeature.PAVE}))
    low = Decimal(quarters) / 4
    assert decide(pave, asked=str(low + 1), ordered=str(low)).outcome is ResizeOutcome.FREE
    if low < 15:
        beyond = decide(pave, asked=str(low + Decimal("1.25")), ordered=str(low))
        assert codes(beyond) == {ResizeCode.BEYOND_FREE_LIMIT}


@pytest.mark.parametrize(
    ("asked_at", "timezone", "outcome"),
    [
        (datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC), "UTC", ResizeOutcome.FREE),
        (datetime(2026, 4, 1, 0, 0, tzinfo=UTC), "UTC", ResizeOutcome.PAID),
        # Still 31 March where the customer lives, or no longer so.
        (datetime(2026, 4, 1, 6, 59, tzinfo=UTC), "America/Los_Angeles", ResizeOutcome.FREE),
        (datetime(2026, 4, 1, 7, 0, tzinfo=UTC), "America/Los_Angeles", ResizeOutcome.PAID),
        (datetime(2026, 3, 31, 14, 59, tzinfo=UTC), "Asia/Tokyo", ResizeOutcome.FREE),
        (datetime(2026, 3, 31, 15, 0, tzinfo=UTC), "Asia/Tokyo", ResizeOutcome.PAID),
    ],
)
def test_the_window_includes_its_last_day_where_the_customer_lives(
    asked_at: datetime, timezone: str, outcome: ResizeOutcome
) -> None:
    answer = decide(asked_at=asked_at, timezone=timezone)
    assert answer.outcome is outcome
    assert answer.until == date(2026, 3, 31)


@pytest.mark.parametrize(
    ("changes", "outcome", "code"),
    [
        ({"granted_before": 1}, ResizeOutcome.PAID, ResizeCode.ALREADY_USED),
        ({"opened_on": None}, ResizeOutcome.IMPOSSIBLE, ResizeCode.NOT_DELIVERED),
        ({"asked": "7"}, ResizeOutcome.IMPOSSIBLE, ResizeCode.SAME_SIZE),
        ({"asked": "9.25"}, ResizeOutcome.IMPOSSIBLE, ResizeCode.BEYOND_WORKSHOP_LIMIT),
        ({"policy": ResizePolicy(free_resizes=0)}, ResizeOutcome.PAID, ResizeCode.NOT_PROMISED),
        (
            {"facts": replace(PLAIN, features=frozenset({StyleFeature.PAVE})), "asked": "8.5"},
            ResizeOutcome.PAID,
            ResizeCode.BEYOND_FREE_LIMIT,
        ),
        (
            {"asked": "9.5", "policy": ResizePolicy(workshop_us_sizes=Decimal(3))},
            ResizeOutcome.PAID,
            ResizeCode.BEYOND_FREE_LIMIT,
        ),
    ],
)
def test_why_not_free(changes: dict[str, object], outcome: ResizeOutcome, code: ResizeCode) -> None:
    answer = decide(**changes)  # type: ignore[arg-type]
    assert (answer.outcome, codes(answer)) == (outcome, {code})


def test_a_size_that_no_finger_has() -> None:
    answer = decide_resize(
        PLAIN,
        asked_mm=Decimal(80),
        ordered_mm=Decimal(77),
        opened_on=OPENED,
        asked_at=NOON,
        timezone="UTC",
        granted_before=0,
    )
    assert codes(answer) == {ResizeCode.NO_SUCH_SIZE}


def test_both_reasons_to_pay_are_named() -> None:
    late = decide(granted_before=1, asked_at=NOON + timedelta(days=60))
    assert codes(late) == {ResizeCode.ALREADY_USED, ResizeCode.WINDOW_CLOSED}


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        decide(asked_at=datetime(2026, 3, 10))  # noqa: DTZ001 - that is the point


facts_of_any_ring = st.builds(
    ResizeFacts,
    piece_type=st.sampled_from(PieceType),
    family=st.sampled_from(MetalFamily),
    features=st.frozensets(st.sampled_from(StyleFeature), max_size=3),
    setting=st.sampled_from(SettingType),
    finish=st.sampled_from(Finish),
    band_width_mm=st.none() | st.decimals(1, 12, places=1),
)


@given(
    facts=facts_of_any_ring,
    ordered=st.decimals(45, 65, places=2),
    delta=st.decimals(-8, 8, places=2),
    days=st.integers(0, 60),
    granted=st.integers(0, 2),
)
def test_the_quotes_answer_is_what_aftercare_decides(
    facts: ResizeFacts, ordered: Decimal, delta: Decimal, days: int, granted: int
) -> None:
    answer = decide_resize(
        facts,
        asked_mm=ordered + delta,
        ordered_mm=ordered,
        opened_on=OPENED,
        asked_at=datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(days=days),
        timezone="UTC",
        granted_before=granted,
    )
    prospect = resize_prospect(facts)
    promised = (
        prospect.free
        and 0 < abs(delta) <= prospect.limit_mm
        and days <= prospect.window_days
        and granted == 0
    )
    if promised:
        assert answer.outcome is ResizeOutcome.FREE
    if answer.outcome is ResizeOutcome.FREE:
        assert prospect.free
        assert granted == 0
        assert days <= 30
        assert abs(delta) <= answer.limit_mm + Decimal("0.01")
    assert prospect.possible or answer.outcome is ResizeOutcome.IMPOSSIBLE
    assert answer.reasons


RANK = {ResizeOutcome.FREE: 0, ResizeOutcome.PAID: 1, ResizeOutcome.IMPOSSIBLE: 2}


@given(
    facts=facts_of_any_ring,
    near=st.decimals("0.01", 8, places=2),
    more=st.decimals(0, 8, places=2),
    days=st.integers(0, 60),
    later=st.integers(0, 60),
    granted=st.integers(0, 1),
    again=st.integers(0, 1),
)
def test_farther_later_or_again_never_gets_better(
    facts: ResizeFacts,
    near: Decimal,
    more: Decimal,
    days: int,
    later: int,
    granted: int,
    again: int,
) -> None:
    def outcome(distance: Decimal, day: int, count: int) -> int:
        answer = decide_resize(
            facts,
            asked_mm=Decimal(50) + distance,
            ordered_mm=Decimal(50),
            opened_on=OPENED,
            asked_at=datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(days=day),
            timezone="UTC",
            granted_before=count,
        )
        return RANK[answer.outcome]

    assert outcome(near, days, granted) <= outcome(near + more, days + later, granted + again)


def test_the_quote_says_it_in_a_sentence() -> None:
    assert resize_prospect(PLAIN).sentence == (
        "Yes, once: by up to 2 US sizes (5.11 mm around) either way, "
        "asked for within 30 days of delivery."
    )
    assert (
        "1 US size (2.55 mm" in resize_prospect(replace(PLAIN, band_width_mm=Decimal(8))).sentence
    )
    unpromised = resize_prospect(PLAIN, ResizePolicy(free_resizes=0))
    assert (unpromised.possible, unpromised.free) == (True, False)


def test_facts_of_a_specification() -> None:
    spec = Specification(
        PieceType.RING,
        AlloyCode.PLATINUM_950_RU,
        setting=SettingType.BEZEL,
        features=(StyleFeature.HALO,),
        band_width_mm=Decimal("2.5"),
    )
    assert resize_facts(spec) == ResizeFacts(
        PieceType.RING,
        MetalFamily.PLATINUM,
        frozenset({StyleFeature.HALO}),
        SettingType.BEZEL,
        Finish.POLISHED,
        Decimal("2.5"),
    )


@pytest.mark.parametrize(
    ("delivered", "shipped", "timezone", "opened"),
    [
        (None, None, "UTC", None),
        (NOON, None, "UTC", date(2026, 3, 10)),
        (NOON, NOON - timedelta(days=9), "UTC", date(2026, 3, 10)),
        (None, NOON, "UTC", date(2026, 3, 15)),
        (datetime(2026, 3, 10, 20, tzinfo=UTC), None, "Asia/Tokyo", date(2026, 3, 11)),
    ],
)
def test_the_window_opens_with_delivery_or_shipment_plus_transit(
    delivered: datetime | None, shipped: datetime | None, timezone: str, opened: date | None
) -> None:
    found = window_opens_on(
        delivered_at=delivered, shipped_at=shipped, transit_days=5, timezone=timezone
    )
    assert found == opened
