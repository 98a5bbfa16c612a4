"""A 24-megapixel photograph: cleaned and made into previews, beside libvips doing the same.

Each side works in processes of its own, which do nothing else, in turns, so that what else the
machine does meets both. Work is CPU seconds; memory is the peak above the process at rest.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from benchmarks.figures import Figure

if TYPE_CHECKING:
    from PIL import Image

RATIO = 1.5
MEGABYTES = 60
ROUNDS = 7
SIZE = (6000, 4000)

#: What a worker's own decoder runs with (`media.deriving.running`).
_ENVIRONMENT = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "262144",
    "VIPS_CONCURRENCY": "1",
}

_MEASURING = """
import json, pathlib, resource, sys, time
source, target = map(pathlib.Path, sys.argv[1:])
def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
def told(begun, idle, made):
    spent = time.process_time() - begun
    print(json.dumps({"seconds": spent, "megabytes": peak() - idle, "made": made}))
"""

#: Validated and cleaned as on upload, then WebP previews as in a worker.
_OURS = (
    _MEASURING
    + """
import shutil
from saleor_bespoke.media import images
from saleor_bespoke.media.clean import clean
from saleor_bespoke.media.deriving import stills
from saleor_bespoke.media.recognise import FileKind
stills.save_webp(stills.Image.new("RGB", (8, 8)), target / "warm.webp")
came = target / "came"
shutil.copyfile(source, came)
idle, begun = peak(), time.process_time()
cleaned = clean(came, FileKind.JPEG)
image, sizes = stills._opened(cleaned.path, FileKind.JPEG)
for size in sizes:
    image = image if image.size == size else image.resize(size, stills.Image.Resampling.LANCZOS)
    stills.save_webp(image, target / f"{size[0]}.webp")
told(begun, idle, sizes)
"""
)

#: The same pictures, decoded as small as each needs, as libvips recommends; nothing is cleaned.
_VIPS = (
    _MEASURING
    + """
import pyvips
pyvips.Image.black(8, 8).write_to_file(str(target / "warm.webp"))
idle, begun, made = peak(), time.process_time(), []
for width in (1920, 960, 320):
    picture = pyvips.Image.thumbnail(str(source), width)
    picture.write_to_file(str(target / f"{width}.webp"), Q=80, effort=4, strip=True)
    made.append([picture.width, picture.height])
told(begun, idle, made)
"""
)

#: The whole of what a worker does in its decoder: WebP, AVIF, placeholder, manifest.
_WORKER = (
    _MEASURING
    + """
from saleor_bespoke.media.deriving import child, stills
from saleor_bespoke.media.recognise import FileKind
stills.save_webp(stills.Image.new("RGB", (8, 8)), target / "warm.webp")
idle, begun = peak(), time.process_time()
derived = child._derive(source, FileKind.JPEG, target)
told(begun, idle, [[piece.width, piece.height] for piece in derived.pieces])
"""
)


def figures() -> Iterator[Figure]:
    """Time beside libvips, and the memory that both halves of the work take."""
    with TemporaryDirectory(prefix="bespoke-pictures-") as folder:
        source = Path(folder) / "photo.jpg"
        photograph().save(source, quality=90)
        measured: dict[str, list[dict[str, Any]]] = {}
        for _ in range(ROUNDS):
            for name, code in (("ours", _OURS), ("vips", _VIPS), ("worker", _WORKER)):
                measured.setdefault(name, []).append(_run(code, source, Path(folder)))
    ours, vips, worker = (measured[name] for name in ("ours", "vips", "worker"))
    if ours[0]["made"] != vips[0]["made"]:
        raise ValueError("The two sides made pictures of different sizes.")
    pairs = zip(ours, vips, strict=True)
    ratio = median(mine["seconds"] / theirs["seconds"] for mine, theirs in pairs)
    seconds = median(run["seconds"] for run in ours)
    yield Figure(
        "pictures",
        f"24 MP JPEG validated, cleaned, three previews ({seconds:.2f} s): CPU beside libvips",
        f"≤ {RATIO} ×",
        f"{ratio:.2f} ×",
        ratio <= RATIO,
    )
    for name, runs in (("cleaned, three previews", ours), ("all a worker makes of it", worker)):
        peak = max(run["megabytes"] for run in runs)
        yield Figure(
            "pictures",
            f"24 MP JPEG, {name}: peak memory above idle",
            f"≤ {MEGABYTES} MB",
            f"{peak:.0f} MB",
            peak <= MEGABYTES,
        )


def photograph() -> Image.Image:
    """What a camera sees: soft and sharp places, and grain."""
    from PIL import Image

    width, height = SIZE
    soft = Image.radial_gradient("L").resize(SIZE, Image.Resampling.BICUBIC)
    rough = Image.effect_noise((width // 40, height // 40), 90).resize(
        SIZE, Image.Resampling.BICUBIC
    )
    fine = Image.effect_noise(SIZE, 18)
    mixed = Image.blend(soft, rough, 0.5)
    grey = Image.blend(mixed, fine, 0.15)
    return Image.merge("RGB", (grey, Image.blend(soft, grey, 0.6), Image.blend(rough, grey, 0.7)))


def _run(code: str, source: Path, folder: Path) -> dict[str, Any]:
    with TemporaryDirectory(dir=folder) as target:
        answer = subprocess.run(
            [sys.executable, "-c", code, str(source), target],
            capture_output=True,
            check=True,
            env=_ENVIRONMENT | {"PYTHONPATH": ":".join(path for path in sys.path if path)},
            text=True,
        )
    found: dict[str, Any] = json.loads(answer.stdout)
    return found
