"""The journey's chapters in the order of the customer's way."""

from __future__ import annotations

from typing import Any

from tests.journey.chapters import (
    aftercare,
    cad,
    intake,
    payment,
    production,
    quality,
    quoting,
    shipping,
)
from tests.journey.world import World, money_of


def play(world: World) -> dict[str, Any]:
    """Walk one ring from its brief to its resize, then tell how others went."""
    ring = intake.play(world)
    quoting.play(ring)
    payment.play(ring)
    cad.play(ring)
    production.play(ring)
    quality.play(ring)
    shipping.play(ring)
    aftercare.play(ring)
    return summary(ring)


def summary(ring: Any) -> dict[str, Any]:
    """What became of the ring, as staff read it at the end."""
    found = ring.desk("bespokeProject")
    return {
        "project": found["number"],
        "stage": found["stage"],
        "charged": money_of(ring.read("projectMoney")["payables"], "charged"),
        "events": len(found["timeline"]),
    }
