"""Stones: the facts a jeweller states about one and how the law wants them said.

Source for wording: US FTC Guides for the Jewelry Industry, 16 CFR 23: "laboratory-grown" stands
right before the stone's name, weights are accurate to their last decimal, treatments are disclosed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Final

from saleor_bespoke.craft.stone_kinds import (
    NATURE,
    GrownAssessment,
    Origin,
    SettingRisk,
    StoneKind,
    StoneRole,
    StoneShape,
    Treatment,
)

__all__ = [
    "LARGEST_CARAT",
    "MG_PER_CARAT",
    "GrownAssessment",
    "InvalidStone",
    "Origin",
    "SettingRisk",
    "Stone",
    "StoneKind",
    "StoneRole",
    "StoneShape",
    "Treatment",
    "describe",
    "hardness",
    "milligrams",
    "name",
    "setting_risk",
    "stated_carat",
    "stated_carat_range",
]

MG_PER_CARAT: Final = Decimal(200)
LARGEST_CARAT: Final = Decimal(1000)
_LONGEST_GRADE: Final = 40


class InvalidStone(ValueError):
    """Facts that no stone can have."""


def hardness(kind: StoneKind) -> Decimal:
    """Mohs hardness, the lower end where a kind varies. Below 7 household dust scratches it."""
    return Decimal(NATURE[kind][0])


@dataclass(frozen=True, slots=True)
class Stone:
    """One kind of stone in a design, `quantity` times. Carat is the weight of each, in ct.

    Colour and clarity stay None where the laboratory gives none. Raises InvalidStone.
    """

    kind: StoneKind
    origin: Origin = Origin.UNKNOWN
    carat: Decimal | None = None
    colour: str | None = None
    clarity: str | None = None
    shape: StoneShape | None = None
    dimensions_mm: tuple[Decimal, Decimal, Decimal] | None = None
    treatments: tuple[Treatment, ...] = ()
    assessment: GrownAssessment | None = None
    role: StoneRole = StoneRole.CENTRE
    quantity: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "treatments", tuple(sorted(set(self.treatments))))
        for name in ("colour", "clarity"):
            object.__setattr__(self, name, _grade(name, getattr(self, name)))
        if self.carat is not None and not _within(self.carat, LARGEST_CARAT):
            raise InvalidStone(f"A stone weighs more than 0 and at most {LARGEST_CARAT} ct.")
        if self.dimensions_mm is not None and not all(
            _within(side, Decimal(200)) for side in self.dimensions_mm
        ):
            raise InvalidStone("A stone's length, width and depth lie between 0 and 200 mm.")
        if not 1 <= self.quantity <= 1000:
            raise InvalidStone("A design holds between 1 and 1000 stones of one kind.")
        if self.assessment and self.origin is not Origin.LABORATORY_GROWN:
            raise InvalidStone("Premium and Standard are said of laboratory-grown stones only.")

    @property
    def total_carat(self) -> Decimal | None:
        """Weight in ct of all stones of this entry together."""
        return None if self.carat is None else self.carat * self.quantity


def _within(value: Decimal, most: Decimal) -> bool:
    return value.is_finite() and 0 < value <= most


def _grade(name: str, value: str | None) -> str | None:
    text = unicodedata.normalize("NFC", " ".join((value or "").split()))
    if len(text) > _LONGEST_GRADE or not text.isprintable():
        raise InvalidStone(f"A stone's {name} is a short printable text.")
    return text or None


def setting_risk(stone: Stone) -> SettingRisk:
    """The kind's own risk, or high where a fragile treatment was applied."""
    if any(treatment.fragile for treatment in stone.treatments):
        return SettingRisk.HIGH
    return NATURE[stone.kind][1]


def milligrams(carat: Decimal) -> Decimal:
    """Weight in mg: one carat is 200 mg."""
    return carat * MG_PER_CARAT


def stated_carat(weight: Decimal) -> str:
    """The weight in ct as it may be stated: 0.295 to 0.304 is "0.30"; melee under 0.02 ct gets
    three decimals. The true weight always lies in `stated_carat_range` of the answer."""
    if weight < Decimal("0.02"):
        return f"{weight.quantize(Decimal('0.001'), rounding=ROUND_HALF_UP):f}"
    thousandths = weight.quantize(Decimal("0.001"), rounding=ROUND_DOWN)
    return f"{thousandths.quantize(Decimal('0.01'), rounding=ROUND_HALF_UP):f}"


def stated_carat_range(stated: str) -> tuple[Decimal, Decimal]:
    """The true weights in ct a stated decimal stands for: ".30" means .295 to .304.

    Source: 16 CFR 23, accuracy to the last decimal place. Raises InvalidStone.
    """
    match = re.fullmatch(r"[0-9]{0,4}\.([0-9]{1,4})", stated)
    if not match:
        raise InvalidStone("A stated weight is a decimal such as .30 or 1.01.")
    unit = Decimal(1).scaleb(-len(match[1]) - 1)
    return Decimal(stated) - 5 * unit, Decimal(stated) + 4 * unit


def name(stone: Stone) -> str:
    """The stone's name with its origin right before it, as the FTC guides ask."""
    kind = stone.kind.value.replace("_", " ")
    if stone.origin is Origin.LABORATORY_GROWN:
        return f"laboratory-grown {kind}"
    if stone.origin is Origin.NATURAL:
        return f"natural {kind}"
    return f"{kind} of undisclosed origin"


def describe(stone: Stone) -> str:
    """One line for a quote or certificate, e.g. "1.01 ct round natural diamond, E, VS1"."""
    shape = (
        stone.shape.value.replace("_", " ") if stone.shape not in (None, StoneShape.OTHER) else ""
    )
    weight = f"{stated_carat(stone.carat)} ct" if stone.carat is not None else ""
    if weight and stone.quantity > 1:
        weight += " each"
    count = f"{stone.quantity} ×" if stone.quantity > 1 else ""
    title = " ".join(part for part in (count, weight, shape, name(stone)) if part)
    details = [title]
    if stone.assessment:
        details.append(f"assessed {stone.assessment.value.capitalize()}")
    details += [grade for grade in (stone.colour, stone.clarity) if grade]
    if stone.treatments:
        details.append("treated: " + " and ".join(t.sentence for t in stone.treatments))
    return ", ".join(details)
