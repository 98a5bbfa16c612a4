"""EXIF as far as it matters here: which way up a picture is."""

from __future__ import annotations

import struct

_ORIENTATION = 0x0112
_ENTRIES_MAX = 256


def orientation_of(tiff: bytes) -> int:
    """The orientation, 1 to 8, that a TIFF header's first directory gives; 1 if it gives none."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 8:
        return 1
    start = struct.unpack_from(order + "I", tiff, 4)[0]
    if start + 2 > len(tiff):
        return 1
    count = struct.unpack_from(order + "H", tiff, start)[0]
    for entry in range(min(count, _ENTRIES_MAX)):
        at = start + 2 + 12 * entry
        if at + 12 > len(tiff):
            return 1
        tag, kind, _ = struct.unpack_from(order + "HHI", tiff, at)
        if tag == _ORIENTATION:
            layout = {1: "B", 3: "H", 4: "I"}.get(kind, "H")
            value = int(struct.unpack_from(order + layout, tiff, at + 8)[0])
            return value if 1 <= value <= 8 else 1
    return 1
