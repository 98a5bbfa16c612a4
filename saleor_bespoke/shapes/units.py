"""Which unit a file counts in: STL and OBJ do not say, so it is guessed and then confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from saleor_bespoke.craft.pieces import PieceType
from saleor_bespoke.craft.ring_sizes import LARGEST_MM, PI, SMALLEST_MM


class Unit(StrEnum):
    """The units that CAD programs export in."""

    MM = "mm"
    CM = "cm"
    M = "m"
    INCH = "inch"

    @property
    def mm(self) -> float:
        """How many mm one is."""
        return _MM[self]


_MM: Final[Mapping[Unit, float]] = MappingProxyType(
    {Unit.MM: 1.0, Unit.CM: 10.0, Unit.M: 1000.0, Unit.INCH: 25.4}
)
_CLOSE: Final = 0.12
"""A design may be a few sizes off its order and is still plainly meant in this unit."""
_FINGERS: Final = (float(SMALLEST_MM / PI), float(LARGEST_MM / PI))
_LARGEST_SIDES: Final[Mapping[PieceType, tuple[float, float]]] = MappingProxyType(
    {
        PieceType.RING: (14.0, 60.0),
        PieceType.WEDDING_BAND: (14.0, 40.0),
        PieceType.PENDANT: (6.0, 90.0),
        PieceType.NECKLACE: (60.0, 600.0),
        PieceType.EARRINGS: (4.0, 110.0),
        PieceType.BRACELET: (40.0, 240.0),
        PieceType.BROOCH: (12.0, 110.0),
    }
)
"""The largest side in mm that such a piece usually has."""


@dataclass(frozen=True, slots=True)
class UnitGuess:
    """The likely unit, or None; `fitting` are all that would make sense, the likely one first.

    `sure` is true where exactly one fits. Either way a person confirms it.
    """

    unit: Unit | None
    sure: bool
    fitting: tuple[Unit, ...]
    reason: str


def units_guess(
    *,
    piece: PieceType,
    largest_side: float,
    inner_diameter: float | None = None,
    ordered_diameter: float | None = None,
) -> UnitGuess:
    """Guess from what was measured in the file's own unit and, for a ring, from the order.

    `largest_side` and `inner_diameter` are in the file's unit (the latter None where no finger hole
    was found), `ordered_diameter` is in mm.
    """
    if inner_diameter is not None and piece.has_ring_size:
        return _by_finger(inner_diameter, ordered_diameter)
    low, high = _LARGEST_SIDES[piece]
    fitting = [unit for unit in Unit if low <= largest_side * unit.mm <= high]
    return _answer(fitting, f"largest side of {largest_side:.4g}", f"a {piece.display_name}")


def _by_finger(inner: float, ordered: float | None) -> UnitGuess:
    if ordered is not None:
        near = [unit for unit in Unit if abs(inner * unit.mm / ordered - 1) <= _CLOSE]
        if near:
            wanted = f"the ordered {ordered:.2f} mm"
            return _answer(near, f"inner diameter of {inner:.4g}", wanted)
    low, high = _FINGERS
    fitting = [unit for unit in Unit if low <= inner * unit.mm <= high]
    return _answer(fitting, f"inner diameter of {inner:.4g}", "a finger")


def _answer(fitting: list[Unit], fact: str, wanted: str) -> UnitGuess:
    if not fitting:
        return UnitGuess(None, False, (), f"The {fact} fits {wanted} in no unit.")
    names = " or ".join(fitting)
    sure = len(fitting) == 1
    reason = f"The {fact} fits {wanted} in {names}" + ("." if sure else "; please say which.")
    return UnitGuess(fitting[0], sure, tuple(fitting), reason)
