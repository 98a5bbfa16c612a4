"""Twenty acceptances at once of overlapping materials: all or nothing; deadlocks out of order."""

from __future__ import annotations

from tests.torture import acceptances
from tests.torture.bench import Bench


def test_each_acceptance_gets_all_its_materials_or_none(bench: Bench) -> None:
    rows = acceptances.run(bench, scale=0.04, seed=7)

    assert [row for row in rows if not row.ok] == []


def test_the_control_deadlocks(bench: Bench) -> None:
    assert acceptances.control(bench, scale=0.04, seed=7).ok
