"""The quick version: ten strikes, and what the wires themselves promise."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import psycopg
import pytest

from tests.torture import kills
from tests.torture.bench import Bench
from tests.torture.kill_points import WEB, WORKER
from tests.torture.kill_scene import HURRIED
from tests.torture.kill_victims import address_of, through
from tests.torture.talks import Smtp
from tests.torture.wire import Loom, Point, Strike, Volley

COMMIT = r"\ACOMMIT"


@pytest.fixture
def loom() -> Iterator[Loom]:
    """The thread that watches the wires."""
    found = Loom()
    yield found
    found.close()


def test_ten_strikes_lose_nothing_and_double_nothing(bench: Bench) -> None:
    rows = kills.struck(bench, scale=0.02, seed=20, pace=HURRIED)
    assert all(row.ok for row in rows), [row for row in rows if not row.ok]


@pytest.mark.parametrize(("when", "kept"), [("before", 0), ("after", 1)])
def test_a_strike_at_a_commit_falls_before_or_after_the_server_did_it(
    bench: Bench, loom: Loom, when: str, kept: int
) -> None:
    wire = loom.wire("database", address_of(bench.server))
    bench.execute(bench.server, "DROP TABLE IF EXISTS struck", "CREATE TABLE struck (a int)")
    volley, point = Volley(), Point("here", "database", "INSERT INTO struck", when, COMMIT)  # type: ignore[arg-type]
    other = Point("never", "database", "DELETE FROM struck", "before", COMMIT)
    wire.arm(*(Strike(named, lambda line: line.end(), volley) for named in (other, point)))

    with psycopg.connect(through(bench.server, wire.port)) as connection:
        connection.execute("SELECT 1")
        connection.commit()
        connection.execute("INSERT INTO struck VALUES (1)")
        with pytest.raises(psycopg.OperationalError):
            connection.commit()

    assert volley.point is point
    assert bench.rows(bench.server, "SELECT count(*) FROM struck") == [(kept,)]
    bench.execute(bench.server, "DROP TABLE struck")


def test_a_letter_is_one_request_however_it_is_cut_into_pieces() -> None:
    buffer, talk = bytearray(), Smtp()
    found: list[str] = []
    for piece in (
        b"MAIL FROM:<a@b>\r\nDA",
        b"TA\r\n",
        b"Subject: A\r\n\r\nDATA\r\n.",
        b"\r\nQUIT\r\n",
    ):
        buffer += piece
        found += [text.splitlines()[0] for text, _ in talk.requests(buffer)]
    assert found == ["MAIL FROM:<a@b>", "DATA", "LETTER", "QUIT"]


def test_what_is_not_struck_passes_unchanged(loom: Loom) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = loom.wire("provider", ("127.0.0.1", listener.getsockname()[1]))
        heard: list[bytes] = []

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                heard.append(connection.recv(65_536))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

        server = threading.Thread(target=answer)
        server.start()
        request = b"POST /v1/refunds HTTP/1.1\r\nContent-Length: 3\r\n\r\na=b"
        with socket.create_connection(("127.0.0.1", wire.port), timeout=10) as client:
            client.sendall(request[:30])
            client.sendall(request[30:])
            assert client.recv(65_536).endswith(b"ok")
        server.join(10)
    assert heard == [request]


def test_points_have_names_of_their_own() -> None:
    for points in (WEB, WORKER):
        names = [point.name for point in points]
        assert len(set(names)) == len(names)
