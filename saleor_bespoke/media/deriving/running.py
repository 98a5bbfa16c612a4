"""Decode a file in a process of its own, held to a memory and a time, and read what came of it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from saleor_bespoke.craft.file_kinds import DOCUMENTS, IMAGES, MESHES, VIDEOS, FileKind
from saleor_bespoke.media.deriving import child
from saleor_bespoke.media.deriving.results import Derived, NotDerivable, manifest_read

logger = logging.getLogger(__name__)

_MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Bounds:
    """What one derivation may take: bytes of address space, and seconds."""

    memory: int
    seconds: int


#: A decoder's code and the interpreter take some 200 MB of address space before it begins.
BOUNDS: dict[frozenset[FileKind], Bounds] = {
    IMAGES: Bounds(memory=700 * _MEGABYTE, seconds=60),
    DOCUMENTS: Bounds(memory=900 * _MEGABYTE, seconds=60),
    VIDEOS: Bounds(memory=1_400 * _MEGABYTE, seconds=90),
    MESHES: Bounds(memory=2_500 * _MEGABYTE, seconds=300),
}
SECONDS_MAX = max(bounds.seconds for bounds in BOUNDS.values())

#: Memory that is freed goes back at once, and numerical libraries start no threads of their own.
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "262144",
    "MKL_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}
#: Drawing a mesh takes and frees large arrays all the time: giving them back would cost most of it.
_DRAWING = {"MALLOC_MMAP_THRESHOLD_": "134217728", "MALLOC_TRIM_THRESHOLD_": "536870912"}


class Interrupted(Exception):
    """The decoder ended without a word; another try may go better. The sentence is for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def bounds_of(kind: FileKind) -> Bounds:
    """What deriving from a file of this kind may take."""
    return next(bounds for kinds, bounds in BOUNDS.items() if kind in kinds)


def derive_apart(path: Path, kind: FileKind, folder: Path, bounds: Bounds | None = None) -> Derived:
    """Derive from the file at `path` into the empty `folder` beside it.

    NotDerivable where nothing can ever be made of it, ExtraMissing where something would have to be
    installed, Interrupted where the process was killed, or too slow. The process gets no setting
    and no secret: its environment holds nothing but where our code lies.
    """
    bounds = bounds or bounds_of(kind)
    words = [str(path), kind.value, str(folder), str(bounds.memory), str(bounds.seconds)]
    with TemporaryFile() as errors:  # a pipe would be full, and stop who writes to it
        process = subprocess.Popen(
            [sys.executable, "-m", child.__name__, *words],
            stdin=subprocess.PIPE,  # held open: that it closes tells the process that we are gone
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=_environment(kind),
            cwd=folder,
        )
        with process:
            try:
                process.wait(bounds.seconds)
            except subprocess.TimeoutExpired:
                raise Interrupted("Deriving from this file takes too long.") from None
            finally:
                if process.poll() is None:
                    process.kill()
        errors.seek(0)
        said = errors.read(500)
    if said:
        logger.info("The decoder of a %s said: %s", kind, said.decode(errors="replace"))
    return _answer(process.returncode, folder)


def _environment(kind: FileKind) -> dict[str, str]:
    drawing = _DRAWING if kind in MESHES else {}
    path = os.pathsep.join(entry for entry in sys.path if entry)
    return _ENVIRONMENT | drawing | {"PYTHONPATH": path}


def _answer(code: int, folder: Path) -> Derived:
    if code == child.OUT_OF_MEMORY:
        raise NotDerivable("Deriving from this file takes too much memory.")
    if code:
        raise Interrupted("The decoder of this file broke down.")
    try:
        return manifest_read(folder)
    except ValueError as error:
        raise Interrupted("The decoder of this file answered nonsense.") from error
