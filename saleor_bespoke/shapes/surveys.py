"""Everything that is asked of an uploaded mesh, in one go and as plain values.

A survey is made in a process of its own (`shapes.worker`), so its questions and answers are JSON:
lengths in mm, areas in mm², volumes in mm³, bytes in base64.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from saleor_bespoke.craft.pieces import PieceType
from saleor_bespoke.shapes.likeness import shape_keys
from saleor_bespoke.shapes.loading import load
from saleor_bespoke.shapes.measuring import Measured, measure, part_numbers
from saleor_bespoke.shapes.nearness import Surface
from saleor_bespoke.shapes.places import Place, place_at, places_carry
from saleor_bespoke.shapes.prints import shape_print
from saleor_bespoke.shapes.rings import Ring, ring_of
from saleor_bespoke.shapes.shape import Shape
from saleor_bespoke.shapes.units import Unit, UnitGuess, units_guess
from saleor_bespoke.shapes.walls import Walls, walls

Answer = dict[str, Any]


def survey(
    path: str,
    kind: str,
    *,
    piece: str,
    ordered: float | None = None,
    unit: str = "",
) -> Answer:
    """Measure a mesh, and know it again.

    `ordered` is the inner diameter in mm; `unit` is what a person confirmed, else it is guessed.
    Raises ShapeRefused, NotAMesh.
    """
    shape = load(Path(path), kind)
    ring = ring_of(shape)
    guess = guess_of(shape, ring, PieceType(piece), ordered)
    used = Unit(unit) if unit else guess.unit or Unit.MM
    shape, ring = shape.scaled(used.mm), _scaled(ring, used.mm)
    thickness = walls(shape)
    mark = shape_print(shape, ring)
    return {
        "guess": asdict(guess),
        "unit": str(used),
        **_facts(measure(shape), ring, thickness, shape),
        "print": b64encode(mark).decode(),
        "keys": shape_keys(mark),
    }


def place(path: str, kind: str, *, unit: str, position: list[float]) -> Answer:
    """The place on the surface nearest to a reported position, with the part it lies on."""
    shape = load(Path(path), kind).scaled(Unit(unit).mm)
    x, y, z = position
    found = place_at(shape, (x, y, z))
    return {"place": asdict(found) | {"part": _part(shape, found)} if found else None}


def carry(path: str, kind: str, *, unit: str, before: dict[str, Any]) -> Answer:
    """Where each of the `places` of an earlier mesh lies on this one now, or None.

    `before` has that mesh's `path`, `kind` and `unit` beside them.
    """
    shape = load(Path(path), kind).scaled(Unit(unit).mm)
    old = load(Path(before["path"]), before["kind"]).scaled(Unit(before["unit"]).mm)
    places = [Place(tuple(it["position"]), tuple(it["normal"])) for it in before["places"]]
    found = places_carry(old, shape, places)
    return {"carried": [asdict(it) | {"part": _part(shape, it)} if it else None for it in found]}


def guess_of(shape: Shape, ring: Ring | None, piece: PieceType, ordered: float | None) -> UnitGuess:
    """The unit that a shape in its file's own lengths seems to count in."""
    low, high = shape.box
    return units_guess(
        piece=piece,
        largest_side=float((high - low).max()),
        inner_diameter=ring.inner_diameter if ring else None,
        ordered_diameter=ordered,
    )


def _scaled(ring: Ring | None, factor: float) -> Ring | None:
    if ring is None:
        return None
    x, y, z = ring.centre
    return replace(
        ring,
        centre=(x * factor, y * factor, z * factor),
        inner_diameter=ring.inner_diameter * factor,
        band_width=ring.band_width * factor,
    )


def _facts(measured: Measured, ring: Ring | None, thickness: Walls | None, shape: Shape) -> Answer:
    low, high = shape.box
    return {
        "measured": {name: value for name, value in asdict(measured).items() if name != "parts"},
        "box": [[float(it) for it in low], [float(it) for it in high]],
        "ring": ring and asdict(ring),
        "walls": thickness and asdict(thickness),
    }


def _part(shape: Shape, found: Place) -> int:
    nearest = Surface(shape).nearest(np.array([found.position]), 1.0)
    return int(part_numbers(shape)[nearest.faces[0]])
