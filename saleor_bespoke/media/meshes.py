"""Shapes for the caster and the screen: structure is checked, bytes stay as they are."""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from saleor_bespoke.media.foreign import head_check, stretch_check, tail_check, text_check
from saleor_bespoke.media.recognise import HEAD_BYTES, FileKind, binary_stl_triangles
from saleor_bespoke.media.refusals import not_allowed, unreadable

_LINE_MAX = 64 * 1024
_GLB_JSON_MAX = 8 * 1024 * 1024
_GLB_CONTAINERS_MAX = 200_000
_GLB_VALUES_MAX = 500_000
_GLB_CHUNKS_MAX = 16
_TEXTURES = ("image/png", "image/jpeg", "image/webp", "image/ktx2", "image/avif")
_EMBEDDED = re.compile(
    r"data:(application/octet-stream|application/gltf-buffer|image/png|image/jpeg|image/webp)[;,]"
)
_TAIL = 512
_RHINO_END = 0x7FFF


def check_mesh(path: Path, kind: FileKind) -> None:
    """Refuse a mesh or CAD file whose structure contradicts itself or that was cut off."""
    size = path.stat().st_size
    with path.open("rb") as file:
        _check_foreign(file, kind, size)
        file.seek(0)
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


def _check_foreign(file: BinaryIO, kind: FileKind, size: int) -> None:
    """A page or program in the comments of a text, or in the free bytes of a binary file."""
    head_check(file)
    file.seek(0)
    binary = kind in (FileKind.GLB, FileKind.RHINO) or b"\0" in file.read(HEAD_BYTES)
    if binary:
        tail_check(file, max(0, size - HEAD_BYTES), size)
    else:
        stretch_check(file, 0, size)


def _check_stl(file: BinaryIO, size: int) -> None:
    if binary_stl_triangles(file.read(HEAD_BYTES), size) is not None:
        return  # its size is exactly what its triangle count needs
    file.seek(0)
    facets = ended = vertices = 0
    last = b""
    for line in _lines(file):
        words = line.lower().split()
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
        goes_on = words[-1:] and words[-1].endswith(b"\\")
        faces += words[:1] == [b"f"] and (len(words) >= 4 or bool(goes_on))
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
    scene = _gltf(file.read(json_length))
    held = 0
    for number in range(_GLB_CHUNKS_MAX):
        if file.tell() == size:
            break
        chunk = file.read(8)
        rest = size - file.tell()
        if len(chunk) < 8 or (chunk_length := struct.unpack("<I", chunk[:4])[0]) > rest:
            raise unreadable("This GLB file is damaged.")
        if number == 0 and chunk[4:] == b"BIN\0":
            held = chunk_length
        file.seek(chunk_length, 1)
    else:
        raise unreadable("This GLB file is damaged.")
    try:
        _check_scene(scene, held)
    except (LookupError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise unreadable("This GLB file's scene cannot be read.") from error


def _gltf(text: bytes) -> Any:
    """The scene, if it is small enough to be read within the memory of one upload."""
    text_check(text)
    containers = text.count(b"{") + text.count(b"[")
    if containers > _GLB_CONTAINERS_MAX or text.count(b",") > _GLB_VALUES_MAX:
        raise unreadable("This GLB file's scene has more parts than can be examined.")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise unreadable("This GLB file's scene cannot be read.") from error


def _check_scene(scene: Any, held: int) -> None:
    """The version is known, all parts are inside, and no part reaches beyond what holds it."""
    if not str(scene["asset"]["version"]).startswith("2."):
        raise unreadable("This GLB file is of an unknown version.")
    buffers = scene.get("buffers", ())
    links = [str(part["uri"]) for part in (*buffers, *scene.get("images", ())) if "uri" in part]
    if any(not _EMBEDDED.match(link) for link in links):
        raise not_allowed("A GLB file must contain all its parts, not point to others.")
    if any(part.get("mimeType", "image/png") not in _TEXTURES for part in scene.get("images", ())):
        raise not_allowed("A GLB file may only contain pictures of usual kinds.")
    lengths = [int(part["byteLength"]) for part in buffers]
    if buffers and "uri" not in buffers[0] and lengths[0] > held:
        raise unreadable("This GLB file is incomplete.")
    for view in scene.get("bufferViews", ()):
        start, length = int(view.get("byteOffset", 0)), int(view["byteLength"])
        if start < 0 or length < 1 or start + length > lengths[int(view["buffer"])]:
            raise unreadable("This GLB file is damaged.")


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
    _, ended, rest = tail.rpartition(b"END-ISO-10303-21;")
    if b"HEADER;" not in head or not ended or rest.strip():
        raise unreadable("This STEP file is incomplete.")
