"""Web process, worker and their connections are struck at named points while commissions are paid.

Buyers pay, some never come back, some lose their stone, some leave again. After the last strike
everything runs undisturbed: what was charged has then started once, or gone back once, or stands on
the attention list.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.torture import kill_shop
from tests.torture.bench import Bench
from tests.torture.kill_findings import Findings, Post, posted, settled
from tests.torture.kill_outages import database_restarted, worker_away
from tests.torture.kill_points import WEB, WORKER
from tests.torture.kill_scene import PRODUCTION, Pace, Scene, opened
from tests.torture.kill_victims import CUTS, Log, strikes
from tests.torture.table import Row
from tests.torture.wire import Point

NAME = "kills"
KILLS = 500
#: Commissions for each strike: fewer, and the points run dry.
ORDERS = 0.4
SETTLE_SECONDS = 60.0
#: Seconds in which strikes may still fall when the last buyer is through.
AFTERWARDS = 45.0


@dataclass
class Outcome:
    """What one run left."""

    log: Log
    findings: Findings
    post: Post
    seconds: float
    audit: list[str]
    ended: Counter[str]


def run(bench: Bench, *, scale: float, seed: int) -> list[Row]:
    """Five hundred strikes, at scale 1; then the worker is away, and PostgreSQL restarts."""
    return [
        *struck(bench, scale=scale, seed=seed),
        *worker_away(bench, scale=scale, seed=seed),
        *database_restarted(bench, scale=scale, seed=seed),
    ]


def struck(bench: Bench, *, scale: float, seed: int, pace: Pace = PRODUCTION) -> list[Row]:
    """The strikes alone."""
    begun = time.monotonic()
    count = max(4, round(KILLS * scale))
    chance = random.Random(seed)
    wanted = kill_shop.kinds(max(6, round(count * ORDERS)), chance)
    with opened(bench, wanted, pace=pace) as scene:
        outcome = tortured(scene, count, chance)
    return _rows(bench, outcome, count, seed, begun)


def control(bench: Bench, *, scale: float, seed: int) -> list[Row]:
    """Without a worker's sweeps money is lost; with a provider that knows no keys it goes twice."""
    return [_without_sweeps(bench, scale, seed), _without_keys(bench, scale, seed)]


def _without_sweeps(bench: Bench, scale: float, seed: int) -> Row:
    begun = time.monotonic()
    with opened(bench, ["gone"] * max(3, round(20 * scale)), worker=False) as scene:
        scene.stream.run()
        found, _ = settled(bench, scene.shop, scene.charged, 10.0)
    return bench.row(
        NAME, seed, "control: lost, where no worker sweeps", wanted="> 0",
        measured=f"{len(found.lost)} of {found.charged}", ok=len(found.lost) > 0, since=begun,
    )  # fmt: skip


def _without_keys(bench: Bench, scale: float, seed: int) -> Row:
    begun = time.monotonic()
    asked = [point for point in WORKER if point.name == "refund asked for, not answered"]
    count = max(2, round(10 * scale))
    ladder = {"DESIGN": "0.40"}  # so that it can go twice without being more than was paid
    with opened(bench, ["cancelled"] * count, ladder=ladder) as scene:
        assert scene.worker is not None
        scene.worker.wires["provider"].edit = without_keys
        tortured(scene, count, random.Random(seed), points=([], asked), cuts=0.0)
        found, _ = settled(bench, scene.shop, scene.charged, 10.0)
    return bench.row(
        NAME, seed, "control: refunded twice, where the provider hears no keys", wanted="> 0",
        measured=f"{len(found.double)} of {found.charged}", ok=len(found.double) > 0, since=begun,
    )  # fmt: skip


def without_keys(request: bytes) -> bytes:
    """A request to the provider that lost its idempotency key, and what a refund is for."""
    head, _, body = request.partition(b"\r\n\r\n")
    fields = [part for part in body.split(b"&") if not part.startswith(b"metadata%5Brefund")]
    fields = [part for part in fields if not part.startswith(b"metadata[refund")]
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(DROPPED)]
    body = b"&".join(fields)
    if request.startswith(b"POST"):
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


DROPPED = (b"idempotency-key:", b"content-length:")


def _rows(bench: Bench, found: Outcome, count: int, seed: int, begun: float) -> list[Row]:
    findings, post, log = found.findings, found.post, found.log

    def row(figure: str, wanted: object, measured: object, ok: bool | None = None) -> Row:
        return bench.row(NAME, seed, figure, wanted=wanted, measured=measured, ok=ok, since=begun)

    acts = ", ".join(f"{number} {act}" for act, number in sorted(log.acts.items()))
    names = {point.name for point in (*WEB, *WORKER)}
    unstruck = ", ".join(sorted(names - set(log.points))[:6]) or "none"
    fates = (
        f"{findings.started} started once, {findings.returned} refunded once, "
        f"{findings.flagged} flagged"
    )
    whole = findings.started + findings.returned + findings.flagged == findings.charged
    return [
        row("strikes", count, f"{log.fallen}: {acts}", ok=log.complete),
        row("named points struck", "any",
            f"{len(log.points)} of {len(names)}; not: {unstruck}", ok=True),
        row(f"{findings.charged} charged commissions", "all accounted for", fates,
            ok=whole and findings.charged > 0),
        row("lost", 0, "; ".join(findings.lost)[:300] or 0),
        row("double", 0, "; ".join(findings.double)[:300] or 0),
        row("seconds from the last strike until all is settled", f"≤ {SETTLE_SECONDS:.0f}",
            f"{found.seconds:.1f}", ok=found.seconds <= SETTLE_SECONDS),
        row("effects given up", 0, findings.given_up),
        row("letters that never came, or changed", 0, post.missing + post.changed),
        row("letters sent again under the same id", "any",
            f"{post.again} copies of {post.letters} letters", ok=True),
        row("audit", "clean", "; ".join(found.audit)[:300] or "clean"),
        row("what buyers met", "any", dict(found.ended), ok=True),
    ]  # fmt: skip


def tortured(
    scene: Scene,
    count: int,
    chance: random.Random,
    *,
    points: tuple[Sequence[Point], Sequence[Point]] = (WEB, WORKER),
    cuts: float = CUTS,
) -> Outcome:
    """Strike so often while the stream flows; then leave everything alone and look at the end."""
    log, over = Log(count), threading.Event()
    strikers = [
        threading.Thread(
            target=strikes,
            args=(victim, named, log, random.Random(chance.random()), over, cuts),
            name="striker",
        )
        for victim, named in zip((scene.web, scene.worker), points, strict=True)
        if victim is not None and named
    ]
    stream = threading.Thread(target=scene.stream.run, name="stream")
    for thread in (*strikers, stream):
        thread.start()
    _await(log, stream)
    over.set()
    scene.stream.stop.set()
    for thread in strikers:
        thread.join()
    alone_since = time.monotonic()
    stream.join()
    last = max((alone_since, *scene.stream.charged.values()))
    found, _ = settled(scene.bench, scene.shop, scene.charged, SETTLE_SECONDS * 1.5)
    seconds = time.monotonic() - last
    letters = scene.bench.smtp.letters[scene.letters_before :]
    post = posted(scene.bench, scene.shop, letters)
    audit = scene.bench.audit(scene.shop.database)
    return Outcome(log, found, post, seconds, audit, scene.stream.ended)


def _await(log: Log, stream: threading.Thread) -> None:
    """Until all strikes fell; after the last buyer there is a while left for what they caused."""
    until = math.inf
    while not log.complete and time.monotonic() < until:
        if not stream.is_alive() and until is math.inf:
            until = time.monotonic() + AFTERWARDS
        time.sleep(0.1)
