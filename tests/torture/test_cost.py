"""The cost's scenario, small: its numbers of statements; times are for an idle machine."""

from __future__ import annotations

from tests.torture import cost
from tests.torture.bench import Bench


def test_statements_are_counted_and_locks_are_timed(bench: Bench) -> None:
    statements, paid, *timed = cost.run(bench, scale=0.01, seed=1)

    assert statements.ok, statements.measured
    assert paid.ok, paid.measured
    assert [row.figure for row in timed] == [
        "rows that others wait for locked (materials, week)",
        "beside PostgreSQL's floor",
    ]
