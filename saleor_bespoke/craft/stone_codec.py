"""A stone's facts as canonical JSON and back."""

from __future__ import annotations

from saleor_bespoke.craft.codec import InvalidSpecification, Reader, decimal_text
from saleor_bespoke.craft.stones import (
    GrownAssessment,
    Origin,
    Stone,
    StoneKind,
    StoneRole,
    StoneShape,
    Treatment,
)


def stone_json(stone: Stone) -> dict[str, object]:
    """A stone's facts as canonical JSON."""
    sides = stone.dimensions_mm
    return {
        "kind": stone.kind.value,
        "origin": stone.origin.value,
        "carat": None if stone.carat is None else decimal_text(stone.carat),
        "colour": stone.colour,
        "clarity": stone.clarity,
        "shape": stone.shape and stone.shape.value,
        "dimensionsMm": None if sides is None else [decimal_text(side) for side in sides],
        "treatments": [treatment.value for treatment in stone.treatments],
        "assessment": stone.assessment and stone.assessment.value,
        "role": stone.role.value,
        "quantity": stone.quantity,
    }


def read_stone(reader: Reader) -> Stone:
    """The reverse of `stone_json`; raises InvalidSpecification or InvalidStone."""
    sides = reader.decimals("dimensionsMm")
    if sides and len(sides) != 3:
        raise InvalidSpecification("Give length, width and depth.", reader.where("dimensionsMm"))
    return Stone(
        kind=reader.choice("kind", StoneKind),
        origin=reader.choice_or_none("origin", Origin) or Origin.UNKNOWN,
        carat=reader.decimal("carat"),
        colour=reader.text("colour", longest=40) or None,
        clarity=reader.text("clarity", longest=40) or None,
        shape=reader.choice_or_none("shape", StoneShape),
        dimensions_mm=(sides[0], sides[1], sides[2]) if sides else None,
        treatments=reader.choices("treatments", Treatment),
        assessment=reader.choice_or_none("assessment", GrownAssessment),
        role=reader.choice_or_none("role", StoneRole) or StoneRole.CENTRE,
        quantity=reader.integer("quantity", default=1),
    )


def stone_from_json(data: object) -> Stone:
    """A stone from its JSON alone; raises InvalidSpecification."""
    holder = Reader({"stone": data})
    found = holder.one("stone", read_stone)
    if found is None:
        raise InvalidSpecification("A stone is expected here.", "stone")
    return found
