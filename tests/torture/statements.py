"""What code asks of PostgreSQL: how many statements, ours or the host's, and how long rows wait.

The statements of a transaction itself (BEGIN, SAVEPOINT, RELEASE, COMMIT) count as ours.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from saleor_bespoke.flows.payment import checkout_completing
from saleor_bespoke.flows.settlement import order_paid
from saleor_bespoke.shop.port import answers

#: In the name of every table of the embedded shop.
HOST = "bespoke_embedded_"
PROJECT = "saleor_bespoke_bespokeproject"
#: What commissions compete for; whoever writes a claim locks the row that counts it.
CONTENDED = (
    "saleor_bespoke_material",
    "saleor_bespoke_holding",
    "saleor_bespoke_productionweek",
    "saleor_bespoke_slotbooking",
)


#: The host's two words of a payment: may I make the order, and it is paid.
DOORS: dict[str, Callable[..., Any]] = {
    "checkout_completing": checkout_completing,
    "order_paid": order_paid,
}
Watch = Callable[[str], AbstractContextManager[Any]]


@contextmanager
def at_the_doors(watch: Watch) -> Iterator[None]:
    """Watch everything that is done between the host's word and our answer, by the word's name."""
    for name, entry in DOORS.items():
        answers(name)(_watched(entry, name, watch))
    try:
        yield
    finally:
        for name, entry in DOORS.items():
            answers(name)(entry)


def _watched(entry: Callable[..., Any], name: str, watch: Watch) -> Callable[..., Any]:
    def answer(**values: Any) -> Any:
        with watch(name):
            return entry(**values)

    return answer


@dataclass
class Count:
    """The statements of one stretch of work."""

    own: list[str] = field(default_factory=list)
    host: list[str] = field(default_factory=list)


@contextmanager
def counted() -> Iterator[Count]:
    """Count what is asked inside; the count is filled when the block ends."""
    count = Count()
    with CaptureQueriesContext(connection) as captured:
        yield count
    for query in captured.captured_queries:
        (count.host if HOST in query["sql"] else count.own).append(query["sql"])


@dataclass
class Locked:
    """Milliseconds from the return of the statement that locked a row to that of its COMMIT."""

    project: list[float] = field(default_factory=list)
    contended: list[float] = field(default_factory=list)


class Stopwatch:
    """Times the locks of every transaction on this connection while it is installed."""

    def __init__(self) -> None:
        self.locked = Locked()
        self._since: dict[str, float] = {}

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        answer = execute(sql, params, many, context)
        for name in self._locks(sql):
            if name not in self._since:
                self._since[name] = time.perf_counter()
                transaction.on_commit(lambda name=name: self._released(name))
        return answer

    @staticmethod
    def _locks(sql: str) -> Iterator[str]:
        writes = sql.startswith(("INSERT", "UPDATE", "WITH"))
        if not writes and "FOR UPDATE" not in sql:
            return
        if PROJECT in sql:
            yield "project"
        if any(table in sql for table in CONTENDED):
            yield "contended"

    def _released(self, name: str) -> None:
        took = (time.perf_counter() - self._since.pop(name)) * 1000
        getattr(self.locked, name).append(took)


@contextmanager
def locks_timed() -> Iterator[Locked]:
    """Time how long rows stay locked by the transactions that commit inside."""
    stopwatch = Stopwatch()
    with connection.execute_wrapper(stopwatch):
        yield stopwatch.locked


def middle(times: Sequence[float]) -> float:
    """The median."""
    return median(times)


def p95(times: Sequence[float]) -> float:
    """What 95 of a hundred do not exceed."""
    return quantiles(times, n=100, method="inclusive")[94]
