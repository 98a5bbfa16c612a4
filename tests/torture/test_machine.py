"""A few walks, repeated by their seed."""

from __future__ import annotations

from tests.torture import machine
from tests.torture.bench import Bench


def test_some_walks_stay_sound(bench: Bench) -> None:
    (row,) = machine.run(bench, scale=0.001, seed=1)

    assert row.ok, row.measured
