"""The journey's chapters in the order of the customer's way."""

from __future__ import annotations

from typing import Any

from tests.journey.chapters import (
    aftercare,
    cad,
    collection,
    desk,
    expiry,
    intake,
    leaving,
    papers,
    payment,
    production,
    quality,
    quoting,
    shipping,
)
from tests.journey.commission import Commission
from tests.journey.world import World, money_of


def play(world: World) -> dict[str, Any]:
    """Walk one ring from its brief to its resize, then tell how others went."""
    ring = intake.play(world)
    quoting.play(ring)
    papers.sign(ring)
    for chapter in (payment, cad, production, quality, shipping, papers, aftercare):
        chapter.play(ring)
    for side in (leaving, expiry, collection):
        side.play(world)
    desk.play(ring)
    return summary(ring)


def summary(ring: Commission) -> dict[str, Any]:
    """What became of the ring, as it is read at the end."""
    found = ring.desk("bespokeProject")
    return {
        "project": found["number"],
        "stage": found["stage"],
        "charged": money_of(ring.read("projectMoney")["payables"], "charged"),
        "events": len(found["timeline"]),
    }
