"""The shop's processes on their wires, with commissions that wait to be paid."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from tests.torture import kill_shop, wire
from tests.torture.bench import Bench, Place
from tests.torture.kill_buyers import Stream
from tests.torture.kill_shop import SLOTS
from tests.torture.kill_victims import Victim
from tests.torture.shop import CHANNEL, Buyer, Shop


@dataclass(frozen=True)
class Pace:
    """How long browsers come before the sweeps, and how often those run at least, in seconds."""

    grace: int
    interval: float


PRODUCTION = Pace(20, math.inf)
HURRIED = Pace(1, 0.5)


@dataclass
class Scene:
    """The shop's processes on their wires, and the commissions that wait to be paid."""

    bench: Bench
    place: Place
    shop: Shop
    stream: Stream
    web: Victim
    worker: Victim | None
    letters_before: int

    @property
    def charged(self) -> list[Buyer]:
        """Whose card was charged so far."""
        paid = self.stream.charged
        buyers = (order.buyer for order in self.stream.orders)
        return [buyer for buyer in buyers if buyer.project_pk in paid]


@contextmanager
def opened(
    bench: Bench,
    wanted: Sequence[str],
    *,
    worker: bool = True,
    ladder: dict[str, str] | None = None,
    database: str = "",
    pace: Pace = PRODUCTION,
) -> Iterator[Scene]:
    """A shop with these commissions, its web process and its worker on wires of their own.

    Without a `database` of the caller's it has one of its own, until the end.
    """
    own = "" if database else bench.database()
    database, provider = database or own, bench.provider()
    policy: dict[str, Any] = {"slots_per_week": SLOTS}
    if ladder:
        policy["refund_ladder"] = {stage: Decimal(share) for stage, share in ladder.items()}
    settings = {"CHANNELS": {CHANNEL: policy}, "WEBHOOK_GRACE_SECONDS": pace.grace}
    place = bench.place(database, provider=provider.url, bespoke=settings)
    loom = wire.Loom()
    letters_before = len(bench.smtp.letters)
    victims: list[Victim] = []
    try:
        orders = kill_shop.furnished(bench, place, list(wanted))
        first = bench.web(place)
        port = int(first.url.rsplit(":", 1)[1])
        first.child.kill()
        web = Victim(bench, loom, place, lambda at: bench.web(at, port=port).child)
        victims.append(web)
        web.wires["door"] = loom.wire("door", ("127.0.0.1", port))
        if worker:
            begin = partial(bench.worker, interval_max=pace.interval)
            victims.append(Victim(bench, loom, place, begin))
        address = f"http://127.0.0.1:{web.wires['door'].port}"
        provider.webhook_to(address)
        shop = Shop([f"{address}/graphql/"], provider, database)
        sweeper = victims[1] if worker else None
        yield Scene(bench, place, shop, Stream(shop, orders), web, sweeper, letters_before)
    finally:
        provider.webhook_to(None)
        for victim in victims:
            victim.stop()
        loom.close()
        provider.stop()
        if own:
            bench.drop(own)
