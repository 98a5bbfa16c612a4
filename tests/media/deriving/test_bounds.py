"""What the kernel holds a decoder to: each limit by itself, on systems that lack some of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from saleor_bespoke.craft.file_kinds import FileKind
from saleor_bespoke.media.deriving.running import derive_apart
from saleor_bespoke.steps.cad import measuring
from tests.journey import samples
from tests.shapes.generators import band, stl_bytes

#: A system whose kernel refuses to limit the address space, as macOS does, and tells what it sets.
MAC = """
import resource
real = resource.setrlimit
def setrlimit(limit, values):
    if limit == resource.RLIMIT_AS:
        raise ValueError("current limit exceeds maximum limit")
    real(limit, values)
    with open({told!r}, "a") as file:
        file.write(str(limit) + "\\n")
resource.setrlimit = setrlimit
"""
#: A system that has no such limits at all.
WINDOWS = "import sys; sys.modules['resource'] = None"


@pytest.fixture
def told(tmp_path: Path) -> Path:
    return tmp_path / "told"


def on(system: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the processes that are started run on such a system."""
    (folder / "lib").mkdir()
    (folder / "lib" / "sitecustomize.py").write_text(system)
    monkeypatch.syspath_prepend(str(folder / "lib"))


def work(task: str, folder: Path) -> None:
    """A job of each of the two processes, which has to succeed."""
    path = folder / "file"
    if task == "derive":
        path.write_bytes(samples.phone_jpeg())
        (folder / "derived").mkdir()
        assert derive_apart(path, FileKind.JPEG, folder / "derived").pieces
    else:
        path.write_bytes(stl_bytes(band(16.5, 1.7, 3.0).shape))
        assert measuring.job_run("survey", path=str(path), kind="STL", piece="ring")["unit"] == "mm"


@pytest.mark.parametrize("task", ["derive", "survey"])
def test_one_limit_that_is_refused_keeps_the_others(
    task: str, told: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import resource

    on(MAC.format(told=str(told)), tmp_path, monkeypatch)
    work(task, tmp_path)

    set_there = {int(line) for line in told.read_text().splitlines()}
    assert set_there == {resource.RLIMIT_CORE, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE}


@pytest.mark.parametrize("task", ["derive", "survey"])
def test_a_system_without_limits_works(
    task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(WINDOWS, tmp_path, monkeypatch)
    work(task, tmp_path)


def test_a_mesh_that_takes_too_much_memory_ends_its_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "MEGABYTES", 40)
    with pytest.raises((measuring.Interrupted, measuring.Refused)):  # as far as it came
        work("survey", tmp_path)
