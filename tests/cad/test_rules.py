"""Pure decisions about the design."""

from __future__ import annotations

from typing import Any

import pytest

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.steps.cad import rules
from tests.fixtures import ring_specification

AGREED = ring_specification().to_json()
BIGGER = {
    "kind": "diamond",
    "origin": "natural",
    "carat": "1.50",
    "shape": "round",
    "colour": "E",
    "clarity": "VS1",
}


def changed(**changes: Any) -> dict[str, object]:
    return ring_specification(**changes).to_json()


@pytest.mark.parametrize(
    ("wished", "tweak"),
    [
        (changed(), True),
        (changed(bandWidthMm="2.4"), True),
        (changed(notes="A little softer at the shoulders."), True),
        (changed(alloy="platinum_950_ru"), False),
        (changed(stones=[BIGGER]), False),
        (changed(ringSize={"system": "us", "label": "7"}), False),
        (changed(setting="prong_4"), False),
    ],
)
def test_metal_stone_size_and_head_are_no_tweaks(wished: dict[str, object], tweak: bool) -> None:
    if tweak:
        rules.tweak_check(AGREED, wished)
        with pytest.raises(BespokeError) as refusal:
            rules.change_check(AGREED, wished)
        assert refusal.value.code == "CHANGE_IS_TWEAK"
    else:
        assert rules.change_check(AGREED, wished)
        with pytest.raises(BespokeError) as refusal:
            rules.tweak_check(AGREED, wished)
        assert refusal.value.code == "CHANGE_NEEDS_ORDER"


def test_the_same_size_by_another_label_is_a_detail() -> None:
    same = changed(ringSize={"system": "us", "label": "6.0"})

    rules.tweak_check(AGREED, same)


def test_every_filled_in_line_is_confirmed() -> None:
    lines = rules.lines_to_confirm(AGREED)

    assert "ringSize" in lines
    assert "engraving" not in lines
    rules.confirmation_check(AGREED, lines)
    for line in lines:
        with pytest.raises(BespokeError) as refusal:
            rules.confirmation_check(AGREED, set(lines) - {line})
        assert refusal.value.code == "CONFIRMATION_INCOMPLETE"
        assert line in refusal.value.message


@pytest.mark.parametrize(
    ("used", "allowance", "bought", "answer"),
    [
        (0, 1, 0, True),
        (1, 1, 0, None),
        (1, 2, 0, True),
        (2, 2, 0, None),
        (2, 2, 1, False),
        (0, 2, 1, True),
    ],
)
def test_rounds(used: int, allowance: int, bought: int, answer: bool | None) -> None:
    assert rules.round_of(used=used, allowance=allowance, bought=bought) is answer
