"""An upload of 5 MB beside a host's plain one: what its request costs the web process."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from uuid import uuid4

from benchmarks.figures import Figure

MEGABYTES = 5
RATIO = 1.3
#: As many as one commission takes with room to spare.
ROUNDS = 6
COMMISSIONS = 3


def figures() -> Iterator[Figure]:
    """CPU seconds of our request beside those of a plain upload and of one decode.

    The embedded shop has no upload of its own; a plain one is the same request, refused at once,
    and the file stored. On a real Saleor `tests/saleor/test_upload_cost.py` measures
    beside its `fileUpload`.
    """
    import django

    django.setup()
    from tests.torture.bench import Bench

    photo = photograph()
    with Bench() as bench:
        place = bench.place(bench.database())
        with bench.running(place, webs=1, workers=0) as [web]:
            ours = _ours(web.graphql, web.child.pid, photo)
            plain = _plain(web.graphql, web.child.pid, photo)
        stored = bench.call(place, stored_and_decoded, photo)
    ratio = mean(ours) / (mean(plain) + mean(stored))
    yield Figure(
        "uploads",
        f"{len(photo) / 1e6:.1f} MB JPEG: CPU beside a plain upload and one decode",
        f"≤ {RATIO} ×",
        f"{ratio:.2f} ×",
        ratio <= RATIO,
    )


def photograph() -> bytes:
    """A picture of 12 megapixels with about five megabytes of what only cameras see."""
    from PIL import Image

    draw = random.Random(7)  # noqa: S311  # grain, no secret
    grain = Image.frombytes("L", (500, 375), draw.randbytes(500 * 375))
    base = Image.linear_gradient("L").resize((4000, 3000))
    rough = Image.blend(base, grain.resize((4000, 3000), Image.Resampling.BICUBIC), 0.3)
    fine = Image.effect_noise((4000, 3000), 24)
    picture = Image.merge(
        "RGB", (rough, Image.blend(rough, fine, 0.2), Image.blend(base, fine, 0.2))
    )
    for quality in range(70, 100):
        target = BytesIO()
        picture.save(target, "JPEG", quality=quality)
        if target.tell() >= MEGABYTES * 1_000_000:
            break
    return target.getvalue()


def _ours(url: str, pid: int, photo: bytes) -> list[float]:
    """CPU seconds of the web process for each upload of a guest, after one to warm up."""
    from tests.journey import wishes
    from tests.journey.client import Api, Caller, Upload

    api, took = Api(url), []
    form = api.run("bespokeIntakeForm", None, channel="us")
    for place in range(COMMISSIONS):
        wish = wishes.solitaire(ownStones=[], oldJewellery=[], engraving=None)
        contact = {"name": "Guest", "email": f"guest-{uuid4().hex[:8]}@example.com"}
        filled = wishes.form(form, wish, title=f"Ring {place}", contact=contact)
        made = api.run("bespokeProjectCreate", None, input=filled)
        guest = Caller(project_token=made["guestToken"])
        for number in range(ROUNDS + 1):
            before = _cpu(pid)
            file = Upload("IMG_0001.jpg", photo)
            api.run("bespokeReferenceFileAdd", guest, id=made["project"]["id"], file=file)
            if number:
                took.append(_cpu(pid) - before)
    return took


def _plain(url: str, pid: int, photo: bytes) -> list[float]:
    """CPU seconds of the web process for each request with this file that leads to nothing."""
    from tests.journey.client import Api, Upload

    api, took = Api(url), []
    for _ in range(ROUNDS * COMMISSIONS):
        before = _cpu(pid)
        file = Upload("IMG_0001.jpg", photo)
        api.refused("bespokeReferenceFileAdd", None, id="Tm90aGluZzox", file=file)
        took.append(_cpu(pid) - before)
    return took


def stored_and_decoded(photo: bytes) -> list[float]:
    """CPU seconds for each time that a host stores this file and decodes it once."""
    from django.core.files.base import ContentFile
    from django.core.files.storage import FileSystemStorage
    from PIL import Image

    took = []
    with TemporaryDirectory(prefix="bespoke-uploads-") as folder:
        storage = FileSystemStorage(folder)
        for _ in range(ROUNDS * COMMISSIONS):
            begun = time.process_time()
            name = storage.save(f"file_upload/{uuid4().hex}.jpg", ContentFile(photo))
            with storage.open(name) as stored, Image.open(stored) as picture:
                picture.load()
            took.append(time.process_time() - begun)
    return took


def _cpu(pid: int) -> float:
    """CPU seconds that a process has taken so far, its own and the system's for it."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
