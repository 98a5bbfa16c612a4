"""Copies of customers' files on a machine: gone with their use, or soon after their process."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest
import time_machine

from saleor_bespoke.media.scratch import scratch_folder, scratch_sweep


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def left_behind(place: Path, hours: float) -> Path:
    """What a process that was killed so long ago leaves."""
    folder = Path(tempfile.mkdtemp(prefix="bespoke-copy-"))
    (folder / "file").write_bytes(b"a face")
    os.utime(folder, (time.time() - hours * 3600,) * 2)
    return folder


def test_a_folder_is_private_and_goes_with_its_use(place: Path) -> None:
    with scratch_folder() as folder:
        (folder / "file").write_bytes(b"a face")
        assert folder.stat().st_mode & 0o077 == 0
    assert list(place.iterdir()) == []


def test_the_next_folder_removes_what_the_dead_left(place: Path) -> None:
    old, young, other = left_behind(place, 1.1), left_behind(place, 0.9), place / "bespoke-pg-1"
    other.mkdir()
    os.utime(other, (0, 0))
    with scratch_folder():
        assert not old.exists()
        assert (young / "file").exists()
        assert other.exists()


def test_a_clock_that_is_put_forward_abandons_nothing(place: Path) -> None:
    with scratch_folder() as folder:
        with time_machine.travel(time.time() + 86_400):
            scratch_sweep()
        assert folder.exists()


def test_a_link_is_not_followed(place: Path) -> None:
    outside = place / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    link = place / "bespoke-copy-link"
    link.symlink_to(outside)
    os.utime(link, (0, 0), follow_symlinks=False)
    scratch_sweep()
    assert (outside / "kept").exists()
