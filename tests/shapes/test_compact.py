"""The browser's GLB is valid, small, exact enough and always the same."""

from __future__ import annotations

import json
import struct
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from saleor_bespoke.craft.metals import MetalColour
from saleor_bespoke.shapes.compact import compact_glb
from saleor_bespoke.shapes.loading import load
from saleor_bespoke.shapes.measuring import measure
from saleor_bespoke.shapes.shape import Shape
from tests.shapes import generators as make

RING = make.solitaire(17.32).shape
LARGE = make.divided(make.round_band(17, 2, fine=260).shape)


def opened(content: bytes) -> tuple[dict[str, Any], bytes]:
    magic, version, length, size, kind = struct.unpack("<4sIII4s", content[:20])
    assert (magic, version, length, kind) == (b"glTF", 2, len(content), b"JSON")
    binary = content[20 + size :]
    assert struct.unpack("<I4s", binary[:8]) == (len(binary) - 8, b"BIN\0")
    return json.loads(content[20 : 20 + size]), binary[8:]


@pytest.mark.parametrize("shape", [RING, make.displaced(RING, 3)], ids=["here", "elsewhere"])
def test_it_comes_back_as_the_same_shape(tmp_path: Path, shape: Shape) -> None:
    path = tmp_path / "ring.glb"
    path.write_bytes(compact_glb(shape))
    found, known = measure(load(path, "GLB")), measure(shape)
    assert found.volume == pytest.approx(known.volume, rel=1e-3)
    assert found.size == pytest.approx(known.size, abs=2e-3)
    assert found.centre == pytest.approx(known.centre, abs=2e-3)
    assert found.watertight


def test_another_reader_agrees() -> None:
    mesh = trimesh.load(BytesIO(compact_glb(RING)), file_type="glb", force="mesh")
    low, high = RING.box
    assert np.allclose(np.asarray(mesh.bounds) * 1000, [low, high], atol=2e-3)
    assert len(mesh.faces) == len(RING.faces)


@pytest.mark.parametrize("shape", [RING, LARGE], ids=["small", "large"])
def test_it_is_valid_gltf(shape: Shape) -> None:
    scene, binary = opened(compact_glb(shape, colour=MetalColour.ROSE))
    positions, normals, indices = scene["accessors"]
    assert scene["extensionsRequired"] == ["KHR_mesh_quantization"]
    assert scene["buffers"] == [{"byteLength": len(binary)}]
    for view in scene["bufferViews"]:
        assert view["byteOffset"] % 4 == 0
        assert view["byteOffset"] + view["byteLength"] <= len(binary)
    index = np.frombuffer(
        binary,
        dtype={5123: "<u2", 5125: "<u4"}[indices["componentType"]],
        count=indices["count"],
        offset=scene["bufferViews"][2]["byteOffset"],
    )
    assert indices["componentType"] == (5123 if positions["count"] <= 65535 else 5125)
    assert index.max() == positions["count"] - 1
    corners = np.frombuffer(binary, "<u2", count=4 * positions["count"]).reshape(-1, 4)[:, :3]
    assert positions["min"] == corners.min(axis=0).tolist()
    assert positions["max"] == corners.max(axis=0).tolist()
    start = scene["bufferViews"][1]["byteOffset"]
    ways = np.frombuffer(binary, "<i1", count=4 * normals["count"], offset=start).reshape(-1, 4)
    assert np.abs(np.linalg.norm(ways[:, :3] / 127, axis=1) - 1).max() < 0.02


def test_it_is_small_and_deterministic() -> None:
    content = compact_glb(RING)
    assert content == compact_glb(RING)
    assert len(content) < 0.5 * len(make.stl_bytes(RING))
