"""The values that a CAD report is made of, as API clients see them."""

from __future__ import annotations

from decimal import Decimal as Number
from types import SimpleNamespace
from typing import Any

import graphene

from saleor_bespoke.graphql.values import enum
from saleor_bespoke.shop.types import Decimal, Money
from saleor_bespoke.steps.cad import findings
from saleor_bespoke.steps.cad.findings import Finding

BespokeCadReportState = enum(
    "BespokeCadReportState",
    "How far the examination of a CAD file is.",
    "WAITING",
    "DONE",
    "UNREADABLE",
    "UNAVAILABLE",
)
BespokeCadFindingCode = enum(
    "BespokeCadFindingCode", "What can be found of a draft.", *(code.value for code in Finding)
)
BespokeMeshUnit = graphene.Enum(
    "BespokeMeshUnit",
    [("MM", "mm"), ("CM", "cm"), ("M", "m"), ("INCH", "inch")],
    description=lambda value: (
        f"The mesh counts in {value.value}." if value else "The unit that a mesh counts in."
    ),
)


class BespokeSpatialPlace(graphene.ObjectType):
    """A place on a mesh."""

    class Meta:
        description = "A place on the surface of a mesh, in mm, with its outward direction."

    x = Decimal(required=True, description="mm along x.")
    y = Decimal(required=True, description="mm along y.")
    z = Decimal(required=True, description="mm along z.")
    normal_x = Decimal(required=True, description="The unit normal's x.")
    normal_y = Decimal(required=True, description="The unit normal's y.")
    normal_z = Decimal(required=True, description="The unit normal's z.")
    part = graphene.Int(description="The number of the connected part it lies on, if known.")


def place_of(position: Any, normal: Any, part: int | None = None) -> Any:
    """A place from numbers."""
    values = [Number(f"{value:.5f}") for value in (*position, *normal)]
    names = ("x", "y", "z", "normal_x", "normal_y", "normal_z")
    return SimpleNamespace(part=part, **dict(zip(names, values, strict=True)))


class BespokeCadFinding(graphene.ObjectType):
    """One thing to say against a mesh."""

    class Meta:
        description = "Something found of a mesh that stops it, or that somebody must answer for."

    code = BespokeCadFindingCode(required=True, description="What it is.")
    message = graphene.String(required=True, description="It in a sentence.")
    stops = graphene.Boolean(
        required=True, description="Whether it has to be mended; others need a decision."
    )

    @staticmethod
    def resolve_stops(root: findings.Found, _info: Any) -> bool:
        return root.code.stops


class BespokeMetalWeight(graphene.ObjectType):
    """What the piece weighs in one alloy."""

    class Meta:
        description = "What the piece weighs in one alloy, in g."

    alloy = graphene.String(required=True, description="The alloy's code.")
    model = Decimal(required=True, description="The model as it is drawn.")
    finished = Decimal(required=True, description="The finished piece, about.")
    casting = Decimal(required=True, description="The metal to melt, sprue and button included.")


class BespokeMetalBalance(graphene.ObjectType):
    """The metal beside the quote."""

    class Meta:
        description = "The metal that casting takes beside what was quoted and locked, in g."

    needed = Decimal(description="What casting takes.")
    quoted = Decimal(description="What the accepted quote names of this alloy, if it does.")
    locked = Decimal(required=True, description="What is locked for this commission.")
    difference = graphene.Field(
        Money, description="What the metal beyond the quote costs; negative where it takes less."
    )


class BespokeUnitGuess(graphene.ObjectType):
    """Which unit a mesh seems to count in."""

    class Meta:
        description = "The unit that a mesh seems to count in; a designer confirms it."

    unit = BespokeMeshUnit(description="The likely one, if one fits.")
    sure = graphene.Boolean(required=True, description="Whether exactly one fits.")
    reason = graphene.String(required=True, description="Why.")
