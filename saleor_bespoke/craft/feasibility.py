"""Feasibility: everything worth saying about a specification before it is quoted.

Rules are small functions from a `Case` to findings; `assess` runs them all. Those about the design
itself live in `feasibility_design`; here are size, band, engraving, budget and the law.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from saleor_bespoke.craft import feasibility_design
from saleor_bespoke.craft.engraving import EngravingPlace, check_engraving
from saleor_bespoke.craft.findings import (
    NICKEL_DIRECTIVE,
    Case,
    FeasibilityPolicy,
    Finding,
    FindingCode,
    Severity,
)
from saleor_bespoke.craft.money import Amount
from saleor_bespoke.craft.pieces import Specification, StyleFeature
from saleor_bespoke.craft.resizability import resize_facts, resize_prospect
from saleor_bespoke.craft.ring_sizes import SizeSource

__all__ = [
    "RULES",
    "Case",
    "FeasibilityPolicy",
    "Finding",
    "FindingCode",
    "Severity",
    "assess",
]

_BAND_PLACES: Final = (EngravingPlace.INSIDE_BAND, EngravingPlace.OUTSIDE_BAND)


def band_too_thin(case: Case) -> Iterator[Finding]:
    """Under 1.5 mm a band bends in daily wear; under 1 mm it cannot be cast."""
    width, policy = case.spec.band_width_mm, case.policy
    if width is None or width >= policy.sturdy_mm:
        return
    uncastable = width < policy.thinnest_mm
    yield Finding(
        FindingCode.BAND_TOO_THIN,
        Severity.IMPOSSIBLE if uncastable else Severity.RISK,
        "bandWidthMm",
        f"A band of {width} mm cannot be cast soundly."
        if uncastable
        else f"A band of {width} mm bends in daily wear; {policy.sturdy_mm} mm holds.",
    )


def comfort_fit_too_narrow(case: Case) -> Iterator[Finding]:
    """A narrow band has no room for the dome inside."""
    width = case.spec.band_width_mm
    comfort = StyleFeature.COMFORT_FIT in case.spec.features
    if comfort and width is not None and width < case.policy.comfort_mm:
        yield Finding(
            FindingCode.COMFORT_FIT_TOO_NARROW,
            Severity.RISK,
            "features",
            f"Comfort fit is not felt in a band narrower than {case.policy.comfort_mm} mm.",
        )


def wide_band_feels_tighter(case: Case) -> Iterator[Finding]:
    """From 6 mm on a band feels tighter than its size, with comfort fit looser."""
    spec = case.spec
    wide = spec.band_width_mm is not None and spec.band_width_mm >= case.policy.wide_mm
    comfort = StyleFeature.COMFORT_FIT in spec.features
    if wide != comfort:
        feel = "tighter" if wide else "looser"
        yield Finding(
            FindingCode.WIDE_BAND_FEELS_TIGHTER,
            Severity.INFO,
            "ringSize",
            f"This band feels a quarter to half a size {feel} than its number.",
        )


def size_not_producible(case: Case) -> Iterator[Finding]:
    """Sizes no mandrel of the shop reaches, and rare ones that take longer."""
    size, policy = case.spec.ring_size, case.policy
    if size is None:
        return
    around = size.circumference
    if not policy.smallest_mm <= around <= policy.largest_mm:
        yield Finding(
            FindingCode.SIZE_NOT_PRODUCIBLE,
            Severity.IMPOSSIBLE,
            "ringSize",
            f"The shop makes rings of {policy.smallest_mm} to {policy.largest_mm} mm around, "
            f"not {around} mm.",
        )
    elif not policy.rare_below_mm <= around <= policy.rare_above_mm:
        yield Finding(
            FindingCode.RARE_SIZE,
            Severity.INFO,
            "ringSize",
            f"{size} is a rare size and may take longer.",
        )


def not_resizable(case: Case) -> Iterator[Finding]:
    """A ring that can never be resized, riskier where the studio did not measure."""
    if not case.spec.piece_type.has_ring_size:
        return
    prospect = resize_prospect(resize_facts(case.spec), case.policy.resize)
    if not prospect.possible:
        measured = case.spec.size_source is SizeSource.MEASURED_BY_STUDIO
        reasons = " ".join(reason.sentence for reason in prospect.reasons)
        yield Finding(
            FindingCode.NOT_RESIZABLE,
            Severity.INFO if measured else Severity.RISK,
            "features",
            f"{reasons} The size must be right the first time.",
        )


def engraving_not_possible(case: Case) -> Iterator[Finding]:
    """Characters that cannot be cut, a text too long, a place the piece does not have."""
    engraving = case.spec.engraving
    if engraving is None:
        return
    check = check_engraving(engraving, case.policy.engraving_limits)
    problems = []
    if engraving.place in _BAND_PLACES and not case.spec.piece_type.has_ring_size:
        problems.append(f"A {case.spec.piece_type.display_name} has no band to engrave.")
    if check.offences:
        first = check.offences[0]
        problems.append(
            f"{len(check.offences)} character(s) cannot be engraved, the first at "
            f"position {first.position + 1}: {first.name}."
        )
    if check.excess:
        problems.append(f"The engraving is {check.excess} character(s) too long.")
    if not check.text.strip():
        problems.append("The engraving has no text.")
    for sentence in problems:
        code = FindingCode.ENGRAVING_NOT_POSSIBLE
        yield Finding(code, Severity.IMPOSSIBLE, "engraving", sentence)


def engraving_band_narrow(case: Case) -> Iterator[Finding]:
    """Letters on a band under 2 mm are too small to read."""
    engraving, width = case.spec.engraving, case.spec.band_width_mm
    if engraving is None or engraving.place not in _BAND_PLACES or width is None:
        return
    if width < case.policy.engravable_mm:
        yield Finding(
            FindingCode.ENGRAVING_BAND_NARROW,
            Severity.RISK,
            "engraving",
            f"Letters on a band of {width} mm are hardly readable.",
        )


def stones_above_budget(case: Case) -> Iterator[Finding]:
    """The stones alone, at the shop's floor prices, cost more than the customer's stretch."""
    if case.stretch is None:
        return
    floor = Amount.parse("0", case.stretch.currency)
    for stone in case.spec.stones:
        price = case.policy.price_per_carat.get((stone.kind, stone.origin))
        if price is not None and stone.total_carat and price.currency == floor.currency:
            floor += Amount.rounded(price.value * stone.total_carat, price.currency)
    if floor > case.stretch:
        yield Finding(
            FindingCode.STONES_ABOVE_BUDGET,
            Severity.IMPOSSIBLE,
            "stones",
            f"The stones alone start at {floor}, above the stretch budget of {case.stretch}.",
        )


def nickel_release(case: Case) -> Iterator[Finding]:
    """Nickel in contact with skin is limited in Europe: 0.5 µg/cm²/week, 0.2 for posts."""
    nickel = case.alloy.nickel
    if nickel is False or (case.country or "").upper() not in NICKEL_DIRECTIVE:
        return
    name = case.alloy.display_name.capitalize()
    yield Finding(
        FindingCode.NICKEL_RELEASE,
        Severity.RISK if nickel else Severity.INFO,
        "alloy",
        f"{name} holds nickel, whose release is limited by law at the destination."
        if nickel
        else f"{name} may hold nickel; use a palladium white or a proven low release.",
    )


def old_metal_refused(case: Case) -> Iterator[Finding]:
    """Grain, sheet and wire from customers are refused under any condition."""
    for old in case.spec.old_jewellery:
        if not old.form.acceptable:
            yield Finding(
                FindingCode.OLD_METAL_REFUSED,
                Severity.IMPOSSIBLE,
                "oldJewellery",
                f"Metal brought as {old.form.value} is not accepted.",
            )


RULES: Final = (
    *feasibility_design.RULES,
    band_too_thin,
    comfort_fit_too_narrow,
    wide_band_feels_tighter,
    size_not_producible,
    not_resizable,
    engraving_not_possible,
    engraving_band_narrow,
    stones_above_budget,
    nickel_release,
    old_metal_refused,
)
_ORDER: Final = list(reversed(Severity))


def assess(
    spec: Specification,
    *,
    stretch: Amount | None = None,
    country: str | None = None,
    policy: FeasibilityPolicy | None = None,
) -> tuple[Finding, ...]:
    """Every finding on a specification, the gravest first.

    `stretch` is the most the customer pays, `country` (ISO 3166 alpha-2) where the piece goes.
    """
    case = Case(spec, policy or FeasibilityPolicy(), stretch, country)
    found = [finding for rule in RULES for finding in rule(case)]
    return tuple(sorted(found, key=lambda finding: _ORDER.index(finding.severity)))
