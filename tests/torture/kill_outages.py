"""What is away for a while: the worker for five minutes, PostgreSQL in the middle of everything."""

from __future__ import annotations

import os
import random
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from saleor_bespoke.plugins.embedded.postgres import Server
from tests.torture import kill_shop
from tests.torture.bench import Bench, Row, _migrate
from tests.torture.kill_findings import Findings, settled
from tests.torture.kill_scene import Scene, opened

NAME = "kills"
#: How many commissions are paid meanwhile, at scale 1.
ORDERS = 40
AWAY_SECONDS = 300
SETTLE_SECONDS = 60.0
RESTARTS = 3
CLOCK = (
    "INSERT INTO bespoke_embedded_clockoffset (id, \"offset\") VALUES (1, '{} seconds') "
    'ON CONFLICT (id) DO UPDATE SET "offset" = excluded."offset"'
)


def worker_away(bench: Bench, *, scale: float, seed: int) -> list[Row]:
    """Everybody pays while no worker runs; five minutes later, by the clocks, it comes back."""
    begun = time.monotonic()
    wanted = kill_shop.kinds(max(5, round(ORDERS * scale)), random.Random(seed))
    with opened(bench, wanted, worker=False) as scene:
        scene.stream.run()
        bench.execute(scene.shop.database, CLOCK.format(AWAY_SECONDS))
        scene.shop.books.lever("clock", offset_seconds=AWAY_SECONDS)
        back = time.monotonic()
        worker = bench.worker(scene.place)
        try:
            found, _ = settled(bench, scene.shop, scene.charged, SETTLE_SECONDS * 1.5)
            seconds = time.monotonic() - back
        finally:
            worker.kill()
        audit = bench.audit(scene.shop.database)
    return _rows(bench, "worker away for 5 minutes", seed, begun, found, seconds, audit)


def database_restarted(bench: Bench, *, scale: float, seed: int) -> list[Row]:
    """PostgreSQL stops at once under load, and comes back: web process and worker carry on."""
    begun = time.monotonic()
    wanted = kill_shop.kinds(max(5, round(ORDERS * scale)), random.Random(seed))
    with _server() as folder:
        server = Server.start(folder, durable=True)
        try:
            bench.call(server.url, _migrate)
            with opened(bench, wanted, database=server.url) as scene:
                processes = _processes(scene)
                stream = threading.Thread(target=scene.stream.run)
                stream.start()
                for _ in range(RESTARTS):
                    _await_traffic(scene, stream)
                    os.kill(server.pid, signal.SIGQUIT)
                    _await_end(server)
                    server = Server.start(folder, durable=True)
                stream.join()
                last = time.monotonic()
                found, _ = settled(bench, scene.shop, scene.charged, SETTLE_SECONDS * 1.5)
                seconds = time.monotonic() - last
                audit = bench.audit(scene.shop.database)
                same = _processes(scene) == processes
        finally:
            server.stop()
    title = f"PostgreSQL restarted {RESTARTS} times under load"
    rows = _rows(bench, title, seed, begun, found, seconds, audit)
    said = "the same processes" if same else "other processes"
    rows.append(
        bench.row(NAME, seed, f"{title}: who carried on", wanted="the same processes",
                  measured=said, since=begun)
    )  # fmt: skip
    return rows


def _rows(
    bench: Bench,
    title: str,
    seed: int,
    begun: float,
    found: Findings,
    seconds: float,
    audit: list[str],
) -> list[Row]:
    fates = f"{found.started} started, {found.returned} refunded, {found.flagged} flagged"
    fine = not found.lost and not found.double and found.charged > 0 and not audit
    wrong = [*found.lost, *found.double, *audit]
    return [
        bench.row(
            NAME, seed, f"{title}: {found.charged} charged", wanted="0 lost, 0 double, audit clean",
            measured="; ".join([fates, *wrong])[:300], ok=fine, since=begun,
        ),
        bench.row(
            NAME, seed, f"{title}: seconds until all is settled", wanted=f"≤ {SETTLE_SECONDS:.0f}",
            measured=f"{seconds:.1f}", ok=seconds <= SETTLE_SECONDS, since=begun,
        ),
    ]  # fmt: skip


def _processes(scene: Scene) -> list[tuple[int, bool]]:
    """Who serves, and whether they live."""
    victims = [victim for victim in (scene.web, scene.worker) if victim is not None]
    return [(victim.child.pid, victim.child.alive) for victim in victims]


def _await_traffic(scene: Scene, stream: threading.Thread) -> None:
    """Until a few more cards were charged, so that the stop meets work in all states."""
    more = len(scene.stream.charged) + max(1, len(scene.stream.orders) // (RESTARTS + 2))
    end = time.monotonic() + 120
    while len(scene.stream.charged) < more and stream.is_alive() and time.monotonic() < end:
        time.sleep(0.02)


def _await_end(server: Server) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            os.waitpid(server.pid, 0)
        except ChildProcessError:
            return
    raise TimeoutError("PostgreSQL did not stop.")


@contextmanager
def _server() -> Iterator[Path]:
    """A folder for a server of this scenario's own, short enough for its socket."""
    folder = Path(tempfile.mkdtemp(prefix="bespoke-outage-", dir="/tmp"))
    folder.chmod(0o755)  # the server may run under a lesser account
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
