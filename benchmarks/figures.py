"""One measured figure beside what is wanted of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_COLUMNS = ("topic", "figure", "wanted", "measured", "")


@dataclass(frozen=True)
class Figure:
    """What was measured, and whether that is what was wanted."""

    topic: str
    figure: str
    wanted: str
    measured: str
    ok: bool


def text(figures: Iterable[Figure]) -> str:
    """The figures as a table for a terminal."""
    lines = [
        _COLUMNS,
        *((row.topic, row.figure, row.wanted, row.measured, _verdict(row)) for row in figures),
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    ruled = [lines[0], tuple("-" * width for width in widths), *lines[1:]]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in ruled
    )


def verdict(figures: list[Figure]) -> str:
    """The last line: whether all was reached, or what was not."""
    missed = [row for row in figures if not row.ok]
    if not figures:
        return "Nothing was measured."
    if not missed:
        return f"All {len(figures)} figures reached."
    named = "; ".join(f"{row.topic}: {row.figure}" for row in missed)
    return f"{len(missed)} of {len(figures)} figures missed: {named}."


def _verdict(row: Figure) -> str:
    return "ok" if row.ok else "MISSED"
