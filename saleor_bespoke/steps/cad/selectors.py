"""Reads of the design room: a report judged, and two revisions side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from saleor_bespoke import conf
from saleor_bespoke.craft.pieces import Change, difference
from saleor_bespoke.craft.specification import Specification
from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound
from saleor_bespoke.money.minor_units import quantum
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.cad import findings
from saleor_bespoke.steps.cad.models import CadRevision, CadView
from saleor_bespoke.steps.cad.report_models import CadReport, DesignPrint


def limits_of(channel: str, alloy: str) -> findings.Limits:
    """What the channel demands of a mesh in this alloy."""
    policy = conf.policy(channel)
    return findings.Limits(
        size_tolerance=policy.mesh_tolerance_mm,
        wall_min=findings.wall_limit(policy.wall_min_mm, policy.wall_min_by_alloy, alloy),
        casting_allowance=policy.casting_allowance,
        metal_tolerance=policy.metal_tolerance,
    )


def measures_of(report: CadReport) -> findings.Measures:
    """A report as the rules judge it."""
    return findings.Measures(
        state=report.state,
        reason=report.reason,
        unit_confirmed=bool(report.confirmed_unit),
        watertight=report.watertight,
        inner_diameter=report.inner_diameter_mm,
        wall=report.wall_mm,
        volume=report.volume_mm3,
    )


def metal_between(
    report: CadReport,
    specification: Specification,
    project: BespokeProject,
    *,
    quoted: Iterable[tuple[Decimal, Decimal]],
    locked: Decimal,
) -> findings.Metal:
    """The metal that casting takes beside what was quoted (gram and price) and what is locked."""
    allowance = conf.policy(project.channel).casting_allowance
    weights = findings.weights_of(report.volume_mm3, [specification.alloy.value], allowance)
    needed = weights[0].casting if weights else None
    return findings.metal_of(needed, quoted, locked, quantum(project.currency))


def judged(
    report: CadReport,
    specification: Specification,
    project: BespokeProject,
    metal: findings.Metal,
) -> tuple[findings.Found, ...]:
    """What there is to say against a mesh."""
    return findings.findings(
        measures_of(report),
        ordered=findings.ordered_diameter(specification),
        limits=limits_of(project.channel, specification.alloy.value),
        metal=metal,
    )


@dataclass(frozen=True)
class Measured:
    """What is compared of a revision's mesh: mm, mm³ and gram; None without a mesh."""

    inner_diameter: Decimal | None
    wall: Decimal | None
    volume: Decimal | None
    weight: Decimal | None
    size: tuple[Decimal, ...]


@dataclass(frozen=True)
class Side:
    """One side of both revisions; `apart` is 0 for the same picture, None if nobody can tell."""

    view: str
    before: CadView | None
    after: CadView | None
    apart: float | None


@dataclass(frozen=True)
class Difference:
    """Two revisions of one commission side by side."""

    before: CadRevision
    after: CadRevision
    changes: tuple[Change, ...]
    measured: tuple[Measured | None, Measured | None]
    sides: tuple[Side, ...]


def revisions_compared(
    project: BespokeProject, before_pk: UUID, after_pk: UUID, *, drafts: bool
) -> Difference:
    """What differs between two revisions; drafts exist for staff alone."""
    rows = project.revisions.filter(pk__in=[before_pk, after_pk])
    if not drafts:
        rows = rows.exclude(status="DRAFT")
    found = {row.pk: row for row in rows}
    if before_pk not in found or after_pk not in found:
        raise NotFound("revision", field="before" if before_pk not in found else "after")
    if before_pk == after_pk:
        raise BespokeError(ErrorCode.INVALID, "Name two different revisions.", field="after")
    before, after = found[before_pk], found[after_pk]
    specifications = [Specification.from_json(it.specification) for it in (before, after)]
    views = list(
        CadView.objects.filter(revision__in=found)
        .select_related("file", "report", "mark")
        .order_by("view", "pk")
    )
    measured = tuple(
        _measured([it for it in views if it.revision_id == row.pk], project, specification)
        for row, specification in zip((before, after), specifications, strict=True)
    )
    return Difference(
        before,
        after,
        difference(*specifications),
        (measured[0], measured[1]),
        tuple(_sides(views, before, after)),
    )


def _measured(
    views: list[CadView], project: BespokeProject, specification: Specification
) -> Measured | None:
    for view in views:
        report: CadReport | None = getattr(view, "report", None)
        if report is None or report.kind != "SHAPE" or report.state != "DONE":
            continue
        allowance = conf.policy(project.channel).casting_allowance
        weight = findings.weights_of(report.volume_mm3, [specification.alloy.value], allowance)
        return Measured(
            report.inner_diameter_mm,
            report.wall_mm,
            report.volume_mm3,
            weight[0].finished if weight else None,
            tuple(Decimal(f"{it:.3f}") for it in report.facts["measured"]["size"]),
        )
    return None


def _sides(views: list[CadView], before: CadRevision, after: CadRevision) -> Iterable[Side]:
    """Views of the same name beside each other, the first of each."""
    for name in sorted({view.view for view in views}):
        first, second = (
            next((it for it in views if it.view == name and it.revision_id == row.pk), None)
            for row in (before, after)
        )
        yield Side(name, first, second, _apart(first, second))


def _apart(first: CadView | None, second: CadView | None) -> float | None:
    if first is None or second is None:
        return None
    if first.file.sha256 == second.file.sha256:
        return 0.0
    one: DesignPrint | None = getattr(first, "mark", None)
    other: DesignPrint | None = getattr(second, "mark", None)
    if one is None or other is None or one.kind != other.kind:
        return None
    from saleor_bespoke.shapes import likeness

    compare = likeness.shapes_distances if one.kind == "SHAPE" else likeness.details_distances
    return max(compare(bytes(one.mark), [bytes(other.mark)])[0], 0.0)
