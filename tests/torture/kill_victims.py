"""Processes with wires of their own, killed at named points and started again."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit, urlunsplit

from tests.torture.bench import Bench, Child, Place
from tests.torture.wire import Address, Line, Loom, Point, Strike, Volley, Wire, cut, kill

#: How many points wait at once: the first that comes is the one.
AT_ONCE = 4
#: Seconds after which others are tried, if none came.
PATIENCE = 1.5
#: Of all strikes, so many cut a connection and leave the process alive.
CUTS = 0.2
#: Seconds a dead process stays away, at most.
AWAY = 0.5
#: So many times more are drawn, of which those that came most often are left out.
OFTEN = 2


def address_of(url: str) -> Address:
    """Where a database URL's server listens."""
    parts = urlsplit(url)
    host = unquote(parts.hostname or "localhost")
    # urlsplit lowers a host, which a folder may not be.
    raw = unquote(parts.netloc.rsplit("@", 1)[-1].rsplit(":", 1)[0])
    port = parts.port or 5432
    return f"{raw}/.s.PGSQL.{port}" if raw.startswith("/") else (host, port)


def through(url: str, port: int) -> str:
    """The same database by a wire."""
    parts = urlsplit(url)
    user = parts.netloc.rsplit("@", 1)[0] + "@" if "@" in parts.netloc else ""
    query = "sslmode=disable&gssencmode=disable"
    return urlunsplit(parts._replace(netloc=f"{user}127.0.0.1:{port}", query=query))


@dataclass
class Log:
    """What was struck, by point, and how often a process was killed or a connection cut."""

    wanted: int
    points: Counter[str] = field(default_factory=Counter)
    acts: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def fallen(self) -> int:
        """All strikes."""
        return sum(self.acts.values())

    @property
    def complete(self) -> bool:
        """Whether as many fell as were wanted."""
        return self.fallen >= self.wanted

    def note(self, point: Point, act: str) -> None:
        """One more."""
        with self._lock:
            self.points[point.name] += 1
            self.acts[act] += 1


class Victim:
    """One process of the shop, with wires to all it talks to; killed, it is started again."""

    def __init__(
        self, bench: Bench, loom: Loom, place: Place, begin: Callable[[Place], Child]
    ) -> None:
        provider = urlsplit(place.provider)
        self.wires: dict[str, Wire] = {
            "database": loom.wire("database", address_of(place.database)),
            "provider": loom.wire("provider", (provider.hostname or "", provider.port or 80)),
            "mail": loom.wire("mail", ("127.0.0.1", place.smtp)),
        }
        self.bench = bench
        self.place = place.but(
            database=through(place.database, self.wires["database"].port),
            provider=f"http://127.0.0.1:{self.wires['provider'].port}",
            smtp=self.wires["mail"].port,
        )
        self._begin = begin
        self.child = begin(self.place)

    def volley(self, points: Sequence[Point], *, cutting: bool) -> Volley:
        """Let these points wait on this process's wires."""
        found = Volley()
        act: Callable[[Line], None] = cut if cutting else kill(self.child.pid)
        for name, wire in self.wires.items():
            wire.arm(*(Strike(point, act, found) for point in points if point.socket == name))
        return found

    def disarm(self) -> None:
        """Let no point wait any more."""
        for wire in self.wires.values():
            wire.arm()

    def restart(self) -> None:
        """Start anew what was killed."""
        self.child.kill()
        self.child = self._begin(self.place)

    def stop(self) -> None:
        """End it for good."""
        self.child.kill()


def strikes(
    victim: Victim,
    points: Sequence[Point],
    log: Log,
    chance: random.Random,
    over: threading.Event,
    cuts: float,
) -> None:
    """Strike at points drawn from these, until enough fell or the end is called for."""
    while not log.complete and not over.is_set():
        cutting = chance.random() < cuts
        drawn = chance.sample(points, min(len(points), AT_ONCE * OFTEN))
        drawn.sort(key=lambda point: log.points[point.name])
        volley = victim.volley(drawn[:AT_ONCE], cutting=cutting)
        volley.fired.wait(PATIENCE)
        victim.disarm()
        time.sleep(0.02)  # what fired at the last moment says so
        if volley.point is None:
            continue
        log.note(volley.point, "connections cut" if cutting else "processes killed")
        if not cutting:
            time.sleep(chance.uniform(0, AWAY))
            victim.restart()
