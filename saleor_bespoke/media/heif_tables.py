"""The tables of a HEIF container: which items there are, where they lie, what describes them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.media.refusals import unreadable

_ITEMS_MAX = 4_096
_PROPERTIES_MAX = 4_096
_EXTENTS_MAX = 64


@dataclass(frozen=True)
class Property:
    """A box that describes items, such as their size or their turning."""

    kind: bytes
    body: bytes

    def size(self) -> tuple[int, int]:
        """Width and height that an `ispe` box gives."""
        width, height = struct.unpack_from(">II", self.body, 4)
        return width, height


@dataclass
class Item:
    """A part of the file: a coded picture, a grid of them, or something beside it.

    `extents` are offsets and lengths, in the file or in the tables' own data (`inside`).
    """

    pk: int
    kind: bytes
    extents: list[tuple[int, int]] = field(default_factory=list)
    inside: bool = False
    described_by: list[int] = field(default_factory=list)

    @property
    def length(self) -> int:
        """Bytes of the item."""
        return sum(length for _, length in self.extents)


@dataclass(frozen=True)
class Grid:
    """How tiles make up a picture; what the last ones have beyond its size is cut off."""

    rows: int
    columns: int
    width: int
    height: int


@dataclass
class Tables:
    """What the `meta` box tells."""

    primary: int = 0
    items: dict[int, Item] = field(default_factory=dict)
    properties: list[Property] = field(default_factory=list)
    tiles: dict[int, list[int]] = field(default_factory=dict)
    own_data: bytes = b""

    def properties_of(self, item: Item) -> list[Property]:
        """What describes the item."""
        return [self.properties[at - 1] for at in item.described_by if at]

    def size_of(self, pk: int) -> tuple[int, int]:
        """The item's size in pixels as stored."""
        for entry in self.properties_of(self.items[pk]):
            if entry.kind == b"ispe":
                return entry.size()
        raise _damaged()

    def data(self, file: BinaryIO, item: Item) -> bytes:
        """The item's bytes."""
        parts = []
        for start, length in item.extents:
            if item.inside:
                part = self.own_data[start : start + length]
            else:
                file.seek(start)
                part = file.read(length)
            if len(part) != length:
                raise _damaged()
            parts.append(part)
        return b"".join(parts)

    def grid(self, file: BinaryIO, item: Item) -> Grid:
        """How the item's tiles are arranged."""
        if item.length not in (8, 12):
            raise _damaged()
        body = self.data(file, item)
        layout = ">II" if body[1] & 1 else ">HH"
        if len(body) != 4 + struct.calcsize(layout):
            raise _damaged()
        return Grid(body[2] + 1, body[3] + 1, *struct.unpack_from(layout, body, 4))


def tables(meta: bytes, file: BinaryIO) -> Tables:
    """Read the body of a `meta` box."""
    found = Tables()
    boxes = dict(_boxes(meta, 4))
    for kind in (b"pitm", b"iinf", b"iprp", b"iloc"):
        if kind not in boxes:
            raise _damaged()
    found.own_data = boxes.get(b"idat", b"")
    _read_items(found, boxes[b"iinf"])
    _read_places(found, boxes[b"iloc"])
    _read_properties(found, boxes[b"iprp"])
    if b"iref" in boxes:
        _read_references(found, boxes[b"iref"])
    wide = boxes[b"pitm"][0] > 0
    found.primary = struct.unpack_from(">I" if wide else ">H", boxes[b"pitm"], 4)[0]
    if found.primary not in found.items:
        raise _damaged()
    return found


def _boxes(data: bytes, at: int = 0) -> Iterator[tuple[bytes, bytes]]:
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if length < 8 or at + length > len(data):
            raise _damaged()
        yield kind, data[at + 8 : at + length]
        at += length


def _read_items(found: Tables, body: bytes) -> None:
    for kind, entry in _boxes(body, 8 if body[0] else 6):
        if kind != b"infe" or entry[0] not in (2, 3):
            continue
        layout = ">HH4s" if entry[0] == 2 else ">IH4s"
        pk, _, item_kind = struct.unpack_from(layout, entry, 4)
        found.items[pk] = Item(pk, item_kind)
        if len(found.items) > _ITEMS_MAX:
            raise _damaged()


def _read_places(found: Tables, body: bytes) -> None:
    version = body[0]
    offset_size, length_size = body[4] >> 4, body[4] & 15
    base_size, index_size = body[5] >> 4, body[5] & 15 if version else 0
    at = 6

    def number(size: int) -> int:
        nonlocal at
        if size not in (0, 2, 4, 8) or at + size > len(body):
            raise _damaged()
        at += size
        return int.from_bytes(body[at - size : at], "big")

    for _ in range(min(number(4 if version == 2 else 2), _ITEMS_MAX)):
        item = found.items.get(number(4 if version == 2 else 2), Item(0, b""))
        item.inside = bool(version) and number(2) & 15 == 1
        number(2)
        base = number(base_size)
        count = number(2)
        if count > _EXTENTS_MAX:
            raise _damaged()
        for _ in range(count):
            number(index_size)
            start = number(offset_size)
            item.extents.append((base + start, number(length_size)))


def _read_properties(found: Tables, body: bytes) -> None:
    for kind, part in _boxes(body):
        if kind == b"ipco":
            found.properties = [Property(*entry) for entry in _boxes(part)]
        elif kind == b"ipma":
            _read_associations(found, part)
    if len(found.properties) > _PROPERTIES_MAX:
        raise _damaged()


def _read_associations(found: Tables, body: bytes) -> None:
    wide_pk, wide_index = body[0] > 0, body[3] & 1
    at = 8
    for _ in range(min(struct.unpack_from(">I", body, 4)[0], _ITEMS_MAX)):
        pk, count = struct.unpack_from(">IB" if wide_pk else ">HB", body, at)
        at += 5 if wide_pk else 3
        indices = struct.unpack_from(f">{count}{'H' if wide_index else 'B'}", body, at)
        at += count * (2 if wide_index else 1)
        if pk in found.items:
            mask = 0x7FFF if wide_index else 0x7F
            found.items[pk].described_by += [index & mask for index in indices]


def _read_references(found: Tables, body: bytes) -> None:
    one = "I" if body[0] else "H"
    width = struct.calcsize(one)
    for kind, part in _boxes(body, 4):
        if kind == b"dimg":
            origin, count = struct.unpack_from(f">{one}H", part)
            found.tiles[origin] = list(struct.unpack_from(f">{count}{one}", part, width + 2))


def minimal(kept: list[Property], coded: bytes) -> bytes:
    """A HEIC file of one coded picture and nothing else."""
    properties = b"".join(box(entry.kind, entry.body) for entry in kept)
    essential = [0x80 * (entry.kind == b"hvcC") | at for at, entry in enumerate(kept, start=1)]
    associations = struct.pack(f">IIHB{len(kept)}B", 0, 1, 1, len(kept), *essential)

    def meta(offset: int) -> bytes:
        place = struct.pack(">IBBHHHHII", 0, 0x44, 0, 1, 1, 0, 1, offset, len(coded))
        return box(
            b"meta",
            bytes(4),
            box(b"hdlr", bytes(8), b"pict", bytes(13)),
            box(b"pitm", struct.pack(">IH", 0, 1)),
            box(b"iinf", struct.pack(">IH", 0, 1), box(b"infe", b"\2\0\0\0\0\1\0\0hvc1\0")),
            box(b"iprp", box(b"ipco", properties), box(b"ipma", associations)),
            box(b"iloc", place),
        )

    start = box(b"ftyp", b"heic", bytes(4), b"mif1heic")
    return start + meta(len(start) + len(meta(0)) + 8) + box(b"mdat", coded)


def box(kind: bytes, *parts: bytes) -> bytes:
    """One box."""
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _damaged() -> BespokeError:
    return unreadable("This picture is damaged or incomplete.")
