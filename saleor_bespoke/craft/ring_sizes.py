"""Ring sizes. The fact is the inner circumference in millimetres; every label is a view on it.

Sources: US sizes by the inch formula d = (0.458 + 0.032·n)·25.4 mm; EU labels by ISO 8653 (the
circumference itself); CH, IT and ES labels are that minus 40; UK letters start at A = 37.8 mm and
grow by 1.25 mm; JP by JIS S 4700, whose published tables differ in the last digit (approximate).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final

PI: Final = Decimal("3.14159265358979323846")
US_STEP_MM: Final = Decimal("0.032") * Decimal("25.4") * PI
"""One US size as circumference: 2.553 mm, unrounded."""
ROUNDING_MM: Final = Decimal("0.01")
"""Two circumferences rounded to 0.01 mm can differ by this much more than their true distance."""
SMALLEST_MM: Final = Decimal("36.5")
LARGEST_MM: Final = Decimal(78)

_CENT: Final = Decimal("0.01")
_HALF: Final = Decimal("0.5")
_QUARTER: Final = Decimal("0.25")
_UK_A_MM: Final = Decimal("37.8")
_UK_LETTER_MM: Final = Decimal("1.25")
_UK_LAST: Final = 31  # Z+6
_SOUTHERN_OFFSET_MM: Final = Decimal(40)
_US_LARGEST: Final = Decimal(16)
_LONGEST_LABEL: Final = 12

# JIS S 4700 inner diameters in hundredths of a mm, sizes 1 to 30 (approximate).
_JP_HUNDREDTHS: Final = (
    1300, 1333, 1367, 1400, 1433, 1467, 1500, 1533, 1567, 1600,
    1633, 1667, 1700, 1733, 1767, 1800, 1833, 1867, 1900, 1933,
    1967, 2000, 2033, 2067, 2100, 2133, 2167, 2200, 2233, 2267,
)  # fmt: skip
_JP_DIAMETERS: Final = tuple(Decimal(each).scaleb(-2) for each in _JP_HUNDREDTHS)

_FRACTIONS: Final = {
    "¼": Decimal("0.25"),
    "½": Decimal("0.5"),
    "¾": Decimal("0.75"),
    "1/4": Decimal("0.25"),
    "1/2": Decimal("0.5"),
    "3/4": Decimal("0.75"),
}
_US_DECIMAL: Final = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,2})?")
_US_FRACTION: Final = re.compile(r"([0-9]{1,2}) ?([¼½¾]|1/4|1/2|3/4)")
_UK: Final = re.compile(r"(?:([A-Y])|Z(?:\+([1-6]))?)( ?½| ?1/2|\.5)?")
_MILLIMETRES: Final = re.compile(r"[0-9]{1,2}(?:[.,][0-9]{1,2})?")
_JP: Final = re.compile(r"[0-9]{1,2}")


class UnknownRingSize(ValueError):
    """The label or circumference names no ring size of that system."""


class RingSizeSystem(StrEnum):
    """The five ways customers name a size. CH is also the Italian and Spanish one."""

    US = "us"
    UK = "uk"
    EU = "eu"
    CH = "ch"
    JP = "jp"

    @property
    def approximate(self) -> bool:
        """Whether published tables of this system disagree in the last digit."""
        return self is RingSizeSystem.JP


class SizeSource(StrEnum):
    """Who says the size is right; the studio answers only for what it measured itself."""

    MEASURED_BY_STUDIO = "measured_by_studio"
    STATED_BY_CUSTOMER = "stated_by_customer"
    MEASURED_BY_SIZER = "measured_by_sizer"

    @property
    def studio_answers(self) -> bool:
        """Whether a wrong size is the studio's mistake."""
        return self is SizeSource.MEASURED_BY_STUDIO


def _round(value: Decimal) -> Decimal:
    return value.quantize(_CENT, rounding=ROUND_HALF_UP)


def _nearest(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step + 0  # never -0


def _plain(value: Decimal) -> str:
    """Decimal notation without trailing zeros: 7, 7.5, 54.42."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _us_diameter(size: Decimal) -> Decimal:
    return (Decimal("0.458") + Decimal("0.032") * size) * Decimal("25.4")


def _parse_us(text: str) -> tuple[str, Decimal]:
    fraction = _US_FRACTION.fullmatch(text)
    if fraction:
        size = Decimal(fraction[1]) + _FRACTIONS[fraction[2]]
    elif _US_DECIMAL.fullmatch(text):
        size = Decimal(text)
    else:
        raise UnknownRingSize("A US ring size is a number such as 7, 6.5 or 6 1/4.")
    if size > _US_LARGEST or size % _QUARTER:
        raise UnknownRingSize("US ring sizes run from 0 to 16 in quarters.")
    return _plain(size), _us_diameter(size) * PI


def _parse_uk(text: str) -> tuple[str, Decimal]:
    match = _UK.fullmatch(text)
    if not match:
        raise UnknownRingSize("A UK ring size is a letter such as L, L½ or Z+1.")
    letter, beyond, half = match.groups()
    index = Decimal(ord(letter) - ord("A") if letter else 25 + int(beyond or 0))
    if half:
        index += _HALF
    if index > _UK_LAST:
        raise UnknownRingSize("UK ring sizes run from A to Z+6.")
    return _uk_label(index), _UK_A_MM + index * _UK_LETTER_MM


def _uk_label(index: Decimal) -> str:
    whole = int(index)
    letter = chr(ord("A") + whole) if whole <= 25 else f"Z+{whole - 25}"
    return letter + ("½" if index % 1 else "")


def _parse_millimetres(text: str, offset: Decimal) -> tuple[str, Decimal]:
    if not _MILLIMETRES.fullmatch(text):
        raise UnknownRingSize("This ring size is a number in millimetres such as 54 or 54.5.")
    number = Decimal(text.replace(",", "."))
    return _plain(number), number + offset


def _parse_jp(text: str) -> tuple[str, Decimal]:
    number = int(text) if _JP.fullmatch(text) else 0
    if not 1 <= number <= len(_JP_DIAMETERS):
        raise UnknownRingSize("Japanese ring sizes are whole numbers from 1 to 30.")
    return str(number), _JP_DIAMETERS[number - 1] * PI


def parse_label(system: RingSizeSystem, label: str) -> tuple[str, Decimal]:
    """The canonical label and the inner circumference in mm (0.01) that it stands for.

    Raises UnknownRingSize for anything that is not a size of the system, hostile text included.
    """
    text = " ".join(label.split()).upper() if len(label) <= _LONGEST_LABEL else ""
    if not text:
        raise UnknownRingSize("A ring size is a short label such as 7, L½ or 54.")
    if system is RingSizeSystem.US:
        canonical, circumference = _parse_us(text)
    elif system is RingSizeSystem.UK:
        canonical, circumference = _parse_uk(text)
    elif system is RingSizeSystem.EU:
        canonical, circumference = _parse_millimetres(text, Decimal(0))
    elif system is RingSizeSystem.CH:
        canonical, circumference = _parse_millimetres(text, _SOUTHERN_OFFSET_MM)
    else:
        canonical, circumference = _parse_jp(text)
    return canonical, check_circumference(_round(circumference))


def check_circumference(value: Decimal) -> Decimal:
    """The circumference in mm, if a finger may have it; otherwise raises UnknownRingSize."""
    if not value.is_finite() or not SMALLEST_MM <= value <= LARGEST_MM:
        raise UnknownRingSize(
            f"An inner circumference lies between {SMALLEST_MM} and {LARGEST_MM} mm."
        )
    return value


def circumference_mm(system: RingSizeSystem, label: str) -> Decimal:
    """Inner circumference in mm (0.01) of a label; raises UnknownRingSize."""
    return parse_label(system, label)[1]


def label_for(system: RingSizeSystem, circumference: Decimal) -> str:
    """The nearest label: US quarters, UK halves, EU and CH half millimetres, JP whole sizes.

    `circumference` is in mm. Raises UnknownRingSize where the system has no such size.
    """
    check_circumference(circumference)
    if system is RingSizeSystem.US:
        size = _nearest(
            (circumference / PI / Decimal("25.4") - Decimal("0.458")) / Decimal("0.032"), _QUARTER
        )
        if 0 <= size <= _US_LARGEST:
            return _plain(size)
    elif system is RingSizeSystem.UK:
        index = _nearest((circumference - _UK_A_MM) / _UK_LETTER_MM, _HALF)
        if 0 <= index <= _UK_LAST:
            return _uk_label(index)
    elif system is RingSizeSystem.EU:
        return _plain(_nearest(circumference, _HALF))
    elif system is RingSizeSystem.CH:
        size = _nearest(circumference - _SOUTHERN_OFFSET_MM, _HALF)
        if size >= 0:
            return _plain(size)
    else:
        number = int(_nearest((circumference / PI - Decimal(13)) * 3, Decimal(1))) + 1
        if 1 <= number <= len(_JP_DIAMETERS):
            return str(number)
    raise UnknownRingSize(f"The {system.value.upper()} system has no size for {circumference} mm.")


def labels(circumference: Decimal) -> dict[RingSizeSystem, str]:
    """Every system's label for a circumference in mm; systems without such a size are absent."""
    found: dict[RingSizeSystem, str] = {}
    for system in RingSizeSystem:
        try:
            found[system] = label_for(system, circumference)
        except UnknownRingSize:
            continue
    return found


def all_labels(system: RingSizeSystem) -> tuple[str, ...]:
    """The labels a form offers, smallest first."""
    if system is RingSizeSystem.US:
        return tuple(_plain(_QUARTER * step) for step in range(int(_US_LARGEST * 4) + 1))
    if system is RingSizeSystem.UK:
        return tuple(_uk_label(_HALF * step) for step in range(_UK_LAST * 2 + 1))
    if system is RingSizeSystem.JP:
        return tuple(str(number) for number in range(1, len(_JP_DIAMETERS) + 1))
    offset = _SOUTHERN_OFFSET_MM if system is RingSizeSystem.CH else Decimal(0)
    start = max(SMALLEST_MM - offset, Decimal(0))
    count = int((LARGEST_MM - offset - start) / _HALF) + 1
    return tuple(_plain(start + _HALF * step) for step in range(count))


def diameter_mm(circumference: Decimal) -> Decimal:
    """Inner diameter in mm (0.01) of a circumference in mm."""
    return _round(circumference / PI)


def steps_us(delta_mm: Decimal) -> Decimal:
    """How many US sizes (0.01) a difference of circumference in mm is; keeps the sign."""
    return _round(delta_mm / US_STEP_MM)


def us_sizes_mm(sizes: Decimal) -> Decimal:
    """The circumference in mm (0.01) that so many US sizes span."""
    return _round(sizes * US_STEP_MM)


@dataclass(frozen=True, slots=True)
class RingSize:
    """A size as somebody named it. The label is kept in canonical form; raises UnknownRingSize."""

    system: RingSizeSystem
    label: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", parse_label(self.system, self.label)[0])

    @property
    def circumference(self) -> Decimal:
        """Inner circumference in mm (0.01)."""
        return circumference_mm(self.system, self.label)

    def __str__(self) -> str:
        return f"{self.system.value.upper()} {self.label}"
