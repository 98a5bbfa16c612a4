"""Folders in which copies of customers' files lie for a moment, and no longer, come what may.

A process that is killed cannot tidy up after itself; whoever opens the next folder on its machine
does it instead.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile, gettempdir

from saleor_bespoke.media.store import private_storage

_PREFIX = "bespoke-copy-"
#: Seconds: nothing that is done with one file may take as long.
_ABANDONED = 3600
_CHUNK = 1024 * 1024


class BytesMissing(Exception):
    """The storage has nothing under this name."""


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """An empty folder of this process alone, removed with all that is in it."""
    scratch_sweep()
    with TemporaryDirectory(prefix=_PREFIX) as folder:
        yield Path(folder)


def scratch_sweep() -> None:
    """Remove the folders whose processes died an hour ago or earlier, by the disk's own clock."""
    with TemporaryFile() as file:
        now = os.fstat(file.fileno()).st_mtime
    for folder in Path(gettempdir()).glob(f"{_PREFIX}*"):
        try:
            abandoned = now - folder.lstat().st_mtime > _ABANDONED
        except FileNotFoundError:
            continue  # its process has just ended
        if abandoned:
            shutil.rmtree(folder, ignore_errors=True)


def fetch(storage_name: str, path: Path) -> None:
    """Copy a stored file to a path; BytesMissing where its bytes are gone."""
    try:
        with private_storage().open(storage_name) as stored, path.open("wb") as copy:
            while chunk := stored.read(_CHUNK):
                copy.write(chunk)
    except FileNotFoundError as error:
        raise BytesMissing(storage_name) from error
