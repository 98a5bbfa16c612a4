"""The quick version: a few commissions raced until they end, and the control."""

from __future__ import annotations

from tests.torture import races
from tests.torture.bench import Bench


def test_a_few_races_leave_three_equal_books(bench: Bench) -> None:
    rows = races.run(bench, scale=0.004, seed=20)

    assert [row for row in rows if not row.ok] == []


def test_without_constraint_and_locks_too_much_is_owed_back(bench: Bench) -> None:
    row = races.control(bench, scale=0.004, seed=20)

    assert row.ok, row.measured
