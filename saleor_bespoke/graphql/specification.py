"""The typed specification as clients see it, and the vocabularies that inputs share with it.

The root of `BespokeSpecification` is a `craft.specification.Specification`, that of `BespokeStone`
a `craft.stones.Stone`. What clients send stands in `specification_inputs`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import graphene

from saleor_bespoke.craft.engraving import EngravingPlace
from saleor_bespoke.craft.metals import ALLOYS, AlloyCode, Finish
from saleor_bespoke.craft.pieces import Specification, canonical_hash
from saleor_bespoke.craft.ring_sizes import RingSizeSystem, SizeSource, labels
from saleor_bespoke.craft.stones import (
    GrownAssessment,
    Origin,
    Stone,
    StoneKind,
    StoneRole,
    StoneShape,
    Treatment,
    describe,
)
from saleor_bespoke.craft.styles import OldMetalForm, PieceType, SettingType, StyleFeature
from saleor_bespoke.shop.types import Decimal


def craft_enum(name: str, kind: type[StrEnum], description: str) -> graphene.Enum:
    """A GraphQL enum of a craft vocabulary: upper-case names for its stored values."""

    def describe_value(value: Any) -> str:
        return description if value is None else value.name.replace("_", " ").capitalize() + "."

    members = [(member.name, member.value) for member in kind]
    return graphene.Enum(name, members, description=describe_value)


BespokePieceType = craft_enum("BespokePieceType", PieceType, "What is being made.")
BespokeAlloyCode = craft_enum("BespokeAlloyCode", AlloyCode, "The alloy of a piece.")
BespokeFinish = craft_enum("BespokeFinish", Finish, "The surface of the metal.")
BespokeSettingType = craft_enum("BespokeSettingType", SettingType, "How the main stone is held.")
BespokeStyleFeature = craft_enum("BespokeStyleFeature", StyleFeature, "What marks the style.")
BespokeStoneKind = craft_enum("BespokeStoneKind", StoneKind, "A kind of stone.")
BespokeStoneOrigin = craft_enum("BespokeStoneOrigin", Origin, "Where a stone grew.")
BespokeStoneShape = craft_enum("BespokeStoneShape", StoneShape, "The outline of a cut.")
BespokeStoneRole = craft_enum("BespokeStoneRole", StoneRole, "What a stone does in the design.")
BespokeTreatment = craft_enum("BespokeTreatment", Treatment, "What was done to a stone.")
BespokeGrownAssessment = craft_enum(
    "BespokeGrownAssessment", GrownAssessment, "A laboratory's word on a laboratory-grown diamond."
)
BespokeRingSizeSystem = craft_enum(
    "BespokeRingSizeSystem", RingSizeSystem, "The country's way to name a ring size."
)
BespokeSizeSource = craft_enum("BespokeSizeSource", SizeSource, "Who measured the finger.")
BespokeEngravingPlace = craft_enum("BespokeEngravingPlace", EngravingPlace, "Where a text goes.")
BespokeOldMetalForm = craft_enum(
    "BespokeOldMetalForm", OldMetalForm, "What old metal is brought; grain, sheet and wire are not."
)


def _list(kind: Any, description: str) -> graphene.List:
    return graphene.List(graphene.NonNull(kind), required=True, description=description)


class BespokeStone(graphene.ObjectType):
    """A stone of a design."""

    class Meta:
        description = "One kind of stone in a design. Sizes in mm, weight in carat of each stone."

    kind = BespokeStoneKind(required=True, description="What stone it is.")
    origin = BespokeStoneOrigin(required=True, description="Where it grew.")
    carat = Decimal(description="Weight of each stone in carat.")
    colour = graphene.String(description="Colour or colour grade.")
    clarity = graphene.String(description="Clarity grade.")
    shape = BespokeStoneShape(description="Outline of the cut.")
    dimensions_mm = graphene.List(
        graphene.NonNull(Decimal), description="Length, width and depth in mm."
    )
    treatments = _list(BespokeTreatment, "Treatments, every one disclosed.")
    assessment = BespokeGrownAssessment(description="A laboratory-grown diamond's assessment.")
    role = BespokeStoneRole(required=True, description="Its part in the design.")
    quantity = graphene.Int(required=True, description="How many such stones.")
    description = graphene.String(
        required=True, description="The stone in one line, worded as trade law asks."
    )

    @staticmethod
    def resolve_description(root: Stone, _info: Any) -> str:
        return describe(root)


class BespokeRingSizeLabel(graphene.ObjectType):
    """A ring size in one system."""

    class Meta:
        description = "The nearest label of a ring size in one system."

    system = BespokeRingSizeSystem(required=True, description="Whose label it is.")
    label = graphene.String(required=True, description="The label.")


class BespokeRingSize(graphene.ObjectType):
    """A ring size: the root is the specification that holds it."""

    class Meta:
        description = "A ring size as it was named, and what it means."

    system = BespokeRingSizeSystem(required=True, description="Whose label it is.")
    label = graphene.String(required=True, description="The label as ordered.")
    measured_by = BespokeSizeSource(required=True, description="Who measured the finger.")
    circumference_mm = Decimal(required=True, description="Inner circumference in mm.")
    labels = _list(BespokeRingSizeLabel, "The nearest label in every system.")

    @staticmethod
    def resolve_system(root: Specification, _info: Any) -> Any:
        return root.ring_size and root.ring_size.system

    @staticmethod
    def resolve_label(root: Specification, _info: Any) -> Any:
        return root.ring_size and root.ring_size.label

    @staticmethod
    def resolve_measured_by(root: Specification, _info: Any) -> Any:
        return root.size_source

    @staticmethod
    def resolve_circumference_mm(root: Specification, _info: Any) -> Any:
        return root.ring_size and root.ring_size.circumference

    @staticmethod
    def resolve_labels(root: Specification, _info: Any) -> Any:
        found = labels(root.ring_size.circumference) if root.ring_size else {}
        return [BespokeRingSizeLabel(system=system, label=label) for system, label in found.items()]


class BespokeEngraving(graphene.ObjectType):
    """A text on the piece."""

    class Meta:
        description = "A text to engrave, and where."

    text = graphene.String(required=True, description="The text.")
    place = BespokeEngravingPlace(required=True, description="Where it goes.")


class BespokeOwnStone(graphene.ObjectType):
    """A stone the customer brings."""

    class Meta:
        description = "A stone the customer brings, as declared."

    description = graphene.String(required=True, description="What the customer knows of it.")
    stone = graphene.Field(BespokeStone, required=True, description="Its facts as declared.")


class BespokeOldJewellery(graphene.ObjectType):
    """Old jewellery offered towards the price."""

    class Meta:
        description = "Old jewellery or coins offered towards the price, as declared."

    description = graphene.String(required=True, description="What is brought.")
    form = BespokeOldMetalForm(required=True, description="Its form.")
    alloy = BespokeAlloyCode(description="The alloy, if known.")
    claimed_grams = Decimal(description="Its weight in grams as the customer states it.")


class BespokeSpecification(graphene.ObjectType):
    """What is to be made."""

    class Meta:
        description = "What is to be made. Widths and lengths in mm."

    piece_type = BespokePieceType(required=True, description="What the piece is.")
    alloy = BespokeAlloyCode(required=True, description="Of which metal.")
    alloy_name = graphene.String(required=True, description="The metal as a sentence names it.")
    finish = BespokeFinish(required=True, description="Its surface.")
    setting = BespokeSettingType(required=True, description="How the main stone is held.")
    stones = _list(BespokeStone, "The stones of the design, the centre first.")
    ring_size = graphene.Field(BespokeRingSize, description="The size, for rings.")
    band_width_mm = Decimal(description="Width of a ring's band in mm.")
    length_mm = Decimal(description="Length of a chain or bracelet in mm.")
    engraving = graphene.Field(BespokeEngraving, description="A text to engrave.")
    features = _list(BespokeStyleFeature, "Marks of the style.")
    own_stones = _list(BespokeOwnStone, "Stones the customer brings.")
    old_jewellery = _list(BespokeOldJewellery, "Old jewellery towards the price.")
    notes = graphene.String(required=True, description="What else matters.")
    hash = graphene.String(
        required=True, description="SHA-256 of its canonical form: what receipts refer to."
    )

    @staticmethod
    def resolve_alloy_name(root: Specification, _info: Any) -> str:
        return ALLOYS[root.alloy].display_name

    @staticmethod
    def resolve_ring_size(root: Specification, _info: Any) -> Specification | None:
        return root if root.ring_size else None

    @staticmethod
    def resolve_hash(root: Specification, _info: Any) -> str:
        return canonical_hash(root)
