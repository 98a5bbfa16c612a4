"""GLB: the triangles of a glTF 2.0 scene, from the file's own buffer, placed by its nodes."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saleor_bespoke.shapes.arrays import Floats, Ints
from saleor_bespoke.shapes.shape import TRIANGLES_MAX, Shape, ShapeRefused, shape_of

_JSON_MAX = 32 * 1024 * 1024
_NODES_MAX = 20_000
_DEPTH_MAX = 64
_MM = 1000.0
_TYPES: Mapping[int, str] = {
    5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4",
}  # fmt: skip
_WIDTHS: Mapping[str, int] = {"SCALAR": 1, "VEC3": 3}
_MODES = {4: "triangles", 5: "strip", 6: "fan"}
_COMPRESSED = ("KHR_draco_mesh_compression", "EXT_meshopt_compression")


@dataclass(frozen=True, slots=True)
class _Scene:
    content: Mapping[str, Any]
    buffers: tuple[bytes, ...]


def read_glb(path: Path, size: int) -> Shape:
    """Every triangle of the default scene in mm (a GLB counts in metres)."""
    scene = _opened(path, size)
    corners: list[Floats] = []
    faces: list[Ints] = []
    total = count = pieces = 0
    for mesh, matrix in _placed(scene.content):
        for part in scene.content["meshes"][mesh]["primitives"]:
            points, triangles = _primitive(scene, part)
            pieces += 1
            count += len(triangles)
            if max(count, total // 3, pieces * 100) > TRIANGLES_MAX:
                raise ShapeRefused(f"A shape has between 1 and {TRIANGLES_MAX:,} triangles.")
            if np.linalg.det(matrix[:3, :3]) < 0:
                triangles = triangles[:, ::-1]
            corners.append((points @ matrix[:3, :3].T + matrix[:3, 3]) * _MM)
            faces.append(triangles + total)
            total += len(points)
    if not count:
        raise ShapeRefused("This GLB file contains no surface.")
    return shape_of(np.concatenate(corners), np.concatenate(faces))


def _opened(path: Path, size: int) -> _Scene:
    with path.open("rb") as file:
        magic, version, length, json_length, kind = struct.unpack("<4sIII4s", file.read(20))
        if magic != b"glTF" or version != 2 or length > size or kind != b"JSON":
            raise ShapeRefused("This GLB file is incomplete or of an unknown version.")
        if json_length > min(_JSON_MAX, size):
            raise ShapeRefused("This GLB file is damaged.")
        content = json.loads(file.read(json_length))
        head = file.read(8)
        binary = b""
        if len(head) == 8 and head[4:] == b"BIN\0":
            binary = file.read(struct.unpack("<I", head[:4])[0])
    if set(content.get("extensionsRequired", ())) & set(_COMPRESSED):
        raise ShapeRefused("This GLB file is compressed; export it without compression.")
    buffers = tuple(_buffer(entry, binary) for entry in content.get("buffers", ())[:16])
    return _Scene(content, buffers)


def _buffer(entry: Mapping[str, Any], binary: bytes) -> bytes:
    link = entry.get("uri")
    if link is None:
        return binary
    head, _, data = str(link).partition(",")
    if not head.startswith("data:") or not head.endswith(";base64"):
        raise ShapeRefused("A GLB file must contain all its parts, not point to others.")
    return base64.b64decode(data, validate=True)


def _placed(content: Mapping[str, Any]) -> Iterator[tuple[int, Floats]]:
    """Each mesh that the scene shows with its placement; a cycle of nodes ends at a bound."""
    nodes = content.get("nodes", [])
    scenes = content.get("scenes", [])
    roots = scenes[content.get("scene", 0)].get("nodes", []) if scenes else range(len(nodes))
    waiting = [(int(root), np.eye(4), 0) for root in roots]
    seen = 0
    while waiting:
        index, above, depth = waiting.pop()
        seen += 1
        if seen > _NODES_MAX or depth > _DEPTH_MAX or index < 0:
            raise ShapeRefused("This GLB file's scene is nested without end.")
        node = nodes[index]
        matrix = above @ _local(node)
        if "mesh" in node:
            yield int(node["mesh"]), matrix
        waiting += [(int(child), matrix, depth + 1) for child in node.get("children", ())]


def _local(node: Mapping[str, Any]) -> Floats:
    if "matrix" in node:
        return np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
    x, y, z, w = (float(value) for value in node.get("rotation", (0, 0, 0, 1)))
    turned = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = turned * np.array(node.get("scale", (1, 1, 1)), dtype=np.float64)
    matrix[:3, 3] = np.array(node.get("translation", (0, 0, 0)), dtype=np.float64)
    return matrix


def _primitive(scene: _Scene, part: Mapping[str, Any]) -> tuple[Floats, Ints]:
    mode = _MODES.get(part.get("mode", 4))
    if mode is None:  # points and lines are no surface
        return np.empty((0, 3)), np.empty((0, 3), dtype=np.int64)
    points = _accessor(scene, part["attributes"]["POSITION"], "VEC3").astype(np.float64)
    if "indices" in part:
        order = _accessor(scene, part["indices"], "SCALAR").reshape(-1).astype(np.int64)
    else:
        order = np.arange(len(points), dtype=np.int64)
    if len(order) and order.max() >= len(points):
        raise ShapeRefused("This GLB file has a triangle without its corners.")
    return points, _triangles(order, mode)


def _triangles(order: Ints, mode: str) -> Ints:
    if mode == "triangles":
        return order[: len(order) // 3 * 3].reshape(-1, 3)
    if len(order) < 3:
        return np.empty((0, 3), dtype=np.int64)
    if mode == "fan":
        return np.stack([np.full(len(order) - 2, order[0]), order[1:-1], order[2:]], axis=1)
    strip = np.stack([order[:-2], order[1:-1], order[2:]], axis=1)
    strip[1::2] = strip[1::2][:, [1, 0, 2]]
    return strip


def _accessor(scene: _Scene, index: int, kind: str) -> NDArray[Any]:
    """One array of the file; sparse ones are refused, integers come back as the shares they mean.

    Every count is checked against the bytes that are there before anything is made of it.
    """
    entry = scene.content["accessors"][index]
    if entry["type"] != kind or "sparse" in entry or "bufferView" not in entry:
        raise ShapeRefused("This GLB file stores its corners in an unusual way.")
    view = scene.content["bufferViews"][entry["bufferView"]]
    dtype = np.dtype(_TYPES[entry["componentType"]])
    width, count = _WIDTHS[kind], int(entry["count"])
    row = dtype.itemsize * width
    stride = int(view.get("byteStride", row))
    start = int(view.get("byteOffset", 0)) + int(entry.get("byteOffset", 0))
    data = scene.buffers[view["buffer"]]
    if count > 3 * TRIANGLES_MAX:
        raise ShapeRefused(f"A shape has between 1 and {TRIANGLES_MAX:,} triangles.")
    if count <= 0 or stride < row or start < 0:
        raise ShapeRefused("This GLB file is damaged.")
    if start + (count - 1) * stride + row > len(data):
        raise ShapeRefused("This GLB file is damaged.")
    rows = np.ndarray(
        (count, width), dtype=dtype, buffer=data, offset=start, strides=(stride, dtype.itemsize)
    )
    if entry.get("normalized") and dtype.kind in "iu":
        return np.maximum(rows / float(np.iinfo(dtype).max), -1.0)
    return rows
