"""A clamd is asked over its own protocol; infected or unscanned files are not kept."""

from __future__ import annotations

import socketserver
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from saleor_bespoke.media import accepted
from saleor_bespoke.media.models import UploadCount
from saleor_bespoke.media.receiving import file_receive
from saleor_bespoke.media.recognise import MEGABYTE, Purpose
from saleor_bespoke.media.store import private_storage
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from tests.journey import samples
from tests.support import refuses

#: The file that every scanner takes for infected, in two parts so that none takes this one for it.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + rb"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd(socketserver.StreamRequestHandler):
    """Speaks INSTREAM as clamd does, finding EICAR alone."""

    seen: ClassVar[list[bytes]] = []
    says: ClassVar[bytes | None] = None
    most: ClassVar[int] = 100_000_000
    waits: ClassVar[float] = 0

    def handle(self) -> None:
        time.sleep(self.waits)
        assert self.rfile.read(10) == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack("!L", self.rfile.read(4))[0]:
            content += self.rfile.read(size)
            if len(content) > self.most:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.seen.append(content)
        found = b"stream: Win.Test.EICAR_HDB-1 FOUND" if EICAR in content else b"stream: OK"
        self.wfile.write((self.says if self.says is not None else found) + b"\0")


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


@pytest.fixture
def clamd(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The scanner, over TCP, and the shop told of it."""
    monkeypatch.setattr(Clamd, "seen", [])
    with Server(("127.0.0.1", 0), Clamd) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.BESPOKE = settings.BESPOKE | {
            "FILES_DIR": str(tmp_path / "private"),
            "FILES_SCANNER": f"tcp://127.0.0.1:{server.server_address[1]}",
            "FILES_SCANNER_SECONDS": 0.5,
        }
        yield server
        server.shutdown()


def receive(project: BespokeProject, actor: Actor, content: bytes, name: str = "a.pdf") -> Any:
    return file_receive(
        actor=actor,
        project=project,
        purpose=Purpose.MESSAGE,
        uploaded=SimpleUploadedFile(name, content),
    )


def infected() -> bytes:
    return samples.reference_pdf() + b"\n" + EICAR


def nothing_kept(tmp_path: Path) -> bool:
    return not [path for path in (tmp_path / "private").rglob("*") if path.is_file()]


def test_a_clean_file_is_scanned_whole_and_kept(
    clamd: Any, project: BespokeProject, customer: Actor
) -> None:
    content = samples.reference_pdf()
    with receive(project, customer, content) as prepared:
        assert private_storage().exists(prepared.storage_name)
    assert Clamd.seen == [content]


def test_a_long_file_goes_in_pieces(clamd: Any, project: BespokeProject, customer: Actor) -> None:
    content = samples.short_video_mp4()
    with receive(project, customer, content, "a.mp4"):
        assert Clamd.seen == [content]


def test_an_infected_file_is_refused(
    clamd: Any, project: BespokeProject, customer: Actor, tmp_path: Path
) -> None:
    with refuses("FILE_INFECTED", field="file"):
        receive(project, customer, infected())
    assert nothing_kept(tmp_path)
    assert UploadCount.objects.get(scope=f"caller:{customer.ref}").failures == 1


def test_without_a_scanner_nobody_asks(
    project: BespokeProject, customer: Actor, settings: Settings, tmp_path: Path
) -> None:
    settings.BESPOKE = settings.BESPOKE | {"FILES_DIR": str(tmp_path / "private")}
    with receive(project, customer, samples.reference_pdf()):
        assert not nothing_kept(tmp_path)


@pytest.mark.parametrize("answer", [b"", b"INSTREAM: unknown ERROR", b"stream: OK and more"])
def test_an_answer_that_is_no_verdict_refuses(
    clamd: Any,
    project: BespokeProject,
    customer: Actor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: bytes,
) -> None:
    monkeypatch.setattr(Clamd, "says", answer)
    with refuses("FILE_SCAN_UNAVAILABLE"):
        receive(project, customer, samples.reference_pdf())
    assert nothing_kept(tmp_path)
    assert UploadCount.objects.get(scope=f"caller:{customer.ref}").failures == 0


@pytest.mark.parametrize(
    "answer",
    [
        b"INSTREAM size limit exceeded. ERROR",
        b"stream: Heuristics.Limits.Exceeded FOUND",
        b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND",
    ],
)
def test_what_the_scanner_did_not_read_whole_is_refused_and_counted(
    clamd: Any,
    project: BespokeProject,
    customer: Actor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: bytes,
) -> None:
    monkeypatch.setattr(Clamd, "says", answer)
    with refuses("FILE_TOO_LARGE", field="file"):
        receive(project, customer, samples.reference_pdf())
    assert nothing_kept(tmp_path)
    assert UploadCount.objects.get(scope=f"caller:{customer.ref}").failures == 1


def test_a_stream_that_the_scanner_breaks_off_is_too_large(
    clamd: Any,
    project: BespokeProject,
    customer: Actor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Clamd, "most", 100)
    with refuses("FILE_TOO_LARGE"):
        receive(project, customer, samples.short_video_mp4(), "a.mp4")
    assert nothing_kept(tmp_path)


def test_what_is_larger_than_the_scanner_reads_is_not_even_sent(
    clamd: Any, project: BespokeProject, customer: Actor, settings: Settings, tmp_path: Path
) -> None:
    """A clamd answers OK to what lies beyond its limits; so the shop says how far it reads."""
    content = samples.reference_pdf()
    own = settings.BESPOKE
    settings.BESPOKE = own | {"FILES_SCANNER_MAX_BYTES": len(content)}
    with receive(project, customer, content):
        assert Clamd.seen == [content]
    settings.BESPOKE = own | {"FILES_SCANNER_MAX_BYTES": len(content) - 1}
    with refuses("FILE_TOO_LARGE", field="file"):
        receive(project, customer, content)
    assert Clamd.seen == [content]
    assert nothing_kept(tmp_path)


def test_what_a_clamd_reads_by_default_is_the_most_we_take(
    clamd: Any, project: BespokeProject, settings: Settings
) -> None:
    assert accepted.max_bytes(Purpose.UNBOXING, project.channel) == 100 * MEGABYTE
    own = settings.BESPOKE
    settings.BESPOKE = own | {"FILES_SCANNER_MAX_BYTES": 300 * MEGABYTE}
    assert accepted.max_bytes(Purpose.UNBOXING, project.channel) == 250 * MEGABYTE
    settings.BESPOKE = own | {"FILES_SCANNER": ""}
    assert accepted.max_bytes(Purpose.UNBOXING, project.channel) == 250 * MEGABYTE


def test_a_scanner_that_hangs_is_not_waited_for(
    clamd: Any,
    project: BespokeProject,
    customer: Actor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Clamd, "waits", 2.0)
    began = time.monotonic()
    with refuses("FILE_SCAN_UNAVAILABLE"):
        receive(project, customer, samples.reference_pdf())
    assert time.monotonic() - began < 1.9
    assert nothing_kept(tmp_path)


def test_a_scanner_that_is_away_refuses(
    clamd: Any, project: BespokeProject, customer: Actor, tmp_path: Path, settings: Settings
) -> None:
    for address in ("tcp://127.0.0.1:9", f"unix://{tmp_path}/nobody.sock"):
        settings.BESPOKE = settings.BESPOKE | {"FILES_SCANNER": address}
        with refuses("FILE_SCAN_UNAVAILABLE"):
            receive(project, customer, samples.reference_pdf())
    assert nothing_kept(tmp_path)


def test_over_a_unix_socket(
    clamd: Any, project: BespokeProject, customer: Actor, tmp_path: Path, settings: Settings
) -> None:
    path = tmp_path / "clamd.sock"
    with UnixServer(str(path), Clamd) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.BESPOKE = settings.BESPOKE | {"FILES_SCANNER": f"unix://{path}"}
        with receive(project, customer, samples.reference_pdf()):
            pass
        with refuses("FILE_INFECTED"):
            receive(project, customer, infected())
        server.shutdown()
