"""Files as customers, workshops and attackers send them, with what must become of each.

Everything is built here from the formats' own documents, seeded and small; `good()` and `hostile()`
yield `Case`s for the tests and for measurements elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.media.cases import (
    good_pictures,
    good_shapes,
    good_videos,
    hostile_names,
    hostile_others,
    hostile_pictures,
    hostile_polyglots,
)
from tests.media.cases.case import Case


def good() -> Iterator[Case]:
    """Files that must be kept."""
    yield from good_pictures.cases()
    yield from good_shapes.cases()
    yield from good_videos.cases()


def hostile() -> Iterator[Case]:
    """Files that must be refused."""
    yield from hostile_names.cases()
    yield from hostile_others.cases()
    yield from hostile_pictures.cases()
    yield from hostile_polyglots.cases()


__all__ = ["Case", "good", "hostile"]
