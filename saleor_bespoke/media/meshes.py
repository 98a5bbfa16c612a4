"""Shapes for the caster and the screen: structure is checked, bytes stay as they are."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from saleor_bespoke.media.recognise import HEAD_BYTES, FileKind, binary_stl_triangles
from saleor_bespoke.media.refusals import not_allowed, unreadable

_LINE_MAX = 64 * 1024
_GLB_JSON_MAX = 32 * 1024 * 1024
_TAIL = 512
_RHINO_END = 0x7FFF


def check_mesh(path: Path, kind: FileKind) -> None:
    """Refuse a mesh or CAD file whose structure contradicts itself or that was cut off."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if kind is FileKind.STL:
            _check_stl(file, size)
        elif kind is FileKind.GLB:
            _check_glb(file, size)
        elif kind is FileKind.OBJ:
            _check_obj(file)
        elif kind is FileKind.RHINO:
            _check_rhino(file, size)
        else:
            _check_step(file, size)


def _check_stl(file: BinaryIO, size: int) -> None:
    if binary_stl_triangles(file.read(HEAD_BYTES), size) is not None:
        return  # its size is exactly what its triangle count needs
    file.seek(0)
    facets = ended = vertices = 0
    last = b""
    for line in _lines(file):
        words = line.split()
        if not words:
            continue
        last = words[0]
        facets += last == b"facet"
        ended += last == b"endfacet"
        if last == b"vertex":
            vertices += 1
            _check_numbers(words[1:4])
    if not facets or facets != ended or vertices != 3 * facets or last != b"endsolid":
        raise unreadable("This STL file is incomplete: its triangles do not add up.")


def _check_obj(file: BinaryIO) -> None:
    vertices = faces = 0
    for line in _lines(file):
        words = line.split()
        if words[:1] == [b"v"]:
            vertices += 1
            _check_numbers(words[1:4])
        faces += words[:1] == [b"f"] and len(words) >= 4
    if vertices < 3 or not faces:
        raise unreadable("This OBJ file contains no surface.")


def _check_numbers(words: list[bytes]) -> None:
    try:
        finite = len(words) == 3 and all(math.isfinite(float(word)) for word in words)
    except ValueError:
        finite = False
    if not finite:
        raise unreadable("This mesh has a corner without a position.")


def _lines(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(_LINE_MAX):
        if b"\0" in line or len(line) == _LINE_MAX:
            raise unreadable("This mesh is not readable as text.")
        yield line


def _check_glb(file: BinaryIO, size: int) -> None:
    header = file.read(20)
    if len(header) < 20:
        raise unreadable("This GLB file is incomplete.")
    _, version, length, json_length, json_type = struct.unpack("<4sII I4s", header)
    if version != 2 or length != size:
        raise unreadable("This GLB file is incomplete or of an unknown version.")
    if json_type != b"JSON" or json_length > min(size - 20, _GLB_JSON_MAX):
        raise unreadable("This GLB file is damaged.")
    _check_gltf(file.read(json_length))
    while file.tell() < size:
        chunk = file.read(8)
        rest = size - file.tell()
        if len(chunk) < 8 or (chunk_length := struct.unpack("<I", chunk[:4])[0]) > rest:
            raise unreadable("This GLB file is damaged.")
        file.seek(chunk_length, 1)


def _check_gltf(text: bytes) -> None:
    try:
        scene: Any = json.loads(text)
        version = str(scene["asset"]["version"])
        parts = [*scene.get("buffers", ()), *scene.get("images", ())]
        links = [str(part["uri"]) for part in parts if "uri" in part]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise unreadable("This GLB file's scene cannot be read.") from error
    if not version.startswith("2."):
        raise unreadable("This GLB file is of an unknown version.")
    if any(not link.startswith("data:") for link in links):
        raise not_allowed("A GLB file must contain all its parts, not point to others.")


def _check_rhino(file: BinaryIO, size: int) -> None:
    """Rhino's archive ends with a mark that repeats the file's own length."""
    head = file.read(32)
    version = head[24:32].strip()
    wide = version.isdigit() and int(version) >= 50
    layout = "<Iqq" if wide else "<Iii"
    if not version.isdigit() or size < 32 + struct.calcsize(layout):
        raise unreadable("This 3DM file is incomplete.")
    file.seek(-struct.calcsize(layout), 2)
    mark, _, length = struct.unpack(layout, file.read())
    if mark != _RHINO_END or length != size:
        raise unreadable("This 3DM file is incomplete.")


def _check_step(file: BinaryIO, size: int) -> None:
    head = file.read(HEAD_BYTES)
    file.seek(max(0, size - _TAIL))
    tail = file.read()
    if b"HEADER;" not in head or b"END-ISO-10303-21;" not in tail:
        raise unreadable("This STEP file is incomplete.")
