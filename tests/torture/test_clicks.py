"""Ten clicks on every button: one order, one charge, one start; two charges without the guards."""

from __future__ import annotations

from tests.torture import clicks
from tests.torture.bench import Bench


def test_ten_clicks_have_the_effect_of_one(bench: Bench) -> None:
    rows = clicks.run(bench, scale=0.2, seed=7)

    assert [row for row in rows if not row.ok] == []


def test_the_control_charges_twice(bench: Bench) -> None:
    assert clicks.control(bench, scale=0.2, seed=7).ok
