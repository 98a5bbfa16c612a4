"""Pure decisions about a measured mesh: what stops it, what somebody must answer for, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from saleor_bespoke.craft.metals import (
    ALLOYS,
    AlloyCode,
    casting_grams,
    finished_grams,
    weight_grams,
)
from saleor_bespoke.craft.ring_sizes import diameter_mm
from saleor_bespoke.craft.specification import Specification
from saleor_bespoke.errors import BespokeError, ErrorCode

HUNDREDTH = Decimal("0.01")
#: Of two measures whose share in each other is compared.
WALL_ERROR = Decimal("0.005")


class Finding(StrEnum):
    """What can be found; the first group stops a revision, the others need somebody's word."""

    NOT_WATERTIGHT = "NOT_WATERTIGHT"
    WRONG_SIZE = "WRONG_SIZE"
    UNIT_UNCONFIRMED = "UNIT_UNCONFIRMED"
    REPORT_WAITING = "REPORT_WAITING"
    NO_FINGER_HOLE = "NO_FINGER_HOLE"
    WALL_TOO_THIN = "WALL_TOO_THIN"
    METAL_ABOVE_QUOTE = "METAL_ABOVE_QUOTE"
    NOT_MEASURED = "NOT_MEASURED"
    NOT_COMPARED = "NOT_COMPARED"
    SIMILAR_DESIGN = "SIMILAR_DESIGN"

    @property
    def stops(self) -> bool:
        """Whether production would fail, so that nobody's word helps."""
        return self in STOPPING


#: Finding → the refusal it is told by.
STOPPING: Mapping[Finding, ErrorCode] = {
    Finding.NOT_WATERTIGHT: ErrorCode.MESH_UNFIT,
    Finding.WRONG_SIZE: ErrorCode.MESH_UNFIT,
    Finding.UNIT_UNCONFIRMED: ErrorCode.UNIT_UNCONFIRMED,
    Finding.REPORT_WAITING: ErrorCode.REPORT_NOT_READY,
}


@dataclass(frozen=True, kw_only=True)
class Measures:
    """A report as far as it is judged; lengths in mm."""

    state: str
    reason: str = ""
    unit_confirmed: bool = False
    watertight: bool | None = None
    inner_diameter: Decimal | None = None
    wall: Decimal | None = None
    volume: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the channel demands; mm, and a share of the quoted metal."""

    size_tolerance: Decimal
    wall_min: Decimal
    casting_allowance: Decimal
    metal_tolerance: Decimal


@dataclass(frozen=True, kw_only=True)
class Metal:
    """Gram of metal that casting takes, that was quoted and that is locked; None if not known.

    `difference` is what the metal beyond the quote costs, negative where it takes less.
    """

    needed: Decimal | None
    quoted: Decimal | None
    locked: Decimal
    difference: Decimal | None


@dataclass(frozen=True)
class Found:
    """One finding in a sentence for the workshop, and the facts that a decision is made on."""

    code: Finding
    message: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Weights:
    """Grams in one alloy: the model, the finished piece, the metal to cast it."""

    alloy: str
    model: Decimal
    finished: Decimal
    casting: Decimal


def ordered_diameter(specification: Specification) -> Decimal | None:
    """The inner diameter in mm that was ordered; None for what has no ring size."""
    size = specification.ring_size
    return diameter_mm(size.circumference) if size else None


def size_difference(measured: Decimal | None, ordered: Decimal | None) -> Decimal | None:
    """How much too wide, in mm to 0.01; negative is too narrow."""
    if measured is None or ordered is None:
        return None
    return (measured - ordered).quantize(HUNDREDTH, ROUND_HALF_UP)


def wall_limit(least: Decimal, by_alloy: Mapping[str, Decimal], alloy: str) -> Decimal:
    """The thinnest wall in mm that may be cast in an alloy."""
    return by_alloy.get(alloy, least)


def weights_of(
    volume: Decimal | None, alloys: Iterable[str], allowance: Decimal
) -> tuple[Weights, ...]:
    """What a volume in mm³ weighs in each alloy; nothing without a volume."""
    if volume is None:
        return ()
    found = []
    for code in alloys:
        model = weight_grams(volume, ALLOYS[AlloyCode(code)])
        finished, casting = finished_grams(model), casting_grams(model, allowance)
        found.append(Weights(code, model, finished, casting))
    return tuple(found)


def metal_of(
    needed: Decimal | None,
    quoted: Iterable[tuple[Decimal, Decimal]],
    locked: Decimal,
    quantum: Decimal,
) -> Metal:
    """Compare the metal with the quote's lines (gram, price) of the ordered alloy."""
    lines = list(quoted)
    grams = sum((it[0] for it in lines), Decimal(0))
    if not grams or needed is None:
        return Metal(needed=needed, quoted=grams or None, locked=locked, difference=None)
    price = sum((it[1] for it in lines), Decimal(0)) / grams
    difference = ((needed - grams) * price).quantize(quantum, ROUND_HALF_UP)
    return Metal(needed=needed, quoted=grams, locked=locked, difference=difference)


def findings(
    measures: Measures, *, ordered: Decimal | None, limits: Limits, metal: Metal
) -> tuple[Found, ...]:
    """What there is to say against a mesh, the gravest first."""
    if measures.state == "WAITING":
        return (Found(Finding.REPORT_WAITING, "The mesh is still being measured."),)
    if measures.state != "DONE":
        return (Found(Finding.NOT_MEASURED, measures.reason, {"reason": measures.reason}),)
    return (
        *_form(measures),
        *_size(measures, ordered, limits),
        *_wall(measures, limits),
        *_cost(metal, limits),
    )


def picture_findings(state: str, reason: str) -> tuple[Found, ...]:
    """What there is to say against a picture: that nobody could compare it with others."""
    if state == "WAITING":
        return (Found(Finding.REPORT_WAITING, "A picture is still being examined."),)
    if state == "DONE":
        return ()
    message = f"A picture was not compared with other clients' designs: {reason}"
    return (Found(Finding.NOT_COMPARED, message, {"reason": reason}),)


def _form(measures: Measures) -> Iterable[Found]:
    if not measures.watertight:
        yield Found(
            Finding.NOT_WATERTIGHT,
            "The mesh is not closed: it has open edges and cannot be cast as it is.",
        )
    if not measures.unit_confirmed:
        yield Found(Finding.UNIT_UNCONFIRMED, "Confirm the unit that the mesh counts in.")


def _size(measures: Measures, ordered: Decimal | None, limits: Limits) -> Iterable[Found]:
    if ordered is None:
        return
    if measures.inner_diameter is None:
        yield Found(
            Finding.NO_FINGER_HOLE,
            "No finger hole was found to measure the size by.",
            {"ordered": f"{ordered:.2f}", "volume": str(measures.volume)},
        )
        return
    apart = size_difference(measures.inner_diameter, ordered)
    if apart is not None and abs(apart) > limits.size_tolerance:
        yield Found(
            Finding.WRONG_SIZE,
            f"The inner diameter is {measures.inner_diameter:.2f} mm instead of "
            f"{ordered:.2f} mm; {limits.size_tolerance:f} mm are allowed.",
        )


def _wall(measures: Measures, limits: Limits) -> Iterable[Found]:
    # What a triangulated surface falls short of the smooth one it stands for is no fault.
    if measures.wall is not None and measures.wall < limits.wall_min * (1 - WALL_ERROR):
        yield Found(
            Finding.WALL_TOO_THIN,
            f"The thinnest wall is {measures.wall:.2f} mm; this alloy asks for "
            f"{limits.wall_min:.2f} mm.",
            {"wall": str(measures.wall), "least": str(limits.wall_min)},
        )


def _cost(metal: Metal, limits: Limits) -> Iterable[Found]:
    if metal.needed is None or metal.quoted is None:
        return
    if metal.needed > metal.quoted * (1 + limits.metal_tolerance):
        yield Found(
            Finding.METAL_ABOVE_QUOTE,
            f"Casting takes {metal.needed:.2f} g of metal; {metal.quoted:.2f} g were quoted.",
            {"needed": f"{metal.needed:.2f}", "quoted": f"{metal.quoted:.2f}"},
        )


def publish_check(found: Iterable[tuple[Found, bool]]) -> None:
    """Refuse what stops a revision, and what nobody decided yet (the second of each pair)."""
    open_ones = []
    for it, decided in found:
        if it.code.stops:
            raise BespokeError(STOPPING[it.code], it.message)
        if not decided:
            open_ones.append(it)
    for it in open_ones:
        code = ErrorCode.FINDING_OPEN
        if it.code is Finding.SIMILAR_DESIGN:
            code = ErrorCode.SIMILAR_DESIGN
        raise BespokeError(code, f"{it.message} Record a decision about it first.")
