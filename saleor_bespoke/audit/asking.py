"""One question for all rules: built once, asked in one statement, at one moment."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db import connection, transaction

from saleor_bespoke import clock
from saleor_bespoke.audit import (
    aftercare,
    design,
    files,
    ledger,
    lost,
    money,
    papers,
    promises,
    quantities,
    quotes,
    refunds,
    relations,
    stages,
)
from saleor_bespoke.audit.rule import P, Rule, Seal

ROOMS = (
    money, quantities, quotes, design, stages, aftercare, refunds, ledger, lost, files, promises,
    papers,
)  # fmt: skip
#: Every rule by its name.
RULES: dict[str, Rule] = {rule.name: rule for room in ROOMS for rule in room.RULES}
#: Every digest that is computed anew, by its name.
SEALS: dict[str, Seal] = {
    seal.name: seal for seal in (*quotes.SEALS, *design.SEALS, *stages.SEALS, *papers.SEALS)
}

#: How many rows one rule names; that there are more is said.
ROWS_MAX = 200
#: How many digests are read from the database at once.
CHUNK = 500
#: Before anything that waits for time: no patience has run out yet.
LONG_AGO = "-infinity"


@dataclass
class Violation:
    """A rule that does not hold, with the keys of the rows and the numbers of the commissions."""

    rule: str
    invariant: int
    rows: list[dict[str, Any]] = field(default_factory=list)
    projects: list[str] = field(default_factory=list)
    more: bool = False  # than the rows that are named

    def add(self, number: str | None, keys: dict[str, Any]) -> None:
        """Name one more row."""
        if number is not None and number not in self.projects:
            self.projects.append(number)
        if len(self.rows) == ROWS_MAX:
            self.more = True
        else:
            self.rows.append(({"project": number} if number else {}) | keys)


@contextmanager
def one_moment() -> Iterator[None]:
    """Read everything as it was at one moment, and write nothing.

    Inside a transaction of the caller's it is that transaction's moment.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def audit(*, project: str | None = None, now: datetime | None = None) -> list[Violation]:
    """Every rule and digest that does not hold now, of one commission by its number or of all.

    Two statements, whatever the shop's size; digests are read in chunks.
    """
    with one_moment():
        found = _rules_broken(now or clock.now(), project) | _seals_broken(project)
    return list(found.values())


def broken(*, now: datetime | None = None) -> dict[str, list[dict[str, Any]]]:
    """The rules that do not hold, with their rows, by a prepared statement: for many askings.

    Without `now`, what is given time never has had enough: a shop whose worker does not run is
    judged by what must hold at once. Digests are `seals_broken`.
    """
    with connection.cursor() as cursor:
        _prepare(cursor)
        cursor.execute(
            "EXECUTE bespoke_audit (%s, %s, %s)",
            [now or LONG_AGO, _seconds(clock.ahead()), relations.policies()],
        )
        found = _gathered(cursor.fetchall())
    return {name: violation.rows for name, violation in found.items()}


def seals_broken() -> dict[str, list[dict[str, Any]]]:
    """The digests that are not what they should be the digest of, with their rows."""
    return {name: violation.rows for name, violation in _seals_broken(None).items()}


# rules ------------------------------------------------------------------------------------------


@cache
def question() -> str:
    """All rules in one statement over `relations`, answering rule, number and keys of each row."""
    named = ",\n".join(f"{name} AS ({sql})" for name, sql in relations.relations().items())
    parts = "\nUNION ALL\n".join(
        f"(SELECT {place} AS rule, found.project, to_jsonb(found) - 'project' AS keys\n"
        f"FROM ({rule.sql}) AS found LIMIT {ROWS_MAX + 1})"
        for place, rule in enumerate(RULES.values())
    )
    return f"""WITH {named}
        SELECT broken.rule, c.number, broken.keys::text FROM ({parts}) AS broken
        LEFT JOIN {P}bespokeproject c ON c.id = broken.project"""


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds()} seconds"


def _asked(sql: str) -> str:
    """The statement with its parameters as the driver writes them."""
    for place, name in enumerate(("now", "ahead", "policies"), start=1):
        sql = sql.replace(f"${place}::", f"%({name})s::")
    return sql


def _rules_broken(now: datetime, project: str | None) -> dict[str, Violation]:
    sql = question().replace("%", "%%")
    if project is not None:
        sql = f"{sql} WHERE c.number = %(project)s"
    facts: dict[str, Any] = {
        "now": now,
        "ahead": _seconds(clock.ahead()),
        "policies": relations.policies(),
        "project": project,
    }
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(_asked(sql), facts)
        return _gathered(cursor.fetchall())


def _gathered(rows: Iterable[tuple[int, str | None, str]]) -> dict[str, Violation]:
    rules = list(RULES.values())
    found: dict[str, Violation] = {}
    for place, number, keys in rows:
        rule = rules[place]
        violation = found.setdefault(rule.name, Violation(rule.name, rule.invariant))
        violation.add(number, json.loads(keys))
    return found


def _prepare(cursor: Any) -> None:
    cursor.execute("SELECT 1 FROM pg_prepared_statements WHERE name = 'bespoke_audit'")
    if cursor.fetchone() is None:
        cursor.execute("SET plan_cache_mode = force_generic_plan")
        cursor.execute("SET jit = off")
        cursor.execute(f"PREPARE bespoke_audit (timestamptz, interval, jsonb) AS {question()}")


# digests ----------------------------------------------------------------------------------------


def _digest(content: str) -> str:
    """SHA-256 of the one canonical text of this JSON."""
    text = json.dumps(
        json.loads(content), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _seals_broken(project: str | None) -> dict[str, Violation]:
    seals = list(SEALS.values())
    parts = "\nUNION ALL\n".join(
        f"SELECT {place} AS seal, found.* FROM ({seal.sql}) AS found"
        for place, seal in enumerate(seals)
    )
    sql = f"""SELECT s.seal, c.number, s.key, s.stored, s.content::text FROM ({parts}) AS s
        JOIN {P}bespokeproject c ON c.id = s.project"""
    if project is not None:
        sql = f"{sql} WHERE c.number = %s"
    found: dict[str, Violation] = {}
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, [project] if project is not None else None)
        while rows := cursor.fetchmany(CHUNK):
            for place, number, key, stored, content in rows:
                if _digest(content) == stored:
                    continue
                seal = seals[place]
                violation = found.setdefault(seal.name, Violation(seal.name, seal.invariant))
                violation.add(number, {"key": key})
    return found
