"""HEIC files built around one coded picture: in one piece, or as the grid of tiles phones write."""

from __future__ import annotations

import struct
from functools import cache

from tests.journey import samples
from tests.media.cases.case import PLACE, box, exif

SIDES = (1600, 1200)
#: Bytes of the compressed picture, as the recorded file's own table says.
_CODED = 109_862


@cache
def coded() -> tuple[bytes, bytes, bytes]:
    """The compressed picture of the recorded photograph, its decoder's settings and colours."""
    whole = samples.phone_heic()

    def body(kind: bytes) -> bytes:
        at = whole.index(kind)
        return whole[at + 4 : at - 4 + struct.unpack_from(">I", whole, at - 4)[0]]

    return body(b"mdat")[:_CODED], body(b"hvcC"), body(b"colr")


def single(turned: int = 0, *, size: tuple[int, int] = SIDES, data: bytes | None = None) -> bytes:
    """One coded picture with a place beside it."""
    return _file([_ispe(size), *_decoding(), box(b"irot", bytes((turned,)))], data=data)


def grid(
    columns: int,
    rows: int,
    *,
    turned: int = 0,
    size: tuple[int, int] | None = None,
    count: int | None = None,
    declared: tuple[int, int] | None = None,
) -> bytes:
    """Many tiles, all of the same coded picture, that make up one of `size`."""
    size = size or (SIDES[0] * columns, SIDES[1] * rows)
    declared = declared or size
    count = columns * rows if count is None else count
    body = struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, *size)
    properties = [_ispe(SIDES), *_decoding(), box(b"irot", bytes((turned,))), _ispe(declared)]
    return _file(properties, grid_of=count, grid_body=body)


def _ispe(size: tuple[int, int]) -> bytes:
    return box(b"ispe", struct.pack(">III", 0, *size))


def _decoding() -> list[bytes]:
    _, settings, colours = coded()
    return [box(b"hvcC", settings), box(b"colr", colours)]


def _file(
    properties: list[bytes], *, grid_of: int = 0, grid_body: bytes = b"", data: bytes | None = None
) -> bytes:
    """`properties` are size, settings, colours, turning, and the grid's size if there is one."""
    picture = coded()[0] if data is None else data
    facts = b"\0\0\0\0" + exif(6)
    tiles = list(range(1, max(grid_of, 1) + 1))
    main = tiles[-1] + 1 if grid_body else 1
    told = tiles[-1] + 2
    items = [(each, b"hvc1") for each in tiles] + ([(main, b"grid")] if grid_body else [])
    items.append((told, b"Exif"))
    entries = [box(b"infe", struct.pack(">IHH4sB", 2 << 24, pk, 0, kind, 0)) for pk, kind in items]
    described = [(each, (1, 0x82, 3)) for each in tiles]
    if grid_body:
        described.append((main, (5, 3, 0x84)))
    else:
        described = [(1, (1, 0x82, 3, 0x84))]
    associations = b"".join(
        struct.pack(f">HB{len(which)}B", pk, len(which), *which) for pk, which in described
    )
    references = [box(b"cdsc", struct.pack(">HHH", told, 1, main))]
    if grid_body:
        layout = struct.pack(f">HH{len(tiles)}H", main, len(tiles), *tiles)
        references.append(box(b"dimg", layout))

    def meta(start: int) -> bytes:
        at = {pk: (start, len(picture)) for pk in tiles}
        at[told] = (start + len(picture), len(facts))
        places = b""
        for pk, _ in items:
            inside = int(pk == main and bool(grid_body))
            place = (0, len(grid_body)) if inside else at[pk]
            places += struct.pack(">HHHHII", pk, inside, 0, 1, *place)
        return box(
            b"meta",
            bytes(4),
            box(b"hdlr", bytes(8), b"pict", bytes(13)),
            box(b"pitm", struct.pack(">IH", 0, main)),
            box(b"iinf", struct.pack(">IH", 0, len(items)), *entries),
            box(b"iref", bytes(4), *references),
            box(
                b"iprp",
                box(b"ipco", *properties),
                box(b"ipma", struct.pack(">II", 0, len(described)), associations),
            ),
            box(b"idat", grid_body),
            box(b"iloc", struct.pack(">IBBH", 1 << 24, 0x44, 0, len(items)), places),
        )

    head = box(b"ftyp", b"heic", bytes(4), b"mif1heic")
    start = len(head) + len(meta(0)) + 8
    return head + meta(start) + box(b"mdat", picture, facts) + box(b"uuid", bytes(16), PLACE)
