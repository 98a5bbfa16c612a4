"""What runs in processes forked from one that has everything loaded: started fast, killed by pid.

Nothing here imports Django at the top: the zygote (multiprocessing's fork server) sets it up first.
"""

from __future__ import annotations

import ctypes
import logging
import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event
from typing import Any

SETTINGS = "saleor_bespoke.plugins.embedded.settings"
LOADED = "tests.torture.zygote"
#: The hook of a control that loses its row locks.
WITHOUT_ROW_LOCKS = "tests.torture.processes:without_row_locks"
START_SECONDS = 60
#: An address at which nobody listens.
NOWHERE = "http://127.0.0.1:9"
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Place:
    """Where a process works: its database, its provider, its mail server, its folder.

    `bespoke` overrides entries of the `BESPOKE` setting (one level deep); `hooks` are functions
    called before anything else, by `module:name`: that is how a control loses its locks.
    """

    database: str
    provider: str = NOWHERE
    smtp: int = 9
    folder: str = "/tmp"  # noqa: S108  # each bench names its own
    log: str = "processes.log"
    bespoke: Mapping[str, Any] = field(default_factory=dict)
    hooks: tuple[str, ...] = ()

    def but(self, **changes: Any) -> Place:
        """The same place with some facts changed."""
        return replace(self, **changes)


class Failed(Exception):
    """What a call in another process met, with its traceback there."""


class Child:
    """A process of ours: alive until it ends, is stopped or killed."""

    def __init__(self, target: Callable[..., None], place: Place, *args: Any) -> None:
        context = _context()
        self._ours, theirs = context.Pipe()
        self._process = context.Process(
            target=_begin, args=(target, place, theirs, args), daemon=True
        )
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int:
        """The process' number."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.is_alive()

    def receive(self, seconds: float) -> Any:
        """What it says next; `Failed` with its words if it failed, ended or says nothing."""
        if not self._ours.poll(seconds):
            raise Failed(f"Process {self.pid} said nothing for {seconds} s.")
        try:
            kind, said = self._ours.recv()
        except EOFError:
            raise Failed(f"Process {self.pid} ended without an answer.") from None
        if kind == "failed":
            raise Failed(f"{said.strip().splitlines()[-1]}\n{said}")
        return said

    def tell(self, word: Any) -> None:
        """Say something to it."""
        self._ours.send(word)

    def kill(self) -> None:
        """End it as a crash does, at once (SIGKILL)."""
        self._process.kill()
        self._process.join(START_SECONDS)
        self._ours.close()

    def wait(self, seconds: float) -> None:
        """Let it end by itself."""
        self._process.join(seconds)
        if self._process.is_alive():
            self.kill()
            raise Failed(f"Process {self.pid} did not end in {seconds} s.")


def _context() -> Any:
    context = multiprocessing.get_context("forkserver")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    context.set_forkserver_preload([LOADED])
    return context


def _begin(
    target: Callable[..., None], place: Place, out: Connection, args: tuple[Any, ...]
) -> None:
    try:
        become(place)
        target(out, *args)
    except BaseException:  # noqa: BLE001  # handed over to whoever waits for the answer
        try:
            out.send(("failed", traceback.format_exc()))
        except OSError:
            traceback.print_exc()
        os._exit(1)
    out.close()
    from django.db import connections

    connections.close_all()


def become(place: Place) -> None:
    """Work at this place from now on; this process has no connection of its own yet."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the bench's affair
    log = os.open(Path(place.folder) / place.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    import dj_database_url
    from django.conf import settings
    from django.db import connections

    settings.DATABASES["default"].clear()
    settings.DATABASES["default"].update(
        dj_database_url.parse(place.database, conn_max_age=0, conn_health_checks=True)
    )
    connections.configure_settings(None)
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", place.smtp
    _bespoke_settings(settings.BESPOKE, place)
    for hook in place.hooks:
        module, _, name = hook.partition(":")
        getattr(import_module(module), name)()


def _bespoke_settings(bespoke: dict[str, Any], place: Place) -> None:
    from saleor_bespoke import conf

    bespoke["STRIPE"] = {**bespoke["STRIPE"], "API_BASE": place.provider}
    bespoke["FILES_DIR"] = str(Path(place.folder) / "files")
    for name, value in place.bespoke.items():
        old = bespoke.get(name)
        bespoke[name] = {**old, **value} if isinstance(old, dict) else value
    conf.policies_forget()


# what a process does ------------------------------------------------------------------------------


def called(out: Connection, function: Callable[..., Any], args: Any, kwargs: Any) -> None:
    """Call one function and answer what it returns."""
    out.send(("done", function(*args, **kwargs)))


def web(out: Connection, port: int, threads: int) -> None:
    """Serve the embedded site until killed; answers its port first."""
    import waitress

    from saleor_bespoke.plugins.embedded.site import application

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a queue is what we want

    server = waitress.create_server(
        application, host="127.0.0.1", port=port, threads=threads, connection_limit=1000
    )
    out.send(("done", int(server.effective_port)))
    server.run()


def worker(out: Connection, interval_max: float) -> None:
    """Run the scheduled tasks, at their schedule but at least so often, until killed."""
    from saleor_bespoke.plugins.embedded.background import Background

    Background(interval_max=interval_max).start()
    out.send(("done", True))
    Event().wait()


# what a control takes away ------------------------------------------------------------------------


def without_row_locks() -> None:
    """From now on `SELECT … FOR UPDATE` locks nothing in this process."""
    from django.db.models import QuerySet

    QuerySet.select_for_update = lambda rows, **_options: rows  # type: ignore[method-assign]
