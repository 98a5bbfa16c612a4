"""Drawings in true size, made by a process of its own."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saleor_bespoke.shapes.shape import Shape
from saleor_bespoke.steps.cad import measuring
from tests.shapes.generators import band, box, stl_bytes

INNER, THICKNESS, WIDTH = 17.0, 1.5, 4.0


def kept(folder: Path, shape: Shape) -> Path:
    path = folder / "mesh.stl"
    path.write_bytes(stl_bytes(shape))
    return path


def extent_mm(drawing: bytes, span: Decimal, pixels: int) -> tuple[float, float]:
    """How wide and high what is drawn is, by the scale that is told; its shadow is no part."""
    with Image.open(BytesIO(drawing)) as image:
        assert image.size == (pixels, pixels)
        grey = np.asarray(image.convert("L"))
    rows, columns = np.nonzero(grey < 200)
    step = float(span) / pixels
    return float(np.ptp(columns) + 1) * step, float(np.ptp(rows) + 1) * step


def test_drawings_can_be_measured(tmp_path: Path) -> None:
    path = kept(tmp_path, band(INNER, THICKNESS, WIDTH).shape)

    found = measuring.true_scale(
        path, "STL", piece="ring", ordered=Decimal(17), unit="", pixels=400
    )

    assert list(found.views) == ["TOP", "SIDE", "FRONT"]
    outer = INNER + 2 * THICKNESS
    wide, _ = extent_mm(found.views["FRONT"], found.span, 400)
    assert wide == pytest.approx(outer, abs=0.2)
    _, deep = extent_mm(found.views["TOP"], found.span, 400)
    assert deep == pytest.approx(WIDTH, abs=0.2)


def test_the_confirmed_unit_counts(tmp_path: Path) -> None:
    path = kept(tmp_path, band(INNER, THICKNESS, WIDTH).shape)
    values = {"piece": "ring", "ordered": Decimal(17), "pixels": 64}

    guessed = measuring.true_scale(path, "STL", unit="", **values)
    confirmed = measuring.true_scale(path, "STL", unit="cm", **values)

    assert confirmed.span == pytest.approx(guessed.span * 10, abs=Decimal("0.1"))


def test_a_mesh_that_makes_sense_in_no_unit_is_refused(tmp_path: Path) -> None:
    path = kept(tmp_path, box(5000, 3000, 3000).shape)

    with pytest.raises(measuring.Refused, match="in no unit"):
        measuring.true_scale(path, "STL", piece="ring", ordered=None, unit="", pixels=64)
