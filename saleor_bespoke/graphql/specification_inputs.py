"""The typed specification as clients send it.

Inputs use the names of `craft.specification`; `specification_of` turns one into a checked
`Specification`, a refusal naming the field at fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal as Number
from typing import Any

import graphene

from saleor_bespoke.craft.pieces import InvalidSpecification, Specification
from saleor_bespoke.craft.stone_codec import stone_from_json
from saleor_bespoke.craft.stones import Stone
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.graphql.specification import (
    BespokeAlloyCode,
    BespokeEngravingPlace,
    BespokeFinish,
    BespokeGrownAssessment,
    BespokeOldMetalForm,
    BespokePieceType,
    BespokeRingSizeSystem,
    BespokeSettingType,
    BespokeSizeSource,
    BespokeStoneKind,
    BespokeStoneOrigin,
    BespokeStoneRole,
    BespokeStoneShape,
    BespokeStyleFeature,
    BespokeTreatment,
)
from saleor_bespoke.shop.types import Decimal

#: No measure of a piece has more digits before or after its point.
MOST_DIGITS = 12


def _several(kind: Any) -> Any:
    return graphene.NonNull(kind)


class BespokeStoneInput(graphene.InputObjectType):
    """A stone of a design, as wished."""

    class Meta:
        description = "One kind of stone in a design. Sizes in mm, weight in carat of each stone."

    kind = BespokeStoneKind(required=True, description="What stone it is.")
    origin = BespokeStoneOrigin(description="Where it grew; unknown if left out.")
    carat = Decimal(description="Weight of each stone in carat.")
    colour = graphene.String(description="Colour or colour grade.")
    clarity = graphene.String(description="Clarity grade.")
    shape = BespokeStoneShape(description="Outline of the cut.")
    dimensions_mm = graphene.List(
        _several(Decimal), description="Length, width and depth in mm, all three."
    )
    treatments = graphene.List(
        _several(BespokeTreatment), description="Treatments, every one disclosed."
    )
    assessment = BespokeGrownAssessment(description="For laboratory-grown diamonds only.")
    role = BespokeStoneRole(description="Its part in the design; the centre if left out.")
    quantity = graphene.Int(description="How many such stones; one if left out.")


class BespokeRingSizeInput(graphene.InputObjectType):
    """A ring size as somebody named it."""

    class Meta:
        description = "A ring size with its system and who measured it."

    system = BespokeRingSizeSystem(required=True, description="Whose label it is.")
    label = graphene.String(required=True, description="The size, e.g. 7, 6 1/4, L½ or 54.")
    measured_by = BespokeSizeSource(required=True, description="Who measured the finger.")


class BespokeEngravingInput(graphene.InputObjectType):
    """A text for a place of the piece."""

    class Meta:
        description = "A text to engrave, and where."

    text = graphene.String(required=True, description="The text.")
    place = BespokeEngravingPlace(required=True, description="Where it goes.")


class BespokeOwnStoneInput(graphene.InputObjectType):
    """A stone the customer brings."""

    class Meta:
        description = "A stone the customer brings; it is examined before the quote."

    description = graphene.String(required=True, description="What the customer knows of it.")
    stone = BespokeStoneInput(required=True, description="Its facts as the customer states them.")


class BespokeOldJewelleryInput(graphene.InputObjectType):
    """Old jewellery offered towards the price."""

    class Meta:
        description = "Old jewellery or coins offered towards the price."

    description = graphene.String(required=True, description="What is brought.")
    form = BespokeOldMetalForm(description="Its form; jewellery if left out.")
    alloy = BespokeAlloyCode(description="The alloy, if known.")
    claimed_grams = Decimal(description="Its weight in grams as the customer states it.")


class BespokeSpecificationInput(graphene.InputObjectType):
    """What is to be made."""

    class Meta:
        description = "What is to be made. Widths and lengths in mm."

    piece_type = BespokePieceType(required=True, description="What the piece is.")
    alloy = BespokeAlloyCode(required=True, description="Of which metal.")
    finish = BespokeFinish(description="Its surface; polished if left out.")
    setting = BespokeSettingType(description="How the main stone is held.")
    stones = graphene.List(_several(BespokeStoneInput), description="The stones of the design.")
    ring_size = BespokeRingSizeInput(description="For rings only, and then required.")
    band_width_mm = Decimal(description="Width of a ring's band in mm.")
    length_mm = Decimal(description="Length of a chain or bracelet in mm.")
    engraving = BespokeEngravingInput(description="A text to engrave.")
    features = graphene.List(_several(BespokeStyleFeature), description="Marks of the style.")
    own_stones = graphene.List(_several(BespokeOwnStoneInput), description="Stones brought along.")
    old_jewellery = graphene.List(
        _several(BespokeOldJewelleryInput), description="Old jewellery towards the price."
    )
    notes = graphene.String(description="What else matters.")


def _number(value: Number | None, field: str) -> str | None:
    if value is None:
        return None
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or value.adjusted() > MOST_DIGITS or exponent < -MOST_DIGITS:
        raise BespokeError(ErrorCode.INVALID, "This number has too many digits.", field=field)
    return f"{value:f}"


def stone_input_json(stone: Mapping[str, Any], path: str = "stone") -> dict[str, Any]:
    """A stone's input as the JSON that `craft` reads; absent facts stay absent."""
    sides = stone.get("dimensions_mm")
    found = {
        "kind": stone["kind"],
        "carat": _number(stone.get("carat"), f"{path}.carat"),
        "dimensionsMm": sides and [_number(side, f"{path}.dimensionsMm") for side in sides],
        "treatments": list(stone.get("treatments") or ()),
    }
    for key in ("origin", "colour", "clarity", "shape", "assessment", "role", "quantity"):
        found[key] = stone.get(key)
    return {key: value for key, value in found.items() if value is not None}


def _stones_json(stones: Iterable[Mapping[str, Any]] | None, path: str) -> list[dict[str, Any]]:
    return [stone_input_json(stone, f"{path}.{index}") for index, stone in enumerate(stones or ())]


def specification_json(data: Mapping[str, Any]) -> dict[str, Any]:
    """The input as the JSON that `craft` reads strictly."""
    size, engraving = data.get("ring_size"), data.get("engraving")
    found: dict[str, Any] = {
        "pieceType": data["piece_type"],
        "alloy": data["alloy"],
        "finish": data.get("finish"),
        "setting": data.get("setting"),
        "stones": _stones_json(data.get("stones"), "stones"),
        "ringSize": size and {"system": size["system"], "label": size["label"]},
        "sizeSource": size and size["measured_by"],
        "bandWidthMm": _number(data.get("band_width_mm"), "bandWidthMm"),
        "lengthMm": _number(data.get("length_mm"), "lengthMm"),
        "engraving": engraving and {"text": engraving["text"], "place": engraving["place"]},
        "features": list(data.get("features") or ()),
        "ownStones": [
            {
                "description": own["description"],
                "stone": stone_input_json(own["stone"], f"ownStones.{index}.stone"),
            }
            for index, own in enumerate(data.get("own_stones") or ())
        ],
        "oldJewellery": [
            {
                "description": old["description"],
                "form": old.get("form"),
                "alloy": old.get("alloy"),
                "claimedGrams": _number(
                    old.get("claimed_grams"), f"oldJewellery.{index}.claimedGrams"
                ),
            }
            for index, old in enumerate(data.get("old_jewellery") or ())
        ],
        "notes": data.get("notes"),
    }
    return found


def specification_of(data: Mapping[str, Any]) -> Specification:
    """The checked specification of an input; an impossible one is INVALID at its field."""
    try:
        return Specification.from_json(specification_json(data))
    except InvalidSpecification as refusal:
        raise BespokeError(ErrorCode.INVALID, refusal.message, field=refusal.field) from None


def stone_of(data: Mapping[str, Any], field: str = "stone") -> Stone:
    """The checked stone of an input; an impossible one is INVALID at its field."""
    try:
        return stone_from_json(stone_input_json(data, field))
    except InvalidSpecification as refusal:
        raise BespokeError(ErrorCode.INVALID, refusal.message, field=refusal.field) from None
