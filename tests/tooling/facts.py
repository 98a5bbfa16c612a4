"""Where the collected facts about Saleor's branches lie, and what their absence means."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def saleor_facts(part: str) -> Path:
    """The folder `pins` or `schema`; without it a test skips, or fails where CI requires it."""
    folder = Path(os.environ.get("BESPOKE_SALEOR_FACTS", ROOT.parent / "shared" / "saleor")) / part
    if not folder.is_dir():
        if os.environ.get("BESPOKE_REQUIRE_SALEOR_FACTS"):
            pytest.fail(f"{folder} is missing, and this run requires it.")
        pytest.skip(f"{folder} is missing: name its parent with BESPOKE_SALEOR_FACTS.")
    return folder
