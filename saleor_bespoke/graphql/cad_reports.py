"""What was found of a CAD file, as API clients see it, and who decided about it."""

from __future__ import annotations

from decimal import Decimal as Number
from types import SimpleNamespace
from typing import Any

import graphene
from django.db.models import F
from promise import Promise

from saleor_bespoke import conf
from saleor_bespoke.craft.specification import Specification
from saleor_bespoke.graphql.base import staff_view
from saleor_bespoke.graphql.cad_measures import (
    BespokeCadFinding,
    BespokeCadReportState,
    BespokeMeshUnit,
    BespokeMetalBalance,
    BespokeMetalWeight,
    BespokeSpatialPlace,
    BespokeUnitGuess,
    place_of,
)
from saleor_bespoke.graphql.loaders import row_of, rows_of
from saleor_bespoke.graphql.values import money
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.types import DateTime, Decimal
from saleor_bespoke.steps.cad import findings, selectors
from saleor_bespoke.steps.cad.models import CadRevision, CadView
from saleor_bespoke.steps.cad.report_models import CadReport
from saleor_bespoke.steps.cad.words import report_words
from saleor_bespoke.steps.quoting.models import QuoteLine
from saleor_bespoke.workshop.models import Holding


class BespokeCadReport(graphene.ObjectType):
    """The examination of a CAD file."""

    class Meta:
        description = "What was measured of a CAD file; lengths in mm, volume in mm³."

    state = BespokeCadReportState(required=True, description="How far it is.")
    reason = graphene.String(required=True, description="Why it could not be examined.")
    words = graphene.List(
        graphene.NonNull(graphene.String),
        required=True,
        description="The report in plain words, in the commission's language; none of a picture.",
    )
    unit = BespokeMeshUnit(description="The unit that the measures are taken by.")
    unit_guess = graphene.Field(BespokeUnitGuess, description="Which unit it seems to be.")
    unit_confirmed_at = DateTime(description="When the designer confirmed the unit.")
    watertight = graphene.Boolean(description="Whether the surface is closed.")
    parts = graphene.Int(description="How many connected parts it has.")
    triangles = graphene.Int(description="How many triangles it has.")
    size = graphene.List(
        graphene.NonNull(Decimal), description="Its extent along x, y and z in mm."
    )
    volume = Decimal(description="The metal's volume in mm³.")
    inner_diameter = Decimal(description="Of a ring, what a ring stick measures, in mm.")
    ordered_diameter = Decimal(description="What the ordered size asks for, in mm.")
    fits = graphene.Boolean(description="Whether that is within the tolerance.")
    wall = Decimal(description="The thinnest wall in mm.")
    wall_place = graphene.Field(BespokeSpatialPlace, description="Where it is the thinnest.")
    weights = graphene.List(
        graphene.NonNull(BespokeMetalWeight),
        required=True,
        description="What it weighs in the ordered alloy and the others the shop offers.",
    )
    metal = graphene.Field(
        BespokeMetalBalance, description="The metal beside the quote; for staff alone."
    )
    findings = graphene.List(
        graphene.NonNull(BespokeCadFinding),
        description="What there is to say against it; for staff alone.",
    )

    @staticmethod
    def resolve_unit(root: CadReport, _info: Any) -> str | None:
        return root.unit or None

    @staticmethod
    def resolve_unit_guess(root: CadReport, _info: Any) -> Any:
        guess = root.facts.get("guess")
        return SimpleNamespace(**guess) if guess else None

    @staticmethod
    def resolve_unit_confirmed_at(root: CadReport, _info: Any) -> Any:
        return root.confirmed_at

    @staticmethod
    def resolve_parts(root: CadReport, _info: Any) -> int | None:
        return root.facts["measured"]["part_count"] if root.facts else None

    @staticmethod
    def resolve_triangles(root: CadReport, _info: Any) -> int | None:
        return root.facts["measured"]["triangles"] if root.facts else None

    @staticmethod
    def resolve_size(root: CadReport, _info: Any) -> Any:
        size = root.facts["measured"]["size"] if root.facts else None
        return size and [Number(f"{value:.3f}") for value in size]

    @staticmethod
    def resolve_volume(root: CadReport, _info: Any) -> Any:
        return root.volume_mm3

    @staticmethod
    def resolve_inner_diameter(root: CadReport, _info: Any) -> Any:
        return root.inner_diameter_mm

    @staticmethod
    def resolve_ordered_diameter(root: CadReport, info: Any) -> Any:
        return _order(root, info).then(lambda it: findings.ordered_diameter(it[1]))

    @staticmethod
    def resolve_fits(root: CadReport, info: Any) -> Any:
        def fits(it: Any) -> bool | None:
            project, specification = it
            ordered = findings.ordered_diameter(specification)
            apart = findings.size_difference(root.inner_diameter_mm, ordered)
            tolerance = conf.policy(project.channel).mesh_tolerance_mm
            return None if apart is None else abs(apart) <= tolerance

        return _order(root, info).then(fits)

    @staticmethod
    def resolve_wall(root: CadReport, _info: Any) -> Any:
        return root.wall_mm

    @staticmethod
    def resolve_wall_place(root: CadReport, _info: Any) -> Any:
        walls = root.facts.get("walls")
        return place_of(walls["place"], walls["normal"]) if walls else None

    @staticmethod
    def resolve_weights(root: CadReport, info: Any) -> Any:
        def weights(it: Any) -> Any:
            project, specification = it
            policy = conf.policy(project.channel)
            alloys = dict.fromkeys((specification.alloy.value, *policy.metals))
            return findings.weights_of(root.volume_mm3, alloys, policy.casting_allowance)

        return _order(root, info).then(weights)

    @staticmethod
    def resolve_words(root: CadReport, info: Any) -> Any:
        return _order(root, info).then(lambda it: words_of(root, *it))

    @staticmethod
    def resolve_metal(root: CadReport, info: Any) -> Any:
        return _judged(root, info).then(
            lambda it: (
                None
                if it is None
                else SimpleNamespace(
                    needed=it[1].needed,
                    quoted=it[1].quoted,
                    locked=it[1].locked,
                    difference=money(it[1].difference, it[0].currency),
                )
            )
        )

    @staticmethod
    def resolve_findings(root: CadReport, info: Any) -> Any:
        return _judged(root, info).then(lambda it: it and it[2])


def words_of(report: CadReport, project: BespokeProject, specification: Specification) -> list[str]:
    """The report in the customer's language."""
    if report.kind != "SHAPE":
        return []
    policy = conf.policy(project.channel)
    weights = findings.weights_of(
        report.volume_mm3, [specification.alloy.value], policy.casting_allowance
    )
    return report_words(
        selectors.measures_of(report),
        language=project.language,
        ordered=findings.ordered_diameter(specification),
        tolerance=policy.mesh_tolerance_mm,
        weight=weights[0] if weights else None,
        size=report.facts["measured"]["size"] if report.facts else None,
    )


def _order(report: CadReport, info: Any) -> Promise[Any]:
    """The commission and the specification that a report is compared with."""

    def project_of(revision: CadRevision) -> Any:
        specification = Specification.from_json(revision.specification)
        return row_of(info, BespokeProject, revision.project_id).then(
            lambda project: (project, specification)
        )

    return (
        row_of(info, CadView, report.view_id)
        .then(lambda view: row_of(info, CadRevision, view.revision_id))
        .then(project_of)
    )


def _judged(report: CadReport, info: Any) -> Promise[Any]:
    """Commission, metal and findings of a mesh, for staff; None for others and for pictures."""

    def judge(it: Any) -> Any:
        project, specification = it
        if report.kind != "SHAPE" or not staff_view(info, project):
            return None
        alloy = specification.alloy.value

        def told(rows: Any) -> Any:
            lines, held = rows
            metal = selectors.metal_between(
                report,
                specification,
                project,
                quoted=[(row.quantity, row.amount) for row in lines if row.alloy == alloy],
                locked=sum((row.quantity for row in held if row.alloy == alloy), Number(0)),
            )
            return project, metal, selectors.judged(report, specification, project, metal)

        return Promise.all(
            [
                rows_of(info, "quoted_metal", _quoted_metal, "of_project", project.pk),
                rows_of(info, "locked_metal", _locked_metal, "project_id", project.pk),
            ]
        ).then(told)

    return _order(report, info).then(judge)


def _quoted_metal() -> Any:
    return QuoteLine.objects.filter(
        material__kind="METAL",
        material__unit="GRAM",
        alternative__quote__status="ACCEPTED",
        alternative__quote__accepted_alternative=F("alternative"),
    ).annotate(of_project=F("alternative__quote__project_id"), alloy=F("material__alloy"))


def _locked_metal() -> Any:
    return Holding.objects.filter(
        state="LOCKED", material__kind="METAL", material__unit="GRAM"
    ).annotate(alloy=F("material__alloy"))
