"""A demo that cannot start says why in one sentence and fails."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tooling.facts import ROOT


def refusal(*arguments: str, database: str | None = None) -> str:
    """What the demo says on standard error when it refuses to start; it must end by itself."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    if database is not None:
        environment["DATABASE_URL"] = database
    done = subprocess.run(
        [sys.executable, "-m", "saleor_bespoke.plugins.embedded", "demo", "--once", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr.rstrip().splitlines()[-1]


@pytest.fixture
def two_ports() -> int:
    """A port that is free together with its successor."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port


@pytest.mark.parametrize("which", [0, 1])
def test_a_busy_port(tmp_path: Path, two_ports: int, which: int) -> None:
    busy = two_ports + which
    with socket.socket() as other:
        other.bind(("127.0.0.1", busy))
        other.listen()
        said = refusal(f"--port={two_ports}", f"--data-dir={tmp_path}")
    assert said == (f"Port {busy} is not free: stop what uses it or choose another with --port.")


def test_a_dead_database(tmp_path: Path, two_ports: int) -> None:
    said = refusal(
        f"--port={two_ports}",
        f"--data-dir={tmp_path}",
        database="postgres://nobody@127.0.0.1:1/nothing",
    )
    assert said.startswith("The database named by DATABASE_URL does not answer")
    assert "nobody" not in said


def test_a_data_folder_that_is_a_file(tmp_path: Path, two_ports: int) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    said = refusal(f"--port={two_ports}", f"--data-dir={taken}")
    assert said.startswith("The data folder cannot be used")
