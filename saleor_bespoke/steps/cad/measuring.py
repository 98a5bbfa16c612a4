"""A mesh handed to a process of its own, and a picture looked at: what the fingerprints need.

Nothing here knows the database. What needs the extra `cad` says so with `ExtraMissing`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from PIL import Image

import saleor_bespoke
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.scratch import BytesMissing, fetch, scratch_folder

#: What one job may take before the kernel ends it; seconds of processor time.
MEGABYTES = 3072
SECONDS = 60
#: Seconds of the clock: a busy machine is slower than its processor.
PATIENCE = 150
_DECODED_MAX = 1200  # pixels along a side, where the format decodes smaller at once


class ExtraMissing(Exception):
    """The extra `cad` is not installed."""


class Refused(Exception):
    """The file holds nothing that can be examined; the message is a sentence for a person."""


class Interrupted(Exception):
    """The work ended early: memory, time, the storage or somebody's hand. It may yet go well."""


@dataclass(frozen=True)
class Seen:
    """What a picture shows: 64 bits and a detail, both None where it tells too little."""

    hash: int | None
    detail: bytes | None


@dataclass(frozen=True)
class TrueScale:
    """A mesh's drawings as PNG by the name of their side, and the mm that each spans both ways."""

    span: Decimal
    views: dict[str, bytes]


def extra_present() -> bool:
    """Whether the extra `cad` is installed."""
    return find_spec("numpy") is not None


def extra_check() -> None:
    """Refuse where the extra is missing."""
    if not extra_present():
        raise ExtraMissing("Examining designs needs the extra cad: install saleor-bespoke[cad].")


@contextmanager
def on_disk(file: BespokeFile) -> Iterator[Path]:
    """A copy of a stored file for who needs a path; Refused where its bytes are gone.

    Interrupted where the storage fails, which may pass.
    """
    with scratch_folder() as folder:
        path = folder / "file"
        try:
            fetch(file.storage_name, path)
        except BytesMissing as error:
            raise Refused("The file is missing from the storage.") from error
        except Exception as error:  # a storage may raise anything
            kind = type(error).__name__
            raise Interrupted(f"The storage cannot be read ({kind}).") from error
        yield path


def job_run(task: str, **arguments: Any) -> dict[str, Any]:
    """Have a mesh's job done by a bounded process; Refused with its sentence, or Interrupted."""
    extra_check()
    job = {
        "task": task,
        "arguments": arguments,
        "megabytes": MEGABYTES,
        "seconds": SECONDS,
        "parent": os.getpid(),
        "folders": [str(Path(path).parent) for path in _paths(arguments)],
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "saleor_bespoke.shapes.worker"],
            input=json.dumps(job),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
            env=_environment(),
            cwd=tempfile.gettempdir(),
        )
    except subprocess.TimeoutExpired as error:
        raise Interrupted(f"It took longer than {PATIENCE} seconds.") from error
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2]
        raise Interrupted(f"The process ended with {done.returncode}: {last}"[:400])
    answer: dict[str, Any] = json.loads(done.stdout)
    if "refused" in answer:
        raise Refused(answer["refused"])
    return answer


def true_scale(
    path: Path, kind: str, *, piece: str, ordered: Decimal | None, unit: str, pixels: int
) -> TrueScale:
    """TOP, SIDE and FRONT of a mesh, drawn by a bounded process; refusals as of `job_run`.

    `unit` is the confirmed one, or empty: then it is guessed by the piece and the ordered inner
    diameter in mm, and Refused where the mesh makes sense in none. `pixels` is a drawing's side.
    """
    answer = job_run(
        "true_scale",
        path=str(path),
        kind=kind,
        piece=piece,
        ordered=None if ordered is None else float(ordered),
        unit=unit,
        pixels=pixels,
    )
    views = {name: b64decode(drawing) for name, drawing in answer["views"].items()}
    return TrueScale(Decimal(f"{answer['span']:.3f}"), views)


def _paths(arguments: dict[str, Any]) -> Iterator[str]:
    """The files that a job reads."""
    yield arguments["path"]
    if before := arguments.get("before"):
        yield before["path"]


def _environment() -> dict[str, str]:
    """Where programs and modules are, and nothing else: the process needs no secrets."""
    here = Path(saleor_bespoke.__file__).parents[1]
    paths = [str(here), *(it for it in sys.path if it)]
    return {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """A cleaned picture, decoded no larger than is needed; Refused where it cannot be."""
    try:
        with Image.open(path) as image:
            image.draft("RGB", (_DECODED_MAX, _DECODED_MAX))
            image.load()
            yield image
    except (OSError, ValueError, SyntaxError, ArithmeticError, LookupError, EOFError) as error:
        raise Refused("This picture cannot be examined.") from error


def picture_seen(path: Path, size: tuple[int, int]) -> Seen:
    """The fingerprint of a picture that is `size` large."""
    extra_check()
    from saleor_bespoke.shapes.likeness import picture_detail, telling
    from saleor_bespoke.shapes.prints import picture_print

    if not telling(size):
        return Seen(None, None)
    with opened(path) as image:
        detail = picture_detail(image)
        return Seen(picture_print(image) if detail else None, detail)


def spots_carried(old: Path, new: Path, spots: Sequence[tuple[float, float]]) -> list[bool]:
    """Whether each spot of the last revision's picture shows the same in this one."""
    extra_check()
    from saleor_bespoke.shapes.patches import spots_carry

    with opened(old) as before, opened(new) as after:
        return spots_carry(before, after, spots)
