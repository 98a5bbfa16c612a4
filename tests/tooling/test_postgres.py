"""The embedded PostgreSQL starts anywhere, keeps what it was given and leaves nothing behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import dj_database_url
import psycopg
import pytest

from saleor_bespoke.plugins.embedded import postgres, postgres_files
from saleor_bespoke.plugins.embedded.postgres import DatabaseUnavailable, Server

OWNER = """
import pathlib, sys, time
from saleor_bespoke.plugins.embedded import postgres, postgres_files
postgres_files.SHARED = pathlib.Path(sys.argv[2])
server = postgres.Server.start(pathlib.Path(sys.argv[1]), durable=True)
print(server.pid, server.url, flush=True)
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def shared(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Root's shared folder, in a place of the test's own that a lesser account may enter."""
    folder = Path(tempfile.mkdtemp(prefix="bespoke-shared-", dir="/tmp"))
    folder.chmod(0o755)
    monkeypatch.setattr(postgres_files, "SHARED", folder)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data folder as closed as root's home: pytest's own folders are private."""
    return tmp_path / "data"


def remember(url: str, word: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS remembered (word text)")
        connection.execute("INSERT INTO remembered VALUES (%s)", [word])


def remembered(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT word FROM remembered")]


def ended(pid: int, *, within: float = 15) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            if not Path(f"/proc/{pid}/cmdline").read_bytes():
                return True  # ended, and its new parent has yet to notice
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


def test_a_temporary_server_is_private_capable_and_leaves_nothing() -> None:
    with Server.start(None, durable=False) as server:
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE EXTENSION btree_gist")
            connection.execute("CREATE EXTENSION pgcrypto")
            listening, folder, socket_dir = connection.execute(
                "SELECT current_setting('listen_addresses'), current_setting('data_directory'),"
                " current_setting('unix_socket_directories')"
            ).fetchone() or ("", "", "")
        assert listening == ""
        assert Path(socket_dir).stat().st_mode & 0o077 == 0

    assert not Path(folder).exists()
    assert not Path(socket_dir).exists()
    server.stop()


def test_data_survive_an_orderly_restart(data_dir: Path) -> None:
    with Server.start(data_dir, durable=True) as server:
        remember(server.url, "before")
    with Server.start(data_dir, durable=True) as server:
        assert remembered(server.url) == ["before"]


def test_data_survive_the_servers_violent_end(data_dir: Path) -> None:
    server = Server.start(data_dir, durable=True)
    remember(server.url, "committed")
    os.kill(server.pid, signal.SIGKILL)
    server.stop()

    with Server.start(data_dir, durable=True) as again:
        assert remembered(again.url) == ["committed"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="PR_SET_PDEATHSIG is Linux's")
def test_the_server_ends_with_its_killed_owner_and_keeps_the_data(
    data_dir: Path, shared: Path
) -> None:
    command = [sys.executable, "-c", OWNER, str(data_dir), str(shared)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid, url = owner.stdout.readline().split()
        remember(url, "committed")
        owner.kill()

    with Server.start(data_dir, durable=True) as again:
        assert ended(int(pid), within=0.1)
        assert remembered(again.url) == ["committed"]


def test_two_shops_cannot_share_a_data_folder(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "PREDECESSOR_SECONDS", 0.3)
    with Server.start(data_dir, durable=True) as first:
        with pytest.raises(DatabaseUnavailable, match=rf"another shop \(process {first.pid}\)\.$"):
            Server.start(data_dir, durable=True)
        remember(first.url, "undisturbed")


def test_a_stale_pid_file_may_name_another_living_program(data_dir: Path) -> None:
    with Server.start(data_dir, durable=True) as server:
        remember(server.url, "before")
    pid_file = postgres_files.durable_home(data_dir) / "cluster" / "postmaster.pid"
    pid_file.write_text(f"{os.getppid()}\n")

    with Server.start(data_dir, durable=True) as server:
        assert remembered(server.url) == ["before"]


def test_a_data_folder_may_have_a_long_name(shared: Path) -> None:
    long = shared / ("long" * 30)
    with Server.start(long, durable=True) as server:
        remember(server.url, "reachable")
        assert long.exists()


def test_the_callers_own_database_settings_lead_nowhere_else(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PGPORT": "1", "PGHOST": "nowhere", "PGDATA": "/none"}.items():
        monkeypatch.setenv(name, value)
    with Server.start(data_dir, durable=True) as server:
        parsed = dj_database_url.parse(server.url)
        remember(server.url, "here")
    assert Path(parsed["HOST"]) == postgres_files.durable_home(data_dir)
    assert (parsed["PORT"], parsed["NAME"]) == (5432, "bespoke")


def test_an_interrupted_creation_is_begun_again(data_dir: Path) -> None:
    half_done = postgres_files.durable_home(data_dir) / "cluster.new"
    half_done.mkdir()
    (half_done / "PG_VERSION").write_text("17\n")

    with Server.start(data_dir, durable=True) as server:
        remember(server.url, "whole")


def test_data_of_another_major_version_are_refused_by_name(data_dir: Path) -> None:
    cluster = postgres_files.durable_home(data_dir) / "cluster"
    cluster.mkdir()
    (cluster / "PG_VERSION").write_text("9\n")

    with pytest.raises(DatabaseUnavailable, match=r"written by PostgreSQL 9, but only version"):
        Server.start(data_dir, durable=True)


def test_a_damaged_cluster_is_told_in_the_servers_words(data_dir: Path) -> None:
    with Server.start(data_dir, durable=True):
        pass
    (postgres_files.durable_home(data_dir) / "cluster" / "global" / "pg_control").unlink()

    with pytest.raises(DatabaseUnavailable, match=r"did not start: .*pg_control"):
        Server.start(data_dir, durable=True)


TURNED_AWAY = "FATAL:  the database system is starting up"


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (["PANIC:  could not open pg_control", TURNED_AWAY], "PANIC:  could not open pg_control"),
        ([TURNED_AWAY, "but could not open pg_control"], "but could not open pg_control"),
        ([TURNED_AWAY], "it said nothing"),
    ],
)
def test_turned_away_questions_are_not_why_a_server_ended(
    tmp_path: Path, said: list[str], cause: str
) -> None:
    log = tmp_path / "server.log"
    log.write_text("\n".join(said) + "\n")

    assert postgres._cause(log) == cause


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")

    with pytest.raises(DatabaseUnavailable, match=r"cannot use its files: .*data"):
        Server.start(tmp_path / "data", durable=True)


def test_only_the_main_thread_may_start_it() -> None:
    refused: list[RuntimeError] = []

    def attempt() -> None:
        try:
            Server.start(None, durable=False)
        except RuntimeError as error:
            refused.append(error)

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    assert len(refused) == 1


def test_a_given_url_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    given = os.environ["DATABASE_URL"]
    assert postgres.database_url(None) == given

    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(DatabaseUnavailable, match=r"named by DATABASE_URL does not answer") as seen:
        postgres.database_url(None)
    assert "\n" not in str(seen.value)


def test_programs_under_a_closed_home_are_copied_for_everyone(tmp_path: Path, shared: Path) -> None:
    programs = tmp_path / "pginstall" / "bin"
    programs.mkdir(parents=True, mode=0o700)
    tmp_path.chmod(0o700)
    (programs / "postgres").touch(mode=0o700)
    (programs.parent / "LICENSE").touch(mode=0o600)

    copied = postgres_files._opened(programs, 17)

    assert copied.is_relative_to(shared)
    assert (copied / "postgres").stat().st_mode & 0o777 == 0o755
    assert (copied.parent / "LICENSE").stat().st_mode & 0o777 == 0o644
    assert postgres_files.open_to_others(copied)
    assert postgres_files._opened(programs, 17) == copied


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands over to a lesser account")
def test_root_runs_it_as_a_lesser_account_and_links_to_the_data(
    data_dir: Path, shared: Path
) -> None:
    with Server.start(data_dir, durable=True) as server:
        owner = Path(f"/proc/{server.pid}").stat().st_uid
    assert owner != 0
    assert (data_dir / "postgres").resolve().is_relative_to(shared)
