"""Films as phones, action cameras and editors write them, built box by box."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from saleor_bespoke.media.recognise import FileKind, Purpose
from tests.journey import samples
from tests.media.cases.case import PLACE, Case, box

PICTURES = b"PICTURES" * 16
SOUND = b"SOUND" * 12


def track(
    handler: bytes,
    at: int,
    length: int,
    *,
    wide: bool = False,
    extra: bytes = b"",
    size: tuple[int, int] = (640, 360),
    told: bytes = PLACE,
) -> bytes:
    """A track of one sample; the camera's words stand wherever a box has room for them."""
    offsets = box(b"co64", struct.pack(">IIQ", 0, 1, at)) if wide else None
    offsets = offsets or box(b"stco", struct.pack(">III", 0, 1, at))
    video = bytes(6) + b"\0\1" + bytes(16) + struct.pack(">HH", *size) + bytes(14)
    video += (
        told[:31].ljust(32, b"\0") + b"\x00\x18\xff\xff" + box(b"avcC", b"\1") + box(b"udta", told)
    )
    described = box(b"avc1", video) if handler == b"vide" else box(b"mp4a", bytes(28))
    table = box(
        b"stbl",
        box(b"stsd", struct.pack(">II", 0, 1), described),
        box(b"stts", struct.pack(">IIII", 0, 1, 1, 100)),
        box(b"stsc", struct.pack(">IIIII", 0, 1, 1, 1, 1)),
        box(b"stsz", struct.pack(">IIII", 0, 0, 1, length)),
        offsets,
        box(b"uuid", bytes(16), told),
    )
    origin = box(b"dinf", box(b"dref", struct.pack(">II", 0, 1), box(b"alis", b"\0\0\0\1", told)))
    media = box(
        b"mdia",
        box(b"mdhd", b"\0\0\0\0" + b"\xdd" * 8, bytes(12)),
        box(b"hdlr", bytes(8), handler, told, b"\0"),
        box(b"minf", box(b"vmhd", bytes(12)), origin, table, box(b"udta", told)),
    )
    matrix = struct.pack(">9I", 65536, 0, 0, 0, 65536, 0, 0, 0, 0x40000000)
    shown = struct.pack(">II", size[0] << 16, size[1] << 16)
    version = b"\1\0\0\0" + b"\xdd" * 16 + bytes(32) if wide else bytes(4) + b"\xdd" * 8 + bytes(28)
    head = box(b"tkhd", version + matrix + shown)
    return box(b"trak", head, media, box(b"meta", told), box(b"udta", told), extra)


def movie(
    *,
    brand: bytes = b"isom",
    front: bool = False,
    wide: bool = False,
    telling: bytes | None = None,
    top: bytes = b"",
    before: bytes = b"",
    **values: object,
) -> bytes:
    """A film with a picture, a sound and, if told so, a track of places among them."""
    place = PLACE * 3
    data = PICTURES + place + SOUND + PLACE
    head = box(b"ftyp", brand, bytes(4), brand) + before

    def moov(start: int) -> bytes:
        tracks = [
            track(b"vide", start, len(PICTURES), wide=wide, **values),  # type: ignore[arg-type]
            track(b"soun", start + len(PICTURES + place), len(SOUND)),
        ]
        if telling:
            tracks.append(track(telling, start + len(PICTURES), len(place)))
        if wide:
            header = box(
                b"mvhd", b"\1\0\0\0", b"\xdd" * 16, struct.pack(">IQ", 600, 1200), bytes(80)
            )
        else:
            header = box(b"mvhd", bytes(4), b"\xdd" * 8, struct.pack(">II", 600, 1200), bytes(80))
        keys = box(b"meta", b"com.apple.quicktime.location.ISO6709", PLACE)
        return box(b"moov", header, *tracks, box(b"udta", box(b"\xa9xyz", PLACE)), keys)

    if wide:
        media = struct.pack(">I4sQ", 1, b"mdat", 16 + len(data)) + data
    else:
        media = box(b"mdat", data)
    room = 16 if wide else 8
    if front:
        return head + moov(len(head) + len(moov(0)) + room) + media + top
    return head + media + moov(len(head) + room) + top


def fragmented(*, tracks: bytes | None = None) -> bytes:
    """A film in fragments, as recorders that fear a power cut write it."""
    still = track(b"vide", 0, 0).replace(
        struct.pack(">IIII", 0, 0, 1, 0), struct.pack(">IIII", 0, 0, 0, 0)
    )
    header = box(b"mvhd", bytes(12), struct.pack(">II", 600, 0), bytes(80))
    moov = box(b"moov", header, tracks or still, box(b"mvex", box(b"trex", bytes(24))))
    run = box(b"trun", struct.pack(">IIII", 0x201, 1, 0, len(PICTURES)))
    part = box(b"traf", box(b"tfhd", struct.pack(">II", 0, 1)), run, box(b"uuid", bytes(16), PLACE))
    moof = box(b"moof", box(b"mfhd", bytes(8)), part, box(b"udta", PLACE))
    start = box(b"ftyp", b"iso5", bytes(4), b"iso5iso6mp41")
    return start + moov + moof + box(b"mdat", PICTURES) + box(b"emsg", PLACE)


def _films() -> Iterator[tuple[str, FileKind, bytes]]:
    mp4, mov = FileKind.MP4, FileKind.MOV
    yield "phone", mp4, samples.short_video_mp4()
    yield "phone, QuickTime", mov, movie(brand=b"qt  ", telling=b"meta", before=box(b"wide"))
    yield "plain", mp4, movie()
    yield "ready to stream", mp4, movie(front=True)
    yield "large offsets", mp4, movie(wide=True)
    yield "large offsets in front", mov, movie(brand=b"qt  ", wide=True, front=True)
    for handler in (b"meta", b"text", b"tmcd", b"sbtl", b"camm", b"data"):
        yield f"track of {handler.decode()}", mp4, movie(telling=handler)
    yield "Samsung", mp4, movie(top=box(b"sefd", b"SEFH" + PLACE))
    yield "dash camera", mp4, movie(before=box(b"free", b"GPS " + PLACE * 40))
    yield "action camera", mp4, movie(brand=b"mp41", telling=b"meta", top=box(b"udta", PLACE))
    yield "uuid boxes", mp4, movie(before=box(b"uuid", bytes(16), PLACE), top=box(b"skip", PLACE))
    yield "old phone", mp4, movie(brand=b"3gp4")
    yield "tablet", mp4, movie(brand=b"M4V ")
    yield "fragments", mp4, fragmented()
    for size in ((1, 1), (360, 640), (3840, 2160), (7680, 4320)):
        yield f"size {size}", mp4, movie(size=size)


def cases() -> Iterator[Case]:
    """All of them, some under the other's name."""
    for at, (name, kind, content) in enumerate(_films()):
        called = ("unboxing.mp4", "IMG_0042.MOV", "video", "clip.m4v")[at % 4]
        declared = ("video/mp4", "video/quicktime", None)[at % 3]
        purpose = (Purpose.UNBOXING, Purpose.PROGRESS, Purpose.EVIDENCE)[at % 3]
        yield Case(f"{kind}: {name}", content, purpose, kind, called, declared)
