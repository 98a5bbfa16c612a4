"""The process in which a file is decoded: `python -m saleor_bespoke.media.deriving.child`.

It knows neither the database nor any secret, holds itself to a memory and a time, writes what it
made into the folder it was given, and ends when its parent does, taking the folder with it.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
from pathlib import Path

from saleor_bespoke.bounds import bounds_set
from saleor_bespoke.craft.file_kinds import DOCUMENTS, IMAGES, VIDEOS, FileKind
from saleor_bespoke.media.deriving.results import (
    Derived,
    ExtraMissing,
    NotDerivable,
    manifest_write,
)

#: How the process ends when memory was short: worth no second try on the same machine.
OUT_OF_MEMORY = 86


def main(name: str, kind: str, target: str, memory: str, seconds: str) -> int:
    """Derive from the file `name` into the folder `target`; the manifest says what came of it."""
    folder = Path(target)
    _end_with_parent(folder.parent)
    bounds_set(memory=int(memory), seconds=int(seconds))
    try:
        manifest_write(folder, derived=_derive(Path(name), FileKind(kind), folder))
    except NotDerivable as refusal:
        manifest_write(folder, reason=refusal.reason)
    except ExtraMissing as missing:
        manifest_write(folder, extra=missing.extra)
    except MemoryError:
        return OUT_OF_MEMORY
    except Exception as error:  # noqa: BLE001  # a decoder that is fed hostile bytes may raise anything
        sys.stderr.write(f"{type(error).__name__}: {error}"[:500])
        manifest_write(folder, reason="This file could not be decoded.")
    return 0


def _derive(path: Path, kind: FileKind, folder: Path) -> Derived:
    if kind in IMAGES:
        from saleor_bespoke.media.deriving.stills import derive_picture

        return derive_picture(path, kind, folder)
    if kind in VIDEOS:
        from saleor_bespoke.media.deriving.films import derive_video

        return derive_video(path, folder)
    if kind in DOCUMENTS:
        from saleor_bespoke.media.deriving.pages import derive_document

        return derive_document(path, folder)
    from saleor_bespoke.media.deriving.turntables import derive_mesh

    return derive_mesh(path, kind, folder)


def _end_with_parent(folder: Path) -> None:
    """The parent holds the other end of our input: once that closes, nobody waits for us."""

    def watch() -> None:
        while os.read(0, 1):
            pass
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
