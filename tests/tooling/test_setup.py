"""The set-up answers an unsuitable machine with one clear sentence."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.tooling.facts import ROOT


@pytest.fixture
def old_python(tmp_path: Path) -> Path:
    """A Python that fails the set-up's question for 3.11, as an old one does."""
    program = tmp_path / "python3"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    return program


def refusal(*python: str, path: str = "/usr/bin:/bin") -> str:
    done = subprocess.run(
        ["/bin/sh", str(ROOT / "tools" / "setup.sh"), *python],
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    return done.stderr


def test_a_named_python_that_is_too_old(old_python: Path) -> None:
    assert refusal(str(old_python)) == (
        f"Python 3.11 or newer is needed, and {old_python} is not: "
        "name one with PYTHON=/path/to/python3.\n"
    )


def test_a_named_python_that_does_not_exist() -> None:
    assert "/nowhere/python3 is not" in refusal("/nowhere/python3")


def test_no_python_that_is_new_enough(tmp_path: Path, old_python: Path) -> None:
    assert old_python.parent == tmp_path
    (tmp_path / "dirname").symlink_to("/usr/bin/dirname")
    said = refusal(path=str(tmp_path))
    assert said.startswith("Python 3.11 or newer is needed and none was found")
    assert said.count("\n") == 1
