"""Proxies between one process and what it talks to, which strike at a named point.

Each process under torture has proxies of its own to PostgreSQL, to the payment provider and to the
mail server, and one before its own door; so whoever is heard on a wire is known by number. A wire
understands just enough of what goes over it to tell one request from the next, and when it was
answered. A strike is armed for one point: before the other side heard the request, or after it
acted on it and before anybody heard of that.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.torture.talks import TALKS, Socket

When = Literal["before", "after"]
Address = tuple[str, int] | str  # host and port, or the path of a Unix socket
TRANSACTION_ENDS = ("BEGIN", "COMMIT", "ROLLBACK")


@dataclass(frozen=True)
class Point:
    """A moment in a process's talk: a request that matches, heard or answered.

    With `then`, the later request of the same transaction that matches this second pattern: the
    `COMMIT` after a certain statement, for instance.
    """

    name: str
    socket: Socket
    pattern: str
    when: When = "after"
    then: str = ""
    nth: int = 1


@dataclass(eq=False)
class Volley:
    """What several armed points share: the first that comes strikes for all of them."""

    fired: threading.Event = field(default_factory=threading.Event)
    point: Point | None = None


@dataclass(eq=False)
class Strike:
    """A point armed on one process's wires; several that share `volley` fire once altogether."""

    point: Point
    act: Callable[[Line], None]
    volley: Volley
    seen: int = 0

    def __post_init__(self) -> None:
        self.pattern = re.compile(self.point.pattern, re.DOTALL)
        self.then = re.compile(self.point.then, re.DOTALL) if self.point.then else None


def kill(pid: int) -> Callable[[Line], None]:
    """End this process at the point, without a word."""

    def act(_line: Line) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    return act


def cut(line: Line) -> None:
    """Break the connection at the point; the process lives and must cope."""
    line.end()


class Wire:
    """One listening address that passes everything on to another, for one process."""

    def __init__(self, loom: Loom, socket: Socket, upstream: Address) -> None:
        self.loom = loom
        self.socket = socket
        self.upstream = upstream
        self.strikes: tuple[Strike, ...] = ()
        self.edit: Callable[[bytes], bytes] | None = None
        self.lines: set[Line] = set()
        self._server = loom.call(self._listen())
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def _listen(self) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: Line(self), "127.0.0.1", 0)

    def arm(self, *strikes: Strike) -> None:
        """Let these strikes wait for their points, and no others; none takes them back."""
        self.strikes = strikes

    def cut_all(self) -> None:
        """Break every connection there is."""
        self.loom.loop.call_soon_threadsafe(lambda: [line.end() for line in list(self.lines)])

    def close(self) -> None:
        """Listen no more and break what is open."""

        async def end() -> None:
            self._server.close()
            for line in list(self.lines):
                line.end()

        self.loom.call(end())


class Line(asyncio.Protocol):
    """One connection through a wire: what the process says comes in here."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.talk = TALKS[wire.socket]()
        self._near: Any = None
        self._far: _Far | None = None
        self._buffer = bytearray()
        self._early: list[bytes] = []
        self._primed: set[Strike] = set()
        self._awaited: Strike | None = None

    def connection_made(self, transport: Any) -> None:
        """The process calls; call the other side for it."""
        self._near = transport
        self.wire.lines.add(self)
        self.wire.loom.loop.create_task(self._call())

    async def _call(self) -> None:
        loop, upstream = self.wire.loom.loop, self.wire.upstream
        try:
            if isinstance(upstream, str):
                _, far = await loop.create_unix_connection(lambda: _Far(self), upstream)
            else:
                _, far = await loop.create_connection(lambda: _Far(self), *upstream)
        except OSError:
            self.end()
            return
        self._far = far
        if self not in self.wire.lines:  # the process hung up meanwhile
            far.transport.abort()
            return
        for data in self._early:
            far.transport.write(data)

    def data_received(self, data: bytes) -> None:
        """Pass on each complete request, unless it is struck before it is heard."""
        self._buffer += data
        passed = bytearray()
        for text, raw in self.talk.requests(self._buffer):
            for strike in self._due(text):
                if strike.point.when == "before":
                    self._fire(strike)
                    return
                self._awaited = strike
            passed += self.wire.edit(raw) if self.wire.edit else raw
        self._pass(bytes(passed))

    def _pass(self, data: bytes) -> None:
        if not data:
            return
        if self._far is None:
            self._early.append(data)
        else:
            self._far.transport.write(data)

    def _due(self, text: str) -> list[Strike]:
        """The armed strikes for which this request is the one they wait for."""
        due = []
        for strike in self.wire.strikes if text else ():
            if not strike.volley.fired.is_set() and self._hits(strike, text):
                strike.seen += 1
                if strike.seen == strike.point.nth:
                    due.append(strike)
        return due

    def _hits(self, strike: Strike, text: str) -> bool:
        if strike.then is None:
            return strike.pattern.search(text) is not None
        if strike in self._primed and strike.then.search(text):
            self._primed.discard(strike)
            return True
        if strike.pattern.search(text):
            self._primed.add(strike)
        elif text.startswith(TRANSACTION_ENDS) and not text.startswith("ROLLBACK TO"):
            self._primed.discard(strike)
        return False

    def answered(self, data: bytes) -> None:
        """Pass the answer on, unless the process shall never hear it."""
        if self._awaited is not None and self.talk.answers(data):
            strike, self._awaited = self._awaited, None
            if not strike.volley.fired.is_set():
                self._fire(strike)
                return
        self._near.write(data)

    def _fire(self, strike: Strike) -> None:
        volley = strike.volley
        if volley.fired.is_set():  # another line was first
            return
        volley.point = strike.point
        strike.act(self)
        volley.fired.set()
        self.end()

    def connection_lost(self, _error: Exception | None) -> None:
        """The process hung up, or is dead: so does the other side learn."""
        self.end()

    def end(self) -> None:
        """Break both halves at once."""
        self.wire.lines.discard(self)
        for transport in (self._near, self._far.transport if self._far else None):
            if transport is not None and not transport.is_closing():
                transport.abort()


class _Far(asyncio.Protocol):
    """The other half of a line: what the server says."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.line.answered(data)

    def connection_lost(self, _error: Exception | None) -> None:
        self.line.end()


class Loom:
    """The thread in which all wires of a run are watched."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="loom", daemon=True)
        self._thread.start()
        self._wires: list[Wire] = []

    def call(self, work: Any) -> Any:
        """Run a coroutine in the loom's thread and answer its result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def wire(self, socket: Socket, upstream: Address) -> Wire:
        """A new wire to this address."""
        made = Wire(self, socket, upstream)
        self._wires.append(made)
        return made

    def close(self) -> None:
        """Close every wire and end the thread."""
        for wire in self._wires:
            wire.close()
        self.call(asyncio.sleep(0.1))  # what was broken is put away
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()
