"""What `make torture` measured, a row a figure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

COLUMNS = ("scenario", "host", "seed", "figure", "wanted", "measured", "ok", "seconds")


@dataclass(frozen=True)
class Row:
    """One figure: what was wanted and measured, on which host, and the seed that repeats it."""

    scenario: str
    host: str
    seed: int
    figure: str
    wanted: str
    measured: str
    ok: bool
    seconds: float


def text(rows: Iterable[Row]) -> str:
    """The rows as a table for a terminal."""
    cells = [[_cell(getattr(row, name)) for name in COLUMNS] for row in rows]
    table = [list(COLUMNS), *cells]
    widths = [max(len(line[column]) for line in table) for column in range(len(COLUMNS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
             for line in table]  # fmt: skip
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(line.rstrip() for line in lines)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "ok" if value else "FAILED"
    if isinstance(value, float):
        return f"{value:.1f}"
    return " ".join(str(value).split())


def write(rows: Iterable[Row], path: Path) -> None:
    """The rows as JSON."""
    path.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")
