"""A mesh as people look at it: a still, a full turn on one sheet, and a light copy for browsers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PIL import Image

from saleor_bespoke.craft.file_kinds import FileKind
from saleor_bespoke.media.deriving.results import Derived, ExtraMissing, NotDerivable, Piece, Role
from saleor_bespoke.media.deriving.stills import previews, save_webp, sizes_of

STILL = 960
FRAME = 400
#: Frames of a full turn, in rows of `COLUMNS`: every 15 degrees, or 30 where drawing takes long.
FRAMES, FRAMES_OF_MANY = 24, 12
COLUMNS = 6
_MANY = 250_000


def derive_mesh(path: Path, kind: FileKind, folder: Path) -> Derived:
    """Stills, a turntable and a compact GLB of a mesh, in neutral metal on white.

    The compact copy keeps the coordinates of the file, so that a pin set on it fits the original.
    """
    try:
        from saleor_bespoke.shapes.cameras import View, posed
        from saleor_bespoke.shapes.compact import compact_glb
        from saleor_bespoke.shapes.loading import load
        from saleor_bespoke.shapes.pictures import Model, model_of, picture, turntable
        from saleor_bespoke.shapes.rings import ring_of
        from saleor_bespoke.shapes.shape import ShapeRefused
    except ImportError as error:
        raise ExtraMissing("cad") from error

    def turn(model: Model, frames: int) -> Image.Image:
        sheet = Image.new("RGB", (COLUMNS * FRAME, frames // COLUMNS * FRAME))
        for number, frame in enumerate(turntable(model, frames, size=FRAME, white=True)):
            row, column = divmod(number, COLUMNS)
            sheet.paste(frame, (column * FRAME, row * FRAME))
        return sheet

    try:
        shape = load(path, kind.value)
    except ShapeRefused as error:
        raise NotDerivable(str(error)) from error
    (folder / "compact.glb").write_bytes(compact_glb(shape))
    frames = FRAMES if len(shape.faces) <= _MANY else FRAMES_OF_MANY
    model = model_of(posed(shape, ring_of(shape)))
    still = picture(model, View.THREE_QUARTER, size=STILL, white=True)
    stills = previews(still, sizes_of(*still.size), folder)
    save_webp(turn(model, frames), folder / "turn.webp")
    return replace(
        stills,
        pieces=(
            *stills.pieces,
            Piece(Role.TURNTABLE, FileKind.WEBP, "turn.webp", FRAME, FRAME, frames, COLUMNS),
            Piece(Role.MESH, FileKind.GLB, "compact.glb"),
        ),
    )
