"""What a derivation hands over: pieces in a folder, facts, or why there is nothing.

Whoever makes them is a process of its own and writes a manifest; nothing in it is believed that
could harm: names are plain, numbers bounded, and sentences are ours.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

from saleor_bespoke.craft.file_kinds import FileKind
from saleor_bespoke.media.recognise import HEAD_BYTES, recognise

MANIFEST = "manifest.json"
_MANIFEST_MAX = 64 * 1024
_PIECES_MAX = 32
_PLACEHOLDER_MAX = 2048
_PLACEHOLDER = re.compile(r"(data:image/webp;base64,[A-Za-z0-9+/]+=*)?")
_NUMBER_MAX = 10_000_000


class Role(StrEnum):
    """What a derived piece is for."""

    PREVIEW = "PREVIEW"
    TURNTABLE = "TURNTABLE"
    MESH = "MESH"

    @property
    def kinds(self) -> frozenset[FileKind]:
        """The formats that serve it."""
        if self is Role.MESH:
            return frozenset({FileKind.GLB})
        return frozenset({FileKind.WEBP, FileKind.AVIF})


class NotDerivable(Exception):
    """Nothing can be made of this file, now or ever; the sentence is for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ExtraMissing(Exception):
    """What it takes is not installed; `extra` is the name in our distribution."""

    def __init__(self, extra: str) -> None:
        super().__init__(f"saleor-bespoke[{extra}] is not installed.")
        self.extra = extra


@dataclass(frozen=True)
class Piece:
    """One derived file. Width and height are pixels of the picture, or of one frame of many."""

    role: Role
    kind: FileKind
    name: str
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    columns: int | None = None


@dataclass(frozen=True)
class Derived:
    """Everything made of a file; `duration` is a video's length in seconds."""

    pieces: tuple[Piece, ...] = ()
    placeholder: str = ""
    pages: int | None = None
    duration: Decimal | None = None


def manifest_write(folder: Path, **answer: Any) -> None:
    """Say what became of it: `derived`, or why not by `reason` or `extra`."""
    derived = answer.get("derived")
    if isinstance(derived, Derived):
        answer["derived"] = asdict(derived) | {
            "duration": None if derived.duration is None else str(derived.duration)
        }
    (folder / MANIFEST).write_text(json.dumps(answer), encoding="utf-8")


def manifest_read(folder: Path) -> Derived:
    """What the folder's manifest says; NotDerivable or ExtraMissing where it says so.

    ValueError where there is none, or none that makes sense.
    """
    path = folder / MANIFEST
    if not path.is_file() or path.stat().st_size > _MANIFEST_MAX:
        raise ValueError("no manifest")
    try:
        answer = json.loads(path.read_text(encoding="utf-8"))
        if "extra" in answer:
            raise ExtraMissing(str(answer["extra"])[:16])
        if "reason" in answer:
            raise NotDerivable(str(answer["reason"])[:255])
        return _derived(folder, answer["derived"])
    except (ArithmeticError, AttributeError, KeyError, RecursionError, TypeError) as error:
        raise ValueError("a manifest of nonsense") from error


def _derived(folder: Path, found: dict[str, Any]) -> Derived:
    placeholder, duration = found["placeholder"], found["duration"]
    if not isinstance(placeholder, str) or len(placeholder) > _PLACEHOLDER_MAX:
        raise ValueError("a placeholder of absurd length")
    if not _PLACEHOLDER.fullmatch(placeholder):
        raise ValueError("a placeholder that is no picture")
    seconds = None if duration is None else Decimal(duration)
    if seconds is not None and not 0 <= seconds < 1_000_000:  # also what is no number at all
        raise ValueError("an absurd duration")
    if len(found["pieces"]) > _PIECES_MAX:
        raise ValueError("too many pieces")
    pieces = tuple(_piece(folder, entry) for entry in found["pieces"])
    return Derived(pieces, placeholder, _number(found["pages"]), seconds)


def _piece(folder: Path, entry: dict[str, Any]) -> Piece:
    name, role, kind = entry["name"], Role(entry["role"]), FileKind(entry["kind"])
    path = folder / name
    if Path(name).name != name or not path.is_file() or path.is_symlink():
        raise ValueError("a piece that is none of this folder")
    with path.open("rb") as file:
        found = recognise(file.read(HEAD_BYTES), path.stat().st_size)
    if kind not in role.kinds or found is not kind:
        raise ValueError("a piece that is not what it is called")
    numbers = {key: _number(entry[key]) for key in ("width", "height", "frames", "columns")}
    return Piece(role, kind, name, **numbers)


def _number(value: Any) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not 0 < value <= _NUMBER_MAX:
        raise ValueError("an absurd number")
    return value
