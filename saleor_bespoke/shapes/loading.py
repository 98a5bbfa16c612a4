"""Reading a mesh file: STL of both kinds, OBJ and GLB, each within bounds and on its own.

Nothing a file names outside itself is opened. 3DM and STEP are refused as `NotAMesh`.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from saleor_bespoke.shapes.glb import read_glb
from saleor_bespoke.shapes.obj import read_obj
from saleor_bespoke.shapes.shape import TRIANGLES_MAX, NotAMesh, Shape, ShapeRefused, shape_of

FILE_MAX = 512 * 1024 * 1024
"""Bytes of the largest file that is read: two million triangles as ASCII STL fit."""

_RECORD = np.dtype(
    [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")],
)
_STL_HEADER = 84
_BATCH = 60_000
_DAMAGED = (
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    struct.error,
)


def load(path: Path, kind: str) -> Shape:
    """The shape in a file of that kind (STL, OBJ or GLB), lengths as the file gives them.

    GLB is in metres by its standard and comes back in mm, its nodes' placements applied. Raises
    ShapeRefused with a sentence for a person, NotAMesh for 3DM and STEP, OSError where it is gone.
    """
    if kind in ("RHINO", "STEP"):
        raise NotAMesh("Curves and solids are not measured; export this piece as STL as well.")
    if kind not in ("STL", "OBJ", "GLB"):
        raise ShapeRefused(f"A file of kind {kind} holds no shape.")
    size = path.stat().st_size
    if size > FILE_MAX:
        raise ShapeRefused("This file is too large to be measured.")
    try:
        with np.errstate(all="ignore"):  # what overflows is refused as a corner that is nowhere
            if kind == "STL":
                return _stl(path, size)
            return read_obj(path) if kind == "OBJ" else read_glb(path, size)
    except ShapeRefused:
        raise
    except _DAMAGED as error:
        raise ShapeRefused(f"This {kind} file cannot be read.") from error
    except (MemoryError, RecursionError) as error:
        raise ShapeRefused(f"This {kind} file cannot be read within bounds.") from error


def _stl(path: Path, size: int) -> Shape:
    with path.open("rb") as file:
        head = file.read(_STL_HEADER)
        count = struct.unpack("<I", head[80:])[0] if len(head) == _STL_HEADER else -1
        if size != _STL_HEADER + count * _RECORD.itemsize:
            return _ascii_stl(path)
        if not 0 < count <= TRIANGLES_MAX:
            raise ShapeRefused(f"A shape has between 1 and {TRIANGLES_MAX:,} triangles.")
        corners = np.empty((count, 3, 3), dtype=np.float32)
        for start in range(0, count, _BATCH):
            block = file.read(_RECORD.itemsize * min(_BATCH, count - start))
            records = np.frombuffer(block, dtype=_RECORD)
            corners[start : start + len(records)] = records["corners"]
    return shape_of(corners.reshape(-1, 3))


def _ascii_stl(path: Path) -> Shape:
    blocks: list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]] = []
    corners: list[list[bytes]] = []
    total = loops = 0
    with path.open("rb") as file:
        if not file.read(5).lower().startswith(b"solid"):
            raise ShapeRefused("This STL file is incomplete or damaged.")
        while line := file.readline(4096):
            words = line.split()
            if words[:1] == [b"vertex"]:
                corners.append(words[1:4])
            loops += words[:1] == [b"endloop"]
            if len(corners) == 3 * _BATCH:
                blocks.append(np.array(corners, dtype=np.float64))
                total += len(corners)
                corners.clear()
            if total > 3 * TRIANGLES_MAX:
                raise ShapeRefused(f"A shape has between 1 and {TRIANGLES_MAX:,} triangles.")
    if corners:
        blocks.append(np.array(corners, dtype=np.float64))
        total += len(corners)
    if not total or total != 3 * loops:
        raise ShapeRefused("This STL file is incomplete: its triangles do not add up.")
    return shape_of(np.concatenate(blocks).reshape(-1, 3))
