"""The tasks of Celery's schedule, run by threads of the demo instead of a worker and a beat."""

from __future__ import annotations

import logging
from threading import Event, Thread
from time import monotonic

from celery import current_app
from django.db import close_old_connections, connection

from saleor_bespoke import tasks

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.2
#: A person watches: nothing waits longer than this, whatever the production schedule says.
INTERVAL_MAX = 2.0
#: These wait for others' servers or for decoders, so each has a thread of its own.
APART = (
    "saleor_bespoke.deliveries",
    "saleor_bespoke.webhooks",
    "saleor_bespoke.derivatives",
    "saleor_bespoke.cad_reports",
)


class Background:
    """Runs every scheduled task at its interval until stopped; a failing task is tried again."""

    def __init__(self, *, interval_max: float = INTERVAL_MAX) -> None:
        self._interval_max = interval_max
        self._stop = Event()
        others = [name for name in tasks.SCHEDULE if name not in APART]
        self._threads = [
            Thread(target=self._run, args=(names,), name="background", daemon=True)
            for names in (others, *([name] for name in APART))
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after the tasks that run now."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=30)

    def _run(self, names: list[str]) -> None:
        due = dict.fromkeys(names, 0.0)
        while not self._stop.wait(TICK_SECONDS):
            for name in names:
                if monotonic() >= due[name]:
                    self._once(name)
                    due[name] = monotonic() + min(tasks.SCHEDULE[name], self._interval_max)
        connection.close()

    @staticmethod
    def _once(name: str) -> None:
        close_old_connections()
        try:
            current_app.tasks[name].run()
        except Exception:  # as a worker would: logged, and tried again at the next interval
            logger.exception("Task %s failed", name)
