"""HEIC and AVIF: read the tables of the container, and decode a phone's picture tile by tile.

Phones store a HEIC photograph as a grid of small tiles. Each is handed to the decoder alone, in a
minimal container of its own: memory does not grow with the grid, and nothing else that the file
holds (depth maps, previews, places, films) is ever decoded.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

import pi_heif
from PIL import Image

from saleor_bespoke.media.foreign import tail_check
from saleor_bespoke.media.heif_tables import Item, Property, Tables, minimal, tables
from saleor_bespoke.media.limits import BUDGET, pixels_check
from saleor_bespoke.media.luma import Apart
from saleor_bespoke.media.refusals import unreadable
from saleor_bespoke.media.strips import Box

_TABLES_MAX = 4 * 1024 * 1024
_TILES_MAX = 1_024
_CODED_MAX = 12 * 1024 * 1024
_TOP = frozenset(
    b"ftyp meta mdat moov free skip uuid mpvd styp moof sidx wide pdin udta idat".split()
)

#: A whole picture is held as coded planes, as the decoder's copy and as rows of ours.
_WHOLE_BYTES = 6
_ROTATIONS = {0: 1, 1: 8, 2: 3, 3: 6}


@dataclass
class HeifFacts:
    """Size of the main picture as stored, and the tables that describe it."""

    width: int
    height: int
    tables: Tables
    _file: BinaryIO = field(repr=False)


@dataclass(frozen=True)
class Picture:
    """A decoded picture: `take` gives any part of it, as stored; `orientation` is EXIF's."""

    size: tuple[int, int]
    orientation: int
    profile: bytes
    take: Callable[[Box], Image.Image]


def examine(file: BinaryIO, size: int) -> HeifFacts:
    """The facts of a HEIC or AVIF file; one whose boxes do not add up or are absurd is refused."""
    found = tables(_meta(file, size), file)
    for entry in found.properties:
        if entry.kind == b"ispe":
            pixels_check(*entry.size())
    width, height = found.size_of(found.primary)
    item = found.items[found.primary]
    if item.kind == b"grid":
        grid = found.grid(file, item)
        pixels_check(grid.width, grid.height)
        width, height = max(width, grid.width), max(height, grid.height)
    elif item.kind not in (b"hvc1", b"av01"):
        raise unreadable("This picture is composed in a way that is not supported.")
    pixels_check(width, height)
    return HeifFacts(width, height, found, file)


def decode(file: BinaryIO, size: int) -> Picture:
    """Decode the main picture of a HEIC file."""
    facts = examine(file, size)
    item = facts.tables.items[facts.tables.primary]
    own = facts.tables.properties_of(item)
    if any(entry.kind in (b"clap", b"imir") for entry in own):
        raise unreadable("This picture is cut or mirrored in a way that is not supported.")
    turned = next((entry.body[0] & 3 for entry in own if entry.kind == b"irot"), 0)
    profile = next((e.body[4:] for e in own if e.kind == b"colr" and e.body[:4] in _ICC), b"")
    take, whole = _grid(facts, item) if item.kind == b"grid" else _single(facts, item)
    return Picture(whole, _ROTATIONS[turned], profile, take)


_ICC = (b"prof", b"rICC")


def _meta(file: BinaryIO, size: int) -> bytes:
    """The body of the `meta` box; what follows the last box must not be another file."""
    at, meta, data = 0, b"", False
    while at + 8 <= size:
        file.seek(at)
        head = file.read(16)
        length, kind = struct.unpack_from(">I4s", head)
        body = at + 8
        if length == 1 and len(head) == 16:
            length, body = struct.unpack_from(">Q", head, 8)[0], at + 16
        elif length == 0:
            length = size - at
        if length < body - at or at + length > size or kind not in _TOP:
            if kind in _TOP or not meta:
                raise unreadable("This picture is damaged or incomplete.")
            break
        if kind == b"meta" and not meta:
            if length > _TABLES_MAX:
                raise unreadable("This picture has more tables than picture.")
            file.seek(body)
            meta = file.read(at + length - body)
        data |= kind in (b"mdat", b"idat")
        at += length
    if not meta:
        raise unreadable("This picture is damaged or incomplete.")
    tail_check(file, at, size)
    return meta


def _single(facts: HeifFacts, item: Item) -> tuple[Callable[[Box], Image.Image], tuple[int, int]]:
    if _WHOLE_BYTES * facts.width * facts.height > BUDGET:
        most = BUDGET // _WHOLE_BYTES // 1_000_000
        raise unreadable(f"A HEIC picture in one piece may have at most {most} million pixels.")
    picture = _decoded(facts, item, facts.tables.properties_of(item))
    size = (int(picture.size[0]), int(picture.size[1]))

    def take(box: Box) -> Image.Image:
        mode, stride = picture.mode, picture.stride
        # the rows lie in memory of the decoder's picture, which must outlive every look at them
        part = bytes(picture.data[box[1] * stride : box[3] * stride])
        band = Image.frombuffer(mode, (size[0], box[3] - box[1]), part, "raw", mode, stride, 1)
        return band.crop((box[0], 0, box[2], box[3] - box[1]))

    return take, size


def _grid(facts: HeifFacts, item: Item) -> tuple[Callable[[Box], Image.Image], tuple[int, int]]:
    grid = facts.tables.grid(facts._file, item)
    tiles = [facts.tables.items[pk] for pk in facts.tables.tiles.get(item.pk, ())]
    if len(tiles) != grid.rows * grid.columns or len(tiles) > _TILES_MAX:
        raise unreadable("This picture is damaged or incomplete.")
    inherited = [e for e in facts.tables.properties_of(item) if e.kind == b"colr"]
    wide, tall = facts.tables.size_of(tiles[0].pk)
    if wide % 2 or tall % 2 or wide * grid.columns < grid.width or tall * grid.rows < grid.height:
        raise unreadable("This picture is damaged or incomplete.")
    if 3 * grid.width * grid.height // 2 + _WHOLE_BYTES * wide * tall > BUDGET:
        raise unreadable("This picture's tiles are too large to be decoded.")
    planes = Apart.blank((grid.width, grid.height))
    for number, tile in enumerate(tiles):
        if tile.kind != b"hvc1" or facts.tables.size_of(tile.pk) != (wide, tall):
            raise unreadable("This picture is damaged or incomplete.")
        own = facts.tables.properties_of(tile)
        if not any(entry.kind == b"colr" for entry in own):
            own = [*own, *inherited]
        picture = _decoded(facts, tile, own)
        place = (number % grid.columns * wide, number // grid.columns * tall)
        planes.paste(picture.to_pillow().convert("RGB"), place)
    return planes.take, planes.light.size


def _decoded(facts: HeifFacts, item: Item, own: list[Property]) -> pi_heif.HeifImage:
    """The decoder's picture of one coded item, from a container that holds nothing else."""
    wide, tall = facts.tables.size_of(item.pk)
    if item.length > _CODED_MAX:
        raise unreadable("This picture is damaged or incomplete.")
    kept = [entry for entry in own if entry.kind in (b"hvcC", b"ispe", b"colr", b"pixi")]
    coded = facts.tables.data(facts._file, item)
    container = pi_heif.HeifFile(minimal(kept, coded), convert_hdr_to_8bit=True)
    picture = container[0]
    if tuple(picture.size) != (wide, tall):
        raise unreadable("This picture is damaged or incomplete.")
    picture.load()
    if tuple(picture.size) != (wide, tall):
        raise unreadable("This picture is damaged or incomplete.")
    return picture
