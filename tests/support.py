"""What tests share: a digest of everything stored, and races with real connections.

Nothing here imports a model at the top: a spawned process imports this module before Django is up.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any
from urllib.parse import quote

APPS = ("saleor_bespoke", "bespoke_embedded")
#: Refused uploads are meant to be counted.
COUNTS = ("saleor_bespoke_uploadcount",)
SECONDS_TO_MEET = 60
#: How many rows this transaction has written to each of some tables, or tried to.
WRITTEN = """
    SELECT array_agg(pg_stat_get_xact_tuples_inserted(id) + pg_stat_get_xact_tuples_updated(id)
        + pg_stat_get_xact_tuples_deleted(id) ORDER BY place)
    FROM unnest(%s::oid[]) WITH ORDINALITY AS relation(id, place)
"""


def snapshot() -> dict[str, str]:
    """A digest of all rows of each table of the product and of the embedded shop."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_prepared_statements WHERE name = 'bespoke_snapshot'")
        if cursor.fetchone() is None:  # planning it takes longer than to execute it
            cursor.execute(f"PREPARE bespoke_snapshot AS {_digests(tables())}")
        cursor.execute("EXECUTE bespoke_snapshot")
        return dict(cursor.fetchall())


def tables() -> list[str]:
    """The tables of the product and of the embedded shop."""
    from django.apps import apps

    return sorted(
        model._meta.db_table
        for label in APPS
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    )


def _digests(names: Iterable[str]) -> str:
    return " UNION ALL ".join(
        f"SELECT '{table}', count(*) || ':' || "
        f"coalesce(md5(string_agg(row::text, '|' ORDER BY row::text)), '') "
        f'FROM "{table}" AS row'
        for table in names
    )


class Picture:
    """The snapshot of one transaction, kept up: only tables that were written to are read again.

    PostgreSQL counts what a transaction writes to each table, and what it tried to write and took
    back as well: where the count stands still, all rows stand as they were. Not to be asked inside
    a block that may be taken back, which the count does not show.
    """

    def __init__(self) -> None:
        from django.db import connection

        self._tables, self._counts = tables(), list[int]()
        self._digests: dict[str, str] = {}
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::text[]::regclass[]::oid[]", [self._tables])
            self._oids = cursor.fetchone()[0]

    def now(self) -> dict[str, str]:
        """The digests of all tables; the same dict as before if nothing was written."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(WRITTEN, [self._oids])
            counts = cursor.fetchone()[0]
            if counts == self._counts:
                return self._digests
            before = self._counts or [None] * len(counts)
            stale = [
                table
                for table, count, old in zip(self._tables, counts, before, strict=True)
                if count != old
            ]
            cursor.execute(_digests(stale))
            self._digests = self._digests | dict(cursor.fetchall())
        self._counts = counts
        return self._digests


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """The tables whose rows differ between two snapshots, but for what counts refusals."""
    differ = (table for table in after if after[table] != before.get(table))
    return sorted(table for table in differ if table not in COUNTS)


@contextmanager
def nothing_changes() -> Iterator[None]:
    """Fail if any stored row differs after the block, however the block ends."""
    before = snapshot()
    try:
        yield
    finally:
        after = snapshot()
    assert changed(before, after) == []


@contextmanager
def refuses(code: str, *, field: str | None = None) -> Iterator[Any]:
    """Expect a refusal with this code (and field, if named) that changes nothing stored."""
    import pytest

    from saleor_bespoke.errors import BespokeError

    with nothing_changes(), pytest.raises(BespokeError) as caught:
        yield caught
    assert str(caught.value.code) == code, caught.value.message
    if field is not None:
        assert caught.value.field == field


# races ------------------------------------------------------------------------------------------


def race(*actions: Callable[[], Any]) -> list[Any]:
    """Run the actions at the same moment, each in a thread with its own database connection.

    Answers in order what each returned, or the exception it raised. The test needs
    `django_db(transaction=True)`, otherwise the threads do not see its rows.
    """
    from django.db import connections

    barrier = threading.Barrier(len(actions))
    results: list[Any] = [None] * len(actions)

    def runner(index: int, action: Callable[[], Any]) -> None:
        try:
            barrier.wait(SECONDS_TO_MEET)
            results[index] = action()
        except Exception as error:
            results[index] = error
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=runner, args=entry, daemon=True) for entry in enumerate(actions)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS_TO_MEET * 2)
        assert not thread.is_alive(), "A racer hangs: a deadlock or a lock never released."
    return results


def wait_until_blocking() -> None:
    """Wait until another connection waits for a lock that this one's open transaction holds."""
    from django.db import connection

    end = time.monotonic() + SECONDS_TO_MEET
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM pg_locks"
                " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone():
                return
        time.sleep(0.01)
    raise AssertionError("Nobody waits for this transaction.")


def race_processes(
    target: Callable[..., Any], arguments: Sequence[dict[str, Any]]
) -> list[tuple[str, str]]:
    """Run a module-level function at the same moment in one new process for each set of arguments.

    Every process has its own interpreter and connection. Answers in order `("ok", str(result))` or
    `(error code or exception's name, message)`.
    """
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(len(arguments))
    answers = context.Queue()
    name = f"{target.__module__}:{target.__qualname__}"
    processes = [
        context.Process(
            target=_racer,
            args=(database_url(), _settings(), name, barrier, answers, index, values),
            daemon=True,
        )
        for index, values in enumerate(arguments)
    ]
    for process in processes:
        process.start()
    found = dict(answers.get(timeout=SECONDS_TO_MEET * 2) for _ in processes)
    for process in processes:
        process.join(SECONDS_TO_MEET)
    return [found[index] for index in range(len(arguments))]


def database_url() -> str:
    """The URL of the database this test uses, for a process of its own."""
    from django.db import connection

    values = connection.settings_dict
    user, word = quote(values["USER"] or ""), quote(values["PASSWORD"] or "")
    account = f"{user}:{word}@" if word else f"{user}@" if user else ""
    port = f":{values['PORT']}" if values["PORT"] else ""
    host = quote(values["HOST"] or "", safe="")
    return f"postgresql://{account}{host}{port}/{quote(str(values['NAME']))}"


def _settings() -> str:
    # Not `settings.SETTINGS_MODULE`, which is None while a test overrides a setting.
    return os.environ["DJANGO_SETTINGS_MODULE"]


def _racer(
    url: str, settings: str, name: str, barrier: Any, answers: Any, index: int, values: Any
) -> None:
    os.environ.update(DATABASE_URL=url, DJANGO_SETTINGS_MODULE=settings)
    try:
        import django

        django.setup()
        module, _, attribute = name.partition(":")
        target = getattr(import_module(module), attribute)
        from django.db import connection

        connection.ensure_connection()
        barrier.wait(SECONDS_TO_MEET)
        answer = ("ok", str(target(**values)))
    except Exception as error:
        code = str(getattr(error, "code", type(error).__name__))
        answer = (code, str(error))
    answers.put((index, answer))
