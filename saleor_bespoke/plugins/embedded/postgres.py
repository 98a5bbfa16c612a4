"""The embedded shop's own PostgreSQL: found, created, started and stopped without any setup.

The server listens on a private Unix socket only, so nobody else on the machine can reach it, and
it ends with the process that started it. A durable cluster survives restarts, even violent ones.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg

from saleor_bespoke.plugins.embedded import postgres_files as files
from saleor_bespoke.plugins.embedded.postgres_account import (
    Account,
    DatabaseUnavailable,
    clean_environment,
    end_with_parent,
)

__all__ = ["DatabaseUnavailable", "Server", "database_url"]

DATABASE = "bespoke"
START_SECONDS = 60
STOP_SECONDS = 20
PREDECESSOR_SECONDS = 5
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 100  # the kernels allow 104 to 108 bytes
FAST_AND_FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def database_url(data_dir: Path | None) -> str:
    """The URL to use: `DATABASE_URL` if given, else that of a server that lives with this process.

    Without `data_dir` the data are temporary. Raises `DatabaseUnavailable` with one clear sentence.
    """
    given = os.environ.get("DATABASE_URL")
    if given:
        _check_answers(given)
        return given
    server = Server.start(data_dir, durable=data_dir is not None)
    atexit.register(server.stop)
    return server.url


class Server:
    """A running private PostgreSQL server. Stop it with `stop()` or use it as a context manager."""

    def __init__(
        self, process: subprocess.Popen[bytes], socket_dir: Path, scratch: list[Path]
    ) -> None:
        self._process = process
        self._scratch = scratch
        self.url = _url(socket_dir, DATABASE)

    @classmethod
    def start(cls, data_dir: Path | None, *, durable: bool) -> Self:
        """Start on `data_dir` (created when missing), or on a temporary folder removed at the end.

        `durable=False` trades safety after a crash for speed. Call it from the main thread: the
        kernel stops the server when the starting thread ends.
        """
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("The embedded PostgreSQL must be started from the main thread.")
        try:
            return cls._start(data_dir, durable=durable)
        except OSError as error:
            raise DatabaseUnavailable(
                f"The embedded PostgreSQL cannot use its files: {error}."
            ) from error

    @classmethod
    def _start(cls, data_dir: Path | None, *, durable: bool) -> Self:
        scratch: list[Path] = []
        process = None
        try:
            home = _scratch_folder(scratch) if data_dir is None else files.durable_home(data_dir)
            fits = len(f"{home}/{SOCKET_NAME}") <= SOCKET_PATH_LIMIT
            socket_dir = home if fits else _scratch_folder(scratch)
            account = Account.choose(home / "cluster")
            for folder in (home, socket_dir):
                account.take(folder)
            process = _launch(home, socket_dir, account, durable=durable)
            _await_ready(process, socket_dir, home / "server.log")
            _create_database(socket_dir)
        except BaseException:
            _end(process)
            _remove(*scratch)
            raise
        return cls(process, socket_dir, scratch)

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> None:
        """Shut the server down, disconnecting its clients. Stopping twice is harmless."""
        _end(self._process)
        _remove(*self._scratch)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _url(socket_dir: Path, database: str) -> str:
    return f"postgresql://{DATABASE}@{quote(str(socket_dir), safe='')}:5432/{database}"


def _check_answers(url: str) -> None:
    try:
        psycopg.connect(url, connect_timeout=10).close()
    except psycopg.Error as error:
        reason = " ".join(str(error).split()).partition(" Is the server running")[0]
        raise DatabaseUnavailable(
            f"The database named by DATABASE_URL does not answer: {reason.rstrip('.')}."
        ) from error


def _scratch_folder(scratch: list[Path]) -> Path:
    """A new private folder, noted in `scratch`, with a short path open to root's lesser account."""
    base = Path(tempfile.gettempdir())
    fits = len(f"{base}/bespoke-pg-12345678/{SOCKET_NAME}") <= SOCKET_PATH_LIMIT
    if not fits or not files.open_to_others(base):
        base = Path("/tmp")  # noqa: S108 - mkdtemp makes a private folder in it
    scratch.append(Path(tempfile.mkdtemp(prefix="bespoke-pg-", dir=base)))
    return scratch[-1]


def _launch(
    home: Path, socket_dir: Path, account: Account, *, durable: bool
) -> subprocess.Popen[bytes]:
    cluster = home / "cluster"
    found = files.find(cluster, needs_open=account.is_lesser)
    if not cluster.exists():
        _initialise(found, home, account, durable=durable)
    _await_previous_owner(cluster)
    for left_behind in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
        (socket_dir / left_behind).unlink(missing_ok=True)
    settings = ["listen_addresses=", f"unix_socket_directories={socket_dir}", "timezone=UTC"]
    settings += [] if durable else FAST_AND_FORGETFUL
    command = [str(found / "postgres"), "-D", str(cluster), "-p", "5432"]
    command += [part for setting in settings for part in ("-c", setting)]
    with (home / "server.log").open("ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=clean_environment(),
            cwd="/",
            start_new_session=True,
            preexec_fn=end_with_parent(),
            user=account.uid,
            group=account.gid,
            extra_groups=account.groups,
        )


def _initialise(found: Path, home: Path, account: Account, *, durable: bool) -> None:
    """Create the cluster beside its final place, so that an interrupted attempt leaves nothing."""
    fresh = home / "cluster.new"
    _remove(fresh)
    fresh.mkdir(mode=0o700)
    account.take(fresh)
    command = [str(found / "initdb"), "-D", str(fresh), f"--username={DATABASE}", "--auth=trust"]
    command += ["--encoding=UTF8", "--locale=C.UTF-8", *([] if durable else ["--no-sync"])]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=clean_environment(),
        cwd="/",
        check=False,
        user=account.uid,
        group=account.gid,
        extra_groups=account.groups,
    )
    if done.returncode:
        reason = " ".join(done.stdout.decode(errors="replace").split())
        raise DatabaseUnavailable(f"PostgreSQL could not create its cluster: {reason[-400:]}")
    fresh.rename(home / "cluster")


def _await_previous_owner(cluster: Path) -> None:
    """Let a server whose shop was killed finish; refuse when another shop is using the data."""
    deadline = time.monotonic() + PREDECESSOR_SECONDS
    while pid := files.live_postmaster(cluster):
        if time.monotonic() > deadline:
            raise DatabaseUnavailable(
                f"The data folder {cluster.parent} is in use by another shop (process {pid})."
            )
        time.sleep(0.1)


def _await_ready(process: subprocess.Popen[bytes], socket_dir: Path, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            psycopg.connect(_url(socket_dir, "postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise DatabaseUnavailable(f"The embedded PostgreSQL did not start: {_cause(log)}")


def _cause(log: Path) -> str:
    """The last line of the server's log that tells why it ended.

    Turning our own questions away while it starts is fatal to their connections, not to the server.
    """
    lines = log.read_text(errors="replace").strip().splitlines()
    said = [line for line in lines if "the database system is" not in line]
    fatal = [line for line in said if "FATAL" in line or "PANIC" in line]
    return (fatal or said or ["it said nothing"])[-1]


def _create_database(socket_dir: Path) -> None:
    with psycopg.connect(_url(socket_dir, "postgres"), autocommit=True) as connection:
        row = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if row.fetchone() is None:
            connection.execute(f'CREATE DATABASE "{DATABASE}"')


def _end(process: subprocess.Popen[bytes] | None) -> None:
    """A fast shutdown: clients are disconnected, data are written, then the server is gone."""
    if process is None or process.poll() is not None:
        return
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGQUIT)
        process.wait(STOP_SECONDS)


def _remove(*folders: Path) -> None:
    for folder in folders:
        if folder.exists():
            shutil.rmtree(folder)
