"""How long a page of every kind of paper takes, and whether a dossier proves itself."""

from __future__ import annotations

import subprocess
import time
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure

PAGE_MS = 100
ROUNDS = 5
#: A film in a dossier, in MB, and what may be added to memory while it is packed.
FILM_MB = 256
MEMORY_MB = 16


def figures() -> Iterator[Figure]:
    """Milliseconds per page, the same bytes again, `sha256sum -c`, and memory while packing."""
    import django

    django.setup()
    yield from _pages()
    with TemporaryDirectory(prefix="bespoke-") as folder:
        yield from _dossier(Path(folder))


def _pages() -> Iterator[Figure]:
    import pypdfium2

    from saleor_bespoke.documents.render import render
    from tests.documents.samples import GERMAN, MAKERS, sample

    spent, counted, same = {}, {}, True
    for kind in MAKERS:
        made = render(sample(kind, GERMAN))  # fonts and templates are read once in a process
        pages = len(pypdfium2.PdfDocument(made))
        times = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            again = render(sample(kind, GERMAN))
            times.append(time.perf_counter() - start)
            same &= again == made
        spent[kind], counted[kind] = 1000 * min(times), pages
    slowest = max(spent, key=lambda kind: spent[kind] / counted[kind])
    worst = spent[slowest] / counted[slowest]
    mean = sum(spent.values()) / sum(counted.values())
    wanted = f"≤ {PAGE_MS} ms"
    yield Figure(
        "documents", f"a page of the slowest paper ({slowest})", wanted, f"{worst:.0f} ms",
        worst <= PAGE_MS,
    )  # fmt: skip
    yield Figure(
        "documents", f"a page, over {sum(counted.values())} pages of {len(spent)} papers", wanted,
        f"{mean:.0f} ms", mean <= PAGE_MS,
    )  # fmt: skip
    yield Figure("documents", "the same bytes again", "all", "all" if same else "not all", same)


def _dossier(folder: Path) -> Iterator[Figure]:
    from django.test import override_settings

    from saleor_bespoke import clock
    from saleor_bespoke.documents.render import render
    from saleor_bespoke.flows.dossier.archive import stream
    from saleor_bespoke.flows.dossier.contents import Entry
    from saleor_bespoke.media.models import BespokeFile
    from saleor_bespoke.media.store import bytes_store
    from tests.documents.samples import AT, ENGLISH, MAKERS, sample

    film = folder / "film.mp4"
    with film.open("wb") as target:
        target.truncate(FILM_MB * 1024 * 1024)
    from django.conf import settings

    own = settings.BESPOKE | {"FILES_DIR": str(folder / "private")}
    with override_settings(BESPOKE=own):
        stored = BespokeFile(
            storage_name=bytes_store(film), size=film.stat().st_size, created_at=clock.now()
        )
        entries = [
            *(Entry(path=f"documents/{kind}.pdf", at=AT, data=render(sample(kind, ENGLISH)))
              for kind in MAKERS),
            Entry(path="videos/01-unboxing.mp4", at=AT, file=stored),
        ]  # fmt: skip
        tracemalloc.start()
        packed, size, start = folder / "piece.zip", 0, time.perf_counter()
        with packed.open("wb") as target:
            for chunk in stream(entries):
                size += target.write(chunk)
        seconds = time.perf_counter() - start
        peak = tracemalloc.get_traced_memory()[1] / 1024 / 1024
        tracemalloc.stop()
    yield Figure(
        "documents", f"memory while a dossier of {size / 1024 / 1024:.0f} MB is packed",
        f"≤ {MEMORY_MB} MB", f"{peak:.1f} MB in {seconds:.1f} s", peak <= MEMORY_MB,
    )  # fmt: skip
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder / "unpacked")
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"],  # noqa: S607  # the reader's own
        cwd=folder / "unpacked",
        capture_output=True,
        text=True,
        check=False,
    )
    passed = checked.stdout.count(": OK\n")
    yield Figure(
        "documents", "sha256sum -c on the dossier", f"{len(entries)} files", f"{passed} files",
        checked.returncode == 0 and passed == len(entries),
    )  # fmt: skip
