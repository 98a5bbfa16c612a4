"""The bench: one PostgreSQL, the provider's stand-in, a mail sink, and processes of the shop.

Faults come from sockets, killed processes, cut connections and data in the database, never from
patched functions. A control takes the protection away and must then see the violation.
"""

from __future__ import annotations

import math
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from psycopg import sql

from saleor_bespoke.plugins.embedded import postgres
from tests.torture import processes
from tests.torture.processes import START_SECONDS, Child, Failed, Place
from tests.torture.provider import Provider
from tests.torture.smtp import Sink
from tests.torture.table import Row

#: How long a call in a process of its own may take.
CALL_SECONDS = 1800.0


@dataclass
class Web:
    """A web process: its address, and the process."""

    url: str
    child: Child

    @property
    def graphql(self) -> str:
        """The endpoint of the API."""
        return f"{self.url}/graphql/"


class Findings:
    """What is asked of any shop's database, and how a figure becomes a row."""

    host = "embedded"

    @staticmethod
    def connect(url: str) -> psycopg.Connection[Any]:
        """A connection of the bench to one database, each statement a transaction."""
        return psycopg.connect(url, autocommit=True)

    @staticmethod
    def rows(url: str, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of one query."""
        with psycopg.connect(url, autocommit=True) as connection:
            return connection.execute(query, values).fetchall()  # type: ignore[arg-type]

    @staticmethod
    def execute(url: str, *statements: str) -> None:
        """Change data or structure from outside of the shop."""
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[arg-type]

    def deadlocks(self, url: str) -> int:
        """How many deadlocks PostgreSQL has seen in this database since it was made."""
        time.sleep(1.2)  # backends report once a second
        query = "SELECT deadlocks FROM pg_stat_database WHERE datname = %s"
        return int(self.rows(url, query, _name(url))[0][0])

    def errors(self) -> list[str]:
        """What the shop's processes logged as exceptions, where that can be known."""
        return []

    @staticmethod
    def say(text: str) -> None:
        """Tell whoever watches how far it is."""
        print(f"  {text}", file=sys.stderr, flush=True)

    def row(
        self,
        scenario: str,
        seed: int,
        figure: str,
        *,
        wanted: object,
        measured: object,
        ok: bool | None = None,
        since: float,
    ) -> Row:
        """A row of the table; without `ok` the measured must equal the wanted."""
        return Row(
            scenario,
            self.host,
            seed,
            figure,
            str(wanted),
            str(measured),
            measured == wanted if ok is None else ok,
            time.monotonic() - since,
        )


class Bench(Findings):
    """Everything a scenario may use; a context manager that ends what it started."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._databases: list[str] = []
        self._migrated = ""
        self._kept: dict[str, Any] = {}
        self.folder = Path(tempfile.mkdtemp(prefix="bespoke-torture-"))
        self._stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.server = postgres.database_url(None)
        self.smtp = Sink()
        self._stack.callback(self.smtp.stop)

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        for name in reversed(self._databases):
            self._drop(name)
        self._stack.close()

    def kept(self, name: str, make: Callable[[], Any]) -> Any:
        """What is made once a bench, such as a furnished database that is copied for every run."""
        if name not in self._kept:
            self._kept[name] = make()
        return self._kept[name]

    # databases ------------------------------------------------------------------------------------

    def database(self, template: str | None = None) -> str:
        """A new database: a copy of `template` (a URL nobody uses now), else a migrated one."""
        if template is None:
            if not self._migrated:
                fresh = self._create(None)
                self.call(fresh, _migrate)
                self._migrated = fresh
            template = self._migrated
        return self._create(template)

    def drop(self, url: str) -> None:
        """Remove a database, cutting whoever uses it."""
        name = _name(url)
        self._databases.remove(name)
        self._drop(name)

    def _create(self, template: str | None) -> str:
        name = f"torture_{uuid4().hex[:12]}"
        with self.admin() as connection:
            words = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
            if template:
                words += sql.SQL(" TEMPLATE {}").format(sql.Identifier(_name(template)))
            _patiently(lambda: connection.execute(words))
        self._databases.append(name)
        return urlunsplit(urlsplit(self.server)._replace(path=f"/{name}"))

    def _drop(self, name: str) -> None:
        with self.admin() as connection:
            words = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(words.format(sql.Identifier(name)))

    def admin(self) -> psycopg.Connection[Any]:
        """A connection to the server itself, each statement a transaction."""
        return psycopg.connect(self.server, autocommit=True)

    def configure(self, url: str, name: str, value: str) -> None:
        """Give a setting of PostgreSQL another value in one database, for connections to come."""
        words = sql.SQL("ALTER DATABASE {} SET {} = {}")
        with self.admin() as connection:
            connection.execute(
                words.format(sql.Identifier(_name(url)), sql.Identifier(name), sql.Literal(value))
            )

    # processes ------------------------------------------------------------------------------------

    def place(self, database: str, **facts: Any) -> Place:
        """Where a process of this bench works; `provider`, `bespoke` and `hooks` may be given."""
        return Place(
            **{"database": database, "smtp": self.smtp.port, "folder": str(self.folder)} | facts
        )

    def call(
        self,
        where: str | Place,
        function: Callable[..., Any],
        *args: Any,
        seconds: float = CALL_SECONDS,
        **kwargs: Any,
    ) -> Any:
        """What a function of a module answers, called in a process of its own."""
        child = self.begin(where, function, *args, **kwargs)
        try:
            return child.receive(seconds)
        finally:
            child.kill()

    def begin(
        self, where: str | Place, function: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> Child:
        """Begin to call it; `receive(seconds)` of what comes back answers, `kill()` ends it."""
        place = where if isinstance(where, Place) else self.place(where)
        return Child(processes.called, place, function, args, kwargs)

    def web(self, place: Place, *, port: int = 0, threads: int = 8) -> Web:
        """A web process that serves now; with a `port` given, at the address of its predecessor."""
        child = Child(processes.web, place.but(log="web.log"), port, threads)
        return Web(f"http://127.0.0.1:{child.receive(START_SECONDS)}", child)

    def worker(self, place: Place, *, interval_max: float = math.inf) -> Child:
        """A worker with the schedule of production, or at least every `interval_max` seconds."""
        child = Child(processes.worker, place.but(log="worker.log"), interval_max)
        child.receive(START_SECONDS)
        return child

    def provider(self, *, state: Path | None = None, port: int = 0) -> Provider:
        """The payment provider's stand-in, with the memory of a file if one is given."""
        return Provider(self.place(self.server), port=port, state=state)

    @contextmanager
    def running(
        self,
        place: Place,
        *,
        webs: int = 2,
        provider: Provider | None = None,
        workers: int = 1,
        threads: int = 8,
        interval_max: float = math.inf,
    ) -> Iterator[list[Web]]:
        """Web processes and workers for a while; the provider reports to the first."""
        children: list[Child] = []
        try:
            found = [self.web(place, threads=threads) for _ in range(webs)]
            children += [web.child for web in found]
            if provider is not None:
                provider.webhook_to(found[0].url)
            children += [self.worker(place, interval_max=interval_max) for _ in range(workers)]
            yield found
        finally:
            if provider is not None:
                provider.webhook_to(None)
            for child in children:
                child.kill()

    # findings -------------------------------------------------------------------------------------

    def audit(self, database: str) -> list[str]:
        """What `bespoke_audit` finds wrong, one sentence a violation, in a process of its own."""
        return list(self.call(database, _audit))

    def errors(self) -> list[str]:
        """What web processes and workers logged as exceptions, the last line of each."""
        logged = self.log("web.log") + self.log("worker.log")
        return re.findall(
            r"^(?:\w+\.)*\w*(?:Error|Exception|Unavailable)\b.*$", logged, re.MULTILINE
        )

    def log(self, name: str) -> str:
        """What the processes of one kind wrote: `web.log`, `worker.log`, `provider.log`."""
        path = self.folder / name
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _name(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


def _patiently(act: Callable[[], Any]) -> None:
    """A template's last user may need a moment to be gone."""
    for _ in range(100):
        try:
            act()
        except psycopg.errors.ObjectInUse:
            time.sleep(0.1)
        else:
            return
    act()


def _migrate() -> None:
    from django.core.management import call_command

    from saleor_bespoke.plugins.embedded.seed import seed

    call_command("migrate", verbosity=0, interactive=False)
    seed()


def _audit() -> list[str]:
    from saleor_bespoke.audit import audit

    return [f"{found.rule}: {found.invariant} {found.rows} {found.projects}" for found in audit()]


__all__ = ["Bench", "Child", "Failed", "Place", "Provider", "Row", "Web"]
