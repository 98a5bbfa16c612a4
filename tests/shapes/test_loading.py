"""Files become shapes: what is in them, and a plain sentence for what is not."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from saleor_bespoke.shapes import shape as bounds
from saleor_bespoke.shapes.loading import load
from saleor_bespoke.shapes.measuring import measure
from saleor_bespoke.shapes.shape import NotAMesh, ShapeRefused, shape_of
from tests.shapes import generators as make

RING = make.solitaire(17.32)


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "piece"
    path.write_bytes(content)
    return path


def exported(kind: str) -> bytes:
    """The ring as another program writes it."""
    scale = 0.001 if kind == "glb" else 1.0
    mesh = trimesh.Trimesh(RING.shape.vertices * scale, RING.shape.faces, process=False)
    content = mesh.export(file_type=kind)
    return content.encode() if isinstance(content, str) else bytes(content)


def test_a_line_may_go_on_in_the_next(tmp_path: Path) -> None:
    text = b"v 0 0 0\r\nv 4 0 0\r\nv 4 4 0\r\nv 0 4 \\\r\n0\r\nf 1 2\\\r\n3 \\\r\n4\r\n"
    assert measure(load(written(tmp_path, text), "OBJ")).area == pytest.approx(16)


@pytest.mark.parametrize(
    ("kind", "form"), [("STL", "stl"), ("STL", "stl_ascii"), ("OBJ", "obj"), ("GLB", "glb")]
)
def test_every_kind_gives_the_same_ring(tmp_path: Path, kind: str, form: str) -> None:
    known = measure(RING.shape)
    found = measure(load(written(tmp_path, exported(form)), kind))

    assert found.watertight
    assert found.part_count == known.part_count
    assert found.triangles == known.triangles
    assert found.volume == pytest.approx(known.volume, rel=1e-4)
    assert found.size == pytest.approx(known.size, abs=1e-3)


def test_a_glb_is_placed_by_its_nodes_and_counts_in_metres(tmp_path: Path) -> None:
    scene = trimesh.Scene()
    mesh = trimesh.Trimesh(*_block(), process=False)
    turn = trimesh.transformations.rotation_matrix(np.pi / 2, [0, 0, 1], [0, 0, 0])
    scene.add_geometry(mesh, transform=turn)
    shift = np.eye(4)
    shift[:3, 3] = 0.01, 0, 0
    scene.add_geometry(mesh, transform=shift)

    found = measure(load(written(tmp_path, scene.export(file_type="glb")), "GLB"))
    assert found.part_count == 2
    assert found.size == pytest.approx((10 + 3 + 2, 3, 4), abs=1e-4)
    assert found.volume == pytest.approx(2 * 2 * 3 * 4, rel=1e-4)


def _block() -> tuple[np.ndarray, np.ndarray]:
    block = make.box(0.003, 0.002, 0.004).shape
    return block.vertices, block.faces


def test_polygons_and_numbers_counted_back_are_understood(tmp_path: Path) -> None:
    text = (
        b"mtllib elsewhere.mtl\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nv 0.5 0.5 1\n"
        b"f -2/1 -3 -4 -5\nf 1 2 5//3\nf 2 3 5\nf 3 4 5\nf 4 1 5\n"
    )
    found = measure(load(written(tmp_path, text), "OBJ"))
    assert found.watertight
    assert found.volume == pytest.approx(1 / 3)


def test_corners_that_rounding_tore_apart_meet_again() -> None:
    draw = np.random.default_rng(5)
    soup = RING.shape.triangles.reshape(-1, 3)
    torn = soup + draw.uniform(-1e-7, 1e-7, size=soup.shape)
    assert measure(shape_of(torn)).watertight
    assert measure(shape_of(soup)).watertight


@pytest.mark.parametrize(("kind", "sentence"), [("RHINO", "Curves"), ("STEP", "Curves")])
def test_solids_and_curves_are_no_mesh(tmp_path: Path, kind: str, sentence: str) -> None:
    with pytest.raises(NotAMesh, match=sentence):
        load(written(tmp_path, b"anything"), kind)


def glb(scene: object, binary: bytes = b"") -> bytes:
    text = json.dumps(scene).encode() if not isinstance(scene, bytes) else scene
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text
    chunks += struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return b"glTF" + struct.pack("<II", 2, 12 + len(chunks)) + chunks


def simple(**changes: object) -> dict[str, object]:
    """A scene of one triangle, with something else instead of one of its parts."""
    scene: dict[str, object] = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}],
        "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "buffers": [{"byteLength": 36}],
    }
    return scene | changes


TRIANGLE = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], dtype="<f4").tobytes()
ACCESSOR = {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}


def test_the_simple_scene_is_good(tmp_path: Path) -> None:
    assert len(load(written(tmp_path, glb(simple(), TRIANGLE)), "GLB").faces) == 1


def test_numbers_that_mean_shares_are_understood(tmp_path: Path) -> None:
    short = np.array([[0, 0, 0], [65535, 0, 0], [0, 32768, 0]], dtype="<u2").tobytes()
    accessor = ACCESSOR | {"componentType": 5123, "normalized": True}
    found = load(written(tmp_path, glb(simple(accessors=[accessor]), short)), "GLB")
    assert found.box[1] == pytest.approx((1000, 500, 0), abs=0.01)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("STL", b""),
        ("STL", b"\0" * 84),
        ("STL", make.stl_bytes(RING.shape)[:-1]),
        ("STL", b"\0" * 80 + struct.pack("<I", 4_000_000_000)),
        ("STL", b"solid x\nfacet\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nendloop\nendsolid"),
        ("STL", b"solid x\nvertex a b c\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendsolid"),
        ("STL", b"\0" * 80 + struct.pack("<I12fH", 1, *([float("nan")] * 12), 0)),
        ("STL", b"\0" * 80 + struct.pack("<I12fH", 1, *([3e38] * 12), 0)),
        ("STL", b"\0" * 80 + struct.pack("<I12fH", 1, *([1.0] * 12), 0)),
        ("OBJ", b"v 0 0 0\nv 1 0 0\nv 0 1 0\n"),
        ("OBJ", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n"),
        ("OBJ", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 0\n"),
        ("OBJ", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 -9\n"),
        ("OBJ", b"v 0 0 0\nv 1 0 inf\nv 0 1 0\nf 1 2 3\n"),
        ("OBJ", b"v 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"),
        ("OBJ", b"v " + b"1" * 70_000),
        ("OBJ", b"f " + b"1 \\\n" * 70_000),
        ("GLB", b"glTF"),
        ("GLB", glb([])),
        ("GLB", glb(b"[" * 200_000)),
        ("GLB", glb(simple(nodes=[{"children": [0]}]), TRIANGLE)),
        ("GLB", glb(simple(nodes=[{"children": [0, 0]}]), TRIANGLE)),
        ("GLB", glb(simple(nodes=[{"mesh": 7}]), TRIANGLE)),
        ("GLB", glb(simple(nodes=[{"mesh": 0, "matrix": [1e308] * 16}]), TRIANGLE)),
        ("GLB", glb(simple(nodes=[{"mesh": 0, "scale": ["x", 1, 1]}]), TRIANGLE)),
        ("GLB", glb(simple(buffers=[{"uri": "secret.bin"}]))),
        ("GLB", glb(simple(buffers=[{"uri": "file:///etc/passwd"}]))),
        ("GLB", glb(simple(accessors=[ACCESSOR | {"count": 10**12}]), TRIANGLE)),
        ("GLB", glb(simple(accessors=[ACCESSOR | {"count": -1}]), TRIANGLE)),
        ("GLB", glb(simple(accessors=[ACCESSOR | {"byteOffset": -8}]), TRIANGLE)),
        ("GLB", glb(simple(accessors=[ACCESSOR | {"sparse": {}}]), TRIANGLE)),
        ("GLB", glb(simple(accessors=[ACCESSOR | {"componentType": 1}]), TRIANGLE)),
        ("GLB", glb(simple(extensionsRequired=["KHR_draco_mesh_compression"]), TRIANGLE)),
        ("GLB", glb(simple(meshes=[{"primitives": [{"mode": 0}] * 30_000}]), TRIANGLE)),
        ("JPEG", b"\xff\xd8"),
    ],
)
def test_a_bad_file_is_refused_in_a_sentence(tmp_path: Path, kind: str, content: bytes) -> None:
    with pytest.raises(ShapeRefused, match=r"^[A-Z].*\.$"):
        load(written(tmp_path, content), kind)


def test_more_triangles_than_the_bound_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("loading", "obj", "glb", "shape"):
        monkeypatch.setattr(f"saleor_bespoke.shapes.{module}.TRIANGLES_MAX", 100)
    for kind, form in (("STL", "stl"), ("STL", "stl_ascii"), ("OBJ", "obj"), ("GLB", "glb")):
        with pytest.raises(ShapeRefused, match="between 1 and 100"):
            load(written(tmp_path, exported(form)), kind)
    assert bounds.TRIANGLES_MAX == 100


@settings(max_examples=60, deadline=None)
@given(kind=st.sampled_from(["STL", "OBJ", "GLB"]), seed=st.integers(0, 10**6))
def test_a_damaged_file_gives_a_shape_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, kind: str, seed: int
) -> None:
    draw = np.random.default_rng(seed)
    block = trimesh.Trimesh(*_block(), process=False).export(file_type=kind.lower())
    content = bytearray(block.encode() if isinstance(block, str) else block)
    for _ in range(int(draw.integers(1, 12))):
        content[int(draw.integers(len(content)))] = int(draw.integers(256))
    del content[len(content) - int(draw.integers(0, 3)) * int(draw.integers(len(content))) // 3 :]
    path = written(tmp_path_factory.mktemp("damaged"), bytes(content))
    try:
        shape = load(path, kind)
    except ShapeRefused:
        return
    assert np.isfinite(shape.vertices).all()
    assert shape.faces.max() < len(shape.vertices)
    assert measure(shape).volume >= 0
