"""Without the extra the room says which one it needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

ROOMS = ("loading", "measuring", "rings", "walls", "units")


@pytest.mark.parametrize("room", ROOMS)
def test_without_numpy_one_sentence_names_the_extra(room: str) -> None:
    script = f"import sys; sys.modules['numpy'] = None; import saleor_bespoke.shapes.{room}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1] == (
        "ImportError: Measuring and drawing shapes needs numpy: install saleor-bespoke[cad]."
    )
