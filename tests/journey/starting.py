"""Starts the demo as a person does, in a process of its own, and reads what it says."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
#: The slowest machine that still counts as working.
PATIENCE = 400.0


@dataclass(frozen=True)
class Ended:
    """A demo that has ended."""

    code: int
    out: str
    err: str


def free_ports() -> int:
    """A port whose successor is free too, as the demo takes both."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            try:
                two.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port


def _begin(arguments: tuple[str, ...], database: str | None) -> subprocess.Popen[str]:
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    environment |= {"COLUMNS": "100", "PYTHONUNBUFFERED": "1"}
    if database:
        environment["DATABASE_URL"] = database
    return subprocess.Popen(
        [sys.executable, "-m", "saleor_bespoke.plugins.embedded", *arguments],
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def run(*arguments: str, database: str | None = None) -> Ended:
    """Run a command of the demo to its end."""
    process = _begin(arguments, database)
    try:
        out, err = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    return Ended(process.returncode, out, err)


class Running:
    """A demo that goes on."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.read = ""

    def until(self, text: str) -> None:
        """Read on until this text was said."""
        end = time.monotonic() + PATIENCE
        while text not in self.read:
            assert self._process.stdout is not None
            line = self._process.stdout.readline()
            assert line, f"It ended without saying {text!r}: {self._process.communicate()[1]}"
            assert time.monotonic() < end, f"It never said {text!r}."
            self.read += line

    def interrupt(self) -> Ended:
        """Press Ctrl-C: the signal goes to all processes of the terminal."""
        os.killpg(self._process.pid, signal.SIGINT)
        out, err = self._process.communicate(timeout=60)
        return Ended(self._process.returncode, self.read + out, err)


@contextmanager
def running(*arguments: str) -> Iterator[Running]:
    """A demo with a database of its own, ended with the test."""
    process = _begin(arguments, None)
    try:
        yield Running(process)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
