"""What a decoder holds at once: little for photographs, and never more than it may."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from saleor_bespoke.media.deriving.running import _ENVIRONMENT, bounds_of
from saleor_bespoke.media.recognise import FileKind

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc")

_DERIVING = """
import pathlib, sys
from saleor_bespoke.media.deriving import child, stills
from saleor_bespoke.media.recognise import FileKind
def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))
source, kind, target = sys.argv[1:]
idle = peak()
derived = child._derive(pathlib.Path(source), FileKind(kind), pathlib.Path(target))
print(peak() - idle, len(derived.pieces))
"""


def grain(width: int, height: int) -> Image.Image:
    """A picture with something to encode everywhere."""
    rough = Image.effect_noise((width // 20, height // 20), 90).resize((width, height))
    return Image.merge("RGB", (rough, rough.transpose(Image.Transpose.FLIP_TOP_BOTTOM), rough))


@pytest.mark.parametrize(
    ("size", "form", "megabytes"),
    [
        ((6000, 4000), "JPEG", 60),
        ((4000, 6000), "JPEG", 60),
        ((7000, 7000), "PNG", 240),
    ],
)
def test_the_peak_above_idle(
    tmp_path: Path, size: tuple[int, int], form: str, megabytes: int
) -> None:
    path, target = tmp_path / "file", tmp_path / "derived"
    target.mkdir()
    grain(*size).save(path, form, compress_level=1)
    answer = subprocess.run(
        [sys.executable, "-c", _DERIVING, str(path), form, str(target)],
        capture_output=True,
        check=True,
        env=_ENVIRONMENT | {"PYTHONPATH": ":".join(entry for entry in sys.path if entry)},
        text=True,
    )
    peak, pieces = map(int, answer.stdout.split())
    assert pieces >= 3
    assert 0 < peak <= megabytes
    assert megabytes * 1024 * 1024 < bounds_of(FileKind(form)).memory
