"""A real Celery worker with its beat does what the demo's thread does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from saleor_bespoke.project.models import Delivery
from saleor_bespoke.shop.embedded.models import Mail
from saleor_bespoke.tasks import SCHEDULE
from tests.fixtures import make_project

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_SECONDS = 90


@contextmanager
def running(data_dir: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker with its beat on this test's database, stopped by its number."""
    there = urlsplit(os.environ["DATABASE_URL"])
    environment = os.environ | {
        "DATABASE_URL": urlunsplit(there._replace(path=f"/{connection.settings_dict['NAME']}")),
        "BESPOKE_DATA_DIR": str(data_dir),
    }
    environment.pop("CELERY_BROKER_URL", None)
    command = [sys.executable, "-m", "celery", "--app", "saleor_bespoke.plugins.embedded.worker"]
    command += ["worker", "--beat", "--pool", "solo", "--loglevel", "INFO"]
    with (
        log.open("wb") as out,
        subprocess.Popen(command, env=environment, stdout=out, stderr=out) as process,
    ):
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()


def test_a_worker_and_its_beat_send_what_is_owed(tmp_path: Path) -> None:
    project, _ = make_project()
    owed = Delivery.objects.filter(event__project=project, handler="letter_send", done_at=None)
    assert owed.count() == 1
    log = tmp_path / "worker.log"

    with running(tmp_path, log) as process:
        end = time.monotonic() + PATIENCE_SECONDS
        while owed.exists() and process.poll() is None and time.monotonic() < end:
            time.sleep(0.2)

    said = log.read_text()
    assert not owed.exists(), said
    assert Mail.objects.filter(to=project.contact_email).count() == 1
    assert process.returncode == 0, said
    for name in SCHEDULE:
        assert f". {name}" in said
    assert "beat: Starting" in said
