"""The ZIP itself, written as it is read: no more of it in memory than a few pieces of a file."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Final

from saleor_bespoke.flows.dossier.contents import Entry
from saleor_bespoke.media.store import private_storage

CHUNK: Final = 128 * 1024
SUMS: Final = "SHA256SUMS"
#: Ends of names whose bytes are worth compressing.
TEXTS: Final = (".html", ".json", SUMS)
#: Unpacked it is a plain file that its owner may read and write.
MODE: Final = 0o100644 << 16
_FIRST: Final = (1980, 1, 1, 0, 0, 0)
#: From here on an entry needs the larger fields of ZIP64.
_LARGE: Final = 2**31 - 1


class _Pipe(io.RawIOBase):
    """What was written and not yet handed on; it cannot be wound back."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        taken = bytes(memoryview(data))  # type: ignore[arg-type] # any buffer
        self._waiting.append(taken)
        return len(taken)

    def drain(self) -> bytes:
        taken = b"".join(self._waiting)
        self._waiting.clear()
        return taken


def stream(entries: Iterable[Entry]) -> Iterator[bytes]:
    """The ZIP of these entries in their order, with `SHA256SUMS` at its end.

    The same entries give the same bytes: times come from the entries, names and order are fixed.
    """
    pipe = _Pipe()
    sums, latest = [], datetime(1980, 1, 1, tzinfo=UTC)
    with zipfile.ZipFile(pipe, "w") as archive:
        for entry in entries:
            if entry.path in archive.NameToInfo or entry.path == SUMS:
                raise ValueError(f"Two files of a dossier are called {entry.path}.")
            digest = hashlib.sha256()
            for chunk in _written(archive, entry):
                digest.update(chunk)
                if ready := pipe.drain():
                    yield ready
            sums.append(f"{digest.hexdigest()}  {entry.path}\n")
            latest = max(latest, entry.at)
        said = "".join(sorted(sums, key=lambda line: line[66:])).encode()
        for _ in _written(archive, Entry(path=SUMS, at=latest, data=said)):
            pass
    yield pipe.drain()


def _written(archive: zipfile.ZipFile, entry: Entry) -> Iterator[bytes]:
    """Write an entry piece by piece, answering each after it went in."""
    local = entry.at.astimezone(UTC).timetuple()[:6]
    info = zipfile.ZipInfo(entry.path, max(_FIRST, local))
    info.external_attr, info.create_system = MODE, 3
    text = entry.path.endswith(TEXTS)
    info.compress_type = zipfile.ZIP_DEFLATED if text else zipfile.ZIP_STORED
    size = entry.file.size if entry.file else len(entry.data)
    with archive.open(info, "w", force_zip64=size > _LARGE) as target:
        for chunk in _chunks(entry):
            target.write(chunk)
            yield chunk


def _chunks(entry: Entry) -> Iterator[bytes]:
    if entry.file is None:
        yield entry.data
        return
    with closing(private_storage().open(entry.file.storage_name)) as stored:
        yield from iter(lambda: stored.read(CHUNK), b"")
