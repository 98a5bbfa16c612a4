"""A process that takes or refuses the files of a folder, one after the other, as a shop would."""

from __future__ import annotations

import json
import re
import struct
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

#: What the corpus writes wherever places and times can hide; pixels of real files may say the same.
_MARKS = re.compile(
    rb"\+48\.8684\+002\.3297/|\xdd{4}|"
    + b"|".join(re.escape(struct.pack(f"{order}6I", 48, 1, 52, 1, 613, 100)) for order in "<>")
)
#: Where phones write the place of a film.
_PLACES = re.compile(rb"\xa9xyz.{4}[+-][0-9]|location\.ISO6709", re.DOTALL)
_PICTURES = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")


def main(folder: Path) -> None:
    """Print what became of each file, and what memory it took above what the process had."""
    import django
    from django.conf import settings

    django.setup()
    from saleor_bespoke.media import services  # noqa: F401  # code is no file's memory

    private = folder / "private"
    settings.BESPOKE = settings.BESPOKE | {"FILES_DIR": str(private)}
    for said in sorted(folder.glob("*/*.json")):
        before = peak_forget()
        fate = _fate(said.with_suffix(""), json.loads(said.read_text()), private)
        print(json.dumps(fate | {"megabytes": peak() - before}))


def _fate(path: Path, said: dict[str, Any], private: Path) -> dict[str, Any]:
    from saleor_bespoke.errors import BespokeError
    from saleor_bespoke.media.recognise import Purpose
    from saleor_bespoke.media.services import file_prepare

    became, tells = "kept", False
    try:
        upload = _sent(path.read_bytes(), said["called"], said["declared"])
        prepared = file_prepare(uploaded=upload, purpose=Purpose(said["purpose"]))
    except BespokeError as refusal:
        became = str(refusal.code)
    except Exception as problem:  # noqa: BLE001  # what a caller would meet as an answer of 500
        print(f"{said['name']}: {problem!r}", file=sys.stderr)
        became = "error"
    else:
        stored = private / prepared.storage_name
        kind = prepared.facts.kind.value
        if kind in (*_PICTURES, "MP4", "MOV"):
            content = stored.read_bytes()
            marked = said["marked"] and _MARKS.search(content)
            tells = bool(marked or _PLACES.search(content))
        if kind in _PICTURES:
            tells = tells or _described(stored)
        stored.unlink()
    return {"file": f"{path.parent.name}/{path.name}", "became": became, "tells": tells}


def _described(path: Path) -> bool:
    """Whether Pillow finds any word about the picture's making."""
    from PIL import Image

    with Image.open(path) as image:
        return bool(image.getexif()) or "xmp" in image.info or "comment" in image.info


def _sent(content: bytes, called: str | None, declared: str | None) -> Any:
    """An upload whose name nobody tidied up on the way."""
    from django.core.files.uploadedfile import UploadedFile

    upload: Any = UploadedFile(BytesIO(content), None, declared, len(content))
    upload._name = called
    return upload


def peak() -> float:
    """The most memory held since `peak_forget`, in megabytes.

    Of this program alone, where `getrusage` would also count what its parent had.
    """
    return _held("VmHWM:")


def peak_forget() -> float:
    """Forget the peak; answers what is held now, in megabytes."""
    Path("/proc/self/clear_refs").write_text("5")
    return _held("VmRSS:")


def _held(what: str) -> float:
    return int(Path("/proc/self/status").read_text().partition(what)[2].split()[0]) / 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]))
