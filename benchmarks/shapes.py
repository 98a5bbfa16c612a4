"""Meshes of known measures: how fast, how exactly and how reliably they are known again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.figures import Figure

if TYPE_CHECKING:
    from PIL import Image

    from saleor_bespoke.shapes.shape import Shape
    from tests.shapes.generators import Known

SECONDS = 2.0
TRIANGLES = 100_000
EXACT = 0.005
CARRIED = 0.95
ROUNDS = 3
DESIGNS = 54
PINS = 60


def figures() -> Iterator[Figure]:
    """Report and picture of a large mesh, measures, carried pins, designs known again."""
    with TemporaryDirectory(prefix="bespoke-") as folder:
        yield from _large(Path(folder))
    yield from _measures()
    yield from _pins()
    yield from _meshes_alike()
    yield from _drawings_alike()


def _row(figure: str, wanted: str, measured: str, ok: bool) -> Figure:
    return Figure("shapes", figure, wanted, measured, ok)


def _dense() -> Shape:
    """A ring of round wire with 100,000 triangles."""
    import numpy as np

    from tests.shapes.generators import revolved

    turn = np.arange(100) * 2 * np.pi / 100
    profile = np.stack([9.5 + np.cos(turn), 1.2 * np.sin(turn)], axis=1)
    return revolved(profile, fine=TRIANGLES // 200)


def _large(folder: Path) -> Iterator[Figure]:
    from saleor_bespoke.shapes.cameras import View, posed
    from saleor_bespoke.shapes.loading import load
    from saleor_bespoke.shapes.pictures import model_of, picture
    from saleor_bespoke.shapes.rings import ring_of
    from tests.shapes.generators import stl_bytes

    path = folder / "ring.stl"
    path.write_bytes(stl_bytes(_dense()))
    arguments = {"path": str(path), "kind": "STL", "piece": "ring", "ordered": 17.0}
    job = {"task": "survey", "arguments": arguments, "megabytes": 3072, "seconds": 60}
    job |= {"parent": os.getpid(), "folders": []}
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "saleor_bespoke.shapes.worker"],
            input=json.dumps(job),
            capture_output=True,
            text=True,
            check=True,
        )
        times.append(time.perf_counter() - start)
    triangles = json.loads(done.stdout)["measured"]["triangles"]
    spent = min(times)
    yield _row(
        f"report of {triangles:,} triangles, in a process of its own", f"≤ {SECONDS:.0f} s",
        f"{spent:.2f} s", spent <= SECONDS and triangles == TRIANGLES,
    )  # fmt: skip
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        shape = load(path, "STL")
        picture(model_of(posed(shape, ring_of(shape))), View.THREE_QUARTER, size=900)
        times.append(time.perf_counter() - start)
    yield _row(
        f"picture of {triangles:,} triangles, 900 pixels", f"≤ {SECONDS:.0f} s",
        f"{min(times):.2f} s", min(times) <= SECONDS,
    )  # fmt: skip


def _measures() -> Iterator[Figure]:
    """The worst error over rings of all kinds, sizes, thicknesses and placements."""
    from saleor_bespoke.shapes.measuring import measure
    from saleor_bespoke.shapes.rings import ring_of
    from saleor_bespoke.shapes.walls import walls
    from tests.shapes import generators as made

    rings = [
        made.displaced(known.shape, number) if number % 2 else known.shape
        for number, known in enumerate(_known())
    ]
    volume, inner, wall, counted = 0.0, 0.0, 0.0, 0
    for known, shape in zip(_known(), rings, strict=True):
        measured, ring, thickness = measure(shape), ring_of(shape), walls(shape)
        if ring is None or thickness is None:
            raise RuntimeError("A ring of known measures was not found to be one.")
        counted += 1
        if known.volume:
            volume = max(volume, abs(measured.volume / known.volume - 1))
        if known.inner:
            inner = max(inner, abs(ring.inner_diameter / known.inner - 1))
        if known.wall:
            wall = max(wall, abs(thickness.thinnest / known.wall - 1))
    for name, error in (("volume", volume), ("inner diameter", inner), ("smallest wall", wall)):
        yield _row(
            f"{name} of {counted} rings of known measures, worst error", f"≤ {EXACT:.1%}",
            f"{error:.2%}", error <= EXACT,
        )  # fmt: skip


def _known() -> list[Known]:
    from tests.shapes import generators as made

    rings = []
    for inner in (14.0, 16.5, 18.2, 21.7):
        rings += [
            made.band(inner, 1.7, 3.0, fine=720),
            made.band(inner, 0.8, 8.0, fine=720),
            made.comfort_band(inner, 1.8, 4.0, fine=720),
            made.round_band(inner, 2.0, fine=720),
            made.hollow_band(inner, 2.2, 5.0, 0.5),
        ]
    return rings


def _pins() -> Iterator[Figure]:
    """Pins on noisy, shifted and re-ordered copies; then on copies that were changed nearby."""
    import numpy as np

    from saleor_bespoke.shapes.places import Place, places_carry
    from saleor_bespoke.shapes.sampling import sample
    from tests.shapes import generators as made

    kept = asked = wrong = changed = 0
    for seed in (0, 2, 4):
        shape = made.design(seed).shape
        spread = sample(shape, PINS, seed=seed)
        pins = [
            Place(tuple(point), tuple(normal))
            for point, normal in zip(spread.points, spread.normals, strict=True)
        ]
        turn, shift = made.rotation(seed), np.array([4.0, -9.0, 2.0])
        copy = made.shuffled(made.noisy(shape.moved(turn, shift), 0.004, seed), seed)
        for pin, found in zip(pins, places_carry(shape, copy, pins), strict=True):
            asked += 1
            there = turn @ np.array(pin.position) + shift
            kept += found is not None and bool(
                np.linalg.norm(np.array(found.position) - there) < 0.15
            )
        for pin in pins[:12]:
            bump = made.ball(0.8, np.array(pin.position), fine=12)
            around = [
                it for it in pins if np.linalg.norm(np.subtract(it.position, pin.position)) < 0.7
            ]
            carried = places_carry(shape, made.joined(shape, bump), around)
            changed += len(around)
            wrong += sum(it is not None for it in carried)
    share = kept / asked
    yield _row(
        f"{asked} pins carried over to perturbed meshes", f"≥ {CARRIED:.0%}", f"{share:.1%}",
        share >= CARRIED,
    )  # fmt: skip
    yield _row(f"{changed} pins on changed regions that were placed", "0", str(wrong), wrong == 0)


def _meshes_alike() -> Iterator[Figure]:
    """Copies of designs as other exporters write them are near, other designs are not."""
    from saleor_bespoke.shapes.likeness import shapes_distances
    from saleor_bespoke.shapes.prints import NEAR, shape_print
    from tests.shapes import generators as made

    shapes = [made.design(seed).shape for seed in range(DESIGNS)]
    marks = [shape_print(shape) for shape in shapes]
    copies = [
        shape_print(made.shuffled(made.displaced(made.noisy(shape, 0.003, seed), seed), seed))
        for seed, shape in enumerate(shapes)
    ]
    known = [shapes_distances(one, [two])[0] for one, two in zip(marks, copies, strict=True)]
    others = [shapes_distances(marks[i], [marks[j]])[0] for i, j in combinations(range(DESIGNS), 2)]
    yield _row(
        f"copies of {DESIGNS} meshes known again", "all", f"farthest {max(known):.3f} of {NEAR}",
        max(known) < NEAR,
    )  # fmt: skip
    flagged = sum(it < NEAR for it in others)
    yield _row(
        f"{len(others)} pairs of unlike meshes flagged", "0",
        f"{flagged}, nearest {min(others):.3f}", flagged == 0,
    )  # fmt: skip


def _drawings_alike() -> Iterator[Figure]:
    """Top, side and front, sent again as small bright JPEGs, and those of other designs."""
    drawn = [_drawn(seed) for seed in range(DESIGNS)]
    sides = frozenset(drawn[0])
    missed = flagged = pairs = 0
    for one in drawn:
        missed += not _known_again({side: one[side] for side in sides})
    for one, two in combinations(drawn, 2):
        pairs += 1
        flagged += _known_again({side: (one[side][0], two[side][0]) for side in sides})
    yield _row(
        f"copies of {DESIGNS} sets of drawings known again", "all", f"{missed} missed", missed == 0
    )
    yield _row(f"{pairs} pairs of unlike drawings flagged", "0", str(flagged), flagged == 0)


Seen = tuple[int, bytes]


def _drawn(seed: int) -> dict[str, tuple[Seen, Seen]]:
    """Of each side the drawing's print, and that of its copy."""
    import io

    from PIL import Image, ImageEnhance

    from saleor_bespoke.shapes.cameras import View, posed
    from saleor_bespoke.shapes.pictures import model_of, picture
    from saleor_bespoke.shapes.rings import ring_of
    from tests.shapes.generators import design

    shape = design(seed).shape
    model = model_of(posed(shape, ring_of(shape)))
    found = {}
    for view in (View.TOP, View.SIDE, View.FRONT):
        image, copy = picture(model, view, size=256, white=True), io.BytesIO()
        small = ImageEnhance.Brightness(image.resize((190, 190))).enhance(0.94)
        small.save(copy, "JPEG", quality=65)
        found[view.value] = (_seen(image), _seen(Image.open(copy)))
    return found


def _seen(image: Image.Image) -> Seen:
    from saleor_bespoke.shapes.likeness import picture_detail
    from saleor_bespoke.shapes.prints import picture_print

    return picture_print(image), picture_detail(image) or b""


def _known_again(pairs: dict[str, tuple[Seen, Seen]]) -> bool:
    """As the guard judges: found by the 64 bits of any side, then compared in all of them."""
    from saleor_bespoke.shapes.likeness import (
        PICTURE_BITS,
        PICTURE_NEAR,
        details_distances,
        drawings_near,
    )

    if all((one[0] ^ two[0]).bit_count() > PICTURE_BITS for one, two in pairs.values()):
        return False
    alike = {
        side.upper()
        for side, (one, two) in pairs.items()
        if details_distances(one[1], [two[1]])[0] < PICTURE_NEAR
    }
    return drawings_near(alike, {side.upper() for side in pairs})
