"""Files from real phones, cameras and CAD programs, in a folder of your own.

Nobody says which of them are good, so that how many are let in is told, not judged.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.corpus import MEGABYTES, judged, named, written
from benchmarks.figures import Figure
from saleor_bespoke.craft.file_kinds import IMAGES, VIDEOS
from saleor_bespoke.media.recognise import HEAD_BYTES, FileKind, Purpose, recognise
from tests.media.cases import Case


def figures(folder: Path) -> Iterator[Figure]:
    """Judge every file below the folder that is of a kind we know."""
    given = list(_files(folder))
    with TemporaryDirectory(prefix="bespoke-corpus-") as work:
        cases = (_case(path, kind) for path, kind in given)
        names = written(cases, Path(work) / "real", marked=False)
        told = judged(Path(work))
    fates = {path: told[name] for (path, _kind), name in zip(given, names, strict=True)}
    refused = {path: fate["became"] for path, fate in fates.items() if fate["became"] != "kept"}
    for path, code in refused.items():
        print(f"{code}  {path.relative_to(folder)}", file=sys.stderr)
    broken = [path.name for path, code in refused.items() if code == "error"]
    telling = [path.name for path, fate in fates.items() if fate["tells"]]
    peak = max((fate["megabytes"] for fate in fates.values()), default=0)
    kinds = Counter(kind.value for _path, kind in given)

    def figure(name: str, wanted: str, measured: str, ok: bool) -> Figure:
        return Figure("real", name, wanted, measured, ok)

    yield figure("files", "any", ", ".join(f"{n} {kind}" for kind, n in kinds.items()), bool(given))
    yield figure("let in", "told", f"{len(given) - len(refused)} of {len(given)}", True)
    yield figure("places and times left in what is kept", "0", named(telling), not telling)
    yield figure("answers that are no typed refusal", "0", named(broken), not broken)
    yield figure(
        "memory that a file takes", f"≤ {MEGABYTES} MB", f"{peak:.0f} MB", peak <= MEGABYTES
    )


def _files(folder: Path) -> Iterator[tuple[Path, FileKind]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                kind = recognise(file.read(HEAD_BYTES), path.stat().st_size)
            if kind is not None:
                yield path, kind


def _case(path: Path, kind: FileKind) -> Case:
    if kind in VIDEOS:
        purpose = Purpose.PROGRESS
    else:
        purpose = Purpose.REFERENCE if kind in IMAGES else Purpose.CAD
    return Case(path.name, path.read_bytes(), purpose, kind)
