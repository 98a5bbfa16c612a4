"""A mesh drawn in true size: top, side and front, for a sheet that is measured with a ruler."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from pathlib import Path
from typing import Any

from saleor_bespoke.craft.pieces import PieceType
from saleor_bespoke.shapes.cameras import View, posed
from saleor_bespoke.shapes.loading import load
from saleor_bespoke.shapes.pictures import model_of, picture
from saleor_bespoke.shapes.rings import ring_of
from saleor_bespoke.shapes.shape import ShapeRefused
from saleor_bespoke.shapes.surveys import guess_of
from saleor_bespoke.shapes.units import Unit

VIEWS = (View.TOP, View.SIDE, View.FRONT)
_MARGIN = 1.06


def true_scale(
    path: str, kind: str, *, piece: str, ordered: float | None, unit: str, pixels: int
) -> dict[str, Any]:
    """Square drawings of `pixels` a side, all spanning the same `span` in mm, PNG in base64.

    `unit` is what a person confirmed; without it the guess by `piece` and `ordered`, the inner
    diameter in mm. Raises ShapeRefused, also where the shape makes sense in no unit.
    """
    shape = load(Path(path), kind)
    ring = ring_of(shape)
    if not unit and kind == "GLB":  # in mm once loaded, by its standard
        unit = Unit.MM
    if not unit:
        guess = guess_of(shape, ring, PieceType(piece), ordered)
        if guess.unit is None:
            raise ShapeRefused(guess.reason)
        unit = guess.unit
    model = model_of(posed(shape, ring).scaled(Unit(unit).mm))
    low, high = model.shape.box
    # A posed ring stands about its finger hole, and its head reaches farther than its shank.
    span = 2 * max(float(abs(low).max()), float(abs(high).max())) * _MARGIN
    drawn = {}
    for view in VIEWS:
        made = BytesIO()
        picture(model, view, size=pixels, span=span, white=True).save(made, "PNG")
        drawn[view.value.upper()] = b64encode(made.getvalue()).decode()
    return {"unit": str(unit), "span": span, "views": drawn}
