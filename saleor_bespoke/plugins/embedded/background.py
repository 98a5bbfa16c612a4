"""The tasks of Celery's schedule, run by a thread of the demo instead of a worker and a beat."""

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


class Background:
    """Runs every scheduled task at its interval until stopped; a failing task is tried again."""

    def __init__(self) -> None:
        self._stop = Event()
        self._thread = Thread(target=self._run, name="background", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the task that runs now."""
        self._stop.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        due = dict.fromkeys(tasks.SCHEDULE, 0.0)
        while not self._stop.wait(TICK_SECONDS):
            for name, seconds in tasks.SCHEDULE.items():
                if monotonic() >= due[name]:
                    self._once(name)
                    due[name] = monotonic() + min(seconds, INTERVAL_MAX)
        connection.close()

    @staticmethod
    def _once(name: str) -> None:
        close_old_connections()
        try:
            current_app.tasks[name].run()
        except Exception:  # as a worker would: logged, and tried again at the next interval
            logger.exception("Task %s failed", name)
