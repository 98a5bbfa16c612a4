"""A worker killed at any moment of its work: finished later, once, with nothing left over."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from pytest_django import Settings

from saleor_bespoke.media.deriving.models import Derivation, Derivative
from saleor_bespoke.media.deriving.services import derivatives_make
from saleor_bespoke.tasks import orphans_remove
from tests.fixtures import make_project
from tests.media.deriving.test_services import store
from tests.media.test_services import kept
from tests.support import database_url

pytestmark = pytest.mark.django_db(transaction=True)

WORKER = """
import sys
import django
django.setup()
from django.conf import settings
settings.BESPOKE = settings.BESPOKE | {"FILES_DIR": sys.argv[1]}
from saleor_bespoke.media.deriving.services import derivatives_make
print("ready", flush=True)
sys.stdin.readline()
derivatives_make()
"""

#: Seconds after the start at which a worker is killed: before, while and after it stores pieces.
MOMENTS = 7
LONGEST = 1.6


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.BESPOKE = settings.BESPOKE | {"FILES_DIR": str(tmp_path / "private")}
    return tmp_path / "private"


def worker(folder: Path) -> subprocess.Popen[str]:
    """A process that works on this test's database, once it is told to begin."""
    environment = os.environ | {"DATABASE_URL": database_url(), "TMPDIR": str(folder.parent)}
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(folder)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def killed(folder: Path, seconds: float) -> None:
    """Begin, and die like a machine without power after so many seconds."""
    process = worker(folder)
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def age(path: Path) -> None:
    """Make a file or folder a day older."""
    os.utime(path, (time.time() - 90_000,) * 2)


def test_a_killed_worker_leaves_its_file_to_the_next(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, _ = make_project()
    file = store(project)
    draw = random.Random(20260601)
    moments = sorted(draw.uniform(0, LONGEST) for _ in range(MOMENTS))
    caught = 0
    for seconds in moments:
        # given a worker that is killed at some moment, on a file that is derived anew
        Derivative.objects.all().delete()
        Derivation.objects.update(state="PENDING", attempts=0, derived_at=None)
        killed(folder, seconds)
        row = Derivation.objects.get(file=file)
        caught += row.state == "PENDING" and row.attempts == 1
        # when the next one comes, at once: the lease of a dead session is no lease
        end = time.monotonic() + 30
        while Derivation.objects.get(file=file).state != "READY" and time.monotonic() < end:
            derivatives_make()
        # then all of it is there, once
        row = Derivation.objects.get(file=file)
        assert (row.state, row.leased_by) == ("READY", None)
        assert row.attempts <= 2
        widths = sorted(Derivative.objects.filter(kind="WEBP").values_list("width", flat=True))
        assert widths == [320, 960, 1224]
        assert derivatives_make() == 0
    assert caught >= 2, "the moments were badly chosen: nothing was interrupted"
    # and what the dead had stored is swept, what is alive stays
    for path in kept(folder):
        age(path)
    orphans_remove()
    assert len(kept(folder)) == 1 + Derivative.objects.count()
    # and no copy of the customer's file lies about, once nobody can be working on it any more
    monkeypatch.setattr(tempfile, "tempdir", str(folder.parent))
    for path in folder.parent.glob("bespoke-copy-*"):
        age(path)
    orphans_remove()
    assert list(folder.parent.glob("bespoke-copy-*")) == []
