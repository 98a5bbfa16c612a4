"""The decoder's own process: held to its bounds, without secrets, gone with who started it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from saleor_bespoke.media.deriving.results import NotDerivable
from saleor_bespoke.media.deriving.running import (
    BOUNDS,
    Bounds,
    Interrupted,
    bounds_of,
    derive_apart,
)
from saleor_bespoke.media.recognise import FileKind
from tests.journey import samples
from tests.media import corpus

MEGABYTE = 1024 * 1024


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "work" / "derived").mkdir(parents=True)
    return tmp_path / "work" / "derived"


def given(target: Path, content: bytes) -> Path:
    path = target.parent / "file"
    path.write_bytes(content)
    return path


def test_every_kind_has_bounds() -> None:
    assert {kind for kinds in BOUNDS for kind in kinds} == set(FileKind)
    for kind in FileKind:
        assert 0 < bounds_of(kind).seconds <= 300


def test_a_file_is_derived_apart(target: Path) -> None:
    derived = derive_apart(given(target, samples.phone_jpeg()), FileKind.JPEG, target)
    assert {piece.width for piece in derived.pieces} == {1632, 960, 320}
    assert derived.placeholder.startswith("data:image/webp;base64,")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "PDF", "STL", "GLB", "OBJ", "MP4"])
@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xd8\xff" + b"\xff" * 5000, samples.phone_jpeg()[:3000]],
    ids=["empty", "noise", "cut off"],
)
def test_hostile_files_end_in_a_sentence(target: Path, kind: str, content: bytes) -> None:
    with pytest.raises(NotDerivable) as refusal:
        derive_apart(given(target, content), FileKind(kind), target)
    assert refusal.value.reason.endswith(".")
    assert "/" not in refusal.value.reason


def test_a_picture_bomb_is_refused_by_its_header(target: Path) -> None:
    with pytest.raises(NotDerivable, match="too many pixels"):
        derive_apart(given(target, corpus.png_bomb()), FileKind.PNG, target)


def test_memory_is_bounded(target: Path) -> None:
    content = corpus.encoded(corpus.picture(size=(6000, 6000)), "PNG")
    small = Bounds(memory=130 * MEGABYTE, seconds=30)
    with pytest.raises(NotDerivable, match="too much memory"):
        derive_apart(given(target, content), FileKind.PNG, target, small)
    assert derive_apart(given(target, content), FileKind.PNG, target).pieces


def test_time_is_bounded(target: Path) -> None:
    begun = time.monotonic()
    with pytest.raises(Interrupted):
        derive_apart(
            given(target, samples.ring_mesh_stl()),
            FileKind.STL,
            target,
            Bounds(memory=2_000 * MEGABYTE, seconds=1),
        )
    assert time.monotonic() - begun < 20


def test_a_decoder_that_breaks_down_is_an_interruption(
    target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a library whose code crashes the process that imports it
    (tmp_path / "lib").mkdir()
    crash = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    (tmp_path / "lib" / "pypdfium2.py").write_text(crash)
    monkeypatch.syspath_prepend(str(tmp_path / "lib"))
    with pytest.raises(Interrupted, match="broke down"):
        derive_apart(given(target, b"%PDF-"), FileKind.PDF, target)


def test_a_decoder_may_talk_more_than_a_pipe_holds(
    target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lib").mkdir()
    chatty = "import sys\nsys.stderr.write('x' * 200_000)\nraise SystemExit(3)"
    (tmp_path / "lib" / "pypdfium2.py").write_text(chatty)
    monkeypatch.syspath_prepend(str(tmp_path / "lib"))
    with pytest.raises(Interrupted, match="broke down"):
        derive_apart(given(target, b"%PDF-"), FileKind.PDF, target)


def test_a_decoder_has_no_secrets_and_no_database(
    target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a library that has been taken over, and tells all that it finds
    monkeypatch.setenv("SECRET_KEY", "a-secret-word")
    monkeypatch.setenv("DATABASE_URL", "postgres://a-secret-word@host/name")
    (tmp_path / "lib").mkdir()
    spy = (
        "import os, sys\n"
        f"open({str(tmp_path / 'told')!r}, 'w').write(repr(dict(os.environ)) + repr(sys.argv)\n"
        "    + repr([name for name in sys.modules if name.split('.')[0] == 'django'])\n"
        "    + repr(os.listdir('/proc/self/fd')))\n"
    )
    (tmp_path / "lib" / "pypdfium2.py").write_text(spy)
    monkeypatch.syspath_prepend(str(tmp_path / "lib"))
    with pytest.raises(NotDerivable):
        derive_apart(given(target, b"%PDF-"), FileKind.PDF, target)
    told = (tmp_path / "told").read_text()
    assert "PYTHONPATH" in told
    assert "a-secret-word" not in told
    assert "django" not in told.partition("[")[2].partition("]")[2]


STARTER = """
import sys
from pathlib import Path
from saleor_bespoke.media.deriving.running import derive_apart
from saleor_bespoke.media.recognise import FileKind
derive_apart(Path(sys.argv[1]), FileKind.STL, Path(sys.argv[2]))
"""


def children_of(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc")
def test_the_decoder_ends_with_who_started_it_and_leaves_no_copy(target: Path) -> None:
    # given a process that derives from a mesh, which takes seconds
    path = given(target, samples.ring_mesh_stl())
    starter = subprocess.Popen([sys.executable, "-c", STARTER, str(path), str(target)])
    end = time.monotonic() + 30
    found: list[int] = []
    while not found and time.monotonic() < end:
        found = children_of(starter.pid)
        time.sleep(0.02)
    [decoder] = found
    while not (target / "compact.glb").exists() and time.monotonic() < end:
        time.sleep(0.02)
    # when it is killed at once
    starter.send_signal(signal.SIGKILL)
    starter.wait(10)
    # then its decoder ends, and takes the customer's file from the disk with it
    while (Path(f"/proc/{decoder}/stat").exists() or path.exists()) and time.monotonic() < end:
        if Path(f"/proc/{decoder}/stat").exists():
            state = Path(f"/proc/{decoder}/stat").read_text().rpartition(")")[2].split()[0]
            if state == "Z" and not path.exists():
                break  # ended; whoever inherited it has not looked yet
        time.sleep(0.05)
    assert not target.parent.exists()
    assert target.parent.parent.exists()
