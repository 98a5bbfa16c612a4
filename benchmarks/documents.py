"""How long a page of every kind of paper takes, and whether a dossier proves itself."""

from __future__ import annotations

import resource
import struct
import subprocess
import time
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure

PAGE_MS = 100
ROUNDS = 5
#: A film in a dossier, in MB, and what may be added to the process while its papers are set (the
#: fonts among it) and while it is packed (languages and first queries among it).
FILM_MB = 256
SETTING_MB = 150
MEMORY_MB = 32


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
    from tests.torture.bench import Bench

    with Bench() as bench:
        place = bench.place(bench.database())
        number = bench.call(place, furnished, str(folder / "film.mp4"), seconds=600)
        packed = folder / "piece.zip"
        setting = bench.call(place, assembled, number)
        files, packing = bench.call(place, written, number, str(packed))  # in a fresh process
    yield Figure(
        "documents", "memory while its papers are set", f"≤ {SETTING_MB} MB",
        f"{setting.megabytes:.0f} MB in {setting.seconds:.1f} s", setting.megabytes <= SETTING_MB,
    )  # fmt: skip
    size = packed.stat().st_size
    yield Figure(
        "documents", f"memory while a dossier of {size / 1024 / 1024:.0f} MB is packed",
        f"≤ {MEMORY_MB} MB", f"{packing.megabytes:.1f} MB in {packing.seconds:.1f} s",
        packing.megabytes <= MEMORY_MB,
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
        "documents", "sha256sum -c on the dossier", f"{files} files", f"{passed} files",
        checked.returncode == 0 and passed == files,
    )  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """What a process took for its work; memory beyond what it had before."""

    seconds: float
    megabytes: float


def furnished(film: str) -> str:
    """A brief with photographs, a flat picture of fifty megapixels and a film; its number."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from benchmarks.uploads import photograph
    from saleor_bespoke import clock
    from saleor_bespoke.media.deriving.services import derivatives_make
    from saleor_bespoke.media.models import BespokeFile
    from saleor_bespoke.media.recognise import Purpose
    from saleor_bespoke.media.services import file_store
    from saleor_bespoke.media.store import bytes_store
    from tests.fixtures import make_commission, make_customer

    owner = make_customer()
    project, _ = make_commission(owner)
    pictures = [photograph(), flat_png()]
    for position, content in enumerate(pictures, start=1):
        kept = file_store(
            project=project, uploaded=SimpleUploadedFile("picture", content),
            purpose=Purpose.REFERENCE, actor_ref=owner.ref, shared=True,
        )  # fmt: skip
        project.references.create(file=kept, position=position, caption=f"Picture {position}")
    derivatives_make(300)
    path = Path(film)
    with path.open("wb") as target:
        target.truncate(FILM_MB * 1024 * 1024)
    moving = BespokeFile.objects.create(
        project=project, purpose="REFERENCE", kind="MP4", name="film.mp4", size=path.stat().st_size,
        sha256="0" * 64, storage_name=bytes_store(path), shared=True, created_at=clock.now(),
    )  # fmt: skip
    project.references.create(file=moving, position=len(pictures) + 1, caption="The unboxing")
    return project.number


def flat_png(side: int = 7071) -> bytes:
    """A picture of fifty megapixels in some 200 KB."""
    row = b"\0" + b"\7" * (side * 4)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()

    def chunk(name: bytes, content: bytes) -> bytes:
        whole = name + content
        return struct.pack(">I", len(content)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    pieces = (chunk(b"IHDR", head), chunk(b"IDAT", data), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(pieces)


def assembled(number: str) -> Cost:
    """Have the papers of a commission set, as the API does it."""
    from saleor_bespoke.flows.dossier.assembling import dossier_assemble
    from saleor_bespoke.project.access import SYSTEM
    from saleor_bespoke.project.models import BespokeProject

    project = BespokeProject.objects.get(number=number)
    before, begun = _peak_mb(), time.perf_counter()
    dossier_assemble(actor=SYSTEM, project_pk=project.pk)
    return Cost(time.perf_counter() - begun, _peak_mb() - before)


def written(number: str, packed: str) -> tuple[int, Cost]:
    """Write the ZIP as its link answers it; how many files it holds beside their sums."""
    from saleor_bespoke.flows.dossier.archive import stream
    from saleor_bespoke.flows.dossier.contents import entries
    from saleor_bespoke.project.models import BespokeProject

    project = BespokeProject.objects.get(number=number)
    before, begun = _peak_mb(), time.perf_counter()
    found = entries(project, staff=True)
    with Path(packed).open("wb") as target:
        for chunk in stream(found):
            target.write(chunk)
    return len(found), Cost(time.perf_counter() - begun, _peak_mb() - before)


def _peak_mb() -> float:
    """The most memory that this process had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
