"""A small GLB for the browser: shared corners, positions in 16 bits, normals in 8.

Valid glTF 2.0 with KHR_mesh_quantization; the coordinates a viewer reports are the shape's own, in
metres instead of mm. Equal shapes give equal bytes.
"""

from __future__ import annotations

import json
import struct
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from saleor_bespoke.craft.metals import MetalColour
from saleor_bespoke.shapes.arrays import Ints, same_rows
from saleor_bespoke.shapes.shape import Shape
from saleor_bespoke.shapes.studio import METALS
from saleor_bespoke.shapes.surfaces import corner_normals

_STEPS: Final = 65535
_ARRAY, _INDICES = 34962, 34963
_SHORT, _BYTE, _SMALL, _LARGE = 5123, 5120, 5123, 5125


def compact_glb(shape: Shape, *, colour: MetalColour = MetalColour.WHITE) -> bytes:
    """The shape, whose lengths are mm, as GLB bytes with one metal material."""
    shape = shape.outward()
    low, high = shape.box
    size = max(float((high - low).max()), 1e-9)
    places = np.rint((shape.vertices - low) / size * _STEPS).astype(np.int64)
    normals = np.rint(corner_normals(shape) * 127).astype(np.int64).reshape(-1, 3)
    rows = np.concatenate([places[shape.faces.reshape(-1)], normals], axis=1)
    first, number = same_rows(rows)
    faces = number.reshape(-1, 3)
    a, b, c = faces.T
    faces = faces[(a != b) & (b != c) & (c != a)]
    corners = rows[first]
    small = len(corners) <= _STEPS
    indices = faces.reshape(-1).astype("<u2" if small else "<u4").tobytes()
    parts = [
        _padded(corners[:, :3].astype("<u2"), 4),
        _padded(corners[:, 3:].astype("<i1"), 4),
        indices + b"\0" * (-len(indices) % 4),
    ]
    scene = _scene(corners, faces, parts, small)
    scene["nodes"][0] |= {
        "scale": [size / 1000 / _STEPS] * 3,
        "translation": [float(value) / 1000 for value in low],
    }
    scene["materials"] = [_material(colour)]
    return _packed(scene, b"".join(parts))


def _padded(rows: NDArray[Any], width: int) -> bytes:
    """Rows of three numbers with a fourth of nothing: every row starts at a multiple of four."""
    wide = np.zeros((len(rows), width), dtype=rows.dtype)
    wide[:, :3] = rows
    return wide.tobytes()


def _scene(corners: Ints, faces: Ints, parts: list[bytes], small: bool) -> dict[str, Any]:
    starts = np.cumsum([0, *(len(part) for part in parts)]).tolist()
    views: list[dict[str, Any]] = [
        {"buffer": 0, "byteOffset": start, "byteLength": len(part), "target": _ARRAY}
        for start, part in zip(starts, parts, strict=False)
    ]
    views[0]["byteStride"], views[1]["byteStride"], views[2]["target"] = 8, 4, _INDICES
    return {
        "asset": {"version": "2.0", "generator": "saleor-bespoke"},
        "extensionsUsed": ["KHR_mesh_quantization"],
        "extensionsRequired": ["KHR_mesh_quantization"],
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [
            {
                "primitives": [
                    {"attributes": {"POSITION": 0, "NORMAL": 1}, "indices": 2, "material": 0}
                ]
            }
        ],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": _SHORT,
                "count": len(corners),
                "type": "VEC3",
                "min": corners[:, :3].min(axis=0).tolist(),
                "max": corners[:, :3].max(axis=0).tolist(),
            },
            {
                "bufferView": 1,
                "componentType": _BYTE,
                "normalized": True,
                "count": len(corners),
                "type": "VEC3",
            },
            {
                "bufferView": 2,
                "componentType": _SMALL if small else _LARGE,
                "count": faces.size,
                "type": "SCALAR",
            },
        ],
        "bufferViews": views,
        "buffers": [{"byteLength": starts[-1]}],
    }


def _material(colour: MetalColour) -> dict[str, Any]:
    return {
        "pbrMetallicRoughness": {
            "baseColorFactor": [*METALS[colour], 1.0],
            "metallicFactor": 1.0,
            "roughnessFactor": 0.22,
        }
    }


def _packed(scene: dict[str, Any], binary: bytes) -> bytes:
    text = json.dumps(scene, separators=(",", ":"), sort_keys=True).encode()
    text += b" " * (-len(text) % 4)
    length = 12 + 8 + len(text) + 8 + len(binary)
    return b"".join(
        [
            struct.pack("<4sII", b"glTF", 2, length),
            struct.pack("<I4s", len(text), b"JSON"),
            text,
            struct.pack("<I4s", len(binary), b"BIN\0"),
            binary,
        ]
    )
