"""The quick version: each story once, and what the scenario sees where nothing is remembered."""

from __future__ import annotations

import pytest

from tests.torture import events
from tests.torture.bench import Bench
from tests.torture.events import Heard, Scene
from tests.torture.stories import STORIES


@pytest.fixture(scope="module")
def scene(bench: Bench) -> Scene:
    """One commission of each story."""
    return events.furnished(bench, 1)


def test_reports_in_any_order_and_number_have_one_end(bench: Bench, scene: Scene) -> None:
    heard = Heard()
    for seed in (20, 21):
        events.tell_all(bench, scene, heard, seed)

    assert set(heard.ends) == set(STORIES)
    assert heard.differing == {}
    assert heard.permutations == 2 * len(STORIES)
    assert (dict(heard.refused), heard.owed, heard.violations, heard.deadlocks) == ({}, [], [], 0)


def test_without_memory_the_ends_differ(bench: Bench, scene: Scene) -> None:
    heard = Heard()
    for seed in (20, 21):
        events.tell_all(bench, scene, heard, seed, unguarded=True, only=len(STORIES))

    assert heard.differing
