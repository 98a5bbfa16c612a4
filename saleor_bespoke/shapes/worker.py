"""A process for one job on one mesh, bounded in memory and time: JSON in, JSON out.

`python -m saleor_bespoke.shapes.worker` reads a job from its standard input. A shape that is
refused is an answer (`refused`); whatever else goes wrong ends the process with a failure's code.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from saleor_bespoke.bounds import bounds_set
from saleor_bespoke.shapes import drawings, surveys
from saleor_bespoke.shapes.shape import ShapeRefused

JOBS: dict[str, Callable[..., surveys.Answer]] = {
    "survey": surveys.survey,
    "place": surveys.place,
    "carry": surveys.carry,
    "true_scale": drawings.true_scale,
}


def end_with_parent(parent: int, folders: Sequence[str]) -> None:
    """Once nobody waits for the answer, take the copies of the files off the disk and end."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def answer(job: dict[str, Any]) -> dict[str, Any]:
    """Do a job: `task` and its arguments."""
    try:
        return JOBS[job["task"]](**job["arguments"])
    except ShapeRefused as error:
        return {"refused": str(error)}


def main() -> None:
    """Read, limit, work, answer."""
    job = json.load(sys.stdin)
    end_with_parent(job["parent"], job["folders"])
    bounds_set(memory=job["megabytes"] * 1024 * 1024, seconds=job["seconds"])
    json.dump(answer(job), sys.stdout)


if __name__ == "__main__":
    main()
