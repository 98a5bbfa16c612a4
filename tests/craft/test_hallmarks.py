"""UK hallmarks: the thresholds and the marks."""

from __future__ import annotations

from decimal import Decimal

import pytest

from saleor_bespoke.craft.hallmarks import hallmark_required, uk_mark
from saleor_bespoke.craft.metals import ALLOYS, AlloyCode, MetalFamily


@pytest.mark.parametrize(
    ("country", "family", "grams", "required"),
    [
        ("GB", MetalFamily.GOLD, "1", False),
        ("GB", MetalFamily.GOLD, "1.001", True),
        ("gb", MetalFamily.GOLD, "4", True),
        ("GB", MetalFamily.PALLADIUM, "1", False),
        ("GB", MetalFamily.PALLADIUM, "1.01", True),
        ("GB", MetalFamily.PLATINUM, "0.5", False),
        ("GB", MetalFamily.PLATINUM, "0.501", True),
        ("GB", MetalFamily.SILVER, "7.78", False),
        ("GB", MetalFamily.SILVER, "7.79", True),
        ("GB", MetalFamily.TITANIUM, "50", False),
        ("US", MetalFamily.GOLD, "50", False),
    ],
)
def test_when_a_hallmark_is_compulsory(
    country: str, family: MetalFamily, grams: str, required: bool
) -> None:
    need = hallmark_required(country, family, Decimal(grams))
    assert need.required is required
    assert need.reason.endswith(".")


@pytest.mark.parametrize("grams", ["-1", "NaN", "Infinity"])
def test_a_weight_that_cannot_be(grams: str) -> None:
    with pytest.raises(ValueError, match="zero or more"):
        hallmark_required("GB", MetalFamily.GOLD, Decimal(grams))


@pytest.mark.parametrize(
    ("code", "mark"),
    [
        ("gold_9k_yellow", 375),
        ("gold_10k_white", 375),
        ("gold_14k_rose", 585),
        ("gold_18k_white", 750),
        ("gold_22k_yellow", 916),
        ("platinum_950_ru", 950),
        ("palladium_500", 500),
        ("silver_925", 925),
        ("titanium", None),
    ],
)
def test_the_mark_is_the_highest_standard_reached(code: str, mark: int | None) -> None:
    assert uk_mark(ALLOYS[AlloyCode(code)]) == mark
