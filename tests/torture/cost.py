"""What a settlement costs: statements of our own, and how long it keeps rows locked.

Pay → lock → start, from the guard before the host makes its order to the commit that starts work,
beside the least PostgreSQL needs for one row lock, one update and five inserts.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

from tests.torture.bench import Bench
from tests.torture.table import Row

NAME = "cost"
SETTLEMENTS = 300
COUNTED = 8
STATEMENTS_MAX = 60
LOCKED_MS_MAX = 10.0
#: So few that a run fills many weeks: looking for a place must not cost more for it.
PLACES_A_WEEK = 10
#: Every settlement waits for this long with all its rows locked: the stopwatch must see it.
SLOW_BOOKING = """
    CREATE FUNCTION torture_slow() RETURNS trigger AS
        $$ BEGIN PERFORM pg_sleep(0.03); RETURN NULL; END $$ LANGUAGE plpgsql;
    CREATE TRIGGER torture_slow AFTER INSERT ON saleor_bespoke_slotbooking
        FOR EACH ROW EXECUTE FUNCTION torture_slow();
"""


@dataclass
class Figures:
    """What was counted and timed, all times in milliseconds."""

    checkout_completing: list[int] = field(default_factory=list)
    order_paid: list[int] = field(default_factory=list)
    host: list[int] = field(default_factory=list)
    project: list[float] = field(default_factory=list)
    contended: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    floor_locked: list[float] = field(default_factory=list)
    floor_whole: list[float] = field(default_factory=list)
    durable: str = ""


def run(bench: Bench, *, scale: float, seed: int) -> list[Row]:
    """Count and time settlements, and the floor between them."""
    since = time.monotonic()
    found = _measured(bench, scale)

    def row(figure: str, wanted: str, measured: str, ok: bool) -> Row:
        return bench.row(NAME, seed, figure, wanted=wanted, measured=measured, ok=ok, since=since)

    both = list(map(sum, zip(found.checkout_completing, found.order_paid, strict=True)))
    host = f"the host's {_range(_pairs(found.host))} beside them"
    most = f"<= {STATEMENTS_MAX}"
    limit = f"p95 <= {LOCKED_MS_MAX:g} ms"
    return [
        row("statements from guard to start", most, f"{_range(both)}, {host}",
            max(both) <= STATEMENTS_MAX),
        row("statements from paid to start", f"{most}, always as many", _range(found.order_paid),
            max(found.order_paid) <= STATEMENTS_MAX and len(set(found.order_paid)) == 1),
        row("rows that others wait for locked (materials, week)", limit, _times(found.contended),
            _p95(found.contended) <= LOCKED_MS_MAX),
        row("beside PostgreSQL's floor", "reported",
            f"the commission's own row {_times(found.project)} locked, "
            f"{_ratio(found.project, found.floor_locked)}; "
            f"whole {_ratio(found.whole, found.floor_whole)} of {_times(found.floor_whole)}; "
            f"{found.durable}", True),
    ]  # fmt: skip


def control(bench: Bench, *, scale: float, seed: int) -> Row:
    """With 30 ms slept at the place's booking the stopwatch shows more than is allowed."""
    since = time.monotonic()
    found = _measured(bench, scale / 10, SLOW_BOOKING)
    shown = _p95(found.contended) > LOCKED_MS_MAX
    return bench.row(
        NAME, seed, "control: rows that others wait for locked, a sleep inside",
        wanted=f"p95 > {LOCKED_MS_MAX:g} ms", measured=_times(found.contended), ok=shown,
        since=since,
    )  # fmt: skip


def _measured(bench: Bench, scale: float, *statements: str) -> Figures:
    database = bench.database()
    bench.execute(database, *statements)
    provider = bench.provider()
    channels = {"CHANNELS": {"us": {"slots_per_week": PLACES_A_WEEK}}}
    place = bench.place(database, provider=provider.url, bespoke=channels)
    try:
        found = bench.call(place, settle_many, max(6, round(SETTLEMENTS * scale)), provider.url)
    finally:
        provider.stop()
    bench.drop(database)
    return Figures(**found)


# in a process of the shop -------------------------------------------------------------------------


def settle_many(number: int, provider_url: str) -> dict[str, Any]:
    """Settle so many commissions one after the other; what it cost as a plain dict."""
    from saleor_bespoke import clock

    clock.use_offset(timedelta)  # a shop that sells has no clock to be read from a table
    figures = Figures(durable=_durability())
    payments = Payments(provider_url)
    payments.ready()
    payments.settle(Figures(), counting=True)  # the first one loads what is loaded once
    floor = Floor()
    for at in range(number + COUNTED):
        payments.settle(figures, counting=at < COUNTED // 2 or at >= number + COUNTED // 2)
        locked, whole = floor.once()
        figures.floor_locked.append(locked)
        figures.floor_whole.append(whole)
    return asdict(figures)


class Payments:
    """Commissions with a stone of their own and gold from one stock, each charged in full."""

    def __init__(self, provider_url: str) -> None:
        self.provider_url = provider_url
        self._numbers = count(1)

    def ready(self) -> None:
        """The people and the one stock of gold."""
        from tests.fixtures import make_customer, make_metal, make_staff

        self.staff, self.customer = make_staff("cost@example.com"), make_customer("c@example.com")
        self.gold = make_metal(self.staff, "GOLD-OF-ALL", on_hand=Decimal(900_000))

    def charged(self) -> str:
        """A checkout that is paid at the provider and not yet an order."""
        from tests.fixtures import accept_quote, make_quoted, make_stone
        from tests.hosts import host
        from tests.paying import confirm

        stone = make_stone(self.staff, f"STONE-{next(self._numbers)}")
        project = make_quoted(self.customer, self.staff, stone=stone, gold=self.gold)
        checkout_id = str(accept_quote(project, self.customer).attempt.checkout_id)
        _fill_in(checkout_id)
        begun, _, _ = host().begin(checkout_id, amount=None, key=None)
        confirm(self, begun.psp_reference)  # type: ignore[arg-type]
        host().go_on(begun)
        return checkout_id

    @property
    def url(self) -> str:
        """Where the customer's browser finds the provider."""
        return self.provider_url

    publishable_key = "pk_test_embedded"

    def settle(self, figures: Figures, *, counting: bool) -> None:
        """Let the host make the order of a charged checkout, and watch what its words cost."""
        from tests.hosts import host
        from tests.torture.statements import at_the_doors

        checkout_id = self.charged()
        watch = _counting if counting else _timing
        with at_the_doors(lambda name: watch(figures, name)):
            host().complete(checkout_id)


def _fill_in(checkout_id: str) -> None:
    from saleor_bespoke.shop.embedded import checkouts, prices
    from tests.paying import ADDRESSES

    address = {"firstName": "A", "lastName": "B", "country": "US", **ADDRESSES["US"]}
    checkouts.billing_address_update(checkouts.checkout_find(checkout_id), address)
    checkouts.shipping_address_update(checkouts.checkout_find(checkout_id), address)
    checkout = checkouts.checkout_find(checkout_id)
    checkouts.delivery_method_update(checkout, next(iter(prices.methods_for(checkout))).pk)


@contextmanager
def _counting(figures: Figures, name: str) -> Iterator[None]:
    from tests.torture.statements import counted

    with counted() as count:
        yield
    getattr(figures, name).append(len(count.own))
    figures.host.append(len(count.host))


@contextmanager
def _timing(figures: Figures, name: str) -> Iterator[None]:
    from tests.torture.statements import locks_timed

    begun = time.perf_counter()
    with locks_timed() as locked:
        yield
    if name == "order_paid":
        figures.whole.append((time.perf_counter() - begun) * 1000)
        figures.project.append(max(locked.project))
        figures.contended.append(max(locked.contended))


class Floor:
    """One row lock, one update and five inserts in a transaction, by the driver alone."""

    LOCK = "SELECT id, chain_length FROM torture_floor WHERE id = %s FOR UPDATE"
    UPDATE = "UPDATE torture_floor SET chain_length = chain_length + 1, stage = %s WHERE id = %s"
    INSERT = """INSERT INTO torture_floor_event (id, floor_id, sequence, kind, payload, at)
        VALUES (%s, %s, %s, 'Something', '{"a": 1}', now())"""

    def __init__(self) -> None:
        from django.db import connection

        connection.ensure_connection()
        self._connection = connection.connection
        self._cursor = self._connection.cursor()
        self._cursor.execute("""
            CREATE TABLE torture_floor (id uuid PRIMARY KEY, chain_length int, stage text);
            CREATE TABLE torture_floor_event (id uuid PRIMARY KEY,
                floor_id uuid REFERENCES torture_floor, sequence int, kind text, payload jsonb,
                at timestamptz, UNIQUE (floor_id, sequence));
        """)

    def once(self) -> tuple[float, float]:
        """Milliseconds for which the row was locked, and for the whole."""
        key = uuid4()
        self._cursor.execute("INSERT INTO torture_floor VALUES (%s, 0, 'A')", (key,))
        begun = time.perf_counter()
        with self._connection.transaction():
            self._cursor.execute(self.LOCK, (key,))
            locked = time.perf_counter()
            self._cursor.execute(self.UPDATE, ("B", key))
            for sequence in range(5):
                self._cursor.execute(self.INSERT, (uuid4(), key, sequence))
        ended = time.perf_counter()
        return (ended - locked) * 1000, (ended - begun) * 1000


def _durability() -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('fsync'), current_setting('synchronous_commit')")
        fsync, commit = cursor.fetchone()
    return f"fsync {fsync}, synchronous_commit {commit}"


# in words -----------------------------------------------------------------------------------------


def _pairs(numbers: list[int]) -> list[int]:
    """Two doors to each settlement."""
    return [first + second for first, second in zip(numbers[::2], numbers[1::2], strict=True)]


def _range(numbers: list[int]) -> str:
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low}–{high}"


def _p95(times: list[float]) -> float:
    from tests.torture.statements import p95

    return p95(times)


def _times(times: list[float]) -> str:
    from tests.torture.statements import middle

    return f"p50 {middle(times):.1f}, p95 {_p95(times):.1f} ms (of {len(times)})"


def _ratio(ours: list[float], floor: list[float]) -> str:
    from tests.torture.statements import middle

    return f"{middle(ours) / middle(floor):.1f} x (p95 {_p95(ours) / _p95(floor):.1f} x)"
