"""Good and hostile files: what is let in, what stays in it, and what judging them takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from benchmarks.figures import Figure

if TYPE_CHECKING:
    from tests.media.cases import Case

GOOD, HOSTILE = 200, 300
GOOD_SHARE = 0.99
MEGABYTES = 100


def figures() -> Iterator[Figure]:
    """Judge every file of the corpus of `tests/media/cases` in a process that does nothing else."""
    from tests.media import cases
    from tests.media.cases import heaviest

    with TemporaryDirectory(prefix="bespoke-corpus-") as folder:
        hostile = written(cases.hostile(), Path(folder) / "hostile")
        good = written(cases.good(), Path(folder) / "good")
        written(heaviest.cases(), Path(folder) / "heaviest")
        told = judged(Path(folder))
    let_in = [name for name in hostile if told[name]["became"] == "kept"]
    kept = [name for name in good if told[name]["became"] == "kept"]
    broken = [name for name, fate in told.items() if fate["became"] == "error"]
    telling = [name for name in good if told[name]["tells"]]
    share = len(kept) / len(good)
    peak = max(fate["megabytes"] for fate in told.values())

    def figure(name: str, wanted: str, measured: object, ok: bool) -> Figure:
        return Figure("corpus", name, wanted, str(measured), ok)

    yield figure("hostile files", f"≥ {HOSTILE}", len(hostile), len(hostile) >= HOSTILE)
    yield figure("good files", f"≥ {GOOD}", len(good), len(good) >= GOOD)
    yield figure("hostile ones let in", "0", named(let_in), not let_in)
    yield figure("good ones let in", f"≥ {GOOD_SHARE:.0%}", f"{share:.1%}", share >= GOOD_SHARE)
    yield figure("places and times left in what is kept", "0", named(telling), not telling)
    yield figure("answers that are no typed refusal", "0", named(broken), not broken)
    yield figure(
        "memory that a file takes", f"≤ {MEGABYTES} MB", f"{peak:.0f} MB", peak <= MEGABYTES
    )


def written(cases: Iterable[Case], folder: Path, *, marked: bool = True) -> list[str]:
    """Write the files with what was said of them, and whether they bear our marks; their names."""
    folder.mkdir()
    names = []
    for number, case in enumerate(cases):
        name = f"{folder.name}/{number:03}"
        (folder / f"{number:03}").write_bytes(case.content)
        said = {
            "name": case.name,
            "called": case.called,
            "declared": case.declared,
            "purpose": case.purpose.value,
            "marked": marked,
        }
        (folder / f"{number:03}.json").write_text(json.dumps(said))
        names.append(name)
    return names


def judged(folder: Path) -> dict[str, dict[str, Any]]:
    """What became of each file of `written`, told by a process of its own."""
    words = [sys.executable, "-m", "benchmarks.judging", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=dict(os.environ))
    return {fate["file"]: fate for fate in map(json.loads, done.stdout.splitlines())}


def named(names: list[str]) -> str:
    """How many, and the first of them."""
    return f"{len(names)} ({', '.join(names[:5])})" if names else "0"
