"""Record the two samples that need foreign encoders: `python -m tests.journey.samples.record`.

Needs the program `ffmpeg` and the package `pillow-heif`, which is no requirement of ours (its wheel
is GPL) and therefore wants an environment of its own. The results are committed.
"""

from __future__ import annotations

import subprocess
import tempfile
from io import BytesIO
from pathlib import Path

import pillow_heif
from PIL import Image

from tests.journey import samples
from tests.journey.samples.pictures import PLATINUM, View, draw_ring

_HERE = Path(samples.__file__).parent


def record_heic() -> None:
    """A portrait photograph lying on its side, whose container says how to turn it."""
    pillow_heif.register_heif_opener()
    upright = draw_ring(1200, 1600, View(turn=-0.5, tilt=0.5, metal=PLATINUM))
    lying = upright.transpose(Image.Transpose.ROTATE_90)
    photograph = Image.open(BytesIO(samples.phone_photo(lying, orientation=6)))
    photograph.save(_HERE / "phone.heic", quality=42, chroma=420, exif=photograph.info["exif"])


def record_video(folder: Path) -> None:
    """The ring turning once, with a quiet tone and a place in the movie's metadata."""
    frames = 72
    for frame in range(frames):
        view = View(turn=frame * 6.2832 / frames, tilt=0.4)
        draw_ring(480, 640, view, fine=1).save(folder / f"{frame:03}.png")
    command = [
        *("ffmpeg", "-y", "-loglevel", "error", "-framerate", "24", "-i", str(folder / "%03d.png")),
        *("-f", "lavfi", "-i", "sine=frequency=220:duration=3", "-shortest"),
        *("-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "27", "-preset", "slow"),
        *("-c:a", "aac", "-b:a", "32k", "-af", "volume=0.05"),
        *("-metadata", "location=+48.8684+002.3297/", "-movflags", "+faststart"),
        str(_HERE / "unboxing.mp4"),
    ]
    subprocess.run(command, check=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as work:
        record_heic()
        record_video(Path(work))
